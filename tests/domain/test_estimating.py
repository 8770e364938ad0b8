"""The range of wait on the slip: recomputed by hand, never negative, rounded outward."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bands import LONGEST_MIN, Ratios, band_of, quantiles
from server.domain.estimating import Estimate, WaitRange, estimate, in_hours, outward, spread
from server.domain.pace import Pace, Quote

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_a_queue_that_knows_nothing_leans_on_standard_minutes_and_on_what_other_offices_saw() -> None:
    made = estimated(Pace(), 5, counters=2, minutes=15)

    # 5.5 people × 15 ÷ 2 = 41.25 min, times what other offices saw of those with three to six ahead.
    low, high = quantiles((), band_of(5))
    assert (made.method, made.blend_min) == ("cold", 41.25)
    assert (made.low_min, made.high_min) == pytest.approx((41.25 * low, 41.25 * high))


def test_a_queue_that_knows_nothing_leans_on_the_queues_beside_it() -> None:
    quick, quicker = a_morning(every_min=4), a_morning(every_min=2)

    made = estimated(Pace(), 5, minutes=30, beside=[quick, quicker, Pace()])

    # 20 gaps of 4 min, 20 of 2 min, and 5 standard ones of 30.
    assert made.blend_min == pytest.approx(5.5 * (20 * 4 + 20 * 2 + 5 * 30) / 45)


def test_with_no_counter_open_it_counts_as_one() -> None:
    assert estimated(Pace(), 4, counters=0) == estimated(Pace(), 4, counters=1)


@pytest.mark.parametrize(
    ("low", "high", "hours"),
    [(0, 90, None), (45, 95, (0, 2)), (145, 180, (2, 3)), (370, 760, (6, 13)), (120, 125, (2, 3))],
)
def test_a_range_beyond_ninety_minutes_is_said_in_whole_hours_outward(
    low: int, high: int, hours: tuple[int, int] | None
) -> None:
    assert in_hours(WaitRange(low, high)) == hours


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
    minutes: float = 4, beside: Sequence[Pace] = (),
) -> Estimate:  # fmt: skip
    first = None if first_waited_min is None else timedelta(minutes=first_waited_min)
    now = NINE + timedelta(minutes=after_min)
    return estimate(
        pace,
        ahead=ahead,
        open_counters=counters,
        service_minutes=minutes,
        first_in_line_waited=first,
        now=now,
        beside=beside,
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
        ratios = ratios.with_one(0.5 + n / 100, 2)

    assert ratios.low
    assert ratios.high
    assert spread(20, 3, ratios) == pytest.approx((20 * ratios.low, 20 * ratios.high))
    assert spread(1e6, 3, ratios) == (LONGEST_MIN, LONGEST_MIN)


def test_the_range_narrows_with_every_wait_that_was_as_it_was_said() -> None:
    widths = [(made := estimated(a_morning(n), 2)).high_min / made.blend_min for n in (5, 20, 80, 200)]

    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1.1


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
