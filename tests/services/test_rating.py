"""A citizen taps a face."""

import json
from collections.abc import Callable

import pytest

from server.domain.errors import AlreadyRated, Forbidden, InvalidScore, SlotEnded, SlotExpired, UnknownSlot
from server.services import looking, rating
from server.services.shapes import RatingRequest
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
