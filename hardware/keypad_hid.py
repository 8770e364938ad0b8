"""A numeric key pad as the Linux kernel tells of it: `struct input_event`, of 24 bytes on a 64-bit machine."""

import fcntl
import os
import select
import stat
import struct

from hardware.keypad import Key

EVENT = struct.Struct("@llHHi")  # Seconds, microseconds, type, code, value: linux/input.h.
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
DOWN = 1  # 0 is up, 2 is the repeat of a key held down.
EVIOCGRAB = 0x40044590
READ_BYTES = EVENT.size * 64

KEYS = {
    28: Key.NEXT, 96: Key.NEXT,  # Enter, and that of the key pad.
    78: Key.NEXT, 57: Key.NEXT,  # + of the key pad, space.
    74: Key.RECALL, 14: Key.RECALL,  # - of the key pad, backspace.
}  # fmt: skip
"""What each key's number means (linux/input-event-codes.h); any other means nothing."""


class HidPad:
    """An open event device, held so that nothing else hears it. Raises OSError without it.

    A FIFO or a pipe is read as it is, for the simulator is one.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._waiting = b""
        if stat.S_ISCHR(os.fstat(self._file).st_mode):
            try:
                fcntl.ioctl(self._file, EVIOCGRAB, 1)
            except OSError:
                os.close(self._file)
                raise

    def keys(self, timeout: float) -> list[Key]:
        """Return the keys that went down, waiting at most `timeout` seconds for the first news."""
        ready, _, _ = select.select([self._file], [], [], max(timeout, 0.0))
        if not ready:
            return []
        heard = os.read(self._file, READ_BYTES)
        if not heard:
            raise OSError("the key pad was unplugged")
        self._waiting += heard
        whole = len(self._waiting) - len(self._waiting) % EVENT.size
        events, self._waiting = self._waiting[:whole], self._waiting[whole:]
        return _keys_in(events)

    def close(self) -> None:
        """Let go of it; the kernel ends the hold with the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _keys_in(events: bytes) -> list[Key]:
    pressed: list[Key] = []
    for _, _, kind, code, value in EVENT.iter_unpack(events):
        if kind == EV_SYN and code == SYN_DROPPED:
            pressed.clear()  # The kernel lost some: what is left of them is no order.
        elif kind == EV_KEY and value == DOWN and code in KEYS:
            pressed.append(KEYS[code])
    return pressed
