"""A serial printer that holds its line, over a pseudo-terminal."""

import time
from collections.abc import Iterator

import pytest
import serial
from PIL import Image

from hardware.escpos_encoder import slip_bytes
from hardware.escpos_printer import AnsweringPrinter, MutePrinter, Timeouts
from hardware.interface import DeviceError, PrintOutcome
from hardware.serial_wire import SerialWire
from hardware.simulator import PrinterSimulator
from hardware.slip import render
from tests.hardware.simulated_serial import SerialCable
from tests.hardware.slips import FULL_THAI_SLIP, a_picture

SHORT = Timeouts(connect=0.4, answer=0.5, send=0.3, confirm=0.6)


@pytest.fixture
def cable(simulator: PrinterSimulator) -> Iterator[SerialCable]:
    running = SerialCable(simulator)
    yield running
    running.stop()


def test_a_slow_line_has_the_time_that_its_speed_needs() -> None:
    slow, fast = SerialWire("/dev/ttyS0", 9600), SerialWire("/dev/ttyS0", 115200)

    assert 49 < slow.seconds_for(bytes(48_000)) < 51
    assert fast.seconds_for(bytes(48_000)) < 5
    assert AnsweringPrinter(slow, 384).longest_seconds > AnsweringPrinter(fast, 384).longest_seconds


def test_a_printer_that_drops_its_line_gets_no_more_than_it_still_takes(
    cable: SerialCable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A pseudo-terminal has no such line and does not count: the cable tells pyserial instead.
    written = serial.Serial.write

    def write(port: serial.Serial, piece: bytes) -> int | None:
        cable.sent += len(piece)
        return written(port, piece)

    monkeypatch.setattr(serial.Serial, "write", write)
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda _: cable.under_way))
    monkeypatch.setattr(serial.Serial, "dsr", property(lambda _: cable.dtr))
    monkeypatch.setattr(serial.Serial, "cts", property(lambda _: False))
    cable.buffer_bytes = 2_000

    outcome = AnsweringPrinter(SerialWire(cable.port, 115200), 384).print_slip(render(FULL_THAI_SLIP, 384))

    assert outcome is PrintOutcome.PRINTED
    assert cable.most_while_down <= 128


def test_a_printer_that_holds_its_line_from_the_first_byte_lets_the_caller_try_again(
    cable: SerialCable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial.Serial, "cts", property(lambda _: cable.dtr))
    link = SerialWire(cable.port, 115200).open(timeout=1)
    cable.dtr = False

    taken = link.write(b"a slip", timeout=0.1)
    link.close()

    assert taken == 0


def test_a_mute_printer_that_holds_its_line_leaves_the_slip_unknown_and_nobody_hangs(cable: SerialCable) -> None:
    printer = MutePrinter(SerialWire(cable.port, 115200), 384, SHORT)
    assert printer.print_slip(a_picture()) is PrintOutcome.SENT
    cable.is_held = True
    begun = time.monotonic()

    outcome = printer.print_slip(render(FULL_THAI_SLIP, 384))

    assert outcome is PrintOutcome.UNKNOWN
    assert printer.last_problem == "not_confirmed"
    assert time.monotonic() - begun < 6  # The system itself would wait 30 s to close the port.


def test_an_answering_printer_that_holds_its_line_gets_no_slip(cable: SerialCable) -> None:
    printer = AnsweringPrinter(SerialWire(cable.port, 115200), 384, SHORT)
    cable.is_held = True

    with pytest.raises(DeviceError, match="printer_silent"):
        printer.print_slip(a_picture())
    cable.is_held = False

    assert printer.print_slip(a_picture()) is PrintOutcome.PRINTED


def test_the_late_answer_of_a_slip_does_not_confirm_the_next(cable: SerialCable, simulator: PrinterSimulator) -> None:
    printer = AnsweringPrinter(SerialWire(cable.port, 115200), 384, Timeouts(answer=0.4, confirm=1.2))
    settled = printer.print_slip(a_picture())
    simulator.slow(2.2)

    late, next_one = printer.print_slip(a_picture()), printer.print_slip(a_picture())

    assert (settled, late) == (PrintOutcome.PRINTED, PrintOutcome.UNKNOWN)
    assert next_one is PrintOutcome.UNKNOWN  # The answer that came meanwhile was the late one's.


def test_an_answer_that_came_while_nobody_listened_is_not_waited_for(
    cable: SerialCable, simulator: PrinterSimulator
) -> None:
    printer = AnsweringPrinter(SerialWire(cable.port, 115200), 384, SHORT)
    simulator.slow(1.2)
    late = printer.print_slip(a_picture())
    time.sleep(1.0)  # The port is shut, and the system throws away what comes.
    simulator.slow(0)

    outcomes = [printer.print_slip(a_picture()) for _ in range(2)]

    assert (late, outcomes) == (PrintOutcome.UNKNOWN, [PrintOutcome.PRINTED] * 2)
    assert len(simulator.slips) == 3


def a_slip_cut_off_by_a_kill(cable: SerialCable, width: int = 384) -> None:
    """Leave the printer as a server does that is killed 1.5 KB into a slip."""
    link = SerialWire(cable.port, 115200).open(timeout=1)
    assert link.write(slip_bytes(render(FULL_THAI_SLIP, width), width)[:1500], timeout=2) == 1500
    assert link.settle(2)
    link.close()


def test_half_a_picture_left_in_the_printer_does_not_ruin_the_next_slip(
    cable: SerialCable, simulator: PrinterSimulator
) -> None:
    a_slip_cut_off_by_a_kill(cable)
    printer = AnsweringPrinter(SerialWire(cable.port, 115200), 384, SHORT)

    outcome = printer.print_slip(a_picture())

    assert outcome is PrintOutcome.PRINTED
    assert simulator.errors == []
    assert ends_with(simulator.slips[-1].image, a_picture())
    assert printer.print_slip(a_picture()) is PrintOutcome.PRINTED
    assert simulator.slips[-1].image.tobytes() == a_picture().tobytes()


def test_a_printer_asked_in_the_middle_of_a_picture_is_not_silent_for_ever(cable: SerialCable) -> None:
    a_slip_cut_off_by_a_kill(cable)
    printer = AnsweringPrinter(SerialWire(cable.port, 115200), 384, SHORT)

    said = [printer.status(1.0).problem for _ in range(3)]

    assert said[-1] is None


def test_a_mute_printer_is_freed_of_half_a_picture_too(cable: SerialCable, simulator: PrinterSimulator) -> None:
    a_slip_cut_off_by_a_kill(cable)
    printer = MutePrinter(SerialWire(cable.port, 115200), 384, SHORT)

    assert printer.print_slip(a_picture()) is PrintOutcome.SENT
    assert simulator.wait_for_slips(1)
    assert simulator.errors == []
    assert ends_with(simulator.slips[-1].image, a_picture())


def ends_with(paper: Image.Image, picture: Image.Image) -> bool:
    """Whether the last rows of the paper are this picture."""
    return paper.crop((0, paper.height - picture.height, paper.width, paper.height)).tobytes() == picture.tobytes()
