"""The simulated day's time runs with the server's clock, and stands still without it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from server.demo.simulated_time import DayStopped, SimulatedTime

EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_it_stands_still_until_there_is_a_server() -> None:
    time = SimulatedTime(EIGHT, speed=1e6, stop=threading.Event())

    assert time.now() == EIGHT
    assert time.now() == EIGHT


def test_it_runs_as_many_times_faster_as_it_was_told() -> None:
    time = SimulatedTime(EIGHT, speed=6000, stop=threading.Event())
    time.follow(EIGHT)

    time.sleep(timedelta(minutes=2))

    assert timedelta(minutes=2) <= time.now() - EIGHT < timedelta(hours=2)


def test_who_sleeps_through_an_outage_sleeps_no_shorter() -> None:
    time = SimulatedTime(EIGHT, speed=6000, stop=threading.Event())
    time.follow(EIGHT)
    time.stand_still()
    woken = threading.Event()

    def sleep_a_minute() -> None:
        time.sleep(timedelta(minutes=1))
        woken.set()

    threading.Thread(target=sleep_a_minute, daemon=True).start()

    assert not woken.wait(0.2)  # Twenty simulated minutes, had there been a server.
    time.follow(EIGHT)
    assert woken.wait(5)


def test_the_end_of_the_day_wakes_everybody() -> None:
    stop = threading.Event()
    time = SimulatedTime(EIGHT, speed=1, stop=stop)
    stop.set()

    with pytest.raises(DayStopped):
        time.sleep(timedelta(hours=8))
