"""The same story over every wire that can answer: network, USB (simulated libusb), serial (pseudo-terminal)."""

from collections.abc import Callable, Iterator

import pytest

from hardware.escpos_links import Wire
from hardware.escpos_printer import AnsweringPrinter, MutePrinter, Timeouts
from hardware.interface import DeviceError, PrinterStatus, PrintOutcome
from hardware.network_wire import NetworkWire
from hardware.serial_wire import SerialWire
from hardware.simulator import PrinterSimulator
from hardware.slip import render
from hardware.usb_wire import UsbWire
from tests.hardware.simulated_libusb1 import PRODUCT, VENDOR, SimulatedLibusb
from tests.hardware.simulated_serial import SerialCable
from tests.hardware.slips import FULL_THAI_SLIP, a_picture

PATIENT = Timeouts(connect=1.0, answer=1.0, send=2.0, confirm=4.0)


@pytest.fixture(params=["network", "usb", "serial"])
def wire(request: pytest.FixtureRequest, simulator: PrinterSimulator) -> Iterator[Wire]:
    """A wire to the simulator."""
    if request.param == "network":
        yield NetworkWire(*simulator.address)
    elif request.param == "usb":
        yield UsbWire(VENDOR, PRODUCT, SimulatedLibusb(simulator))
    else:
        cable = SerialCable(simulator)
        yield SerialWire(cable.port, 115200)
        cable.stop()


def test_a_slip_comes_out_dot_for_dot_and_is_confirmed_over_every_wire(wire: Wire, simulator: PrinterSimulator) -> None:
    printer = AnsweringPrinter(wire, 384, PATIENT)
    pictures = [render(FULL_THAI_SLIP, 384), a_picture(), a_picture(height=90)]

    status = printer.status(timeout=1)
    outcomes = [printer.print_slip(picture) for picture in pictures]

    assert status == PrinterStatus(online=True, paper="ok", cover="closed")
    assert outcomes == [PrintOutcome.PRINTED] * 3
    assert printer.last_problem is None
    assert [slip.image.tobytes() for slip in simulator.slips] == [picture.tobytes() for picture in pictures]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("paper_out", "paper_out"),
        ("cover_open", "cover_open"),
        ("cutter_jammed", "cutter_jammed"),
        ("overheated", "printer_overheated"),
        ("silent", "printer_silent"),
        ("nonsense", "printer_nonsense"),
    ],
)
def test_what_a_printer_says_of_itself_is_heard_over_every_wire(
    wire: Wire, simulator: PrinterSimulator, fault: str, problem: str
) -> None:
    printer = AnsweringPrinter(wire, 384, Timeouts(connect=0.5, answer=0.6, send=1.0, confirm=2.0))
    simulator.fail(fault)

    status = printer.status(timeout=0.8)
    with pytest.raises(DeviceError, match=problem):
        printer.print_slip(a_picture())
    simulator.behave()

    assert status.problem == problem
    assert printer.print_slip(a_picture()) is PrintOutcome.PRINTED
    assert len(simulator.slips) == 1


def test_a_printer_that_is_switched_off_gets_no_slip_over_any_wire(wire: Wire, simulator: PrinterSimulator) -> None:
    printer = AnsweringPrinter(wire, 384, Timeouts(connect=0.5, answer=0.4, send=1.0, confirm=1.0))
    simulator.power_off()

    with pytest.raises(DeviceError) as refused:
        printer.print_slip(a_picture())
    status = printer.status(timeout=0.5)

    # What is off cannot be told from what is silent at the other end of a serial cable.
    off = "printer_silent" if wire.name.startswith("serial") else "printer_unreachable"
    assert (status.problem, refused.value.code) == (off, off)


def test_a_mute_printer_is_no_problem_and_its_slip_is_sent(wire: Wire, simulator: PrinterSimulator) -> None:
    printer = MutePrinter(wire, 384, PATIENT)
    simulator.silent()

    status = printer.status(timeout=0.5)
    outcome = printer.print_slip(a_picture())

    assert status == PrinterStatus()
    assert outcome is PrintOutcome.SENT
    assert simulator.wait_for_slips(1)
    assert simulator.slips[0].image.tobytes() == a_picture().tobytes()


NOT_THERE: list[Callable[[], Wire]] = [
    lambda: NetworkWire("127.0.0.1", 1),
    lambda: SerialWire("/dev/ttyNONE", 9600),
    lambda: UsbWire(0xDEAD, 0xBEEF),
]


@pytest.mark.parametrize("absent", NOT_THERE)
def test_a_mute_printer_that_is_not_there_is_unreachable(absent: Callable[[], Wire]) -> None:
    printer = MutePrinter(absent(), 384, PATIENT)

    status = printer.status(timeout=0.5)
    with pytest.raises(DeviceError, match="printer_unreachable"):
        printer.print_slip(a_picture())

    assert status.problem == "printer_unreachable"
