"""A slip on its way to a printer that may be out of paper, open, off, silent, lying or slow."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from hardware.escpos_decoder import slips_in
from hardware.escpos_printer import AnsweringPrinter, FilePrinter, NetworkPrinter, NoPrinter
from hardware.interface import PROBLEM_CODES, DeviceError, PrinterStatus, PrintOutcome
from hardware.serial_wire import SerialWire
from hardware.simulator import PrinterSimulator
from hardware.slip import render
from hardware.usb_wire import UsbWire
from tests.hardware.slips import FULL_THAI_SLIP, IMPATIENT, a_picture, a_printer_at


def test_a_printer_in_good_order_says_so(simulator: PrinterSimulator) -> None:
    status = a_printer_at(simulator).status(timeout=1)

    assert status == PrinterStatus(online=True, paper="ok", cover="closed")
    assert status.can_print
    assert status.problem is None
    assert status.warning is None


@pytest.mark.parametrize("width", [384, 576])
def test_a_slip_comes_out_dot_for_dot_and_is_confirmed(width: int) -> None:
    simulator = PrinterSimulator(width)
    simulator.start()
    picture = render(FULL_THAI_SLIP, width)

    outcome = a_printer_at(simulator).print_slip(picture)
    simulator.stop()

    assert outcome is PrintOutcome.PRINTED
    assert [slip.image.tobytes() for slip in simulator.slips] == [picture.tobytes()]
    assert simulator.slips[0].is_whole
    assert simulator.errors == []


def test_slips_come_out_one_after_the_other_over_new_connections(simulator: PrinterSimulator) -> None:
    pictures = [a_picture(height=60 + 10 * n) for n in range(5)]

    outcomes = [a_printer_at(simulator).print_slip(picture) for picture in pictures]

    assert outcomes == [PrintOutcome.PRINTED] * 5
    assert [slip.image.height for slip in simulator.slips] == [60, 70, 80, 90, 100]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("paper_out", "paper_out"),
        ("open_cover", "cover_open"),
        ("jam_cutter", "cutter_jammed"),
        ("overheat", "printer_overheated"),
        ("stall", "printer_silent"),
        ("power_off", "printer_unreachable"),
        ("silent", "printer_silent"),
        ("nonsense_status", "printer_nonsense"),
    ],
)
def test_a_slip_awaits_a_printer_that_can(simulator: PrinterSimulator, fault: str, problem: str) -> None:
    printer = a_printer_at(simulator)
    getattr(simulator, fault)()

    status = printer.status(timeout=0.4)
    with pytest.raises(DeviceError) as refused:
        printer.print_slip(a_picture())
    simulator.behave()

    assert (status.problem, status.can_print) == (problem, False)
    assert (refused.value.code, refused.value.device) == (problem, printer.device)
    assert problem in PROBLEM_CODES
    assert not simulator.wait_for_slips(1, timeout=0.15)
    assert printer.print_slip(a_picture()) is PrintOutcome.PRINTED


def test_a_silent_or_lying_printer_is_unknown_and_never_fine(simulator: PrinterSimulator) -> None:
    simulator.silent()
    silent = a_printer_at(simulator).status(timeout=0.2)
    simulator.behave()
    simulator.nonsense_status()
    lying = a_printer_at(simulator).status(timeout=0.2)

    for status in (silent, lying):
        assert (status.online, status.paper, status.cover) == (None, "unknown", "unknown")
        assert not status.can_print


def test_paper_near_its_end_is_a_warning_and_still_prints(simulator: PrinterSimulator) -> None:
    simulator.paper_near_end()

    status = a_printer_at(simulator).status(timeout=1)
    outcome = a_printer_at(simulator).print_slip(a_picture())

    assert (status.paper, status.warning, status.problem) == ("near_end", "paper_near_end", None)
    assert outcome is PrintOutcome.PRINTED


def test_paper_that_ends_inside_a_slip_leaves_it_unknown_and_the_printer_ends_it_itself(
    simulator: PrinterSimulator,
) -> None:
    picture = render(FULL_THAI_SLIP, 384)
    simulator.paper_out(after_bytes=9_000)  # Nine bytes of it are status requests.

    outcome = a_printer_at(simulator).print_slip(picture)
    before = len(simulator.slips)
    simulator.refill()

    assert outcome is PrintOutcome.UNKNOWN
    assert before == 0
    assert simulator.wait_for_slips(1)
    assert [slip.image.tobytes() for slip in simulator.slips] == [picture.tobytes()]


@pytest.mark.parametrize("n_bytes", [10, 5_000, 20_000])
def test_a_connection_cut_inside_a_slip_leaves_it_unknown(simulator: PrinterSimulator, n_bytes: int) -> None:
    simulator.cut_connection_after(n_bytes)

    outcome = a_printer_at(simulator).print_slip(render(FULL_THAI_SLIP, 384))
    after = a_printer_at(simulator).print_slip(a_picture())

    assert outcome is PrintOutcome.UNKNOWN
    assert after is PrintOutcome.PRINTED
    assert [slip.is_whole for slip in simulator.slips][-1]
    assert simulator.slips[-1].image.tobytes() == a_picture().tobytes()


def test_a_connection_cut_before_the_slip_lets_the_caller_try_again(simulator: PrinterSimulator) -> None:
    simulator.cut_connection_after(6)  # Two status requests.

    with pytest.raises(DeviceError, match="printer_unreachable"):
        a_printer_at(simulator).print_slip(a_picture())

    assert a_printer_at(simulator).print_slip(a_picture()) is PrintOutcome.PRINTED
    assert len(simulator.slips) == 1


@pytest.mark.parametrize("fault", ["silent", "nonsense_status", "power_off"])
def test_a_printer_that_fails_between_the_slip_and_its_answer_leaves_it_unknown(
    simulator: PrinterSimulator, fault: str
) -> None:
    simulator.slow(0.25)
    outcomes: list[PrintOutcome] = []
    printer = a_printer_at(simulator)
    printing = threading.Thread(target=lambda: outcomes.append(printer.print_slip(a_picture())))

    printing.start()
    assert simulator.wait_for_slips(1)
    getattr(simulator, fault)()
    printing.join(3)

    assert outcomes == [PrintOutcome.UNKNOWN]
    assert len(simulator.slips) == 1


def test_a_slow_printer_is_waited_for_within_reason(simulator: PrinterSimulator) -> None:
    simulator.slow(0.2)
    begun = time.monotonic()

    in_time = a_printer_at(simulator).print_slip(a_picture())
    simulator.behave()
    simulator.slow(5)
    too_late = a_printer_at(simulator).print_slip(a_picture())

    assert in_time is PrintOutcome.PRINTED
    assert too_late is PrintOutcome.UNKNOWN
    assert time.monotonic() - begun < 2


def test_a_picture_for_other_paper_never_leaves_the_house(simulator: PrinterSimulator) -> None:
    with pytest.raises(DeviceError, match="slip_unprintable"):
        a_printer_at(simulator).print_slip(a_picture(576))


def test_a_host_that_does_not_take_connections_is_given_up_in_time() -> None:
    # A full backlog: connecting neither succeeds nor is refused.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        host, port = deaf.getsockname()
        crowd = [socket.socket() for _ in range(4)]
        for waiting in crowd:
            waiting.setblocking(False)
            waiting.connect_ex((host, port))
        begun = time.monotonic()

        status = NetworkPrinter(host, port, 384, IMPATIENT).status(timeout=5)

        for waiting in crowd:
            waiting.close()
    assert status.problem in ("printer_unreachable", "printer_silent")
    assert time.monotonic() - begun < 6


def test_a_file_takes_slips_and_confirms_nothing(tmp_path: Path) -> None:
    printer = FilePrinter(tmp_path / "spool", 384)

    outcomes = [printer.print_slip(a_picture()), printer.print_slip(a_picture(height=80))]

    assert outcomes == [PrintOutcome.SENT, PrintOutcome.SENT]
    assert [slip.height for slip in slips_in((tmp_path / "spool").read_bytes(), 384)] == [60, 80]
    assert printer.status(timeout=1) == PrinterStatus()


@pytest.mark.parametrize("path", ["/nowhere/spool", "/dev/no_such_printer"])
def test_a_file_that_cannot_be_opened_lets_the_caller_try_again(path: str) -> None:
    try:
        with pytest.raises(DeviceError, match="printer_unreachable"):
            FilePrinter(Path(path), 384).print_slip(a_picture())
    finally:
        Path(path).unlink(missing_ok=True)  # A driver that made it must not spoil the tests that follow.


def test_a_device_file_that_stops_taking_bytes_leaves_the_slip_unknown(tmp_path: Path) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    tall = Image.effect_noise((384, 4000), 200).convert("1")  # 190 KB: more than a pipe holds.

    outcome = FilePrinter(pipe, 384, IMPATIENT).print_slip(tall)
    os.close(reader)

    assert outcome is PrintOutcome.UNKNOWN


def test_no_printer_refuses_every_slip() -> None:
    with pytest.raises(DeviceError, match="no_printer"):
        NoPrinter(384).print_slip(a_picture())

    assert NoPrinter(384).status(timeout=1).problem == "no_printer"


ABSENT = (
    AnsweringPrinter(UsbWire(0x04B8, 0x0E15), 384, IMPATIENT),
    AnsweringPrinter(SerialWire("/dev/ttyNONE", 9600), 384, IMPATIENT),
)


@pytest.mark.parametrize("printer", ABSENT)
def test_a_usb_or_serial_printer_that_is_absent_is_unreachable(printer: AnsweringPrinter) -> None:
    status = printer.status(timeout=0.5)
    with pytest.raises(DeviceError, match="printer_unreachable"):
        printer.print_slip(a_picture())

    assert status.problem == "printer_unreachable"
