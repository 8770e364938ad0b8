"""What each screen sees when it looks: whole pictures, read at one moment."""

from collections.abc import Collection
from datetime import timedelta

from msgspec.structs import replace

from server.db.people import Identity
from server.db.work import Database, UnitOfWork
from server.domain.office import Rule
from server.domain.tickets import State
from server.services import rights
from server.services.describing import (
    known_leg,
    known_ticket,
    offers,
    queue_names,
    queues_beside,
    reason_lists,
    state_of,
    ticket_of,
    waiting_total,
    with_code,
    words,
)
from server.services.issuing import printer_for
from server.services.printers import device_name, trouble_of
from server.services.shapes import (
    CallOnDisplay,
    CounterName,
    CounterOnDisplay,
    DisplayState,
    MissedOnDisplay,
    OfficeDescription,
    OpenSlot,
    PrinterHere,
    PrintState,
    QueueOnDisplay,
    RatingState,
    RuleInForce,
    ServiceList,
    Ticket,
)
from server.services.waits import serving_counters, wait_of_a_newcomer

CALLS_ON_DISPLAY = 8
SHOWN_FOR = timedelta(hours=8)  # Yesterday's calls are no news in the morning; those of before midnight are.
MOST_CALLS = 100  # More than any office calls within the time in which a call is announced.
STILL_ANNOUNCED = timedelta(seconds=120)  # An older call is shown, not spoken (DESIGN 4).
# Nobody should still go to the counter for a call that was missed, cancelled, put aside or sent on.
STANDING = frozenset({State.CALLED, State.SERVING, State.FINISHED})
MISSED_ON_DISPLAY = 6


def services(db: Database, asker: Identity, *, prints: bool = False) -> ServiceList:
    """Return every service, and whether a number may be taken for it now.

    `prints` tells whether the server has a printer of its own.
    """
    rights.require(asker, "see_services")
    printer = printer_for(asker, prints)
    with db.read(asker.office_id) as work:
        return ServiceList(
            services=offers(work), queues=queue_names(work.office), printer=_printer_here(work, printer),
            seq=work.told_to("kiosk"),
            at=work.now.astimezone(work.office.zone),
        )  # fmt: skip


def _printer_here(work: UnitOfWork, printer: int | None) -> PrinterHere:
    if printer is None:
        return PrinterHere(None, None)
    return PrinterHere(device_name(printer), trouble_of(work, printer))


def ticket(db: Database, asker: Identity, ticket_id: int) -> Ticket:
    """Return the ticket of that id, or raise UnknownTicket; a kiosk sees its own only.

    A slip that waits for a printer in trouble is not on its way: its print state names the trouble.
    """
    rights.require(asker, "see_ticket")
    with db.read(asker.office_id) as work:
        issued = known_ticket(work, ticket_id)
        rights.require_own_ticket(asker, issued.issued_by, ticket_id)
        found = ticket_of(work, known_leg(work, ticket_id), issued)
        if rights.may_have_code(asker, issued.issued_by):
            found = with_code(work, found, issued)
        job = work.print_jobs.last_of(ticket_id) if found.print.state == "queued" else None
        trouble = trouble_of(work, job.printer) if job and job.state == "queued" else None
    return found if trouble is None else replace(found, print=PrintState("queued", trouble))


def display_state(db: Database, asker: Identity) -> DisplayState:
    """Return the waiting room's picture: the latest calls, the missed, the queues, the counters."""
    rights.require(asker, "see_display")
    with db.read(asker.office_id) as work:
        counters = work.counters.all()
        open_counters = [number for number, each in counters.items() if each.is_open]
        waiting = work.legs.waiting_by_queue()
        return DisplayState(
            seq=work.told_to("display"),
            at=work.now.astimezone(work.office.zone),
            calls=_calls(work),
            missed=[
                MissedOnDisplay(leg.number, leg.counter or 0, leg.finished_at.astimezone(work.office.zone))
                for leg in work.legs.missed(work.day, most=MISSED_ON_DISPLAY)
                if leg.finished_at
            ],
            queues=[_queue(work, queue.id, waiting, open_counters) for queue in work.office.queues],
            counters=[
                CounterOnDisplay(each.number, counters[each.number].state if each.number in counters else "closed")
                for each in work.office.counters
            ],
        )


