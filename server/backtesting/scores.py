"""How good a set of estimates was, in minutes and per cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from server.backtesting.estimators import Said
from server.domain.estimating import outward

OUTSIDE = 0.2  # The share of waits that an 80 % range may miss.


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Of one estimator over some tickets. Errors are in minutes; bias is estimate less wait: below 0 it was too short.

    Coverage is the per cent of waits within the range, both ends included. Pinball loss of the quantile q: (wait -
    said) × q where the wait was longer, (said - wait) × (1 - q) where it was shorter; the middle stands for 50 %.
    `interval` is the mean interval score of the unrounded range at 80 %: coverage and width in one; less is better.
    """

    tickets: int
    mean_wait: float
    error: float
    bias: float
    coverage: float
    printed_coverage: float
    pinball_10: float
    pinball_50: float
    pinball_90: float
    width: float
    interval: float


def score(waits: Sequence[float], said: Sequence[Said]) -> Scores:
    """Return the scores of these estimates for tickets that waited so long; there must be at least one."""
    pairs = list(zip(waits, said, strict=True))
    printed = [(wait, outward(each.low, each.high)) for wait, each in pairs]
    return Scores(
        tickets=len(pairs),
        mean_wait=fmean(waits),
        # Lists: the mean of a generator takes three times as long.
        error=fmean([abs(each.middle - wait) for wait, each in pairs]),
        bias=fmean([each.middle - wait for wait, each in pairs]),
        coverage=100 * fmean([each.low <= wait <= each.high for wait, each in pairs]),
        printed_coverage=100 * fmean([each.low_min <= wait <= each.high_min for wait, each in printed]),
        pinball_10=fmean([pinball(wait, each.low, 0.1) for wait, each in pairs]),
        pinball_50=fmean([pinball(wait, each.middle, 0.5) for wait, each in pairs]),
        pinball_90=fmean([pinball(wait, each.high, 0.9) for wait, each in pairs]),
        width=fmean([each.high - each.low for each in said]),
        interval=fmean([interval_score(wait, each.low, each.high) for wait, each in pairs]),
    )


def interval_score(wait: float, low: float, high: float) -> float:
    """Return the interval score of an 80 % range (Gneiting and Raftery 2007): its width, and 2 ÷ 0.2 times the minutes
    by which the wait was outside."""
    return (high - low) + 2 / OUTSIDE * (max(0.0, low - wait) + max(0.0, wait - high))


def pinball(wait: float, said: float, quantile: float) -> float:
    """Return the pinball loss of one quantile (Koenker and Bassett 1978)."""
    return max(quantile * (wait - said), (quantile - 1) * (wait - said))
