"""Slips to be printed: saved with their ticket, taken by one printer, never lost and never doubled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, select, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from server.db.inserting import insert_one
from server.db.rows import ASKED_CONDITION, UNPRINTED_CONDITION, LegRow, PrintJobRow

MAY_BE_ON_PAPER = frozenset({"sending", "sent", "printed", "unknown"})
"""States of a slip whose first byte may have gone out: another one of the same ticket is a copy."""

_OF_OFFICE = PrintJobRow.office_id == bindparam("office")
_UNPRINTED = and_(_OF_OFFICE, text(UNPRINTED_CONDITION))
_COUNT_WAITING = select(func.count()).where(_UNPRINTED, PrintJobRow.state == "queued")
_JOB = select(
    PrintJobRow.id, PrintJobRow.ticket_id, PrintJobRow.printer, PrintJobRow.is_copy, PrintJobRow.state,
    PrintJobRow.reason, PrintJobRow.queued_at,
)  # fmt: skip
_SENDING = _JOB.where(_UNPRINTED, PrintJobRow.state == "sending").order_by(PrintJobRow.id)
_QUEUED = _JOB.where(_UNPRINTED, PrintJobRow.state == "queued").order_by(PrintJobRow.id)
_NEXT = _QUEUED.where(PrintJobRow.printer == bindparam("printer")).limit(1)
_BY_ID = _JOB.where(_OF_OFFICE, PrintJobRow.id == bindparam("job"))
_OF_TICKET = _JOB.where(_OF_OFFICE, PrintJobRow.ticket_id == bindparam("ticket")).order_by(PrintJobRow.id.desc())
_LAST = _OF_TICKET.limit(1)
_later = aliased(PrintJobRow)
_VISIT_STATE = (  # Of the ticket's newest leg.
    select(LegRow.state)
    .where(LegRow.ticket_id == PrintJobRow.ticket_id, LegRow.state != "undone")
    .order_by(LegRow.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ASKED = (
    _JOB.where(
        _OF_OFFICE,
        text(ASKED_CONDITION),
        PrintJobRow.ticket_id.is_not(None),
        PrintJobRow.queued_at >= bindparam("since"),
        ~exists().where(_later.ticket_id == PrintJobRow.ticket_id, _later.id > PrintJobRow.id),
        _VISIT_STATE.in_(bindparam("visits", expanding=True)),
    )
    .order_by(PrintJobRow.id.desc())
    .limit(bindparam("most"))
)
_STATES = select(PrintJobRow.id, PrintJobRow.state).where(_OF_OFFICE).order_by(PrintJobRow.id)
_INSERT = insert(PrintJobRow)
_TAKE = (
    update(PrintJobRow)
    .where(_OF_OFFICE, PrintJobRow.id == bindparam("job"), PrintJobRow.state == "queued")
    .values(state="sending")
)


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One slip to print; `ticket` is None for a self-test, `reason` why it is late or did not come, None if it did."""

    id: int
    ticket: int | None
    printer: int
    is_copy: bool
    state: str
    reason: str | None
    queued_at: datetime


class PrintJobs:
    """The print jobs of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def add(self, ticket: int | None, *, queued_at: datetime, printer: int = 0, is_copy: bool = False) -> int:
        """Save a print job and return its id; `ticket` None is a self-test."""
        job = {"office_id": self._office, "ticket_id": ticket, "printer": printer, "is_copy": is_copy,
               "state": "queued", "queued_at": queued_at}  # fmt: skip
        return insert_one(self._connection, _INSERT, job)

    def state_of(self, ticket: int) -> str:
        """Return the state of the ticket's latest job as the API names it; `none` if it has none."""
        job = self.last_of(ticket)
        return "none" if job is None else "queued" if job.state == "sending" else job.state

    def last_of(self, ticket: int) -> PrintJob | None:
        """Return the ticket's latest job, or None."""
        row = self._connection.execute(_LAST, {"office": self._office, "ticket": ticket}).one_or_none()
        return None if row is None else _job(row)

    def of_ticket(self, ticket: int) -> list[PrintJob]:
        """Return all the ticket's jobs, the latest first."""
        return self._found(_OF_TICKET, ticket=ticket)

    def by_id(self, job: int) -> PrintJob | None:
        """Return the job of that id, or None."""
        row = self._connection.execute(_BY_ID, {"office": self._office, "job": job}).one_or_none()
        return None if row is None else _job(row)

    def next(self, printer: int = 0) -> PrintJob | None:
        """Return the oldest job that waits for this printer, or None."""
        row = self._connection.execute(_NEXT, {"office": self._office, "printer": printer}).one_or_none()
        return None if row is None else _job(row)

    def queued(self) -> list[PrintJob]:
        """Return all jobs that wait for a printer, the oldest first."""
        return self._found(_QUEUED)

    def waiting(self) -> int:
        """Return how many jobs wait for a printer."""
        return int(self._connection.execute(_COUNT_WAITING, {"office": self._office}).scalar_one())

    def sending(self, printer: int | None = None) -> list[PrintJob]:
        """Return the jobs whose first byte may be out and whose end is not known, of that printer or of all."""
        return [job for job in self._found(_SENDING) if printer in (None, job.printer)]

    def asked(self, since: datetime, most: int, visits: Collection[str]) -> list[PrintJob]:
        """Return the latest jobs that did not come, or not for sure, and were not asked for again, newest first.

        Only those of tickets whose visit is in one of these states: what is over takes no place from what goes on.
        """
        return self._found(_ASKED, since=since, most=most, visits=[*visits])

    def states(self) -> dict[int, str]:
        """Return the state of every job that there ever was, by its id."""
        return {row.id: row.state for row in self._connection.execute(_STATES, {"office": self._office})}

    def take(self, job: int) -> bool:
        """Take a waiting job for sending; return False if another worker was quicker."""
        return bool(self._connection.execute(_TAKE, {"office": self._office, "job": job}).rowcount)

    def move(self, job: int, *, state: str, reason: str | None = None, ended_at: datetime | None = None) -> None:
        """Save the job's new state."""
        self._change([job], state=state, reason=reason, ended_at=ended_at)

    def send_to(self, jobs: Collection[int], printer: int) -> None:
        """Let another printer print these waiting jobs."""
        self._change(jobs, printer=printer)

    def _change(self, jobs: Collection[int], **values: object) -> None:
        self._connection.execute(
            update(PrintJobRow).where(PrintJobRow.office_id == self._office, PrintJobRow.id.in_(jobs)).values(values)
        )

    def _found(self, statement: object, **facts: object) -> list[PrintJob]:
        rows = self._connection.execute(statement, {"office": self._office, **facts})  # type: ignore[call-overload]  # because selects of one shape share it.
        return [_job(row) for row in rows]


def _job(row: Any) -> PrintJob:
    return PrintJob(row.id, row.ticket_id, row.printer, row.is_copy, row.state, row.reason, row.queued_at)
