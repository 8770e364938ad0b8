"""A listening socket that accepts only what there is room for; each async mode's server is given one."""

import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Any

from server.listening.connections import Connections

PAUSE_SECONDS = 0.002
BREATH_EVERY = 16  # Whoever comes in a crowd must let those inside go on.
_TRY_AGAIN = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_OF_ONE_PEER = {errno.ECONNABORTED, errno.EPROTO, errno.EPERM, errno.ECONNRESET, errno.ENOTCONN}


class Accepting:
    """Stands where the listening socket would; all but `accept` is the socket's own."""

    def __init__(self, listener: Any, connections: Connections, sleep: Callable[[float], None]) -> None:
        self._listener = listener
        self._connections = connections
        self._sleep = sleep
        self._accepted = 0

    def accept(self) -> tuple[Any, Any]:
        """Return the next connection that may stay, and its address."""
        while True:
            self._accepted += 1
            if self._accepted % BREATH_EVERY == 0:
                self._sleep(0)
            while not self._connections.make_room():
                self._sleep(PAUSE_SECONDS)
            try:
                sock, address = self._listener.accept()
            except OSError as error:
                if error.errno in _TRY_AGAIN:
                    self._connections.no_descriptor(error)
                    self._sleep(PAUSE_SECONDS)
                elif error.errno not in _OF_ONE_PEER:
                    raise
                continue
            if self._connections.admit(sock, address):
                return sock, address
            close_at_once(sock)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)


def close_at_once(sock: Any) -> None:
    """Close a connection that was not let in."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
