"""The last step of a ticket, taken back by whoever took it: what was is again, and nothing is deleted."""

import json
from collections.abc import Callable

import pytest

from server.domain.errors import (
    AlreadyRated,
    CannotUndo,
    CounterBusy,
    NothingToUndo,
    NotYourStep,
    SlotExpired,
    UndoTooLate,
)
from server.services import looking_at_counter
from server.services.shapes import Ticket
from tests.services.office import OfficeAtWork

Step = Callable[[OfficeAtWork, Ticket], object]
# Each step, from the state that a ticket at counter 1 has before it.
STEPS: dict[str, tuple[str, Step]] = {
    "service_started": ("called", lambda office, ticket: office.starts(ticket)),
    "ticket_no_show": ("called", lambda office, ticket: office.misses(ticket)),
    "ticket_held": ("serving", lambda office, ticket: office.holds(ticket)),
    "service_finished": ("serving", lambda office, ticket: office.finishes(ticket)),
    "service_added": ("serving", lambda office, ticket: office.adds_a_service(ticket, "death")),
    "ticket_transferred": ("serving", lambda office, ticket: office.transfers(ticket, office.officer(1), queue="F")),
    "ticket_cancelled": ("serving", lambda office, ticket: office.cancels(ticket, office.officer(1))),
    "ticket_resumed": ("held", lambda office, ticket: office.resumes(ticket)),
    "ticket_returned": ("no_show", lambda office, ticket: office.returns(ticket, office.officer(1))),
}


def a_ticket_that_is(office: OfficeAtWork, state: str) -> Ticket:
    office.opens(1)
    office.takes_a_number()
    ticket = office.calls_somebody(1)
    if state == "no_show":
        return office.misses(ticket)
    if state in {"serving", "held"}:
        ticket = office.starts(ticket)
    return office.holds(ticket) if state == "held" else ticket


@pytest.mark.parametrize("step", STEPS)
def test_a_step_taken_back_leaves_the_ticket_as_it_was(office: OfficeAtWork, step: str) -> None:
    state, takes = STEPS[step]
    before = a_ticket_that_is(office, state)
    office.clock.moves(seconds=5)
    takes(office, before)
    office.clock.moves(seconds=50)

    assert office.undoes(before) == before

    last = json.loads(office.events("step_undone")[-1].payload)
    assert (last["step"], last["state"]) == (step, state)
    assert office.verdict().differences == []
    with office.refuses(NothingToUndo, number="A001"):
        office.undoes(before)


def test_a_call_taken_back_puts_the_citizen_where_they_stood(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.takes_a_number()
    called = office.calls_somebody()

    back = office.undoes(called)

    assert (back.state, back.calls, back.counter, back.ahead) == ("waiting", 0, None, 0)
    assert office.line() == ["A001", "A002"]


def test_a_call_taken_back_overtook_nobody_and_the_capped_wait_as_before(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    for _ in range(4):
        office.clock.moves(minutes=1)
        office.takes_a_number(priority=True)
    for _ in range(2):
        office.misses(office.calls_somebody())
    third = office.calls_somebody()
    assert (third.number, office.line()) == ("A004", ["A001", "A005"])  # Overtaken three times, A001 goes first.

    office.undoes(third)

    assert office.line() == ["A004", "A005", "A001"]
    assert office.verdict().differences == []
    assert [office.calls_somebody().number, office.line()] == ["A004", ["A001", "A005"]]


def test_who_came_after_the_undone_call_was_not_overtaken_by_it(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.clock.moves(minutes=1)
    office.takes_a_number(priority=True)
    called = office.calls_somebody()
    office.clock.moves(seconds=20)
    office.takes_a_number()

    office.undoes(called)

    assert office.line() == ["A002", "A001", "A003"]
    assert office.verdict().differences == []


def test_a_finish_taken_back_withdraws_the_rating_and_the_next_finish_opens_it_again(office: OfficeAtWork) -> None:
    served = a_ticket_that_is(office, "serving")
    office.finishes(served)
    slot = office.open_slot()

    office.undoes(served)
    with office.refuses(SlotExpired):
        office.rates(5, slot=slot)
    office.clock.moves(minutes=3)
    office.finishes(served)

    assert office.open_slot() == slot
    assert office.rates(4).score == 4
    assert office.kinds()[-5:] == [
        "rating_withdrawn", "step_undone", "service_finished", "rating_opened", "rating_given"
    ]  # fmt: skip
    assert office.verdict().differences == []


def test_the_visit_finished_last_is_rated_first_even_if_its_slot_is_an_old_one(office: OfficeAtWork) -> None:
    first = a_ticket_that_is(office, "serving")
    office.finishes(first)
    slot = office.open_slot()
    office.takes_a_number()
    office.serves(minutes=0.1)
    office.undoes(first)
    office.clock.moves(seconds=1)

    office.finishes(first)

    assert office.open_slot() == slot


def test_after_the_tap_a_finish_stays(office: OfficeAtWork) -> None:
    served = a_ticket_that_is(office, "serving")
    office.finishes(served)
    office.rates(5)

    with office.refuses(AlreadyRated):
        office.undoes(served)


def test_a_minute_later_it_is_too_late(office: OfficeAtWork) -> None:
    called = a_ticket_that_is(office, "called")
    office.clock.moves(seconds=60.000001)

    with office.refuses(UndoTooLate, number="A001", seconds=60):
        office.undoes(called)


def test_only_who_took_the_step_takes_it_back(office: OfficeAtWork) -> None:
    called = a_ticket_that_is(office, "called")
    office.opens(2)

    for somebody_else in (office.officer(2), office.person("reception")):
        with office.refuses(NotYourStep, number="A001"):
            office.undoes(called, somebody_else)


def test_a_counter_that_is_busy_meanwhile_takes_nobody_back(office: OfficeAtWork) -> None:
    served = a_ticket_that_is(office, "serving")
    office.holds(served)
    office.takes_a_number()
    office.calls_somebody()

    with office.refuses(CounterBusy, counter=1, number="A002"):
        office.undoes(served)


def test_what_was_heard_or_began_at_the_counter_is_not_taken_back(office: OfficeAtWork) -> None:
    recalled = office.recalls(a_ticket_that_is(office, "called"))
    with office.refuses(CannotUndo, number="A001", step="ticket_recalled"):
        office.undoes(recalled)
    office.misses(recalled)

    walked_up = office.serves_a_walk_up()
    with office.refuses(CannotUndo, step="walk_up_started"):
        office.undoes(walked_up)


def test_a_ticket_just_taken_has_nothing_to_take_back(office: OfficeAtWork) -> None:
    ticket = office.takes_a_number()

    with office.refuses(NothingToUndo, number="A001"):
        office.undoes(ticket)


def test_reception_takes_its_own_transfer_back(office: OfficeAtWork) -> None:
    waiting = office.takes_a_number("id_renew")
    reception = office.person("reception")
    office.transfers(waiting, service="death")

    back = office.undoes(waiting, reception)

    assert (back.queue, back.service, back.state) == ("A", "id_renew", "waiting")
    assert office.line(1) == ["A001"]
    assert office.line(3) == []
    assert office.verdict().differences == []


def test_what_is_rated_is_not_offered_to_be_taken_back(office: OfficeAtWork) -> None:
    office.finishes(a_ticket_that_is(office, "serving"))

    def offered() -> object:
        return looking_at_counter.counter_state(office.db, office.officer(1), 1).undo

    assert offered() is not None
    office.rates(5)
    assert offered() is None
