"""The wrong passwords of late, counted by where they came from: in the database, so that every process counts alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.engine import Connection

from server.db.digests import digest
from server.db.rows import AccountRow, LoginAttemptRow
from server.domain.patience import FOR_ACCOUNT_AND_ADDRESS, FOR_ADDRESS, FOR_KNOWN_BROWSER, Patience

PATIENCE: dict[str, Patience] = {
    "pair": FOR_ACCOUNT_AND_ADDRESS,
    "browser": FOR_KNOWN_BROWSER,
    "address": FOR_ADDRESS,
}
KEPT = timedelta(hours=1)
_ONE_COUNTS = text("select pg_advisory_xact_lock(7308332)")  # Two processes never count the same try as one.


@dataclass(frozen=True, slots=True)
class Place:
    """What tries are counted by: an account's (or unknown name's) `pair` with an address, or with a known `browser`, or
    a whole `address`."""

    kind: str
    of: str
    address: str
    account: int | None = None

    @property
    def key(self) -> str:
        """The name under which it is counted; no name of a person stands in the table."""
        return digest(f"{self.kind} {self.of}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """A place whose next try has to wait; `user` None for a whole address or an unknown name."""

    key: str
    kind: str
    account: int | None
    user: str | None
    address: str
    wait_seconds: float


class LoginAttempts:
    """The wrong passwords of late, inside a transaction or a read. `now` is the machine's own time."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def wait_seconds(self, places: Sequence[Place]) -> float:
        """Return how long a try from these places has to wait, 0 for not at all."""
        levels = self._levels(places)
        return max(PATIENCE[place.kind].wait_seconds(levels.get(place.key, 0.0)) for place in places)

    def take(self, places: Sequence[Place]) -> float:
        """Count one try at each place, if it need not wait at any; return how long it would have to."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_ONE_COUNTS)
        wait = self.wait_seconds(places)
        if wait == 0.0:
            levels = self._levels(places)
            self._connection.execute(delete(LoginAttemptRow).where(LoginAttemptRow.at < self._now - KEPT))
            for place in places:
                self._save(place, levels.get(place.key, 0.0) + 1)
        return wait

    def give_back(self, places: Sequence[Place]) -> None:
        """The try was right: forget the wrong ones of its person, and count it at the address no more."""
        levels = self._levels(places)
        for place in places:
            self._save(place, max(0.0, levels.get(place.key, 0.0) - 1) if place.kind == "address" else 0.0)

    def to_tell(self, places: Sequence[Place], again_after: timedelta) -> bool:
        """Return whether the next try from here must wait and nobody was told so of late; then note that it is told."""
        levels = self._levels(places)
        full = [place.key for place in places if PATIENCE[place.kind].wait_seconds(levels.get(place.key, 0.0)) > 0]
        told = (
            update(LoginAttemptRow)
            .where(
                LoginAttemptRow.key.in_(full),
                or_(LoginAttemptRow.told_at.is_(None), LoginAttemptRow.told_at < self._now - again_after),
            )
            .values(told_at=self._now)
        )
        return bool(full) and self._connection.execute(told).rowcount > 0

    def slowed(self, office_id: int) -> list[Slowed]:
        """Return the places whose next try has to wait: those of the office's accounts, and of nobody's."""
        rows = self._connection.execute(
            select(LoginAttemptRow, AccountRow.user)
            .outerjoin(AccountRow, AccountRow.id == LoginAttemptRow.account_id)
            .where(or_(LoginAttemptRow.account_id.is_(None), AccountRow.office_id == office_id))
            .order_by(LoginAttemptRow.at.desc())
        )
        waits = [(row, PATIENCE[row.kind].wait_seconds(self._level(row.kind, row.level, row.at))) for row in rows]
        return [
            Slowed(key=row.key, kind=row.kind, account=row.account_id, user=row.user, address=row.address,
                   wait_seconds=wait)
            for row, wait in waits if wait > 0
        ]  # fmt: skip

    def forget(self, keys: Iterable[str]) -> None:
        """Count nothing of these places any more."""
        self._connection.execute(delete(LoginAttemptRow).where(LoginAttemptRow.key.in_(list(keys))))

    def _levels(self, places: Sequence[Place]) -> dict[str, float]:
        rows = self._connection.execute(
            select(LoginAttemptRow).where(LoginAttemptRow.key.in_([place.key for place in places]))
        )
        return {row.key: self._level(row.kind, row.level, row.at) for row in rows}

    def _level(self, kind: str, level: float, at: datetime) -> float:
        return PATIENCE[kind].after(level, at, self._now)

    def _save(self, place: Place, level: float) -> None:
        changed = self._connection.execute(
            update(LoginAttemptRow).where(LoginAttemptRow.key == place.key).values(level=level, at=self._now)
        ).rowcount
        if not changed and level > 0:
            self._connection.execute(
                insert(LoginAttemptRow),
                {"key": place.key, "kind": place.kind, "account_id": place.account, "address": place.address[:64],
                 "level": level, "at": self._now},
            )  # fmt: skip
