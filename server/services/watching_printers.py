"""Notices the printers that are no longer heard of, whatever the machines' clocks do."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.db.printers import PrinterNow
from server.db.work import Database
from server.services.printers import note_silent_agents

STALLED_SECONDS = 10.0  # Between two looks, which are two seconds apart: then nobody could be heard here either.


@dataclass(frozen=True, slots=True)
class _Heard:
    asked_at: datetime
    steady: float


class PrinterWatch:
    """Watches one office; several processes may. A silence counts from when this watch first listened.

    A clock is set, and two machines' clocks differ. So the time in a printer's row says only that it was heard of
    anew; how long ago is counted by `steady`, seconds that are never set back.
    """

    def __init__(self, db: Database, office_id: int, steady: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._office = office_id
        self._steady = steady
        self._looked: float | None = None
        self._heard: dict[int, _Heard] = {}

    def look(self) -> None:
        """Tell of every printer that has been silent for too long; only reads unless there is one."""
        now, before = self._steady(), self._looked
        if before is None or now - before > STALLED_SECONDS:
            self._heard, before = {}, now
        wall = self._db.wall()
        note_silent_agents(self._db, self._office, lambda each: self._quiet_for(each, now, before, wall))
        self._looked = now

    def _quiet_for(self, each: PrinterNow, now: float, before: float, wall: datetime) -> timedelta:
        known = self._heard.get(each.printer)
        if known is None or known.asked_at != each.asked_at:
            # It was heard of since the last look; when in between, its own time says if that can be.
            ago = min(max((wall - each.asked_at).total_seconds(), 0.0), now - before)
            known = self._heard[each.printer] = _Heard(each.asked_at, now - ago)
        return timedelta(seconds=now - known.steady)
