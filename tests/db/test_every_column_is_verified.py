"""Each column that an event tells is changed in turn, one value of it, and `saduak verify` names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, Row, String, Table, Text, update

from server.cli import cli
from server.db.rows import Base, ConfigurationRow, EventRow, OfficeRow
from server.db.told import TOLD, By
from server.db.types import CodeSet, UtcDateTime
from server.domain.events import DeviceChanged
from server.loop import Loop
from server.services import heartbeats, slips
from server.services.configuring import change_configuration, tell_configuration
from server.services.devices import revoke_here
from server.services.paper_shapes import AskAgainRequest
from server.services.printers import PrinterReport, note
from tests.services.office import Founder, OfficeAtWork, document

COLUMNS = [
    (row, name)
    for row, columns in TOLD.items()
    if row is not EventRow  # `tests/db/test_chain.py` changes each of those.
    for name, how in columns.items()
    if isinstance(how, By)
]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OfficeAtWork]:
    """An office in which everything has happened that an event can tell."""
    founder = Founder(tmp_path_factory.mktemp("lived"), None)
    config = document("strict")
    config["services"][0]["quota_per_day"] = 50
    office = founder(config)
    live(office, config)
    yield office
    founder.end()


def live(office: OfficeAtWork, config: dict[str, Any]) -> None:
    tell_configuration(office.db, office.id)
    note(office.db, office.id, 0, PrinterReport("ok", "adequate", "closed", "test", 576))
    office.opens(1)
    office.opens(2)
    served = office.takes_a_number(prints=True)
    for priority in (False, True, False, False):
        office.clock.moves(minutes=1)
        office.takes_a_number(priority=priority, prints=True)
    end_slip(office, int(served.id), "printed", None)
    asked_again(office, 2)
    office.serves(1)
    office.rates(4)
    held = office.calls_somebody(1)
    office.clock.moves(seconds=5)
    office.recalls(held)
    office.starts(held)
    office.holds(held)
    office.clock.moves(seconds=30)
    missed = office.calls_somebody(1)
    office.clock.moves(seconds=40)
    office.misses(missed)
    office.clock.moves(seconds=40)
    office.returns(missed)
    office.resumes(held)
    office.clock.moves(minutes=3)
    office.finishes(held)
    office.clock.moves(minutes=2)
    office.transfers(office.takes_a_number(), counter=1)
    office.serves_a_walk_up(2)
    office.pauses(1, "rest")
    device_told(office)
    config["rule"]["cap"] = 4
    change_configuration(office.db, office.id, config)
    office.takes_a_number()


def end_slip(office: OfficeAtWork, ticket: int, state: str, reason: str | None) -> None:
    with office.db.work(office.id) as work:
        job = work.print_jobs.last_of(ticket)
        assert job is not None
        slips.end(work, job, state, reason)


def asked_again(office: OfficeAtWork, ticket: int) -> None:
    """The slip did not come for sure, was asked for again, and a self-test came."""
    end_slip(office, ticket, "unknown", "printer_silent")
    slips.ask_again(office.db, office.person("reception"), ticket, AskAgainRequest())
    job = slips.queue_self_test(office.db, office.person("administrator"), 0)
    with office.db.work(office.id) as work:
        test = work.print_jobs.by_id(job)
        assert test is not None
        slips.end(work, test, "failed", "cover_open")


def device_told(office: OfficeAtWork) -> None:
    """A tablet was paired, is heard of, and another was shut out."""
    for counter in (1, 2):
        with office.db.work(office.id) as work:
            device = work.devices.add(kind="rating", counter=counter, name=None, now=work.now)
            work.record(DeviceChanged(device=f"device:{device}", state="paired", device_kind="rating", counter=counter))
    heartbeats.beat(office.db, office.kiosk, version="1")
    revoke_here(office.db, office.id, device, has_own_printer=True)


def another(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, frozenset):
        return frozenset({*value, "another"})
    if isinstance(value, str) and value.startswith("{"):
        return value.replace("1", "2", 1)
    return f"x{value[1:]}"


def a_value(table: Table, name: str) -> Any:
    """Return a value for a column that is null wherever there is a row."""
    kind = table.c[name].type
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat("2026-11-23T05:00:00+00:00")
    if isinstance(kind, CodeSet):
        return frozenset({"x"})
    return "x" if isinstance(kind, String | Text) else 7


def _is_told(table: Table, name: str, row: Row[Any]) -> bool:
    """Whether events tell of that very row: of some there is nothing to tell yet."""
    if table.name == "devices":
        return row.revoked_at is not None
    return row.ticket_id is None if (table.name, name) == ("print_jobs", "printer") else True


@contextmanager
def changed(engine: Engine, table: Table, name: str) -> Iterator[None]:
    """Change that column of one row, one of which something is told and that has a value if there is any."""
    with engine.connect() as connection:
        rows = connection.execute(table.select()).all()
        column = table.c[name]
        rows = [row for row in rows if _is_told(table, name, row)]
        row = next((row for row in rows if getattr(row, name) is not None), rows[0])
        value = getattr(row, name)
        this = [each == getattr(row, each.name) for each in table.primary_key]
        connection.rollback()
        for switch in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
            connection.exec_driver_sql(f"PRAGMA {switch}")
        other = a_value(table, name) if value is None else another(value)
        connection.execute(update(table).where(*this).values({name: other}))
        connection.commit()
        back = [(each == other if each is column else each == getattr(row, each.name)) for each in table.primary_key]
        try:
            yield
        finally:
            connection.execute(update(table).where(*back).values({name: value}))
            connection.commit()


def test_a_day_on_which_everything_happened_is_verified(lived: OfficeAtWork) -> None:
    assert lived.verdict().differences == []
    assert {row.__tablename__ for row in TOLD if _has_told(row)} <= _not_empty(lived)


def _has_told(row: type[Base]) -> bool:
    return any(isinstance(how, By) for how in TOLD[row].values())


def _not_empty(office: OfficeAtWork) -> set[str]:
    return {table for table, rows in office.picture().items() if rows}


@pytest.mark.parametrize(("row", "name"), COLUMNS, ids=lambda each: getattr(each, "__tablename__", each))
def test_a_changed_value_is_named_with_its_column(lived: OfficeAtWork, row: type[Base], name: str) -> None:
    table = Base.metadata.tables[row.__tablename__]

    with changed(lived.engine, table, name):
        found = types_verify(lived) if row in (OfficeRow, ConfigurationRow) else lived.verdict().differences

    assert any(f"{table.name}.{name}" in each for each in found), found


def types_verify(office: OfficeAtWork) -> list[str]:
    """Type the command, see it end 1, and return its lines."""
    answer: Result = CliRunner().invoke(cli, ["verify"], obj={"loop": Loop()}, env={"SADUAK_DATABASE_URL": office.url})
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert answer.exit_code == 1, answer.output
    lines: list[str] = answer.output.splitlines()
    return lines
