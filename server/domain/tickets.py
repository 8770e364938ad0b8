"""One leg of a visit: what may happen to it, and what each happening makes of it. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from server.domain.errors import CounterBusy, RecallLimit, RecallTooSoon, TicketNotAtCounter, WrongState
from server.domain.office import Language, Office, Rule, Service, TicketClass


class State(StrEnum):
    """The states of a ticket, as every screen and the API name them."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    HELD = "held"
    FINISHED = "finished"
    NO_SHOW = "no_show"
    LEFT = "left"
    CANCELLED = "cancelled"
    CLOSED = "closed"


LAST_IN_ORDER = 2**62  # The order of a leg not saved yet: behind everybody with the same key.
IN_HAND = frozenset({State.CALLED, State.SERVING, State.HELD})  # The counter that has one of these is busy.


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One wait and service of a visit at one queue. Times are aware; `order` is its place among equals."""

    id: int
    ticket: int
    visit: int
    number: str
    service: str
    queue: str
    ticket_class: TicketClass
    language: Language
    state: State
    day: date
    joined_at: datetime
    place_at: datetime
    order: int
    passed: int = 0
    counter: int | None = None
    calls: int = 0
    called_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


def label(prefix: str, number: int) -> str:
    """Return the number as it is printed and spoken: A014; after A999 comes A1000."""
    return f"{prefix}{number:03}"


def business_day(office: Office, now: datetime) -> date:
    """Return the office's own date at `now` (aware): the day that a ticket issued then belongs to."""
    return now.astimezone(office.zone).date()


def call(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg called to `counter`, or raise WrongState unless it waits."""
    _must_be(leg, "call", State.WAITING)
    return replace(leg, state=State.CALLED, counter=counter, calls=1, called_at=now)


def recall(leg: Leg, *, counter: int, rule: Rule, now: datetime) -> Leg:
    """Return the leg called once more, or raise WrongState, TicketNotAtCounter, RecallLimit or RecallTooSoon.

    The first recall may come at any time after the call; further ones keep the rule's interval.
    """
    _must_be(leg, "recall", State.CALLED)
    _must_be_at(leg, counter)
    if recalls_left(leg, rule) == 0:
        raise RecallLimit(number=leg.number, limit=rule.recall_limit)
    again_at = recall_again_at(leg, rule)
    if again_at is not None and now < again_at:
        raise RecallTooSoon(number=leg.number, seconds=-((now - again_at) // timedelta(seconds=1)))
    return replace(leg, calls=leg.calls + 1, called_at=now)


def recalls_left(leg: Leg, rule: Rule) -> int:
    """Return how often the leg may still be called again."""
    return max(0, rule.recall_limit - max(0, leg.calls - 1))


def recall_again_at(leg: Leg, rule: Rule) -> datetime | None:
    """Return the earliest time of the next recall; None if it may come at once."""
    if leg.calls < 2 or leg.called_at is None:
        return None
    return leg.called_at + rule.recall_interval


def start(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg in service, or raise WrongState or TicketNotAtCounter."""
    _must_be(leg, "start", State.CALLED)
    _must_be_at(leg, counter)
    return replace(leg, state=State.SERVING, started_at=now)


def finish(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg finished, or raise WrongState or TicketNotAtCounter."""
    _must_be(leg, "finish", State.SERVING)
    _must_be_at(leg, counter)
    return replace(leg, state=State.FINISHED, finished_at=now)


def no_show(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg of somebody who did not come, or raise WrongState or TicketNotAtCounter."""
    _must_be(leg, "no_show", State.CALLED)
    _must_be_at(leg, counter)
    return replace(leg, state=State.NO_SHOW, finished_at=now)


def refuse_if_busy(counter: int, in_hand: Leg | None) -> None:
    """Raise CounterBusy if the counter still has a visit in hand."""
    if in_hand is not None:
        raise CounterBusy(counter=counter, number=in_hand.number)


def waits(service: Service, *, leg: int, ticket: int, visit: int, number: str, ticket_class: TicketClass,
          language: Language, day: date, order: int, now: datetime) -> Leg:  # fmt: skip
    """Return the first leg of a new visit, waiting since `now`."""
    return Leg(id=leg, ticket=ticket, visit=visit, number=number, service=service.id, queue=service.queue,
               ticket_class=ticket_class, language=language, state=State.WAITING, day=day, joined_at=now,
               place_at=now, order=order)  # fmt: skip


def joined(leg: Leg, *, ticket: int, leg_id: int = 0) -> Leg:
    """Return the leg with the ids that storing gave it; its order among equals is that of its id."""
    return replace(leg, ticket=ticket, id=leg_id, order=leg_id or leg.order)


def _must_be(leg: Leg, command: str, state: State) -> None:
    if leg.state is not state:
        raise WrongState(number=leg.number, state=leg.state.value, command=command)


def _must_be_at(leg: Leg, counter: int) -> None:
    if leg.counter != counter:
        raise TicketNotAtCounter(number=leg.number, counter=counter)
