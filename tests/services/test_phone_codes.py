"""The code of a phone page is the citizen's: nobody of the office can act with it, and no table holds it."""

import secrets
from datetime import timedelta

import msgspec
import pytest
from msgspec import UNSET

from server.db.tickets import office_and_ticket_of_code
from server.db.work import Database
from server.domain.errors import UnknownTicket
from server.domain.phone_codes import PhoneCodes
from server.services import issuing, looking, looking_at_counter, moving, slips
from server.services.finding import find_ticket
from server.services.paper_shapes import AskAgainRequest
from server.services.printers import PrinterReport, note
from server.services.shapes import IssueRequest, Ticket
from tests.services.office import OfficeAtWork


def reprints(office: OfficeAtWork, ticket: str, request_id: str | None = None) -> Ticket:
    wanted = AskAgainRequest(request_id=request_id)
    return slips.ask_again(office.db, office.person("reception"), int(ticket), wanted).value


def has_a_printer(office: OfficeAtWork) -> None:
    note(office.db, office.id, 0, PrinterReport("ok", "ok", "closed", "network:192.0.2.10:9100", 384), None)


@pytest.mark.parametrize("user", ["manager", "administrator", "officer1", "officer2", "reception"])
def test_nobody_but_the_kiosk_that_gave_the_number_out_sees_its_code(office: OfficeAtWork, user: str) -> None:
    ticket = office.takes_a_number()

    assert looking.ticket(office.db, office.kiosk, int(ticket.id)).code == ticket.code
    assert looking.ticket(office.db, office.person(user), int(ticket.id)).code is UNSET


def test_reception_sees_the_code_of_what_it_issued_and_of_a_reprint_and_of_nothing_else(office: OfficeAtWork) -> None:
    has_a_printer(office)
    reception = office.person("reception")
    theirs = issuing.issue_ticket(
        office.db, reception, IssueRequest(service=office.config.services[0].id), prints=False
    ).value
    other = office.takes_a_number()

    assert looking.ticket(office.db, reception, int(theirs.id)).code == theirs.code
    assert looking.ticket(office.db, office.kiosk, int(other.id)).code == other.code
    assert find_ticket(office.db, reception, other.number).code is UNSET
    assert reprints(office, other.id).code == other.code


def test_no_answer_to_staff_no_event_and_no_table_holds_a_code(office: OfficeAtWork) -> None:
    code = str(office.takes_a_number(request_id="tap").code)
    office.opens(1)
    called = office.calls_somebody(1)
    office.clock.moves(seconds=40)
    answers = [called, office.recalls(called), office.starts(called)]
    state = looking_at_counter.counter_state(office.db, office.officer(1), 1)
    answers += [office.holds(called), office.resumes(called), office.finishes(called)]

    assert code not in msgspec.json.encode([state, *answers]).decode()
    assert code not in repr(office.events())
    assert code not in repr(office.picture())


def test_a_repeated_request_gets_its_code_again(office: OfficeAtWork) -> None:
    has_a_printer(office)
    first, second = (office.takes_a_number(request_id="tap") for _ in range(2))
    again = [reprints(office, first.id, "again").code for _ in range(2)]

    assert first == second
    assert again == [first.code, first.code]


def test_a_reprint_after_a_restart_opens_the_same_page(office: OfficeAtWork) -> None:
    key = secrets.token_bytes(32)
    before, after = (Database(office.engine, office.clock, key=key) for _ in range(2))
    wanted = IssueRequest(service=office.config.services[0].id)
    ticket = issuing.issue_ticket(before, office.kiosk, wanted, prints=False).value

    assert looking.ticket(after, office.kiosk, int(ticket.id)).code == ticket.code
    assert after.phone_codes != office.db.phone_codes


def test_a_code_that_cannot_be_made_again_still_opens_its_page_and_so_does_that_of_a_reprint(
    office: OfficeAtWork, caplog: pytest.LogCaptureFixture
) -> None:
    of_before = str(office.takes_a_number().code)
    now = Database(office.engine, office.clock, key=secrets.token_bytes(32))
    issuing.adopt_codes(now, office.id)
    assert "phone_codes_of_another_key tickets=1" in caplog.text
    of_now = str(looking.ticket(now, office.kiosk, 1).code)

    with office.engine.connect() as connection:
        assert [office_and_ticket_of_code(connection, code) for code in (of_before, of_now)] == [(office.id, 1)] * 2
    assert of_before != of_now


def test_adopting_the_codes_of_this_version_changes_nothing(office: OfficeAtWork) -> None:
    office.takes_a_number()
    before = office.picture()

    issuing.adopt_codes(office.db, office.id)

    assert office.picture() == before


def test_a_digest_opens_no_page(office: OfficeAtWork) -> None:
    office.takes_a_number()
    digest = next(str(each) for row in office.picture()["tickets"] for each in row if len(str(each)) == 64)

    with pytest.raises(UnknownTicket):
        moving.cancel_own(office.db, digest)


def test_codes_differ_by_key_visit_and_moment(office: OfficeAtWork) -> None:
    now, keys = office.clock.now, [PhoneCodes(bytes([each]) * 32) for each in range(2)]
    made = {codes.of(visit, now + timedelta(microseconds=later)) for codes in keys for visit in range(1, 50)
            for later in range(2)}  # fmt: skip

    assert len(made) == 2 * 49 * 2
