"""What offices configured: versioned documents, read once each."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.engine import Connection

from server.db.inserting import insert_one
from server.db.rows import ConfigurationRow, OfficeRow
from server.domain.office import Office
from server.domain.office_file import read_office


class Configurations:
    """Offices as configured, kept in memory by version: a version never changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[tuple[int, int], Office] = {}

    def at(self, connection: Connection, office_id: int, version: int) -> Office:
        """Return the office as it was configured at `version`."""
        known = self._known.get((office_id, version))
        if known is None:
            document = connection.execute(
                select(ConfigurationRow.document).where(
                    ConfigurationRow.office_id == office_id, ConfigurationRow.version == version
                )
            ).scalar_one()
            known = self._known[office_id, version] = read_office(json.loads(document), version=version)
        return known

    def current(self, office_id: int) -> Office:
        """Return the office as it is configured now."""
        with self._engine.connect() as connection:
            version = connection.execute(
                select(OfficeRow.configuration_version).where(OfficeRow.id == office_id)
            ).scalar_one()
            return self.at(connection, office_id, version)


def add_office(connection: Connection, document: dict[str, Any], now: datetime) -> int:
    """Save a new office with the first version of its configuration; return its id."""
    office = read_office(document)
    first = {"code": office.code, "seq": 0, "last_hash": "", "configuration_version": 1}
    office_id = insert_one(connection, insert(OfficeRow), first)
    _add_version(connection, office_id, 1, document, now)
    return office_id


def change_office(connection: Connection, office_id: int, document: dict[str, Any], now: datetime) -> int:
    """Save a further version of an office's configuration and put it in force; return the version."""
    read_office(document)
    version = connection.execute(
        update(OfficeRow)
        .where(OfficeRow.id == office_id)
        .values(configuration_version=OfficeRow.configuration_version + 1)
        .returning(OfficeRow.configuration_version)
    ).scalar_one()
    _add_version(connection, office_id, version, document, now)
    return version


def _add_version(connection: Connection, office_id: int, version: int, document: dict[str, Any], now: datetime) -> None:
    written = json.dumps(document, ensure_ascii=False, sort_keys=True, default=str)
    connection.execute(
        insert(ConfigurationRow).values(office_id=office_id, version=version, in_force_from=now, document=written)
    )
