"""Who may come in: accounts, devices, tokens and one-time entry codes. Secrets are stored as digests only."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import aliased

from server.db.devices import Devices
from server.db.digests import digest
from server.db.inserting import insert_one
from server.db.rows import AccountRow, DeviceRow, EntryCodeRow, SessionRow, TokenRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks. `role` is an account's role or a device's kind; `counter` is where it belongs, if anywhere.

    `key` is opaque (`account:3`, `device:2`): events may keep it. `name` is for glass only. Of an officer, `services`
    are those given (None: all), and `may_call_out_of_order` is a right of this person; `session` is the one by which a
    person came, None beside a token.
    """

    key: str
    office_id: int
    role: str
    counter: int | None
    name: str = ""
    account: int | None = None
    device: int | None = None
    services: frozenset[str] | None = None
    may_call_out_of_order: bool = False
    prints_at: int | None = None
    some_agent: int | None = None
    session: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which this one can be shut out: its own key, and the session by which it came."""
        return (self.key,) if self.session is None else (self.key, f"session:{self.session}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is checked against."""

    identity: Identity
    password_hash: str


_agent = aliased(DeviceRow)
_IS_AGENT = and_(_agent.kind == "agent", _agent.revoked_at.is_(None))
_AGENT_OF_ACCOUNT = select(func.min(_agent.id)).where(_IS_AGENT, _agent.office_id == AccountRow.office_id)
_AGENT_OF_DEVICE = select(func.min(_agent.id)).where(_IS_AGENT, _agent.office_id == DeviceRow.office_id)
_ITS_AGENT = select(_agent.id).where(_IS_AGENT, _agent.id == DeviceRow.prints_at)
_ACCOUNT = select(AccountRow, _AGENT_OF_ACCOUNT.scalar_subquery().label("some_agent")).where(
    AccountRow.active.is_(True)
)
_ACCOUNT_BY_ID = _ACCOUNT.where(AccountRow.id == bindparam("account"))
_ACCOUNT_BY_USER = _ACCOUNT.where(AccountRow.user == bindparam("named"))
_DEVICE = select(
    DeviceRow,
    _AGENT_OF_DEVICE.scalar_subquery().label("some_agent"),
    _ITS_AGENT.scalar_subquery().label("its_agent"),
).where(DeviceRow.revoked_at.is_(None))
_DEVICE_BY_ID = _DEVICE.where(DeviceRow.id == bindparam("device"))
_DEVICES = _DEVICE.where(DeviceRow.office_id == bindparam("office"))
_TOKEN = select(TokenRow).where(
    TokenRow.digest == bindparam("digest"),
    TokenRow.revoked_at.is_(None),
    or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > bindparam("now")),
)
_SESSION = select(SessionRow.id, SessionRow.account_id).where(
    SessionRow.digest == bindparam("digest"), SessionRow.ended_at.is_(None), SessionRow.expires_at > bindparam("now")
)
_ENTRY_CODE = select(EntryCodeRow.devices).where(
    EntryCodeRow.digest == bindparam("digest"), EntryCodeRow.used_at.is_(None),
    EntryCodeRow.expires_at > bindparam("now"),
)  # fmt: skip


