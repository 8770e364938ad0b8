"""The one Clock: it feeds rules, timers and time-outs. Real, or simulated from a start at a chosen speed."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from server.domain.dates import read_date

FASTEST = 100_000.0
YEARS = range(1970, 2400)  # An office's times begin in 1970; a year beyond is read as one of the Buddhist era.


@dataclass(frozen=True)
class Clock:
    """Calling it gives the time (aware, UTC). `factor` simulated seconds pass in each real one."""

    start: datetime | None = None
    factor: float = 1.0
    _began: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        """Return the time now, in UTC."""
        if self.start is None:
            return datetime.now(UTC)
        return self.start.astimezone(UTC) + timedelta(seconds=(time.monotonic() - self._began) * self.factor)

    def steady(self) -> float:
        """Return seconds of this clock since some moment: they only go on, though the machine's time be set back."""
        return time.monotonic() * self.factor

    @property
    def is_simulated(self) -> bool:
        """Return whether screens have to say "simulated time"."""
        return self.start is not None

    def real_seconds(self, seconds: float) -> float:
        """Return how long to sleep in reality for `seconds` of this clock."""
        return seconds / self.factor


def clock_from(text: str) -> Clock:
    """Return the clock that `SADUAK_CLOCK` asks for: `real`, or a start like `2026-11-23T09:00+07:00x60`.

    Raises ValueError for anything else, and for a start without a zone.
    """
    if text == "real":
        return Clock()
    match = re.fullmatch(r"(?P<start>.+?)(?:x(?P<factor>\d+(?:\.\d+)?))?", text)
    start = _moment(match["start"]) if match else None
    if not match or start is None or start.tzinfo is None:
        raise ValueError(f"{text!r} is no clock")
    factor = float(match["factor"] or 1)
    if not 0 < factor <= FASTEST or start.year not in YEARS:
        raise ValueError(f"{text!r} does not run, or leaves the calendar")
    return Clock(start=start, factor=factor)


def _moment(written: str) -> datetime:
    """Return the moment that is written year first, in the common era or, as a Thai calendar has it, the Buddhist."""
    day, clock = written[:10], written[10:]
    return datetime.fromisoformat(f"{read_date(day)}{clock}")
