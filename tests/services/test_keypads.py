"""A key pad at the counter: one key goes on with the visit, the other calls it again."""

import pytest

from server.db.people import Identity, People
from server.domain.errors import CounterClosed, Forbidden, InvalidValue, QueueError, RecallTooSoon, UnknownTicket
from server.services import keypads
from server.services.paper_shapes import KeyPress
from server.services.repeating import LONGEST_REQUEST_ID
from server.services.shapes import Ticket
from tests.services.office import OfficeAtWork


class Pad:
    """The key pad of counter 1."""

    def __init__(self, office: OfficeAtWork) -> None:
        self.office = office
        with office.db.writing() as connection:
            people = People(connection)
            device = people.add_device(office_id=office.id, kind="keypad", counter=1, now=office.clock.now)
            self.identity: Identity = people.device(device) or pytest.fail("the key pad was not saved")

    def press(self, key: str = "next", request_id: str | None = None, *, after_seconds: float = 2) -> Ticket | None:
        self.office.clock.moves(seconds=after_seconds)
        return keypads.press(self.office.db, self.identity, KeyPress(key=key, request_id=request_id))


@pytest.fixture
def pad(office: OfficeAtWork) -> Pad:
    return Pad(office)


def test_one_key_walks_a_visit_from_call_to_finish_and_calls_the_next(pad: Pad) -> None:
    office = pad.office
    office.opens(1)
    for _ in range(2):
        office.takes_a_number()

    walked = [pad.press() for _ in range(4)]

    assert [ticket and (ticket.number, ticket.state) for ticket in walked] == [
        ("A001", "called"), ("A001", "serving"), ("A002", "called"), ("A002", "serving"),
    ]  # fmt: skip
    assert pad.press() is None
    assert office.kinds().count("service_finished") == 2
    assert {event.actor for event in office.events("ticket_called")} == {office.officer(1).key}


def test_a_finger_that_presses_twice_has_pressed_once(pad: Pad) -> None:
    office = pad.office
    office.opens(1)
    for _ in range(2):
        office.takes_a_number()

    walked = [pad.press(request_id=f"press {at}", after_seconds=0.5 if at % 2 else 2) for at in range(6)]

    assert [ticket and (ticket.number, ticket.state) for ticket in walked] == [
        ("A001", "called"), ("A001", "called"), ("A001", "serving"), ("A001", "serving"),
        ("A002", "called"), ("A002", "called"),
    ]  # fmt: skip
    assert office.kinds().count("service_finished") == 1


def test_the_other_key_calls_again(pad: Pad) -> None:
    pad.office.opens(1)
    pad.office.takes_a_number()
    with pytest.raises(UnknownTicket):
        pad.press("recall")
    pad.press()
    pad.press("recall")
    with pytest.raises(RecallTooSoon):
        pad.press("recall")
    pad.office.clock.moves(seconds=31)

    again = pad.press("recall")

    assert again
    assert (again.number, again.calls) == ("A001", 3)


def test_a_press_that_is_sent_again_does_nothing_twice(pad: Pad) -> None:
    pad.office.opens(1)
    for _ in range(3):
        pad.office.takes_a_number()

    for press in ("one", "two", "three"):
        answers = {ticket and ticket.number for ticket in (pad.press(request_id=press) for _ in range(3))}
        assert len(answers) == 1

    assert [pad.office.kinds().count(kind) for kind in ("ticket_called", "service_started", "service_finished")] == [
        2, 1, 1,
    ]  # fmt: skip


def test_two_presses_whose_long_ids_differ_only_at_the_end_are_two(pad: Pad) -> None:
    pad.office.opens(1)
    for _ in range(2):
        pad.office.takes_a_number()
    alike = "p" * (LONGEST_REQUEST_ID - 1)

    walked = [pad.press(request_id=alike + last) for last in ("1", "1", "2", "3", "3")]

    assert [ticket and (ticket.number, ticket.state) for ticket in walked] == [
        ("A001", "called"), ("A001", "called"), ("A001", "serving"), ("A002", "called"), ("A002", "called"),
    ]  # fmt: skip
    assert pad.office.kinds().count("service_finished") == 1


def test_a_press_whose_id_is_too_long_is_refused(pad: Pad) -> None:
    pad.office.opens(1)

    with pad.office.refuses(InvalidValue):
        pad.press(request_id="p" * (LONGEST_REQUEST_ID + 1))


def test_a_pad_at_a_closed_counter_calls_nobody(pad: Pad) -> None:
    pad.office.takes_a_number()

    with pad.office.refuses(CounterClosed, counter=1):
        pad.press()


@pytest.mark.parametrize(("key", "refusal"), [("explode", InvalidValue), ("", InvalidValue)])
def test_a_key_that_is_none_is_refused(pad: Pad, key: str, refusal: type[QueueError]) -> None:
    pad.office.opens(1)
    with pad.office.refuses(refusal):
        pad.press(key)


def test_nobody_else_presses_keys(pad: Pad) -> None:
    for somebody in (pad.office.kiosk, pad.office.officer(1), pad.office.tablet(1)):
        with pad.office.refuses(Forbidden):
            keypads.press(pad.office.db, somebody, KeyPress(key="next"))
