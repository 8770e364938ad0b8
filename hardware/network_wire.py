"""A printer at a raw TCP port, usually 9100."""

import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from hardware.escpos_library import DeviceNotFoundError, Network
from hardware.escpos_links import Link, LinkError, comes_true

_SIOCOUTQ = 0x5411  # Linux: how many bytes the other side has not acknowledged yet.


@dataclass(frozen=True, slots=True)
class NetworkWire:
    """A host and port. A name costs a look-up, which knows no time limit of its own: a number is better."""

    host: str
    port: int

    @property
    def name(self) -> str:
        """The setting that names it."""
        return f"network:{self.host}:{self.port}"

    def open(self, timeout: float) -> Link:
        """Connect; raises LinkError where nobody listens."""
        return NetworkLink(self.host, self.port, timeout)

    def look(self, timeout: float) -> None:
        """Connect and hang up: whoever takes the connection is there."""
        self.open(timeout).close()

    def seconds_for(self, message: bytes) -> float:
        """A network needs no more than any wire."""
        return 0.0

    @property
    def begins_anew(self) -> bool:
        """A printer forgets half a slip with its connection."""
        return True


class NetworkLink:
    """An open TCP connection."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self._connection = Network(host, port, timeout=timeout)
        try:
            self._connection.open()
        except DeviceNotFoundError as error:
            raise LinkError(str(error)) from error
        self._socket: socket.socket = self._connection.device
        # Else the last piece of a slip waits 42 ms for a delayed acknowledgement of the piece before it.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, message: bytes, timeout: float) -> int:
        deadline, sent = time.monotonic() + timeout, 0
        try:
            while sent < len(message) and (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                sent += self._socket.send(message[sent:])
        except OSError:
            pass  # The count tells the caller all that matters.
        return sent

    def read(self, timeout: float) -> bytes:
        try:
            self._socket.settimeout(max(timeout, 0.001))
            received = self._socket.recv(64)
        except TimeoutError:
            return b""
        except OSError as error:
            raise LinkError(str(error)) from error
        if not received:
            raise LinkError("the printer hung up")
        return received

    def settle(self, timeout: float) -> bool:
        """Whether the printer has acknowledged every byte: the system takes a whole slip for one that takes none."""
        try:
            return comes_true(lambda: self._unacknowledged() == 0, timeout) and self._is_whole()
        except OSError:
            return False

    def forget(self) -> None:
        """It forgets by itself when the connection ends."""

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()

    def _unacknowledged(self) -> int:
        if not sys.platform.startswith("linux"):
            return 0
        import fcntl

        (count,) = struct.unpack("i", fcntl.ioctl(self._socket.fileno(), _SIOCOUTQ, b"\0\0\0\0"))
        return int(count)

    def _is_whole(self) -> bool:
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
