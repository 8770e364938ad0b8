"""A database of the version before, with an office's rows in it, becomes one of this version and loses none."""

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Engine, MetaData, column, insert, inspect, select, text
from sqlalchemy import table as table_named
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from server.cli import cli
from server.db.digests import digest
from server.db.engine import open_engine
from server.db.migrating import alembic_config, changing_tables, migrate
from server.db.people import People
from server.db.tickets import office_and_ticket_of_code
from server.loop import Loop
from tests.services.office import Founder

STATES = ("queued", "sending", "sent", "printed", "failed", "unknown", "dropped", "none")
BEFORE = "0002"


def to(engine: Engine, revision: str, *, down: bool = False) -> None:
    config = alembic_config()
    with changing_tables(engine) as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def an_office_of_before(engine: Engine, token: str) -> None:
    """An account, every kind of device with a token, a ticket with a slip in every state."""
    tables = MetaData()
    tables.reflect(engine)

    def add(connection: Connection, table: str, **row: Any) -> None:
        connection.execute(insert(tables.tables[table]), row)

    with changing_tables(engine) as connection:
        add(connection, "offices", id=1, code="old", seq=0, last_hash="", configuration_version=1)
        add(connection, "accounts", id=1, office_id=1, user="reception", role="reception", password_hash="x",
            active=True, created_at=0)  # fmt: skip
        for device, kind in enumerate(("kiosk", "display", "rating", "agent"), start=1):
            add(connection, "devices", id=device, office_id=1, kind=kind, counter=None, created_at=0)
            add(connection, "tokens", digest=digest(f"{token}{device}"), office_id=1, device_id=device, created_at=0)
        add(connection, "visits", id=1, office_id=1, day="2026-11-20", arrived_at=0, ticket_class="regular",
            language="th")  # fmt: skip
        add(connection, "tickets", id=1, office_id=1, visit_id=1, day="2026-11-20", queue="A", number=1, label="A001",
            code="abc", issued_at=0, issued_by="device:1", low_min=0, high_min=5)  # fmt: skip
        for job, state in enumerate(STATES, start=1):
            add(connection, "print_jobs", id=job, office_id=1, ticket_id=1, state=state, queued_at=0)


def rows(engine: Engine, table: str, *columns: str) -> list[tuple[Any, ...]]:
    asked: Any = (
        select(*(column(name) for name in columns)).select_from(table_named(table)).order_by(column(columns[0]))
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(asked)]


def references(engine: Engine) -> set[tuple[str, str]]:
    look = inspect(engine)
    return {
        (table, each["referred_table"]) for table in look.get_table_names() for each in look.get_foreign_keys(table)
    }


def test_an_upgrade_keeps_every_row_and_reference_and_can_be_taken_back(founder: Founder) -> None:
    engine, token = open_engine(founder.empty()), secrets.token_urlsafe(8)
    to(engine, BEFORE)
    an_office_of_before(engine, token)
    before = rows(engine, "devices", "id", "kind"), rows(engine, "print_jobs", "id", "ticket_id", "state")
    referred = references(engine)

    for _ in range(2):
        migrate(engine)
        assert (rows(engine, "devices", "id", "kind"), rows(engine, "print_jobs", "id", "ticket_id", "state")) == before
        assert rows(engine, "print_jobs", "id", "printer", "is_copy")[0][1:] in ((0, 0), (0, False))
        assert referred <= references(engine)
        with engine.connect() as connection:
            kiosk = People(connection).of_token(f"{token}1", datetime.now(UTC))
        assert kiosk
        assert (kiosk.role, kiosk.some_agent) == ("kiosk", 4)
        to(engine, BEFORE, down=True)
        assert (rows(engine, "devices", "id", "kind"), rows(engine, "print_jobs", "id", "ticket_id", "state")) == before
    engine.dispose()


def test_after_an_upgrade_references_are_still_kept(founder: Founder) -> None:
    engine = open_engine(founder.empty())
    to(engine, BEFORE)
    an_office_of_before(engine, "t")
    migrate(engine)

    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text("delete from devices where id = 1"))
    engine.dispose()


def test_a_command_on_an_office_that_was_not_upgraded_yet_says_how(founder: Founder, tmp_path: Path) -> None:
    url = founder.empty()
    engine = open_engine(url)
    to(engine, "0003")
    an_office_of_before(engine, "t")
    settings = {"SADUAK_DATA": str(tmp_path), "SADUAK_DATABASE_URL": url}

    said = CliRunner().invoke(cli, ["credentials"], obj={"loop": Loop()}, env=settings)
    upgraded = CliRunner().invoke(cli, ["migrate"], obj={"loop": Loop()}, env=settings)

    assert (said.exit_code, said.output.count("\n")) == (1, 1), said.output
    assert "earlier version" in said.output
    assert "`saduak migrate`" in said.output
    assert upgraded.exit_code == 0, upgraded.output
    engine.dispose()


def test_a_step_back_is_refused_while_there_is_what_the_version_before_did_not_know(founder: Founder) -> None:
    engine = open_engine(founder.empty())
    to(engine, BEFORE)
    an_office_of_before(engine, "t")
    migrate(engine)
    with changing_tables(engine) as connection:
        connection.execute(text("insert into devices (id, office_id, kind, created_at) values (9, 1, 'keypad', 0)"))

    with pytest.raises(IntegrityError):
        to(engine, BEFORE, down=True)

    assert ("keypad",) in rows(engine, "devices", "kind")
    engine.dispose()


def test_an_upgrade_keeps_of_a_phone_code_the_digest_and_the_old_link_works(founder: Founder) -> None:
    engine = open_engine(founder.empty())
    to(engine, "0003")
    an_office_of_before(engine, "t")
    with changing_tables(engine) as connection:
        kept = {"office_id": 1, "asker": "device:1", "day": "2026-11-20", "fingerprint": "f"}
        for name, answer in (("tap", '{"id":"1","code":"abc"}'), ("pair", "7")):
            connection.execute(
                text("insert into requests (office_id, asker, request_id, day, fingerprint, answer) "
                     "values (:office_id, :asker, :request_id, :day, :fingerprint, :answer)"),
                kept | {"request_id": name, "answer": answer},
            )  # fmt: skip

    migrate(engine)

    with engine.connect() as connection:
        assert office_and_ticket_of_code(connection, "abc") == (1, 1)
        assert office_and_ticket_of_code(connection, digest("abc")) is None
    assert rows(engine, "tickets", "id", "code_digest", "earlier_digest") == [(1, digest("abc"), None)]
    answers = rows(engine, "requests", "request_id", "answer")
    assert [(name, json.loads(answer)) for name, answer in answers] == [("pair", 7), ("tap", {"id": "1"})]
    engine.dispose()
