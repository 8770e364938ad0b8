"""Tells what happened on the days asked, and as much before and after as belongs to them: not the whole history."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Connection

from server.db.events import StoredEvent, events_after
from server.db.past import first_seq_from, oldest_open_at, shifts_begun_before
from server.domain.errors import QueueError
from server.domain.replaying import Happened, Record, Unheard
from server.domain.tickets import OPEN
from server.services.verifying import OfficeAt, as_happened

AT_A_TIME = 5000
# They change no leg and no counter, and are a third of all events.
_NOTHING_TOLD = frozenset({"slip_printed", "slip_failed", "slip_asked_again", "self_test_ended", "device_changed",
                           "rating_opened", "rating_withdrawn", "rating_ended", "session_opened", "session_ended",
                           "account_changed", "login_slowed", "login_eased"})  # fmt: skip
_DAY_END = frozenset({"ticket_closed", "counter_closed"})


class Listener(Protocol):
    """Whoever adds up what happened."""

    record: Record

    def take(self, happened: Happened) -> None:
        """Add one event, the next in order."""


def tell_days(connection: Connection, office_id: int, zone: ZoneInfo, days: tuple[date, date], office_at: OfficeAt,
              listener: Listener) -> int:  # fmt: skip
    """Tell the listener all that happened on the days from the first to the last, both counted.

    Before it, since the oldest visit came that still went on when they began, and the shifts that did; after it, until
    the last visit of these days is over and can no longer be taken back. Returns how many events of the days could not
    have happened, which `verify` would list; they are left out.
    """
    begin, end = bounds(zone, days)
    first_seq = first_seq_from(connection, office_id, begin)
    oldest = oldest_open_at(connection, office_id, days[0], begin)
    from_seq = first_seq if oldest is None else min(first_seq, first_seq_from(connection, office_id, oldest))
    impossible, over = 0, _Over(days, end)
    for stored in _from(connection, office_id, from_seq):
        try:
            happened = as_happened(stored, office_at(connection, stored.rule_version))
            if over.at(happened, stored.kind, listener.record):
                break
            listener.take(happened)
        except (Unheard, QueueError, ValueError, KeyError, TypeError):
            # Before the days asked it is of a visit whose beginning was not read.
            impossible += stored.seq >= first_seq
    return impossible


def bounds(zone: ZoneInfo, days: tuple[date, date]) -> tuple[datetime, datetime]:
    """Return the midnight at which the days begin, and the one at which they end."""
    first, last = days
    return datetime.combine(first, time.min, zone), datetime.combine(last + timedelta(days=1), time.min, zone)


def _from(connection: Connection, office_id: int, seq: int) -> Iterable[StoredEvent]:
    yield from shifts_begun_before(connection, office_id, seq)
    after = seq - 1
    while batch := events_after(connection, office_id, after, most=AT_A_TIME):
        yield from (event for event in batch if event.kind not in _NOTHING_TOLD)
        after = batch[-1].seq


class _Over:
    """Whether all has been told: the days are over, and so is every visit of theirs."""

    def __init__(self, days: tuple[date, date], end: datetime) -> None:
        self._days = days
        self._end = end
        self._going_on: set[int] | None = None

    def at(self, happened: Happened, kind: str, record: Record) -> bool:
        # The day's end is told by the first command of a later day.
        if happened.at < self._end or kind in _DAY_END:
            return False
        if self._going_on is None:
            first, last = self._days
            self._going_on = {leg.ticket for leg in record.legs.values() if first <= leg.day <= last}
        undoable = happened.at - happened.office.rule.undo_within
        self._going_on = {ticket for ticket in self._going_on if _goes_on(record, ticket, undoable)}
        return not self._going_on


def _goes_on(record: Record, ticket: int, undoable: datetime) -> bool:
    leg = record.of_ticket(ticket)
    return leg is not None and (leg.state in OPEN or leg.finished_at is None or leg.finished_at >= undoable)
