"""An officer comes to a counter, pauses, puts a visit aside, goes on, goes: nobody in hand is forgotten."""

import json

from server.db.people import People
from server.domain.errors import (
    CounterAwaited,
    CounterBusy,
    CounterClosed,
    CounterTaken,
    OfficerElsewhere,
    ReasonNeeded,
    TicketNotAtCounter,
)
from server.services import reporting, staffing
from server.services.looking_at_counter import counter_state
from server.services.shapes import Ticket
from tests.services.office import OfficeAtWork


def a_served_ticket(office: OfficeAtWork, counter: int = 1) -> Ticket:
    office.opens(counter)
    office.takes_a_number()
    return office.starts(office.calls_somebody(counter), counter)


def test_a_break_has_a_reason_and_ends_by_opening_again(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    for reason in (None, "tired"):
        with office.refuses(ReasonNeeded):
            office.pauses(1, reason)

    office.pauses(1, "lunch")
    seen = counter_state(office.db, office.officer(1), 1).counter
    assert (seen.state, seen.pause_reason) == ("break", "lunch")
    with office.refuses(CounterClosed, counter=1):
        office.calls(1)
    office.opens(1)

    assert office.calls_somebody().number == "A001"
    assert office.kinds()[:4] == ["counter_opened", "ticket_issued", "counter_paused", "counter_opened"]
    assert office.verdict().differences == []


def test_who_has_somebody_in_hand_takes_no_break_and_goes_nowhere(office: OfficeAtWork) -> None:
    a_served_ticket(office)

    with office.refuses(CounterBusy, counter=1, number="A001"):
        office.pauses(1)
    with office.refuses(CounterBusy, counter=1, number="A001"):
        office.closes(1)


def test_a_counter_on_a_break_is_still_its_officers(office: OfficeAtWork) -> None:
    office.opens(1)
    office.pauses(1)

    with office.refuses(CounterTaken, counter=1):
        staffing.open_counter(office.db, office.officer(2), 1, None)
    with office.refuses(OfficerElsewhere, counter=1):
        staffing.open_counter(office.db, office.officer(1), 2, None)
    with office.refuses(CounterTaken, counter=1):
        staffing.pause_counter(office.db, office.officer(2), 1, "rest", None)


def test_a_counter_that_somebody_was_sent_to_does_not_close(office: OfficeAtWork) -> None:
    office.opens(3)
    waiting = office.takes_a_number("id_renew")
    office.transfers(waiting, counter=3)

    with office.refuses(CounterAwaited, counter=3, waiting=1):
        office.closes(3)
    office.serves(3)
    office.closes(3)


def test_a_held_visit_leaves_the_counter_free_for_others(office: OfficeAtWork) -> None:
    held = a_served_ticket(office)
    office.takes_a_number()

    assert office.holds(held).state == "held"
    office.serves(1)
    resumed = office.resumes(held)

    assert (resumed.state, resumed.counter) == ("serving", 1)
    assert office.finishes(held).state == "finished"
    assert office.verdict().differences == []


def test_several_visits_are_on_hold_and_the_busy_counter_resumes_none(office: OfficeAtWork) -> None:
    first = a_served_ticket(office)
    office.holds(first)
    second = a_served_ticket(office)
    office.holds(second)
    third = a_served_ticket(office)

    with office.refuses(CounterBusy, counter=1, number=third.number):
        office.resumes(first)
    held = counter_state(office.db, office.officer(1), 1).held
    assert [each.number for each in held] == [first.number, second.number]


def test_another_counter_goes_on_with_a_held_visit_once_its_own_is_closed(office: OfficeAtWork) -> None:
    held = a_served_ticket(office)
    office.holds(held)
    office.opens(2)

    with office.refuses(TicketNotAtCounter, number="A001", counter=2):
        office.resumes(held, 2)
    office.closes(1)
    resumed = office.resumes(held, 2)

    assert (resumed.state, resumed.counter) == ("serving", 2)
    assert office.finishes(held, 2).counter == 2
    assert office.verdict().differences == []


def test_the_time_on_hold_is_no_time_of_service(office: OfficeAtWork) -> None:
    served = a_served_ticket(office)
    office.clock.moves(minutes=4)
    office.holds(served)
    office.clock.moves(minutes=30)
    office.resumes(served)
    office.clock.moves(minutes=3)
    office.finishes(served)

    asked = reporting.question(None, None, "queue", today=office.clock().date())
    answer = reporting.waiting_report(office.engine, office.person("manager"), office.config, asked, now=office.clock())
    (row,) = [each for each in answer.report.rows if each.n]
    assert (row.service.mean_s, row.total.mean_s) == (7 * 60, 37 * 60)
    assert office.verdict().differences == []


def test_several_services_in_one_visit_are_several_legs_and_one_rating(office: OfficeAtWork) -> None:
    first = a_served_ticket(office)
    office.clock.moves(minutes=5)
    second = office.adds_a_service(first, "death")
    office.clock.moves(minutes=8)
    office.finishes(second)
    office.rates(5)

    assert (second.id, second.number, second.service, second.state) == (first.id, "A001", "death", "serving")
    assert len(office.events("rating_opened")) == 1
    asked = reporting.question(None, None, "service", today=office.clock().date())
    answer = reporting.waiting_report(office.engine, office.person("manager"), office.config, asked, now=office.clock())
    times = {row.key: row.service.mean_s for row in answer.report.rows if row.service.mean_s}
    assert times == {"id_renew": 5 * 60, "death": 8 * 60}
    assert office.verdict().differences == []


def test_an_officer_of_some_services_calls_those_only_from_the_next_opening_on(office: OfficeAtWork) -> None:
    services = frozenset({"id_first"})
    office.opens(1)
    account = office.officer(1).account
    assert account is not None
    with office.db.writing() as connection:
        People(connection).change_rights(account, services=services, may_call_out_of_order=True)
    office.knows_again("officer1")
    office.takes_a_number("id_renew")
    office.takes_a_number("id_first")
    assert office.line() == ["A001", "A002"]

    office.closes(1)
    office.opens(1)

    assert office.line() == ["A002"]
    assert office.calls_somebody().number == "A002"
    said = [json.loads(each.payload)["services"] for each in office.events("counter_opened")]
    assert said == [None, ["id_first"]]
    assert office.verdict().differences == []
