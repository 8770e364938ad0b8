"""An officer at a counter: every command that fits, and every one that does not and changes nothing."""

import json
from collections.abc import Callable

import pytest

from server.domain.errors import (
    CounterBusy,
    CounterClosed,
    CounterTaken,
    Forbidden,
    OfficerElsewhere,
    RecallLimit,
    RecallTooSoon,
    TicketNotAtCounter,
    UnknownCounter,
    UnknownTicket,
    WrongState,
)
from server.services import serving, staffing, summoning
from server.services.shapes import NoShowRequest, Ticket
from tests.services.office import OfficeAtWork

Step = Callable[[OfficeAtWork, Ticket], object]
COMMANDS: dict[str, Step] = {
    "recall": lambda office, ticket: office.recalls(ticket),
    "start": lambda office, ticket: office.starts(ticket),
    "finish": lambda office, ticket: office.finishes(ticket),
    "no_show": lambda office, ticket: office.misses(ticket),
}
FITTING = {"waiting": set(), "called": {"recall", "start", "no_show"}, "serving": {"finish"}, "finished": set(),
           "no_show": set()}  # fmt: skip


def a_ticket_that_is(office: OfficeAtWork, state: str) -> Ticket:
    """A ticket in that state at counter 1, by the way that leads there."""
    office.opens(1)
    ticket = office.takes_a_number()
    if state != "waiting":
        ticket = office.calls_somebody(1)
    if state in {"serving", "finished"}:
        ticket = office.starts(ticket)
    if state == "finished":
        ticket = office.finishes(ticket)
    if state == "no_show":
        ticket = office.misses(ticket)
    assert ticket.state == state
    return ticket


def test_a_visit_from_the_tap_to_the_tablet(office: OfficeAtWork) -> None:
    office.opens(1)
    ticket = office.takes_a_number(language="en")

    office.clock.moves(minutes=12)
    called = office.calls_somebody(1)
    office.clock.moves(seconds=45)
    started = office.starts(called)
    office.clock.moves(minutes=9)
    finished = office.finishes(started)

    assert (called.id, called.number, called.counter, called.calls) == (ticket.id, "A001", 1, 1)
    assert [each.state for each in (called, started, finished)] == ["called", "serving", "finished"]
    assert finished.issued_at == ticket.issued_at
    assert finished.called_at == called.called_at
    assert finished.started_at == started.started_at
    assert finished.finished_at == office.clock.now
    assert finished.finished_at.utcoffset() is not None
    assert office.kinds() == [
        "counter_opened",
        "ticket_issued",
        "ticket_called",
        "service_started",
        "service_finished",
        "rating_opened",
    ]


@pytest.mark.parametrize("state", FITTING)
def test_a_command_in_the_wrong_state_changes_nothing(office: OfficeAtWork, state: str) -> None:
    ticket = a_ticket_that_is(office, state)

    for name, command in COMMANDS.items():
        if name not in FITTING[state]:
            with office.refuses(WrongState, number="A001", state=state, command=name):
                command(office, ticket)


@pytest.mark.parametrize("state", ["called", "serving"])
def test_another_counters_officer_may_not_touch_the_ticket(office: OfficeAtWork, state: str) -> None:
    ticket = a_ticket_that_is(office, state)
    commands = (office.recalls, office.starts, office.misses) if state == "called" else (office.finishes,)

    for command in commands:
        with office.refuses(TicketNotAtCounter, number="A001"):
            command(ticket, 2)  # Officer 2 is at no counter.
    office.opens(2)
    for command in commands:
        with office.refuses(TicketNotAtCounter, number="A001", counter=2):
            command(ticket, 2)


def test_a_ticket_that_nobody_gave_is_unknown(office: OfficeAtWork) -> None:
    office.opens(1)

    for nobody in (1, 0, -1, 2**63, 10**30):
        with office.refuses(UnknownTicket, ticket=nobody):
            serving.start(office.db, office.officer(1), nobody, "again")


def test_a_closed_counter_calls_nobody(office: OfficeAtWork) -> None:
    office.takes_a_number()

    with office.refuses(CounterClosed, counter=1):
        office.calls(1)
    office.opens(1)
    office.closes(1)
    with office.refuses(CounterClosed, counter=1):
        office.calls(1)


@pytest.mark.parametrize("state", ["called", "serving"])
def test_a_counter_with_a_visit_in_hand_calls_nobody_and_does_not_close(office: OfficeAtWork, state: str) -> None:
    a_ticket_that_is(office, state)
    office.takes_a_number()

    with office.refuses(CounterBusy, counter=1, number="A001"):
        office.calls(1)
    with office.refuses(CounterBusy, counter=1, number="A001"):
        office.closes(1)


