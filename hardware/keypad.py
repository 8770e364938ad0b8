"""A key pad at a counter: two keys, next and recall, for whoever calls without looking at a screen.

Serial (`serial:DEVICE:BAUD`): the pad sends one byte a press, `N`, `n` or `+` for next and `R`, `r` or `-` for recall;
line ends and everything else say nothing. HID (`hid:/dev/input/eventN`, Linux): an ordinary numeric key pad, read
straight from the kernel and held, so that its keys reach nothing else: Enter, + or Space is next, `-` or Backspace is
recall.
"""

import re
import sys
import time
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from hardware import interface
from hardware.aside import Aside, StuckError
from hardware.interface import DeviceError

KEYPAD_EXAMPLES = {"serial": "serial:/dev/ttyACM0:9600", "hid": "hid:/dev/input/event3"}
"""Every kind of key pad, with a setting that works as it stands."""

BOUNCE_SECONDS = 0.25  # A worn contact closes twice within some 20 ms; nobody means two presses so near.
GRACE_SECONDS = 0.5
OPEN_SECONDS = 2.0
BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


class Key(Enum):
    """What a key asks for."""

    NEXT = "next"
    RECALL = "recall"


class KeyPad(Protocol):
    """A key pad: plain blocking code with a time limit, to be called off the event loop."""

    def presses(self, timeout: float) -> list[Key]:
        """Return the keys pressed, waiting at most `timeout` seconds for the first; [] if none was.

        Raises DeviceError when the pad is not there; the next call looks for it again.
        """

    def close(self) -> None:
        """Let go of the pad; calling it twice does no harm."""


class Pad(Protocol):
    """An open pad, as its own kind knows it. Both methods may raise OSError."""

    def keys(self, timeout: float) -> list[Key]:
        """Return the keys that went down, waiting at most `timeout` seconds; [] if none did."""

    def close(self) -> None:
        """Let go of it."""


class WatchedPad:
    """A key pad that is opened when asked, dropped when it fails and looked for again at the next call.

    Each step is done aside, so that a system call that hangs is left behind, not its caller.
    """

    def __init__(self, device: str, open_pad: Callable[[], Pad], clock: Callable[[], float] = time.monotonic) -> None:
        self.device = device
        self._open = open_pad
        self._clock = clock
        self._pad: Pad | None = None
        self._aside = Aside()
        self._last: dict[Key, float] = {}

    def presses(self, timeout: float) -> list[Key]:
        """Return the keys pressed, waiting at most `timeout` seconds for the first; raises DeviceError."""
        try:
            pad = self._pad or self._opened()
            pressed = self._aside.run(lambda: pad.keys(timeout), timeout + GRACE_SECONDS, late=lambda _: pad.close())
        except StuckError as error:
            self._pad = None
            raise DeviceError(interface.KEYPAD_STUCK, self.device, {"reason": str(error)}) from error
        except (OSError, ValueError) as error:
            self._drop()
            raise DeviceError(interface.KEYPAD_UNREACHABLE, self.device, {"reason": str(error)}) from error
        return [key for key in pressed if self._is_no_bounce(key)]

    def close(self) -> None:
        """Let go of the pad; calling it twice does no harm."""
        self._drop()

    def _opened(self) -> Pad:
        self._pad = self._aside.run(self._open, OPEN_SECONDS, late=lambda pad: pad.close())
        return self._pad

    def _drop(self) -> None:
        pad, self._pad = self._pad, None
        if pad is not None:
            try:
                self._aside.run(pad.close, GRACE_SECONDS)
            except (StuckError, OSError):
                return

    def _is_no_bounce(self, key: Key) -> bool:
        now, before = self._clock(), self._last.get(key)
        self._last[key] = now
        return before is None or now - before >= BOUNCE_SECONDS


class KeyPadSettingError(ValueError):
    """A setting that names no key pad; the message shows the value and an example."""

    def __init__(self, value: str, reason: str, example: str) -> None:
        super().__init__(f'key pad "{value}": {reason}; for example "{example}"')
        self.value = value
        self.reason = reason
        self.example = example


def keypad_from(text: str) -> WatchedPad:
    """Return the key pad that a setting names; nothing is opened. Raises KeyPadSettingError."""
    setting = text.strip()
    kind, _, rest = setting.partition(":")
    if kind == "serial":
        return _serial(setting, rest)
    if kind == "hid":
        return _hid(setting, rest)
    raise KeyPadSettingError(text, f"the kind is one of {', '.join(KEYPAD_EXAMPLES)}", KEYPAD_EXAMPLES["serial"])


def _serial(setting: str, rest: str) -> WatchedPad:
    from hardware.keypad_serial import SerialPad  # Here, for most machines have no such pad.

    match = re.fullmatch(r"(\S+):(\d{1,7})", rest)
    if match is None or int(match[2]) not in BAUDS:
        raise KeyPadSettingError(setting, "device and speed in baud follow the word", KEYPAD_EXAMPLES["serial"])
    return WatchedPad(setting, lambda: SerialPad(match[1], int(match[2])))


def _hid(setting: str, rest: str) -> WatchedPad:
    if not rest.startswith("/"):
        raise KeyPadSettingError(setting, "the device's path follows the word", KEYPAD_EXAMPLES["hid"])
    if not sys.platform.startswith("linux"):
        raise KeyPadSettingError(setting, "this kind works on Linux only", KEYPAD_EXAMPLES["serial"])
    from hardware.keypad_hid import HidPad  # Here, for what it stands on exists on Linux only.

    return WatchedPad(setting, lambda: HidPad(rest))
