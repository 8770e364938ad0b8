"""An officer comes to a counter, takes a break, goes. A counter is open at one place by one officer."""

from dataclasses import replace

from server.db.counters import CounterNow
from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain.errors import CounterAwaited, CounterClosed, CounterTaken, OfficerElsewhere, ReasonNeeded
from server.domain.events import CounterClosed as CounterWasClosed
from server.domain.events import CounterOpened, CounterPaused
from server.domain.tickets import refuse_if_busy
from server.services import rights
from server.services.at_counter import own_counter
from server.services.looking_at_counter import counter_state_in
from server.services.reasons import known_reason
from server.services.repeating import Answered, once
from server.services.shapes import CounterState


def open_counter(db: Database, asker: Identity, number: int, request_id: str | None) -> Answered[CounterState]:
    """Open the counter for this officer, or end the break there; already open by the same one, it stays so.

    Raises UnknownCounter, CounterTaken, OfficerElsewhere or Forbidden.
    """
    rights.require(asker, "work_counter")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("open", number), CounterState, lambda: _open(work, asker, number))


def pause_counter(
    db: Database, asker: Identity, number: int, reason: str | None, request_id: str | None
) -> Answered[CounterState]:
    """Take a break at this counter for a reason of the office's list; already on a break, it stays so.

    Raises ReasonNeeded, CounterClosed, CounterTaken, or CounterBusy while a visit is in hand.
    """
    rights.require(asker, "work_counter")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("break", number, reason), CounterState,
                    lambda: _pause(work, asker, number, reason))  # fmt: skip


def close_counter(db: Database, asker: Identity, number: int, request_id: str | None) -> Answered[CounterState]:
    """Close the counter; already closed, it stays so.

    Raises CounterBusy while a visit is in hand, CounterAwaited while somebody was sent to this counter and waits.
    """
    rights.require(asker, "work_counter")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("close", number), CounterState, lambda: _close(work, asker, number))


def _open(work: UnitOfWork, asker: Identity, number: int) -> CounterState:
    counter = work.counters.at(work.office.counter(number).number)
    if counter.state != "closed" and counter.account != asker.account:
        raise CounterTaken(counter=number)
    elsewhere = own_counter(work, asker)
    if elsewhere and elsewhere.number != number:
        raise OfficerElsewhere(counter=elsewhere.number)
    if not counter.is_open:
        work.counters.save(
            CounterNow(number=number, state="open", account=asker.account, opened_at=counter.opened_at or work.now,
                       since=work.now, services=asker.services)
        )  # fmt: skip
        given = None if asker.services is None else tuple(sorted(asker.services))
        work.record(CounterOpened(counter=number, services=given), counter=number)
    return counter_state_in(work, asker, number)


def _pause(work: UnitOfWork, asker: Identity, number: int, reason: str | None) -> CounterState:
    known = known_reason(reason, work.office.reasons.pause, ReasonNeeded)
    counter = _own(work, asker, number)
    if counter.state == "closed":
        raise CounterClosed(counter=number)
    if counter.is_open:
        refuse_if_busy(number, work.legs.in_hand_at(number))
        work.counters.save(replace(counter, state="break", since=work.now, pause_reason=known))
        work.record(CounterPaused(counter=number, reason=known), counter=number)
    return counter_state_in(work, asker, number)


def _close(work: UnitOfWork, asker: Identity, number: int) -> CounterState:
    counter = _own(work, asker, number)
    if counter.state != "closed":
        refuse_if_busy(number, work.legs.in_hand_at(number))
        if waiting := work.legs.bound_to(number):
            raise CounterAwaited(counter=number, waiting=waiting)
        work.counters.save(CounterNow(number=number, state="closed", since=work.now))
        work.record(CounterWasClosed(counter=number), counter=number)
    return counter_state_in(work, asker, number)


def _own(work: UnitOfWork, asker: Identity, number: int) -> CounterNow:
    """The counter, unless another officer is there."""
    counter = work.counters.at(work.office.counter(number).number)
    if counter.state != "closed" and counter.account != asker.account:
        raise CounterTaken(counter=number)
    return counter
