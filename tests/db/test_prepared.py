"""Statements run on the driver's own cursor do what SQLAlchemy would: the same values, ids and refusals."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from server.db.prepared import Prepared
from server.db.rows import TicketRow, VisitRow
from tests.services.office import OfficeAtWork

A_VISIT = {"office_id": 1, "day": "2026-11-23", "arrived_at": datetime(2026, 11, 23, 2, tzinfo=UTC),
           "ticket_class": "regular", "language": "th"}  # fmt: skip
ADD_VISIT = Prepared(insert(VisitRow), *A_VISIT)
FIND = select(VisitRow).where(VisitRow.id == bindparam("visit"))


def test_a_new_row_has_the_id_that_the_database_gave_it_and_its_times_as_they_were(office: OfficeAtWork) -> None:
    with office.db.writing() as connection:
        first, second = ADD_VISIT.run(connection, A_VISIT), ADD_VISIT.run(connection, A_VISIT)

    assert second == first + 1
    with office.engine.connect() as connection:
        found = connection.execute(FIND, {"visit": first}).one()
    assert {name: getattr(found, name) for name in A_VISIT} == A_VISIT


def test_it_is_a_part_of_the_transaction_around_it(office: OfficeAtWork) -> None:
    def adds_and_fails() -> None:
        with office.db.writing() as connection:
            ADD_VISIT.run(connection, A_VISIT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        adds_and_fails()

    assert office.picture()["visits"] == []


def test_what_the_table_refuses_is_refused_by_the_same_name(office: OfficeAtWork) -> None:
    office.takes_a_number()
    ticket: dict[str, Any] = {"visit": 1, "day": office.clock.now.date(), "queue": "A", "number": 1, "label": "A001",
                              "code": "other", "issued_at": office.clock.now, "issued_by": "device:1", "low_min": 0,
                              "high_min": 5, "quote": None}  # fmt: skip

    with pytest.raises(IntegrityError), office.db.work(office.id) as work:
        work.tickets.add(**ticket)
    with pytest.raises(IntegrityError), office.db.writing() as connection:
        ADD_VISIT.run(connection, A_VISIT | {"ticket_class": "king"})

    assert office.takes_a_number().number == "A002"


def test_a_row_is_as_the_driver_gives_it_and_none_where_there_is_none(office: OfficeAtWork) -> None:
    find = Prepared(select(TicketRow.number, TicketRow.issued_at).where(TicketRow.label == bindparam("label")))
    ticket = office.takes_a_number()

    with office.engine.connect() as connection:
        assert find.row(connection, {"label": ticket.number}) == (1, int(office.clock.now.timestamp() * 1_000_000))
        assert find.row(connection, {"label": "' or 1=1; --"}) is None
