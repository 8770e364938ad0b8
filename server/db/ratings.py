"""Rating slots of one office."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection, Row

from server.db.inserting import insert_one
from server.db.rows import RatingSlotRow
from server.db.types import LARGEST_ID
from server.domain.ratings import RatingSlot

_OF_OFFICE = RatingSlotRow.office_id == bindparam("office")
_BY_ID = select(RatingSlotRow).where(_OF_OFFICE, RatingSlotRow.id == bindparam("slot"))
_OF_VISIT = select(RatingSlotRow).where(_OF_OFFICE, RatingSlotRow.visit_id == bindparam("visit"))
_OPEN_AT = (
    select(RatingSlotRow)
    .where(_OF_OFFICE, RatingSlotRow.counter == bindparam("at"), RatingSlotRow.expires_at > bindparam("now"))
    .order_by(RatingSlotRow.expires_at.desc(), RatingSlotRow.id.desc())
    .limit(1)
)
_SAVE = (
    update(RatingSlotRow)
    .where(_OF_OFFICE, RatingSlotRow.id == bindparam("slot"))
    .values(score=bindparam("new_score"), rated_at=bindparam("new_rated_at"))
)


class Ratings:
    """The rating slots of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def open(self, *, visit: int, ticket: int, number: str, counter: int, opened_at: datetime,
             expires_at: datetime) -> int:  # fmt: skip
        """Save the visit's one slot and return its id; one that was withdrawn is opened again."""
        facts = {"counter": counter, "opened_at": opened_at, "expires_at": expires_at, "ended_at": None}
        again = self._connection.execute(
            update(RatingSlotRow)
            .where(RatingSlotRow.office_id == self._office, RatingSlotRow.visit_id == visit)
            .values(facts)
            .returning(RatingSlotRow.id)
        ).scalar_one_or_none()
        if again is not None:
            return int(again)
        return insert_one(self._connection, insert(RatingSlotRow),
            {"office_id": self._office, "visit_id": visit, "ticket_id": ticket, "label": number} | facts,
        )  # fmt: skip

    def of_visit(self, visit: int) -> RatingSlot | None:
        """Return the visit's slot, or None if none was opened yet."""
        row = self._connection.execute(_OF_VISIT, {"office": self._office, "visit": visit}).one_or_none()
        return None if row is None else _slot(row)

    def withdraw(self, slot: RatingSlot, now: datetime) -> None:
        """Let the slot take no tap from now on, nor any earlier one of its counter: whoever was there has gone."""
        self._connection.execute(
            update(RatingSlotRow)
            .where(
                RatingSlotRow.office_id == self._office,
                RatingSlotRow.counter == slot.counter,
                RatingSlotRow.expires_at > now,
            )
            .values(expires_at=now)
        )

    def end(self, slot: RatingSlot, now: datetime) -> None:
        """Let the slot take no tap from now on: the next service began at its counter."""
        self._connection.execute(
            update(RatingSlotRow)
            .where(RatingSlotRow.office_id == self._office, RatingSlotRow.id == slot.id)
            .values(ended_at=now)
        )

    def by_id(self, slot: int) -> RatingSlot | None:
        """Return the slot of that id, or None."""
        if slot > LARGEST_ID:
            return None
        row = self._connection.execute(_BY_ID, {"office": self._office, "slot": slot}).one_or_none()
        return None if row is None else _slot(row)

    def open_at(self, counter: int, now: datetime) -> RatingSlot | None:
        """Return the counter's newest slot if it still takes a tap, or None."""
        row = self._connection.execute(_OPEN_AT, {"office": self._office, "at": counter, "now": now}).one_or_none()
        slot = None if row is None else _slot(row)
        return slot if slot and slot.is_open(now) else None

    def save(self, slot: RatingSlot) -> None:
        """Save the tap."""
        self._connection.execute(
            _SAVE,
            {"office": self._office, "slot": slot.id, "new_score": slot.score, "new_rated_at": slot.rated_at},
        )


def _slot(row: Row[Any]) -> RatingSlot:
    return RatingSlot(id=row.id, visit=row.visit_id, ticket=row.ticket_id, number=row.label, counter=row.counter,
                      opened_at=row.opened_at, expires_at=row.expires_at, score=row.score,
                      rated_at=row.rated_at, ended_at=row.ended_at)  # fmt: skip
