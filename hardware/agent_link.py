"""The agent's line to the server: one request, one connection, one deadline.

A connection for each request is meant. On one that is kept, an answer that comes late or twice would be taken for the
answer to the next question, and a slip would be forgotten that the server never heard of.
"""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

GONE = "server_gone"
NONSENSE = "server_nonsense"
FAILING = "server_failing"
REVOKED = "device_revoked"
ELSEWHERE = "agent_elsewhere"
REFUSED = "server_refused"

LONGEST_ANSWER_BYTES = 2_000_000  # A slip's picture has some 20 KB; the rest is patience with what may come.


class ServerTrouble(Exception):
    """The server did not do what was asked. `code` is one of the names above, `facts` help whoever mends it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(" ".join([code, *(f"{key}={value}" for key, value in facts.items())]))
        self.code = code
        self.facts = facts


class BadAddress(ValueError):
    """A server's address that is none."""


class ServerLink:
    """Asks one server, with one token (None before pairing). Raises BadAddress for an address that is none."""

    def __init__(self, url: str, token: str | None = None) -> None:
        address = urlsplit(url.strip().rstrip("/"))
        try:
            is_one = address.scheme in ("http", "https") and address.hostname and address.port != 0
        except ValueError:  # A port that is no number.
            is_one = False
        is_plain = url.isascii() and url.isprintable() and " " not in url.strip()
        if not is_one or not is_plain or address.query or address.fragment or address.username:
            raise BadAddress(url)
        self.url = url.strip().rstrip("/")
        self._host = str(address.hostname)
        self._port = address.port
        self._path = address.path
        self._line: socket.socket | None = None
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def post(self, path: str, body: Mapping[str, object], timeout: float) -> dict[str, Any]:
        """Return what the server answers to a POST ({} where it has nothing to say) within `timeout` seconds.

        Raises ServerTrouble for all else.
        """
        status, said = self.ask(path, body, timeout)
        if status in (200, 201, 202, 204):
            return said
        raise _trouble(status, said)

    def ask(self, path: str, body: Mapping[str, object], timeout: float) -> tuple[int, dict[str, Any]]:
        """Return status and JSON of a POST, whatever they are; raises ServerTrouble GONE or NONSENSE."""
        try:
            status, headers, content = self._exchange(path, json.dumps(body).encode(), timeout)
        except http.client.IncompleteRead as error:
            raise ServerTrouble(GONE, url=self.url, reason="the answer broke off") from error
        except http.client.HTTPException as error:
            # A connection that was hung up before any answer is an HTTPException and an OSError.
            code = GONE if isinstance(error, OSError) else NONSENSE
            raise ServerTrouble(code, url=self.url, reason=str(error) or type(error).__name__) from error
        except (OSError, UnicodeError) as error:  # The second: a host's name that cannot be one.
            raise ServerTrouble(GONE, url=self.url, reason=str(error) or "no answer in time") from error
        return status, self._read(status, headers, content)

    def hang_up(self) -> None:
        """Break off what is being asked, from another thread: that `post` ends at once, in ServerTrouble GONE."""
        line = self._line
        if line is not None:
            _hang_up(line)

    def _exchange(self, path: str, body: bytes, timeout: float) -> tuple[int, http.client.HTTPMessage, bytes]:
        deadline = time.monotonic() + timeout
        connection = self._connection(timeout)
        try:
            connection.connect()
            self._line = connection.sock
            # The time limit of a socket is that of each byte; a server that drips must not hold us for ever.
            watch = threading.Timer(max(deadline - time.monotonic(), 0.0), _hang_up, [connection.sock])
            watch.daemon = True
            watch.start()
            try:
                connection.request("POST", f"{self._path}/api/v1{path}", body, self._headers)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read(LONGEST_ANSWER_BYTES + 1)
            finally:
                watch.cancel()
        finally:
            self._line = None
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)

    def _read(self, status: int, headers: http.client.HTTPMessage, content: bytes) -> dict[str, Any]:
        if status == 204:
            return {}
        try:
            if len(content) > LONGEST_ANSWER_BYTES:
                raise ValueError(f"more than {LONGEST_ANSWER_BYTES} bytes")
            said = json.loads(content)
            if not isinstance(said, dict):
                raise ValueError("no JSON object")
        except (ValueError, RecursionError) as error:
            if status >= 400:  # A proxy's page of HTML; its number says enough.
                return {}
            where = headers.get("Location")
            facts = {"leads_to": where} if where else {"reason": str(error)[:100]}
            raise ServerTrouble(NONSENSE, url=self.url, status=status, **facts) from error
        return said


def _trouble(status: int, said: Mapping[str, Any]) -> ServerTrouble:
    code = said.get("code")
    if status in (401, 403):
        return ServerTrouble(REVOKED, status=status, said=code)
    if status == 409 and code == ELSEWHERE:
        return ServerTrouble(ELSEWHERE)
    if 400 <= status < 500 and status not in (408, 429):
        return ServerTrouble(REFUSED, status=status, said=code)
    return ServerTrouble(FAILING, status=status, said=code)


def _hang_up(connected: socket.socket) -> None:
    with suppress(OSError):
        # TLS's own shutdown would speak to the server once more, and wait for it.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
