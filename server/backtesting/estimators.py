"""Who is asked for each ticket: the product, the simple estimators, and the blend of DESIGN's first back-test.

Each remembers one queue. The simple ones get the product's own way from a middle to a range (quantiles of their own
ratios), so that only what they know of the wait differs.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import fmean
from typing import NamedTuple

from server.domain.bands import BANDS, SHORTEST_BLEND_MIN, Ratios, band_of
from server.domain.estimating import estimate, spread
from server.domain.pace import Pace, Quote

FRESH_MIN = 30  # The last wait is dropped when its call is older (DESIGN 6).
RECENT_CALLS = 9  # Eight gaps.


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What is known when a ticket joins its queue; minutes after the day's midnight."""

    day: date
    at_min: float
    ahead: int
    counters: int
    first_waited_min: float | None
    service_minutes: float


class Called(NamedTuple):
    """What is learned when a ticket is called."""

    joined: Joining
    at_min: float
    wait_min: float


class Said(NamedTuple):
    """An estimate in minutes: the middle, and the 10 % and 90 % quantiles; with the product's, what it wants back."""

    middle: float
    low: float
    high: float
    quote: Quote | None = None


class Estimator(ABC):
    """One way to estimate the wait in one queue."""

    @abstractmethod
    def asked(self, joining: Joining) -> Said:
        """Return the estimate for a ticket that joins now."""

    @abstractmethod
    def learns(self, called: Called, said: Said) -> None:
        """Hear of a call, and what was said to that ticket."""


class Product(Estimator):
    """The server's own functions, called as the server calls them."""

    def __init__(self) -> None:
        self.pace = Pace()

    def asked(self, joining: Joining) -> Said:
        """Return the product's estimate."""
        waited = joining.first_waited_min
        made = estimate(
            self.pace.on(joining.day), ahead=joining.ahead, open_counters=joining.counters,
            service_minutes=joining.service_minutes, now=_moment(joining.day, joining.at_min),
            first_in_line_waited=None if waited is None else timedelta(minutes=waited),
        )  # fmt: skip
        return Said(made.blend_min, made.low_min, made.high_min, made.quote)

    def learns(self, called: Called, said: Said) -> None:
        """Remember the call as the server does."""
        day = called.joined.day
        now = _moment(day, called.at_min)
        self.pace = self.pace.on(day).called(now, wait_s=called.wait_min * 60, quoted=said.quote)


def _moment(day: date, minute: float) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(minutes=minute)


class Simple(Estimator):
    """A middle by one rule; the range from the ratios of actual wait to that middle, per band of queue length."""

    def __init__(self) -> None:
        self.day: date | None = None
        self.calls: list[float] = []
        self.last: Called | None = None
        self.ratios = [Ratios()] * BANDS

    def asked(self, joining: Joining) -> Said:
        """Return the rule's middle and its range."""
        self._turn_to(joining.day)
        middle = self.middle(joining)
        return Said(
            middle, *spread(max(middle, SHORTEST_BLEND_MIN), joining.ahead, self.ratios[band_of(joining.ahead)])
        )

    def learns(self, called: Called, said: Said) -> None:
        """Remember today's last calls, the last wait, and the ratio."""
        self._turn_to(called.joined.day)
        self.calls = [*self.calls, called.at_min][-RECENT_CALLS:]
        self.last = called
        band = band_of(called.joined.ahead)
        ratio = called.wait_min / max(said.middle, SHORTEST_BLEND_MIN)
        self.ratios[band] = self.ratios[band].with_one(ratio, band)

    def _turn_to(self, day: date) -> None:
        if day != self.day:
            self.day, self.calls, self.last = day, [], None

    @abstractmethod
    def middle(self, joining: Joining) -> float:
        """Return the expected minutes."""

    def by_length(self, joining: Joining) -> float:
        """Return people ahead × the mean gap between today's last calls, or × standard minutes ÷ counters."""
        if len(self.calls) < 2:
            return joining.ahead * joining.service_minutes / joining.counters
        return joining.ahead * (self.calls[-1] - self.calls[0]) / (len(self.calls) - 1)

    def last_wait(self, joining: Joining) -> float | None:
        """Return the wait of the last one called, None if that was not lately."""
        if self.last is None or joining.at_min - self.last.at_min > FRESH_MIN:
            return None
        return self.last.wait_min


class HourOfDay(Simple):
    """The mean wait of all earlier tickets of this queue that came in the same hour of a day."""

    def __init__(self) -> None:
        super().__init__()
        self.sums: defaultdict[int | None, tuple[float, int]] = defaultdict(lambda: (0.0, 0))

    def middle(self, joining: Joining) -> float:
        """Return that hour's mean; without one the queue's; without one the queue length's estimate."""
        for key in (int(joining.at_min // 60), None):
            total, number = self.sums[key]
            if number:
                return total / number
        return self.by_length(joining)

    def learns(self, called: Called, said: Said) -> None:
        """Add the wait to the hour in which the ticket came."""
        super().learns(called, said)
        for key in (int(called.joined.at_min // 60), None):
            total, number = self.sums[key]
            self.sums[key] = total + called.wait_min, number + 1


class QueueLength(Simple):
    """People ahead × the recent gap between calls."""

    def middle(self, joining: Joining) -> float:
        """Return that product."""
        return self.by_length(joining)


class LastWait(Simple):
    """LES: the wait of the last one called today; before any call, the queue length's estimate."""

    def middle(self, joining: Joining) -> float:
        """Return that wait, however old."""
        return self.by_length(joining) if self.last is None else self.last.wait_min


class FirstInLine(Simple):
    """HOL: what the first in line has waited; with nobody in line LES if fresh, else the queue length's estimate."""

    def middle(self, joining: Joining) -> float:
        """Return the first of the three that is known."""
        known = (joining.first_waited_min, self.last_wait(joining), self.by_length(joining))
        return next(each for each in known if each is not None)


class PlainBlend(Simple):
    """The mean of queue length, LES and HOL as DESIGN 6 gives it."""

    def middle(self, joining: Joining) -> float:
        """Return the mean of those that are known."""
        known = (self.by_length(joining), self.last_wait(joining), joining.first_waited_min)
        return fmean([each for each in known if each is not None])


PRODUCT = "Saduak"
SINGLES = ("hour of day", "queue length", "LES", "HOL")
ESTIMATORS: dict[str, Callable[[], Estimator]] = {
    PRODUCT: Product,
    "hour of day": HourOfDay,
    "queue length": QueueLength,
    "LES": LastWait,
    "HOL": FirstInLine,
    "plain blend": PlainBlend,
}
