"""Saving one new row and learning its id, the same way everywhere."""

from collections.abc import Mapping

from sqlalchemy import Insert
from sqlalchemy.engine import Connection


def insert_one(connection: Connection, statement: Insert, values: Mapping[str, object]) -> int:
    """Save the row and return the id that the database gave it; LookupError if the table gives none."""
    key = connection.execute(statement, values).inserted_primary_key
    if not key:
        raise LookupError("the table gave no id")
    return int(key[0])
