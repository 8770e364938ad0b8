"""Statements that every ticket runs: written by SQLAlchemy, compiled once, run on the driver's own cursor.

SQLAlchemy looks a statement up and wraps its result at every execution; for these few, that cost more than the
database did (a profile of a server under load: a fifth of each ticket against a tenth). All others go its usual way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The SQL of one dialect, what to give it in which order or by which name, and how to convert each value."""

    sql: str
    order: tuple[str, ...] | None
    fixed: Mapping[str, Any]
    convert: Mapping[str, Convert]

    def parameters(self, facts: Mapping[str, Any]) -> Any:
        given = {**self.fixed, **facts}
        for name, convert in self.convert.items():
            given[name] = convert(given[name])
        return given if self.order is None else tuple([given[name] for name in self.order])


class Prepared:
    """One statement; `columns` are the names that an insert is given values for."""

    def __init__(self, statement: ClauseElement, *columns: str) -> None:
        self._statement = statement
        self._columns = columns
        self._by_dialect: dict[str, _Compiled] = {}

    def row(self, connection: Connection, facts: Mapping[str, Any]) -> Any:
        """Run it and return its first row as a tuple, as the driver gives it (no types), or None."""
        cursor = self._run(connection, facts)
        try:
            return cursor.fetchone()
        finally:
            cursor.close()

    def rows(self, connection: Connection, facts: Mapping[str, Any]) -> list[Any]:
        """Run it and return all its rows as tuples, as the driver gives them (no types)."""
        cursor = self._run(connection, facts)
        try:
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def run(self, connection: Connection, facts: Mapping[str, Any]) -> int:
        """Run it and return the id that SQLite gave a new row, or what `RETURNING` says; 0 for neither."""
        cursor = self._run(connection, facts)
        try:
            if cursor.description:
                return int(cursor.fetchone()[0])
            return int(getattr(cursor, "lastrowid", None) or 0)
        finally:
            cursor.close()

    def _run(self, connection: Connection, facts: Mapping[str, Any]) -> Any:
        compiled = self._by_dialect.get(connection.dialect.name) or self._compile(connection.dialect)
        parameters = compiled.parameters(facts)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.sql, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            cursor.close()
            is_gone = connection.dialect.is_disconnect(error, connection.connection.driver_connection, cursor)
            if is_gone:
                connection.invalidate(error)  # Else closing it would try to undo over a wire that is cut, and raise.
            raise DBAPIError.instance(
                compiled.sql, parameters, error, connection.dialect.loaded_dbapi.Error,
                connection_invalidated=is_gone, dialect=connection.dialect,
            ) from error  # fmt: skip
        return cursor

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self._statement
        if isinstance(statement, Insert) and dialect.name == "postgresql" and "id" in statement.table.c:
            statement = statement.returning(statement.table.c.id)
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(self._columns) or None)
        convert = {}
        for bound, name in compiled.bind_names.items():
            processor = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if processor is not None:
                convert[name] = processor
        order = tuple(compiled.positiontup) if compiled.positional else None
        known = _Compiled(str(compiled), order, dict(compiled.params), convert)
        self._by_dialect[dialect.name] = known
        return known
