"""A citizen taps a face."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from server.db.measures import legs_of_days
from server.domain.errors import (
    AlreadyRated,
    Forbidden,
    InvalidScore,
    RatingDayOver,
    SlotEnded,
    SlotExpired,
    TicketServingAlready,
    UnknownSlot,
    UnknownTicket,
)
from server.services import looking, rating
from server.services.describing import known_leg
from server.services.shapes import RatingRequest, Ticket
from tests.services.office import OfficeAtWork


@pytest.fixture
def finished(office: OfficeAtWork) -> OfficeAtWork:
    """A visit has just been finished at counter 2, whose tablet is awake."""
    office.opens(2)
    office.takes_a_number()
    office.serves(2)
    return office


def test_a_tap_is_kept_for_its_visit(finished: OfficeAtWork) -> None:
    slot = finished.open_slot(2)
    finished.clock.moves(seconds=59)

    given = finished.rates(4, 2)

    assert (given.slot, given.score, given.rated_at) == (slot, 4, finished.clock.now)
    (event,) = finished.events("rating_given")
    assert (json.loads(event.payload), event.counter) == (
        {"counter": 2, "score": 4, "slot": int(slot), "visit": 1},
        2,
    )
    assert (event.actor, event.device) == (finished.tablet(2).key, finished.tablet(2).key)


def test_the_tablet_sleeps_after_the_tap(finished: OfficeAtWork) -> None:
    awake = looking.rating_state(finished.db, finished.tablet(2), 2)
    finished.rates(5, 2)
    asleep = looking.rating_state(finished.db, finished.tablet(2), 2)

    assert awake.slot
    assert (awake.counter, awake.slot.number) == (2, "A001")
    assert asleep.slot is None


def test_the_tablet_sleeps_when_nobody_taps_for_a_minute(finished: OfficeAtWork) -> None:
    slot = finished.open_slot(2)

    finished.clock.moves(seconds=60)

    assert looking.rating_state(finished.db, finished.tablet(2), 2).slot is None
    with finished.refuses(SlotExpired):
        finished.rates(5, 2, slot=slot)


def test_the_second_tap_is_refused(finished: OfficeAtWork) -> None:
    slot = finished.open_slot(2)
    finished.rates(5, 2)

    with finished.refuses(AlreadyRated):
        finished.rates(1, 2, slot=slot)


def test_another_counters_tablet_knows_nothing_of_the_slot(finished: OfficeAtWork) -> None:
    slot = finished.open_slot(2)

    with finished.refuses(UnknownSlot, slot=slot):
        finished.rates(1, 1, slot=slot)


def test_a_slot_that_never_was_is_unknown(finished: OfficeAtWork) -> None:
    nobodys: list[str | int] = ["", "x", "-1", "0", "999", "1e3", " 1", "9" * 20, "1\0", "๑", 0, -1, 2**63, 10**30]

    for slot in nobodys:
        with finished.refuses(UnknownSlot):
            finished.rates(5, 2, slot=slot, request_id="tap")


@pytest.mark.parametrize("slot", ["1", 1, "01"])
def test_a_slot_is_known_by_its_number_however_it_is_written(finished: OfficeAtWork, slot: str | int) -> None:
    assert finished.rates(5, 2, slot=slot).slot == "1"


def test_a_score_that_is_no_face_is_refused(finished: OfficeAtWork) -> None:
    for score in (0, 6, -1, 2**70):
        with finished.refuses(InvalidScore):
            finished.rates(score, 2, request_id="tap")


def begins_by_a_call(office: OfficeAtWork) -> None:
    office.takes_a_number()
    office.starts(office.calls_somebody(2), 2)


def begins_by_a_walk_up(office: OfficeAtWork) -> None:
    office.serves_a_walk_up(2)


@pytest.mark.parametrize("begins", [begins_by_a_call, begins_by_a_walk_up])
def test_a_face_tapped_by_the_next_citizen_does_not_count_for_the_one_before(
    finished: OfficeAtWork, begins: Callable[[OfficeAtWork], None]
) -> None:
    slot = finished.open_slot(2)

    begins(finished)

    assert looking.rating_state(finished.db, finished.tablet(2), 2).slot is None
    with finished.refuses(SlotEnded):
        finished.rates(1, 2, slot=slot)
    (event,) = finished.events("rating_ended")
    assert (json.loads(event.payload), event.counter) == ({"counter": 2, "slot": int(slot), "visit": 1}, 2)
    assert finished.events("rating_given") == []
    assert finished.verdict().differences == []


def test_who_was_put_aside_and_goes_on_is_not_asked_about_the_visit_between(finished: OfficeAtWork) -> None:
    finished.takes_a_number()
    aside = finished.holds(finished.starts(finished.calls_somebody(2), 2), 2)
    finished.takes_a_number()
    finished.serves(2)
    slot = finished.open_slot(2)

    finished.resumes(aside, 2)

    with finished.refuses(SlotEnded):
        finished.rates(1, 2, slot=slot)


def test_a_hold_taken_back_after_another_visit_ends_that_visit_s_slot(finished: OfficeAtWork) -> None:
    finished.takes_a_number()
    aside = finished.holds(finished.starts(finished.calls_somebody(2), 2), 2)
    finished.takes_a_number()
    finished.serves(2, minutes=0.1)
    slot = finished.open_slot(2)

    finished.undoes(aside, finished.officer(2))

    with finished.refuses(SlotEnded):
        finished.rates(1, 2, slot=slot)


def test_while_the_next_is_only_called_the_one_before_may_still_tap(finished: OfficeAtWork) -> None:
    finished.takes_a_number()
    finished.calls_somebody(2)

    assert finished.rates(5, 2).score == 5


def test_a_tablet_has_one_slot_at_a_time_and_the_next_visit_is_asked_in_its_turn(finished: OfficeAtWork) -> None:
    first = finished.open_slot(2)
    finished.takes_a_number()
    finished.serves(2, minutes=0.5)
    second = finished.open_slot(2)

    with finished.refuses(SlotEnded):
        finished.rates(3, 2, slot=first)

    assert second != first
    finished.rates(5, 2)
    assert looking.rating_state(finished.db, finished.tablet(2), 2).slot is None


def test_no_person_rates_least_of_all_the_officer(finished: OfficeAtWork) -> None:
    for user in ("officer2", "manager", "administrator", "reception"):
        with finished.refuses(Forbidden):
            rating.give_rating(finished.db, finished.person(user), RatingRequest(slot="1", score=5))


def test_a_tablet_sees_its_own_counter_only_and_a_manager_every(finished: OfficeAtWork) -> None:
    with finished.refuses(Forbidden, counter=2):
        looking.rating_state(finished.db, finished.tablet(1), 2)

    assert looking.rating_state(finished.db, finished.person("manager"), 2).slot is not None
    assert looking.rating_state(finished.db, finished.person("manager"), 1).slot is None


# -- The citizen's own phone


def test_a_phone_s_tap_is_the_visit_s_rating_and_says_nothing_of_its_owner(finished: OfficeAtWork) -> None:
    finished.clock.moves(minutes=30)

    finished.rates_on_the_phone(4, mine(finished))

    (event,) = finished.events("rating_given")
    assert json.loads(event.payload) == {"counter": 2, "score": 4, "slot": 1, "visit": 1}
    assert (event.actor, event.device) == ("citizen", "phone")
    assert satisfaction(finished) == {4: 1}
    assert finished.verdict().differences == []


def test_a_phone_rates_when_the_tablet_asks_the_next_citizen_already(finished: OfficeAtWork) -> None:
    first = mine(finished)
    begins_by_a_call(finished)
    finished.finishes(finished.ticket_in_hand(2), 2)

    finished.rates_on_the_phone(1, first)
    awake = looking.rating_state(finished.db, finished.tablet(2), 2).slot
    finished.rates(5, 2)

    assert awake is not None
    assert awake.number == "A002"
    assert satisfaction(finished) == {1: 1, 5: 1}
    assert finished.verdict().differences == []


def test_what_the_tablet_took_the_phone_is_told_was_given(finished: OfficeAtWork) -> None:
    finished.rates(5, 2)

    for score in (5, 1):
        with finished.refuses(AlreadyRated):
            finished.rates_on_the_phone(score, mine(finished))

    assert satisfaction(finished) == {5: 1}


def test_what_the_phone_took_the_tablet_is_told_was_given(finished: OfficeAtWork) -> None:
    slot = finished.open_slot(2)
    finished.rates_on_the_phone(5, mine(finished))

    assert looking.rating_state(finished.db, finished.tablet(2), 2).slot is None
    with finished.refuses(AlreadyRated):
        finished.rates(5, 2, slot=slot)


def test_the_same_face_twice_on_a_phone_is_one_tap_and_another_face_is_refused(finished: OfficeAtWork) -> None:
    first = finished.rates_on_the_phone(4, mine(finished))
    finished.clock.moves(seconds=4)

    assert finished.rates_on_the_phone(4, mine(finished)) == first
    with finished.refuses(AlreadyRated):
        finished.rates_on_the_phone(5, mine(finished))
    assert len(finished.events("rating_given")) == 1


def test_a_phone_rates_to_the_end_of_the_day_and_no_longer(finished: OfficeAtWork) -> None:
    finished.takes_a_number()
    finished.serves(2)
    first, second = mine(finished, 1), mine(finished, 2)
    finished.clock.stands_at("23:59:59")
    finished.rates_on_the_phone(3, first)

    finished.clock.moves(seconds=1)

    with finished.refuses(RatingDayOver):
        finished.rates_on_the_phone(3, second)


def test_a_phone_rates_a_finished_visit_only_and_a_finish_taken_back_takes_its_faces_away(
    office: OfficeAtWork,
) -> None:
    office.opens(2)
    office.takes_a_number()
    served = office.serves(2)

    office.undoes(served, office.officer(2))

    assert shown_on_the_phone(office) is None
    with office.refuses(TicketServingAlready):
        office.rates_on_the_phone(5, served)
    office.finishes(served, 2)
    assert shown_on_the_phone(office) == "open"
    office.rates_on_the_phone(5, served)
    assert shown_on_the_phone(office) == "given"
    with office.refuses(AlreadyRated):
        office.undoes(served, office.officer(2))


def test_a_score_that_is_no_face_is_refused_on_a_phone(finished: OfficeAtWork) -> None:
    for score in (0, 6, -1, 2**70):
        with finished.refuses(InvalidScore):
            finished.rates_on_the_phone(score, mine(finished))


@pytest.mark.parametrize("code", ["1", "A001", "", "wrongcode234", "a\0", "None"])
def test_who_holds_no_code_rates_nothing(finished: OfficeAtWork, code: str) -> None:
    with finished.refuses(UnknownTicket):
        rating.rate_own(finished.db, code, 5)


def mine(office: OfficeAtWork, ticket: int = 1) -> Ticket:
    """The ticket of whoever was there first, or of another, as the office knows it."""
    return looking.ticket(office.db, office.person("manager"), ticket)


def shown_on_the_phone(office: OfficeAtWork) -> str | None:
    with office.db.read(office.id) as work:
        return rating.phone_rating(work, known_leg(work, 1))


def satisfaction(office: OfficeAtWork) -> dict[int | None, int]:
    """How many of today's legs have each score, as the reports measure it."""
    with office.engine.connect() as connection:
        today = office.clock.now.date()
        return Counter(leg.score for leg in legs_of_days(connection, office.id, today, today))
