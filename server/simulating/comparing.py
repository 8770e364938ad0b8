"""Many made-up days under each order: waits by class, and how often the unluckiest ticket was overtaken."""

import math
from bisect import bisect, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.domain.measuring import nearest_rank
from server.domain.office import Rule, TicketClass
from server.domain.tickets import Leg
from server.simulating.days import Load, calls_of_the_day, citizens
from server.simulating.orders import OURS, orders


@dataclass(frozen=True, slots=True)
class Waits:
    """Minutes from number to call of everybody in a class; mean and P95 None when nobody came."""

    people: int
    mean: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one order made of the days. `most_overtaken` is of a single ticket, `overtaken_share` of all tickets."""

    order: str
    waits: dict[TicketClass, Waits]
    most_overtaken: int
    overtaken_share: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same days under each order of calling."""

    load: Load
    days: int
    seed: int
    rule: Rule
    outcomes: tuple[Outcome, ...]

    def of(self, order: str) -> Outcome:
        """Return the outcome of that order; StopIteration for one that was not tried."""
        return next(each for each in self.outcomes if each.order == order)

    @property
    def keeps_the_cap(self) -> bool:
        """Whether nobody was overtaken more often under our rule than it promises."""
        return self.of(OURS).most_overtaken <= self.rule.cap


def compare(load: Load, *, days: int, seed: int, rule: Rule | None = None) -> Comparison:
    """Live the same `days` under each order of calling, and return what came of it; the same by its seed."""
    rule = rule or Rule()
    people = [citizens(load, f"{seed}, day {day}") for day in range(days)]
    outcomes = tuple(
        outcome(order.name, [calls_of_the_day(coming, load.counters, order) for coming in people])
        for order in orders(rule)
    )
    return Comparison(load, days, seed, rule, outcomes)


def outcome(order: str, days: Iterable[Sequence[Leg]]) -> Outcome:
    """Return the figures of these days, each given as its legs in the order of calling."""
    called = [list(day) for day in days]
    overtaken = [times for day in called for times in overtakings(day)]
    legs = [leg for day in called for leg in day]
    return Outcome(
        order,
        {each: _waits(leg for leg in legs if leg.ticket_class == each) for each in ("regular", "priority")},
        max(overtaken, default=0),
        sum(times > 0 for times in overtaken) / max(1, len(overtaken)),
    )


def overtakings(called: Iterable[Leg]) -> list[int]:
    """Return how often each leg was overtaken, given all legs of one line in the order of calling.

    An overtaking of i: j, with the later place-time (the later order among equals), was called while i waited. In one
    line i waits from its place-time, thus before j came, until its own call. The rule's own count is not looked at.
    """
    places: list[tuple[object, int]] = []
    times: list[int] = []
    for leg in called:
        place = (leg.place_at, leg.order)
        times.append(len(places) - bisect(places, place))
        insort(places, place)
    return times


def _waits(legs: Iterable[Leg]) -> Waits:
    minutes = sorted((leg.called_at - leg.joined_at).total_seconds() / 60 for leg in legs if leg.called_at)
    if not minutes:
        return Waits(0, None, None)
    return Waits(len(minutes), math.fsum(minutes) / len(minutes), nearest_rank(minutes, 0.95))
