"""The wires: network, USB and serial, opened by python-escpos, each with a time limit on every step.

`write` says how much may have gone out before it failed, for that decides whether a slip may be sent again.
Only the network link has been run (against the simulator); USB and serial are written by the documentation.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from hardware.escpos_library import DeviceNotFoundError, Network, Serial, Usb, USBNotFoundError


class LinkError(Exception):
    """The wire failed; the message is the system's own."""


class Link(Protocol):
    """An open wire to a printer."""

    def write(self, message: bytes, timeout: float) -> int:
        """Return how many bytes may have gone out within `timeout` seconds; fewer than all: it failed."""

    def read(self, timeout: float) -> bytes:
        """Return what has come, waiting at most `timeout` seconds; b"" if nothing did.

        Raises LinkError when the wire was cut.
        """

    def close(self) -> None:
        """Hang up; never raises."""


class NetworkLink:
    """A TCP connection to a raw printing port, usually 9100. Raises LinkError where there is none."""

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

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()


class UsbLink:
    """A USB printer by vendor and product number. Raises LinkError without pyusb or without the printer."""

    def __init__(self, vendor: int, product: int, timeout: float) -> None:
        self._connection = _opened(Usb, lambda: Usb(vendor, product, timeout=_ms(timeout)))
        self._device = self._connection.device

    def write(self, message: bytes, timeout: float) -> int:
        def write_piece(piece: bytes, left: float) -> int:
            return int(self._device.write(self._connection.out_ep, piece, _ms(left)))

        return _written_in_pieces(message, timeout, write_piece)

    def read(self, timeout: float) -> bytes:
        with suppress(OSError):  # Nothing to read is an error to pyusb; a cut wire shows at the next write.
            return bytes(self._device.read(self._connection.in_ep, 64, _ms(timeout)))
        return b""

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()


class SerialLink:
    """A serial printer. Raises LinkError without pyserial or without the port."""

    def __init__(self, port: str, baud: int, timeout: float) -> None:
        self._connection = _opened(Serial, lambda: Serial(port, baudrate=baud, timeout=timeout))
        self._device = self._connection.device

    def write(self, message: bytes, timeout: float) -> int:
        def write_piece(piece: bytes, left: float) -> int:
            self._device.write_timeout = left
            return int(self._device.write(piece))

        return _written_in_pieces(message, timeout, write_piece)

    def read(self, timeout: float) -> bytes:
        try:
            self._device.timeout = timeout
            first = bytes(self._device.read(1))
            return first + bytes(self._device.read(self._device.in_waiting)) if first else b""
        except OSError as error:  # serial.SerialException is one.
            raise LinkError(str(error)) from error

    def close(self) -> None:
        with suppress(OSError):
            # python-escpos would flush first, without a time limit, however long the printer holds its line.
            self._device.reset_output_buffer()
            self._connection.close()


PIECE_BYTES = 4096


def _written_in_pieces(message: bytes, timeout: float, write_piece: Callable[[bytes, float], int]) -> int:
    """Return how many bytes may have gone out; a piece that failed may have gone in part."""
    deadline, sent = time.monotonic() + timeout, 0
    try:
        while sent < len(message) and (left := deadline - time.monotonic()) > 0:
            sent += write_piece(message[sent : sent + PIECE_BYTES], left)
    except OSError:
        return min(sent + 1, len(message) - 1)
    return sent


def _opened(kind: Any, make: Callable[[], Any]) -> Any:
    if not kind.is_usable():  # Made all the same, it would complain once more when it is thrown away.
        raise LinkError(f"python-escpos lacks the library for {kind.__name__}: pyusb or pyserial")
    try:
        connection = make()
        connection.open()
    except (DeviceNotFoundError, USBNotFoundError, OSError, ValueError) as error:
        # ValueError: the system has no libusb.
        raise LinkError(str(error)) from error
    return connection


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))  # 0 would mean "for ever" to libusb.
