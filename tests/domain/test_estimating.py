"""The range of wait on the slip: recomputed by hand, never negative, rounded outward."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bands import LONGEST_MIN, RATIOS_NEEDED, Ratios
from server.domain.estimating import STEP_MIN, Z_10_90, Estimate, WaitRange, cold_start, estimate, outward, spread
from server.domain.pace import Pace, Quote

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


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


# With the day's calls known. ------------------------------------------------------------------------------------------


def a_morning(calls: int = 21, *, every_min: float = 4, waited_min: float = 12, ahead: int = 2) -> Pace:
    """A queue called every four minutes since nine; each had two ahead, waited twelve minutes and was told so."""
    pace = Pace().on(MONDAY)
    for n in range(calls):
        quote = Quote(ahead, waited_min, waited_min, waited_min)
        pace = pace.called(NINE + timedelta(minutes=n * every_min), wait_s=waited_min * 60, quoted=quote)
    return pace


def estimated(
    pace: Pace, ahead: int, *, first_waited_min: float | None = None, after_min: float = 81, counters: int = 1,
    minutes: float = 4,
) -> Estimate:  # fmt: skip
    first = None if first_waited_min is None else timedelta(minutes=first_waited_min)
    now = NINE + timedelta(minutes=after_min)
    return estimate(
        pace, ahead=ahead, open_counters=counters, service_minutes=minutes, first_in_line_waited=first, now=now
    )


def test_the_steady_estimate_is_the_mean_of_length_custom_and_the_first_in_line() -> None:
    # Three places × 4 min = 12; the usual 12 min with two ahead; the first has waited 18. Their mean is 14.
    assert estimated(a_morning(), 2, first_waited_min=18).quote.steady_min == pytest.approx(14, abs=0.01)


def test_the_plain_estimate_is_the_mean_of_length_the_first_in_line_and_the_last_wait() -> None:
    # Two ahead × 4 min = 8; the first has waited 19, the last one called 12. Their mean is 13.
    assert estimated(a_morning(), 2, first_waited_min=19).quote.plain_min == pytest.approx(13)


def test_the_last_wait_is_dropped_after_half_an_hour() -> None:
    pace = a_morning()  # The last call was at minute 80.

    assert estimated(pace, 2, after_min=110).quote.plain_min == pytest.approx((8 + 12) / 2)
    assert estimated(pace, 2, after_min=111).quote.plain_min == pytest.approx(8)


def test_the_blend_leans_on_the_steady_estimate_while_both_are_as_good() -> None:
    made = estimated(a_morning(), 2, first_waited_min=18)

    assert made.blend_min == pytest.approx((made.quote.steady_min + 0.1 * made.quote.plain_min) / 1.1, abs=0.001)
    assert made.method == "blend"


def test_the_plain_estimate_takes_over_on_a_day_unlike_others() -> None:
    pace = a_morning()
    for n in range(20):  # Suddenly nobody waits more than a minute; what is usual says twelve.
        now = NINE + timedelta(minutes=81 + n)
        pace = pace.called(now, wait_s=60, quoted=Quote(2, 12, 12, 2))
    made = estimated(pace, 2, first_waited_min=1, after_min=101)

    assert made.quote.steady_min > made.quote.plain_min
    assert made.blend_min == pytest.approx(made.quote.plain_min, rel=0.05)


def test_before_the_first_call_of_a_day_the_first_in_line_says_nothing() -> None:
    tuesday = a_morning().on(MONDAY + timedelta(days=1))

    assert estimated(tuesday, 2, first_waited_min=600) == estimated(tuesday, 2)


def test_a_new_day_begins_with_the_usual_gap() -> None:
    tuesday = a_morning(every_min=2).on(MONDAY + timedelta(days=1))

    # 20 gaps of 2 min and 5 standard ones of 4: 2.4 min for one place; nobody yet had nobody ahead.
    assert estimated(tuesday, 0).quote.steady_min == pytest.approx(2.4)


def test_the_range_is_the_blend_times_the_quantiles_of_its_band() -> None:
    ratios = Ratios()
    for n in range(99):
        ratios = ratios.with_one(0.5 + n / 100)

    # Tenth from either end: 0.59 and 1.39, half a hundredth outward.
    assert spread(20, 2, ratios) == pytest.approx((20 * 0.585, 20 * 1.395))


def test_before_forty_waits_in_a_band_the_range_is_a_gammas() -> None:
    known, too_few = (a_morning(RATIOS_NEEDED - less) for less in (0, 1))

    # Everybody waited as long as they were told, so the quantiles are close to 1; the gamma's are not.
    assert estimated(known, 2).high_min < 1.1 * estimated(known, 2).blend_min
    assert estimated(too_few, 2).high_min > 1.5 * estimated(too_few, 2).blend_min


@given(ahead=st.integers(0, 300), minutes=st.floats(0, 4), counters=st.integers(0, 50))
def test_a_queue_that_knows_nothing_says_what_the_cold_start_says(ahead: int, minutes: float, counters: int) -> None:
    made = estimated(Pace(), ahead, counters=counters, minutes=minutes)

    assert made.method == "cold"
    assert made.printed == cold_start(ahead, minutes, counters)


anything = st.floats(allow_nan=True, allow_infinity=True)
quotes = st.none() | st.builds(Quote, st.integers(-5, 10**6), anything, anything, anything)


@given(
    calls=st.lists(st.tuples(st.integers(-500, 5000), st.none() | anything, quotes), max_size=50),
    ahead=st.integers(-10, 10**9), minutes=anything, counters=st.integers(-3, 10**6),
    first=st.none() | st.timedeltas(),
)  # fmt: skip
def test_whatever_is_asked_the_range_is_finite_in_order_and_within_what_is_printed(
    calls: list[tuple[int, float | None, Quote | None]], ahead: int, minutes: float, counters: int,
    first: timedelta | None,
) -> None:  # fmt: skip
    pace = Pace().on(MONDAY)
    for minute, wait_s, quote in calls:
        pace = pace.called(NINE + timedelta(minutes=minute), wait_s=wait_s, quoted=quote)

    made = estimate(
        pace, ahead=ahead, open_counters=counters, service_minutes=minutes, first_in_line_waited=first, now=NINE
    )

    assert 0 <= made.low_min <= made.high_min <= LONGEST_MIN
    assert 0 <= made.blend_min <= LONGEST_MIN
    assert made.printed.low_min <= made.low_min
    assert made.high_min <= made.printed.high_min
    assert made.printed.low_min < made.printed.high_min


@given(st.integers(0, 200), st.integers(0, 200))
def test_with_more_people_ahead_in_the_same_band_the_estimate_is_no_shorter(one: int, other: int) -> None:
    pace = Pace().on(MONDAY).called(NINE, wait_s=60).called(NINE + timedelta(minutes=5), wait_s=600)
    fewer, more = sorted((one, other))

    assert estimated(pace, fewer).blend_min <= estimated(pace, more).blend_min
