"""Single status bytes, as printers send them and as they never should."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.escpos_links import LinkError
from hardware.escpos_status import ask_status
from hardware.escpos_talk import Owed, Talk
from hardware.interface import PROBLEM_CODES, PrinterStatus


def said(answers: dict[int, int | None]) -> PrinterStatus:
    """Return the status of a printer that answers DLE EOT n so, and 0x12 to the rest."""
    return ask_status(lambda request: answers.get(request[2], 0x12))


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({}, None),
        ({1: 0x1A}, "printer_offline"),
        ({2: 0x16}, "cover_open"),
        ({2: 0x32}, "paper_out"),
        ({4: 0x72}, "paper_out"),
        ({4: 0x1E}, None),
        ({2: 0x52}, "printer_error"),
        ({2: 0x52, 3: 0x1A}, "cutter_jammed"),
        ({2: 0x52, 3: 0x52}, "printer_overheated"),
        ({2: 0x52, 3: 0x32}, "printer_error"),
        ({1: 0x1A, 2: 0x36, 4: 0x7E}, "cover_open"),
        ({1: None}, "printer_silent"),
        ({4: None}, "printer_silent"),
        ({2: 0x00}, "printer_nonsense"),
        ({4: 0xFF}, "printer_nonsense"),
    ],
)
def test_the_plainest_cause_is_the_problem(answers: dict[int, int | None], problem: str | None) -> None:
    status = said(answers)

    assert status.problem == problem
    assert status.can_print is (problem is None)


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({2: None}, None),
        ({1: 0x1A, 2: None}, "printer_offline"),
        ({4: 0x72, 2: None}, "paper_out"),
        ({2: 0x52, 3: None}, "printer_error"),
    ],
)
def test_a_printer_that_answers_only_for_itself_and_its_paper_is_believed(
    answers: dict[int, int | None], problem: str | None
) -> None:
    status = said(answers)

    assert status.problem == problem
    assert (status.cover == "unknown") is (2 in answers and answers[2] is None)


@pytest.mark.parametrize(("unanswered", "asked"), [(1, [1]), (4, [1, 4]), (2, [1, 4, 2]), (3, [1, 4, 2, 3])])
def test_no_question_follows_one_without_an_answer(unanswered: int, asked: list[int]) -> None:
    heard: list[int] = []

    def ask(request: bytes) -> int | None:
        heard.append(request[2])
        return None if request[2] == unanswered else 0x52 if request[2] == 2 else 0x12

    ask_status(ask)

    assert heard == asked


WELL_FORMED = st.integers(0, 255).map(lambda byte: byte & 0b0110_1100 | 0x12)
ANYTHING = st.dictionaries(st.integers(1, 4), st.none() | st.integers(0, 255) | WELL_FORMED)


@given(ANYTHING)
def test_a_printer_is_fine_only_if_it_said_so_in_every_bit(answers: dict[int, int | None]) -> None:
    status = said(answers)

    online, cause, _, paper = (answers.get(number, 0x12) for number in (1, 2, 3, 4))
    if status.can_print:
        assert online is not None
        assert online & 0x9B == 0x12
        assert paper is not None
        assert paper & 0xF3 == 0x12
        assert cause is None or cause & 0xF7 == 0x12 or cause & 0xF7 & ~0x10 == 0x02
    else:
        assert status.problem in PROBLEM_CODES


class Reading:
    """A link that gives what it is told to, piece by piece."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def write(self, message: bytes, timeout: float) -> int:
        return len(message)

    def read(self, timeout: float) -> bytes:
        if not self.pieces:
            raise LinkError("the story is over")
        return self.pieces.pop(0)

    def settle(self, timeout: float) -> bool:
        return True

    def forget(self) -> None:
        return

    def close(self) -> None:
        return


@pytest.mark.parametrize(
    ("received", "problem"),
    [
        (b"", "printer_unreachable"),
        (b"\x00", None),
        (b"\x0f", None),  # Printed, and the paper ended with it.
        (b"\x12", "printer_unreachable"),  # A late answer to DLE EOT.
        (b"\x12\x03", None),
        (b"\x10\x00\x00\x0f", "printer_unreachable"),  # Status sent unasked is no answer.
        (b"\x10\x00\x00\x0f\x00", None),
        (b"\xff", "printer_nonsense"),
        (b"\x90", "printer_nonsense"),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 100])
def test_only_the_ordered_answer_confirms_a_slip(received: bytes, problem: str | None, piece: int) -> None:
    pieces = [received[at : at + piece] for at in range(0, len(received), piece)]

    assert Talk(Reading(pieces), Owed(1, 1)).problem_of_slip(5) == problem


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=9))
def test_no_stream_of_bytes_breaks_a_talk(pieces: list[bytes]) -> None:
    heard = b"".join(pieces)

    status = Talk(Reading(list(pieces))).status(time.monotonic() + 5)
    problem = Talk(Reading(list(pieces)), Owed(1, 1)).problem_of_slip(5)

    assert status.problem is None or status.problem in PROBLEM_CODES
    assert problem is None or problem in {*PROBLEM_CODES, "not_confirmed"}
    if problem is None:
        assert any(byte & 0x90 == 0 for byte in heard)
