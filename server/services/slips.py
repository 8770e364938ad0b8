"""The life of a slip: asked for, taken by one printer, on paper or not, asked for again.

A slip whose first byte may be out is never sent again by itself; a person decides, and the next one is a copy.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image

from hardware.interface import SLIP_UNPRINTABLE
from server.db.people import Identity
from server.db.print_jobs import MAY_BE_ON_PAPER, PrintJob
from server.db.printers import OWN
from server.db.work import SYSTEM, Actor, Database, UnitOfWork
from server.domain import steps
from server.domain.errors import NoPrinterHere, SlipNotAsked, SlipWaiting
from server.domain.events import SelfTestEnded, SlipAskedAgain, SlipFailed, SlipPrinted
from server.domain.tickets import State
from server.loop import Loop
from server.services import rights
from server.services.describing import known_leg, known_ticket, ticket_of, with_code
from server.services.paper_shapes import AskAgainRequest
from server.services.printers import AGENT_SILENT, device_name, there_are
from server.services.repeating import Answered, once
from server.services.shapes import Command, Ticket

log = logging.getLogger("saduak.printing")

TOO_OLD = "too_old"
VISIT_OVER = "visit_over"
PRINTER_GONE = "printer_gone"
DEVICE_REVOKED = "device_revoked"
# Whose visit is over needs no slip any more; who was missed may come back with it.
MAY_STILL_NEED_IT = (State.WAITING, State.CALLED, State.SERVING, State.HELD, State.NO_SHOW)
ONE_PRESS = timedelta(seconds=3)  # A small slip is out within it; who wants another one has looked at it first.
ON_PAPER = frozenset({"printed", "sent"})


@dataclass(frozen=True, slots=True)
class SlipToDraw:
    """What is to stand on a slip: of this ticket, or a self-test of the printer at `connection` without one.

    `at` is now, in the office's zone.
    """

    ticket: Ticket | None
    is_copy: bool
    at: datetime
    connection: str
    width_dots: int

    @property
    def copy_at(self) -> datetime | None:
        """When the copy was made, None for a first slip."""
        return self.at if self.is_copy else None


Draw = Callable[[SlipToDraw], Image.Image]


@dataclass(frozen=True, slots=True)
class ReadySlip:
    """A slip that may be sent to its printer."""

    job: PrintJob
    picture: Image.Image


@dataclass(frozen=True, slots=True)
class SlipDesk:
    """Hands slips out to printers and takes back what became of them. `draw` is slow and runs off the loop."""

    db: Database
    office_id: int
    draw: Draw
    loop: Loop

    def next(self, printer: int, width_dots: int) -> ReadySlip | None:
        """Return the oldest slip that waits for this printer, drawn but not taken yet, or None.

        One that is too old, whose visit is over, or that cannot be drawn is settled here and does not keep back those
        behind it.
        """
        while True:
            with self.db.read(self.office_id) as work:
                job = work.print_jobs.next(printer)
                if job is None:
                    return None
                slip, useless = self._to_draw(work, job, width_dots), why_useless(work, job)
            if useless is not None:
                settle(self.db, self.office_id, job, "dropped", useless, was="queued")
                continue
            picture = self._drawn(slip, job)
            if picture is not None:
                return ReadySlip(job, picture)
            settle(self.db, self.office_id, job, "failed", SLIP_UNPRINTABLE, was="queued")

    def take(self, job: PrintJob) -> bool:
        """Take the slip for sending: from now on its first byte may be out. False if it no longer waits for its
        printer: while it was drawn, it may have been settled or given to another."""
        with self.db.work(self.office_id) as work:
            return take_in(work, job)

    def _to_draw(self, work: UnitOfWork, job: PrintJob, width_dots: int) -> SlipToDraw:
        ticket = None if job.ticket is None else with_code(work, ticket_of(work, known_leg(work, job.ticket)))
        known = work.printers.at(job.printer)
        connection = "" if known is None else known.connection
        return SlipToDraw(ticket, job.is_copy, work.now.astimezone(work.office.zone), connection, width_dots)

    def _drawn(self, slip: SlipToDraw, job: PrintJob) -> Image.Image | None:
        try:
            return self.loop.run_blocking(lambda: self.draw(slip))
        except Exception:  # because whatever is wrong with one slip must not stop the others.
            log.exception("slip_undrawable job=%s", job.id)
            return None


def take_in(work: UnitOfWork, job: PrintJob) -> bool:
    """Do as `SlipDesk.take` inside a work that is already open."""
    now = work.print_jobs.by_id(job.id)
    return now is not None and now.printer == job.printer and work.print_jobs.take(job.id)


def why_useless(work: UnitOfWork, job: PrintJob) -> str | None:
    """Return why nobody waits for this slip any more, or None."""
    if is_too_old(work, job):
        return TOO_OLD
    if job.ticket is not None and known_leg(work, job.ticket).state not in MAY_STILL_NEED_IT:
        return VISIT_OVER
    return None


def is_too_old(work: UnitOfWork, job: PrintJob) -> bool:
    """Return whether the slip has waited longer than the office lets it."""
    return work.now - job.queued_at > work.office.slips.drop_after


def settle(db: Database, office_id: int, job: PrintJob, state: str, reason: str | None, *, was: str) -> None:
    """Save how the slip ended, unless it is no longer as it `was`: then somebody else has settled or taken it."""
    with db.work(office_id) as work:
        now = work.print_jobs.by_id(job.id)
        if now is not None and now.state == was:
            end(work, job, state, reason)


def put_back(db: Database, office_id: int, job: PrintJob) -> None:
    """Let the slip wait again: not one byte of it went out."""
    with db.work(office_id) as work:
        now = work.print_jobs.by_id(job.id)
        if now is not None and now.state == "sending":
            work.print_jobs.move(job.id, state="queued", reason=now.reason)


def give_up(db: Database, office_id: int, printer: int, reason: str) -> None:
    """Nobody knows what became of the slips that this printer was printing: a person decides."""
    with db.work(office_id) as work:
        for job in work.print_jobs.sending(printer):
            end(work, job, "unknown", reason)


def end(work: UnitOfWork, job: PrintJob, state: str, reason: str | None, by: Actor = SYSTEM) -> None:
    """Save how the slip ended, and tell."""
    work.print_jobs.move(job.id, state=state, reason=reason, ended_at=work.now)
    if state in ON_PAPER:
        work.printers.slip_came(job.printer, work.now)
    if job.ticket is None:
        work.record(SelfTestEnded(device=device_name(job.printer), job=job.id, state=state, reason=reason), by=by)
    elif state in ON_PAPER:
        work.record(SlipPrinted(ticket=job.ticket, job=job.id, state=state, copy=job.is_copy), by=by)
    else:
        work.record(
            SlipFailed(ticket=job.ticket, job=job.id, state=state, reason=reason or "unknown", copy=job.is_copy), by=by
        )


def drop_old(db: Database, office_id: int) -> None:
    """Drop the waiting slips that are too old, whatever their printers do."""
    with db.read(office_id) as work:
        if not any(is_too_old(work, job) for job in work.print_jobs.queued()):
            return
    with db.work(office_id) as work:
        for job in work.print_jobs.queued():
            if is_too_old(work, job):
                end(work, job, "dropped", TOO_OLD)


def reroute(db: Database, office_id: int, has_own_printer: bool) -> None:
    """Let another printer print what waits for one that is no longer there; drop it where there is none left.

    What such a printer was printing is unknown from now on.
    """
    wall = db.wall()
    with db.read(office_id) as work:
        there = there_are(work, has_own_printer, wall)
        jobs = [*work.print_jobs.queued(), *work.print_jobs.sending()]
        if not any(job.printer not in there for job in jobs):
            return
    with db.work(office_id) as work:
        there = there_are(work, has_own_printer, wall)
        for job in work.print_jobs.sending():
            if job.printer not in there:
                end(work, job, "unknown", DEVICE_REVOKED if job.printer != OWN else PRINTER_GONE)
        lost = [job for job in work.print_jobs.queued() if job.printer not in there]
        if there:
            # A self-test tells of its own printer only.
            work.print_jobs.send_to([job.id for job in lost if job.ticket is not None], there[0])
        for job in lost:
            if not there or job.ticket is None:
                end(work, job, "dropped", PRINTER_GONE)


def give_up_on_silent_agents(db: Database, office_id: int) -> None:
    """Nobody knows what becomes of the slips that an agent was given and has gone silent with: a person decides.

    If it comes back and knows that they came, its word counts.
    """

    def lost(work: UnitOfWork) -> list[PrintJob]:
        silent = {each.printer for each in work.printers.all() if each.state == AGENT_SILENT}
        return [job for job in work.print_jobs.sending() if job.printer in silent] if silent else []

    with db.read(office_id) as work:
        if not lost(work):
            return
    with db.work(office_id) as work:
        for job in lost(work):
            end(work, job, "unknown", AGENT_SILENT)


def ask_again(db: Database, asker: Identity, ticket: int, wanted: AskAgainRequest) -> Answered[Ticket]:
    """Print the ticket's slip again: marked as a copy where an earlier one may be on paper.

    At the printer of the earlier one, or at the one named. Raises SlipWaiting while one is on its way or was asked for
    again a moment ago, NoPrinterHere, or the refusal of its state for a visit that is over.
    """
    rights.require(asker, "reprint")

    def do(work: UnitOfWork) -> Ticket:
        leg = known_leg(work, ticket)
        steps.must_be(leg, "print", *MAY_STILL_NEED_IT)
        earlier = work.print_jobs.of_ticket(ticket)
        if earlier and (earlier[0].state in {"queued", "sending"} or _asked_just_now(work, earlier)):
            raise SlipWaiting(number=leg.number)
        printer = _printer_again(work, earlier, wanted.printer)
        is_copy = any(job.state in MAY_BE_ON_PAPER for job in earlier)
        job = work.print_jobs.add(ticket, queued_at=work.now, printer=printer, is_copy=is_copy)
        work.record(SlipAskedAgain(ticket=ticket, job=job, copy=is_copy))
        return ticket_of(work, leg)

    with db.work(asker.office_id, Actor(asker.key)) as work:
        answered = once(work, wanted.request_id, ("print", ticket, wanted.printer), Ticket, lambda: do(work))
        return Answered(with_code(work, answered.value), answered.repeated)


def _asked_just_now(work: UnitOfWork, jobs: list[PrintJob]) -> bool:
    """Whether the latest slip came by a press of a moment ago; a ticket's first slip comes with it, unasked."""
    last = jobs[0]
    is_first = len(jobs) == 1 and last.queued_at == known_ticket(work, last.ticket or 0).issued_at
    return last.state in ON_PAPER and not is_first and work.now - last.queued_at < ONE_PRESS


