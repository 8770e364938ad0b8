"""How people fared by how many were ahead of them: bands of queue length, and the ratios kept in each (DESIGN 6)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

BANDS = 6  # 0, 1-2, 3-6, 7-14, 15-30, and 31 or more people ahead.
MEMORY = 100  # Waits after which a band's mean forgets; 50 to 400 are as good (decision 0007).
RATIOS = 200  # Kept per band. With 400 the range was no better, and the row twice as long.
HALVED_AFTER = 200  # A ratio counts half as much as one that is so many newer; 40 to 200 are as good (decision 0007).
# Quantiles of the range. Waits are skew: at 90 % it would cover 85 % of them, and score no better.
LOW, HIGH = 0.10, 0.88
ELSEWHERE = (
    (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 21, 38, 52, 66, 80, 94, 106, 120, 138,
     158, 180, 205, 236, 282, 347, 470, 840),
    (12, 20, 20, 25, 33, 41, 48, 54, 59, 64, 69, 74, 78, 83, 87, 91, 96, 100, 104, 109, 114, 119, 124, 129, 135,
     141, 147, 154, 162, 171, 181, 192, 205, 218, 236, 260, 286, 325, 400, 643),
    (10, 20, 20, 24, 35, 44, 50, 55, 60, 63, 67, 71, 75, 78, 82, 85, 89, 92, 96, 99, 102, 106, 109, 114, 118, 122,
     127, 132, 137, 143, 149, 156, 163, 170, 182, 194, 211, 236, 281, 400),
    (7, 25, 40, 48, 52, 56, 60, 62, 65, 69, 72, 74, 78, 80, 83, 85, 88, 91, 94, 96, 99, 102, 105, 108, 111, 114,
     117, 121, 125, 128, 132, 137, 141, 146, 152, 159, 167, 181, 203, 279),
    (31, 46, 50, 54, 58, 61, 64, 68, 70, 73, 76, 80, 83, 86, 89, 93, 95, 98, 101, 104, 107, 110, 113, 116, 118,
     121, 123, 126, 129, 131, 134, 138, 143, 149, 154, 163, 173, 187, 210, 252),
    (53, 60, 67, 71, 76, 81, 84, 87, 89, 91, 92, 94, 95, 96, 97, 98, 99, 101, 102, 104, 105, 107, 110, 112, 114,
     116, 118, 121, 124, 128, 132, 136, 142, 147, 156, 168, 174, 181, 195, 227),
)  # fmt: skip
"""What five other offices saw: of each band the ratios, in hundredths, at forty even steps."""
ELSEWHERE_COUNTS_AS = 40  # Of a queue's own ratios; 20 to 80 are as good.
SHORTEST_BLEND_MIN = 0.5  # A ratio to less says nothing: neither a log's times are that fine, nor a walk to a counter.
LONGEST_MIN = 1440.0  # A day: no estimate is longer, whatever is asked.
_HIGHEST_RATIO = 100.0


def band_of(ahead: int) -> int:
    """Return the band of queue length of somebody with so many ahead; each is twice as wide as the one before."""
    return min(BANDS, max(1, ahead + 1).bit_length()) - 1


def within(value: float, highest: float) -> float:
    """Return the value, at least 0 and at most `highest`; 0 for not-a-number."""
    return 0.0 if math.isnan(value) else min(max(value, 0.0), highest)


@dataclass(frozen=True, slots=True)
class Ratios:
    """The last ratios of actual wait to blend, oldest first, in hundredths, and the two quantiles of the range.

    The quantiles are made when a ratio is added, so that an estimate sorts nothing. None: there are none yet.
    """

    kept: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None

    def with_one(self, ratio: float, band: int) -> Self:
        """Return these, of that band, with one more; beyond the last 200 the oldest goes."""
        kept = (*self.kept, round(within(ratio, _HIGHEST_RATIO) * 100))[-RATIOS:]
        return type(self)(kept, *quantiles(kept, band))

    def range_in(self, band: int) -> tuple[float, float]:
        """Return the two quantiles; of a queue that has none of its own in that band, those of other offices."""
        if self.low is None or self.high is None:
            return _ELSEWHERE_RANGES[band]
        return self.low, self.high


def quantiles(kept: Sequence[int], band: int) -> tuple[float, float]:
    """Return the two quantiles of a queue's ratios, given in hundredths, oldest first.

    What other offices saw in that band counts beside them, so that a queue without a history has a range that is
    neither a shrug nor a boast, and one with few long waits is not carried away by them. The newer counts more.
    """
    weighted = sorted([*_ELSEWHERE_WEIGHED[band], *zip(kept, _WEIGHTS[-len(kept) :] if kept else (), strict=True)])
    whole = sum(weight for _, weight in weighted)
    # The outer edges of the hundredths: a ratio of 0.006 is kept as 1, and is not below the range.
    low, high = _at(weighted, LOW * whole), _at(weighted, HIGH * whole)
    return max(0.0, (low - 0.5) / 100), (high + 0.5) / 100


def _at(weighted: Sequence[tuple[int, float]], weight: float) -> int:
    """The first value at which the weights, added up in order, reach so much."""
    for value, its in weighted:
        weight -= its
        if weight <= 0:
            return value
    return weighted[-1][0]


_WEIGHTS = tuple(0.5 ** (newer / HALVED_AFTER) for newer in reversed(range(RATIOS)))  # The newest is the last.
_ELSEWHERE_WEIGHED = tuple([(each, ELSEWHERE_COUNTS_AS / len(of_band)) for each in of_band] for of_band in ELSEWHERE)
_ELSEWHERE_RANGES = tuple(quantiles((), band) for band in range(BANDS))


@dataclass(frozen=True, slots=True)
class Band:
    """How people with about so many ahead fared: their mean wait per place in line, of how many, and the ratios."""

    each_min: float = 0.0
    seen: int = 0
    ratios: Ratios = Ratios()

    def with_wait(self, wait_min: float, ahead: int, blend_min: float) -> Self:
        """Return this with one more wait, of somebody who had `ahead` before them and was quoted this blend."""
        seen = min(MEMORY, self.seen + 1)
        each = round(self.each_min + (wait_min / (ahead + 1) - self.each_min) / seen, 4)
        ratio = wait_min / max(blend_min, SHORTEST_BLEND_MIN)
        ratios = self.ratios.with_one(ratio, band_of(ahead))
        return type(self)(each, seen, ratios)
