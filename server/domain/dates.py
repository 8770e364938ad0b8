"""Dates as people and programs write them: day first or year first, in the common or the Buddhist era."""

import re
from datetime import date

BUDDHIST_YEARS = 543
BUDDHIST_FROM = 2400  # A year beyond it is of the Buddhist era: 2400 was 1857, and nobody books for the year 2400.

_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
# `\d` takes Thai digits too, which a Thai keyboard types.
_DAY_FIRST = re.compile(r"\s*(?P<day>\d{1,2})([/.-])(?P<month>\d{1,2})\2(?P<year>\d{4})\s*")


def read_date(written: str) -> date:
    """Return the day that `2026-11-23`, `2569-11-23`, `23/11/2569` or `๒๓/๑๑/๒๕๖๙` says; ValueError for anything else.

    A year of two digits is refused: 69 and 26 are the same year in two eras.
    """
    found = _YEAR_FIRST.fullmatch(written) or _DAY_FIRST.fullmatch(written)
    if found is None:
        raise ValueError(f"{written[:40]!r} is no date")
    # The era first: 29 February 2571 is a day, though the common year 2571 has none.
    return date(common_year(int(found["year"])), int(found["month"]), int(found["day"]))


def common_year(year: int) -> int:
    """Return the year of the common era for one that may be written in the Buddhist."""
    return year - BUDDHIST_YEARS if year >= BUDDHIST_FROM else year
