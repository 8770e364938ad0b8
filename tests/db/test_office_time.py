"""An office's time goes on though the clock is set back, and comes to the clock again."""

from datetime import UTC, datetime, timedelta

import pytest

from server.db.office_time import SETTLED, OfficeTime, OfficeTimes
from tests.services.office import HandMovedClock

NINE = datetime(2026, 11, 23, 2, tzinfo=UTC)
NOT_BEHIND = timedelta(0)


@pytest.fixture
def clock() -> HandMovedClock:
    return HandMovedClock(NINE)


@pytest.fixture
def times(clock: HandMovedClock) -> OfficeTimes:
    return OfficeTimes(clock, clock.steady)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_a_right_clock_is_the_offices_time(clock: HandMovedClock, times: OfficeTimes) -> None:
    assert times.at(1, None) == OfficeTime(NINE, NOT_BEHIND)
    clock.moves(minutes=5)
    assert times.at(1, NINE) == OfficeTime(NINE + minutes(5), NOT_BEHIND)


def test_while_the_clock_is_behind_time_goes_on_by_steady_seconds(clock: HandMovedClock, times: OfficeTimes) -> None:
    times.at(1, None)
    clock.moves(hours=-1)
    assert times.at(1, NINE) == OfficeTime(NINE, minutes(60))

    clock.moves(minutes=3)
    assert times.at(1, NINE) == OfficeTime(NINE + minutes(3), minutes(60))

    clock.moves(hours=-5)
    clock.moves(minutes=1)
    assert times.at(1, NINE + minutes(3)) == OfficeTime(NINE + minutes(4), minutes(6 * 60))


def test_the_minutes_between_the_last_look_and_the_setting_back_are_not_lost(
    clock: HandMovedClock, times: OfficeTimes
) -> None:
    times.at(1, None)
    clock.moves(minutes=10)
    times.at(1, NINE)
    clock.moves(minutes=5)
    clock.moves(hours=-1)

    assert times.at(1, NINE).now == NINE + minutes(15)


def test_a_clock_that_is_set_right_again_is_used_at_once(clock: HandMovedClock, times: OfficeTimes) -> None:
    times.at(1, None)
    clock.moves(hours=-1)
    clock.moves(minutes=2)
    times.at(1, NINE)

    clock.now = NINE + minutes(2.5)

    assert times.at(1, NINE) == OfficeTime(NINE + minutes(2.5), NOT_BEHIND)
    clock.moves(minutes=1)
    assert times.at(1, NINE) == OfficeTime(NINE + minutes(3.5), NOT_BEHIND)


def test_a_clock_that_was_ahead_and_is_right_now_is_believed_when_all_is_quiet(
    clock: HandMovedClock, times: OfficeTimes
) -> None:
    times.at(1, None)
    clock.moves(hours=-1)
    last = NINE + minutes(1)
    times.at(1, last)

    clock.now, clock.seconds = last, 3600  # The clock reaches the last event again: what was over then stays over.
    assert times.at(1, last).now == last + minutes(60)
    clock.moves(minutes=SETTLED.total_seconds() / 60)

    assert times.at(1, last) == OfficeTime(last + SETTLED, NOT_BEHIND)


def test_another_processs_later_event_moves_the_time_on(clock: HandMovedClock, times: OfficeTimes) -> None:
    times.at(1, None)
    clock.moves(hours=-1)
    times.at(1, NINE)

    assert times.at(1, NINE + minutes(7)).now == NINE + minutes(7)
    clock.moves(seconds=30)
    assert times.at(1, NINE + minutes(7)).now == NINE + minutes(7.5)


def test_a_process_that_has_just_begun_goes_on_from_the_last_event(clock: HandMovedClock) -> None:
    clock.moves(hours=-1)
    begun = OfficeTimes(clock, clock.steady)

    assert begun.at(1, NINE).now == NINE
    clock.moves(seconds=30)
    assert begun.at(1, NINE).now == NINE + minutes(0.5)


def test_each_office_has_its_own_time(clock: HandMovedClock, times: OfficeTimes) -> None:
    times.at(1, None)
    times.at(2, None)
    clock.moves(hours=-1)

    assert times.at(1, NINE).now == NINE
    assert times.at(2, NINE - minutes(120)).now == NINE - minutes(60)
    assert times.at(3, None).now == NINE - minutes(60)


def test_what_is_recorded_never_runs_back_however_the_clock_is_set(clock: HandMovedClock, times: OfficeTimes) -> None:
    last = times.at(1, None).now
    for jump in (-30, 10, -600, 3, 700, -1, 0, -1440, 20, 2880, -2880):
        clock.moves(minutes=jump)
        now = times.at(1, last).now
        assert now >= last
        last = now
