"""Brings a database to the tables of this version."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from server.db.engine import begin, is_sqlite, writing
from server.db.file import make_file

MIGRATIONS = Path(__file__).with_name("migrations")


def alembic_config() -> Config:
    """Return Alembic's settings for our steps."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: Engine) -> None:
    """Apply every step that the database has not had yet; none if it is up to date. All of them or, refused, none."""
    config = alembic_config()
    make_file(engine)
    if _is_up_to_date(engine, config):
        return
    with changing_tables(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def changing_tables(engine: Engine) -> Iterator[Connection]:
    """Open a write transaction in which tables may be made anew that others refer to.

    SQLite changes a table by making it anew, and would refuse to drop the old one while rows refer to it. It looks at
    the references at the end instead; it can be told so only before the transaction begins.
    """
    make_file(engine)
    if not is_sqlite(engine):
        with writing(engine) as connection:
            yield connection
        return
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            begin(connection, write=True)
            yield connection
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"rows would refer to rows that are not there: {broken[:5]}")
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def _is_up_to_date(engine: Engine, config: Config) -> bool:
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(config).get_current_head()
