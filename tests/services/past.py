"""Gives an office a long past: finished, rated and printed visits in every table they touch, written by the database.

Only for what must not depend on the past. The events are plausible but their hashes are not: `saduak verify` would say
so. Columns that are added later get their default, or nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Column, Engine, Table, inspect
from sqlalchemy.engine import Connection

from server.db.engine import is_sqlite
from server.db.rows import Base
from server.domain.office import Office
from server.domain.phone_codes import ALPHABET

DAY_LASTS = timedelta(hours=7)
COUNTERS = 4
KINDS = (
    "ticket_issued",
    "ticket_called",
    "service_started",
    "service_finished",
    "rating_opened",
    "rating_given",
)
IDENTIFIED = ("visits", "tickets", "legs", "rating_slots", "print_jobs")


def live_through(engine: Engine, office: Office, office_id: int, *, visits: int, days: int, until: date) -> None:
    """Fill a newly founded office with so many visits, spread over the `days` before `until`."""
    engine.dispose()  # SQLite changes its journal only for somebody who is alone.
    with engine.connect() as connection:
        if is_sqlite(engine):
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            connection.exec_driver_sql("BEGIN")
        for statement in _statements(connection, office, office_id, visits, days, until):
            connection.exec_driver_sql(statement)
        connection.commit()
        connection.invalidate()  # The next connection is opened with the house's own pragmas.
    if not is_sqlite(engine):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


@dataclass(frozen=True, slots=True)
class _Day:
    """One day of the past: its visits are those after `before`, `people` of them."""

    date: date
    before: int
    people: int

    @property
    def opens(self) -> int:
        """Microseconds, as the tables keep them."""
        return int(datetime.combine(self.date, time(1, 30), UTC).timestamp()) * 1_000_000

    @property
    def gap(self) -> int:
        """Microseconds between two arrivals."""
        return DAY_LASTS // timedelta(microseconds=1) // max(1, self.people)


def _statements(
    connection: Connection, office: Office, office_id: int, visits: int, days: int, until: date
) -> Iterator[str]:
    known = {name: {each["name"] for each in inspect(connection).get_columns(name)} for name in Base.metadata.tables}
    before = 0
    for number in range(days):
        people = visits * (number + 1) // days - before
        day = _Day(until - timedelta(days=days - number), before, people)
        for table, written in _rows_of(day, office, random_code=_random_code(connection)):
            yield _insert(Base.metadata.tables[table], written | {"office_id": str(office_id)}, day)
        before += people
    last = _Day(until - timedelta(days=1), 0, 1)
    closed = f", closed_before = '{until.isoformat()}'" if "closed_before" in known["offices"] else ""
    yield (
        f"UPDATE offices SET seq = {len(KINDS) * visits}, last_hash = 'past', "
        f"last_at = {last.opens + DAY_LASTS // timedelta(microseconds=1)}{closed} WHERE id = {office_id}"
    )
    if connection.dialect.name == "postgresql":
        for name in IDENTIFIED:
            yield f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {visits + 1}, false)"


def _random_code(connection: Connection) -> str:
    """Return SQL for a code as random as the house's: it must fall anywhere in the index, not at its end."""
    size = len(ALPHABET)
    if connection.dialect.name == "sqlite":
        return f"substr('{ALPHABET}', 1 + abs(random() % {size}), 1) || substr(lower(hex(randomblob(6))), 1, 11)"
    first = f"substr('{ALPHABET}', 1 + floor(random() * {size})::int, 1)"
    return f"{first} || substr(md5(random()::text), 1, 11)"


