"""Devices that ask to be let in: a short code on their glass, and the digest of a secret that only they know.

All times here are the machine's own: a code lasts ten real minutes, whatever time the office plays.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.engine import Connection, Row

from server.db.rows import PairingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPairing:
    """A device that asks. `kind` is what a program says it is, None of a browser; `device` what it was let in as."""

    digest: str
    code: str
    kind: str | None
    expires_at: datetime
    device: int | None


class Pairings:
    """The pairings of one office, inside a transaction or a read."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def forget_expired(self, now: datetime) -> None:
        """Leave out those whose time is over."""
        self._connection.execute(
            delete(PairingRow).where(PairingRow.office_id == self._office, PairingRow.expires_at <= now)
        )

    def count(self, now: datetime) -> int:
        """Return how many there are whose time is not over."""
        ours = (PairingRow.office_id == self._office, PairingRow.expires_at > now)
        asked = select(func.count()).select_from(PairingRow).where(*ours)
        return int(self._connection.execute(asked).scalar_one())

    def codes(self) -> Collection[str]:
        """Return the codes that are in use."""
        asked = select(PairingRow.code).where(PairingRow.office_id == self._office)
        return frozenset(self._connection.execute(asked).scalars())

    def add(self, *, digest: str, code: str, kind: str | None, expires_at: datetime) -> None:
        """Save a new one; the table refuses a code that is in use."""
        pairing = {"digest": digest, "office_id": self._office, "code": code, "kind": kind, "expires_at": expires_at}
        self._connection.execute(insert(PairingRow), pairing)

    def of_code(self, code: str, now: datetime) -> OpenPairing | None:
        """Return the one with that code, or None if there is none or its time is over."""
        return self._found(PairingRow.code == code, now)

    def of_digest(self, digest: str, now: datetime) -> OpenPairing | None:
        """Return the one with the secret of that digest, or None if there is none or its time is over."""
        return self._found(PairingRow.digest == digest, now)

    def confirm(self, digest: str, device: int, expires_at: datetime) -> None:
        """Save what it was let in as, and until when it may come for it."""
        self._connection.execute(
            update(PairingRow).where(PairingRow.digest == digest).values(device_id=device, expires_at=expires_at)
        )

    def forget(self, digest: str) -> None:
        """Leave one out: it has come for its answer."""
        self._connection.execute(delete(PairingRow).where(PairingRow.digest == digest))

    def forget_device(self, device: int) -> None:
        """Leave out what would let this device in."""
        self._connection.execute(delete(PairingRow).where(PairingRow.device_id == device))

    def _found(self, condition: Any, now: datetime) -> OpenPairing | None:
        asked: Select[Any] = select(PairingRow).where(
            PairingRow.office_id == self._office, PairingRow.expires_at > now, condition
        )
        row = self._connection.execute(asked).one_or_none()
        return None if row is None else _pairing(row)


def _pairing(row: Row[Any]) -> OpenPairing:
    return OpenPairing(digest=row.digest, code=row.code, kind=row.kind, expires_at=row.expires_at, device=row.device_id)
