"""Slips to be printed: saved with their ticket, taken by the printer's worker, never lost and never doubled."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, func, insert, select, text, update
from sqlalchemy.engine import Connection

from server.db.inserting import insert_one
from server.db.rows import UNPRINTED_CONDITION, PrintJobRow

_OF_OFFICE = PrintJobRow.office_id == bindparam("office")
_UNPRINTED = and_(_OF_OFFICE, text(UNPRINTED_CONDITION))
_COUNT_WAITING = select(func.count()).where(_UNPRINTED, PrintJobRow.state == "queued")
_SENDING = select(PrintJobRow.id, PrintJobRow.ticket_id, PrintJobRow.queued_at).where(
    _UNPRINTED, PrintJobRow.state == "sending"
)
_INSERT = insert(PrintJobRow)
_LAST_STATE = (
    select(PrintJobRow.state)
    .where(_OF_OFFICE, PrintJobRow.ticket_id == bindparam("ticket"))
    .order_by(PrintJobRow.id.desc())
    .limit(1)
)
_NEXT = (
    select(PrintJobRow.id, PrintJobRow.ticket_id, PrintJobRow.queued_at, PrintJobRow.reason)
    .where(_UNPRINTED, PrintJobRow.state == "queued")
    .order_by(PrintJobRow.id)
    .limit(1)
)
_TAKE = (
    update(PrintJobRow)
    .where(_OF_OFFICE, PrintJobRow.id == bindparam("job"), PrintJobRow.state == "queued")
    .values(state="sending")
)


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One slip to print; `reason` is why it is late, None if it is not."""

    id: int
    ticket: int
    queued_at: datetime
    reason: str | None = None


class PrintJobs:
    """The print jobs of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def add(self, ticket: int, *, queued_at: datetime) -> int:
        """Save the ticket's print job and return its id."""
        job = {"office_id": self._office, "ticket_id": ticket, "state": "queued", "queued_at": queued_at}
        return insert_one(self._connection, _INSERT, job)

    def state_of(self, ticket: int) -> str:
        """Return the state of the ticket's latest job as the API names it; `none` if it has none."""
        state = self._connection.execute(_LAST_STATE, {"office": self._office, "ticket": ticket}).scalar_one_or_none()
        return "queued" if state == "sending" else str(state or "none")

    def next(self) -> PrintJob | None:
        """Return the oldest job that waits for the printer, or None."""
        row = self._connection.execute(_NEXT, {"office": self._office}).one_or_none()
        return None if row is None else PrintJob(row.id, row.ticket_id, row.queued_at, row.reason)

    def waiting(self) -> int:
        """Return how many jobs wait for the printer."""
        return int(self._connection.execute(_COUNT_WAITING, {"office": self._office}).scalar_one())

    def sending(self) -> list[PrintJob]:
        """Return the jobs whose first byte may be out and whose end nobody saw (the server was killed)."""
        rows = self._connection.execute(_SENDING, {"office": self._office})
        return [PrintJob(row.id, row.ticket_id, row.queued_at) for row in rows]

    def take(self, job: int) -> bool:
        """Take a waiting job for sending; return False if another worker was quicker."""
        return bool(self._connection.execute(_TAKE, {"office": self._office, "job": job}).rowcount)

    def move(self, job: int, *, state: str, reason: str | None = None, ended_at: datetime | None = None) -> None:
        """Save the job's new state."""
        self._connection.execute(
            update(PrintJobRow)
            .where(PrintJobRow.office_id == self._office, PrintJobRow.id == job)
            .values(state=state, reason=reason, ended_at=ended_at)
        )
