"""Somebody sets the machine's clock back while the office works: nothing is lost, given twice or stuck."""

import pytest

from server.db.work import Database
from server.domain.errors import RecallTooSoon, SlotExpired
from server.services.closing import close_earlier_days
from server.services.verifying import verify
from tests.services.office import OfficeAtWork


def test_a_recall_may_be_made_after_its_interval_though_the_clock_is_an_hour_behind(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    called = office.calls_somebody(1)
    office.recalls(called)
    office.clock.moves(hours=-1)

    office.clock.moves(seconds=29)
    with office.refuses(RecallTooSoon):
        office.recalls(called)
    office.clock.moves(seconds=1)
    recalled = office.recalls(called)

    assert recalled.calls == 3
    assert office.db.clock_behind.total_seconds() == 3600


def test_a_rating_slot_expires_after_its_minute_though_the_clock_is_an_hour_behind(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.serves(1)
    slot = office.open_slot(1)
    office.clock.moves(hours=-1)

    office.clock.moves(seconds=59)
    assert office.open_slot(1) == slot
    office.clock.moves(seconds=1)

    with office.db.read(office.id) as look:
        assert look.ratings.open_at(1, look.now) is None
    with office.refuses(SlotExpired):
        office.rates(5, slot=slot)


def test_a_wait_and_a_service_are_as_long_as_they_were(office: OfficeAtWork) -> None:
    office.opens(1)
    ticket = office.takes_a_number()
    office.clock.moves(minutes=4)
    office.clock.moves(hours=-1)
    office.clock.moves(minutes=8)

    called = office.calls_somebody(1)
    office.starts(called)
    office.clock.moves(minutes=7)
    office.clock.moves(hours=-3)
    finished = office.finishes(called)

    assert called.called_at is not None
    assert finished.finished_at is not None
    # What passed after the last look at the right clock is counted, for the seconds went on.
    assert (called.called_at - ticket.issued_at).total_seconds() == 12 * 60
    assert (finished.finished_at - called.called_at).total_seconds() == 7 * 60
    assert verify(office.engine, office.id, office.config).differences == []


def test_readers_and_commands_agree_on_the_time(office: OfficeAtWork) -> None:
    office.takes_a_number()
    office.clock.moves(hours=-2)
    for _ in range(3):
        office.clock.moves(seconds=20)
        with office.db.read(office.id) as look:
            seen = look.now
        assert office.takes_a_number().issued_at == seen


def test_over_midnight_back_and_forth_no_number_is_given_twice_and_the_day_never_goes_back(
    office: OfficeAtWork,
) -> None:
    given: list[tuple[str, str]] = []
    office.clock.stands_at("23:59:30")
    for jump in (0, 40, -120, 90, -3600, 10, 7200, -86_400, 30, 5):
        office.clock.moves(seconds=jump)
        number = office.takes_a_number().number
        with office.db.read(office.id) as look:
            given.append((look.day.isoformat(), number))

    assert len(set(given)) == len(given)
    days = [day for day, _ in given]
    assert days == sorted(days)
    assert days[0] == "2026-11-23"
    assert set(days) == {"2026-11-23", "2026-11-24"}
    by_day = {day: [number for on, number in given if on == day] for day in days}
    assert by_day["2026-11-23"] == ["A001"]
    assert by_day["2026-11-24"] == [f"A{number:03}" for number in range(1, 10)]


def test_a_day_that_has_begun_does_not_come_back_with_the_clock_though_nothing_has_happened(
    office: OfficeAtWork,
) -> None:
    office.db.new_day = close_earlier_days
    office.clock.stands_at("2026-11-24T00:10:00+07:00")
    with office.db.work(office.id):  # Whatever it is for: it closes the days before.
        pass

    office.clock.stands_at("2026-11-23T23:00:00+07:00")
    restarted = Database(office.engine, office.clock, steady=office.clock.steady)

    for db in (office.db, restarted):
        with db.read(office.id) as look:
            assert look.day.isoformat() == "2026-11-24"


@pytest.mark.parametrize("behind_hours", [1, 30])
def test_a_server_started_anew_while_the_clock_is_behind_goes_on_from_the_last_event(
    office: OfficeAtWork, behind_hours: int
) -> None:
    last = office.takes_a_number().issued_at
    office.clock.moves(hours=-behind_hours)
    restarted = OfficeAtWork(office.url, office.clock, office.engine)

    first = restarted.takes_a_number()
    office.clock.moves(minutes=2)
    second = restarted.takes_a_number()

    assert first.issued_at == last
    assert (second.issued_at - first.issued_at).total_seconds() == 120
    assert [first.number, second.number] == ["A002", "A003"]