def _rows_of(day: _Day, office: Office, *, random_code: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each table with the SQL of its columns; `i` counts the day's people from 1."""
    n = f"({day.before} + i)"
    queues = [queue.id for queue in office.queues]
    service_of = {service.queue: service.id for service in reversed(office.services)}
    queue = _one_of(queues)
    number = f"(i / {len(queues)} + 1)"
    facts = {
        "id": n, "visit_id": n, "ticket_id": n, "day": f"'{day.date.isoformat()}'", "queue": queue, "number": number,
        "label": f"{queue} || {number}", "service": _one_of([service_of.get(each, "none") for each in queues]),
        "ticket_class": f"CASE {_turn(5)} WHEN 0 THEN 'priority' ELSE 'regular' END", "language": "'th'",
        "counter": f"({_turn(COUNTERS)} + 1)", "officer": "'account:4'", "code_digest": random_code,
        "issued_by": "'device:1'", "low_min": "5", "high_min": "20", "calls": "1", "call_id": _seq(n, 1),
        "score": f"({_turn(5)} + 1)", "passed": "0",
    } | {name: _at(day, minutes) for name, minutes in _MINUTES.items()}  # fmt: skip
    yield "visits", facts
    yield "tickets", facts
    yield "legs", facts | {"state": "'finished'", "last_seq": _seq(n, 3)}
    yield "rating_slots", facts
    yield "print_jobs", facts | {"state": "'sent'"}
    for place, kind in enumerate(KINDS):
        yield "events", _event(day, kind, place, n, facts)


_MINUTES = {
    "arrived_at": 0, "issued_at": 0, "joined_at": 0, "place_at": 0, "key_at": 0, "queued_at": 0, "ended_at": 1,
    "called_at": 12, "started_at": 13, "finished_at": 20, "opened_at": 20, "expires_at": 21, "rated_at": 20.5,
}  # fmt: skip
_MOMENT = dict(zip(KINDS, (0, 12, 13, 20, 20, 20.5), strict=True))


def _event(day: _Day, kind: str, place: int, n: str, facts: dict[str, str]) -> dict[str, str]:
    label, counter = facts["label"], facts["counter"]
    said = f"""'{{"counter":' || {counter} || ',"leg":' || {n} || ',"number":"' || {label} || '","ticket":' || {n}
            || '}}'"""
    if place == 0:
        said = f"""'{{"day":"{day.date}","leg":' || {n} || ',"number":"' || {label} || '","queue":"' || {facts["queue"]}
            || '","service":"' || {facts["service"]} || '","ticket":' || {n} || ',"visit":' || {n} || '}}'"""
    return {
        "seq": _seq(n, place), "kind": f"'{kind}'", "version": "1", "payload": said,
        "occurred_at": _at(day, _MOMENT[kind]), "recorded_at": _at(day, _MOMENT[kind]), "actor": "'account:4'",
        "rule_version": "1", "counter": "NULL" if place == 0 else counter,
        "previous_hash": "'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'",
    }  # fmt: skip


def _seq(n: str, place: int) -> str:
    return f"({len(KINDS)} * ({n} - 1) + {place + 1})"


def _at(day: _Day, minutes: float) -> str:
    return f"({day.opens} + i * {day.gap} + {int(minutes * 60_000_000)})"


def _one_of(texts: list[str]) -> str:
    cases = " ".join(f"WHEN {at} THEN '{each}'" for at, each in enumerate(texts))
    return f"(CASE {_turn(len(texts))} {cases} END)"


def _turn(size: int) -> str:
    """Return SQL for the remainder of `i`; a per cent sign would be a parameter to PostgreSQL's driver."""
    return f"(i - i / {size} * {size})"


def _insert(table: Table, written: dict[str, str], day: _Day) -> str:
    columns = {column.name: written.get(column.name) or _default(column) for column in table.columns}
    return (
        f"WITH RECURSIVE people(i) AS (SELECT CAST(1 AS BIGINT) WHERE {day.people} > 0 UNION ALL "
        f"SELECT i + 1 FROM people WHERE i < {day.people}) "
        f"INSERT INTO {table.name} ({', '.join(_quoted(each) for each in columns)}) "
        f"SELECT {', '.join(columns.values())} FROM people"
    )


def _quoted(name: str) -> str:
    return f'"{name}"'


def _default(column: Column[Any]) -> str:
    """Return SQL for a column that this module does not know."""
    if column.nullable:
        return "NULL"
    value = getattr(column.default, "arg", None)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return "''" if column.type.python_type is str else "0"
