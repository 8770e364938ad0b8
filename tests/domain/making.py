"""Builders with only what matters; everything else has a sensible value."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from server.domain.office import Break, Counter, Office, Opening, Queue, Rule, Service, Text, TicketClass
from server.domain.tickets import Leg, State

BANGKOK = ZoneInfo("Asia/Bangkok")
MONDAY = date(2026, 11, 23)
_orders = count(1)


def at(clock: str, day: date = MONDAY) -> datetime:
    """That time of the office's day, as the server keeps it."""
    return datetime.combine(day, time.fromisoformat(clock), BANGKOK).astimezone(UTC)


def a_leg(
    number: str = "A001",
    *,
    issued: str = "08:00",
    ticket_class: TicketClass = "regular",
    state: State = State.WAITING,
    passed: int = 0,
    counter: int | None = None,
    calls: int = 0,
    called: str | None = None,
) -> Leg:
    """A leg; those made later come later among equals."""
    order = next(_orders)
    return Leg(
        id=order, ticket=order, visit=order, number=number, service="id_renew", queue=number[0],
        ticket_class=ticket_class, language="th", state=state, day=MONDAY, joined_at=at(issued), place_at=at(issued),
        order=order, waits_since=at(issued), passed=passed, counter=counter, calls=calls,
        called_at=at(called) if called else None,
    )  # fmt: skip


def a_leg_at_counter(counter: int, state: State, *, calls: int = 1, called: str = "08:30") -> Leg:
    """A leg in that state which counter `counter` has, or had, in hand."""
    return a_leg(state=state, counter=counter, calls=calls, called=called)


def numbers(legs: Iterable[Leg]) -> list[str]:
    """How the legs are called, in their order."""
    return [leg.number for leg in legs]


def an_office(
    *,
    opens: str = "08:30",
    closes: str = "16:30",
    lunch: tuple[str, str] | None = ("12:00", "13:00"),
    last_issue_minutes: int = 15,
    holidays: Iterable[date] = (),
    zone: str = "Asia/Bangkok",
    rule: Rule | None = None,
) -> Office:
    """An office with one queue A, one service and one counter, open from Monday to Friday."""
    text = Text("ทดสอบ", "Test")
    breaks = (Break(time.fromisoformat(lunch[0]), time.fromisoformat(lunch[1])),) if lunch else ()
    office = Office(
        code="test", name=text, place=text, zone_name=zone, queues=(Queue("A", "A", text),),
        services=(Service("id_renew", "A", text, standard_minutes=15),), counters=(Counter(1, text, ("A",)),),
        openings=(Opening(frozenset(range(5)), time.fromisoformat(opens), time.fromisoformat(closes), breaks),),
        holidays=dict.fromkeys(holidays, text),
    )  # fmt: skip
    return replace(office, last_issue_before_close=timedelta(minutes=last_issue_minutes), rule=rule or Rule())
