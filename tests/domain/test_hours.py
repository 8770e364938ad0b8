"""When a number may be taken: the strict office is open from Monday to Friday, 08:30 to 16:30, lunch at noon."""

import tomllib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from server.domain import hours
from server.domain.errors import NumbersExhausted, OfficeClosed, QuotaFull, ServiceClosed
from server.domain.office import Break, Office, Opening, Queue, Service, Text, no_public_holidays
from server.domain.office_file import read_office
from tests.domain.making import MONDAY, an_office, at

STRICT = Path(__file__).parents[2] / "config" / "offices" / "strict.toml"
SATURDAY = MONDAY + timedelta(5)
HOLIDAY = date(2026, 11, 27)  # A Friday, by the strict office's file.


@pytest.fixture(scope="module")
def strict() -> Office:
    return read_office(
        tomllib.loads(STRICT.read_text(encoding="utf-8")), public_holidays=lambda _country: no_public_holidays
    )


@pytest.mark.parametrize("clock", ["08:30", "11:59:59.999999", "13:00", "16:14:59.999999"])
def test_numbers_are_given_while_the_office_is_open(strict: Office, clock: str) -> None:
    hours.refuse_if_closed(strict, at(clock))


@pytest.mark.parametrize("clock", ["00:00", "08:29:59.999999", "16:30", "23:59:59.999999"])
def test_outside_its_hours_the_office_is_closed(strict: Office, clock: str) -> None:
    with pytest.raises(OfficeClosed) as refused:
        hours.refuse_if_closed(strict, at(clock))

    assert (refused.value.facts["opens"], refused.value.facts["closes"]) == ("08:30", "16:30")


@pytest.mark.parametrize("clock", ["12:00", "12:59:59.999999"])
def test_at_lunch_the_office_is_closed_and_tells_when_it_opens_again(strict: Office, clock: str) -> None:
    with pytest.raises(OfficeClosed) as refused:
        hours.refuse_if_closed(strict, at(clock))

    assert refused.value.facts == {"opens": "13:00", "closes": "12:00", "next_opens": "2026-11-23T13:00:00+07:00"}


@pytest.mark.parametrize("clock", ["16:15", "16:29:59.999999"])
def test_after_the_last_issue_the_day_has_ended_for_new_tickets(strict: Office, clock: str) -> None:
    with pytest.raises(ServiceClosed) as refused:
        hours.refuse_if_closed(strict, at(clock))

    assert refused.value.facts == {"last": "16:15", "next_opens": "2026-11-24T08:30:00+07:00"}


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
    assert hours.next_opening(demo, at("03:00", SATURDAY)) is None


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


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T07:00", "2026-11-23T08:30"),
        ("2026-11-23T08:30", "2026-11-23T13:00"),  # It is open now: the next beginning is after lunch.
        ("2026-11-23T12:30", "2026-11-23T13:00"),
        ("2026-11-23T16:15", "2026-11-24T08:30"),
        ("2026-11-23T23:59:59", "2026-11-24T08:30"),
        ("2026-11-26T17:00", "2026-11-30T08:30"),  # Friday is the office's own closed day, then comes the weekend.
        ("2026-12-30T17:00", "2027-01-04T08:30"),  # New Year's Eve, New Year, Saturday, Sunday.
    ],
)
def test_the_next_opening_may_be_today_tomorrow_or_after_a_holiday(strict: Office, now: str, opens: str) -> None:
    moment = datetime.fromisoformat(f"{now}+07:00")

    assert hours.next_opening(strict, moment) == datetime.fromisoformat(f"{opens}+07:00")


def test_a_refusal_tells_when_numbers_are_given_again(strict: Office) -> None:
    with pytest.raises(OfficeClosed) as refused:
        hours.refuse_if_closed(strict, at("10:00", HOLIDAY))

    assert refused.value.facts == {"opens": None, "next_opens": "2026-11-30T08:30:00+07:00"}


def test_an_office_that_never_opens_again_has_no_next_opening() -> None:
    every_day = [MONDAY + timedelta(days=ahead) for ahead in range(400)]

    assert hours.next_opening(an_office(holidays=every_day), at("07:00")) is None
    assert hours.next_opening(replace(an_office(), openings=()), at("07:00")) is None


def test_the_end_of_a_break_is_no_opening_when_the_last_issue_is_over_or_another_break_begins() -> None:
    late_break = an_office(lunch=("16:00", "16:20"))
    two_breaks = an_office(lunch=None)
    day = Opening(
        frozenset(range(5)), time(8, 30), time(16, 30), (Break(time(8, 30), time(9)), Break(time(9), time(10)))
    )

    assert hours.next_opening(late_break, at("16:10")) == at("08:30", MONDAY + timedelta(1))
    assert hours.next_opening(replace(two_breaks, openings=(day,)), at("07:00")) == at("10:00")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2027-03-26T17:00+01:00", "2027-03-29T08:30+02:00"),  # Clocks go forward on Sunday the 28th.
        ("2027-10-29T17:00+02:00", "2027-11-01T08:30+01:00"),
        ("2027-03-29T08:29:59+02:00", "2027-03-29T08:30+02:00"),
    ],
)
def test_the_next_opening_is_by_the_offices_own_clock_in_summer_and_in_winter(now: str, opens: str) -> None:
    warsaw = an_office(zone="Europe/Warsaw")

    found = hours.next_opening(warsaw, datetime.fromisoformat(now))

    assert found is not None
    assert found.isoformat() == datetime.fromisoformat(opens).isoformat()


@pytest.mark.parametrize(
    ("clock", "given"),
    [("11:59:59", True), ("12:00", False), ("12:59:59", False), ("13:00", True), ("16:14:59", True), ("16:15", False)],
)
def test_closing_at_half_past_four_with_lunch_the_last_number_is_given_at_a_quarter_past(
    clock: str, given: bool
) -> None:
    office = an_office(closes="16:30", lunch=("12:00", "13:00"), last_issue_minutes=15)

    if given:
        hours.refuse_if_closed(office, at(clock))
        return
    with pytest.raises((OfficeClosed, ServiceClosed)):
        hours.refuse_if_closed(office, at(clock))


def test_a_public_holiday_closes_the_office_unless_it_works_on_that_day() -> None:
    tuesday = MONDAY + timedelta(1)
    names = {MONDAY: Text("วันหยุด", "Holiday"), tuesday: Text("วันหยุด", "Holiday")}
    own = {MONDAY: Text("ปิดทำความสะอาด", "Cleaning")}
    office = replace(
        an_office(), public_holidays=lambda year: names if year == 2026 else {}, working=frozenset({MONDAY, tuesday})
    )

    assert office.holiday_on(MONDAY) is office.holiday_on(tuesday) is None
    assert replace(office, working=frozenset()).holiday_on(tuesday) == Text("วันหยุด", "Holiday")
    assert replace(office, holidays=own).holiday_on(MONDAY) == Text("ปิดทำความสะอาด", "Cleaning")
    with pytest.raises(OfficeClosed):
        hours.refuse_if_closed(replace(office, working=frozenset()), at("10:00"))
    hours.refuse_if_closed(office, at("10:00"))


def test_after_the_last_number_of_its_range_a_queue_has_none_and_without_an_end_always_one() -> None:
    text = Text("บัตร", "Cards")
    short = Queue("K", "K", text, first=1, last=2)

    hours.refuse_if_exhausted(short, 2)
    with pytest.raises(NumbersExhausted) as refused:
        hours.refuse_if_exhausted(short, 3)
    hours.refuse_if_exhausted(Queue("K", "K", text), 10**9)

    assert refused.value.facts == {"queue": "K", "last": 2}
