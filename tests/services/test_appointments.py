"""Who has an appointment takes its place in the one line: the time that it was booked for."""

from datetime import datetime, timedelta

import pytest

from server.domain.errors import Forbidden, InvalidValue
from server.services import issuing
from server.services.shapes import IssueRequest, Ticket
from tests.services.office import OfficeAtWork


def checks_in(office: OfficeAtWork, booked_at: datetime) -> Ticket:
    """Reception gives somebody with an appointment a number."""
    wanted = IssueRequest(service=office.config.services[0].id, appointment_at=booked_at)
    return issuing.issue_ticket(office.db, office.person("reception"), wanted, prints=False).value


def test_an_appointment_has_the_place_of_its_time_whether_early_or_a_little_late(office: OfficeAtWork) -> None:
    ten = office.clock.now + timedelta(hours=1)
    early = checks_in(office, ten)
    office.clock.moves(minutes=59)
    before_ten = office.takes_a_number()
    office.clock.moves(minutes=3)
    after_ten = office.takes_a_number()
    office.clock.moves(minutes=13)
    late = checks_in(office, ten)

    assert (early.ticket_class, late.ticket_class) == ("appointment", "appointment")
    assert office.line(1) == [before_ten.number, early.number, late.number, after_ten.number]
    assert late.ahead == 2
    assert not office.verdict().differences


def test_who_misses_the_appointment_waits_like_everybody(office: OfficeAtWork) -> None:
    ten = office.clock.now + timedelta(hours=1)
    office.clock.moves(minutes=70)
    waits = office.takes_a_number()
    office.clock.moves(minutes=6)

    late = checks_in(office, ten)

    assert late.ticket_class == "regular"
    assert office.line(1) == [waits.number, late.number]


def test_a_kiosk_gives_no_appointment(office: OfficeAtWork) -> None:
    wanted = IssueRequest(service=office.config.services[0].id, appointment_at=office.clock.now)

    with office.refuses(Forbidden):
        issuing.issue_ticket(office.db, office.kiosk, wanted, prints=False)


@pytest.mark.parametrize("booked", ["2026-11-24T09:00+07:00", "2026-11-22T23:59+07:00", "9999-12-31T23:59:59-12:00",
                                    "0001-01-01T00:00+14:00"])  # fmt: skip
def test_an_appointment_is_of_today(office: OfficeAtWork, booked: str) -> None:
    with office.refuses(InvalidValue):
        checks_in(office, datetime.fromisoformat(booked))
