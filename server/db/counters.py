"""Counters of one office: open or closed, and by whom."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.engine import Connection

from server.db.legs import Desk
from server.db.prepared import Prepared
from server.db.rows import AccountRow, CounterRow
from server.domain.office import Counter, CounterStateName


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterNow:
    """A counter as it stands; `account` is the officer there, `officer_name` what colleagues call them.

    `since` is when it came into its state, `pause_reason` why it pauses, `services` those that its officer gives
    (None: all).
    """

    number: int
    state: CounterStateName
    account: int | None = None
    officer_name: str | None = None
    opened_at: datetime | None = None
    since: datetime | None = None
    pause_reason: str | None = None
    services: frozenset[str] | None = None

    def desk(self, place: Counter) -> Desk:
        """Return it as the rule of calling sees it; `place` is its configuration."""
        return Desk(place, self.services)

    @property
    def is_open(self) -> bool:
        """Return whether tickets may be called here."""
        return self.state == "open"


_ALL = (
    select(
        CounterRow.number,
        CounterRow.state,
        CounterRow.account_id,
        CounterRow.opened_at,
        CounterRow.since,
        CounterRow.pause_reason,
        CounterRow.services,
        AccountRow.user,
    )
    .outerjoin(AccountRow, AccountRow.id == CounterRow.account_id)
    .where(CounterRow.office_id == bindparam("office"))
)
_ONE = _ALL.where(CounterRow.number == bindparam("at"))
_OF_OFFICER = _ALL.where(CounterRow.account_id == bindparam("account"), CounterRow.state != literal_column("'closed'"))

_OPEN = Prepared(
    select(CounterRow.number).where(
        CounterRow.office_id == bindparam("office"), CounterRow.state == literal_column("'open'")
    )
)


class Counters:
    """The counters of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def at(self, number: int) -> CounterNow:
        """Return the counter; one never opened is closed."""
        found = self._found(_ONE, {"office": self._office, "at": number})
        return found[0] if found else CounterNow(number=number, state="closed")

    def all(self) -> dict[int, CounterNow]:
        """Return the counters that were opened at least once, by number."""
        return {counter.number: counter for counter in self._found(_ALL, {"office": self._office})}

    def open_now(self) -> frozenset[int]:
        """Return the numbers of the counters that are open."""
        return frozenset(number for (number,) in _OPEN.rows(self._connection, {"office": self._office}))

    def of_officer(self, account: int) -> CounterNow | None:
        """Return the counter that this officer has open, or None."""
        found = self._found(_OF_OFFICER, {"office": self._office, "account": account})
        return found[0] if found else None

    def close(self, number: int, now: datetime) -> None:
        """Save that nobody is there any more."""
        self.save(CounterNow(number=number, state="closed", since=now))

    def save(self, counter: CounterNow) -> None:
        """Save the counter's state."""
        values = {
            "state": counter.state, "account_id": counter.account, "opened_at": counter.opened_at,
            "since": counter.since, "pause_reason": counter.pause_reason, "services": counter.services,
        }  # fmt: skip
        changed = self._connection.execute(
            update(CounterRow)
            .where(CounterRow.office_id == self._office, CounterRow.number == counter.number)
            .values(values)
        )
        if changed.rowcount == 0:
            self._connection.execute(insert(CounterRow).values(office_id=self._office, number=counter.number, **values))

    def _found(self, statement: object, facts: dict[str, object]) -> list[CounterNow]:
        return [
            CounterNow(number=row.number, state=row.state, account=row.account_id, officer_name=row.user,
                       opened_at=row.opened_at, since=row.since, pause_reason=row.pause_reason,
                       services=row.services)
            for row in self._connection.execute(statement, facts)  # type: ignore[call-overload]  # because three selects of one shape share it.
        ]  # fmt: skip
