"""A citizen has lost the slip and says the number: reception finds the ticket, however it is typed."""

import pytest

from server.domain.errors import Forbidden, UnknownNumber
from server.services.finding import find_ticket
from tests.services.office import Founder, OfficeAtWork, document


@pytest.mark.parametrize("typed", ["A001", "a001", " A 1 ", "A-001", "a.1", "A๐๐๑", "A0001"])
def test_a_number_is_found_as_people_type_it(office: OfficeAtWork, typed: str) -> None:
    ticket = office.takes_a_number()

    assert find_ticket(office.db, office.person("reception"), typed).id == ticket.id


@pytest.mark.parametrize(
    "typed", ["", " ", "A", "1", "A002", "Z001", "A001x", "A" * 5000, "A" + "1" * 50, "\x00", "A\x001", "' or 1=1 --"]
)
def test_a_number_that_nobody_has_today_is_refused(office: OfficeAtWork, typed: str) -> None:
    office.takes_a_number()

    with office.refuses(UnknownNumber, number=typed.strip()[:20]):
        find_ticket(office.db, office.person("reception"), typed)


def test_yesterdays_number_is_not_todays(office: OfficeAtWork) -> None:
    office.takes_a_number()
    office.clock.moves(hours=24)

    with office.refuses(UnknownNumber):
        find_ticket(office.db, office.person("reception"), "A001")
    today = office.takes_a_number()
    assert find_ticket(office.db, office.person("reception"), "A001").id == today.id


def test_an_office_whose_letters_are_thai_finds_its_numbers_too(found: Founder) -> None:
    queues = [queue | {"prefix": "ก" if queue["prefix"] == "A" else queue["prefix"]} for queue in document()["queues"]]
    office = found(document() | {"queues": queues})
    ticket = office.takes_a_number("id_renew")

    assert find_ticket(office.db, office.person("reception"), "ก๑").id == ticket.id


@pytest.mark.parametrize("who", ["manager", "officer1", "administrator"])
def test_only_who_may_print_again_may_look(office: OfficeAtWork, who: str) -> None:
    office.takes_a_number()

    with office.refuses(Forbidden):
        find_ticket(office.db, office.person(who), "A001")
