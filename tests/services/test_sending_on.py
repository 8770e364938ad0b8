"""Where a visit can be sent, and where it is already."""

import pytest

from server.domain.errors import NowhereToGo, UnknownQueue
from tests.services.office import OfficeAtWork


def test_a_visit_in_hand_goes_back_into_its_own_queue_and_is_the_next_of_another_counter(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    ticket = office.takes_a_number()
    office.clock.moves(minutes=5)
    office.takes_a_number()
    office.starts(office.calls_somebody(1))

    office.transfers(ticket, office.officer(1), queue="A")

    assert office.calls_somebody(2).id == ticket.id
    assert not office.verdict().differences


def test_who_was_sent_to_one_counter_can_be_given_to_all_of_its_queue_again(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    ticket = office.takes_a_number()
    office.transfers(ticket, counter=2)
    assert office.line(1) == []

    office.transfers(ticket, queue="A")

    assert office.line(1) == [ticket.number]
    with office.refuses(NowhereToGo):
        office.transfers(ticket, queue="A")


@pytest.mark.parametrize("place", [{}, {"queue": "A"}])
def test_who_waits_is_not_sent_to_where_they_are(office: OfficeAtWork, place: dict[str, str]) -> None:
    ticket = office.takes_a_number()

    with office.refuses(NowhereToGo):
        office.transfers(ticket, queue=place.get("queue"))
    with office.refuses(UnknownQueue):
        office.transfers(ticket, queue="Z")


def test_people_ahead_of_who_was_sent_to_a_counter_are_those_that_it_would_call_first(office: OfficeAtWork) -> None:
    for counter in (1, 3):
        office.opens(counter)
    sent = office.takes_a_number()
    office.clock.moves(minutes=1)
    residence = next(each.id for each in office.config.services if each.queue == "F")
    office.takes_a_number(residence)
    late = office.takes_a_number()
    office.clock.moves(minutes=1)

    office.transfers(late, counter=3)
    office.transfers(sent, counter=3)

    assert office.line(3) == [sent.number, "F001", late.number]
    assert office.ticket(late).ahead == 2
