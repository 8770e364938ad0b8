"""Drivers that lie, break and hang, and the guard that stands between them and everybody else."""

import logging
import sys
import threading
import time
from collections.abc import Callable

import pytest
from PIL import Image

from hardware.guard import GuardedPrinter
from hardware.interface import ADVICE, PAPER_OUT, PROBLEM_CODES, DeviceError, PrinterStatus, PrintOutcome
from tests.hardware.slips import a_picture

Act = Callable[[], object]


class LyingPrinter:
    """A driver that does at each call whatever it is told."""

    width_dots = 384
    device = "liar:1"

    def __init__(self, act: Act = lambda: None) -> None:
        self.act = act
        self.calls = 0

    def status(self, timeout: float) -> PrinterStatus:
        return self._acted()  # type: ignore[return-value]  # because lying is what it is for.

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        return self._acted()  # type: ignore[return-value]  # because lying is what it is for.

    @property
    def last_problem(self) -> str | None:
        return self.act()  # type: ignore[return-value]  # because lying is what it is for.

    def close(self) -> None:
        self._acted()

    def _acted(self) -> object:
        self.calls += 1
        return self.act()


def raising(error: BaseException) -> Act:
    def act() -> object:
        raise error

    return act


LIES: list[Act] = [
    raising(RuntimeError("broken")),
    raising(OSError(5, "Input/output error")),
    raising(MemoryError()),
    raising(KeyboardInterrupt()),
    lambda: sys.exit(3),
    lambda: None,
    lambda: "ok",
    lambda: True,
    lambda: 17,
]


@pytest.mark.parametrize("lie", LIES)
def test_a_driver_that_breaks_or_talks_nonsense_never_takes_its_caller_with_it(
    lie: Act, caplog: pytest.LogCaptureFixture
) -> None:
    printer = GuardedPrinter(LyingPrinter(lie))

    status = printer.status(timeout=1)
    outcome = printer.print_slip(a_picture())
    printer.close()

    assert status.problem == "driver_failed"
    assert outcome is PrintOutcome.UNKNOWN
    assert printer.last_problem == "driver_failed"
    assert "driver=liar:1" in caplog.text


@pytest.mark.parametrize(
    "nonsense",
    [
        PrinterStatus(paper="plenty"),  # type: ignore[arg-type]  # because lying is what it is for.
        PrinterStatus(cover="ajar"),  # type: ignore[arg-type]  # because lying is what it is for.
        PrinterStatus(fault="gremlins"),
        PrinterStatus(online="yes"),  # type: ignore[arg-type]  # because lying is what it is for.
    ],
)
def test_a_status_that_says_what_there_is_no_word_for_is_no_status(nonsense: PrinterStatus) -> None:
    assert GuardedPrinter(LyingPrinter(lambda: nonsense)).status(timeout=1).problem == "driver_failed"


@pytest.mark.parametrize("code", PROBLEM_CODES)
def test_every_refusal_says_in_one_line_what_happened_and_what_to_do(code: str) -> None:
    refused = DeviceError(code, "network:192.168.1.50:9100", {"reason": "Could not open socket:\nrefused"})

    assert str(refused).startswith(f"{code} device=network:192.168.1.50:9100: ")
    assert refused.advice == ADVICE[code]
    assert refused.advice[0].isupper()
    assert refused.advice.endswith(".")
    assert refused.advice.count(":") + refused.advice.count(";") >= 1  # What happened, and then what to do.
    assert str(refused).endswith("reason: Could not open socket: refused")
    assert "\n" not in str(refused)


def test_what_is_refused_in_good_order_is_handed_on() -> None:
    refused = DeviceError(PAPER_OUT, "liar:1")
    printer = GuardedPrinter(LyingPrinter(raising(refused)))

    with pytest.raises(DeviceError) as handed_on:
        printer.print_slip(a_picture())

    assert handed_on.value is refused
    assert printer.status(timeout=1).problem == "driver_failed"  # A status must not raise, whatever it raises.


@pytest.mark.parametrize("outcome", [PrintOutcome.PRINTED, PrintOutcome.SENT])
def test_a_driver_in_good_order_is_not_heard(outcome: PrintOutcome, caplog: pytest.LogCaptureFixture) -> None:
    printer = GuardedPrinter(LyingPrinter(lambda: outcome))

    assert printer.print_slip(a_picture()) is outcome
    assert printer.last_problem is None
    assert caplog.text == ""


def test_a_driver_that_cannot_say_why_leaves_the_slip_not_confirmed() -> None:
    printer = GuardedPrinter(LyingPrinter(lambda: PrintOutcome.UNKNOWN))

    assert printer.print_slip(a_picture()) is PrintOutcome.UNKNOWN
    assert printer.last_problem == "not_confirmed"


def test_a_driver_that_hangs_is_left_behind_and_called_no_more_until_it_comes_back() -> None:
    let_go = threading.Event()
    driver = LyingPrinter(lambda: (let_go.wait(20), PrintOutcome.PRINTED)[1])
    printer = GuardedPrinter(driver, longest_seconds=0.2)
    begun = time.monotonic()

    hung = printer.print_slip(a_picture())
    with pytest.raises(DeviceError, match="printer_stuck"):
        printer.print_slip(a_picture())
    status = printer.status(timeout=5)
    took, calls_meanwhile = time.monotonic() - begun, driver.calls
    let_go.set()
    time.sleep(0.1)
    later = printer.print_slip(a_picture())

    assert hung is PrintOutcome.UNKNOWN
    assert printer.last_problem is None
    assert status.problem == "printer_stuck"
    assert took < 1
    assert calls_meanwhile == 1
    assert later is PrintOutcome.PRINTED


def test_a_status_that_hangs_ends_in_its_time() -> None:
    printer = GuardedPrinter(LyingPrinter(lambda: time.sleep(1.5)))
    begun = time.monotonic()

    problems = [printer.status(timeout=0.3).problem for _ in range(5)]

    assert problems == ["printer_stuck"] * 5
    assert time.monotonic() - begun < 0.8  # Only the first is waited for.


def test_a_printer_asked_while_it_prints_says_what_it_said_last() -> None:
    driver = LyingPrinter(lambda: PrinterStatus(online=True, paper="near_end", cover="closed"))
    printer = GuardedPrinter(driver)
    before = printer.status(timeout=1)
    is_printing, may_end = threading.Event(), threading.Event()

    def act() -> object:
        is_printing.set()
        may_end.wait(10)
        return PrintOutcome.PRINTED

    driver.act = act
    printing = threading.Thread(target=lambda: printer.print_slip(a_picture()))

    printing.start()
    is_printing.wait(5)
    meanwhile = printer.status(timeout=0.2)
    may_end.set()
    printing.join(5)

    assert meanwhile == before
    assert meanwhile.problem is None


def test_a_broken_driver_is_told_of_once_until_it_answers_well_again(caplog: pytest.LogCaptureFixture) -> None:
    driver = LyingPrinter(raising(RuntimeError("broken")))
    printer = GuardedPrinter(driver)

    for _ in range(3):
        printer.status(timeout=1)
    first = len(caplog.records)
    driver.act = PrinterStatus
    printer.status(timeout=1)
    driver.act = raising(RuntimeError("again"))
    printer.status(timeout=1)

    assert (first, len(caplog.records)) == (1, 2)
    assert caplog.records[0].levelno == logging.ERROR
    assert "RuntimeError: broken" in caplog.text
