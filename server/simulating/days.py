"""One made-up day: who comes when, and who is called when under an order of calling. Pure, and the same by its seed."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from server.domain.calling import COUNTS_TOWARD_CAP, how_called, overtaken_by
from server.domain.office import Service, Text, TicketClass
from server.domain.tickets import Leg, label, waits
from server.simulating.orders import Order

OPENS = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)  # Any moment would do: nothing here depends on the date.
_ANY_SERVICE = Service("any", "A", Text("งานทุกอย่าง", "Anything"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How busy the office is. `priority_share` is from 0 to 1; `hours` is how long numbers are issued each day."""

    counters: int = 3
    arrivals_per_hour: float = 26
    service_minutes: float = 6
    priority_share: float = 0.2
    hours: float = 8

    @property
    def busy_share(self) -> float:
        """The share of the counters' time that serving everybody would take; at 1 and above the line only grows."""
        return self.arrivals_per_hour * self.service_minutes / 60 / self.counters


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody who will come: when, in which class, and how long they will be served."""

    comes_at: datetime
    ticket_class: TicketClass
    service: timedelta


def citizens(load: Load, seed: str) -> list[Citizen]:
    """Return a day's citizens in the order they come: Poisson arrivals, exponential service times.

    Each draws the same numbers whatever the load, so that two shares of priority are compared on the same day.
    """
    random, comes_at, closes = Random(seed), OPENS, OPENS + timedelta(hours=load.hours)
    coming: list[Citizen] = []
    while True:
        comes_at += timedelta(hours=random.expovariate(load.arrivals_per_hour))
        service = timedelta(minutes=random.expovariate(1 / load.service_minutes))
        ticket_class: TicketClass = "priority" if random.random() < load.priority_share else "regular"
        if comes_at >= closes:
            return coming
        coming.append(Citizen(comes_at, ticket_class, service))


def calls_of_the_day(coming: Sequence[Citizen], counters: int, order: Order) -> list[Leg]:
    """Return everybody's leg in the order of calling; those who came before closing are all called, however late.

    A free counter calls at once; `coming` must be in the order of their coming.
    """
    free = [OPENS] * counters
    waiting: list[Leg] = []
    called: list[Leg] = []
    came, now = 0, OPENS
    while waiting or came < len(coming):
        now = max(now, heapq.heappop(free))
        if not waiting:
            now = max(now, coming[came].comes_at)
        while came < len(coming) and coming[came].comes_at <= now:
            waiting.append(_takes_a_number(coming[came], came))
            came += 1
        leg = order.next_of(waiting)
        waiting = _without(leg, waiting, order)
        called.append(replace(leg, called_at=now))
        heapq.heappush(free, now + coming[leg.order].service)
    return called


def _takes_a_number(citizen: Citizen, order: int) -> Leg:
    return waits(_ANY_SERVICE, leg=order, ticket=order, visit=order, number=label("A", order + 1), order=order,
                 ticket_class=citizen.ticket_class, language="th", day=OPENS.date(), now=citizen.comes_at)  # fmt: skip


def _without(called: Leg, waiting: Sequence[Leg], order: Order) -> list[Leg]:
    """Return who still waits, with the overtakings that the rule itself keeps: its cap looks at nothing else."""
    counts = how_called(called, order.rule) in COUNTS_TOWARD_CAP
    passed = {leg.id for leg in overtaken_by(called, waiting)} if counts else set()
    return [replace(leg, passed=leg.passed + 1) if leg.id in passed else leg for leg in waiting if leg.id != called.id]
