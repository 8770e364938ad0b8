"""A key pad at a serial port: one byte a press."""

import serial

from hardware.keypad import Key

KEYS = {b"N": Key.NEXT, b"n": Key.NEXT, b"+": Key.NEXT, b"R": Key.RECALL, b"r": Key.RECALL, b"-": Key.RECALL}
"""What each byte means; any other means nothing."""


class SerialPad:
    """An open port. Raises OSError without it; what was pressed while nobody listened is forgotten."""

    def __init__(self, port: str, baud: int) -> None:
        self._port = serial.Serial(port, baud, timeout=0, exclusive=True)
        self._port.reset_input_buffer()

    def keys(self, timeout: float) -> list[Key]:
        """Return what was pressed, waiting at most `timeout` seconds for the first byte."""
        self._port.timeout = timeout
        first = self._port.read(1)
        heard = first + self._port.read(self._port.in_waiting) if first else b""
        pressed = (KEYS.get(heard[at : at + 1]) for at in range(len(heard)))
        return [key for key in pressed if key is not None]

    def close(self) -> None:
        """Let go of the port."""
        self._port.close()
