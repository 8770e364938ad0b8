"""Brings a database to the tables of this version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from server.db.engine import writing

MIGRATIONS = Path(__file__).with_name("migrations")


def alembic_config() -> Config:
    """Return Alembic's settings for our steps."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(engine: Engine) -> None:
    """Apply every step that the database has not had yet; none if it is up to date."""
    config = alembic_config()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
