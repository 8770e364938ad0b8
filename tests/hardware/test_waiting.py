"""Waiting for a slip to be confirmed: as long as it may still come, and not a moment longer."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from hardware.escpos_links import Link
from hardware.escpos_printer import AnsweringPrinter, MutePrinter, NetworkPrinter, Timeouts
from hardware.escpos_status import ASK_PAPER_IN_ORDER
from hardware.escpos_talk import Owed, Talk
from hardware.interface import DeviceError, PrintOutcome
from hardware.network_wire import NetworkWire
from hardware.simulator import PrinterSimulator
from hardware.slip import render
from tests.hardware.slips import FULL_THAI_SLIP, a_picture

AS_SET = Timeouts()
CUT_AND_QUESTION = b"\x1dVB\x00\x1dr\x01"


@contextmanager
def a_slip_on_its_way(
    simulator: PrinterSimulator, seconds: float, timeouts: Timeouts = AS_SET
) -> Iterator[list[object]]:
    """A slip that takes so long that something may happen meanwhile; how it ended, and after how long."""
    simulator.slow(seconds)
    told: list[object] = []
    printer = NetworkPrinter(*simulator.address, 384, timeouts)

    def send() -> None:
        begun = time.monotonic()
        outcome = printer.print_slip(a_picture())
        told.extend((outcome, printer.last_problem, time.monotonic() - begun))

    sending = threading.Thread(target=send)
    sending.start()
    assert simulator.wait_for_slips(1)
    yield told
    sending.join(20)


@pytest.mark.parametrize(
    ("fault", "problem"), [("paper_out", "paper_out"), ("cover_open", "cover_open"), ("cutter_jammed", "cutter_jammed")]
)
def test_a_printer_that_says_it_cannot_go_on_is_not_waited_for(
    simulator: PrinterSimulator, fault: str, problem: str
) -> None:
    with a_slip_on_its_way(simulator, seconds=12) as told:
        simulator.fail(fault)

    outcome, why, took = told
    assert (outcome, why) == (PrintOutcome.UNKNOWN, problem)
    assert isinstance(took, float)
    assert took < 5  # Of the 15 that a slow printer has.


def test_a_head_that_must_cool_is_waited_for(simulator: PrinterSimulator) -> None:
    with a_slip_on_its_way(simulator, seconds=0.1) as told:
        simulator.overheat()
        time.sleep(2.5)
        simulator.cool_down()

    assert told[:2] == [PrintOutcome.PRINTED, None]


def test_a_head_that_does_not_cool_is_named(simulator: PrinterSimulator) -> None:
    with a_slip_on_its_way(simulator, seconds=0.3, timeouts=Timeouts(confirm=2.5)) as told:
        simulator.overheat()

    assert told[:2] == [PrintOutcome.UNKNOWN, "printer_overheated"]


def test_a_slow_printer_is_asked_and_still_waited_for(simulator: PrinterSimulator) -> None:
    with a_slip_on_its_way(simulator, seconds=3.5) as told:
        pass

    assert told[:2] == [PrintOutcome.PRINTED, None]


def test_a_printer_that_goes_silent_is_not_confirmed(simulator: PrinterSimulator) -> None:
    with a_slip_on_its_way(simulator, seconds=0.5, timeouts=Timeouts(confirm=2.5)) as told:
        simulator.silent()

    assert told[:2] == [PrintOutcome.UNKNOWN, "not_confirmed"]


def test_a_connection_that_breaks_is_unknown_at_once(simulator: PrinterSimulator) -> None:
    with a_slip_on_its_way(simulator, seconds=10) as told:
        simulator.power_off()

    assert told[:2] == [PrintOutcome.UNKNOWN, "printer_unreachable"]


def test_no_question_is_asked_among_the_bytes_of_a_picture() -> None:
    """A printer that takes its slip so slowly that several questions would be due."""
    heard = bytearray()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        is_done = False
        with connection, suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            while piece := connection.recv(512):
                heard.extend(piece)
                for question in (b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"):
                    connection.sendall(b"\x12" * piece.count(question))
                if CUT_AND_QUESTION in heard and not is_done:
                    is_done = True
                    time.sleep(2.2)
                    connection.sendall(b"\x00")
                time.sleep(0.03)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        host, port = listener.getsockname()
        outcome = NetworkPrinter(host, port, 384).print_slip(render(FULL_THAI_SLIP, 384))

    begin, end = heard.index(b"\x1b@"), heard.index(CUT_AND_QUESTION)
    assert outcome is PrintOutcome.PRINTED
    assert b"\x10\x04" not in heard[begin:end]


def test_paper_that_ends_inside_a_slip_is_named_and_people_hear_of_it_in_time(simulator: PrinterSimulator) -> None:
    simulator.fail("paper_out_inside_a_slip")
    printer = NetworkPrinter(*simulator.address, 384)
    begun = time.monotonic()

    outcome = printer.print_slip(render(FULL_THAI_SLIP, 384))

    assert outcome is PrintOutcome.UNKNOWN
    assert printer.last_problem == "paper_out"
    assert time.monotonic() - begun < 5


class ToldLink:
    """A link that gives each question the next answer of a list, and the confirmation when that is used up."""

    def __init__(self, answers: list[bytes], confirmation: bytes = b"\x00") -> None:
        self.questions: list[int] = []
        self._answers = answers
        self._confirmation = confirmation
        self._heard = b""

    def write(self, message: bytes, timeout: float) -> int:
        self.questions.append(message[2])
        self._heard += self._answers.pop(0) if self._answers else b""
        return len(message)

    def read(self, timeout: float) -> bytes:
        if not self._answers and not self._heard:
            self._heard, self._confirmation = self._confirmation, b""
        if not self._heard:
            time.sleep(timeout)
        heard, self._heard = self._heard, b""
        return heard

    def settle(self, timeout: float) -> bool:
        return True

    def forget(self) -> None:
        return

    def close(self) -> None:
        return


OFFLINE, FINE = b"\x1a", b"\x12"


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([OFFLINE, FINE, FINE, FINE, FINE, FINE], None),  # Somebody pressed the feed button.
        ([OFFLINE, FINE, FINE, OFFLINE, FINE, FINE, b"", b"", b""], "printer_offline"),
        ([FINE, b"\x72", FINE, FINE], "paper_out"),
        ([FINE, FINE, b"\x16", FINE], "cover_open"),
        ([FINE, FINE, b"\x52", b"\x32", FINE], "printer_error"),
        ([FINE, FINE, b"\x52", b"\x52", FINE, FINE, FINE], None),  # The head cools.
    ],
)
def test_what_ends_the_waiting_is_what_cannot_end_by_itself(
    answers: list[bytes], problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.escpos_talk.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("hardware.escpos_talk.GRACE_SECONDS", 0.05)

    assert Talk(ToldLink(answers), Owed(1, 1)).problem_of_slip(2) == problem


def test_a_slip_that_ends_with_the_paper_is_printed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.escpos_talk.LOOK_SECONDS", 0.05)

    assert Talk(ToldLink([FINE, b"\x72", FINE]), Owed(1, 1)).problem_of_slip(2) is None


def test_a_printer_that_has_not_answered_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.escpos_talk.LOOK_SECONDS", 0.05)
    link = ToldLink([b"", b"never asked"])

    problem = Talk(link, Owed(1, 1)).problem_of_slip(0.5)

    assert problem == "not_confirmed"
    assert link.questions == [1]


class FullPrinter:
    """A wire to a printer that stops taking bytes inside a slip, and says why to whoever connects anew."""

    name = "network:full"

    def __init__(self, *, begins_anew: bool) -> None:
        self.begins_anew = begins_anew
        self.is_full = False
        self.forgotten = 0
        self._owed = b""

    def open(self, timeout: float) -> Link:
        return self

    def look(self, timeout: float) -> None:
        return

    def seconds_for(self, message: bytes) -> float:
        return 0.0

    def write(self, message: bytes, timeout: float) -> int:
        if message.startswith(b"\x10\x04"):
            self._owed += b"\x72" if self.is_full and message[2] == 4 else b"\x12"
            return len(message)
        if message == ASK_PAPER_IN_ORDER:
            self._owed += b"\x00"
            return len(message)
        self.is_full = True
        return 1000

    def read(self, timeout: float) -> bytes:
        heard, self._owed = self._owed, b""
        return heard

    def settle(self, timeout: float) -> bool:
        return True

    def forget(self) -> None:
        self.forgotten += 1

    def close(self) -> None:
        return


@pytest.mark.parametrize(("begins_anew", "problem"), [(True, "paper_out"), (False, "not_confirmed")])
def test_a_printer_that_takes_half_a_slip_is_asked_why_where_it_can_be(begins_anew: bool, problem: str) -> None:
    wire = FullPrinter(begins_anew=begins_anew)
    printer = AnsweringPrinter(wire, 384)

    outcome = printer.print_slip(render(FULL_THAI_SLIP, 384))

    assert (outcome, printer.last_problem) == (PrintOutcome.UNKNOWN, problem)
    assert wire.forgotten == 1


def test_a_mute_printer_that_takes_no_bytes_leaves_the_slip_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        host, port = listener.getsockname()
        printer = MutePrinter(NetworkWire(host, port), 384, Timeouts(send=0.5))

        outcome = printer.print_slip(render(FULL_THAI_SLIP, 384))

    assert outcome is PrintOutcome.UNKNOWN
    assert printer.last_problem == "not_confirmed"


@pytest.mark.parametrize("timeout", [0.5, 1.0])
@pytest.mark.parametrize("fault", ["silent", "stalled", "nonsense", "power_off", "slow"])
def test_a_status_keeps_to_its_time(simulator: PrinterSimulator, fault: str, timeout: float) -> None:
    simulator.fail(fault)
    printer = NetworkPrinter(*simulator.address, 384)
    begun = time.monotonic()

    printer.status(timeout)

    assert time.monotonic() - begun <= timeout


class LookUpThatHangs(NetworkWire):
    """A name whose look-up does not come back for a while."""

    __slots__ = ()

    def open(self, timeout: float) -> Link:
        time.sleep(1.5)
        raise AssertionError("too late")


def test_a_name_that_is_looked_up_for_ever_refuses_the_slip_in_time() -> None:
    printer = NetworkPrinter("printer.example", 9100, 384, Timeouts(connect=0.3))
    printer.wire = LookUpThatHangs("printer.example", 9100)
    begun = time.monotonic()

    with pytest.raises(DeviceError, match="printer_stuck"):
        printer.print_slip(a_picture())
    status = printer.status(timeout=0.3)

    assert status.problem == "printer_stuck"
    assert time.monotonic() - begun < 1
