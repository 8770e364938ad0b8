"""Bands of queue length: which one, and the quantiles of the ratios kept in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bands import BANDS, MEMORY, RATIOS, RATIOS_NEEDED, Band, Ratios, band_of, quantiles


@pytest.mark.parametrize(
    ("ahead", "band"), [(-3, 0), (0, 0), (1, 1), (2, 1), (3, 2), (6, 2), (7, 3), (14, 3), (15, 4), (30, 4), (31, 5)]
)
def test_each_band_is_twice_as_wide_as_the_one_before(ahead: int, band: int) -> None:
    assert band_of(ahead) == band


def test_the_last_band_has_no_end() -> None:
    assert band_of(10**9) == BANDS - 1


def ratios_of(*ratios: float) -> Ratios:
    kept = Ratios()
    for ratio in ratios:
        kept = kept.with_one(ratio)
    return kept


def test_forty_ratios_are_needed_for_a_quantile() -> None:
    assert ratios_of(*[1.0] * (RATIOS_NEEDED - 1)).low is None
    assert ratios_of(*[1.0] * RATIOS_NEEDED).low is not None


def test_the_quantiles_are_the_tenth_from_each_end_of_ninety_nine() -> None:
    # 99 ratios 0.01 to 0.99: rank (99 + 1) ÷ 10 = 10 from either end, half a hundredth outward.
    kept = ratios_of(*(n / 100 for n in range(1, 100)))

    assert kept.low == pytest.approx(0.095)
    assert kept.high == pytest.approx(0.905)


def test_only_the_last_two_hundred_are_kept() -> None:
    kept = ratios_of(*[5.0] * RATIOS, *[1.0] * RATIOS)

    assert kept == ratios_of(*[1.0] * RATIOS)


@given(st.lists(st.floats(), max_size=RATIOS + 50))
def test_the_quantiles_are_always_those_of_the_ratios_that_are_kept(ratios: list[float]) -> None:
    kept = ratios_of(*ratios)

    assert (kept.low, kept.high) == quantiles(kept.kept)
    assert len(kept.kept) == min(len(ratios), RATIOS)
    assert kept.low is None or kept.high is None or 0 <= kept.low <= kept.high <= 100.005


@given(st.lists(st.floats(0, 100), min_size=RATIOS_NEEDED, max_size=RATIOS))
def test_at_least_eight_in_ten_of_the_kept_ratios_are_within_their_quantiles(ratios: list[float]) -> None:
    kept = ratios_of(*ratios)

    assert kept.low is not None
    assert kept.high is not None
    assert sum(kept.low <= ratio <= kept.high for ratio in ratios) >= 0.8 * len(ratios)


def test_a_band_remembers_the_mean_wait_per_place_in_line() -> None:
    # 12 minutes with two ahead are 4 for each of three places, 24 are 8; their mean is 6.
    band = Band().with_wait(12, 2, blend_min=10).with_wait(24, 2, blend_min=10)

    assert (band.each_min, band.seen, band.ratios.kept) == (6, 2, (120, 240))


def test_a_band_forgets_slowly_after_a_hundred_waits() -> None:
    band = Band()
    for _ in range(MEMORY):
        band = band.with_wait(1, 0, blend_min=1)

    assert band.with_wait(101, 0, blend_min=1).each_min == pytest.approx(2)


def test_a_blend_too_short_to_compare_with_gives_no_ratio() -> None:
    assert Band().with_wait(10, 0, blend_min=0.4).ratios == Ratios()
