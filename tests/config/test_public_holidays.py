"""Public holidays by country: the days on which a district office of Thailand is closed."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.domain.office import Text
from server.domain.office_file import read_office
from server.public_holidays import holidays_of

STRICT = Path(__file__).parents[2] / "config" / "offices" / "strict.toml"


@pytest.mark.parametrize(
    ("day", "english"),
    [
        ("2026-06-01", "Visakha Bucha (in lieu)"),  # The 31st of May is a Sunday.
        ("2026-12-10", "Constitution Day"),
        ("2027-02-22", "Makha Bucha (in lieu)"),
        ("2027-07-20", "Asarnha Bucha (in lieu)"),  # A Sunday, and the Monday after it is Buddhist Lent Day.
        ("2027-10-25", "HM King Chulalongkorn Memorial Day (in lieu)"),
    ],
)
def test_a_holiday_on_a_weekend_is_made_up_for_on_the_next_working_day(day: str, english: str) -> None:
    when = date.fromisoformat(day)

    assert holidays_of("TH")(when.year)[when].en == english


@pytest.mark.parametrize("day", ["2026-05-01", "2027-05-03", "2026-01-10"])
def test_what_is_a_holiday_of_banks_or_children_only_closes_no_office(day: str) -> None:
    when = date.fromisoformat(day)

    assert when not in holidays_of("TH")(when.year)


def test_names_are_in_both_languages() -> None:
    found = holidays_of("TH")(2027)

    assert found[date(2027, 4, 13)] == Text("วันสงกรานต์", "Songkran Festival")
    assert found[date(2027, 12, 6)].th.startswith("ชดเชยวันคล้ายวันเฉลิมพระชนมพรรษา")


def test_every_day_of_the_strict_offices_own_list_that_the_country_has_is_the_countrys_too() -> None:
    document = tomllib.loads(STRICT.read_text(encoding="utf-8"))
    office = read_office(document, public_holidays=holidays_of)
    own = set(office.holidays)

    of_the_country = {day for day in own if day in office.public_holidays(day.year)}

    assert own - of_the_country == {date(2026, 11, 27)}  # The electrical work.
    assert office.holiday_on(date(2026, 12, 5)) == Text("วันพ่อแห่งชาติ", "National Father's Day")


def test_between_november_2026_and_april_2027_the_strict_offices_list_lacks_only_makha_bucha() -> None:
    office = read_office(tomllib.loads(STRICT.read_text(encoding="utf-8")), public_holidays=holidays_of)
    days = [date(2026, 11, 23) + timedelta(days=ahead) for ahead in range(150)]

    lacking = [day for day in days if day in office.public_holidays(day.year) and day not in office.holidays]

    assert lacking == [date(2027, 2, 21), date(2027, 2, 22)]


def test_each_year_is_worked_out_once_and_any_year_can_be_asked_for() -> None:
    of_thailand = holidays_of("TH")

    assert of_thailand(2040) is of_thailand(2040)
    assert date(2040, 1, 1) in of_thailand(2040)
    assert all(day.year == 2028 for day in of_thailand(2028))
    assert dict(of_thailand(2569)) == {}


@pytest.mark.parametrize("country", ["XX", "th", "", "Thailand", 5])
def test_a_country_without_a_known_code_is_refused(country: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        holidays_of(country)


@pytest.mark.parametrize("country", ["TH", "LA", "PL", "JP"])
def test_every_holiday_has_a_name_whatever_the_country_speaks(country: str) -> None:
    found = holidays_of(country)(2027)

    assert len(found) > 5
    assert all(name.th and name.en for name in found.values())
