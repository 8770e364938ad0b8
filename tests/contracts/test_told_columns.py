"""Each column of each table is listed: told by an event, so that verify compares it, or of no account, and why."""

from server.db.rows import Base
from server.db.told import TOLD, By, NoAccount

HOW = (
    "list it in server/db/told.py, under its row: `By((events.SomethingHappened,))` if an event tells it (add what "
    "the event says to server/services/retelling.py, and the test that changes every column will try it), or "
    '`NoAccount("because …")` if none does'
)


def test_every_column_of_every_table_is_told_by_an_event_or_of_no_account_for_a_reason() -> None:
    there = {f"{table}.{column.name}" for table, found in Base.metadata.tables.items() for column in found.columns}
    listed = {f"{row.__tablename__}.{column}" for row, columns in TOLD.items() for column in columns}

    assert sorted(there - listed) == [], HOW
    assert sorted(listed - there) == [], "take it out of server/db/told.py: there is no such column any more"


def test_a_column_is_told_by_some_event_or_has_a_reason_in_words() -> None:
    for row, columns in TOLD.items():
        for name, column in columns.items():
            where = f"{row.__tablename__}.{name}"
            assert column.events if isinstance(column, By) else len(column.because.split()) > 2, f"{where}: {HOW}"
            assert isinstance(column, By | NoAccount)
