"""An idle counter gets the next by itself, where the office's file says so, and the day is closed when it is over."""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from server.db.counters import CounterNow
from server.db.people import Identity
from server.db.work import Database, UnitOfWork
from server.domain.errors import QueueError
from server.loop import Bell, Loop
from server.services.closing import close_day_if_over
from server.services.summoning import call_for_idle_counter

log = logging.getLogger("saduak.auto_calling")

LOOK_SECONDS = 5.0  # Nobody rings at midnight, nor for what another process did without Redis.
SOONEST_SECONDS = 0.05
# After these a counter is idle, or has just been spoken to: it is left alone for its time from then on.
TOUCHED = frozenset({"counter_opened", "service_finished", "ticket_no_show", "ticket_held", "ticket_transferred",
                     "ticket_cancelled", "step_undone", "rating_withdrawn"})  # fmt: skip


class AutoCalling:
    """Watches one office. Several processes may: the office's lock lets one of them call."""

    def __init__(self, db: Database, office_id: int, loop: Loop, real_seconds: Callable[[float], float]) -> None:
        self._db = db
        self._office = office_id
        self._loop = loop
        self._real_seconds = real_seconds
        self._bell = Bell()
        self._day: date | None = None
        self._is_wanted = False  # Where no counter wants it, an event need not wake anybody.

    def ring(self, _office_id: int, _seq: int) -> None:
        """Say that something happened: somebody may have come, or a counter become free."""
        if self._is_wanted:
            self._bell.ring()

    def run(self) -> None:
        """Watch, for ever; a database that is busy or gone is tried again."""
        while not self._loop.stopping:
            pause = LOOK_SECONDS
            try:
                pause = self.look()
            except QueueError as refusal:
                log.warning("auto_calling_waits code=%s", refusal.code)
            except Exception:  # because a counter that is not called by itself is called by hand; the watch goes on.
                log.exception("auto_calling_failed")
            self._bell.wait(pause)

    def look(self) -> float:
        """Close a day that is over, call for every counter that was idle long enough, and return the real seconds
        until the next look."""
        with self._db.read(self._office) as work:
            now, day, due = work.now, work.day, idle_until(work)
            self._is_wanted = any(place.auto_call_after is not None for place in work.office.counters)
        if day != self._day:
            close_day_if_over(self._db, self._office)
            self._day = day
        for number, (counter, at) in due.items():
            if at <= now:
                self._call(number, counter)
        pauses = [self._real_seconds((at - now).total_seconds()) for _, at in due.values() if at > now]
        return min([LOOK_SECONDS, *(max(SOONEST_SECONDS, pause) for pause in pauses)])

    def _call(self, number: int, counter: CounterNow) -> None:
        officer = Identity(key=f"account:{counter.account}", office_id=self._office, role="officer", counter=number,
                           account=counter.account)  # fmt: skip
        try:
            called = call_for_idle_counter(self._db, officer, number)
        except QueueError as refusal:  # Somebody was quicker: the officer called, closed, or went on a break.
            log.info("auto_call_refused counter=%s code=%s", number, refusal.code)
            return
        if called:
            log.info("auto_called counter=%s number=%s", number, called.number)


def idle_until(work: UnitOfWork) -> dict[int, tuple[CounterNow, datetime]]:
    """Return the open, free counters that get the next by themselves and have somebody waiting, with the time from
    which they do."""
    due: dict[int, tuple[CounterNow, datetime]] = {}
    for place in work.office.counters:
        if place.auto_call_after is None:
            continue
        counter = work.counters.at(place.number)
        if counter.is_open and work.legs.in_hand_at(place.number) is None and work.legs.candidates(counter.desk(place)):
            due[place.number] = (counter, _idle_since(work, counter) + place.auto_call_after)
    return due


def _idle_since(work: UnitOfWork, counter: CounterNow) -> datetime:
    touched = work.last_event_at(counter.number, TOUCHED)
    since = counter.since or work.now - timedelta(days=1)
    return max(since, touched.occurred_at) if touched else since
