"""How the office's paper does, for reception and the device page: printers, and slips that need a person."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from server.db.people import Identity
from server.db.print_jobs import PrintJob
from server.db.printers import PrinterNow
from server.db.work import Database, UnitOfWork
from server.services import rights
from server.services.describing import known_leg, local, state_of, words
from server.services.looking import too_long_for_today
from server.services.paper_shapes import AskedSlip, PaperState, PrinterOnPaper
from server.services.printable import unprintable
from server.services.printers import STILL_PRINTS
from server.services.shapes import QueueName
from server.services.slips import MAY_STILL_NEED_IT

ASKED_FOR = timedelta(hours=12)  # Yesterday's slips are nobody's concern in the morning.
MOST_ASKED = 50


def paper_state(db: Database, asker: Identity, failed: Sequence[str] = ()) -> PaperState:
    """Return how the printers do and which slips need a person, the newest first.

    `failed` are texts that slips had to be drawn without.
    """
    rights.require(asker, "see_slips")
    now = db.wall()
    with db.read(asker.office_id) as work:
        waiting = Counter(job.printer for job in work.print_jobs.queued())
        names = work.printers.names()
        return PaperState(
            seq=work.told_to("staff"),
            at=work.now.astimezone(work.office.zone),
            printers=[_printer(work, each, now, names, waiting) for each in work.printers.all()],
            waiting=waiting.total(),
            asked=[_asked_slip(work, job) for job in _asked(work)],
            left_out=[*unprintable(work.document()), *failed],
            perhaps_not_today=[QueueName(queue.id, queue.name) for queue in too_long_for_today(work)],
        )


def _printer(work: UnitOfWork, each: PrinterNow, now: datetime, names: dict[int, str],
             waiting: Counter[int]) -> PrinterOnPaper:  # fmt: skip
    asked_s = round(max(0.0, (now - each.asked_at).total_seconds()), 1)
    return PrinterOnPaper(
        printer=each.printer, name=names.get(each.printer), state=each.state, prints=each.state in STILL_PRINTS,
        since=each.since.astimezone(work.office.zone), asked_s=asked_s,
        paper=each.paper, cover=each.cover, connection=each.connection, width_dots=each.width_dots,
        last_slip_at=local(work.office, each.last_slip_at), waiting=waiting[each.printer],
    )  # fmt: skip


def _asked(work: UnitOfWork) -> list[PrintJob]:
    """The slips that need a person, unless their visit is over and nobody waits for them."""
    visits = [state.value for state in MAY_STILL_NEED_IT]
    return work.print_jobs.asked(work.now - ASKED_FOR, most=MOST_ASKED, visits=visits)


def _asked_slip(work: UnitOfWork, job: PrintJob) -> AskedSlip:
    assert job.ticket is not None  # because slips without a ticket are nobody's.
    leg = known_leg(work, job.ticket)
    return AskedSlip(
        ticket=str(leg.ticket), number=leg.number, service_name=words(work.office.known_service(leg.service).name),
        ticket_state=state_of(leg), state=job.state, reason=job.reason, copy=job.is_copy,  # type: ignore[arg-type]  # because the table's own check allows no other state.
        queued_at=job.queued_at.astimezone(work.office.zone), printer=job.printer,
    )  # fmt: skip
