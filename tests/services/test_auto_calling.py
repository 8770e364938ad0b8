"""A counter that is idle gets the next by itself, where the office wants it; and a day that is over is closed."""

import pytest

from server.loop import Loop
from server.services.auto_calling import AutoCalling
from tests.services.office import Founder, OfficeAtWork, document


@pytest.fixture
def office(found: Founder) -> OfficeAtWork:
    """The demo office whose counters 1 and 2 call by themselves after ten idle seconds."""
    wanted = document()
    for counter in wanted["counters"][:2]:
        counter["auto_call_after_seconds"] = 10
    return found(wanted)


def watch(office: OfficeAtWork) -> AutoCalling:
    return AutoCalling(office.db, office.id, Loop(), lambda seconds: seconds)


def test_an_idle_counter_gets_the_next_after_its_time(office: OfficeAtWork) -> None:
    office.opens(1)
    ticket = office.takes_a_number()
    watching = watch(office)

    assert watching.look() == pytest.approx(5)
    assert office.ticket(ticket).state == "waiting"
    office.clock.moves(seconds=9)
    assert watching.look() == pytest.approx(1)
    assert office.ticket(ticket).state == "waiting"
    office.clock.moves(seconds=1)
    watching.look()

    called = office.ticket(ticket)
    assert (called.state, called.counter) == ("called", 1)
    event = office.events("ticket_called")[-1]
    assert (event.actor, event.device) == (office.officer(1).key, "auto_call")


def test_it_waits_again_after_each_visit_and_leaves_breaks_and_other_counters_alone(office: OfficeAtWork) -> None:
    for counter in (1, 2, 3):
        office.opens(counter)
    for _ in range(3):
        office.takes_a_number()
    office.pauses(2)
    office.clock.moves(seconds=30)
    watching = watch(office)

    watching.look()
    first = office.ticket_in_hand(1)
    office.starts(first)
    office.clock.moves(minutes=5)
    office.finishes(first)
    watching.look()
    assert office.in_hand(1) is None
    office.clock.moves(seconds=10)
    watching.look()

    assert office.ticket_in_hand(1).id != first.id
    assert office.in_hand(2) is None
    assert office.in_hand(3) is None


def test_two_watchers_call_one_person(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.takes_a_number()
    office.clock.moves(seconds=60)

    watch(office).look()
    watch(office).look()

    assert len(office.events("ticket_called")) == 1


def test_the_watch_closes_the_day_without_any_command(office: OfficeAtWork) -> None:
    forgotten = office.takes_a_number()
    watching = watch(office)
    watching.look()

    office.clock.moves(hours=20)
    watching.look()

    assert office.ticket(forgotten).state == "closed"
    closed = office.events("ticket_closed")
    assert [event.actor for event in closed] == ["system"]
