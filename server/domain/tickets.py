"""One leg of a visit: its states, and what waits, is in hand, or is over. What may happen to it is in `steps`."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from server.domain.errors import CounterBusy
from server.domain.office import Language, Office, Service, TicketClass


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
    # The last two are of legs only: a ticket is in the state of its newest leg, and that one has neither.
    TRANSFERRED = "transferred"
    UNDONE = "undone"


LAST_IN_ORDER = 2**62  # The order of a leg not saved yet: behind everybody with the same key.
IN_HAND = frozenset({State.CALLED, State.SERVING})  # The counter that has one of these is busy. A held one is not.
OPEN = frozenset({State.WAITING, State.CALLED, State.SERVING, State.HELD})  # The visit still goes on.


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One wait and service of a visit at one queue. Times are aware.

    `order` is its place among equals; `place_at` its place-time (DESIGN 5); `bound` the only counter that may call it,
    None for any that serves its queue; `waits_since` when it came into the line (again); `held_for` the holds that
    are over; `call_id` the event that last called it, `last_seq` the one that last changed it, and `before` the leg as
    it was before that, for an undo.
    """

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
    waits_since: datetime
    passed: int = 0
    returns: int = 0
    bound: int | None = None
    counter: int | None = None
    officer: str | None = None
    calls: int = 0
    call_id: int | None = None
    called_at: datetime | None = None
    started_at: datetime | None = None
    held_at: datetime | None = None
    held_for: timedelta = timedelta(0)
    finished_at: datetime | None = None
    last_seq: int | None = None
    before: "Leg | None" = None


def label(prefix: str, number: int) -> str:
    """Return the number as it is printed and spoken: A014; after A999 comes A1000."""
    return f"{prefix}{number:03}"


def business_day(office: Office, now: datetime) -> date:
    """Return the office's own date at `now` (aware): the day that a ticket issued then belongs to."""
    return now.astimezone(office.zone).date()


def refuse_if_busy(counter: int, in_hand: Leg | None) -> None:
    """Raise CounterBusy if the counter still has a visit in hand."""
    if in_hand is not None:
        raise CounterBusy(counter=counter, number=in_hand.number)


def waits(service: Service, *, leg: int, ticket: int, visit: int, number: str, ticket_class: TicketClass,
          language: Language, day: date, order: int, now: datetime,
          place_at: datetime | None = None) -> Leg:  # fmt: skip
    """Return the first leg of a new visit, waiting since `now`; its place-time is that, unless `place_at` is given."""
    return Leg(id=leg, ticket=ticket, visit=visit, number=number, service=service.id, queue=service.queue,
               ticket_class=ticket_class, language=language, state=State.WAITING, day=day, joined_at=now,
               place_at=place_at or now, waits_since=now, order=order)  # fmt: skip


def joined(leg: Leg, *, ticket: int, leg_id: int = 0) -> Leg:
    """Return the leg with the ids that storing gave it; its order among equals is that of its id."""
    return replace(leg, ticket=ticket, id=leg_id, order=leg_id or leg.order)
