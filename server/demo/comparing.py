"""The API's waiting report held against the reckoning from the events, figure by figure. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from server.demo.reckoning import Day, Leg, spread

ROUNDED_TO_SECONDS = 0.1
SPANS = ("wait", "walk", "service")
GROUPINGS: dict[str, Callable[[Leg], str]] = {
    "queue": lambda leg: leg.queue,
    "service": lambda leg: leg.service,
    "class": lambda leg: leg.ticket_class,
    "counter": lambda leg: str(leg.counter),
}


def differences(day: Day, report: Mapping[str, Any]) -> list[str]:
    """Return each figure of the report that the events do not bear out; none is the good answer."""
    by = report["by"]
    told = {row["key"]: row for row in report["rows"]}
    legs: dict[str, list[Leg]] = defaultdict(list)
    for leg in day.legs.values():
        legs[GROUPINGS[by](leg)].append(leg)
    found = [
        f"by {by}: the report has no row {key}" for key in sorted(legs) if key not in told and _answered(legs[key])
    ]
    for key, row in told.items():
        found += [f"by {by}, {key}: {text}" for text in _row_differences(legs.get(key, []), row)]
    return found + [f"all: {text}" for text in _row_differences(list(day.legs.values()), report["all"])]


def figure_count(report: Mapping[str, Any]) -> int:
    """Return how many figures of the report `differences` looks at."""
    return (len(report["rows"]) + 1) * (1 + len(SPANS) * 4)


def _row_differences(legs: list[Leg], row: Mapping[str, Any]) -> list[str]:
    found = []
    if row["n"] != _answered(legs):
        found.append(f"n is {row['n']}, from the events {_answered(legs)}")
    for span in SPANS:
        reckoned = spread(getattr(leg, f"{span}_s") for leg in legs)
        for name in ("mean", "median", "p90", "max"):
            told = row[span][f"{name}_s"]
            ours = getattr(reckoned, name) if reckoned else None
            if not _same(told, ours):
                found.append(f"{span} {name} is {told} s, from the events {ours} s")
    return found


def _answered(legs: Iterable[Leg]) -> int:
    return sum(leg.started_at is not None for leg in legs)


def _same(told: float | None, ours: float | None) -> bool:
    if told is None or ours is None:
        return told is ours
    return abs(told - ours) <= ROUNDED_TO_SECONDS
