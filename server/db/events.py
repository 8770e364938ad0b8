"""Reads the events of an office in their order. They are never changed; writing them is the unit of work's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection, Row

from server.db.rows import EventRow, OfficeRow

_AFTER = (
    select(EventRow)
    .where(EventRow.office_id == bindparam("office"), EventRow.seq > bindparam("after"))
    .order_by(EventRow.seq)
    .limit(bindparam("most"))
)
_LAST_OF_KINDS = (
    select(EventRow.seq)
    .where(
        EventRow.office_id == bindparam("office"),
        EventRow.seq <= bindparam("until"),
        EventRow.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(EventRow.seq.desc())
    .limit(1)
)
_LAST_OF_KINDS_AT = _LAST_OF_KINDS.where(EventRow.counter == bindparam("at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as it was written; `payload` is its canonical JSON."""

    office_id: int
    seq: int
    kind: str
    version: int
    payload: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    device: str | None
    request_id: str | None
    rule_version: int
    counter: int | None
    previous_hash: str


def events_after(connection: Connection, office_id: int, after: int, *, most: int) -> list[StoredEvent]:
    """Return up to `most` events of the office with a larger `seq`, in order."""
    rows = connection.execute(_AFTER, {"office": office_id, "after": after, "most": most})
    return [event_of(row) for row in rows]


def all_events(connection: Connection, office_id: int, *, at_a_time: int = 5000) -> Iterable[StoredEvent]:
    """Go through every event of the office in order, without holding them all."""
    after = 0
    while batch := events_after(connection, office_id, after, most=at_a_time):
        yield from batch
        after = batch[-1].seq


def last_told(connection: Connection, office_id: int, kinds: Sequence[str], counter: int | None = None, *,
              until: int) -> int:  # fmt: skip
    """Return the `seq` of the newest event of these kinds (at that counter) up to `until`, 0 if there is none."""
    facts: dict[str, object] = {"office": office_id, "kinds": list(kinds), "until": until}
    if counter is None:
        return connection.execute(_LAST_OF_KINDS, facts).scalar_one_or_none() or 0
    return connection.execute(_LAST_OF_KINDS_AT, facts | {"at": counter}).scalar_one_or_none() or 0


def last_seqs(connection: Connection) -> dict[int, int]:
    """Return the last event number of every office by its id."""
    return {row.id: row.seq for row in connection.execute(select(OfficeRow.id, OfficeRow.seq))}


def last_of(connection: Connection, office_id: int) -> tuple[int, str]:
    """Return the office's last event number and the hash of that event, as kept beside the events."""
    row = connection.execute(select(OfficeRow.seq, OfficeRow.last_hash).where(OfficeRow.id == office_id)).one()
    return row.seq, row.last_hash


def event_of(row: Row[Any]) -> StoredEvent:
    """Return the event of its row."""
    return StoredEvent(
        office_id=row.office_id, seq=row.seq, kind=row.kind, version=row.version, payload=row.payload,
        occurred_at=row.occurred_at, recorded_at=row.recorded_at, actor=row.actor, device=row.device,
        request_id=row.request_id, rule_version=row.rule_version, counter=row.counter,
        previous_hash=row.previous_hash,
    )  # fmt: skip