class People:
    """Accounts, devices and their secrets, inside a transaction or a read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_token(self, token: str, now: datetime) -> Identity | None:
        """Return whose token this is, or None if it is unknown, revoked or expired."""
        row = self._connection.execute(_TOKEN, {"digest": digest(token), "now": now}).one_or_none()
        if row is None:
            return None
        return self.account(row.account_id) if row.account_id is not None else self.device(row.device_id)

    def of_session(self, token: str, wall: datetime) -> Identity | None:
        """Return the active account of that session, or None if it has ended; `wall` is the machine's own time."""
        row = self._connection.execute(_SESSION, {"digest": digest(token), "now": wall}).one_or_none()
        somebody = None if row is None else self.account(row.account_id)
        return somebody and replace(somebody, session=row.id if row else None)

    def account(self, account: int) -> Identity | None:
        """Return the active account of that id, or None."""
        row = self._connection.execute(_ACCOUNT_BY_ID, {"account": account}).one_or_none()
        return None if row is None else _of_account(row)

    def login(self, user: str) -> Credentials | None:
        """Return what a login as `user` is checked against, or None."""
        if not user.isprintable():  # PostgreSQL will not even look for a name with NUL.
            return None
        row = self._connection.execute(_ACCOUNT_BY_USER, {"named": user}).one_or_none()
        return None if row is None else Credentials(_of_account(row), row.password_hash)

    def device(self, device: int) -> Identity | None:
        """Return the paired device of that id, or None if it is unknown or revoked."""
        row = self._connection.execute(_DEVICE_BY_ID, {"device": device}).one_or_none()
        return None if row is None else _of_device(row)

    def devices(self, office_id: int) -> list[Identity]:
        """Return the office's paired devices in the order in which they were paired."""
        rows = self._connection.execute(_DEVICES.order_by(DeviceRow.id), {"office": office_id})
        return [_of_device(row) for row in rows]

    def users(self, office_id: int) -> dict[str, str]:
        """Return the names of the office's accounts by their opaque key."""
        rows = self._connection.execute(select(AccountRow.id, AccountRow.user).where(AccountRow.office_id == office_id))
        return {f"account:{row.id}": row.user for row in rows}

    def add_account(self, *, office_id: int, user: str, role: str, password_hash: str, counter: int | None,
                    now: datetime) -> int:  # fmt: skip
        """Save an account and return its id; the table refuses a user that exists."""
        return insert_one(self._connection, insert(AccountRow),
            {"office_id": office_id, "user": user, "role": role, "password_hash": password_hash, "counter": counter,
             "active": True, "created_at": now},
        )  # fmt: skip

    def change_rights(self, account: int, *, services: frozenset[str] | None, may_call_out_of_order: bool) -> None:
        """Save which services the officer gives (None: all; from the next opening of a counter on), and the right."""
        self._connection.execute(
            update(AccountRow)
            .where(AccountRow.id == account)
            .values(services=services, may_call_out_of_order=may_call_out_of_order)
        )

    def accounts(self, office_id: int) -> list[Identity]:
        """Return the office's active accounts, the oldest first."""
        rows = self._connection.execute(_ACCOUNT.where(AccountRow.office_id == office_id).order_by(AccountRow.id))
        return [_of_account(row) for row in rows]

    def change_password(self, of: Identity, password_hash: str) -> None:
        """Save the hash of an account's new password."""
        self._connection.execute(
            update(AccountRow).where(AccountRow.id == of.account).values(password_hash=password_hash)
        )

    def revoke_tokens(self, of: Identity, now: datetime) -> None:
        """Let no token of that account or device be taken any more."""
        owner = TokenRow.account_id == of.account if of.account is not None else TokenRow.device_id == of.device
        self._connection.execute(update(TokenRow).where(owner, TokenRow.revoked_at.is_(None)).values(revoked_at=now))

    def end_sessions(self, of: Identity, now: datetime) -> None:
        """End every session of that account without a word: where the server is not running, nobody listens."""
        still_open = (SessionRow.account_id == of.account, SessionRow.ended_at.is_(None))
        self._connection.execute(update(SessionRow).where(*still_open).values(ended_at=now, reason="password"))

    def close_account(self, account: int) -> None:
        """Let nobody come in by this account any more; its row stays, because events name it."""
        self._connection.execute(update(AccountRow).where(AccountRow.id == account).values(active=False))

    def add_device(self, *, office_id: int, kind: str, counter: int | None, now: datetime) -> int:
        """Save a paired device and return its id."""
        return Devices(self._connection, office_id).add(kind=kind, counter=counter, name=None, now=now)

    def add_token(self, token: str, *, office_id: int, now: datetime, account: int | None = None,
                  device: int | None = None, expires_at: datetime | None = None) -> None:  # fmt: skip
        """Save the digest of a token of one account or one device."""
        self._connection.execute(
            insert(TokenRow),
            {"digest": digest(token), "office_id": office_id, "account_id": account, "device_id": device,
             "created_at": now, "expires_at": expires_at},
        )  # fmt: skip

    def add_entry_code(self, code: str, *, office_id: int, devices: list[int], expires_at: datetime) -> None:
        """Save a one-time link that makes a browser these devices."""
        self._connection.execute(
            insert(EntryCodeRow),
            {
                "digest": digest(code),
                "office_id": office_id,
                "devices": json.dumps(devices),
                "expires_at": expires_at,
            },
        )

    def entry_code(self, code: str, now: datetime) -> list[int] | None:
        """Return the device ids of a one-time link that may still be used, or None."""
        devices = self._connection.execute(_ENTRY_CODE, {"digest": digest(code), "now": now}).scalar_one_or_none()
        return None if devices is None else [int(each) for each in json.loads(devices)]

    def use_entry_code(self, code: str, now: datetime) -> list[int] | None:
        """Use the one-time link up; return its device ids, or None if it is unknown, used or expired."""
        devices = self._connection.execute(
            update(EntryCodeRow)
            .where(
                EntryCodeRow.digest == digest(code),
                EntryCodeRow.used_at.is_(None),
                EntryCodeRow.expires_at > now,
            )
            .values(used_at=now)
            .returning(EntryCodeRow.devices)
        ).scalar_one_or_none()
        return None if devices is None else [int(each) for each in json.loads(devices)]


def _of_account(row: Row[Any]) -> Identity:
    return Identity(key=f"account:{row.id}", office_id=row.office_id, role=row.role, counter=row.counter,
                    name=row.user, account=row.id, may_call_out_of_order=row.may_call_out_of_order,
                    services=row.services, some_agent=row.some_agent)  # fmt: skip


def _of_device(row: Row[Any]) -> Identity:
    return Identity(key=f"device:{row.id}", office_id=row.office_id, role=row.kind, counter=row.counter,
                    name=row.name or row.kind, device=row.id, prints_at=row.its_agent,
                    some_agent=row.some_agent)  # fmt: skip
