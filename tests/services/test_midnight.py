"""The server runs over midnight: each office's numbers and quotas begin again on its own day."""

from datetime import date

import pytest

from server.domain.errors import NotYourStep, NumbersExhausted, OfficeClosed, QuotaFull, ServiceClosed
from server.services import looking
from tests.services.office import Founder, OfficeAtWork, document

# The moment of midnight, and whose it is. In Warsaw: an ordinary night, the night before the clocks go forward, the
# one before they go back, and the two after those.
MIDNIGHTS = [
    ("Asia/Bangkok", "2026-11-24T00:00:00+07:00"),
    ("Europe/Warsaw", "2026-11-24T00:00:00+01:00"),
    ("Europe/Warsaw", "2027-03-28T00:00:00+01:00"),
    ("Europe/Warsaw", "2027-03-29T00:00:00+02:00"),
    ("Europe/Warsaw", "2027-10-31T00:00:00+02:00"),
    ("Europe/Warsaw", "2027-11-01T00:00:00+01:00"),
]


def an_office_in(found: Founder, zone: str) -> OfficeAtWork:
    """The demo office, always open, in that zone; its first service has a quota of two."""
    file = document()
    file["office"]["timezone"] = zone
    file["services"][0]["quota_per_day"] = 2
    return found(file)


@pytest.mark.parametrize(("zone", "midnight"), MIDNIGHTS)
def test_numbers_and_quota_begin_again_with_the_offices_own_day(found: Founder, zone: str, midnight: str) -> None:
    office = an_office_in(found, zone)
    service = office.config.services[0].id
    office.clock.stands_at(midnight)
    new_day = date.fromisoformat(midnight[:10])

    office.clock.moves(seconds=-1)
    late = [office.takes_a_number(service).number for _ in range(2)]
    with office.refuses(QuotaFull):
        office.takes_a_number(service)
    with office.db.read(office.id) as look:
        assert look.day == date.fromordinal(new_day.toordinal() - 1)
    office.clock.moves(seconds=2)
    early = [office.takes_a_number(service).number for _ in range(2)]

    assert late == early == ["A001", "A002"]
    with office.db.work(office.id) as work:
        assert work.day == new_day
    with office.refuses(QuotaFull):
        office.takes_a_number(service)


def test_midnight_elsewhere_begins_no_day(found: Founder) -> None:
    office = an_office_in(found, "Europe/Warsaw")
    office.clock.stands_at("2026-11-24T00:00:01+07:00")  # Six in the evening in Warsaw.
    assert office.takes_a_number().number == "A001"
    office.clock.stands_at("2026-11-24T00:00:01+00:00")  # One past midnight there.
    assert office.takes_a_number().number == "A001"
    office.clock.stands_at("2026-11-24T07:00:00+07:00")

    assert office.takes_a_number().number == "A002"


def test_the_hour_that_comes_twice_gives_no_number_twice(found: Founder) -> None:
    office = an_office_in(found, "Europe/Warsaw")
    other = office.config.services[1].id
    numbers = []
    for moment in ("2027-10-31T02:30:00+02:00", "2027-10-31T02:30:00+01:00", "2027-10-31T03:00:00+01:00"):
        office.clock.stands_at(moment)
        numbers.append(office.takes_a_number(other).number)

    assert numbers == ["A001", "A002", "A003"]


@pytest.mark.parametrize(
    ("clock", "refusal", "opens"),
    [
        ("11:59:59", None, ""),
        ("12:00", OfficeClosed, "2026-11-23T13:00:00+07:00"),
        ("13:00", None, ""),
        ("16:14:59", None, ""),
        ("16:15", ServiceClosed, "2026-11-24T08:30:00+07:00"),
        ("16:30", OfficeClosed, "2026-11-24T08:30:00+07:00"),
        ("2026-11-26T16:30:00+07:00", OfficeClosed, "2026-11-30T08:30:00+07:00"),
    ],
)
def test_the_last_number_is_given_before_closing_and_a_refusal_tells_the_next_opening(
    strict: OfficeAtWork, clock: str, refusal: type[OfficeClosed | ServiceClosed] | None, opens: str
) -> None:
    strict.clock.stands_at(clock)

    if refusal is None:
        assert strict.takes_a_number("id_renew").number == "K001"
        return
    with strict.refuses(refusal, next_opens=opens):
        strict.takes_a_number("id_renew")


def test_on_a_public_holiday_that_the_offices_file_does_not_list_no_number_is_given(strict: OfficeAtWork) -> None:
    strict.clock.stands_at("2027-02-22T10:00:00+07:00")  # Makha Bucha is the Sunday before.

    with strict.refuses(OfficeClosed, next_opens="2027-02-23T08:30:00+07:00"):
        strict.takes_a_number("id_renew")


def test_when_a_queues_range_is_used_up_its_day_has_no_number_left_and_the_next_day_begins_again(
    found: Founder,
) -> None:
    file = document("strict")
    file["queues"][1] |= {"prefix": "K", "first": 501, "last": 502}
    file["queues"][0] |= {"last": 500}
    office = found(file)
    assert [office.takes_a_number(each).number for each in ("house_no", "marriage", "id_renew")] == [
        "K501", "K502", "K001",
    ]  # fmt: skip

    for service in ("house_no", "marriage"):
        with office.refuses(NumbersExhausted, queue="L", last=502):
            office.takes_a_number(service, request_id=f"tap {service}")
    offered = {each.id: each.reason for each in looking.services(office.db, office.kiosk).services}
    office.clock.moves(days=1)

    assert offered == {"id_renew": None, "certified_copy": "numbers_exhausted", "marriage": "numbers_exhausted",
                       "house_no": "numbers_exhausted", "complaint": None}  # fmt: skip
    assert office.takes_a_number("house_no", request_id="tap house_no").number == "K501"
    assert all(each.open for each in looking.services(office.db, office.kiosk).services)


def test_the_last_number_of_a_range_is_given(found: Founder) -> None:
    file = document("strict")
    file["queues"][0] |= {"first": 999, "last": 1000}
    office = found(file)

    assert [office.takes_a_number("id_renew").number for _ in range(2)] == ["K999", "K1000"]
    with office.refuses(NumbersExhausted):
        office.takes_a_number("id_renew")


def test_a_step_of_yesterday_cannot_be_taken_back_by_the_first_command_of_today(strict: OfficeAtWork) -> None:
    strict.opens(1)
    strict.takes_a_number("id_renew")
    called = strict.calls_somebody(1)
    strict.clock.stands_at("2026-11-24T09:00:00+07:00")

    with strict.refuses(NotYourStep):  # That command closes the ticket, too, and only then is asked.
        strict.undoes(called)
