"""Reads for reports: the times of legs by day. They only select."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from server.db.rows import LegRow, RatingSlotRow
from server.domain.measuring import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLeg:
    """One leg with its times and what it is grouped by; `officer` is an opaque key, `score` the visit's tap."""

    leg: int
    ticket: int
    number: str
    day: str
    service: str
    queue: str
    ticket_class: str
    state: str
    counter: int | None
    officer: str | None
    score: int | None
    times: Times


_LEGS = (
    select(
        LegRow.id, LegRow.ticket_id, LegRow.label, LegRow.day, LegRow.service, LegRow.queue, LegRow.ticket_class,
        LegRow.state, LegRow.counter, LegRow.officer, LegRow.joined_at, LegRow.called_at, LegRow.started_at,
        LegRow.finished_at, RatingSlotRow.score,
    )
    .outerjoin(RatingSlotRow, RatingSlotRow.visit_id == LegRow.visit_id)
    .order_by(LegRow.id)
)  # fmt: skip


def legs_of_days(connection: Connection, office_id: int, first: date, last: date) -> Iterable[MeasuredLeg]:
    """Go through the legs that were issued on the days `first` to `last`, both counted, oldest first."""
    statement = _LEGS.where(
        LegRow.office_id == office_id, LegRow.day >= first.isoformat(), LegRow.day <= last.isoformat()
    )
    for row in connection.execute(statement):
        yield _measured(row)


def _measured(row: Any) -> MeasuredLeg:
    return MeasuredLeg(
        leg=row.id, ticket=row.ticket_id, number=row.label, day=row.day, service=row.service, queue=row.queue,
        ticket_class=row.ticket_class, state=row.state, counter=row.counter, officer=row.officer, score=row.score,
        times=Times(joined_at=row.joined_at, called_at=row.called_at, started_at=row.started_at,
                    finished_at=row.finished_at),
    )  # fmt: skip