def rating_state(db: Database, asker: Identity, number: int) -> RatingState:
    """Return the tablet's picture: the slot that takes a tap now, if any. A tablet sees its own counter only."""
    rights.require(asker, "see_rating")
    rights.require_counter(asker, number)
    with db.read(asker.office_id) as work:
        slot = work.ratings.open_at(work.office.counter(number).number, work.now)
        zone = work.office.zone
        return RatingState(
            seq=work.told_to("rating", number), at=work.now.astimezone(zone), counter=number,
            slot=OpenSlot(str(slot.id), slot.number, slot.expires_at.astimezone(zone)) if slot else None,
        )  # fmt: skip


def _calls(work: UnitOfWork) -> list[CallOnDisplay]:
    """The latest eight that still stand, and beyond them every one that somebody may still have to come to."""
    recent = [
        each for each in work.legs.recent_calls(work.now - SHOWN_FOR, most=MOST_CALLS) if each.leg.state in STANDING
    ]
    announced_after = work.now - STILL_ANNOUNCED
    shown = [
        each for i, each in enumerate(recent)
        if i < CALLS_ON_DISPLAY or each.leg.state is State.CALLED or each.called_at > announced_after
    ]  # fmt: skip
    return [
        CallOnDisplay(
            call_id=each.call_id, number=each.leg.number, counter=each.leg.counter or 0, queue=each.leg.queue,
            called_at=each.called_at.astimezone(work.office.zone),
            age_s=round((work.now - each.called_at).total_seconds(), 1), times=each.leg.calls,
            language=each.leg.language, state=state_of(each.leg),
        )
        for each in shown
    ]  # fmt: skip


def too_long_for_today(work: UnitOfWork) -> list[QueueOnDisplay]:
    """Return the queues in which whoever comes now may not be called before the office closes."""
    if work.office.always_open:
        return []
    open_counters, waiting = work.counters.open_now(), work.legs.waiting_by_queue()
    queues = [_queue(work, queue.id, waiting, open_counters) for queue in work.office.queues]
    return [queue for queue in queues if queue.estimate and queue.estimate.perhaps_not_today]


def _queue(work: UnitOfWork, queue: str, waiting: dict[str, int], open_counters: Collection[int]) -> QueueOnDisplay:
    people = waiting.get(queue, 0)
    serving = serving_counters(work.office, queue, open_counters)
    # The same people that a slip would count: all that the counters of this queue would call first.
    ahead = waiting_total(waiting, queues_beside(work.office, queue, open_counters))
    wait = wait_of_a_newcomer(work, queue, ahead, serving)
    known = work.office.queue_of[queue]
    return QueueOnDisplay(
        id=queue, prefix=known.prefix, name=words(known.name), waiting=people, open_counters=len(serving),
        shares_counters=wait.shares_counters, estimate=wait.estimate, opens_at=wait.opens_at,
    )  # fmt: skip


def office(db: Database, asker: Identity) -> OfficeDescription:
    """Return what the office has configured: its rule in force, its queues, counters and reasons."""
    with db.read(asker.office_id) as work:
        known = work.office
        return OfficeDescription(
            code=known.code, name=words(known.name), place=words(known.place), timezone=known.zone_name,
            demo=known.demo, rule=rule_in_force(known.rule), queues=queue_names(known),
            counters=[CounterName(each.number, words(each.name), list(each.queues)) for each in known.counters],
            reasons=reason_lists(known), at=work.now.astimezone(known.zone),
        )  # fmt: skip


def rule_in_force(rule: Rule) -> RuleInForce:
    """Return the rule as an answer carries it."""
    head_starts = {"priority": rule.priority_head_start, "appointment": rule.appointment_head_start}
    return RuleInForce(
        version=rule.version,
        head_start_minutes={name: span.total_seconds() / 60 for name, span in head_starts.items()},
        cap=rule.cap, recall_limit=rule.recall_limit, recall_every_s=rule.recall_interval.total_seconds(),
        return_place=rule.return_place, undo_within_s=rule.undo_within.total_seconds(),
        no_show_grace_s=rule.no_show_grace.total_seconds(),
    )  # fmt: skip
