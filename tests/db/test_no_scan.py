"""Issue and call cost the same after a million visits: none of their statements goes through the past (DESIGN 10).

The statements are overheard at the driver, so that those which skip SQLAlchemy are heard too, and explained by the
database itself. A plan is bounded when the past cannot make it longer: it looks a row up by something narrower than the
office, or goes through an index that holds only what is unfinished.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, insert

from server.db.engine import is_sqlite, open_engine
from server.db.rows import Base, RequestRow
from tests.services.office import Founder, OfficeAtWork
from tests.services.past import live_through

GROW_WITH_THE_PAST = {"visits", "tickets", "legs", "events", "rating_slots", "print_jobs", "requests"}
# The partial indexes on a state: whoever is finished is not in them.
UNFINISHED_ONLY = {
    index.name
    for name in GROW_WITH_THE_PAST
    for index in Base.metadata.tables[name].indexes
    if "state" in str(index.dialect_options["sqlite"]["where"])
}
ONE_ROW_OR_DAY = re.compile(r"\b(?!office_id\b)(\w+)\)?(?:::\w+)? ?= ?")
SQLITE_STEP = re.compile(r"(SCAN|SEARCH) (\w+?)(?:_\d+)?(?: |$)(?:.*INDEX (\w+))?.*?(?:\((.*)\))?$")


@dataclass
class Overheard:
    """What was said to the database while listening: statements, with their parameters where they are apart."""

    engine: Engine
    statements: list[tuple[str, Any]] = field(default_factory=list)
    listening: bool = False

    def note(self, statement: str, parameters: Any = None) -> None:
        """Keep what reads or writes rows."""
        if self.listening and statement.lstrip()[:6].lower() in {"select", "insert", "update", "delete", "with r"}:
            self.statements.append((statement, parameters))

    @contextmanager
    def hears(self) -> Iterator[None]:
        """Listen until the block ends."""
        self.listening = True
        try:
            yield
        finally:
            self.listening = False


@pytest.fixture
def past(found: Founder) -> Iterator[tuple[OfficeAtWork, Overheard]]:
    """An office with forty days behind it, and somebody who hears what it says to its database."""
    founded = found()
    with founded.engine.begin() as connection:  # A morning's answers: PostgreSQL would rightly scan an empty table.
        connection.execute(insert(RequestRow), [
            {"office_id": founded.id, "asker": "device:9", "request_id": f"tap {number}", "fingerprint": "",
             "answer": "", "day": founded.clock.now.date().isoformat()} for number in range(2000)
        ])  # fmt: skip
    live_through(founded.engine, founded.config, founded.id, visits=4000, days=40, until=founded.clock.now.date())
    overheard = Overheard(open_engine(founded.url))
    listen(overheard)
    yield OfficeAtWork(founded.url, founded.clock, overheard.engine), overheard
    overheard.engine.dispose()
    if not is_sqlite(founded.engine):
        with founded.engine.begin() as connection:  # Deleting so many row by row would take long.
            connection.exec_driver_sql(f"TRUNCATE {', '.join(sorted(GROW_WITH_THE_PAST))}")


def test_no_statement_of_issuing_or_calling_goes_through_the_past(past: tuple[OfficeAtWork, Overheard]) -> None:
    office, overheard = past
    office.opens(1)
    office.takes_a_number()  # The first command of a day also tidies up, once.

    with overheard.hears():
        a_quarter_of_an_hour(office)

    said = "\n".join(statement.lower() for statement, _ in overheard.statements)
    for table in ("visits", "tickets", "legs", "print_jobs", "requests", "events"):
        assert f"insert into {table} " in said, "it was not overheard"
    assert "passed" in said
    assert unbounded(overheard.engine, overheard.statements) == []


def test_a_plan_that_goes_through_the_past_is_seen(past: tuple[OfficeAtWork, Overheard]) -> None:
    _, overheard = past
    through = [
        "select count(*) from legs",
        "select count(*) from legs where office_id = 1 and service = 'id_renew'",
        "select max(seq) from events where office_id = 1 and kind = 'ticket_called'",
        "select count(*) from events where office_id = 1 and seq > 5",
        "select count(*) from tickets where office_id = 1 and number = 5",
    ]
    bounded = [
        "select id from legs where office_id = 1 and state = 'waiting' and queue = 'A' order by key_at, id",
        "select id from legs where ticket_id = 5",
        "select kind from events where office_id = 1 and seq = 5",
        "select id from tickets where code_digest = 'abc' or earlier_digest = 'abc'",
        "select seq from offices",
    ]

    assert [len(unbounded(overheard.engine, [(each, None)])) for each in through] == [1] * len(through)
    assert unbounded(overheard.engine, [(each, None) for each in bounded]) == []


def a_quarter_of_an_hour(office: OfficeAtWork) -> None:
    """Two ordinary citizens, then a priority one who passes both; each served, every tap twice."""
    for number, priority in enumerate((False, False, True)):
        office.clock.moves(minutes=1)
        for _ in range(2):
            office.takes_a_number(priority=priority, request_id=f"tap {number}", prints=True)
    for number in range(4):
        office.clock.moves(minutes=3)
        called = office.calls(1, request_id=f"call {number}")
        assert called is not None
        assert office.calls(1, request_id=f"call {number}") == called
        office.starts(called)
        office.finishes(called)
    assert office.calls(1) is None


def listen(overheard: Overheard) -> None:
    """Hear all that is said on each new connection, whoever says it, as it is said: with its parameters apart.

    With its values filled in, a statement may have a better plan than it really gets.
    """
    if is_sqlite(overheard.engine):
        factory = heard_sqlite(overheard)
        event.listen(overheard.engine, "do_connect", lambda *how: how[3].update(factory=factory))
    else:
        cursor = heard_postgres(overheard)
        event.listen(overheard.engine, "connect", lambda connection, _: setattr(connection, "cursor_factory", cursor))


def heard_sqlite(overheard: Overheard) -> type[sqlite3.Connection]:
    class HeardCursor(sqlite3.Cursor):
        def execute(self, statement: str, parameters: Any = (), /) -> "HeardCursor":
            overheard.note(statement, parameters)
            super().execute(statement, parameters)
            return self

    class HeardConnection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(HeardCursor)

    return HeardConnection


def heard_postgres(overheard: Overheard) -> type[psycopg.Cursor[Any]]:
    class HeardCursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **how: Any) -> "HeardCursor":
            overheard.note(str(query), params)
            super().execute(query, params, **how)
            return self

    return HeardCursor


def unbounded(engine: Engine, statements: Iterable[tuple[str, Any]]) -> list[str]:
    """Return each statement whose plan grows with the past, and the step that does."""
    offences = []
    with engine.connect() as connection:
        for statement, parameters in statements:
            steps = sqlite_steps if is_sqlite(engine) else postgres_steps
            for table, index, condition, told in steps(connection.connection.driver_connection, statement, parameters):
                if table in GROW_WITH_THE_PAST and index not in UNFINISHED_ONLY and not is_narrow(condition):
                    offences.append(f"{told}: {' '.join(statement.split())}")
    return offences


def is_narrow(condition: str) -> bool:
    """Return whether the index is asked for one value of something besides the office."""
    return bool(ONE_ROW_OR_DAY.search(condition))


Step = tuple[str, str | None, str, str]  # Table, index, what the index is asked for, and the step in full.


def sqlite_steps(connection: Any, statement: str, parameters: Any) -> Iterator[Step]:
    for *_, told in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters or ()).fetchall():
        if found := SQLITE_STEP.match(told):
            how, table, index, condition = found.groups()
            yield table, index, condition if how == "SEARCH" and condition else "", told


def postgres_steps(connection: Any, statement: str, parameters: Any) -> Iterator[Step]:
    with psycopg.Cursor(connection) as cursor:
        found = cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), parameters).fetchone()
    assert found is not None
    yield from steps_in(found[0][0]["Plan"])


def steps_in(node: dict[str, Any]) -> Iterator[Step]:
    """Yield the scans of a PostgreSQL plan; a bitmap's index does not name its table, but our indexes do."""
    index = node.get("Index Name")
    table = node.get("Relation Name") or next((each for each in GROW_WITH_THE_PAST if f"_{each}" in str(index)), "")
    if "Scan" in node["Node Type"] and node["Node Type"] != "Bitmap Heap Scan":
        condition = node.get("Index Cond", "")
        yield table, index, condition, f"{node['Node Type']} {table} {index} {json.dumps(condition)}"
    for inner in node.get("Plans", []):
        yield from steps_in(inner)
