"""The rule of calling: head start and cap (DESIGN 5). One order for the call, the list and the figure "ahead"."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from server.domain.office import Rule, TicketClass
from server.domain.tickets import Leg

CAPPED_HEAD_START = timedelta(days=3650)  # Ten years: before every other key, and still in order among themselves.


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


def may_pass_others(called: Leg, rule: Rule) -> bool:
    """Return whether calling this leg can overtake anybody by the class rule.

    A capped leg goes first because others passed it; one without head start is called in its place.
    """
    return called.passed < rule.cap and rule.head_start(called.ticket_class) > timedelta(0)


def passed_by(called: Leg, waiting: Iterable[Leg], rule: Rule) -> list[Leg]:
    """Return the legs that `called` overtakes by the class rule: those with an earlier place-time that still wait.

    Only these count toward the cap.
    """
    if not may_pass_others(called, rule):
        return []
    return [
        leg for leg in waiting if leg.id != called.id and (leg.place_at, leg.order) < (called.place_at, called.order)
    ]
