"""From a key at the counter to the server: each press is told once, soon, or not at all.

A call that comes late is worse than none: the officer has pressed again, or has gone to fetch somebody.
"""

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from hardware.agent_link import FAILING, GONE, NONSENSE, ServerLink, ServerTrouble
from hardware.interface import DeviceError

log = logging.getLogger(__name__)

TOLD_WITHIN_SECONDS = 5.0
LISTEN_SECONDS = 1.0
RETRY_SECONDS = 0.5
ONE_TRY_SECONDS = 2.0  # So that a server that hangs over the first try hears of the second.
LOST_PAD_PAUSE_SECONDS = 2.0
WORTH_ANOTHER_TRY = (GONE, NONSENSE, FAILING)


class Presses(Protocol):
    """What the agent needs of a key pad."""

    def presses(self, timeout: float) -> Sequence[Enum]:
        """Return the keys pressed, waiting up to `timeout` seconds for the first; raises DeviceError."""


@dataclass(frozen=True, slots=True)
class _Press:
    key: str
    deadline: float


class PadWatch:
    """Watches one key pad and tells the server, with the key pad's own token."""

    def __init__(self, link: ServerLink, pad: Presses, counter: int) -> None:
        self._link = link
        self._pad = pad
        self._counter = counter
        self._pressed: queue.SimpleQueue[_Press] = queue.SimpleQueue()

    def run(self, stop: threading.Event) -> None:
        """Listen and tell until `stop` is set. Listening goes on while a press is told, so that each has its time."""
        threading.Thread(target=self._tell_all, args=(stop,), name="key-pad-teller", daemon=True).start()
        lost = False
        while not stop.is_set():
            try:
                keys = self._pad.presses(LISTEN_SECONDS)
            except Exception as error:  # because a key pad pulled out must not end the printing beside it.
                if not lost:
                    log.warning("keypad_lost counter=%s: %s", self._counter, error, exc_info=_unforeseen(error))
                lost = True
                stop.wait(LOST_PAD_PAUSE_SECONDS)
                continue
            if lost:
                log.info("keypad_back counter=%s", self._counter)
            lost = False
            for key in keys:
                self._pressed.put(_Press(key.name.lower(), time.monotonic() + TOLD_WITHIN_SECONDS))

    def _tell_all(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                press = self._pressed.get(timeout=LISTEN_SECONDS)
            except queue.Empty:
                continue
            try:
                self._tell(press, stop.wait)
            except Exception:  # because one press must not end the others.
                log.exception("press_failed counter=%s key=%s", self._counter, press.key)

    def _tell(self, press: _Press, wait: Callable[[float], bool]) -> None:
        said = {"key": press.key, "request_id": str(uuid.uuid4())}  # The same in each try: the server does it once.
        trouble: ServerTrouble | None = None
        while (left := press.deadline - time.monotonic()) > 0:
            try:
                answer = self._link.post("/keypad/press", said, min(left, ONE_TRY_SECONDS))
            except ServerTrouble as why:
                trouble = why
                if why.code not in WORTH_ANOTHER_TRY:
                    break
                wait(min(RETRY_SECONDS, left))
            else:
                log.info("key_pressed counter=%s key=%s ticket=%s", self._counter, press.key, answer.get("number"))
                return
        log.warning("press_dropped counter=%s key=%s: %s", self._counter, press.key, trouble or "too late")


def _unforeseen(error: Exception) -> Exception | None:
    return None if isinstance(error, DeviceError) else error
