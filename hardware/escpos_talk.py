"""A talk with a printer: what it is asked, what it answers at once, and what it answers in its turn."""

import time

from hardware import interface
from hardware.escpos_links import Link, LinkError
from hardware.escpos_status import ask_status, confirms, is_at_once, is_pushed
from hardware.interface import PrinterStatus

LOOK_SECONDS = 1.0  # How often a printer that owes its confirmation is asked whether something is wrong.
GRACE_SECONDS = 0.3  # A printer that runs out with the last slip may say both at once.
PUSHED_BYTES = 4
MENDS_ITSELF = (interface.OVERHEATED, interface.SILENT, interface.NONSENSE)
"""What does not end the waiting for a slip: a head that cools, or a printer too busy to be asked."""


class Talk:
    """One conversation over an open wire; at most one question is open at any time."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._pushed_left = 0
        self._owed = 0
        self._at_once: list[int] = []
        self._others: list[int] = []

    def status(self, deadline: float) -> PrinterStatus:
        """Return what the printer says of itself until `deadline` (monotonic); never raises LinkError."""

        def ask(request: bytes) -> int | None:
            self._put(request, deadline)
            # Half of what is left: one unanswered question must leave time for what comes after it.
            until = (time.monotonic() + deadline) / 2
            while not self._at_once and not self._others and (left := until - time.monotonic()) > 0:
                self._listen(left)
            heard = self._others or self._at_once
            return heard.pop(0) if heard else None

        try:
            return ask_status(ask)
        except LinkError as error:
            return PrinterStatus(fault=error.code)

    def problem_of_slip(self, seconds: float) -> str | None:
        """Return None once the slip just sent is confirmed, else the code of why it is not, within `seconds`.

        Call it only when every byte of the slip and the ordered question have gone out: the questions asked
        meanwhile would be ink among the bytes of a picture. A slow printer is waited for; one that says that it
        cannot go on is not, so that people hear of it while they can still help.
        """
        deadline = time.monotonic() + seconds
        seen: str | None = None
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._listen_until(min(time.monotonic() + LOOK_SECONDS, deadline))
                if self._others:
                    break
                before, seen = seen, self._looked(min(left, LOOK_SECONDS))
                if _is_final(before, seen):
                    self._listen_until(min(time.monotonic() + GRACE_SECONDS, deadline))
                    break
        except LinkError as error:
            return error.code
        if self._others:
            return None if confirms(self._others[0]) else interface.NONSENSE
        return interface.NOT_CONFIRMED if seen in (None, interface.SILENT) else seen

    def _looked(self, patience: float) -> str | None:
        """Return what the printer says is wrong while it owes its confirmation."""
        until = time.monotonic() + patience

        def ask(request: bytes) -> int | None:
            if self._owed:  # Its answer may still come, and would be taken for another's.
                return None
            self._at_once.clear()
            self._put(request, until)
            while not self._at_once and not self._others and (left := until - time.monotonic()) > 0:
                self._listen(left)
            return self._at_once[0] if self._at_once else None

        return ask_status(ask).problem

    def _put(self, request: bytes, deadline: float) -> None:
        if self._link.write(request, max(deadline - time.monotonic(), 0.001)) < len(request):
            raise LinkError("the question was not taken")
        self._owed += 1

    def _listen_until(self, moment: float) -> None:
        while not self._others and (left := moment - time.monotonic()) > 0:
            self._listen(left)

    def _listen(self, timeout: float) -> None:
        for heard in self._link.read(timeout):
            if self._pushed_left:
                self._pushed_left -= 1
            elif is_pushed(heard):
                self._pushed_left = PUSHED_BYTES - 1
            elif is_at_once(heard):
                self._at_once.append(heard)
                self._owed = max(self._owed - 1, 0)
            else:
                self._others.append(heard)


def _is_final(before: str | None, seen: str | None) -> bool:
    """Whether waiting on is of no use. Offline without a cause counts the second time: a feed button does it, too."""
    if seen == interface.OFFLINE:
        return before == interface.OFFLINE
    return seen is not None and seen not in MENDS_ITSELF
