"""Bands of queue length: which one, and the quantiles of the ratios kept in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bands import BANDS, ELSEWHERE, MEMORY, RATIOS, Band, Ratios, band_of, quantiles


@pytest.mark.parametrize(
    ("ahead", "band"), [(-3, 0), (0, 0), (1, 1), (2, 1), (3, 2), (6, 2), (7, 3), (14, 3), (15, 4), (30, 4), (31, 5)]
)
def test_each_band_is_twice_as_wide_as_the_one_before(ahead: int, band: int) -> None:
    assert band_of(ahead) == band


def test_the_last_band_has_no_end() -> None:
    assert band_of(10**9) == BANDS - 1


BAND = 2


def ratios_of(*ratios: float) -> Ratios:
    kept = Ratios()
    for ratio in ratios:
        kept = kept.with_one(ratio, BAND)
    return kept


def test_without_a_history_the_quantiles_are_those_of_other_offices() -> None:
    low, high = Ratios().range_in(BAND)

    # Of 40 equal parts, the fourth reaches 10 % and the 36th 88 %; half a hundredth outward.
    assert (low, high) == pytest.approx((ELSEWHERE[BAND][3] / 100 - 0.005, ELSEWHERE[BAND][35] / 100 + 0.005))


def test_forty_of_its_own_weigh_as_much_as_all_other_offices_and_the_newer_more() -> None:
    own = ratios_of(*[1.0] * 40)
    turned, turning = ratios_of(*[1.0] * 100, *[3.0] * 20), ratios_of(*[3.0] * 20, *[1.0] * 100)

    assert own.low is not None
    assert own.high is not None
    assert Ratios().range_in(BAND)[0] < own.low <= 1.005 <= own.high < Ratios().range_in(BAND)[1]
    assert turned.high is not None
    assert turning.high is not None
    assert turned.high > turning.high


def test_only_the_last_two_hundred_are_kept() -> None:
    kept = ratios_of(*[5.0] * RATIOS, *[1.0] * RATIOS)

    assert kept == ratios_of(*[1.0] * RATIOS)


@given(st.lists(st.floats(), max_size=RATIOS + 50))
def test_the_quantiles_are_always_those_of_the_ratios_that_are_kept(ratios: list[float]) -> None:
    kept = ratios_of(*ratios)

    assert kept.range_in(BAND) == quantiles(kept.kept, BAND)
    assert len(kept.kept) == min(len(ratios), RATIOS)
    assert kept.low is None or kept.high is None or 0 <= kept.low <= kept.high <= 100.005


def test_a_band_remembers_the_mean_wait_per_place_in_line() -> None:
    # 12 minutes with two ahead are 4 for each of three places, 24 are 8; their mean is 6.
    band = Band().with_wait(12, 2, blend_min=10).with_wait(24, 2, blend_min=10)

    assert (band.each_min, band.seen, band.ratios.kept) == (6, 2, (120, 240))


def test_a_band_forgets_slowly_after_a_hundred_waits() -> None:
    band = Band()
    for _ in range(MEMORY):
        band = band.with_wait(1, 0, blend_min=1)

    assert band.with_wait(101, 0, blend_min=1).each_min == pytest.approx(2)


def test_a_blend_that_is_nearly_nothing_counts_as_half_a_minute() -> None:
    assert Band().with_wait(10, 0, blend_min=0.4).ratios.kept == (2000,)
