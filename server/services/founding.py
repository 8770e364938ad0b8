"""Makes an office: its rows, its people, its devices, their random secrets. Overwrites nothing."""

import json
import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from server.db.configurations import add_office
from server.db.engine import writing
from server.db.people import People
from server.db.rows import OfficeRow
from server.domain.office import Office
from server.domain.office_file import read_office
from server.public_holidays import holidays_of
from server.services.printable import refuse_unprintable

CREDENTIALS = "credentials.json"
Hash = Callable[[str], str]


class AlreadyFounded(RuntimeError):
    """There is an office here already; nothing was changed."""


@dataclass
class Credentials:
    """What `credentials.json` holds; secrets that exist nowhere else in clear."""

    administrator: dict[str, Any] = field(default_factory=dict)
    manager: dict[str, Any] = field(default_factory=dict)
    reception: dict[str, Any] = field(default_factory=dict)
    officers: list[dict[str, Any]] = field(default_factory=list)
    devices: dict[str, Any] = field(default_factory=dict)


def found_office(engine: Engine, document: dict[str, Any], data: Path, *, now: datetime, hash_password: Hash) -> int:
    """Create the office of this document with its first accounts, devices and tokens; return the office's id.

    Writes their secrets to `credentials.json` in `data`, readable by its owner only. Raises AlreadyFounded when the
    database has an office or the file exists, OfficeFileError for a document that cannot be used.
    """
    path = data / CREDENTIALS
    office = read_office(document, public_holidays=holidays_of)
    refuse_unprintable(document)
    with ExitStack() as undo:
        with writing(engine) as connection:
            if path.exists() or connection.execute(select(OfficeRow.id).limit(1)).first():
                raise AlreadyFounded(str(data))
            office_id = add_office(connection, document, now)
            credentials = _people(People(connection), office_id, office, now, hash_password)
            # Written before the commit: an office whose secrets nobody has would be locked for good. Taken back if
            # the commit fails: the secrets of no office would keep the next attempt out.
            write_private(path, credentials, undo)
        undo.pop_all()
    return office_id


def found_office_id(engine: Engine) -> int | None:
    """Return the id of the office that was founded here, or None."""
    with engine.connect() as connection:
        return connection.execute(select(OfficeRow.id).order_by(OfficeRow.id).limit(1)).scalar_one_or_none()


def _people(people: People, office_id: int, office: Office, now: datetime, hash_password: Hash) -> Credentials:
    def account(user: str, role: str, counter: int | None = None) -> dict[str, Any]:
        password, token = secrets.token_urlsafe(12), secrets.token_urlsafe(32)
        added = people.add_account(
            office_id=office_id,
            user=user,
            role=role,
            password_hash=hash_password(password),
            counter=counter,
            now=now,
        )
        people.add_token(token, office_id=office_id, account=added, now=now)
        return {"user": user, "password": password, "token": token}

    def device(kind: str, counter: int | None = None) -> dict[str, Any]:
        token = secrets.token_urlsafe(32)
        added = people.add_device(office_id=office_id, kind=kind, counter=counter, now=now)
        people.add_token(token, office_id=office_id, device=added, now=now)
        return {"token": token}

    numbers = [counter.number for counter in office.counters]
    return Credentials(
        administrator=account("administrator", "administrator"),
        manager=account("manager", "manager"),
        reception=account("reception", "reception"),
        officers=[account(f"officer{number}", "officer", number) | {"counter": number} for number in numbers],
        devices={
            "kiosk": device("kiosk"),
            "display": device("display"),
            "rating": [device("rating", number) | {"counter": number} for number in numbers],
        },
    )


def write_private(path: Path, credentials: Credentials, undo: ExitStack) -> None:
    """Write the file for its owner only; `undo` takes it back."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    undo.callback(path.unlink, missing_ok=True)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
