"""One tap of satisfaction a visit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.errors import AlreadyRated, InvalidScore, SlotExpired
from server.domain.ratings import RatingSlot, closes_at, rate
from tests.domain.making import at

SLOT = RatingSlot(id=1, visit=2, ticket=3, number="A003", counter=1, opened_at=at("09:00"), expires_at=at("09:01"))


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_a_tap_fills_the_slot(score: int) -> None:
    rated = rate(SLOT, score, now=at("09:00:20"))

    assert (rated.score, rated.rated_at) == (score, at("09:00:20"))
    assert not rated.is_open(at("09:00:21"))


@pytest.mark.parametrize("score", [0, 6, -1, 10**30])
def test_a_score_is_one_to_five(score: int) -> None:
    with pytest.raises(InvalidScore):
        rate(SLOT, score, now=at("09:00:20"))


def test_the_second_tap_is_refused() -> None:
    rated = rate(SLOT, 5, now=at("09:00:20"))

    with pytest.raises(AlreadyRated) as refused:
        rate(rated, 1, now=at("09:00:21"))

    assert refused.value.facts == {"slot": 1}


def test_a_slot_takes_a_tap_until_the_moment_it_expires() -> None:
    last_moment = at("09:01") - timedelta(microseconds=1)

    assert SLOT.is_open(last_moment)
    assert rate(SLOT, 4, now=last_moment).score == 4
    assert not SLOT.is_open(at("09:01"))
    with pytest.raises(SlotExpired):
        rate(SLOT, 4, now=at("09:01"))


def test_a_visit_that_was_rated_is_told_so_even_after_the_slot_expired() -> None:
    with pytest.raises(AlreadyRated):
        rate(replace(SLOT, score=3), 4, now=at("10:00"))


def test_a_slot_closes_as_long_after_its_opening_as_the_office_says() -> None:
    assert closes_at(at("09:00"), timedelta(seconds=60)) == at("09:01")
