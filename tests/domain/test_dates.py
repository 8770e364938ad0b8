"""How a date may be written, and what is no date."""

from datetime import date

import pytest

from server.domain.dates import read_date


@pytest.mark.parametrize(
    "written", ["2026-11-23", "2569-11-23", "23/11/2569", "23-11-2026", " 23.11.2569 ", "๒๓/๑๑/๒๕๖๙"]
)
def test_a_day_is_the_same_in_both_eras_and_both_orders(written: str) -> None:
    assert read_date(written) == date(2026, 11, 23)


def test_a_leap_day_is_one_of_the_year_that_is_meant() -> None:
    assert read_date("2571-02-29") == date(2028, 2, 29)  # The common year 2571 has none.

    with pytest.raises(ValueError, match="day is out of range"):
        read_date("29/2/2570")


@pytest.mark.parametrize(
    "written",
    ["", "x", "23/11/69", "11/23/2569", "23/11-2569", "2026-1-1", "20261123", "2026-W01-1", "๒๐๒๖-๐๑-๐๑", "0000-01-01",
     "2026-11-23T09:00", "1" * 5000, "23/11/2569\0"],
)  # fmt: skip
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|range|month"):
        read_date(written)
