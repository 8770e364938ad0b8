"""What one queue remembers of its calls, so that the next ticket can be told how long it will wait (DESIGN 6).

Values only, and few. `estimating.estimate` reads it; decision 0007 says why these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from server.domain.bands import BANDS, LONGEST_MIN, Band, Ratios, band_of, within

VERSION = 1  # Of the document; another one is not read, and the queue learns again within a day or two.
GAPS = 20  # Calls of today that the recent gap is the mean of; 12 to 40 are as good (decision 0007).
MEMORY = 100  # Gaps after which the usual one forgets.
BREAK = 5  # A gap longer than so many usual ones is a lunch or a break, and counts as that many.
FORGETS = 0.95  # How much an error counts at the next call: the last twenty or so tell how good an estimate is.


class Quote(NamedTuple):
    """What was worked out for a leg when it joined: to be kept beside it, and given back when it is called.

    `blend_min` is the middle of the range; it lies between `steady_min` (with what is usual in this queue) and
    `plain_min` (from today's calls alone).
    """

    ahead: int
    blend_min: float
    steady_min: float
    plain_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What one queue remembers between calls. From `day` to `last_wait_at` it is of today, the rest of always."""

    day: date | None = None
    last_call: datetime | None = None
    gaps_min: tuple[float, ...] = ()
    """Minutes between today's last calls, oldest first, without the time in which nobody waited."""
    last_wait_min: float | None = None
    last_wait_at: datetime | None = None
    """The wait of the last one called from this queue (LES), and when that was."""
    usual_gap_min: float = 0.0
    gaps_seen: int = 0
    steady_off: float = 0.0
    plain_off: float = 0.0
    """By how many minutes the two estimates were wrong lately: fading sums over the same calls."""
    bands: tuple[Band, ...] = (Band(),) * BANDS

    def on(self, day: date) -> Self:
        """Return this as it stands on that business day: on another day than its own, no call has been made yet."""
        if day == self.day:
            return self
        return replace(self, day=day, last_call=None, gaps_min=(), last_wait_min=None, last_wait_at=None)

    def called(self, now: datetime, *, wait_s: float | None = None, quoted: Quote | None = None) -> Self:
        """Return what the queue remembers after a call at a counter that serves it.

        `wait_s` is the wait of whoever was called, of this queue or another of that counter; None if unknown.
        `quoted` is given only for a leg of this very queue; without it the call tells the pace, but not how good the
        estimates are. A clock that ran back makes a gap of 0.
        """
        wait_min = LONGEST_MIN if wait_s is None else within(wait_s / 60, LONGEST_MIN)
        paced = self._with_gap_before(now, wait_min)
        return paced if wait_s is None or quoted is None else paced._with_wait(now, wait_min, quoted)

    def _with_gap_before(self, now: datetime, wait_min: float) -> Self:
        # The first call of a day ends no gap: it tells when the counter opened, not how fast it is.
        if self.last_call is None:
            return replace(self, last_call=now)
        # While nobody waited the counter was idle: the time before the called one came is no part of its pace.
        gap = min(within((now - self.last_call).total_seconds() / 60, LONGEST_MIN), wait_min)
        if self.gaps_seen >= GAPS:
            gap = min(gap, BREAK * self.usual_gap_min)
        gap = round(gap, 3)
        seen = min(MEMORY, self.gaps_seen + 1)
        usual = round(self.usual_gap_min + (gap - self.usual_gap_min) / seen, 4)
        return replace(
            self, last_call=max(now, self.last_call), gaps_min=(*self.gaps_min, gap)[-GAPS:],
            usual_gap_min=usual, gaps_seen=seen,
        )  # fmt: skip

    def _with_wait(self, now: datetime, wait_min: float, quoted: Quote) -> Self:
        ahead, bands = max(0, quoted.ahead), list(self.bands)
        band = band_of(ahead)
        bands[band] = bands[band].with_wait(wait_min, ahead, within(quoted.blend_min, LONGEST_MIN))
        return replace(
            self, last_wait_min=wait_min, last_wait_at=now, bands=tuple(bands),
            steady_off=round(FORGETS * self.steady_off + abs(within(quoted.steady_min, LONGEST_MIN) - wait_min), 3),
            plain_off=round(FORGETS * self.plain_off + abs(within(quoted.plain_min, LONGEST_MIN) - wait_min), 3),
        )  # fmt: skip

    def to_document(self) -> dict[str, Any]:
        """Return plain JSON values, at most about 8 KB; `from_document` makes an equal Pace of them."""
        return {
            "version": VERSION,
            "day": self.day and self.day.isoformat(),
            "last_call": self.last_call and self.last_call.isoformat(),
            "gaps_min": list(self.gaps_min),
            "last_wait_min": self.last_wait_min,
            "last_wait_at": self.last_wait_at and self.last_wait_at.isoformat(),
            "usual_gap_min": self.usual_gap_min,
            "gaps_seen": self.gaps_seen,
            "steady_off": self.steady_off,
            "plain_off": self.plain_off,
            "bands": [
                [each.each_min, each.seen, each.ratios.low, each.ratios.high, list(each.ratios.kept)]
                for each in self.bands
            ],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any] | None) -> Self:
        """Return what `to_document` gave; of None, or of another version's document, a Pace that knows nothing."""
        if document is None or document.get("version") != VERSION:
            return cls()
        return cls(
            day=document["day"] and date.fromisoformat(document["day"]),
            last_call=_moment(document["last_call"]),
            gaps_min=tuple(document["gaps_min"]),
            last_wait_min=document["last_wait_min"],
            last_wait_at=_moment(document["last_wait_at"]),
            usual_gap_min=document["usual_gap_min"],
            gaps_seen=document["gaps_seen"],
            steady_off=document["steady_off"],
            plain_off=document["plain_off"],
            bands=tuple(
                Band(each, seen, Ratios(tuple(kept), low, high)) for each, seen, low, high, kept in document["bands"]
            ),
        )


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
