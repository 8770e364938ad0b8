"""Reads for reports: the times of legs by day. They only select."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from server.db.leg_rows import leg_of
from server.db.rows import LegRow, RatingSlotRow, TicketRow
from server.domain.measuring import Times
from server.domain.tickets import Leg, State


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
    select(LegRow, TicketRow.issued_at, RatingSlotRow.score)
    .join(TicketRow, TicketRow.id == LegRow.ticket_id)
    .outerjoin(RatingSlotRow, RatingSlotRow.visit_id == LegRow.visit_id)
    .where(LegRow.office_id == bindparam("office"), LegRow.day.between(bindparam("first"), bindparam("last")))
    .order_by(LegRow.id)
)


def legs_of_days(connection: Connection, office_id: int, first: date, last: date) -> Iterable[MeasuredLeg]:
    """Go through the legs of the days `first` to `last`, both counted, oldest first; undone ones never were."""
    for leg, issued_at, score in stored_legs(connection, office_id, first, last):
        if leg.state is not State.UNDONE:
            yield measured(leg, issued_at=issued_at, score=score)


def stored_legs(
    connection: Connection, office_id: int, first: date, last: date
) -> Iterable[tuple[Leg, datetime, int | None]]:
    """Go through every leg of those days as it is stored, with its ticket's issue and its visit's tap."""
    facts = {"office": office_id, "first": first.isoformat(), "last": last.isoformat()}
    for row in connection.execute(_LEGS, facts):
        yield leg_of(row), row.issued_at, row.score


def measured(leg: Leg, *, issued_at: datetime, score: int | None) -> MeasuredLeg:
    """Return what is measured of a leg. Whoever was never served has no finish, only an end."""
    return MeasuredLeg(
        leg=leg.id, ticket=leg.ticket, number=leg.number, day=leg.day.isoformat(), service=leg.service,
        queue=leg.queue, ticket_class=leg.ticket_class, state=leg.state.value, counter=leg.counter,
        officer=leg.officer, score=score,
        times=Times(joined_at=leg.joined_at, issued_at=issued_at, called_at=leg.called_at, started_at=leg.started_at,
                    finished_at=leg.finished_at, held_s=leg.held_for.total_seconds(),
                    visit_ends=leg.state is State.FINISHED),
    )  # fmt: skip
