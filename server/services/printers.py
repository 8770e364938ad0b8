"""How the office's printers do: noted when they say so, told once when it changes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hardware.interface import OK, PAPER_NEAR_END, SILENT, PrinterStatus
from server.db.print_jobs import PrintJob
from server.db.printers import OWN, PrinterNow
from server.db.work import Database, UnitOfWork
from server.domain.events import DeviceChanged, SlipFailed

AGENT_SILENT = "agent_silent"
STILL_PRINTS = frozenset({OK, PAPER_NEAR_END})
ASKED_ANEW_AFTER = timedelta(seconds=4)  # Rarer than it is asked: a row that says the same need not be written again.
SILENT_AFTER = timedelta(seconds=8)  # An agent asks every 4 s; reception hears of a dead one within 10 s.
BUSY_FOR = timedelta(seconds=60)  # Nor does it ask while it prints: up to 50 s where late answers are awaited first.
OWN_SILENT_AFTER = timedelta(seconds=90)  # It is asked every 4 s, unless its process hangs.
GONE_AFTER = timedelta(minutes=2)  # Its process asks it every 4 s, and says nothing while a slip prints.


@dataclass(frozen=True, slots=True)
class PrinterReport:
    """What a printer said, or was found to be, just now: `state` is `ok`, a warning, or a problem's code."""

    state: str
    paper: str
    cover: str
    connection: str
    width_dots: int


def report_of(status: PrinterStatus, connection: str, width_dots: int) -> PrinterReport:
    """Return what a driver's status tells."""
    return PrinterReport(status.state, status.paper, status.cover, connection, width_dots)


def device_name(printer: int) -> str:
    """Return what events call this printer."""
    return "printer" if printer == OWN else f"printer:{printer}"


def trouble_in(state: str) -> str | None:
    """Return the code of what must be mended, None for a printer that prints."""
    return None if state in STILL_PRINTS else state


def note(db: Database, office_id: int, printer: int, report: PrinterReport, late: PrintJob | None = None,
         asked_at: datetime | None = None) -> None:  # fmt: skip
    """Save what the printer said, and tell of a change: when trouble begins, when it is another, when it ends.

    `late` is a slip that waits for it; that it is late is told once for each trouble. `asked_at` is when it said so,
    by the machine's own time; None for just now.
    """
    now = asked_at or db.wall()
    with db.read(office_id) as work:
        known = work.printers.at(printer)
    if known is not None and not _is_news(known, report, now, late):
        return
    with db.work(office_id) as work:
        note_in(work, printer, report, now, late)


def note_in(work: UnitOfWork, printer: int, report: PrinterReport, now: datetime, late: PrintJob | None = None) -> None:
    """Do so inside a work that is already open; `now` is the machine's own time."""
    known = work.printers.at(printer)
    changed = (OK if known is None else known.state) != report.state
    work.printers.save(
        PrinterNow(
            printer=printer, state=report.state, since=work.now if changed or known is None else known.since,
            asked_at=now, paper=report.paper, cover=report.cover, connection=report.connection,
            width_dots=report.width_dots, last_slip_at=None if known is None else known.last_slip_at,
        )
    )  # fmt: skip
    if changed:
        work.record(DeviceChanged(device=device_name(printer), state=report.state))
    problem = trouble_in(report.state)
    if late is not None and problem is not None:
        _tell_late(work, late, problem)


def _tell_late(work: UnitOfWork, late: PrintJob, problem: str) -> None:
    now = work.print_jobs.by_id(late.id)
    # While the printer was asked, the slip may have been dropped, or taken: then it must not wait again.
    if now is None or now.state != "queued" or now.reason == problem:
        return
    work.print_jobs.move(late.id, state="queued", reason=problem)
    if late.ticket is not None:
        work.record(SlipFailed(ticket=late.ticket, job=late.id, state="queued", reason=problem, copy=late.is_copy))


def _is_news(known: PrinterNow, report: PrinterReport, now: datetime, late: PrintJob | None) -> bool:
    said = (known.state, known.paper, known.cover, known.connection, known.width_dots)
    if said != (report.state, report.paper, report.cover, report.connection, report.width_dots):
        return True
    if late is not None and late.reason != trouble_in(report.state) is not None:
        return True
    # A clock that was set back must not keep it from being asked.
    return not timedelta(0) <= now - known.asked_at < ASKED_ANEW_AFTER


def there_are(work: UnitOfWork, has_own: bool, wall: datetime) -> list[int]:
    """Return the printers that slips may be sent to, the office's default first; `wall` is the machine's own time.

    A server's own printer that was asked a moment ago is there even if it is another process's and not ours.
    """
    own = None if has_own else work.printers.at(OWN)
    is_anothers = own is not None and abs(wall - own.asked_at) < GONE_AFTER
    return ([OWN] if has_own or is_anothers else []) + work.printers.agents()


def forget_gone(db: Database, office_id: int, has_own: bool) -> None:
    """Leave out the printers that are no longer there."""
    wall = db.wall()
    with db.read(office_id) as work:
        gone = _gone(work, has_own, wall)
    if gone:
        with db.work(office_id) as work:
            for printer in _gone(work, has_own, wall):
                work.printers.forget(printer)


def _gone(work: UnitOfWork, has_own: bool, wall: datetime) -> list[int]:
    there = there_are(work, has_own, wall)
    return [each.printer for each in work.printers.all() if each.printer not in there]


def note_silent_agents(
    db: Database, office_id: int, quiet_for: Callable[[PrinterNow], timedelta] | None = None
) -> None:
    """Tell of printers that are no longer heard of: agents that do not ask, and our own when nobody asks it.

    What waits for them is late. `quiet_for` says how long one was not heard of; None reckons by the machine's time.
    """
    now = db.wall()
    quiet = quiet_for or (lambda each: now - each.asked_at)
    with db.read(office_id) as work:
        silent = _silent(work, quiet)
    if silent:
        with db.work(office_id) as work:
            for known in _silent(work, quiet):
                state = _silence_of(known)
                # Its time stays: it was not heard of now.
                report = PrinterReport(state, "unknown", "unknown", known.connection, known.width_dots)
                note_in(work, known.printer, report, known.asked_at, work.print_jobs.next(known.printer))


def _silence_of(known: PrinterNow) -> str:
    return SILENT if known.printer == OWN else AGENT_SILENT


def _silent(work: UnitOfWork, quiet_for: Callable[[PrinterNow], timedelta]) -> list[PrinterNow]:
    heard = [each for each in work.printers.all() if each.state != _silence_of(each)]
    quiet = [each for each in heard if quiet_for(each) > (OWN_SILENT_AFTER if each.printer == OWN else SILENT_AFTER)]
    printing = {job.printer for job in work.print_jobs.sending()} if quiet else set()
    return [each for each in quiet if each.printer not in printing or quiet_for(each) > BUSY_FOR]


def trouble_of(work: UnitOfWork, printer: int) -> str | None:
    """Return the code of what keeps this printer from printing, None where it prints or nothing is known."""
    known = work.printers.at(printer)
    return None if known is None else trouble_in(known.state)


def any_trouble(work: UnitOfWork) -> str | None:
    """Return the code of the first printer that does not print, None where all do."""
    return next((problem for each in work.printers.all() if (problem := trouble_in(each.state))), None)


def unfit(report: PrinterReport, fault: str | None) -> PrinterReport:
    """Return the report with the fault of the self-test in its place: the printer may be fine, what we draw is not."""
    return report if fault is None else replace(report, state=fault)
