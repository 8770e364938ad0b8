"""Finds where in an office's events the days asked begin, and what went on then. Events have no index by time."""

from collections.abc import Collection
from datetime import date, datetime
from operator import attrgetter

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.engine import Connection

from server.db.events import StoredEvent, event_of
from server.db.rows import ConfigurationRow, CounterRow, EventRow, LegRow, OfficeRow, TicketRow

# A leg of an earlier day is closed by the first command of a later one unless somebody has just touched it, so what
# is open at midnight is of the last days on which anybody came.
DAYS_BACK = 7

_AT = (
    select(EventRow.seq, EventRow.recorded_at)
    .where(EventRow.office_id == bindparam("office"), EventRow.seq >= bindparam("seq"))
    .order_by(EventRow.seq)
    .limit(1)
)
_SHIFT_KINDS = ("counter_opened", "counter_paused")
_OF_COUNTER = select(EventRow).where(
    EventRow.office_id == bindparam("office"), EventRow.counter == bindparam("counter"),
    EventRow.seq < bindparam("before"),
)  # fmt: skip
_LAST_CLOSED = _OF_COUNTER.where(EventRow.kind == "counter_closed").order_by(EventRow.seq.desc()).limit(1)
_SHIFT_SINCE = _OF_COUNTER.where(EventRow.kind.in_(_SHIFT_KINDS), EventRow.seq > bindparam("after")).order_by(
    EventRow.seq
)


def first_seq_from(connection: Connection, office_id: int, moment: datetime) -> int:
    """Return the `seq` of the first event recorded at `moment` or later, one after the last if there is none.

    An office's time never runs back, so halving finds it: twenty looks among a million events.
    """
    low, high = 1, connection.execute(select(OfficeRow.seq).where(OfficeRow.id == office_id)).scalar_one() + 1
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(_AT, {"office": office_id, "seq": middle}).one_or_none()
        if found is None or found.recorded_at >= moment:
            high = middle
        else:
            low = found.seq + 1
    return low


def oldest_open_at(connection: Connection, office_id: int, day: date, moment: datetime) -> datetime | None:
    """Return when the oldest ticket was issued that is of a day before `day` and still went on at `moment`."""
    days = connection.scalars(
        select(LegRow.day)
        .where(LegRow.office_id == office_id, LegRow.day < day.isoformat())
        .distinct()
        .order_by(LegRow.day.desc())
        .limit(DAYS_BACK)
    ).all()
    if not days:
        return None
    oldest: datetime | None = connection.execute(
        select(func.min(TicketRow.issued_at))
        .join(LegRow, LegRow.ticket_id == TicketRow.id)
        .where(
            LegRow.office_id == office_id, LegRow.day.in_(days), LegRow.joined_at < moment,
            or_(LegRow.finished_at.is_(None), LegRow.finished_at >= moment),
        )
    ).scalar_one()  # fmt: skip
    return oldest


def shifts_begun_before(connection: Connection, office_id: int, seq: int) -> list[StoredEvent]:
    """Return the openings and breaks of the shifts that went on when the event of that number came, in order."""
    told: list[StoredEvent] = []
    for counter in connection.scalars(select(CounterRow.number).where(CounterRow.office_id == office_id)).all():
        facts = {"office": office_id, "counter": counter, "before": seq}
        closed = connection.execute(_LAST_CLOSED, facts).one_or_none()
        since = connection.execute(_SHIFT_SINCE, facts | {"after": closed.seq if closed else 0})
        told += [event_of(row) for row in since]
    return sorted(told, key=attrgetter("seq"))


def in_force_from(connection: Connection, office_id: int, versions: Collection[int]) -> dict[int, datetime]:
    """Return when each of these versions of the configuration came into force."""
    rows = connection.execute(
        select(ConfigurationRow.version, ConfigurationRow.in_force_from).where(
            ConfigurationRow.office_id == office_id, ConfigurationRow.version.in_(versions)
        )
    )
    return {row.version: row.in_force_from for row in rows}
