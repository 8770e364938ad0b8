"""What every async mode's HTTP handler has in common: it knows its connection and reads heads strictly."""

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from server.listening.connections import Connection, Connections, Doing
from server.listening.heads import doubt_of

CONNECTION = "saduak.connection"  # In the WSGI environment: the Connection; None where a test calls the application.
DOUBT = "saduak.doubt"  # Why the head cannot be trusted.
CHUNKED = "saduak.chunked"  # The stream in which a body of pieces follows.
END = "saduak.end"  # Ends the connection after this answer.
HERE = "saduak.here"  # The address that the peer has reached.
LINGER_SECONDS = 1.0
LINGER_BYTES = 8 * 1024 * 1024


class _Noting:
    """Reads lines and keeps them."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.lines: list[bytes] = []

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._stream.readline(size)
        self.lines.append(line)
        return line


class KnowsItsConnection:
    """Beside an HTTP handler of any async mode, which has `client_address`, `headers` and `close_connection`."""

    connections: Connections
    client_address: Any
    close_connection: Any
    headers: Any
    rfile: Any
    request_version: str
    doubt: str | None = None
    chunked: bool = False
    leaves_unread: bool = False

    @property
    def of_mine(self) -> Connection | None:
        """The connection that this handler serves."""
        return self.connections.of(self.client_address)

    def is_sending(self) -> bool:
        """Wait for the first byte of the next request; False where none comes."""
        connection = self.of_mine
        try:
            came = bool(self.rfile.peek(1))
        except (OSError, ValueError):
            return False
        if came and connection is not None and connection.doing is Doing.WAITING:
            connection.now(Doing.SENDING_A_REQUEST)
        return came

    def waits(self) -> None:
        """Note that an answer was given and the next request may come when it likes."""
        connection = self.of_mine
        if connection is not None and connection.doing is Doing.BEING_ANSWERED:
            connection.now(Doing.WAITING)

    def reads_strictly(self, parse: Callable[[], bool]) -> bool:
        """Return what `parse` returns; afterwards `doubt` and `chunked` are known, and no length misleads."""
        stream, noting = self.rfile, _Noting(self.rfile)
        self.rfile = noting
        try:
            is_parsed = parse()
        except OSError:  # The peer went away, or it was dropped: half a request is none.
            self.close_connection = True
            return False
        finally:
            self.rfile = stream
        if not is_parsed:
            return False
        if not noting.lines or noting.lines[-1] not in (b"\r\n", b"\n"):
            self.close_connection = True  # Cut off in the middle: nobody is there any more.
            return False
        self.doubt = doubt_of(noting.lines[:-1], version=self.request_version)
        self.chunked = self.doubt is None and "transfer-encoding" in self.headers
        if self.doubt:
            self.ends()
            del self.headers["content-length"]
        if self.doubt or self.chunked:
            del self.headers["transfer-encoding"]
        return True

    def marks(self, environ: dict[str, Any], sock: Any) -> dict[str, Any]:
        """Put what we know into the request's environment, and return it."""
        environ[CONNECTION] = self.of_mine
        environ[DOUBT] = self.doubt
        environ[CHUNKED] = self.rfile if self.chunked else None
        environ[END] = self.ends
        with contextlib.suppress(OSError):
            environ[HERE] = sock.getsockname()[0]
        return environ

    def ends(self) -> None:
        """End the connection after this answer: what still comes is not read as a request."""
        self.close_connection = True
        self.leaves_unread = True

    def lingers(self, sock: Any) -> None:
        """Let the peer read our last answer, though what it still sends is thrown away; a second at most.

        Closed at once, with bytes unread, the system would take the answer back.
        """
        if not self.leaves_unread:
            return
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(LINGER_SECONDS / 2)
            until, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
            while left > 0 and time.monotonic() < until and (piece := sock.recv(64 * 1024)):
                left -= len(piece)
