"""Single status bytes, as printers send them and as they never should."""

import pytest

from hardware.escpos_status import ask_status, confirms
from hardware.interface import PrinterStatus


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
    ("received", "confirmed"),
    [
        (b"", None),
        (b"\x00", True),
        (b"\x0f", True),  # Printed, and the paper ended with it.
        (b"\x12", None),  # A late answer to DLE EOT.
        (b"\x12\x03", True),
        (b"\x10\x00\x00\x0f", None),  # Status sent unasked is no answer.
        (b"\x10\x00\x00\x0f\x00", True),
        (b"\xff", False),
        (b"\x90", False),
    ],
)
def test_only_the_ordered_answer_confirms_a_slip(received: bytes, confirmed: bool | None) -> None:
    assert confirms(received) is confirmed
