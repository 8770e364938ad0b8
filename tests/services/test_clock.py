"""The one Clock, and how it is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from server.clock import Clock, clock_from


def test_the_real_clock_is_the_machines_in_utc() -> None:
    before, now, after = datetime.now(UTC), clock_from("real")(), datetime.now(UTC)

    assert before <= now <= after
    assert now.tzinfo is UTC
    assert not clock_from("real").is_simulated
    assert clock_from("real").real_seconds(30) == 30


@pytest.mark.parametrize(
    ("text", "start", "factor"),
    [
        ("2026-11-23T09:00+07:00", "2026-11-23T02:00:00+00:00", 1),
        ("2026-11-23T09:00:30+07:00x60", "2026-11-23T02:00:30+00:00", 60),
        ("2026-11-23T02:00Zx0.5", "2026-11-23T02:00:00+00:00", 0.5),
        ("2569-11-23T09:00+07:00", "2026-11-23T02:00:00+00:00", 1),
        ("2026-11-23 09:00+07:00x1", "2026-11-23T02:00:00+00:00", 1),
    ],
)
def test_a_simulated_clock_runs_on_from_its_start_at_its_speed(text: str, start: str, factor: float) -> None:
    clock = clock_from(text)

    began = datetime.fromisoformat(start)
    first, second = clock(), clock()
    assert clock.is_simulated
    assert timedelta(0) <= first - began < timedelta(seconds=5 * factor)
    assert second >= first
    assert first.utcoffset() == timedelta(0)
    assert clock.real_seconds(60) == 60 / factor


def test_simulated_time_passes_as_much_faster_as_was_asked() -> None:
    clock = Clock(start=datetime(2026, 11, 23, 2, tzinfo=UTC), factor=60, _began=0.0)
    slow = Clock(start=datetime(2026, 11, 23, 2, tzinfo=UTC), factor=1, _began=0.0)
    assert clock.start is not None

    passed, passed_slowly = clock() - clock.start, slow() - clock.start

    assert passed / passed_slowly == pytest.approx(60, rel=0.01)


@pytest.mark.parametrize(
    "text",
    ["", "Real", "now", "09:00", "2026-11-23", "2026-11-23T09:00", "2026-11-23T09:00x60", "2026-11-23T09:00+07:00x0",
     "2026-11-23T09:00+07:00x-1", "2026-11-23T09:00+07:00x", "2026-11-23T09:00+07:00 x60", "x60", "realx60",
     "2026-13-23T09:00+07:00", "2569-11-23T25:00+07:00", "2026-11-23T09:00+07:00x60x60",
     "2026-11-23T09:00+07:00x" + "9" * 400, "0001-01-01T00:00+07:00", "9999-12-31T23:59+00:00", "real\n"],
    ids=lambda text: text[:32] or "nothing",
)  # fmt: skip
def test_anything_else_is_no_clock(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        clock_from(text)
