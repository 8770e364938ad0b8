"""Every fault that the simulator knows: what becomes of the slip, and that it goes on afterwards."""

import time

import pytest

from hardware.escpos_printer import NetworkPrinter, Timeouts
from hardware.guard import GuardedPrinter
from hardware.interface import PROBLEM_CODES, DeviceError, PrintOutcome
from hardware.simulator import PrinterSimulator
from hardware.simulator_condition import FAULTS
from hardware.slip import render
from tests.hardware.slips import FULL_THAI_SLIP, a_picture

PATIENCE = Timeouts(connect=0.5, answer=0.6, send=1.0, confirm=3.0)

REFUSED = {
    "paper_out": "paper_out",
    "cover_open": "cover_open",
    "cutter_jammed": "cutter_jammed",
    "overheated": "printer_overheated",
    "stalled": "printer_silent",
    "silent": "printer_silent",
    "nonsense": "printer_nonsense",
    "power_off": "printer_unreachable",
}
PRINTED = {"paper_near_end", "slow"}
UNKNOWN = {
    "paper_out_inside_a_slip": {"paper_out"},
    # Whether the system notices while it sends or while it listens.
    "connection_cut": {"not_confirmed", "printer_unreachable"},
}


def ending(printer: GuardedPrinter) -> tuple[str, str | None]:
    """How a slip ends, and why."""
    try:
        return printer.print_slip(render(FULL_THAI_SLIP, 384)).value, printer.last_problem
    except DeviceError as refused:
        return "refused", refused.code


def test_every_fault_is_in_this_list() -> None:
    assert {*REFUSED, *PRINTED, *UNKNOWN} == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_slip_is_refused_printed_or_unknown_and_the_next_one_is_printed(
    simulator: PrinterSimulator, fault: str
) -> None:
    printer = GuardedPrinter(NetworkPrinter(*simulator.address, 384, PATIENCE))
    simulator.fail(fault)
    begun = time.monotonic()

    ended, why = ending(printer)
    took = time.monotonic() - begun
    simulator.behave()
    after = printer.print_slip(a_picture())

    if fault in REFUSED:
        assert (ended, why) == ("refused", REFUSED[fault])
        assert why in PROBLEM_CODES
        assert len(simulator.slips) == 1
    elif fault in PRINTED:
        assert (ended, why) == ("printed", None)
        assert len(simulator.slips) == 2
    else:
        assert ended == "unknown"
        assert why in UNKNOWN[fault]
    assert took < 5
    assert after is PrintOutcome.PRINTED
    assert simulator.slips[-1].image.tobytes() == a_picture().tobytes()
    assert simulator.faults_on == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_shows_in_the_state_until_it_ends(simulator: PrinterSimulator, fault: str) -> None:
    before = simulator.state().faults
    simulator.fail(fault)
    meanwhile = simulator.state().faults
    simulator.behave()

    assert before == ()
    assert meanwhile == (fault,)
    assert simulator.state().faults == ()
