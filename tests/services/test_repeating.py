"""The same request_id from the same asker always gets the same answer, and never makes two."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from server.db.printers import OWN
from server.domain.errors import CounterBusy, InvalidValue, QueueError, RequestIdReused, ServiceGivenNow
from server.services import issuing, slips, staffing
from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.printers import PrinterReport, note
from server.services.shapes import IssueRequest
from tests.contracts.states import FACTS, WAYS
from tests.services.office import OfficeAtWork


def test_a_double_tap_gives_one_number(office: OfficeAtWork) -> None:
    wanted = IssueRequest(service=office.config.services[0].id, request_id="tap 1")

    first = issuing.issue_ticket(office.db, office.kiosk, wanted, prints=True)
    before = office.picture()
    office.clock.moves(minutes=5)
    again = issuing.issue_ticket(office.db, office.kiosk, wanted, prints=True)

    assert (first.repeated, again.repeated) == (False, True)
    assert again.value == first.value
    assert office.picture() == before


def test_a_number_asked_without_a_request_id_is_a_new_one_each_time(office: OfficeAtWork) -> None:
    assert office.takes_a_number().number != office.takes_a_number().number


@pytest.mark.parametrize("other", [{"service": 1}, {"priority": True}, {"language": "en"}])
def test_the_same_request_id_with_another_body_is_refused(office: OfficeAtWork, other: dict[str, object]) -> None:
    first = {"service": office.config.services[0].id, "priority": False, "language": "th", "request_id": "tap 1"}
    issuing.issue_ticket(office.db, office.kiosk, IssueRequest(**first), prints=False)  # type: ignore[arg-type]  # because a dict has one type of value.
    if "service" in other:
        other = {"service": office.config.services[1].id}

    with office.refuses(RequestIdReused, request_id="tap 1"):
        issuing.issue_ticket(office.db, office.kiosk, IssueRequest(**first | other), prints=False)  # type: ignore[arg-type]  # because of the same.


def test_the_same_request_id_for_another_command_is_refused(office: OfficeAtWork) -> None:
    office.takes_a_number()
    office.opens(1)
    called = office.calls(1, request_id="key")
    assert called

    with office.refuses(RequestIdReused):
        office.starts(called, request_id="key")
    with office.refuses(RequestIdReused):
        staffing.open_counter(office.db, office.officer(1), 1, "key")


def test_two_askers_may_use_the_same_request_id(office: OfficeAtWork) -> None:
    wanted = IssueRequest(service=office.config.services[0].id, request_id="1")
    reception = office.person("reception")

    numbers = [
        issuing.issue_ticket(office.db, asker, wanted, prints=False).value.number
        for asker in (office.kiosk, reception, office.kiosk, reception)
    ]

    assert numbers == ["A001", "A002", "A001", "A002"]


def test_a_refusal_is_not_kept_so_that_the_retry_can_succeed(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.takes_a_number()
    first = office.calls_somebody(1)

    with office.refuses(CounterBusy):
        office.calls(1, request_id="next")
    office.misses(first)
    second = office.calls(1, request_id="next")

    assert second
    assert second.number == "A002"


def test_a_call_that_found_nobody_is_not_kept_either(office: OfficeAtWork) -> None:
    office.opens(1)
    before = office.picture()

    assert office.calls(1, request_id="next") is None
    assert office.picture() == before
    office.takes_a_number()
    called = office.calls(1, request_id="next")

    assert called
    assert called.number == "A001"


def test_a_repeated_call_tells_the_ticket_as_it_was_then_and_calls_nobody_else(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.takes_a_number()
    called = office.calls(1, request_id="next")
    assert called
    office.starts(called)
    office.finishes(called)

    again = office.calls(1, request_id="next")

    assert again == called
    assert office.kinds().count("ticket_called") == 1


def test_every_command_of_a_visit_can_be_repeated_without_a_second_effect(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number(request_id="tap")
    called = office.calls(1, request_id="call")
    assert called
    commands = (
        lambda: office.recalls(called, request_id="recall"),
        lambda: office.starts(called, request_id="start"),
        lambda: office.finishes(called, request_id="finish"),
        lambda: office.rates(5, slot=1, request_id="rate"),
    )

    for command in commands:
        first: object = command()
        before = office.picture()
        office.clock.moves(seconds=1)
        again: object = command()
        assert again == first
        assert office.picture() == before


def test_an_answer_is_kept_to_the_end_of_the_day_and_a_little_longer(office: OfficeAtWork) -> None:
    office.clock.stands_at("23:59:59")
    first = office.takes_a_number(request_id="tap")

    office.clock.moves(seconds=2)
    retry = office.takes_a_number(request_id="tap")
    office.clock.moves(hours=1)
    next_day = office.takes_a_number(request_id="tap")

    assert retry == first
    assert next_day.id != first.id
    assert len(office.picture()["requests"]) == 1


def test_a_server_that_starts_anew_forgets_nothing_of_today(office: OfficeAtWork) -> None:
    first = office.takes_a_number(request_id="tap")

    anew = OfficeAtWork(office.url, office.clock, office.engine)

    assert anew.takes_a_number(request_id="tap") == first


@pytest.mark.parametrize("request_id", ["", "x" * 65, "a\0b", "line\nbreak", "half a pair \ud800"], ids=ascii)
def test_a_request_id_that_no_database_keeps_is_refused(office: OfficeAtWork, request_id: str) -> None:
    with office.refuses(InvalidValue, field="request_id"):
        office.takes_a_number(request_id=request_id)


@pytest.mark.parametrize("request_id", ["x", "ก" * 64, "🙂 é", "'; drop table tickets; --", "๑๒๓"])
def test_any_other_request_id_will_do(office: OfficeAtWork, request_id: str) -> None:
    assert office.takes_a_number(request_id=request_id) == office.takes_a_number(request_id=request_id)


# Every command with a state in which it fits; of a counter, with what is needed for it there.
FITTING = {
    "recall": "called", "start": "called", "hold": "serving", "resume": "held", "add-service": "serving",
    "finish": "serving", "no-show": "called", "return": "no_show", "transfer": "serving", "cancel": "serving",
    "undo": "finished", "call": "waiting", "call-next": "waiting", "walk-up": "waiting", "break": "waiting",
    "close": "waiting", "open": "waiting", "print": "waiting", "slip-came": "waiting",
}  # fmt: skip


def nobody_knows_of_its_slip(office: OfficeAtWork, ticket: int) -> None:
    note(office.db, office.id, OWN, PrinterReport("ok", "ok", "closed", "test", 384))
    with office.db.work(office.id) as work:
        job = work.print_jobs.add(ticket, queued_at=work.now)
        work.print_jobs.move(job, state="unknown", reason="not_confirmed")


def a_press_of(office: OfficeAtWork, command: str, by: str = "officer1") -> tuple[Callable[[Any], Any], Any]:
    """The command where it fits, to be given with a request; and such a request, of the press "tap 1"."""
    if command != "open":
        office.opens(1)
    ticket = WAYS["waiting" if by == "reception" and command != "return" else FITTING[command]](office)
    known, facts = (OF_TICKET | OF_COUNTER)[command], dict(FACTS.get(command, {}))
    if command == "call":
        facts["ticket"] = ticket.id
    about = int(ticket.id) if command in OF_TICKET else 1
    if known.right == "reprint":
        by = "reception"
        nobody_knows_of_its_slip(office, about)
    return partial(known.do, office.db, office.person(by), about), known.body(**facts, request_id="tap 1")


@pytest.mark.parametrize("command", [*OF_TICKET, *OF_COUNTER])
def test_a_double_tap_of_any_command_is_one_step(office: OfficeAtWork, command: str) -> None:
    press, wanted = a_press_of(office, command)

    first = press(wanted)
    before = office.picture()
    again = press(wanted)

    assert first is not None
    assert again is not None
    assert (first.repeated, again.repeated) == (False, True)
    assert again.value == first.value
    assert office.picture() == before


@pytest.mark.parametrize(("command", "by"), [
    *((command, "officer1") for command in (*OF_TICKET, *OF_COUNTER)),
    ("transfer", "reception"), ("cancel", "reception"), ("return", "reception"),
])  # fmt: skip
def test_a_double_press_that_comes_as_two_requests_is_one_step_all_the_same(
    office: OfficeAtWork, command: str, by: str
) -> None:
    press, wanted = a_press_of(office, command, by)
    press(wanted)
    if command == "print":
        the_slip_comes_at_once(office)
    before = office.picture()
    office.clock.moves(seconds=0.4)

    with suppress(QueueError):
        press(replace(wanted, request_id="tap 2"))

    kept = {"requests"}  # What was answered is kept, of a second press too.
    assert {part: rows for part, rows in office.picture().items() if part not in kept} == {
        part: rows for part, rows in before.items() if part not in kept
    }


def the_slip_comes_at_once(office: OfficeAtWork) -> None:
    with office.db.work(office.id) as work:
        job = work.print_jobs.next()
        assert job is not None
        slips.end(work, job, "printed", None)


def test_the_service_that_is_being_given_is_added_once_more_by_who_is_sure_of_it(office: OfficeAtWork) -> None:
    office.opens(1)
    ticket = WAYS["serving"](office)
    given = office.adds_a_service(ticket, "id_first")

    with office.refuses(ServiceGivenNow, number=ticket.number):
        office.adds_a_service(ticket, "id_first")
    again = office.adds_a_service(ticket, "id_first", sure=True)

    assert (given.service, again.service, again.state) == ("id_first", "id_first", "serving")
    assert office.kinds().count("service_added") == 2


def test_a_self_test_asked_for_twice_is_printed_once(office: OfficeAtWork) -> None:
    note(office.db, office.id, OWN, PrinterReport("ok", "ok", "closed", "test", 384))
    administrator = office.person("administrator")

    asked = [slips.queue_self_test(office.db, administrator, OWN) for _ in range(2)]

    assert asked[0] == asked[1]
