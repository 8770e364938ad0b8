"""How people fared by how many were ahead of them: bands of queue length, and the ratios kept in each (DESIGN 6)."""

import math
from dataclasses import dataclass
from typing import Self

BANDS = 6  # 0, 1-2, 3-6, 7-14, 15-30, and 31 or more people ahead.
MEMORY = 100  # Waits after which a band's mean forgets; 50 to 400 are as good (decision 0007).
RATIOS = 200  # Kept per band. With 400 the range was no better, and the row twice as long.
RATIOS_NEEDED = 40  # Fewer say too little of a 10 % quantile; till then a gamma distribution stands in.
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
    """The last ratios of actual wait to blend, oldest first, in hundredths, and their 10 % and 90 % quantiles.

    The quantiles are made when a ratio is added, so that an estimate sorts nothing. None: still too few.
    """

    kept: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None

    def with_one(self, ratio: float) -> Self:
        """Return these with one more; beyond the last 200 the oldest goes."""
        kept = (*self.kept, round(within(ratio, _HIGHEST_RATIO) * 100))[-RATIOS:]
        return type(self)(kept, *quantiles(kept))


def quantiles(kept: tuple[int, ...]) -> tuple[float, float] | tuple[None, None]:
    """Return the 10 % and 90 % quantiles of ratios given in hundredths, None while they are too few.

    Ranks are of n + 1, outward: the next one then falls within them as often as promised (split conformal prediction;
    Vovk, Gammerman and Shafer 2005), as far as tomorrow is like yesterday.
    """
    if len(kept) < RATIOS_NEEDED:
        return None, None
    ordered = sorted(kept)
    rank = (len(ordered) + 1) // 10
    # The outer edges of the hundredths: a ratio of 0.006 is kept as 1, and is not below the range.
    return max(0.0, (ordered[rank - 1] - 0.5) / 100), (ordered[-rank] + 0.5) / 100


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
        ratios = self.ratios if blend_min < SHORTEST_BLEND_MIN else self.ratios.with_one(wait_min / blend_min)
        return type(self)(each, seen, ratios)
