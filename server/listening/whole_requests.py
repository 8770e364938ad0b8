"""Asks the application only about whole requests that were meant for it: the outermost WSGI application."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from server.listening.bodies import BodyUnreadable, read_chunked, read_counted
from server.listening.connections import Doing
from server.listening.protocol import CHUNKED, CONNECTION, DOUBT, END, HERE

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
REFUSED = "saduak.refused"  # The code with which the application is to refuse this request, unread.
MOST_DISCARDED = 1024 * 1024  # Read and thrown away, so that the sender hears why; of more it is hung up on.


class WholeRequests:
    """`inner` is the application; `refusing` is asked instead where it must refuse. `is_ours` knows our host names."""

    def __init__(
        self, inner: Wsgi, refusing: Wsgi, most_bytes: int, is_ours: Callable[[str, str | None], bool]
    ) -> None:
        self._inner = inner
        self._refusing = refusing
        self._most_bytes = most_bytes
        self._is_ours = is_ours

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            refused = self._refused(environ)
        except (BodyUnreadable, OSError, ValueError):
            refused = _no_body(environ, "malformed_request")
        connection = environ.get(CONNECTION)
        if connection is not None:
            is_socket = environ.get("HTTP_UPGRADE", "").lower() == "websocket"
            connection.now(Doing.JOINING if is_socket else Doing.BEING_ANSWERED)
        if refused:
            environ[REFUSED] = refused
            return self._refusing(environ, start_response)
        return self._inner(environ, start_response)

    def _refused(self, environ: dict[str, Any]) -> str | None:
        """Read the body; return the code of a refusal, None for a request that may be asked about."""
        if environ.get(DOUBT):
            return _no_body(environ, "malformed_request")
        self._read_body(environ)
        if not self._is_ours(environ.get("HTTP_HOST", ""), environ.get(HERE)):
            return "unknown_host"
        return None

    def _read_body(self, environ: dict[str, Any]) -> None:
        pieces = environ.get(CHUNKED)
        if pieces is not None:
            body = read_chunked(pieces, self._most_bytes)
            if body is None:
                _no_body(environ, "")
                environ["CONTENT_LENGTH"] = str(self._most_bytes + 1)  # The application says that it is too large.
                return
        else:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if length == 0:
                return
            if length > self._most_bytes:
                self._throw_away(environ, length)
                return
            body = read_counted(environ["wsgi.input"], length)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = io.BytesIO(body)

    @staticmethod
    def _throw_away(environ: dict[str, Any], length: int) -> None:
        """Leave the length as it is said: the application refuses it. Nothing of the body may be left for later."""
        if length > MOST_DISCARDED:
            _no_body(environ, "")
            environ["CONTENT_LENGTH"] = str(length)
            return
        read_counted(environ["wsgi.input"], length)


def _no_body(environ: dict[str, Any], code: str) -> str:
    """End the connection after the answer, as nobody knows where the next request would begin; return the code."""
    end = environ.get(END)
    if end is not None:
        end()
    environ["CONTENT_LENGTH"] = "0"
    environ["wsgi.input"] = io.BytesIO()
    return code
