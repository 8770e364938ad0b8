"""The sessions of an office's people: who is logged in, at which browser, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, insert, select, update
from sqlalchemy.engine import Connection, Row

from server.db.inserting import insert_one
from server.db.rows import AccountRow, SessionRow
from server.domain.events import SessionEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that goes on; `program` is what the browser calls itself."""

    id: int
    account: int
    user: str
    role: str
    address: str
    program: str
    began_at: datetime
    expires_at: datetime


_OPEN = (
    select(SessionRow, AccountRow.user, AccountRow.role)
    .join(AccountRow, AccountRow.id == SessionRow.account_id)
    .where(SessionRow.office_id == bindparam("office"), SessionRow.ended_at.is_(None))
    .order_by(SessionRow.id.desc())
)
_EXPIRED = _OPEN.where(SessionRow.expires_at <= bindparam("now"))
_OF_ACCOUNT = _OPEN.where(SessionRow.account_id == bindparam("account"))
_ONE = _OPEN.where(SessionRow.id == bindparam("session"))


class Sessions:
    """The sessions of one office, inside a transaction. `now` is the machine's own time."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def add(self, *, digest: str, account: int, browser: str, address: str, program: str, began_at: datetime,
            expires_at: datetime) -> int:  # fmt: skip
        """Save a session that begins, by the digest of its token, and return its id."""
        return insert_one(self._connection, insert(SessionRow), {
            "office_id": self._office, "digest": digest, "account_id": account, "browser": browser,
            "address": address[:64], "program": program[:64], "began_at": began_at, "expires_at": expires_at,
        })  # fmt: skip

    def all(self) -> list[OpenSession]:
        """Return those that go on, the newest first."""
        return self._found(_OPEN)

    def at(self, session: int) -> OpenSession | None:
        """Return the one of that id if it goes on."""
        return next(iter(self._found(_ONE, session=session)), None)

    def of(self, account: int) -> list[OpenSession]:
        """Return those of that account that go on."""
        return self._found(_OF_ACCOUNT, account=account)

    def expired(self, now: datetime) -> list[OpenSession]:
        """Return those whose time is over and that nobody has ended."""
        return self._found(_EXPIRED, now=now)

    def end(self, session: int, reason: SessionEnd, now: datetime) -> None:
        """End one that goes on."""
        self._connection.execute(
            update(SessionRow)
            .where(SessionRow.id == session, SessionRow.ended_at.is_(None))
            .values(ended_at=now, reason=reason)
        )

    def forget_before(self, moment: datetime) -> None:
        """Throw away those that ended before that moment."""
        self._connection.execute(delete(SessionRow).where(SessionRow.ended_at < moment))

    def _found(self, statement: Any, **facts: object) -> list[OpenSession]:
        return [_session(row) for row in self._connection.execute(statement, {"office": self._office, **facts})]


def has_logged_in_at(connection: Connection, account: int, browser: str) -> bool:
    """Return whether that account has logged in at the browser of that digest before."""
    asked = exists().where(SessionRow.account_id == account, SessionRow.browser == browser)
    return bool(connection.execute(select(asked)).scalar_one())


def _session(row: Row[Any]) -> OpenSession:
    return OpenSession(id=row.id, account=row.account_id, user=row.user, role=row.role, address=row.address,
                       program=row.program, began_at=row.began_at, expires_at=row.expires_at)  # fmt: skip