def _printer_again(work: UnitOfWork, earlier: list[PrintJob], named: int | None) -> int:
    known = [each.printer for each in work.printers.all()]
    choices = [named] if named is not None else [job.printer for job in earlier] + known
    there = next((printer for printer in choices if printer in known), None)
    if there is None:
        raise NoPrinterHere()
    return there


def it_came(db: Database, asker: Identity, ticket: int, wanted: Command) -> Answered[Ticket]:
    """A person has seen the slip whose outcome was unknown: it is printed. Raises SlipNotAsked for any other."""
    rights.require(asker, "reprint")

    def do(work: UnitOfWork) -> Ticket:
        leg = known_leg(work, ticket)
        last = work.print_jobs.last_of(ticket)
        if last is None or last.state != "unknown":
            raise SlipNotAsked(number=leg.number)
        end(work, last, "printed", None, by=Actor(asker.key))
        return ticket_of(work, leg)

    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, wanted.request_id, ("slip-came", ticket), Ticket, lambda: do(work))


def queue_self_test(db: Database, asker: Identity, printer: int) -> int:
    """Have that printer print its self-test slip, and return the job's id: of the one that waits already, if one does.

    Raises NoPrinterHere for one unknown.
    """
    rights.require(asker, "set_up")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        if work.printers.at(printer) is None:
            raise NoPrinterHere()
        under_way = [*work.print_jobs.queued(), *work.print_jobs.sending(printer)]
        for job in under_way:
            if job.ticket is None and job.printer == printer:
                return job.id  # A second press means the first.
        return work.print_jobs.add(None, queued_at=work.now, printer=printer)
