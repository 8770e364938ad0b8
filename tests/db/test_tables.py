"""What the tables themselves promise, whoever writes to them."""

from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Table, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError

from server.db.engine import open_engine
from server.db.events import last_of
from server.db.migrating import migrate
from server.db.rows import Base, LegRow, OfficeRow, TicketRow
from tests.services.office import Founder, OfficeAtWork


def a_row_like(office: OfficeAtWork, table: str, **changes: Any) -> dict[str, Any]:
    """A copy of the table's last row, with these changes and without its id."""
    rows = Base.metadata.tables[table]
    with office.engine.connect() as connection:
        *_, last = connection.execute(select(rows).order_by(*rows.primary_key.columns)).mappings()
    return {name: value for name, value in last.items() if name != "id"} | changes


def save(office: OfficeAtWork, table: str, row: dict[str, Any]) -> None:
    with office.db.writing() as connection:
        connection.execute(insert(Base.metadata.tables[table]), row)


def legs_of(office: OfficeAtWork) -> list[dict[str, Any]]:
    with office.engine.connect() as connection:
        rows = connection.execute(select(LegRow.__table__).order_by(LegRow.id)).mappings()
        return [dict(row) for row in rows]


@pytest.fixture
def busy(office: OfficeAtWork) -> OfficeAtWork:
    """An office with one ticket in hand at counter 1, one finished before it, and one that waits."""
    office.opens(1)
    office.takes_a_number(request_id="first", prints=True)
    office.serves(1)
    office.takes_a_number()
    office.takes_a_number()
    office.calls_somebody(1)
    return office


def test_the_same_number_twice_a_day_is_refused_by_the_table(busy: OfficeAtWork) -> None:
    again = a_row_like(busy, "tickets", code_digest="another")

    with pytest.raises(IntegrityError):
        save(busy, "tickets", again)
    with pytest.raises(IntegrityError):
        save(busy, "tickets", again | {"label": "A999"})
    save(busy, "tickets", again | {"day": "2026-11-24"})


def test_two_visits_in_hand_at_one_counter_are_refused_by_the_table(busy: OfficeAtWork) -> None:
    waiting = update(LegRow).where(LegRow.state == "waiting")

    for state in ("called", "serving"):
        with pytest.raises(IntegrityError), busy.db.writing() as connection:
            connection.execute(waiting.values(state=state, counter=1))
    with busy.db.writing() as connection:
        connection.execute(waiting.values(state="called", counter=2))


def test_a_held_visit_leaves_its_counter_free_and_there_may_be_several(busy: OfficeAtWork) -> None:
    with busy.db.writing() as connection:
        connection.execute(update(LegRow).where(LegRow.state == "called").values(state="held"))
        connection.execute(update(LegRow).where(LegRow.state == "waiting").values(state="held", counter=1))
        connection.execute(update(LegRow).where(LegRow.state == "finished").values(state="serving", counter=1))

    assert [leg["state"] for leg in legs_of(busy)] == ["serving", "held", "held"]


def test_a_called_leg_without_a_counter_is_refused_by_the_table(busy: OfficeAtWork) -> None:
    with pytest.raises(IntegrityError), busy.db.writing() as connection:
        connection.execute(update(LegRow).where(LegRow.state == "called").values(counter=None))


def test_two_rating_slots_for_one_visit_are_refused_by_the_table(busy: OfficeAtWork) -> None:
    with pytest.raises(IntegrityError):
        save(busy, "rating_slots", a_row_like(busy, "rating_slots", counter=2))


def test_an_officer_at_two_counters_is_refused_by_the_table(busy: OfficeAtWork) -> None:
    with pytest.raises(IntegrityError):
        save(busy, "counters", a_row_like(busy, "counters", number=2))
    save(busy, "counters", a_row_like(busy, "counters", number=2, state="closed"))


def test_one_request_has_one_answer_in_the_table(busy: OfficeAtWork) -> None:
    with pytest.raises(IntegrityError):
        save(busy, "requests", a_row_like(busy, "requests", answer="{}"))
    save(busy, "requests", a_row_like(busy, "requests", asker="device:999"))


def test_one_event_has_one_number_in_the_table(busy: OfficeAtWork) -> None:
    with pytest.raises(IntegrityError):
        save(busy, "events", a_row_like(busy, "events", payload="{}"))


@pytest.mark.parametrize(
    ("table", "column", "nonsense"),
    [
        ("legs", "state", "eaten"),
        ("print_jobs", "state", "eaten"),
        ("counters", "state", "ajar"),
        ("accounts", "role", "king"),
        ("devices", "kind", "toaster"),
        ("visits", "ticket_class", "first"),
        ("rating_slots", "score", 6),
        ("rating_slots", "score", 0),
        ("legs", "ticket_id", 999),
        ("tickets", "visit_id", 999),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_the_table(
    busy: OfficeAtWork, table: str, column: str, nonsense: object
) -> None:
    found: Table = Base.metadata.tables[table]

    with pytest.raises(IntegrityError), busy.db.writing() as connection:
        connection.execute(update(found).values({column: nonsense}))


def test_a_token_belongs_to_one_owner(busy: OfficeAtWork) -> None:
    token = a_row_like(busy, "tokens", digest="x")

    with pytest.raises(IntegrityError):
        save(busy, "tokens", token | {"account_id": 1, "device_id": 1})
    with pytest.raises(IntegrityError):
        save(busy, "tokens", token | {"account_id": None, "device_id": None})


def test_every_constraint_and_index_has_a_name() -> None:
    for table in Base.metadata.tables.values():
        assert all(each.name for each in table.indexes), table.name
        assert all(each.name for each in table.constraints), table.name


def test_a_migrated_database_has_exactly_the_tables_that_the_rows_describe(found: Founder) -> None:
    engine = open_engine(found.empty())
    migrate(engine)
    migrate(engine)  # A second time changes nothing.

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        inspector = inspect(connection)
        for table in Base.metadata.tables.values():
            checks = {each["name"] for each in inspector.get_check_constraints(table.name)}
            assert checks == {each.name for each in table.constraints if isinstance(each, CheckConstraint)}
            stored = {each["name"]: each for each in inspector.get_indexes(table.name)}
            for index in table.indexes:
                assert stored[str(index.name)]["column_names"] == [column.name for column in index.columns]
                wanted = index.dialect_options[connection.dialect.name]["where"]
                kept = stored[str(index.name)].get("dialect_options", {}).get(f"{connection.dialect.name}_where")
                assert (wanted is None) == (kept is None), index.name
    engine.dispose()


def test_the_office_keeps_its_seq_beside_its_last_event(busy: OfficeAtWork) -> None:
    with busy.engine.connect() as connection:
        seq, _ = last_of(connection, busy.id)
        last_at = connection.execute(select(OfficeRow.last_at)).scalar_one()
        issued = connection.execute(select(TicketRow.issued_at).order_by(TicketRow.id)).scalars().first()

    assert seq == len(busy.events())
    assert last_at == busy.clock.now
    assert issued == busy.clock.now - timedelta(minutes=10)
