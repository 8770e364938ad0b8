"""What an office configures is kept in versions, and each command works by the one in force."""

import pytest
from alembic import command
from sqlalchemy import update

from server.db.configurations import change_office
from server.db.engine import open_engine, writing
from server.db.migrating import alembic_config, migrate
from server.db.rows import Base, LegRow
from server.db.tickets import office_and_ticket_of_code
from server.domain.errors import NothingToUndo
from server.domain.events import TicketCalled, from_payload
from server.domain.office_file import OfficeFileError
from tests.services.office import Founder, OfficeAtWork, document


def test_a_change_is_a_new_version_and_the_old_one_stays(office: OfficeAtWork) -> None:
    office.takes_a_number()
    changed = document()
    changed["rule"]["cap"] = 5

    with office.db.writing() as connection:
        version = change_office(connection, office.id, changed, office.clock.now)
    office.takes_a_number()

    assert version == 2
    assert (office.config.rule.cap, office.config.rule.version) == (5, 2)
    assert [event.rule_version for event in office.events()] == [1, 2]
    with office.engine.connect() as connection:
        assert office.db.configurations.at(connection, office.id, 1).rule.cap == 3


def test_a_change_with_a_mistake_changes_nothing(office: OfficeAtWork) -> None:
    before = office.picture()

    with pytest.raises(OfficeFileError), office.db.writing() as connection:
        change_office(connection, office.id, document(queues=[]), office.clock.now)

    assert office.picture() == before


def test_a_phone_page_is_found_by_its_code(office: OfficeAtWork) -> None:
    ticket = office.takes_a_number()
    code = office.code_of(ticket)

    with office.engine.connect() as connection:
        assert office_and_ticket_of_code(connection, code) == (office.id, int(ticket.id))
        for guess in (code.upper(), "", code + "\0", "\ud800", "x" * 10_000):
            assert office_and_ticket_of_code(connection, guess) is None


def test_what_an_audience_was_last_told_is_the_newest_event_of_its_kinds(office: OfficeAtWork) -> None:
    office.db.hears = {"display": frozenset({"ticket_called"}), "rating": frozenset({"rating_opened"})}
    office.opens(1)
    office.opens(2)
    for counter in (1, 2, 1):
        office.takes_a_number()
        office.serves(counter)

    with office.db.read(office.id) as look:
        said = {event.seq: (event.kind, event.counter) for event in office.events()}
        assert look.told_to("display") == max(seq for seq, (kind, _) in said.items() if kind == "ticket_called")
        assert said[look.told_to("rating", 2)] == ("rating_opened", 2)
        assert said[look.told_to("rating", 1)] == ("rating_opened", 1)
        assert look.told_to("rating", 1) > look.told_to("rating", 2)
        assert look.told_to("rating", 6) == 0
        assert look.told_to("somebody without a list") == len(said)


def test_what_was_stored_before_there_was_an_undo_still_agrees_with_its_events(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.serves(1)
    called = office.takes_a_number()
    office.calls_somebody(1)

    with office.engine.connect() as connection:
        connection.execute(update(LegRow).values(last_seq=None, before=None, waits_since=None))
        connection.commit()

    assert office.verdict().differences == []
    with office.refuses(NothingToUndo):
        office.undoes(called)
    assert office.starts(called).state == "serving"


def test_a_call_of_before_calls_told_how_overtook_by_the_class_rule_only() -> None:
    said = {"ticket": 1, "leg": 1, "number": "A001", "service": "x", "queue": "A", "counter": 1, "call_id": 9,
            "times": 1, "language": "th"}  # fmt: skip

    old = from_payload("ticket_called", said | {"passed": 2})
    alone = from_payload("ticket_called", said | {"passed": 0})

    assert isinstance(old, TicketCalled)
    assert isinstance(alone, TicketCalled)
    assert (old.how, alone.how) == ("class_rule", "turn")


def test_the_tables_can_be_taken_away_again_step_by_step(found: Founder) -> None:
    engine = open_engine(found.empty())
    migrate(engine)

    with writing(engine) as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        left = set(connection.dialect.get_table_names(connection)) & set(Base.metadata.tables)
    engine.dispose()

    assert left == set()
