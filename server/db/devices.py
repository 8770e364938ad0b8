"""The paired devices of an office, and how each of them does by its heartbeats."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection, Row

from server.db.events import StoredEvent, event_of
from server.db.inserting import insert_one
from server.db.rows import DeviceRow, DeviceStateRow, EventRow, TokenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNow:
    """A device as it was last heard of. Of one never heard of, `state`, `since` and `seen_at` are None.

    `seen_at` is the machine's own time, all others the office's. `sound` tells whether a display may sound, None where
    nobody said so.
    """

    id: int
    kind: str
    name: str | None
    counter: int | None
    prints_at: int | None
    created_at: datetime
    revoked_at: datetime | None
    state: str | None
    since: datetime | None
    seen_at: datetime | None
    version: str | None
    sound: bool | None

    @property
    def key(self) -> str:
        """The opaque name that events know it by."""
        return f"device:{self.id}"


_ALL: Any = (
    select(
        DeviceRow, DeviceStateRow.state, DeviceStateRow.since, DeviceStateRow.seen_at, DeviceStateRow.version,
        DeviceStateRow.sound,
    )
    .outerjoin(DeviceStateRow, DeviceStateRow.device_id == DeviceRow.id)
    .where(DeviceRow.office_id == bindparam("office"))
    .order_by(DeviceRow.id)
)  # fmt: skip
_PAIRED = _ALL.where(DeviceRow.revoked_at.is_(None))
_ONE = _PAIRED.where(DeviceRow.id == bindparam("device"))
_SEEN = (
    update(DeviceStateRow)
    .where(DeviceStateRow.device_id == bindparam("device"), DeviceStateRow.state == bindparam("as_it_was"))
    .values(seen_at=bindparam("seen"), version=bindparam("of_version"), sound=bindparam("may_sound"))
)
_CHANGES = (
    select(EventRow)
    .where(
        EventRow.office_id == bindparam("office"),
        EventRow.seq >= bindparam("from_seq"),
        EventRow.kind == "device_changed",
    )
    .order_by(EventRow.seq)
)


class Devices:
    """The devices of one office, inside a transaction or a read."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def paired(self) -> list[DeviceNow]:
        """Return the devices that are let in, in the order in which they were paired."""
        return [_device(row) for row in self._connection.execute(_PAIRED, {"office": self._office})]

    def ever(self) -> list[DeviceNow]:
        """Return every device that was ever let in."""
        return [_device(row) for row in self._connection.execute(_ALL, {"office": self._office})]

    def at(self, device: int) -> DeviceNow | None:
        """Return the device of that id, or None if it is unknown or revoked."""
        row = self._connection.execute(_ONE, {"office": self._office, "device": device}).one_or_none()
        return None if row is None else _device(row)

    def add(self, *, kind: str, counter: int | None, name: str | None, now: datetime) -> int:
        """Save a device and return its id."""
        device = {"office_id": self._office, "kind": kind, "counter": counter, "name": name, "created_at": now}
        return insert_one(self._connection, insert(DeviceRow), device)

    def add_token(self, device: int, digest: str, now: datetime) -> None:
        """Save the digest of a token of this device."""
        token = {"digest": digest, "office_id": self._office, "device_id": device, "created_at": now}
        self._connection.execute(insert(TokenRow), token)

    def rename(self, device: int, name: str | None) -> None:
        """Save what people call the device; None for what it is."""
        self._change(device, name=name)

    def print_at(self, device: int, agent: int | None) -> None:
        """Save which agent prints what this device gives out, None for the office's own printer."""
        self._change(device, prints_at=agent)

    def revoke(self, device: int, now: datetime) -> None:
        """Shut the device out: its tokens too. Nothing prints at it, and nobody waits for its heartbeat any more."""
        connection = self._connection
        self._change(device, revoked_at=now)
        connection.execute(
            update(TokenRow).where(TokenRow.device_id == device, TokenRow.revoked_at.is_(None)).values(revoked_at=now)
        )
        connection.execute(update(DeviceRow).where(DeviceRow.prints_at == device).values(prints_at=None))
        connection.execute(delete(DeviceStateRow).where(DeviceStateRow.device_id == device))

    def keep_state(self, device: int, *, state: str, since: datetime, seen_at: datetime, version: str | None,
                   sound: bool | None) -> None:  # fmt: skip
        """Save how the device does from now on."""
        values = {"state": state, "since": since, "seen_at": seen_at, "version": version, "sound": sound}
        changed = self._connection.execute(
            update(DeviceStateRow).where(DeviceStateRow.device_id == device).values(values)
        )
        if changed.rowcount == 0:
            of = {"device_id": device, "office_id": self._office}
            self._connection.execute(insert(DeviceStateRow).values(values | of))

    def seen(self, device: int, *, state: str, seen_at: datetime, version: str | None, sound: bool | None) -> bool:
        """Note that the device was heard of in the same state; False, and nothing saved, if it is in another by now."""
        facts = {"device": device, "as_it_was": state, "seen": seen_at, "of_version": version, "may_sound": sound}
        return self._connection.execute(_SEEN, facts).rowcount > 0

    def _change(self, device: int, **values: object) -> None:
        self._connection.execute(
            update(DeviceRow).where(DeviceRow.office_id == self._office, DeviceRow.id == device).values(values)
        )


def changes_from(connection: Connection, office_id: int, seq: int) -> list[StoredEvent]:
    """Return every change of a device or a printer from the event of that number on, in order."""
    return [event_of(row) for row in connection.execute(_CHANGES, {"office": office_id, "from_seq": seq})]


def _device(row: Row[Any]) -> DeviceNow:
    return DeviceNow(
        id=row.id, kind=row.kind, name=row.name, counter=row.counter, prints_at=row.prints_at,
        created_at=row.created_at, revoked_at=row.revoked_at, state=row.state, since=row.since, seen_at=row.seen_at,
        version=row.version, sound=row.sound,
    )  # fmt: skip
