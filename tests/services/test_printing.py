"""The printer's worker: each slip once, whatever the printer, the drawing or the database do meanwhile."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image
from sqlalchemy import select

from hardware.interface import PAPER_OUT, SLIP_UNPRINTABLE, UNREACHABLE, DeviceError, PrinterStatus, PrintOutcome
from hardware.simulator import PrinterSimulator
from server.db.print_jobs import PrintJob
from server.db.rows import PrintJobRow
from server.db.work import DatabaseBusy
from server.loop import Loop
from server.services.printing import Printing, no_fault
from server.services.slips import SlipDesk, SlipToDraw
from tests.hardware.slips import a_printer_at
from tests.services.office import Founder, OfficeAtWork

PATIENCE_SECONDS = 20.0
DOTS_A_NUMBER = 8


def drawn(slip: SlipToDraw) -> Image.Image:
    """A slip that says its number by the length of a bar, below a line from edge to edge; a copy has a second line."""
    picture = Image.new("1", (384, 40), 255)
    ticket = slip.ticket
    if ticket is None:
        return picture
    if slip.is_copy:
        picture.paste(0, (0, 36, 384, 38))
    picture.paste(0, (0, 0, 384, 2))
    picture.paste(0, (0, 10, DOTS_A_NUMBER * int(ticket.number[1:]), 30))
    return picture


def number_on(slip: Image.Image) -> str:
    """What the bar says."""
    dots = sum(slip.getpixel((x, 20)) == 0 for x in range(slip.width))
    copy = " copy" if slip.getpixel((0, 37)) == 0 else ""
    return f"A{dots // DOTS_A_NUMBER:03}{copy}"


class PaperPrinter:
    """A printer that keeps what it prints; told beforehand how its next attempts end."""

    width_dots = 384

    def __init__(self) -> None:
        self.paper: list[str] = []
        self.endings: list[PrintOutcome | Exception] = []
        self.problem: str | None = None
        self.last_problem: str | None = None
        self.while_printing: Callable[[], None] = lambda: None

    def status(self, timeout: float) -> PrinterStatus:
        return PrinterStatus(online=self.problem is None, fault=self.problem)

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        ending = self.endings.pop(0) if self.endings else PrintOutcome.PRINTED
        if isinstance(ending, DeviceError):
            raise ending
        self.paper.append(number_on(image))
        self.while_printing()
        if isinstance(ending, Exception):
            raise ending
        return ending

    def close(self) -> None:
        return


@pytest.fixture
def printer() -> PaperPrinter:
    return PaperPrinter()


@pytest.fixture
def simulator() -> Iterator[PrinterSimulator]:
    running = PrinterSimulator(384)
    running.start()
    yield running
    running.stop()
    assert running.errors == []


@contextmanager
def printing(office: OfficeAtWork, printer: object, draw: Callable[[SlipToDraw], Image.Image] = drawn,
             workers: int = 1) -> Iterator[Printing]:  # fmt: skip
    """The office's printer at work until the block ends; its pauses are cut short."""
    loop = Loop(sleeping=lambda _seconds: time.sleep(0.005), guard=office.db.refuse_inside_work)
    desk = SlipDesk(office.db, office.id, draw, loop)
    at_work = [Printing(desk, printer, "test", no_fault) for _ in range(workers)]  # type: ignore[arg-type]  # because the fakes here are told apart by what they do.
    for each in at_work:
        office.db.told.append(each.ring)
    threads = [threading.Thread(target=each.run, daemon=True) for each in at_work]
    for thread in threads:
        thread.start()
    try:
        yield at_work[0]
    finally:
        loop.stopping = True
        for each, thread in zip(at_work, threads, strict=True):
            each.ring(office.id, 0)
            thread.join(PATIENCE_SECONDS)
            office.db.told.remove(each.ring)


def states(office: OfficeAtWork) -> list[tuple[str, str | None]]:
    """State and reason of each print job in order."""
    with office.engine.connect() as connection:
        jobs = connection.execute(select(PrintJobRow.state, PrintJobRow.reason).order_by(PrintJobRow.id))
        return [(row.state, row.reason) for row in jobs]


