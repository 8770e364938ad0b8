"""Opens the database: SQLite as one file beside the server, or PostgreSQL for a province."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine import Connection

CHECKPOINT_PAGES = 8000  # 32 MB: by default every 66th ticket would wait for the log to be folded back.
MOST_CACHED_BYTES = 8_000_000  # Of all connections together: each of a pool's would fill a cache of its own.
# SQLite sleeps in C while it waits, so nobody else runs: short, and retried by the unit of work.
BUSY_MILLISECONDS = 50
LOCK_MILLISECONDS = 5000
POOL_SECONDS = 5.0  # Then the asker is told that the database is busy.


def sqlite_url(data: Path) -> str:
    """Return the address of the embedded database in the data folder."""
    return f"sqlite:///{data / 'saduak.sqlite3'}"


def open_engine(url: str, *, pooled: bool = True) -> Engine:
    """Return an engine for `url`. `pooled=False` is for native threads beside a cooperative loop: a pool's lock
    belongs to the loop and must not be waited for elsewhere."""
    options: dict[str, Any] = {} if pooled else {"poolclass": NullPool}
    if url.startswith("sqlite"):
        # Whoever closes a connection has ended its transaction; a second rollback would cost each ticket 2 %.
        options |= {"pool_reset_on_return": None}
        engine = create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000}, **options)
        event.listen(engine, "do_connect", _open_what_is_there)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    if pooled:
        # Commands of an office wait for each other in their process (`Database`), so this is for reads. Four processes
        # of it stay below the hundred connections that PostgreSQL allows by default.
        options |= {"pool_size": 10, "max_overflow": 10, "pool_timeout": POOL_SECONDS}
    # Whoever holds an office's row for longer than this has forgotten it; the others are told, not kept waiting.
    limits = {"options": f"-c lock_timeout={LOCK_MILLISECONDS}"}
    return create_engine(url, pool_pre_ping=True, connect_args=limits, **options)


def is_sqlite(engine: Engine) -> bool:
    """Return whether this is the embedded database."""
    return engine.dialect.name == "sqlite"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a connection in a write transaction; committed at the end, undone if anything is raised."""
    with engine.connect() as connection:
        begin(connection, write=True)
        yield connection
        connection.commit()


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """Open a connection whose every read sees the database as it was at the first one."""
    with engine.connect() as connection:
        begin(connection)
        yield connection


def begin(connection: Connection, *, write: bool = False) -> None:
    """Begin a transaction, one that sees a single moment unless it writes.

    On SQLite we say BEGIN ourselves, for the driver begins only before the first write. No engine event does this:
    one listener there slows every statement by a tenth. PostgreSQL looks anew at each statement unless told otherwise.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    elif write:
        connection.begin()  # Prepared statements run on the driver; SQLAlchemy must know that it has to commit.
    else:
        connection.execution_options(isolation_level="REPEATABLE READ")


def _open_what_is_there(_dialect: object, _record: object, names: list[str], how: dict[str, Any]) -> None:
    """Have the file opened, and never made: SQLite would make an empty database in the place of one that was lost."""
    names[0] = f"{Path(names[0]).absolute().as_uri()}?mode=rw"
    how["uri"] = True


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # See `begin`.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "cache_size=-16000",
        f"soft_heap_limit={MOST_CACHED_BYTES}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
