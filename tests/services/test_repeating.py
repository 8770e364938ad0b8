"""The same request_id from the same asker always gets the same answer, and never makes two."""

import pytest

from server.db.printers import OWN
from server.domain.errors import CounterBusy, InvalidValue, RequestIdReused
from server.services import issuing, staffing
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


@pytest.mark.parametrize("command", [*OF_TICKET, *OF_COUNTER])
def test_a_double_tap_of_any_command_is_one_step(office: OfficeAtWork, command: str) -> None:
    if command != "open":
        office.opens(1)
    ticket = WAYS[FITTING[command]](office)
    known, facts = (OF_TICKET | OF_COUNTER)[command], dict(FACTS.get(command, {}))
    if command == "call":
        facts["ticket"] = ticket.id
    wanted = known.body(**facts, request_id="tap 1")
    about = int(ticket.id) if command in OF_TICKET else 1
    somebody = office.officer(1)
    if known.right == "reprint":
        somebody = office.person("reception")
        nobody_knows_of_its_slip(office, about)

    first = known.do(office.db, somebody, about, wanted)
    before = office.picture()
    again = known.do(office.db, somebody, about, wanted)

    assert first is not None
    assert again is not None
    assert (first.repeated, again.repeated) == (False, True)
    assert again.value == first.value
    assert office.picture() == before
