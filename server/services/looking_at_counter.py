"""The officer's whole picture of a counter: the visit in hand, the line, what was put aside, what may be undone."""

import json

from server.db.counters import CounterNow
from server.db.people import Identity
from server.db.work import Database, UnitOfWork
from server.domain import steps
from server.domain.office import Counter
from server.domain.tickets import Leg, State
from server.services import rights
from server.services.describing import local, state_of, ticket_of, words
from server.services.printers import any_trouble
from server.services.shapes import (
    CounterState,
    CounterSummary,
    OfficerName,
    PrinterNotice,
    RecallState,
    UndoOffer,
    WaitingTicket,
)

WAITING_ON_COUNTER = 50
MISSED_ON_COUNTER = 6
MISSED_OF_ALL = 60  # Among them this counter's are looked for.


def counter_state(db: Database, asker: Identity, number: int) -> CounterState:
    """Return the officer's picture of a counter, or raise UnknownCounter."""
    rights.require(asker, "see_counter")
    with db.read(asker.office_id) as work:
        return counter_state_in(work, asker, number)


def counter_state_in(work: UnitOfWork, asker: Identity, number: int) -> CounterState:
    """Return the officer's picture, inside a work that is already open."""
    counter = work.office.counter(number)
    now = work.counters.at(number)
    leg = work.legs.in_hand_at(number)
    place = now.desk(counter)
    waiting = work.legs.waiting_at(place, most=WAITING_ON_COUNTER)
    slips_waiting = work.print_jobs.waiting()
    trouble = any_trouble(work)
    return CounterState(
        seq=work.told_to("staff"),
        at=work.now.astimezone(work.office.zone),
        counter=_summary(work, asker, counter, now),
        ticket=ticket_of(work, leg) if leg else None,
        recall=_recall(work, leg) if leg and leg.state is State.CALLED else None,
        no_show_offered=leg is not None and leg.state is State.CALLED,
        no_show_asks_until=local(work.office, steps.no_show_asks_until(leg, work.office.rule)) if leg else None,
        transfer_to=sorted(work.counters.open_now() - {number}),
        waiting=[_waiting(work, each) for each in waiting],
        waiting_count=work.legs.waiting_for(place),
        held=[_waiting(work, each) for each in work.legs.held_at(number)],
        missed=[_waiting(work, each) for each in _missed_at(work, number)],
        undo=_undo(work, number, now),
        served_today=work.legs.finished_at(number, work.day),
        others_open=_others_open(work, counter),
        printer=PrinterNotice("attention" if trouble else "ok", trouble, slips_waiting),
    )


def _summary(work: UnitOfWork, asker: Identity, counter: Counter, now: CounterNow) -> CounterSummary:
    after = counter.auto_call_after
    return CounterSummary(
        number=counter.number, name=words(counter.name), state=now.state,
        officer=OfficerName(now.officer_name) if now.officer_name else None,
        opened_at=local(work.office, now.opened_at), since=local(work.office, now.since),
        pause_reason=now.pause_reason, queues=list(counter.queues),
        may_call_out_of_order=asker.may_call_out_of_order,
        auto_call_after_s=None if after is None else after.total_seconds(),
    )  # fmt: skip


def _others_open(work: UnitOfWork, counter: Counter) -> int:
    open_now = work.counters.open_now()
    return sum(
        each.number in open_now and each.number != counter.number and not set(each.queues).isdisjoint(counter.queues)
        for each in work.office.counters
    )


def _recall(work: UnitOfWork, leg: Leg) -> RecallState:
    rule = work.office.rule
    return RecallState(steps.recalls_left(leg, rule), local(work.office, steps.recall_again_at(leg, rule)))


def _missed_at(work: UnitOfWork, number: int) -> list[Leg]:
    missed = work.legs.missed(work.day, most=MISSED_OF_ALL)
    return [leg for leg in missed if leg.counter == number][:MISSED_ON_COUNTER]


def _undo(work: UnitOfWork, number: int, counter: CounterNow) -> UndoOffer | None:
    """The counter's last step, if its officer took it and it may still be taken back."""
    event = work.last_event_at(number, steps.UNDOABLE | steps.FINAL)
    if event is None or event.kind not in steps.UNDOABLE or event.actor != f"account:{counter.account}":
        return None
    until = event.occurred_at + work.office.rule.undo_within
    said = json.loads(event.payload)
    leg = work.legs.of_ticket(said["ticket"])
    if work.now > until or leg is None or leg.last_seq != event.seq or _is_rated(work, leg):
        return None
    return UndoOffer(
        ticket=str(leg.ticket), number=leg.number, step=event.kind, until=until.astimezone(work.office.zone)
    )


def _is_rated(work: UnitOfWork, leg: Leg) -> bool:
    slot = work.ratings.of_visit(leg.visit)
    return slot is not None and slot.score is not None


def _waiting(work: UnitOfWork, leg: Leg) -> WaitingTicket:
    since = leg.finished_at or leg.held_at or leg.waits_since
    return WaitingTicket(
        id=str(leg.ticket), number=leg.number, service=leg.service,
        service_name=words(work.office.known_service(leg.service).name), queue=leg.queue, ticket_class=leg.ticket_class,
        issued_at=leg.joined_at.astimezone(work.office.zone), since=since.astimezone(work.office.zone),
        waited_s=round((work.now - leg.joined_at).total_seconds(), 1), state=state_of(leg), returns=leg.returns,
        sent_here=leg.bound is not None,
    )  # fmt: skip
