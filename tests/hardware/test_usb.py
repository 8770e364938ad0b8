"""A USB printer that is pulled out, stalls, hangs, or is no printer, on a simulated libusb."""

import time

import pytest

from hardware.escpos_printer import AnsweringPrinter, MutePrinter, Timeouts
from hardware.guard import GuardedPrinter
from hardware.interface import DeviceError, PrintOutcome
from hardware.simulator import PrinterSimulator
from hardware.slip import render
from hardware.usb_wire import UsbWire
from tests.hardware.simulated_libusb1 import PRODUCT, VENDOR, SimulatedLibusb
from tests.hardware.slips import FULL_THAI_SLIP, a_picture

SHORT = Timeouts(connect=0.4, answer=0.5, send=0.5, confirm=0.6)


@pytest.fixture
def bus(simulator: PrinterSimulator) -> SimulatedLibusb:
    return SimulatedLibusb(simulator)


def a_printer_on(bus: SimulatedLibusb) -> AnsweringPrinter:
    return AnsweringPrinter(UsbWire(VENDOR, PRODUCT, bus), 384, SHORT)


def test_the_printer_is_taken_from_the_systems_own_driver_and_never_reset(bus: SimulatedLibusb) -> None:
    printer = a_printer_on(bus)

    outcomes = [printer.print_slip(a_picture()), printer.print_slip(a_picture())]

    assert outcomes == [PrintOutcome.PRINTED] * 2
    assert not bus.kernel_has_it
    assert bus.resets == 0  # A reset would end a slip that is still printing.


def test_answers_to_an_earlier_talk_are_no_answers_to_this_one(
    bus: SimulatedLibusb, simulator: PrinterSimulator
) -> None:
    bus.old_answers = b"\x12\x00"  # A late status, and the confirmation of a slip that nobody waited for any more.
    simulator.fail("paper_out")

    assert a_printer_on(bus).status(timeout=1).problem == "paper_out"


def test_looking_for_a_mute_printer_does_not_touch_it(bus: SimulatedLibusb) -> None:
    printer = MutePrinter(UsbWire(VENDOR, PRODUCT, bus), 384, SHORT)

    there = printer.status(timeout=0.5)
    touched = (bus.kernel_has_it, bytes(bus.written))
    bus.is_plugged = False
    gone = printer.status(timeout=0.5)

    assert (there.problem, gone.problem) == (None, "printer_unreachable")
    assert touched == (True, b"")


def test_a_printer_pulled_out_inside_a_slip_leaves_it_unknown(bus: SimulatedLibusb) -> None:
    printer = a_printer_on(bus)
    bus.breaks_after_bytes = 5_000

    outcome, why = printer.print_slip(render(FULL_THAI_SLIP, 384)), printer.last_problem
    with pytest.raises(DeviceError, match="printer_unreachable"):
        printer.print_slip(a_picture())

    assert outcome is PrintOutcome.UNKNOWN
    assert why == "not_confirmed"


def test_a_printer_pulled_out_before_the_slip_lets_the_caller_try_again(bus: SimulatedLibusb) -> None:
    bus.breaks_after_bytes = 6  # Two questions.

    with pytest.raises(DeviceError, match="printer_unreachable"):
        a_printer_on(bus).print_slip(a_picture())
    bus.breaks_after_bytes, bus.is_plugged = None, True

    assert a_printer_on(bus).print_slip(a_picture()) is PrintOutcome.PRINTED


def test_a_printer_pulled_out_after_the_slip_and_plugged_in_again_prints_the_next(
    bus: SimulatedLibusb, simulator: PrinterSimulator
) -> None:
    printer = a_printer_on(bus)
    simulator.slow(1.5)
    late = printer.print_slip(a_picture())
    simulator.power_off()
    simulator.slow(0)
    with pytest.raises(DeviceError, match="printer_unreachable"):
        printer.print_slip(a_picture())
    simulator.power_on()
    time.sleep(1.5)  # The simulator counts the rest of its slow slip even while it is off.

    assert (late, printer.print_slip(a_picture())) == (PrintOutcome.UNKNOWN, PrintOutcome.PRINTED)


def test_a_printer_that_stops_inside_a_slip_is_told_to_forget_it(bus: SimulatedLibusb) -> None:
    printer = a_printer_on(bus)
    bus.takes_bytes = 5_000

    outcome = printer.print_slip(render(FULL_THAI_SLIP, 384))
    bus.takes_bytes = None

    assert outcome is PrintOutcome.UNKNOWN
    assert bus.soft_resets == 1
    assert printer.print_slip(a_picture()) is PrintOutcome.PRINTED
    assert bus.soft_resets == 1


def test_a_printer_that_takes_no_bytes_gets_no_slip(bus: SimulatedLibusb) -> None:
    bus.is_stalled = True
    begun = time.monotonic()

    with pytest.raises(DeviceError):
        a_printer_on(bus).print_slip(a_picture())

    assert time.monotonic() - begun < 2


def test_a_write_that_hangs_in_the_system_is_left_behind_and_the_printer_serves_again(
    bus: SimulatedLibusb, simulator: PrinterSimulator
) -> None:
    printer = GuardedPrinter(a_printer_on(bus))
    bus.hangs_seconds = 2.5
    begun = time.monotonic()

    with pytest.raises(DeviceError, match="printer_unreachable"):
        printer.print_slip(a_picture())
    first = time.monotonic() - begun
    status = printer.status(timeout=1)
    second = time.monotonic() - begun - first
    bus.hangs_seconds = 0
    time.sleep(2.5)
    left_open = bus.open_handles

    assert first < 2
    assert status.problem == "printer_stuck"
    assert left_open == 0  # What hung was closed when it came back.
    assert second < 0.2  # Nothing more is sent after what hangs, so there is nothing to wait for.
    assert printer.print_slip(a_picture()) is PrintOutcome.PRINTED
    assert len(simulator.slips) == 1


def test_something_else_with_these_numbers_still_needs_a_way_in_and_a_way_back(simulator: PrinterSimulator) -> None:
    vendor_class = SimulatedLibusb(simulator, interface_class=255)

    assert a_printer_on(vendor_class).print_slip(a_picture()) is PrintOutcome.PRINTED
