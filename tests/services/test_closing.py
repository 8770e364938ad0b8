"""The day is over: what was forgotten is closed with that reason, never deleted, and the morning begins at one."""

import json

from server.domain.errors import CounterClosed
from server.services.closing import close_day_if_over
from tests.services.office import OfficeAtWork


def test_forgotten_tickets_of_every_state_are_closed_next_morning(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    held, called, serving, waiting = (office.takes_a_number() for _ in range(4))
    office.starts(office.calls_somebody(1))
    office.holds(held)
    office.calls_somebody(1)
    office.starts(office.calls_somebody(2), 2)
    office.clock.moves(hours=23)

    tomorrow = office.takes_a_number()

    assert tomorrow.number == "A001"
    assert [office.ticket(each).state for each in (held, called, serving, waiting)] == ["closed"] * 4
    closed = [json.loads(each.payload) for each in office.events("ticket_closed")]
    assert [(each["number"], each["reason"]) for each in closed] == [
        ("A001", "day_end"), ("A002", "day_end"), ("A003", "day_end"), ("A004", "day_end")
    ]  # fmt: skip
    assert office.line() == ["A001"]
    assert office.verdict().differences == []


def test_counters_left_open_are_closed_with_the_day(strict: OfficeAtWork) -> None:
    strict.opens(1)
    strict.opens(2)
    strict.pauses(2)
    strict.closes(1)
    strict.opens(3)
    strict.clock.moves(hours=24)

    close_day_if_over(strict.db, strict.id)
    close_day_if_over(strict.db, strict.id)

    closed = [(each.counter, json.loads(each.payload)["reason"]) for each in strict.events("counter_closed")]
    assert closed == [(1, "officer"), (2, "day_end"), (3, "day_end")]
    assert strict.verdict().differences == []


def test_an_office_that_never_closes_keeps_who_came_before_midnight(office: OfficeAtWork) -> None:
    office.clock.stands_at("23:58")
    office.opens(1)
    late = office.takes_a_number()
    office.clock.moves(minutes=5)

    after = office.takes_a_number()

    assert (late.number, after.number) == ("A001", "A001")
    assert office.events("ticket_closed") == office.events("counter_closed") == []
    called = office.calls_somebody(1)
    assert called.id == late.id  # Who came first goes first, whatever the day.
    office.finishes(office.starts(called))
    assert office.serves(1).id == after.id
    assert office.verdict().differences == []


def test_who_came_before_midnight_and_was_forgotten_is_closed_hours_later(office: OfficeAtWork) -> None:
    office.clock.stands_at("23:58")
    late = office.takes_a_number()
    office.clock.moves(hours=1)
    office.takes_a_number()
    assert office.ticket(late).state == "waiting"
    office.clock.moves(hours=3)

    office.takes_a_number()

    assert office.ticket(late).state == "closed"
    assert office.verdict().differences == []


def test_a_refused_command_closes_no_day(office: OfficeAtWork) -> None:
    office.takes_a_number()
    office.clock.moves(hours=24)

    with office.refuses(CounterClosed):
        office.calls(1)
    close_day_if_over(office.db, office.id)

    assert len(office.events("ticket_closed")) == 1
