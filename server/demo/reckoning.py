"""The day's figures reckoned from the events alone, and what was acknowledged held against them.

Pure, and on purpose not the server's own arithmetic (server/domain/measuring.py): two reckonings that agree
are worth more than one.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

HAPPENED = {
    "issue": "ticket_issued",
    "call": "ticket_called",
    "recall": "ticket_recalled",
    "start": "service_started",
    "finish": "service_finished",
    "no_show": "ticket_no_show",
    "rate": "rating_given",
}

Event = Mapping[str, Any]


@dataclass(slots=True)
class Leg:
    """One ticket's day, as its events tell it."""

    number: str
    service: str
    queue: str
    ticket_class: str
    issued_at: datetime
    counter: int | None = None
    called_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    no_show: bool = False

    @property
    def wait_s(self) -> float | None:
        """From the number to the call that was answered."""
        return _seconds(self.issued_at, self.called_at if self.started_at else None)

    @property
    def walk_s(self) -> float | None:
        """From that call to the start."""
        return _seconds(self.called_at, self.started_at)

    @property
    def service_s(self) -> float | None:
        """From start to finish."""
        return _seconds(self.started_at, self.finished_at)


@dataclass(slots=True)
class Day:
    """Everything that happened, ticket by ticket."""

    legs: dict[str, Leg] = field(default_factory=dict)
    scores: list[int] = field(default_factory=list)

    @property
    def served(self) -> int:
        """Visits that were finished."""
        return sum(leg.finished_at is not None for leg in self.legs.values())

    @property
    def no_shows(self) -> int:
        """Tickets called in vain."""
        return sum(leg.no_show for leg in self.legs.values())

    @property
    def left_waiting(self) -> int:
        """Tickets that nobody called, or that were still in hand."""
        return len(self.legs) - self.served - self.no_shows


def reckon(events: Iterable[Event]) -> Day:
    """Return the day that these events, in the order of `seq`, make."""
    day = Day()
    for event in events:
        facts = event["payload"]
        at = datetime.fromisoformat(event["occurred_at"])
        if event["kind"] == "ticket_issued":
            leg = Leg(facts["number"], facts["service"], facts["queue"], facts["ticket_class"], at)
            day.legs[leg.number] = leg
        elif event["kind"] == "rating_given":
            day.scores.append(facts["score"])
        elif facts.get("number") in day.legs:
            _happens_to(day.legs[facts["number"]], event["kind"], facts, at)
    return day


def _happens_to(leg: Leg, kind: str, facts: Mapping[str, Any], at: datetime) -> None:
    if kind in ("ticket_called", "ticket_recalled"):
        leg.called_at = at
        leg.counter = facts["counter"]
    elif kind == "service_started":
        leg.started_at = at
    elif kind == "service_finished":
        leg.finished_at = at
    elif kind == "ticket_no_show":
        leg.no_show = True


def disagreements(journal: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> list[str]:
    """Return each acknowledged action not in the events exactly once, and each event nobody was told of."""
    acknowledged = Counter(
        (HAPPENED[entry["action"]], _what(entry)) for entry in journal if entry["action"] in HAPPENED
    )
    happened = Counter(
        (event["kind"], _what(event["payload"])) for event in events if event["kind"] in HAPPENED.values()
    )
    return [
        f"{kind} {what}: acknowledged {acknowledged[kind, what]} times, happened {happened[kind, what]} times"
        for kind, what in sorted(acknowledged | happened)
        if acknowledged[kind, what] != happened[kind, what]
    ]


def _what(facts: Mapping[str, Any]) -> str:
    return f"slot {facts['slot']}" if "slot" in facts else str(facts["number"])


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, median, P90 (nearest rank) and maximum, in the unit of what went in."""

    mean: float
    median: float
    p90: float
    max: float


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return the spread of the values that are there; None when none is."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    n = len(known)
    return Spread(
        mean=math.fsum(known) / n,
        median=(known[(n - 1) // 2] + known[n // 2]) / 2,
        p90=known[math.ceil(0.9 * n) - 1],
        max=known[-1],
    )


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    return (end - begin).total_seconds() if begin and end else None
