"""The range of wait on the slip (DESIGN 6; decision 0007 says what was tried).

In one paragraph, for a wall: We average three numbers. You and the people before you, times the time between the last
calls. How long people with as many before them have usually waited in this queue. How long the first in line has
waited already. (On a day quite unlike others the usual misleads; then the average of today's figures takes over.) Eight
in ten of the last people in your place, here and while they are few in other offices, waited between so many and so
many per cent of what was worked out for them; we give you that range, rounded outward to five minutes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Literal

from server.domain.bands import LONGEST_MIN, SHORTEST_BLEND_MIN, Ratios, band_of, within
from server.domain.pace import GAPS, Pace, Quote

LONGEST_IN_MINUTES = 90  # Nobody reckons with 145 to 180 minutes; they are said as 2 to 3 hours (DESIGN 6).
STEP_MIN = 5  # A range is printed rounded outward to this many minutes: finer would promise what nobody knows.
# How many observations the less exact knowledge counts as, beside the more exact. 5 to 40 are as good.
USUAL_COUNTS_AS = GAPS // 2
STANDARD_COUNTS_AS = 5
HALF_A_SERVICE = 0.5  # Whoever comes to a busy counter finds the visit in hand half over, on average.
FRESH = timedelta(minutes=30)  # The last wait is dropped when its call is older (DESIGN 6).
PLAIN_COUNTS_AS = (
    0.1  # Of the steady estimate, while both are as good; it counts as much when it is off by 56 % as much.
)


@dataclass(frozen=True, slots=True)
class WaitRange:
    """Minutes from now within which the call is expected with about 80 % confidence."""

    low_min: int
    high_min: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long somebody will wait, in minutes: of ten such people, eight between low and high. `cold`: in a queue that
    has seen no gap between calls yet, from standard minutes and the queues beside it."""

    low_min: float
    high_min: float
    method: Literal["cold", "blend"]
    quote: Quote

    @property
    def blend_min(self) -> float:
        """The middle of the range."""
        return self.quote.blend_min

    @property
    def printed(self) -> WaitRange:
        """The range as the slip says it."""
        return outward(self.low_min, self.high_min)


def estimate(pace: Pace, *, ahead: int, open_counters: int, service_minutes: float,
             first_in_line_waited: timedelta | None, now: datetime,
             beside: Sequence[Pace] = ()) -> Estimate:  # fmt: skip
    """Return how long somebody who joins now will wait.

    `pace` is what their queue remembers, as it stands today (`Pace.on`). `ahead` is how many waiting legs today's
    open counters would call before theirs, of whatever queue and class: so priorities and shared counters are in it.
    `first_in_line_waited` is how long the first of those has waited; None with nobody ahead. Whoever has a head start
    over that one gives the wait less the difference, for so much sooner is their turn. `beside` is what the other
    queues of its counters remember, for a queue that has seen little itself.
    """
    ahead = max(0, ahead)
    standard_gap = _gap_beside(beside, within(service_minutes, LONGEST_MIN) / max(1, open_counters))
    if not pace.gaps_seen:
        blend = min(max((ahead + HALF_A_SERVICE) * standard_gap, SHORTEST_BLEND_MIN), LONGEST_MIN)
        low, high = spread(blend, ahead, pace.bands[band_of(ahead)].ratios)
        return Estimate(low, high, "cold", Quote(ahead, blend, blend, blend))
    # Before the day's first call the wait of the first in line tells only how early people came.
    first = (
        None if first_in_line_waited is None or pace.last_call is None else first_in_line_waited.total_seconds() / 60
    )
    steady = _mean(*_by_custom(pace, ahead, standard_gap), first)
    plain = _mean(plain_length(pace.gaps_min, ahead, standard_gap), first, _last_wait(pace, now))
    weight = PLAIN_COUNTS_AS * ((pace.steady_off + 2.5) / (pace.plain_off + 2.5)) ** 4
    blend = max((steady + weight * plain) / (1 + weight), SHORTEST_BLEND_MIN)
    low, high = spread(blend, ahead, pace.bands[band_of(ahead)].ratios)
    return Estimate(low, high, "blend", Quote(ahead, round(blend, 3), round(steady, 3), round(plain, 3)))


def _gap_beside(beside: Sequence[Pace], standard_gap_min: float) -> float:
    """Return the usual gap of the other queues of these counters, drawn toward the standard one while it is new."""
    seen = sum(each.gaps_seen for each in beside)
    usual = sum(each.gaps_seen * each.usual_gap_min for each in beside) / max(1, seen)
    return _shrunk(usual, seen, standard_gap_min, STANDARD_COUNTS_AS)


def _by_custom(pace: Pace, ahead: int, standard_gap_min: float) -> tuple[float, float]:
    """Return queue length × recent gap, and the usual wait with so many ahead; that leans on the former while new."""
    band = pace.bands[band_of(ahead)]
    by_length = (ahead + 1) * recent_gap(pace, standard_gap_min)
    return by_length, _shrunk((ahead + 1) * band.each_min, band.seen, by_length, USUAL_COUNTS_AS)


def plain_length(gaps_min: Sequence[float], ahead: int, standard_gap_min: float) -> float:
    """Return people ahead × the mean gap between today's calls; before any, × the standard gap (DESIGN 6)."""
    return ahead * (fmean(gaps_min) if gaps_min else standard_gap_min)


def _last_wait(pace: Pace, now: datetime) -> float | None:
    fresh = pace.last_wait_at is not None and now - pace.last_wait_at <= FRESH
    return pace.last_wait_min if fresh else None


def _mean(*minutes: float | None) -> float:
    """Return the mean of what is known, each between 0 and a day."""
    return fmean([within(each, LONGEST_MIN) for each in minutes if each is not None])


def recent_gap(pace: Pace, standard_gap_min: float) -> float:
    """Return the minutes between calls: today's last ones, drawn toward the queue's usual gap while they are few,
    and that toward `standard_gap_min` (standard minutes ÷ open counters) in a queue's first days."""
    usual = _shrunk(pace.usual_gap_min, pace.gaps_seen, standard_gap_min, STANDARD_COUNTS_AS)
    today = sum(pace.gaps_min) / max(1, len(pace.gaps_min))
    return _shrunk(today, len(pace.gaps_min), usual, USUAL_COUNTS_AS)


def spread(blend_min: float, ahead: int, ratios: Ratios) -> tuple[float, float]:
    """Return the range of the wait round a blend, in minutes: the blend times the quantiles of those ratios."""
    low, high = ratios.range_in(band_of(ahead))
    return min(blend_min * low, LONGEST_MIN), min(blend_min * high, LONGEST_MIN)


def outward(low: float, high: float) -> WaitRange:
    """Return the range rounded outward to whole steps of five minutes, never empty."""
    low_min = int(low // STEP_MIN) * STEP_MIN
    return WaitRange(low_min, max(low_min + STEP_MIN, math.ceil(high / STEP_MIN) * STEP_MIN))


def in_hours(wait: WaitRange) -> tuple[int, int] | None:
    """Return a range that goes beyond 90 minutes in whole hours, rounded outward; None for a shorter one, which is
    said in minutes."""
    if wait.high_min <= LONGEST_IN_MINUTES:
        return None
    return wait.low_min // 60, math.ceil(wait.high_min / 60)


def _shrunk(found: float, seen: int, otherwise: float, counts_as: int) -> float:
    """Return the mean of `seen` observations whose mean is `found`, and of `counts_as` more at `otherwise`."""
    return (seen * found + counts_as * otherwise) / (seen + counts_as)
