"""A visit that does not take the straight way: back into the line, on to another place, or away."""

import json
from datetime import timedelta

from server.domain.errors import (
    CounterClosed,
    NowhereToGo,
    ReasonNeeded,
    TicketFinishedAlready,
    TicketNotAtCounter,
    TicketOfAnotherDay,
    TicketServingAlready,
    UnknownQueue,
    UnknownService,
)
from server.services.reporting import question, waiting_report
from server.services.shapes import Ticket
from tests.services.office import OfficeAtWork


def a_missed_ticket(office: OfficeAtWork, others: int) -> Ticket:
    """A001 was called to counter 1 and did not come; so many others wait."""
    office.opens(1)
    office.takes_a_number()
    missed = office.misses(office.calls_somebody())
    for _ in range(others):
        office.clock.moves(minutes=1)
        office.takes_a_number()
    return missed


def test_who_comes_back_stands_third_and_after_a_second_time_last(office: OfficeAtWork) -> None:
    missed = a_missed_ticket(office, others=4)

    back = office.returns(missed)
    assert (back.state, back.number, back.ahead, back.calls) == ("waiting", "A001", 2, 0)
    assert office.line() == ["A002", "A003", "A001", "A004", "A005"]

    for _ in range(3):
        again = office.misses(office.calls_somebody())
    office.returns(again)
    assert again.number == "A001"
    assert office.line() == ["A004", "A005", "A001"]
    assert office.verdict().differences == []


def test_who_comes_back_on_another_day_takes_a_new_number(office: OfficeAtWork) -> None:
    missed = a_missed_ticket(office, others=0)
    office.clock.moves(hours=24)

    with office.refuses(TicketOfAnotherDay, number="A001", day="2026-11-23"):
        office.returns(missed)


def test_an_officer_takes_back_who_missed_the_own_counter_only(office: OfficeAtWork) -> None:
    missed = a_missed_ticket(office, others=0)
    office.opens(2)

    with office.refuses(TicketNotAtCounter, number="A001", counter=2):
        office.returns(missed, by=office.officer(2))
    assert office.returns(missed, by=office.officer(1)).state == "waiting"


def test_a_transfer_keeps_number_and_arrival_and_waits_in_the_other_queue(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(3)
    ticket = office.takes_a_number("id_renew")
    office.clock.moves(minutes=5)
    office.takes_a_number("death")
    started = office.starts(office.calls_somebody(1))
    office.clock.moves(minutes=10)

    onward = office.transfers(started, office.officer(1), service="death")

    assert (onward.id, onward.number, onward.state, onward.queue) == (ticket.id, "A001", "waiting", "F")
    assert (onward.issued_at, onward.counter, onward.called_at) == (ticket.issued_at, None, None)
    assert office.line(3) == ["A001", "F001"]
    assert office.line(1) == []
    assert office.verdict().differences == []


def test_who_is_sent_to_one_counter_is_called_by_that_one_only(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    office.opens(3)
    office.takes_a_number()
    started = office.starts(office.calls_somebody(1))

    office.transfers(started, office.officer(1), counter=3)

    assert office.line(1) == office.line(2) == []
    assert office.calls(2) is None
    assert office.calls_somebody(3).number == "A001"  # Though counter 3 does not serve its queue.


def test_a_transfer_that_leads_nowhere_changes_nothing(office: OfficeAtWork) -> None:
    office.opens(1)
    waiting = office.takes_a_number("id_renew")

    with office.refuses(NowhereToGo, number="A001"):
        office.transfers(waiting)
    with office.refuses(NowhereToGo, number="A001"):
        office.transfers(waiting, queue="A")
    with office.refuses(UnknownQueue, queue="Z"):
        office.transfers(waiting, queue="Z")
    with office.refuses(UnknownService, service="flying"):
        office.transfers(waiting, service="flying")
    with office.refuses(CounterClosed, counter=2):
        office.transfers(waiting, counter=2)


def test_each_wait_and_service_of_a_transferred_visit_is_counted_and_one_visit_is_rated(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(3)
    office.takes_a_number("id_renew")
    office.clock.moves(minutes=4)
    first = office.starts(office.calls_somebody(1))
    office.clock.moves(minutes=6)
    office.transfers(first, office.officer(1), service="death")
    office.clock.moves(minutes=3)
    second = office.starts(office.calls_somebody(3), 3)
    office.clock.moves(minutes=7)
    office.finishes(second, 3)
    office.rates(5, 3)

    asked = question(None, None, "queue", today=office.clock().date())
    answer = waiting_report(office.engine, office.person("manager"), office.config, asked, now=office.clock())
    waits = {row.key: (row.wait.mean_s, row.service.mean_s) for row in answer.report.rows}
    assert waits == {"A": (4 * 60, 6 * 60), "F": (3 * 60, 7 * 60)}
    assert len(office.events("rating_opened")) == 1
    assert office.verdict().differences == []


def test_staff_cancel_for_a_reason_and_left_is_a_state_of_its_own(office: OfficeAtWork) -> None:
    office.opens(1)
    waiting, other, _ = (office.takes_a_number() for _ in range(3))

    with office.refuses(ReasonNeeded):
        office.cancels(waiting, reason="bored")
    assert office.cancels(waiting, reason="left").state == "left"
    assert office.cancels(other, reason="mistake").state == "cancelled"
    assert office.line() == ["A003"]
    assert [json.loads(each.payload)["reason"] for each in office.events("ticket_cancelled")] == ["left", "mistake"]


def test_reception_does_not_cancel_what_is_at_a_counter(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    started = office.starts(office.calls_somebody())

    with office.refuses(TicketServingAlready, number="A001"):
        office.cancels(started)
    assert office.cancels(started, office.officer(1), reason="papers_missing").state == "cancelled"
    assert office.calls(1) is None  # The counter is free.


def test_a_citizen_gives_the_place_up_until_service_begins(office: OfficeAtWork) -> None:
    office.opens(1)
    waiting, second = office.takes_a_number(), office.takes_a_number()

    assert office.gives_up(waiting).state == "cancelled"
    office.gives_up(office.calls_somebody())
    assert office.ticket(second).state == "cancelled"
    office.takes_a_number()
    served = office.starts(office.calls_somebody())
    with office.refuses(TicketServingAlready):
        office.gives_up(served)
    office.finishes(served)
    with office.refuses(TicketFinishedAlready):
        office.gives_up(served)
    assert {json.loads(each.payload)["by"] for each in office.events("ticket_cancelled")} == {"citizen"}


def test_a_cancelled_service_is_no_finished_one(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    started = office.starts(office.calls_somebody())
    office.clock.now += timedelta(minutes=5)

    gone = office.cancels(started, office.officer(1))

    assert (gone.state, office.events("rating_opened")) == ("cancelled", [])
