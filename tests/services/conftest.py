"""Offices to test with."""

from tests.services.founding_offices import (
    found,
    found_on_postgres,
    found_on_sqlite,
    founder,
    office,
    postgres_founder,
    sqlite_founder,
    strict,
)

__all__ = [
    "found",
    "found_on_postgres",
    "found_on_sqlite",
    "founder",
    "office",
    "postgres_founder",
    "sqlite_founder",
    "strict",
]
