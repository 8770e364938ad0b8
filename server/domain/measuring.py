"""What every report counts: spans of a leg, and their mean, median, P90 and worst. Seconds throughout."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The times of one leg that its spans are made of; None for what has not happened.

    `issued_at` is when its ticket was, `held_s` how long its service was on hold, in seconds. `visit_ends` tells
    whether the visit ended with this leg: a transferred one has a service, and no total.
    """

    joined_at: datetime
    issued_at: datetime | None = None
    held_s: float = 0.0
    visit_ends: bool = True
    called_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spans:
    """Seconds: wait (joined to the call that was answered), walk, service (less holds), total (issued to finished);
    None where it has no end."""

    wait_s: float | None
    walk_s: float | None
    service_s: float | None
    total_s: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Mean, median, P90 by nearest rank, and maximum in seconds; all None when nothing was measured."""

    mean_s: float | None = None
    median_s: float | None = None
    p90_s: float | None = None
    max_s: float | None = None


def spans(times: Times) -> Spans:
    """Return the four spans of a leg. A call nobody answered gives no wait: there is no answered call.

    Somebody served without a call (a walk-up, a further service) waited for nobody and has no wait.
    """
    answered = times.called_at if times.started_at else None
    service = _between(times.started_at, times.finished_at)
    ended = times.finished_at if times.started_at and times.visit_ends else None
    return Spans(
        wait_s=_between(times.joined_at, answered),
        walk_s=_between(answered, times.started_at),
        service_s=None if service is None else max(0.0, service - times.held_s),
        total_s=_between(times.issued_at or times.joined_at, ended),
    )


def figures(seconds: Iterable[float | None]) -> Figures:
    """Return the figures of those values that are known; rounded to a tenth of a second."""
    known = sorted(value for value in seconds if value is not None)
    if not known:
        return Figures()
    middle = len(known) // 2
    median = known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2
    return Figures(
        mean_s=round(math.fsum(known) / len(known), 1),
        median_s=round(median, 1),
        p90_s=round(nearest_rank(known, 0.9), 1),
        max_s=round(known[-1], 1),
    )


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the ordered values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    return (end - begin).total_seconds() if begin and end else None
