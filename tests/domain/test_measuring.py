"""What every report counts, recomputed by hand."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.measuring import Figures, Spans, Times, figures, nearest_rank, spans
from tests.domain.making import at


def times(joined: str, called: str | None = None, started: str | None = None, finished: str | None = None) -> Times:
    def moment(clock: str | None) -> datetime | None:
        return at(clock) if clock else None

    return Times(
        joined_at=at(joined), called_at=moment(called), started_at=moment(started), finished_at=moment(finished)
    )


def test_a_whole_visit_has_wait_walk_service_and_total() -> None:
    assert spans(times("08:00", "08:20", "08:20:45", "08:32")) == Spans(1200.0, 45.0, 675.0, 1920.0)


def test_a_call_nobody_answered_gives_no_wait_and_no_total() -> None:
    assert spans(times("08:00", "08:20", None, "08:25")) == Spans(None, None, None, None)


def test_a_visit_in_service_has_a_wait_and_no_end_yet() -> None:
    assert spans(times("08:00", "08:20", "08:21")) == Spans(1200.0, 60.0, None, None)


def test_who_waits_has_nothing_measured() -> None:
    assert spans(times("08:00")) == Spans(None, None, None, None)


def test_an_instant_visit_counts_as_zero_and_not_as_unknown() -> None:
    assert spans(times("08:00", "08:00", "08:00", "08:00")) == Spans(0.0, 0.0, 0.0, 0.0)


def test_ten_waits_by_hand() -> None:
    waits = [600.0, 0.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0, 420.0, 480.0]

    # Mean 2760 ÷ 10; median between 240 and 300; P90 is the ninth of ten.
    assert figures(waits) == Figures(mean_s=276.0, median_s=270.0, p90_s=480.0, max_s=600.0)


def test_three_waits_by_hand() -> None:
    assert figures([10.0, 20.0, 100.0]) == Figures(mean_s=43.3, median_s=20.0, p90_s=100.0, max_s=100.0)


def test_what_is_not_known_is_left_out() -> None:
    assert figures([None, 30.0, None]) == Figures(mean_s=30.0, median_s=30.0, p90_s=30.0, max_s=30.0)
    assert figures([None]) == figures([]) == Figures(None, None, None, None)


@pytest.mark.parametrize(
    ("count", "rank"), [(1, 1), (2, 2), (9, 9), (10, 9), (11, 10), (19, 18), (20, 18), (70, 63), (110, 99), (1000, 900)]
)
def test_p90_is_the_value_of_the_nearest_rank(count: int, rank: int) -> None:
    assert nearest_rank([float(value) for value in range(1, count + 1)], 0.9) == rank


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_at_least_nine_of_ten_waits_are_no_longer_than_p90_and_no_smaller_value_has_that(waits: list[float]) -> None:
    ordered = sorted(waits)

    p90 = nearest_rank(ordered, 0.9)

    assert p90 in ordered
    assert 10 * sum(wait <= p90 for wait in ordered) >= 9 * len(ordered)
    assert 10 * sum(wait < p90 for wait in ordered) < 9 * len(ordered)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_mean_median_and_p90_lie_between_the_shortest_and_the_longest(waits: list[float]) -> None:
    found = figures(waits)

    for figure in (found.mean_s, found.median_s, found.p90_s):
        assert figure is not None
        assert min(waits) - 0.05 <= figure <= max(waits) + 0.05
    assert found.max_s == round(max(waits), 1)
