"""A printer that is the same device from slip to slip answers when it likes: whose answer was that?"""

import time
from collections import deque

import pytest

from hardware.escpos_links import Link
from hardware.escpos_printer import AnsweringPrinter, Timeouts
from hardware.escpos_status import ASK_PAPER_IN_ORDER
from hardware.interface import DeviceError, PrintOutcome
from tests.hardware.slips import a_picture

SHORT = Timeouts(connect=0.3, answer=0.3, send=0.3, confirm=0.6)
PRINTED, UNKNOWN = PrintOutcome.PRINTED, PrintOutcome.UNKNOWN


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_SECONDS", "GRACE_SECONDS", "QUIET_SECONDS"):
        monkeypatch.setattr(f"hardware.escpos_talk.{name}", 0.1)


class Line:
    """A wire to a printer that keeps what it got, answers DLE EOT at once and the rest in its turn."""

    name = "serial:fake:9600"
    begins_anew = False

    def __init__(self) -> None:
        self.may_print = 0
        """How many slips it still prints before it rests, saying all the while that it is ready."""
        self.goes_on_with = 0
        """How many slips more it prints as soon as another one has come."""
        self.slip_seconds = 0.0
        self.says_paper_out = False
        self.paper_ends_with_the_question = False
        self.takes_all_but = 0
        self.is_deaf_to_questions = False
        self.printed = 0
        self.asked_alone = 0
        self._kept: deque[str] = deque()
        self._heard = b""
        self._busy_until = 0.0

    def switch_off_and_on(self) -> None:
        self._kept.clear()

    def open(self, timeout: float) -> Link:
        return self

    def look(self, timeout: float) -> None:
        return

    def seconds_for(self, message: bytes) -> float:
        return 0.0

    def write(self, message: bytes, timeout: float) -> int:
        if message.startswith(b"\x10\x04"):
            self._heard += b"\x72" if self.says_paper_out and message[2] == 4 else b"\x12"
            return len(message)
        if message == ASK_PAPER_IN_ORDER:
            self.asked_alone += 1
            self.says_paper_out = self.says_paper_out or self.paper_ends_with_the_question
            self._kept.append("question")
            return len(message)
        self._kept.extend(("slip", "question"))
        self.may_print += self.goes_on_with
        self.goes_on_with = 0
        return len(message) - self.takes_all_but

    def read(self, timeout: float) -> bytes:
        self._go_on()
        if not self._heard:
            time.sleep(min(timeout, 0.02))
        heard, self._heard = self._heard, b""
        return heard

    def _go_on(self) -> None:
        while self._kept and time.monotonic() >= self._busy_until and not self.says_paper_out:
            if self._kept[0] == "slip":
                if self.may_print == 0:
                    return
                self.may_print, self.printed = self.may_print - 1, self.printed + 1
                self._busy_until = time.monotonic() + self.slip_seconds
            elif not self.is_deaf_to_questions:
                self._heard += b"\x00"
            self._kept.popleft()

    def settle(self, timeout: float) -> bool:
        return True

    def forget(self) -> None:
        return

    def close(self) -> None:
        return


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def printer(line: Line) -> AnsweringPrinter:
    """A printer whose first slip was given up and may still come out."""
    printer = AnsweringPrinter(line, 384, SHORT)
    assert printer.print_slip(a_picture()) is UNKNOWN
    return printer


def test_the_late_answer_of_a_slip_does_not_confirm_the_next(line: Line, printer: AnsweringPrinter) -> None:
    line.goes_on_with = 1  # Slip 1's rest comes out now, and then the paper ends.

    outcome = printer.print_slip(a_picture())

    assert (outcome, line.printed) == (UNKNOWN, 1)


def test_the_last_answer_owed_confirms_the_slip(line: Line, printer: AnsweringPrinter) -> None:
    line.goes_on_with = 2

    outcome = printer.print_slip(a_picture())

    assert (outcome, line.printed) == (PRINTED, 2)


def test_a_driver_that_has_just_started_does_not_know_what_the_one_before_it_left(
    line: Line, printer: AnsweringPrinter
) -> None:
    line.goes_on_with = 1

    outcome = AnsweringPrinter(line, 384, SHORT).print_slip(a_picture())

    assert (outcome, line.printed) == (UNKNOWN, 1)


def test_a_printer_that_was_switched_off_and_on_owes_nothing(line: Line, printer: AnsweringPrinter) -> None:
    line.switch_off_and_on()
    line.may_print = 9

    outcomes = [printer.print_slip(a_picture()) for _ in range(3)]

    assert outcomes == [PRINTED] * 3
    assert line.asked_alone == 2  # Before the very first slip, and once more to find this out.


def test_an_answer_that_comes_while_the_printer_is_asked_how_it_is_is_counted_off(
    line: Line, printer: AnsweringPrinter
) -> None:
    line.may_print = 9

    status = printer.status(0.5)
    asked = line.asked_alone
    outcome = printer.print_slip(a_picture())

    assert status.problem is None
    assert (outcome, line.asked_alone - asked) == (PRINTED, 0)


def test_paper_that_ends_while_an_answer_is_owed_sends_no_slip(line: Line, printer: AnsweringPrinter) -> None:
    line.paper_ends_with_the_question = True

    with pytest.raises(DeviceError, match="paper_out"):
        printer.print_slip(a_picture())
    line.says_paper_out = line.paper_ends_with_the_question = False
    line.may_print = 2
    outcome = printer.print_slip(a_picture())

    assert (outcome, line.printed) == (PRINTED, 2)


def test_an_answer_and_then_a_pause_is_no_end_while_another_slip_may_be_printing(
    line: Line, printer: AnsweringPrinter
) -> None:
    assert printer.print_slip(a_picture()) is UNKNOWN
    line.slip_seconds = 0.25  # Longer than the quiet after one slip.
    line.may_print = 2  # Slips 1 and 2 come out, and then it rests.

    outcome = printer.print_slip(a_picture())

    assert (outcome, line.printed) == (UNKNOWN, 2)


def test_a_printer_that_answers_no_ordered_question_is_unknown_and_serves_again_when_it_does(
    line: Line, printer: AnsweringPrinter
) -> None:
    line.is_deaf_to_questions, line.may_print = True, 99
    begun = time.monotonic()

    deaf = [printer.print_slip(a_picture()) for _ in range(3)]
    took = (time.monotonic() - begun) / 3
    line.is_deaf_to_questions = False
    hearing = [printer.print_slip(a_picture()) for _ in range(2)]

    assert (deaf, hearing) == ([UNKNOWN] * 3, [PRINTED] * 2)
    assert took < SHORT.answer + SHORT.confirm + 0.2


def test_a_question_that_may_have_gone_out_with_half_a_slip_is_owed_too(line: Line) -> None:
    printer = AnsweringPrinter(line, 384, SHORT)
    line.takes_all_but = 1
    assert printer.print_slip(a_picture()) is UNKNOWN
    line.takes_all_but, line.goes_on_with = 0, 1

    outcome = printer.print_slip(a_picture())

    assert (outcome, line.printed) == (UNKNOWN, 1)


@pytest.mark.parametrize("pushed", [b"\x10\x00\x00\x0f", b"\x12"])
def test_what_is_no_ordered_answer_pays_nothing(line: Line, printer: AnsweringPrinter, pushed: bytes) -> None:
    line._heard = pushed * 4
    line.goes_on_with = 1

    outcome = printer.print_slip(a_picture())

    assert (outcome, line.printed) == (UNKNOWN, 1)
