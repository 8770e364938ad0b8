"""What offices configured: versioned documents, read once each."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.engine import Connection

from server.db.inserting import insert_one
from server.db.rows import ConfigurationRow, CounterRow, LegRow, OfficeRow
from server.domain.office import Office, Queue, Service
from server.domain.office_file import OfficeFileError, read_office
from server.domain.tickets import OPEN, State
from server.public_holidays import holidays_of

log = logging.getLogger("saduak.db")


class Configurations:
    """Offices as configured, kept in memory by version: a version never changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[int, int], Office] = {}

    def at(self, connection: Connection, office_id: int, version: int) -> Office:
        """Return the office as it was configured at `version`, with what earlier versions had and it has not."""
        known = self._known.get((office_id, version))
        if known is None:
            known = self._known[office_id, version] = read_version(connection, office_id, version)
        return known

    def of(self, office_id: int) -> Callable[[Connection, int], Office]:
        """Return what gives that office as it was configured at a version."""
        return lambda connection, version: self.at(connection, office_id, version)

    def current(self, office_id: int) -> Office:
        """Return the office as it is configured now."""
        with self._engine.connect() as connection:
            version = connection.execute(
                select(OfficeRow.configuration_version).where(OfficeRow.id == office_id)
            ).scalar_one()
            return self.at(connection, office_id, version)


def read_version(connection: Connection, office_id: int, version: int) -> Office:
    """Return the office as it was configured at `version`.

    Reads every version up to that one, for old tickets still name the services and queues of theirs.
    """
    stored = connection.execute(
        select(ConfigurationRow.version, ConfigurationRow.document)
        .where(ConfigurationRow.office_id == office_id, ConfigurationRow.version <= version)
        .order_by(ConfigurationRow.version)
    ).all()
    services: dict[str, Service] = {}
    queues: dict[str, Queue] = {}
    for earlier in stored[:-1]:
        try:
            office = _office(earlier.document, earlier.version)
        except OfficeFileError as error:  # Today's rules for a file may be stricter than those it was read by.
            log.warning("configuration_skipped version=%d mistakes=%s", earlier.version, error)
            continue
        services |= {service.id: service for service in office.services}
        queues |= {queue.id: queue for queue in office.queues}
    return replace(_office(stored[-1].document, version), retired_services=services, retired_queues=queues)


def digest_of(document: str) -> str:
    """Return the SHA-256 of an office file as it is stored: the event that puts it in force tells it."""
    return hashlib.sha256(document.encode()).hexdigest()


def in_force(connection: Connection, office_id: int, version: int) -> tuple[str, datetime]:
    """Return the digest of that version's office file, and since when it has been in force."""
    row = connection.execute(
        select(ConfigurationRow.document, ConfigurationRow.in_force_from).where(
            ConfigurationRow.office_id == office_id, ConfigurationRow.version == version
        )
    ).one()
    return digest_of(row.document), row.in_force_from


def document_of(connection: Connection, office_id: int, version: int) -> dict[str, Any]:
    """Return what the office file of that version says."""
    written = connection.execute(
        select(ConfigurationRow.document).where(
            ConfigurationRow.office_id == office_id, ConfigurationRow.version == version
        )
    ).scalar_one()
    document: dict[str, Any] = json.loads(written)
    return document


def add_office(connection: Connection, document: dict[str, Any], now: datetime) -> int:
    """Save a new office with the first version of its configuration; return its id."""
    office = read_office(document, public_holidays=holidays_of)
    first = {"code": office.code, "seq": 0, "last_hash": "", "configuration_version": 1}
    office_id = insert_one(connection, insert(OfficeRow), first)
    _add_version(connection, office_id, 1, document, now)
    return office_id


def change_office(connection: Connection, office_id: int, document: dict[str, Any], now: datetime) -> int:
    """Save a further version of an office's configuration and put it in force; return the version."""
    read_office(document, public_holidays=holidays_of)
    version = connection.execute(
        update(OfficeRow)
        .where(OfficeRow.id == office_id)
        .values(configuration_version=OfficeRow.configuration_version + 1)
        .returning(OfficeRow.configuration_version)
    ).scalar_one()
    _add_version(connection, office_id, version, document, now)
    return version


@dataclass(frozen=True, slots=True)
class InUse:
    """What visits and officers need just now: queues and services by id, counters by number."""

    queues: frozenset[str]
    services: frozenset[str]
    counters: frozenset[int]


def in_use(connection: Connection, office_id: int, day: date) -> InUse:
    """Return what the day's visits that still go on need, and the counters that somebody has open."""
    going_on = connection.execute(
        select(LegRow.queue, LegRow.service, LegRow.counter, LegRow.bound).where(
            LegRow.office_id == office_id, LegRow.day == day.isoformat(), LegRow.state.in_(OPEN)
        )
    ).all()
    # Who was missed may come back, and then waits in that queue again.
    may_return = connection.scalars(
        select(LegRow.queue).where(
            LegRow.office_id == office_id, LegRow.day == day.isoformat(), LegRow.state == State.NO_SHOW.value
        )
    )
    opened = connection.scalars(
        select(CounterRow.number).where(CounterRow.office_id == office_id, CounterRow.state != "closed")
    )
    at_counters = {each for leg in going_on for each in (leg.counter, leg.bound) if each is not None}
    return InUse(
        queues=frozenset(leg.queue for leg in going_on) | frozenset(may_return),
        services=frozenset(leg.service for leg in going_on),
        counters=frozenset(opened) | at_counters,
    )


def is_in_force(connection: Connection, office_id: int, version: int, document: dict[str, Any]) -> bool:
    """Return whether that version says exactly what this document says."""
    return bool(
        connection.execute(
            select(ConfigurationRow.document == _written(document)).where(
                ConfigurationRow.office_id == office_id, ConfigurationRow.version == version
            )
        ).scalar_one()
    )


def _add_version(connection: Connection, office_id: int, version: int, document: dict[str, Any], now: datetime) -> None:
    connection.execute(
        insert(ConfigurationRow).values(
            office_id=office_id, version=version, in_force_from=now, document=_written(document)
        )
    )


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, default=str)


def _office(written: str, version: int) -> Office:
    return read_office(json.loads(written), version=version, public_holidays=holidays_of)