def test_a_counter_belongs_to_who_opened_it(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()

    for command in (staffing.open_counter, staffing.close_counter, summoning.call_next):
        with office.refuses(CounterTaken, counter=1):
            command(office.db, office.officer(2), 1, None)


def test_an_officer_is_at_one_counter_only(office: OfficeAtWork) -> None:
    office.opens(1)

    with office.refuses(OfficerElsewhere, counter=1):
        staffing.open_counter(office.db, office.officer(1), 2, None)
    office.closes(1)
    state = staffing.open_counter(office.db, office.officer(1), 2, None).value

    assert (state.counter.number, state.counter.state) == (2, "open")
    assert state.counter.officer
    assert state.counter.officer.name == "officer1"


def test_opening_or_closing_twice_happens_once(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(1)
    office.closes(1)
    office.closes(1)

    assert office.kinds() == ["counter_opened", "counter_closed"]


@pytest.mark.parametrize("number", [0, 7, -1, 10**30])
def test_a_counter_that_is_not_there_is_unknown(office: OfficeAtWork, number: int) -> None:
    for command in (staffing.open_counter, staffing.close_counter, summoning.call_next):
        with office.refuses(UnknownCounter, counter=number):
            command(office.db, office.officer(1), number, "again")


@pytest.mark.parametrize("user", ["manager", "reception", "administrator"])
def test_only_officers_work_at_counters(office: OfficeAtWork, user: str) -> None:
    someone = office.person(user)

    for counter_command in (staffing.open_counter, staffing.close_counter, summoning.call_next):
        with office.refuses(Forbidden, role=user):
            counter_command(office.db, someone, 1, None)
    for command in (serving.recall, serving.start, serving.finish):
        with office.refuses(Forbidden, role=user):
            command(office.db, someone, 1, None)
    with office.refuses(Forbidden, role=user):
        serving.no_show(office.db, someone, 1, NoShowRequest())


def test_nobody_waits_in_the_counters_own_queues(strict: OfficeAtWork) -> None:
    strict.opens(1)
    strict.opens(2)
    strict.takes_a_number("complaint")

    assert strict.calls(1) is None  # Counter 1 serves identity cards only.
    assert strict.calls_somebody(2).number == "R001"


def test_a_counter_of_several_queues_calls_who_came_first(strict: OfficeAtWork) -> None:
    strict.opens(3)
    for service in ("complaint", "id_renew", "certified_copy"):
        strict.takes_a_number(service)
        strict.clock.moves(seconds=1)

    called = []
    for _ in range(3):
        ticket = strict.calls_somebody(3)
        strict.misses(ticket, 3)
        called.append(ticket.number)

    assert called == ["R001", "K001", "L501"]


def test_a_priority_ticket_passes_those_of_the_last_quarter_hour_three_times_each_at_most(
    office: OfficeAtWork,
) -> None:
    office.opens(1)
    office.takes_a_number()
    office.clock.moves(minutes=1)
    for _ in range(5):
        office.takes_a_number(priority=True)
        office.clock.moves(minutes=1)

    called = []
    for _ in range(6):
        ticket = office.calls_somebody(1)
        office.misses(ticket)
        called.append(ticket.number)

    assert called == ["A002", "A003", "A004", "A001", "A005", "A006"]
    passed = [json.loads(event.payload) for event in office.events("ticket_called")]
    assert [(each["passed"], each["passed_first"], each["passed_last"]) for each in passed] == [
        (1, 1, 1),
        (1, 1, 1),
        (1, 1, 1),
        (0, None, None),
        (0, None, None),
        (0, None, None),
    ]


def test_recalls_are_counted_and_kept_apart(office: OfficeAtWork) -> None:
    ticket = a_ticket_that_is(office, "called")

    first = office.recalls(ticket)
    with office.refuses(RecallTooSoon, seconds=30):
        office.recalls(ticket)
    office.clock.moves(seconds=30)
    office.recalls(ticket)
    office.clock.moves(seconds=30)
    last = office.recalls(ticket)
    office.clock.moves(hours=1)
    with office.refuses(RecallLimit, limit=3):
        office.recalls(ticket)

    assert (first.calls, last.calls) == (2, 4)
    assert [json.loads(event.payload)["times"] for event in office.events("ticket_recalled")] == [2, 3, 4]
    assert {event.counter for event in office.events("ticket_recalled")} == {1}


def test_every_call_has_the_number_of_its_event(office: OfficeAtWork) -> None:
    ticket = a_ticket_that_is(office, "called")
    office.recalls(ticket)

    calls = [event for event in office.events() if event.kind in {"ticket_called", "ticket_recalled"}]

    assert [json.loads(event.payload)["call_id"] for event in calls] == [event.seq for event in calls]


def test_after_a_no_show_the_counter_is_free_and_no_rating_opens(office: OfficeAtWork) -> None:
    missed = a_ticket_that_is(office, "no_show")
    office.takes_a_number()

    assert office.calls_somebody(1).number == "A002"
    assert missed.ended_at == office.clock.now
    assert (missed.started_at, missed.finished_at) == (None, None)  # Nothing was finished.
    assert office.events("rating_opened") == []


def test_who_waits_over_the_break_is_called_after_it(strict: OfficeAtWork) -> None:
    strict.clock.stands_at("11:55")
    strict.opens(1)
    strict.takes_a_number("id_renew")
    strict.clock.stands_at("12:30")

    assert strict.calls_somebody(1).number == "K001"  # No new numbers at lunch, but those given are served.
