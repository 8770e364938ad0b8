"""When a number may be taken: the strict office is open from Monday to Friday, 08:30 to 16:30, lunch at noon."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.domain import hours
from server.domain.errors import OfficeClosed, QuotaFull, ServiceClosed
from server.domain.office import Office, Service, Text
from server.domain.office_file import read_office
from tests.domain.making import BANGKOK, MONDAY, an_office, at

STRICT = Path(__file__).parents[2] / "config" / "offices" / "strict.toml"
SATURDAY = MONDAY + timedelta(5)
HOLIDAY = date(2026, 11, 27)  # A Friday, by the strict office's file.


@pytest.fixture(scope="module")
def strict() -> Office:
    return read_office(tomllib.loads(STRICT.read_text(encoding="utf-8")))


@pytest.mark.parametrize("clock", ["08:30", "11:59:59.999999", "13:00", "16:14:59.999999"])
def test_numbers_are_given_while_the_office_is_open(strict: Office, clock: str) -> None:
    hours.refuse_if_closed(strict, at(clock))


@pytest.mark.parametrize("clock", ["00:00", "08:29:59.999999", "16:30", "23:59:59.999999"])
def test_outside_its_hours_the_office_is_closed(strict: Office, clock: str) -> None:
    with pytest.raises(OfficeClosed) as refused:
        hours.refuse_if_closed(strict, at(clock))

    assert refused.value.facts == {"opens": "08:30", "closes": "16:30"}


@pytest.mark.parametrize("clock", ["12:00", "12:59:59.999999"])
def test_at_lunch_the_office_is_closed_and_tells_when_it_opens_again(strict: Office, clock: str) -> None:
    with pytest.raises(OfficeClosed) as refused:
        hours.refuse_if_closed(strict, at(clock))

    assert refused.value.facts == {"opens": "13:00", "closes": "12:00"}


@pytest.mark.parametrize("clock", ["16:15", "16:29:59.999999"])
def test_after_the_last_issue_the_day_has_ended_for_new_tickets(strict: Office, clock: str) -> None:
    with pytest.raises(ServiceClosed) as refused:
        hours.refuse_if_closed(strict, at(clock))

    assert refused.value.facts == {"last": "16:15"}


@pytest.mark.parametrize("day", [SATURDAY, SATURDAY + timedelta(1), HOLIDAY])
def test_on_weekends_and_holidays_the_office_is_closed_all_day(strict: Office, day: date) -> None:
    with pytest.raises(OfficeClosed) as refused:
        hours.refuse_if_closed(strict, at("10:00", day))

    assert refused.value.facts["opens"] is None


def test_the_day_is_the_offices_own_and_not_the_servers(strict: Office) -> None:
    sunday_evening_in_london = at("08:30", MONDAY)  # 01:30 UTC: Monday morning in Bangkok.
    friday_in_utc_but_saturday_in_bangkok = at("00:30", SATURDAY)

    hours.refuse_if_closed(strict, sunday_evening_in_london)
    with pytest.raises(OfficeClosed):
        hours.refuse_if_closed(strict, friday_in_utc_but_saturday_in_bangkok)


def test_an_office_that_is_always_open_never_refuses() -> None:
    demo = read_office(tomllib.loads(STRICT.with_name("pasang.toml").read_text(encoding="utf-8")))

    hours.refuse_if_closed(demo, at("03:00", SATURDAY))


def test_without_a_pause_before_closing_numbers_are_given_to_the_last_moment() -> None:
    office = an_office(last_issue_minutes=0, lunch=None)

    hours.refuse_if_closed(office, at("12:30"))
    hours.refuse_if_closed(office, at("16:29:59.999999"))


def test_the_quota_is_full_after_its_last_ticket_and_not_before() -> None:
    service = Service("marriage", "L", Text("สมรส", "Marriage"), quota_per_day=5)

    hours.refuse_if_full(service, 4)
    with pytest.raises(QuotaFull) as refused:
        hours.refuse_if_full(service, 5)

    assert refused.value.facts == {"service": "marriage", "quota": 5}


def test_a_service_without_quota_is_never_full_and_one_with_quota_zero_always_is() -> None:
    text = Text("ทำบัตร", "Card")

    hours.refuse_if_full(Service("a", "A", text), 10_000)
    with pytest.raises(QuotaFull):
        hours.refuse_if_full(Service("b", "A", text, quota_per_day=0), 0)


@pytest.mark.parametrize(("clock", "left"), [("00:00", timedelta(days=1)), ("23:59:59", timedelta(seconds=1))])
def test_the_rest_of_the_day_ends_at_midnight(clock: str, left: timedelta) -> None:
    assert hours.until_next_day(at(clock).astimezone(BANGKOK)) == left
