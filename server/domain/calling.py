"""The rule of calling: head start and cap (DESIGN 5). One order for the call, the list and the figure "ahead"."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal

from server.domain.office import Counter, Rule, TicketClass
from server.domain.tickets import Leg

CAPPED_HEAD_START = timedelta(days=3650)  # Ten years: before every other key, and still in order among themselves.
ONE_PLACE = timedelta(microseconds=1)  # The least by which two times of an office can differ.

How = Literal["turn", "class_rule", "appointment", "cap", "returned", "out_of_order"]
COUNTS_TOWARD_CAP: frozenset[How] = frozenset({"class_rule", "appointment"})


def key_time(ticket_class: TicketClass, place_at: datetime, passed: int, rule: Rule) -> datetime:
    """Return the leg's key: place-time less the head start of its class. The smallest key is called first.

    A leg that the class rule has passed `cap` times gets a head start that nobody else has.
    """
    key = place_at - rule.head_start(ticket_class)
    return key - CAPPED_HEAD_START if passed >= rule.cap else key


def key_of(leg: Leg, rule: Rule) -> datetime:
    """Return the key of that leg as it stands."""
    return key_time(leg.ticket_class, leg.place_at, leg.passed, rule)


def in_order(waiting: Iterable[Leg], rule: Rule) -> list[Leg]:
    """Return the waiting legs as they would be called if nobody else came; ties in order of arrival."""
    return sorted(waiting, key=lambda leg: (key_of(leg, rule), leg.order))


def next_in_line(waiting: Iterable[Leg], rule: Rule) -> Leg | None:
    """Return the leg to call next, or None when nobody waits."""
    return min(waiting, key=lambda leg: (key_of(leg, rule), leg.order), default=None)


def may_be_called(leg: Leg, counter: Counter, services: Collection[str] | None) -> bool:
    """Return whether this counter may call that leg: its queues, and the services that its officer gives (None: all).

    A leg that was sent to one counter may be called by that one only.
    """
    if leg.bound is not None:
        return leg.bound == counter.number
    return leg.queue in counter.queues and (services is None or leg.service in services)


def how_called(leg: Leg, rule: Rule) -> How:
    """Return by what this leg may be called before somebody with an earlier place-time; `turn` if by nothing."""
    if leg.passed >= rule.cap:
        return "cap"
    if rule.head_start(leg.ticket_class) <= timedelta(0):
        return "turn"
    if leg.returns:
        return "returned"
    return "appointment" if leg.ticket_class == "appointment" else "class_rule"


def overtaken_by(called: Leg, eligible: Iterable[Leg]) -> list[Leg]:
    """Return the waiting legs that a call of `called` overtakes: those with an earlier place-time, in order of it.

    `eligible` are the legs that the calling counter could have called instead.
    """
    passed = [leg for leg in eligible if leg.id != called.id and place_of(leg) < place_of(called)]
    return sorted(passed, key=place_of)


def place_of(leg: Leg) -> tuple[datetime, int]:
    """Return the leg's place by time alone, head starts left out; ties in order of arrival."""
    return (leg.place_at, leg.order)


def appointment_place(booked_at: datetime, rule: Rule, *, now: datetime) -> datetime | None:
    """Return the place-time of who checks in now for that appointment: its booked time; None for one too late, who
    takes a place like everybody else."""
    return booked_at if now <= booked_at + rule.appointment_tolerance else None


def return_place(leg: Leg, line: list[Leg], rule: Rule, *, now: datetime) -> datetime:
    """Return the place-time of a no-show who comes back into `line` (in order): third by default, then last.

    The place is just before whoever stands there now, and never earlier than the one it had; those whom the cap puts
    first keep their place. The head start of its class is taken off in advance: coming back earns none.
    """
    head_start = rule.head_start(leg.ticket_class)
    behind = [each for each in line[rule.return_place - 1 :] if each.passed < rule.cap]
    if leg.returns == 0 and behind:
        return max(leg.place_at, key_of(behind[0], rule) - ONE_PLACE + head_start)
    last = max((key_of(each, rule) + ONE_PLACE for each in line if each.passed < rule.cap), default=now)
    return max(now, last) + head_start
