"""Who comes to a counter out of turn: for a reason, by a right, and never unseen."""

import json

from server.db.people import People
from server.domain.errors import (
    CounterBusy,
    CounterClosed,
    NotServedHere,
    OutOfOrderForbidden,
    QuotaFull,
    ReasonNeeded,
    TicketCalledAlready,
    UnknownService,
    UnknownTicket,
)
from server.domain.replaying import Overtaking, Record
from server.services.shapes import CallRequest
from server.services.summoning import call_out_of_order
from server.services.verifying import as_happened
from tests.services.office import Founder, OfficeAtWork, document


def overtakings(office: OfficeAtWork) -> list[Overtaking]:
    """Who overtook whom, as the events tell it."""
    record = Record()
    for event in office.events():
        record.take(as_happened(event, office.config))
    return record.overtakings


def may_not_call_out_of_order(office: OfficeAtWork) -> None:
    account = office.officer(1).account
    assert account is not None
    with office.db.writing() as connection:
        People(connection).change_rights(account, services=None, may_call_out_of_order=False)
    office.knows_again("officer1")


def test_a_call_out_of_order_says_why_and_whom_it_overtook(office: OfficeAtWork) -> None:
    office.opens(1)
    first, second, third = (office.takes_a_number() for _ in range(3))

    called = office.calls_out_of_order(third, "wheelchair")

    assert (called.number, called.state, called.counter) == ("A003", "called", 1)
    said = json.loads(office.events("ticket_called")[0].payload)
    assert (said["how"], said["reason"]) == ("out_of_order", "wheelchair")
    assert (said["passed"], said["passed_first"], said["passed_last"]) == (2, 1, 2)
    assert [(each.why, each.reason, each.passed_number, each.by_number) for each in overtakings(office)] == [
        ("out_of_order", "wheelchair", first.number, "A003"),
        ("out_of_order", "wheelchair", second.number, "A003"),
    ]


def test_it_does_not_count_toward_the_cap(office: OfficeAtWork) -> None:
    office.opens(1)
    tickets = [office.takes_a_number() for _ in range(5)]
    for ticket in tickets[1:]:
        office.misses(office.calls_out_of_order(ticket))
    office.takes_a_number(priority=True)

    assert office.line() == ["A006", "A001"]
    assert office.verdict().differences == []


def test_it_needs_the_right_and_a_reason_of_the_list(office: OfficeAtWork) -> None:
    office.opens(1)
    ticket = office.takes_a_number()

    for reason in (None, "", "a friend"):
        with office.refuses(ReasonNeeded):
            office.calls_out_of_order(ticket, reason)
    may_not_call_out_of_order(office)
    with office.refuses(OutOfOrderForbidden):
        office.calls_out_of_order(ticket)
    with office.refuses(OutOfOrderForbidden):
        office.serves_a_walk_up()


def test_only_who_waits_for_this_counter_is_called_out_of_order(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    elsewhere, ours = office.takes_a_number("death"), office.takes_a_number("id_renew")

    with office.refuses(NotServedHere, number="F001", counter=1):
        office.calls_out_of_order(elsewhere)
    office.calls_out_of_order(ours)
    with office.refuses(CounterBusy, counter=1):
        office.calls_out_of_order(ours)
    with office.refuses(TicketCalledAlready, number="A001"):
        office.calls_out_of_order(ours, counter=2)
    with office.refuses(CounterClosed, counter=3):
        office.calls_out_of_order(elsewhere, counter=3)
    with office.refuses(UnknownTicket):
        call_out_of_order(office.db, office.officer(2), 2, CallRequest(ticket="999", reason="wheelchair"))


def test_a_walk_up_has_a_number_no_wait_and_no_call(office: OfficeAtWork) -> None:
    office.opens(1)
    waiting = office.takes_a_number()
    office.clock.moves(minutes=2)

    served = office.serves_a_walk_up(reason="collect_papers")

    assert (served.number, served.state, served.counter, served.calls) == ("A002", "serving", 1, 0)
    assert (served.called_at, served.started_at, served.print.state) == (None, served.issued_at, "none")
    assert office.events("ticket_called") == []
    assert [(each.why, each.reason, each.passed_number) for each in overtakings(office)] == [
        ("walk_up", "collect_papers", waiting.number)
    ]
    office.clock.moves(minutes=3)
    assert office.finishes(served).state == "finished"
    assert office.rates(5).score == 5
    assert office.takes_a_number().number == "A003"
    assert office.verdict().differences == []


def test_a_walk_up_needs_a_reason_a_known_service_and_a_free_counter(office: OfficeAtWork) -> None:
    office.opens(1)

    with office.refuses(ReasonNeeded):
        office.serves_a_walk_up(reason="a friend")
    with office.refuses(UnknownService, service="flying"):
        office.serves_a_walk_up(service="flying")
    with office.refuses(CounterClosed, counter=2):
        office.serves_a_walk_up(2)
    office.serves_a_walk_up()
    with office.refuses(CounterBusy, counter=1):
        office.serves_a_walk_up()


def test_a_walk_up_uses_the_quota_up(found: Founder) -> None:
    file = document()
    file["services"][0]["quota_per_day"] = 1
    office = found(file)
    office.opens(1)
    office.finishes(office.serves_a_walk_up())

    with office.refuses(QuotaFull):
        office.serves_a_walk_up()
