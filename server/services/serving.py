"""An officer at a counter: open it, call the next, recall, start, finish, no-show, close it."""

from collections.abc import Callable

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import calling, ratings, tickets
from server.domain.errors import (
    CounterBusy,
    CounterClosed,
    CounterTaken,
    OfficerElsewhere,
    TicketNotAtCounter,
)
from server.domain.events import (
    CounterClosed as CounterWasClosed,
)
from server.domain.events import (
    CounterOpened,
    Event,
    RatingOpened,
    ServiceFinished,
    ServiceStarted,
    TicketCalled,
    TicketNoShow,
    TicketRecalled,
)
from server.domain.tickets import Leg
from server.services import rights
from server.services.describing import known_leg, ticket_of
from server.services.looking import counter_state_in
from server.services.repeating import Answered, once
from server.services.shapes import CounterState, Ticket


class _NobodyWaits(Exception):
    """The way out of a call that found nobody; nothing was changed."""


def open_counter(db: Database, asker: Identity, number: int, request_id: str | None) -> Answered[CounterState]:
    """Open the counter for this officer; already open by the same one, it stays so.

    Raises UnknownCounter, CounterTaken, OfficerElsewhere or Forbidden.
    """
    rights.require(asker, "work_counter")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("open", number), CounterState, lambda: _open(work, asker, number))


def close_counter(db: Database, asker: Identity, number: int, request_id: str | None) -> Answered[CounterState]:
    """Close the counter; already closed, it stays so. Raises CounterBusy while a visit is in hand, and as `open`."""
    rights.require(asker, "work_counter")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("close", number), CounterState, lambda: _close(work, asker, number))


def call_next(db: Database, asker: Identity, number: int, request_id: str | None) -> Answered[Ticket] | None:
    """Call the next in line to this counter; None when nobody waits in its queues.

    Two officers never get the same ticket: the office is locked. Raises CounterClosed, CounterBusy or CounterTaken.
    """
    rights.require(asker, "work_counter")
    try:
        with db.work(asker.office_id, Actor(asker.key)) as work:
            return once(work, request_id, ("call_next", number), Ticket, lambda: _call_next(work, asker, number))
    except _NobodyWaits:
        return None  # No answer to keep: a retry a moment later should find whoever came.


