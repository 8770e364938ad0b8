"""What a queue remembers of its calls: gaps while somebody waited, one day at a time, in a document that comes back."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bands import BANDS, RATIOS
from server.domain.pace import BREAK, GAPS, Pace, Quote

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def paced(*calls: tuple[float, float]) -> Pace:
    """A queue's pace after calls at these minutes past nine, of people who had waited so many minutes."""
    pace = Pace().on(MONDAY)
    for minute, waited in calls:
        pace = pace.called(at(minute), wait_s=waited * 60)
    return pace


def quoted(blend_min: float = 10, ahead: int = 2, *, steady: float | None = None, plain: float | None = None) -> Quote:
    return Quote(ahead, blend_min, blend_min if steady is None else steady, blend_min if plain is None else plain)


def test_the_gap_is_from_call_to_call_while_people_wait() -> None:
    assert paced((0, 30), (4, 30), (10, 30)).gaps_min == (4, 6)


def test_the_first_call_of_a_day_ends_no_gap() -> None:
    assert paced((0, 30)).gaps_min == ()


def test_time_in_which_nobody_waited_is_no_part_of_a_gap() -> None:
    # They came two minutes before they were called; the counter was idle for the 38 before.
    assert paced((0, 5), (40, 2)).gaps_min == (2,)


def test_a_lunch_counts_as_five_usual_gaps() -> None:
    usual = [(4.0 * n, 60.0) for n in range(GAPS + 1)]

    assert paced(*usual, (usual[-1][0] + 60, 90)).gaps_min[-1] == BREAK * 4


def test_a_clock_that_ran_back_makes_a_gap_of_nothing() -> None:
    pace = paced((10, 5), (8, 5), (12, 5))

    assert pace.gaps_min == (0, 2)


def test_only_the_last_twenty_gaps_are_kept() -> None:
    assert len(paced(*((n, 60) for n in range(100))).gaps_min) == GAPS


def test_the_usual_gap_is_the_mean_of_the_first_ones() -> None:
    pace = paced((0, 30), (4, 30), (10, 30))

    assert (pace.usual_gap_min, pace.gaps_seen) == (5, 2)


def test_another_day_begins_without_calls_but_not_without_what_is_usual() -> None:
    before = paced((0, 30), (4, 30)).called(at(8), wait_s=300, quoted=quoted())
    after = before.on(MONDAY + timedelta(days=1))

    assert (after.last_call, after.gaps_min, after.last_wait_min, after.last_wait_at) == (None, (), None, None)
    assert (after.usual_gap_min, after.bands) == (before.usual_gap_min, before.bands)
    assert before.on(MONDAY) is before


def test_a_call_of_another_queue_at_the_same_counter_tells_only_the_pace() -> None:
    own, shared = (paced((0, 30)).called(at(4), wait_s=600, quoted=each) for each in (quoted(), None))

    assert list(shared.gaps_min) == list(own.gaps_min) == [4]
    assert shared.bands == Pace().bands
    assert shared.last_wait_min is None


def test_a_call_of_unknown_wait_counts_the_whole_gap_and_no_wait() -> None:
    pace = paced((0, 30)).called(at(7), quoted=quoted())

    assert list(pace.gaps_min) == [7]
    assert pace.bands == Pace().bands


def test_a_call_remembers_the_wait_and_its_ratio_in_the_band_it_was_quoted_in() -> None:
    pace = paced((0, 30)).called(at(4), wait_s=900, quoted=quoted(10, ahead=2))

    assert (pace.last_wait_min, pace.last_wait_at) == (15, at(4))
    assert pace.bands[1].each_min == 5
    assert pace.bands[1].ratios.kept == (150,)
    assert [band.seen for band in pace.bands] == [0, 1, 0, 0, 0, 0]


def test_how_far_the_two_estimates_were_off_fades_with_each_call() -> None:
    pace = paced((0, 30))
    for minute in (4, 8):
        pace = pace.called(at(minute), wait_s=600, quoted=quoted(steady=20, plain=12))

    assert pace.steady_off == pytest.approx(0.95 * 10 + 10)
    assert pace.plain_off == pytest.approx(0.95 * 2 + 2)


minutes = st.floats(allow_nan=True, allow_infinity=True)
quotes = st.none() | st.builds(Quote, st.integers(-5, 10**6), minutes, minutes, minutes)
calls = st.lists(st.tuples(st.integers(-500, 5000), st.none() | minutes, quotes), max_size=30)


@given(calls)
def test_whatever_is_told_of_calls_a_pace_comes_back_from_its_document(
    told: list[tuple[int, float | None, Quote | None]],
) -> None:
    pace = Pace().on(MONDAY)
    for minute, wait_s, quote in told:
        pace = pace.called(at(minute), wait_s=wait_s, quoted=quote)

    written = json.dumps(pace.to_document(), allow_nan=False)  # Refuses what is no number in JSON.

    assert Pace.from_document(json.loads(written)) == pace


def test_the_document_of_a_queue_that_has_seen_everything_is_below_eight_kilobytes() -> None:
    pace = Pace().on(MONDAY)
    for n in range(RATIOS):
        for band in range(BANDS):
            pace = pace.called(at(n + band / 7), wait_s=1234.567 + n, quoted=quoted(7.7, ahead=2**band - 1))

    assert all(len(band.ratios.kept) == RATIOS for band in pace.bands)
    assert len(json.dumps(pace.to_document())) < 8192


@pytest.mark.parametrize("document", [None, {}, {"version": 0, "gaps_min": "?"}])
def test_a_document_of_another_version_is_a_queue_that_knows_nothing(document: dict[str, object] | None) -> None:
    assert Pace.from_document(document) == Pace()
