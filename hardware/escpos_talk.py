"""A talk with a printer: what it is asked, what it answers at once, and what it answers in its turn."""

import time
from dataclasses import dataclass

from hardware import interface
from hardware.escpos_links import Link, LinkError
from hardware.escpos_status import ASK_PAPER_IN_ORDER, ask_status, confirms, is_at_once, is_pushed
from hardware.interface import PrinterStatus

LOOK_SECONDS = 1.0  # How often a printer that owes its confirmation is asked whether something is wrong.
GRACE_SECONDS = 0.3  # A printer that runs out with the last slip may say both at once.
QUIET_SECONDS = 1.0  # Ordered questions with nothing to print between them are answered at once, one after another.
PUSHED_BYTES = 4
MENDS_ITSELF = (interface.OVERHEATED, interface.SILENT, interface.NONSENSE)
"""What does not end the waiting for a slip: a head that cools, or a printer too busy to be asked."""


@dataclass(slots=True)
class Owed:
    """What a printer still owes: answers to ordered questions, all alike, so that only their number tells them apart.

    It outlives a talk where the next talk meets the same printer in the middle of its work.
    """

    answers: int = 0
    """How many may still come, in the order of the questions."""
    slips: int = 0
    """How many slips went out since nothing was owed; the other questions came with nothing to print."""

    def add_slip(self) -> None:
        """A slip goes out with its question."""
        self.answers += 1
        self.slips += 1

    def take_slip_back(self) -> None:
        """The question of the slip just added certainly did not go out."""
        self.answers -= 1
        self.slips -= 1

    def pay(self) -> None:
        """An answer came."""
        self.answers -= 1
        if self.answers == 0:
            self.slips = 0

    def forget(self) -> None:
        """What did not come was lost: with the printer's power, or while nobody listened."""
        self.answers = self.slips = 0


class Talk:
    """One conversation over an open wire; at most one question that is answered at once is open at any time.

    `owed` is what the printer owes from before; a printer that begins anew with each connection owes nothing.
    """

    def __init__(self, link: Link, owed: Owed | None = None) -> None:
        self._link = link
        self._owed = owed or Owed()
        self._pushed_left = 0
        self._unanswered = 0
        self._at_once: list[int] = []
        self._others: list[int] = []

    def status(self, deadline: float) -> PrinterStatus:
        """Return what the printer says of itself until `deadline` (monotonic); never raises LinkError."""

        def ask(request: bytes) -> int | None:
            self._ask(request, deadline)
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

    def settle(self, seconds: float, full_wait: float) -> str | None:
        """Find out which owed answers can still come; returns the code of what forbids a slip now, else None.

        An ordered question is asked with nothing to print before it. Do all answers come, nothing is owed. Do fewer
        come and then none for a while, from a printer that says before and after that it can print, then the last one
        that came was this question's, and the others are lost. The while is short after one slip, for its answer and
        this one follow each other at once, and `full_wait` if another slip may be printing between two answers. Does
        none come within `seconds`, all stay owed: the next slip must wait for them, too.
        """
        asked = self._owed.answers + 1
        quiet = QUIET_SECONDS if self._owed.slips <= 1 else full_wait
        until = time.monotonic() + seconds
        try:
            self._owed.answers = asked
            self._put(ASK_PAPER_IN_ORDER, until)
            while (before := self._owed.answers) and (left := until - time.monotonic()) > 0:
                self._listen(left)
                if self._owed.answers < before:
                    until = time.monotonic() + quiet
        except LinkError as error:
            return error.code
        if before == 0:
            return None
        problem = self.status(time.monotonic() + seconds).problem
        if problem is None and before < asked and self._owed.answers == before:
            self._owed.forget()
        return problem

    def problem_of_slip(self, seconds: float) -> str | None:
        """Return None once the slip just sent is confirmed, else the code of why it is not, within `seconds`.

        It is confirmed by the last answer owed, for its question was the last. Call it only when every byte of the
        slip and the ordered question have gone out: the questions asked meanwhile would be ink among the bytes of a
        picture. A slow printer is waited for; one that says that it
        cannot go on is not, so that people hear of it while they can still help.
        """
        deadline = time.monotonic() + seconds
        seen: str | None = None
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._listen_until(min(time.monotonic() + LOOK_SECONDS, deadline))
                if self._is_over:
                    break
                before, seen = seen, self._looked(min(left, LOOK_SECONDS))
                if _is_final(before, seen):
                    self._listen_until(min(time.monotonic() + GRACE_SECONDS, deadline))
                    break
        except LinkError as error:
            return error.code
        if not all(map(confirms, self._others)):
            return interface.NONSENSE
        if not self._owed.answers:
            return None
        return interface.NOT_CONFIRMED if seen in (None, interface.SILENT) else seen

    @property
    def _is_over(self) -> bool:
        return bool(self._others) or not self._owed.answers

    def _looked(self, patience: float) -> str | None:
        """Return what the printer says is wrong while it owes its confirmation."""
        until = time.monotonic() + patience

        def ask(request: bytes) -> int | None:
            if self._unanswered:  # Its answer may still come, and would be taken for another's.
                return None
            self._at_once.clear()
            self._ask(request, until)
            while not self._at_once and not self._is_over and (left := until - time.monotonic()) > 0:
                self._listen(left)
            return self._at_once[0] if self._at_once else None

        return ask_status(ask).problem

    def _ask(self, request: bytes, deadline: float) -> None:
        self._put(request, deadline)
        self._unanswered += 1

    def _put(self, request: bytes, deadline: float) -> None:
        if self._link.write(request, max(deadline - time.monotonic(), 0.001)) < len(request):
            raise LinkError("the question was not taken")

    def _listen_until(self, moment: float) -> None:
        while not self._is_over and (left := moment - time.monotonic()) > 0:
            self._listen(left)

    def _listen(self, timeout: float) -> None:
        for heard in self._link.read(timeout):
            if self._pushed_left:
                self._pushed_left -= 1
            elif is_pushed(heard):
                self._pushed_left = PUSHED_BYTES - 1
            elif is_at_once(heard):
                self._at_once.append(heard)
                self._unanswered = max(self._unanswered - 1, 0)
            elif confirms(heard) and self._owed.answers:
                self._owed.pay()
            else:
                self._others.append(heard)


def _is_final(before: str | None, seen: str | None) -> bool:
    """Whether waiting on is of no use. Offline without a cause counts the second time: a feed button does it, too."""
    if seen == interface.OFFLINE:
        return before == interface.OFFLINE
    return seen is not None and seen not in MENDS_ITSELF
