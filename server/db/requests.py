"""Answers already given: the same request_id from the same asker gets the same one until the end of the day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.engine import Connection

from server.db.prepared import Prepared
from server.db.rows import RequestRow

_FIND = Prepared(
    select(RequestRow.fingerprint, RequestRow.answer).where(
        RequestRow.office_id == bindparam("office"),
        RequestRow.asker == bindparam("by"),
        RequestRow.request_id == bindparam("request"),
    )
)
_INSERT = Prepared(insert(RequestRow), "office_id", "asker", "request_id", "day", "fingerprint", "answer")


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What was asked (a fingerprint of command and body) and what was answered (JSON)."""

    fingerprint: str
    answer: str


class Requests:
    """The answered requests of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def find(self, asker: str, request_id: str) -> EarlierAnswer | None:
        """Return the answer already given to this asker's request, or None."""
        row = _FIND.row(self._connection, {"office": self._office, "by": asker, "request": request_id})
        return None if row is None else EarlierAnswer(*row)

    def add(self, asker: str, request_id: str, *, day: date, fingerprint: str, answer: str) -> None:
        """Keep an answer; the table refuses a second one for the same request."""
        _INSERT.run(
            self._connection,
            {"office_id": self._office, "asker": asker, "request_id": request_id, "day": day.isoformat(),
             "fingerprint": fingerprint, "answer": answer},
        )  # fmt: skip

    def forget_before(self, day: date) -> int:
        """Delete the answers of days before `day`; return how many."""
        return self._connection.execute(
            delete(RequestRow).where(RequestRow.office_id == self._office, RequestRow.day < day.isoformat())
        ).rowcount
