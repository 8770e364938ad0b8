"""What each screen sees when it looks: whole pictures, read at one moment."""

from datetime import timedelta

from msgspec.structs import replace

from server.db.counters import CounterNow
from server.db.people import Identity
from server.db.work import Database, UnitOfWork
from server.domain import tickets
from server.domain.tickets import Leg, State
from server.services import rights
from server.services.describing import (
    estimated_wait,
    known_leg,
    known_ticket,
    local,
    offers,
    queue_names,
    queues_beside,
    serving_counters,
    ticket_of,
    waiting_total,
    words,
)
from server.services.shapes import (
    CallOnDisplay,
    CounterOnDisplay,
    CounterState,
    CounterSummary,
    DisplayState,
    EstimatedWait,
    MissedOnDisplay,
    OfficerName,
    OpenSlot,
    PrinterNotice,
    PrintState,
    QueueOnDisplay,
    RatingState,
    RecallState,
    ServiceList,
    Ticket,
    WaitingTicket,
)

CALLS_ON_DISPLAY = 8
SHOWN_FOR = timedelta(hours=8)  # Yesterday's calls are no news in the morning; those of before midnight are.
MOST_CALLS = 100  # More than any office calls within the time in which a call is announced.
STILL_ANNOUNCED = timedelta(seconds=120)  # An older call is shown, not spoken (DESIGN 4).
MISSED_ON_DISPLAY = 6
WAITING_ON_COUNTER = 50


def services(db: Database, asker: Identity) -> ServiceList:
    """Return every service, and whether a number may be taken for it now."""
    rights.require(asker, "see_services")
    with db.read(asker.office_id) as work:
        return ServiceList(
            services=offers(work), queues=queue_names(work.office), seq=work.told_to("kiosk"),
            at=work.now.astimezone(work.office.zone),
        )  # fmt: skip


def ticket(db: Database, asker: Identity, ticket_id: int, printer: str | None = None) -> Ticket:
    """Return the ticket of that id, or raise UnknownTicket; a kiosk sees its own only.

    `printer` is its trouble's code, if any: a slip that waits for it is not on its way.
    """
    rights.require(asker, "see_ticket")
    with db.read(asker.office_id) as work:
        issued = known_ticket(work, ticket_id)
        rights.require_own_ticket(asker, issued.issued_by, ticket_id)
        found = ticket_of(work, known_leg(work, ticket_id), issued)
    if printer is None or found.print.state != "queued":
        return found
    return replace(found, print=PrintState("queued", printer))


def display_state(db: Database, asker: Identity) -> DisplayState:
    """Return the waiting room's picture: the latest calls, the missed, the queues, the counters."""
    rights.require(asker, "see_display")
    with db.read(asker.office_id) as work:
        counters = work.counters.all()
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
            queues=[_queue(work, queue.id, waiting, counters) for queue in work.office.queues],
            counters=[
                CounterOnDisplay(each.number, counters[each.number].state if each.number in counters else "closed")
                for each in work.office.counters
            ],
        )


def counter_state(db: Database, asker: Identity, number: int, printer: str | None = None) -> CounterState:
    """Return the officer's picture of a counter, or raise UnknownCounter. `printer` is a trouble's code, if any."""
    rights.require(asker, "see_counter")
    with db.read(asker.office_id) as work:
        return counter_state_in(work, number, printer)


def counter_state_in(work: UnitOfWork, number: int, printer: str | None = None) -> CounterState:
    """Return the officer's picture, inside a work that is already open."""
    counter = work.office.counter(number)
    now = work.counters.at(number)
    leg = work.legs.in_hand_at(number)
    waiting = work.legs.waiting(counter.queues, most=WAITING_ON_COUNTER)
    slips_waiting = work.print_jobs.waiting()
    return CounterState(
        seq=work.told_to("staff"),
        at=work.now.astimezone(work.office.zone),
        counter=CounterSummary(
            number=number, name=words(counter.name), state=now.state,
            officer=OfficerName(now.officer_name) if now.officer_name else None,
            opened_at=local(work.office, now.opened_at), queues=list(counter.queues),
        ),
        ticket=ticket_of(work, leg) if leg else None,
        recall=_recall(work, leg) if leg and leg.state is State.CALLED else None,
        no_show_offered=leg is not None and leg.state is State.CALLED,
        waiting=[_waiting(work, each) for each in waiting],
        waiting_count=waiting_total(work.legs.waiting_by_queue(), counter.queues),
        served_today=work.legs.finished_at(number, work.day),
        printer=PrinterNotice("attention" if printer else "ok", printer, slips_waiting),
    )  # fmt: skip


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
    """The latest eight, and beyond them every call that may still have to be announced."""
    recent = work.legs.recent_calls(work.now - SHOWN_FOR, most=MOST_CALLS)
    announced_after = work.now - STILL_ANNOUNCED
    shown = [each for i, each in enumerate(recent) if i < CALLS_ON_DISPLAY or each.called_at > announced_after]
    return [
        CallOnDisplay(
            call_id=each.call_id, number=each.leg.number, counter=each.leg.counter or 0, queue=each.leg.queue,
            called_at=each.called_at.astimezone(work.office.zone),
            age_s=round((work.now - each.called_at).total_seconds(), 1), times=each.leg.calls,
            language=each.leg.language, state=each.leg.state.value,
        )
        for each in shown
    ]  # fmt: skip


def _queue(work: UnitOfWork, queue: str, waiting: dict[str, int], counters: dict[int, CounterNow]) -> QueueOnDisplay:
    people = waiting.get(queue, 0)
    serving = serving_counters(work.office, queue, counters)
    # The same people that a slip would count: all that the counters of this queue would call first.
    ahead = waiting_total(waiting, queues_beside(work.office, queue, counters))
    wait = estimated_wait(work.office, queue, ahead, counters)
    known = work.office.queue_of[queue]
    return QueueOnDisplay(
        id=queue, prefix=known.prefix, name=words(known.name), waiting=people, open_counters=len(serving),
        estimate=EstimatedWait(wait.low_min, wait.high_min) if serving else None,
    )  # fmt: skip


def _recall(work: UnitOfWork, leg: Leg) -> RecallState:
    rule = work.office.rule
    return RecallState(tickets.recalls_left(leg, rule), local(work.office, tickets.recall_again_at(leg, rule)))


def _waiting(work: UnitOfWork, leg: Leg) -> WaitingTicket:
    return WaitingTicket(
        id=str(leg.ticket), number=leg.number, service=leg.service,
        service_name=words(work.office.service(leg.service).name), queue=leg.queue, ticket_class=leg.ticket_class,
        issued_at=leg.joined_at.astimezone(work.office.zone),
        waited_s=round((work.now - leg.joined_at).total_seconds(), 1),
    )  # fmt: skip