def recall(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Call the ticket in hand again. Raises WrongState, TicketNotAtCounter, RecallLimit or RecallTooSoon."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        recalled = tickets.recall(leg, counter=counter, rule=work.office.rule, now=work.now)
        call_id = work.record(
            TicketRecalled(
                ticket=leg.ticket, leg=leg.id, number=leg.number, queue=leg.queue, counter=counter,
                call_id=work.next_seq, times=recalled.calls, language=leg.language,
            ),
            counter=counter,
        )  # fmt: skip
        work.legs.save(recalled, officer=asker.key, call_id=call_id)
        return ticket_of(work, recalled)

    return _at_counter(db, asker, ticket, "recall", request_id, step)


def start(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """The citizen is here: service begins. Raises WrongState or TicketNotAtCounter."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        started = tickets.start(leg, counter=counter, now=work.now)
        happened = ServiceStarted(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter)
        return _saved(work, asker, started, happened)

    return _at_counter(db, asker, ticket, "start", request_id, step)


def finish(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Service is done; the counter's tablet wakes for one tap. Raises WrongState or TicketNotAtCounter."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        finished = tickets.finish(leg, counter=counter, now=work.now)
        happened = ServiceFinished(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter)
        answer = _saved(work, asker, finished, happened)
        _open_rating(work, finished, counter)
        return answer

    return _at_counter(db, asker, ticket, "finish", request_id, step)


def no_show(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Nobody came. Raises WrongState or TicketNotAtCounter."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        missed = tickets.no_show(leg, counter=counter, now=work.now)
        happened = TicketNoShow(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter)
        return _saved(work, asker, missed, happened)

    return _at_counter(db, asker, ticket, "no_show", request_id, step)


def _open(work: UnitOfWork, asker: Identity, number: int) -> CounterState:
    counter = work.counters.at(work.office.counter(number).number)
    if counter.is_open and counter.account != asker.account:
        raise CounterTaken(counter=number)
    elsewhere = work.counters.of_officer(asker.account) if asker.account else None
    if elsewhere and elsewhere.number != number:
        raise OfficerElsewhere(counter=elsewhere.number)
    if not counter.is_open:
        work.counters.save(number, state="open", account=asker.account, opened_at=work.now)
        work.record(CounterOpened(counter=number), counter=number)
    return counter_state_in(work, number)


def _close(work: UnitOfWork, asker: Identity, number: int) -> CounterState:
    counter = work.counters.at(work.office.counter(number).number)
    if counter.is_open:
        if counter.account != asker.account:
            raise CounterTaken(counter=number)
        in_hand = work.legs.in_hand_at(number)
        if in_hand:
            raise CounterBusy(counter=number, number=in_hand.number)
        work.counters.save(number, state="closed", account=None, opened_at=None)
        work.record(CounterWasClosed(counter=number), counter=number)
    return counter_state_in(work, number)


def _ready(work: UnitOfWork, asker: Identity, number: int) -> None:
    """Raise unless this officer has the counter open and its hands are free."""
    counter = work.counters.at(work.office.counter(number).number)
    if not counter.is_open:
        raise CounterClosed(counter=number)
    if counter.account != asker.account:
        raise CounterTaken(counter=number)
    tickets.refuse_if_busy(number, work.legs.in_hand_at(number))


def _call_next(work: UnitOfWork, asker: Identity, number: int) -> Ticket:
    _ready(work, asker, number)
    queues = work.office.counter(number).queues
    leg = calling.next_in_line(work.legs.first_of_each(queues), work.office.rule)
    if leg is None:
        raise _NobodyWaits
    called = tickets.call(leg, counter=number, now=work.now)
    work.legs.save(called, officer=asker.key, call_id=work.next_seq)
    passed = work.legs.note_passed(leg, queues, work.office.rule)
    work.record(
        TicketCalled(
            ticket=leg.ticket, leg=leg.id, number=leg.number, service=leg.service, queue=leg.queue, counter=number,
            call_id=work.next_seq, times=called.calls, language=leg.language, passed=len(passed),
            passed_first=passed[0] if passed else None, passed_last=passed[-1] if passed else None,
        ),
        counter=number,
    )  # fmt: skip
    return ticket_of(work, called)


def _at_counter(db: Database, asker: Identity, ticket: int, command: str, request_id: str | None,
                step: Callable[[UnitOfWork, Leg, int], Ticket]) -> Answered[Ticket]:  # fmt: skip
    """Do one step with the ticket that is in hand at the counter this officer has open."""
    rights.require(asker, "work_counter")

    def do(work: UnitOfWork) -> Ticket:
        leg = known_leg(work, ticket)
        counter = work.counters.of_officer(asker.account) if asker.account else None
        # A ticket that never came to a counter is refused for its state, which tells the officer more.
        at = leg.counter if leg.counter is None or counter is None else counter.number
        if counter is None and leg.state in tickets.IN_HAND:
            raise TicketNotAtCounter(number=leg.number, counter=leg.counter)
        return step(work, leg, at or 0)

    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, (command, ticket), Ticket, lambda: do(work))


def _saved(work: UnitOfWork, asker: Identity, leg: Leg, happened: Event) -> Ticket:
    work.legs.save(leg, officer=asker.key, call_id=work.legs.call_of(leg.id))
    work.record(happened, counter=leg.counter)
    return ticket_of(work, leg)


def _open_rating(work: UnitOfWork, leg: Leg, counter: int) -> None:
    expires_at = ratings.closes_at(work.now, work.office.rating_open_for)
    slot = work.ratings.add(visit=leg.visit, ticket=leg.ticket, number=leg.number, counter=counter,
                            opened_at=work.now, expires_at=expires_at)  # fmt: skip
    work.record(
        RatingOpened(slot=slot, visit=leg.visit, ticket=leg.ticket, number=leg.number, counter=counter,
                     expires_at=expires_at),
        counter=counter,
    )  # fmt: skip
