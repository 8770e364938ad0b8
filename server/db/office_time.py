"""An office's time: the clock's, and on by steady seconds while the clock is behind what has happened already."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

SETTLED = timedelta(minutes=15)
"""A clock this long past the last event is believed again: any slot, recall or call of before is over by then."""


A_JUMP = timedelta(hours=20)
"""The clock has not run on by itself: what is less lies within a night."""

Explains = Callable[[datetime, datetime], bool]
"""Whether an office's hours explain that nothing happened between two moments."""


class OfficeTime(NamedTuple):
    """The time of an office, and how far the clock is behind it.

    `jumped_from` is when it was last known, where the clock went on since by more than the hours explain; else None.
    """

    now: datetime
    clock_behind: timedelta
    jumped_from: datetime | None = None


class OfficeTimes:
    """Tells each office's time. `clock` may be set back; `steady` counts seconds and never is.

    What is recorded never runs back, in no process: no event is earlier than the one before. Between events this
    process's time goes on from what it last saw, so that recalls, slots and waits last as long as ever. A clock that
    was ahead and is right again is believed when nothing has happened for so long that nothing can open again.
    """

    def __init__(self, clock: Callable[[], datetime], steady: Callable[[], float]) -> None:
        self._clock = clock
        self._steady = steady
        self._seen: dict[int, tuple[datetime, float]] = {}
        self._behind: set[int] = set()
        self._last: dict[int, datetime] = {}

    def at(self, office_id: int, last_at: datetime | None, explains: Explains = lambda _since, _until: True
           ) -> OfficeTime:  # fmt: skip
        """Return the time of that office, whose last event was at `last_at` (None before the first).

        A jump that nothing explains stays one until an event is recorded after it: `explains` is asked each time.
        """
        clock, steady = self._clock(), self._steady()
        if last_at is not None:
            if last_at < self._last.get(office_id, last_at):  # A person has set the office's time back.
                self._seen.pop(office_id, None)
                self._behind.discard(office_id)
            self._last[office_id] = last_at
        if last_at is not None and (clock < last_at or office_id in self._behind):
            seen, then = self._seen.setdefault(office_id, (last_at, steady))
            went_on = seen + timedelta(seconds=steady - then)
            if clock < max(went_on, last_at) and clock < last_at + SETTLED:
                self._behind.add(office_id)
                if went_on < last_at:  # Another process is further on.
                    self._seen[office_id] = (last_at, steady)
                now = max(went_on, last_at)
                return OfficeTime(now, now - clock)
        self._behind.discard(office_id)
        if last_at is not None:
            seen, then = self._seen.get(office_id, (last_at, steady))
            known = max(seen + timedelta(seconds=steady - then), last_at)
            if clock - known > A_JUMP and not explains(known, clock):
                return OfficeTime(clock, timedelta(0), known)
        self._seen[office_id] = (clock, steady)
        return OfficeTime(clock, timedelta(0))
