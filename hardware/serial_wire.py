"""A serial printer at a device and speed, through pyserial."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hardware.escpos_library import DeviceNotFoundError, Serial
from hardware.escpos_links import Link, LinkError, comes_true, written_in_pieces

BITS_A_BYTE = 10  # Start, eight of data, stop.
FLOW_BYTES = 64  # A printer that drops its line still takes some 128 bytes.
FLOW_LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class SerialWire:
    """A device path (`COM3` on Windows) and a speed in baud."""

    port: str
    baud: int

    @property
    def name(self) -> str:
        """The setting that names it."""
        return f"serial:{self.port}:{self.baud}"

    def open(self, timeout: float) -> Link:
        """Take the port; raises LinkError without it."""
        return SerialLink(self.port, self.baud, timeout)

    def look(self, timeout: float) -> None:
        """Look whether the port is there; opening it would move its lines, which some printers take for a reset."""
        if self.port.startswith("/") and not Path(self.port).exists():
            raise LinkError("there is no such port")

    def seconds_for(self, message: bytes) -> float:
        """48 KB take 50 s at 9600 baud."""
        return len(message) * BITS_A_BYTE / self.baud

    @property
    def begins_anew(self) -> bool:
        """The printer does not notice who speaks to it."""
        return False


class SerialLink:
    """An open serial port."""

    def __init__(self, port: str, baud: int, timeout: float) -> None:
        try:
            # A printer may stop the line by XOFF, which is no answer of any printer to anything that we ask.
            self._connection = Serial(port, baudrate=baud, timeout=timeout, xonxoff=True)
            self._connection.open()
        except (DeviceNotFoundError, OSError, ValueError, RuntimeError) as error:  # RuntimeError: no pyserial.
            raise LinkError(str(error)) from error
        self._device = self._connection.device
        self._heeded = [line for line in ("dsr", "cts") if self._is_up(line)]

    def write(self, message: bytes, timeout: float) -> int:
        def write_piece(piece: bytes, left: float) -> int:
            piece = piece[: FLOW_BYTES if self._heeded else len(piece)]
            if not comes_true(self._may_send, left, every=FLOW_LOOK_SECONDS):
                return 0
            self._device.write_timeout = left
            return int(self._device.write(piece))

        return written_in_pieces(message, timeout, write_piece)

    def _may_send(self) -> bool:
        """Whether the printer takes bytes: pyserial knows no DTR/DSR on Linux, and without it a buffer overflows.

        A line that was up at the beginning is wired, so the printer drops it when its buffer is nearly full.
        """
        if not self._heeded:
            return True
        return self._device.out_waiting < FLOW_BYTES and all(self._is_up(line) for line in self._heeded)

    def _is_up(self, line: str) -> bool:
        try:
            return bool(getattr(self._device, line))
        except OSError:  # Not every port has such lines.
            return False

    def read(self, timeout: float) -> bytes:
        try:
            self._device.timeout = timeout
            first = bytes(self._device.read(1))
            return first + bytes(self._device.read(self._device.in_waiting)) if first else b""
        except OSError as error:  # serial.SerialException is one.
            raise LinkError(str(error)) from error

    def settle(self, timeout: float) -> bool:
        """Whether the system's buffer has run empty: the printer may hold its line for ever."""
        try:
            return comes_true(lambda: self._device.out_waiting == 0, timeout)
        except OSError:
            return False

    def forget(self) -> None:
        """There is no way to say so: a serial printer must be switched off and on."""

    def close(self) -> None:
        with suppress(OSError):
            # What the printer does not take is thrown away: python-escpos would wait for it without a time limit, and
            # the system 30 s. Only then, for that throws away, too, what an adapter still has under way.
            if self._device.out_waiting > 0:
                self._device.reset_output_buffer()
        with suppress(OSError):
            self._device.close()