def come_true(is_so: Callable[[], bool]) -> bool:
    """Whether it comes true within a test's patience."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_so()


def ended(office: OfficeAtWork) -> bool:
    return all(state not in {"queued", "sending"} for state, _ in states(office))


def told(office: OfficeAtWork) -> list[str]:
    """What was told of printer and slips, shortly."""
    found = []
    for event in office.events():
        if event.kind in {"device_changed", "slip_printed", "slip_failed"}:
            said = event.payload
            reason = said.split('"reason":"')[1].split('"')[0] if '"reason"' in said else ""
            state = said.split('"state":"')[1].split('"')[0]
            found.append(f"{event.kind} {state} {reason}".strip())
    return found


def test_a_queued_slip_is_printed_once_and_its_ticket_says_so(
    office: OfficeAtWork, simulator: PrinterSimulator
) -> None:
    office.takes_a_number(prints=True)
    with printing(office, a_printer_at(simulator)):
        assert come_true(lambda: ended(office))
        office.takes_a_number(prints=True)  # While it runs.
        assert come_true(lambda: len(states(office)) == 2 and ended(office))

    assert [number_on(slip.image) for slip in simulator.slips] == ["A001", "A002"]
    assert states(office) == [("printed", None)] * 2
    assert told(office) == ["slip_printed printed"] * 2


def test_slips_queued_while_the_paper_is_out_are_printed_once_each_and_in_order_when_it_is_back(
    office: OfficeAtWork, simulator: PrinterSimulator
) -> None:
    simulator.paper_out()
    with printing(office, a_printer_at(simulator)) as worker:
        for _ in range(3):
            office.takes_a_number(prints=True)
        assert come_true(lambda: worker.trouble == PAPER_OUT)
        assert come_true(lambda: "slip_failed queued paper_out" in told(office))
        assert {state for state, _ in states(office)} == {"queued"}
        assert simulator.slips == []

        simulator.refill()
        assert come_true(lambda: ended(office))
        assert worker.trouble is None

    assert [(number_on(slip.image), slip.is_whole) for slip in simulator.slips] == [
        ("A001", True),
        ("A002", True),
        ("A003", True),
    ]
    assert told(office) == [
        "device_changed paper_out",
        "slip_failed queued paper_out",
        "device_changed ok",
        "slip_printed printed",
        "slip_printed printed",
        "slip_printed printed",
    ]


def test_a_printer_that_is_switched_off_keeps_nobody_from_taking_a_number(
    office: OfficeAtWork, simulator: PrinterSimulator
) -> None:
    simulator.power_off()
    with printing(office, a_printer_at(simulator)) as worker:
        ticket = office.takes_a_number(prints=True)
        assert come_true(lambda: worker.trouble == UNREACHABLE)
        assert (ticket.number, ticket.print.state) == ("A001", "queued")

        simulator.power_on()
        assert come_true(lambda: ended(office))

    assert [number_on(slip.image) for slip in simulator.slips] == ["A001"]


def test_a_slip_cut_off_half_way_is_unknown_and_never_sent_again(
    office: OfficeAtWork, simulator: PrinterSimulator
) -> None:
    simulator.cut_connection_after(150)
    office.takes_a_number(prints=True)
    office.takes_a_number(prints=True)
    with printing(office, a_printer_at(simulator)):
        assert come_true(lambda: ended(office))

    assert states(office) == [("unknown", "printer_unreachable"), ("printed", None)]
    assert [number_on(slip.image) for slip in simulator.slips if slip.is_whole] == ["A002"]
    assert told(office) == ["slip_failed unknown printer_unreachable", "slip_printed printed"]


def test_a_slip_that_was_being_sent_when_the_server_was_killed_is_unknown(
    office: OfficeAtWork, printer: PaperPrinter
) -> None:
    office.takes_a_number(prints=True)
    office.takes_a_number(prints=True)
    with office.db.work(office.id) as work:
        job = work.print_jobs.next()
        assert job
        assert work.print_jobs.take(job.id)

    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert states(office) == [("unknown", "server_stopped"), ("printed", None)]
    assert printer.paper == ["A002"]
    assert told(office)[0] == "slip_failed unknown server_stopped"


def test_while_a_slip_is_being_sent_its_ticket_still_says_queued(office: OfficeAtWork, printer: PaperPrinter) -> None:
    seen: list[str] = []

    def look() -> None:
        with office.db.read(office.id) as work:
            seen.append(work.print_jobs.state_of(1))

    printer.while_printing = look
    office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert seen == ["queued"]


def test_a_slip_of_which_no_byte_went_out_is_tried_again(office: OfficeAtWork, printer: PaperPrinter) -> None:
    printer.endings = [DeviceError(UNREACHABLE, "test")] * 3
    office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert printer.paper == ["A001"]
    assert states(office) == [("printed", None)]
    assert told(office).count("slip_failed queued printer_unreachable") <= 3
    assert told(office)[-1] == "slip_printed printed"


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (PrintOutcome.PRINTED, "printed", None),
        (PrintOutcome.SENT, "sent", None),
        (PrintOutcome.UNKNOWN, "unknown", "not_confirmed"),
    ],
)
def test_a_slip_ends_as_surely_as_the_printer_can_tell(
    office: OfficeAtWork, printer: PaperPrinter, outcome: PrintOutcome, state: str, reason: str | None
) -> None:
    printer.endings = [outcome]
    office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert states(office) == [(state, reason)]
    assert printer.paper == ["A001"]


def test_a_driver_that_breaks_after_the_paper_moved_is_not_asked_for_the_same_slip_again(
    office: OfficeAtWork, printer: PaperPrinter
) -> None:
    printer.endings = [RuntimeError("a driver with a mistake in it")]
    office.takes_a_number(prints=True)
    office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert printer.paper == ["A001", "A002"]
    assert [state for state, _ in states(office)] == ["unknown", "printed"]


def test_a_slip_that_cannot_be_drawn_fails_alone(office: OfficeAtWork, printer: PaperPrinter) -> None:
    def draw(slip: SlipToDraw) -> Image.Image:
        if slip.ticket and slip.ticket.number == "A001":
            raise ValueError("no such letter")
        return drawn(slip)

    for _ in range(2):
        office.takes_a_number(prints=True)
    with printing(office, printer, draw):
        assert come_true(lambda: ended(office))

    assert states(office) == [("failed", SLIP_UNPRINTABLE), ("printed", None)]
    assert printer.paper == ["A002"]


def test_a_slip_that_the_printer_cannot_take_fails_alone(office: OfficeAtWork, printer: PaperPrinter) -> None:
    printer.endings = [DeviceError(SLIP_UNPRINTABLE, "test")]
    for _ in range(2):
        office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert states(office) == [("failed", SLIP_UNPRINTABLE), ("printed", None)]


def test_a_slip_printed_while_the_database_was_locked_is_settled_when_it_is_free(
    found_on_sqlite: Founder, printer: PaperPrinter, caplog: pytest.LogCaptureFixture
) -> None:
    office = found_on_sqlite(busy_for_seconds=0.05)
    holder = OfficeAtWork(office.url, office.clock)
    locked = threading.Event()

    def hold() -> None:
        with holder.db.writing():
            locked.set()
            assert come_true(lambda: "printing_waits code=database_busy" in caplog.messages)

    def somebody_locks() -> None:
        threading.Thread(target=hold).start()
        assert locked.wait(PATIENCE_SECONDS)

    printer.while_printing = somebody_locks
    office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))
    holder.engine.dispose()

    assert printer.paper == ["A001"]
    assert states(office) == [("printed", None)]


def test_a_database_locked_at_the_start_does_not_end_the_worker(
    found_on_sqlite: Founder, printer: PaperPrinter, caplog: pytest.LogCaptureFixture
) -> None:
    office = found_on_sqlite(busy_for_seconds=0.05)
    office.takes_a_number(prints=True)
    holder = OfficeAtWork(office.url, office.clock)

    with holder.db.writing() as held, printing(office, printer) as worker:
        assert come_true(lambda: "printing_waits code=database_busy" in caplog.messages)
        held.rollback()
        worker.ring(office.id, 0)
        assert come_true(lambda: ended(office))
    holder.engine.dispose()

    assert printer.paper == ["A001"]


def test_a_slip_whose_taking_was_saved_though_the_database_hung_up_is_asked_of_a_person(
    office: OfficeAtWork, printer: PaperPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = SlipDesk.take

    def take_and_hang_up(desk: SlipDesk, job: PrintJob) -> bool:
        monkeypatch.setattr(SlipDesk, "take", taken)
        assert taken(desk, job)
        raise DatabaseBusy()

    monkeypatch.setattr(SlipDesk, "take", take_and_hang_up)
    for _ in range(2):
        office.takes_a_number(prints=True)
    with printing(office, printer):
        assert come_true(lambda: ended(office))

    assert states(office) == [("unknown", "server_stopped"), ("printed", None)]
    assert printer.paper == ["A002"]


def test_a_lock_that_cannot_be_asked_for_does_not_end_the_worker(
    office: OfficeAtWork, printer: PaperPrinter, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def alone() -> bool:
        asked.append(1)
        if len(asked) == 1:
            raise sqlite3.DatabaseError("file is not a database")
        return True

    loop = Loop(guard=office.db.refuse_inside_work)
    worker = Printing(SlipDesk(office.db, office.id, drawn, loop), printer, "test", no_fault, alone)
    office.takes_a_number(prints=True)
    worker.ring(office.id, 0)  # It waits for nobody.
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()

    assert come_true(lambda: ended(office))
    loop.stopping = True
    worker.ring(office.id, 0)
    thread.join(PATIENCE_SECONDS)

    assert printer.paper == ["A001"]
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == ["printer_lock_failed"]


def test_two_servers_at_one_printer_print_each_slip_once(office: OfficeAtWork, printer: PaperPrinter) -> None:
    for _ in range(12):
        office.takes_a_number(prints=True)

    with printing(office, printer, workers=3):
        assert come_true(lambda: ended(office))

    assert sorted(printer.paper) == [f"A{number:03}" for number in range(1, 13)]


def test_trouble_of_an_idle_printer_is_told_once_and_its_end_too(office: OfficeAtWork, printer: PaperPrinter) -> None:
    with printing(office, printer) as worker:
        printer.problem = PAPER_OUT
        worker.ring(office.id, 0)
        assert come_true(lambda: worker.trouble == PAPER_OUT)
        for _ in range(3):
            worker.ring(office.id, 0)
        printer.problem = None
        worker.ring(office.id, 0)
        assert come_true(lambda: worker.trouble is None)

    assert told(office) == ["device_changed paper_out", "device_changed ok"]


def test_where_there_is_no_printer_nothing_is_queued_or_printed(office: OfficeAtWork, printer: PaperPrinter) -> None:
    ticket = office.takes_a_number(prints=False)

    with printing(office, printer) as worker:
        worker.ring(office.id, 0)

    assert ticket.print.state == "none"
    assert printer.paper == []
    assert told(office) == []
