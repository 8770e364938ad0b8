"""The range of wait on the slip: recomputed by hand, never negative, rounded outward."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.estimating import STEP_MIN, Z_10_90, WaitRange, cold_start, outward


def test_with_nobody_ahead_the_wait_is_at_most_five_minutes() -> None:
    assert cold_start(0, 15, 2) == WaitRange(0, 5)


def test_five_people_ahead_at_two_counters() -> None:
    # Mean 5 × 15 ÷ 2 = 37.5 min; shape (5 + 1) ÷ 2.5 = 2.4; 1 ÷ (9 × 2.4) = 0.0463, its root 0.2152.
    # 10 %: (1 - 0.0463 - 1.2816 × 0.2152)³ = 0.678³ = 0.3116, times 37.5 = 11.7. 90 %: 1.2295³ = 1.8585, 69.7.
    assert cold_start(5, 15, 2) == WaitRange(10, 70)


def test_one_person_ahead_at_one_counter() -> None:
    # Mean 20; shape 0.8; 1 ÷ 7.2 = 0.1389, root 0.3727. 0.3835³ = 0.0564, 1.1 min; 1.3387³ = 2.3993, 48.0 min.
    assert cold_start(1, 20, 1) == WaitRange(0, 50)


def test_thirty_people_ahead_at_six_counters() -> None:
    # Mean 75; shape 12.4; 1 ÷ 111.6 = 0.00896, root 0.09466. 0.8697³ = 0.6579, 49.3; 1.1123³ = 1.3763, 103.2.
    assert cold_start(30, 15, 6) == WaitRange(45, 105)


def test_with_no_counter_open_it_counts_as_one() -> None:
    assert cold_start(4, 10, 0) == cold_start(4, 10, 1)


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        (11.7, 69.7, WaitRange(10, 70)),
        (15.0, 20.0, WaitRange(15, 20)),
        (14.99, 20.01, WaitRange(10, 25)),
        (0.0, 0.0, WaitRange(0, 5)),
        (15.0, 15.0, WaitRange(15, 20)),
        (16.0, 17.0, WaitRange(15, 20)),
    ],
)
def test_a_range_is_rounded_outward_to_five_minutes_and_never_empty(
    low: float, high: float, printed: WaitRange
) -> None:
    assert outward(low, high) == printed


@given(ahead=st.integers(0, 5000), minutes=st.floats(0, 600), counters=st.integers(0, 50))
def test_a_range_is_never_negative_and_never_empty_and_holds_the_mean(
    ahead: int, minutes: float, counters: int
) -> None:
    wait = cold_start(ahead, minutes, counters)

    assert 0 <= wait.low_min < wait.high_min
    assert wait.low_min % STEP_MIN == wait.high_min % STEP_MIN == 0
    assert wait.low_min <= ahead * minutes / max(1, counters) <= wait.high_min


@given(ahead=st.integers(0, 500), minutes=st.integers(1, 60), counters=st.integers(1, 20))
def test_more_people_ahead_never_shorten_the_wait_and_more_counters_never_lengthen_it(
    ahead: int, minutes: int, counters: int
) -> None:
    wait = cold_start(ahead, minutes, counters)
    longer, quicker = cold_start(ahead + 1, minutes, counters), cold_start(ahead, minutes, counters + 1)

    assert longer.low_min >= wait.low_min
    assert longer.high_min >= wait.high_min
    assert quicker.low_min <= wait.low_min
    assert quicker.high_min <= wait.high_min


@pytest.mark.parametrize("ahead", [1, 2, 3, 5, 10, 30, 100])
def test_the_quantiles_are_those_of_the_gamma_distribution(ahead: int) -> None:
    shape = (ahead + 1) / 2.5
    mean = 1e6  # Far from rounding.

    wait = cold_start(ahead, mean / ahead, 1)

    low, high = (gamma_quantile(shape, share) / shape * mean for share in (0.1, 0.9))
    assert wait.low_min == pytest.approx(low, abs=mean * 0.035)
    assert wait.high_min == pytest.approx(high, abs=mean * 0.035)


def gamma_quantile(shape: float, share: float) -> float:
    """The quantile of a gamma distribution with scale 1, by halving; its distribution by the usual series."""

    def distribution(x: float) -> float:
        term = total = 1 / shape
        for n in range(1, 2000):
            term *= x / (shape + n)
            total += term
        return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))

    low, high = 1e-9, shape * 10 + 10
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if distribution(middle) < share else (low, middle)
    return low


def test_the_normal_quantile_is_right() -> None:
    assert 0.5 * math.erfc(-Z_10_90 / math.sqrt(2)) == pytest.approx(0.9, abs=1e-12)
