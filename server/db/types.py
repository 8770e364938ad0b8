"""Column habits, named once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

LARGEST_ID = 2**63 - 1  # What a column of ids holds; a larger one is nobody's, and the databases refuse to look it up.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime stored as integer microseconds since 1970 in UTC.

    SQLite drops zones and compares texts; an integer keeps its order and its moment in both databases.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the microseconds of an aware `value`; ValueError for one without a zone."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else from_microseconds(value)


class CodeSet(TypeDecorator[frozenset[str]]):
    """A set of codes, such as the services that an officer gives, stored as a sorted JSON list; null for none told."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:
        """Return the sorted list as JSON."""
        return None if value is None else json.dumps(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[str] | None:
        """Return the set."""
        return None if value is None else frozenset(json.loads(value))


def to_microseconds(value: datetime) -> int:
    """Return the moment as whole microseconds since 1970 UTC; ValueError if `value` has no zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return (value - EPOCH) // MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the moment, in UTC."""
    return EPOCH + value * MICROSECOND


# SQLite only autoincrements INTEGER; PostgreSQL gets the wide type.
WideInteger = BigInteger().with_variant(Integer, "sqlite")

Identifier = Annotated[int, mapped_column(WideInteger, primary_key=True, autoincrement=True)]
OfficeKey = Annotated[int, mapped_column(ForeignKey("offices.id"), nullable=False)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
PerhapsMoment = Annotated[datetime | None, mapped_column(UtcDateTime)]
Code = Annotated[str, mapped_column(String(64))]
PerhapsCode = Annotated[str | None, mapped_column(String(64))]
Day = Annotated[str, mapped_column(String(10))]  # ISO date of the office's own zone; sorts as text.
Json = Annotated[str, mapped_column(Text)]
PerhapsCodes = Annotated[frozenset[str] | None, mapped_column(CodeSet)]
PerhapsJson = Annotated[str | None, mapped_column(Text)]
