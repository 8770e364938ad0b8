"""SIMULATED key pads, told what to press: one at a pseudo-terminal, one as a FIFO of input events."""

import os
import tty
from contextlib import suppress
from pathlib import Path

from hardware import keypad_hid, keypad_serial
from hardware.keypad import Key


class SimulatedSerialPad:
    """A serial key pad; `setting` names its end of the cable."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.setting = f"serial:{os.ttyname(self._theirs)}:9600"

    def press(self, key: Key, times: int = 1) -> None:
        """Press a key; more `times` than one is a worn contact."""
        self.send(next(byte for byte, means in keypad_serial.KEYS.items() if means is key) * times)

    def send(self, heard: bytes) -> None:
        """Send any bytes, nonsense too."""
        os.write(self._ours, heard)

    def unplug(self) -> None:
        """Pull the cable out."""
        for end in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(end)


class SimulatedHidPad:
    """A numeric key pad as a FIFO at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pipe = -1
        self.setting = f"hid:{path}"
        self.plug()

    def plug(self) -> None:
        """Plug it in: what is pressed from now on waits for whoever opens it."""
        os.mkfifo(self._path)
        self._pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK)

    def press(self, key: Key, times: int = 1) -> None:
        """Press a key and let it go; more `times` than one is a worn contact."""
        code = next(code for code, means in keypad_hid.KEYS.items() if means is key)
        for _ in range(times):
            self.send(event(keypad_hid.EV_KEY, code, keypad_hid.DOWN) + event(keypad_hid.EV_SYN, 0, 0))
            self.send(event(keypad_hid.EV_KEY, code, 0) + event(keypad_hid.EV_SYN, 0, 0))

    def send(self, heard: bytes) -> None:
        """Send any bytes, nonsense too."""
        os.write(self._pipe, heard)

    def unplug(self) -> None:
        """Pull it out; its device file goes with it."""
        self._path.unlink(missing_ok=True)
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


def event(kind: int, code: int, value: int) -> bytes:
    """Return one input event as the kernel writes it."""
    return keypad_hid.EVENT.pack(0, 0, kind, code, value)
