"""A clock far ahead at start (a board without a battery) dates nothing until a person confirms it; and the way back."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from server.cli import cli
from server.db.people import People
from server.db.work import ClockUnconfirmed
from server.domain.errors import ClockNotAhead, Forbidden, WrongPassword
from server.domain.hours import explain_silence
from server.loop import Loop
from server.services.entering import Browser, Gate
from server.services.sessions import sessions_of
from server.services.setting_clock import confirm_clock, set_clock_back
from tests.services.office import Founder, OfficeAtWork, document, hash_quickly


@pytest.fixture
def strict(found: Founder) -> OfficeAtWork:
    """An office with hours, holidays and a weekend."""
    office = found(document("strict"))
    office.takes_a_number("id_renew")
    return office


def started_again(office: OfficeAtWork, **later: float) -> OfficeAtWork:
    """The server as it starts anew so much later by the machine's clock: nobody knows how long it was off."""
    office.clock.now += timedelta(**later)
    return OfficeAtWork(office.url, office.clock, office.engine)


def test_forty_days_ahead_at_start_nothing_is_dated_until_the_clock_is_right_again(strict: OfficeAtWork) -> None:
    before = strict.clock.now

    ahead = started_again(strict, days=40)
    with ahead.refuses(ClockUnconfirmed):
        ahead.takes_a_number("id_renew")
    with ahead.db.read(ahead.id) as look:  # A look at the wrong time makes nobody believe it.
        assert look.now == before + timedelta(days=40)
    with ahead.refuses(ClockUnconfirmed):
        ahead.takes_a_number("id_renew")
    right = started_again(strict, days=-40, minutes=5)

    assert right.takes_a_number("id_renew").issued_at == before + timedelta(minutes=5)
    assert right.db.clock_behind == timedelta(0)


def test_a_person_who_confirms_lets_the_office_go_on_and_the_event_tells_who(strict: OfficeAtWork) -> None:
    later = started_again(strict, days=7)
    with pytest.raises(Forbidden):
        confirm_clock(later.db, later.kiosk)

    confirm_clock(later.db, later.officer(1))

    (said,) = later.events("clock_confirmed")
    assert (said.actor, said.recorded_at) == (later.officer(1).key, strict.clock.now)
    assert later.takes_a_number("id_renew").issued_at == strict.clock.now
    assert later.verdict().differences == []


def test_whoever_is_to_confirm_the_clock_can_log_in_and_out_meanwhile_and_that_dates_nothing(
    strict: OfficeAtWork,
) -> None:
    with strict.db.writing() as connection:
        manager = strict.person("manager")
        People(connection).change_password(manager, hash_quickly("password"))
    later = started_again(strict, days=7)
    gate = Gate(later.db, lambda work: work())

    gate.log_out(gate.login(manager.name, "password", Browser()).identity)
    with pytest.raises(WrongPassword):
        gate.login(manager.name, "guess", Browser())
    came = gate.login(manager.name, "password", Browser())
    with later.refuses(ClockUnconfirmed):
        later.takes_a_number("id_renew")
    confirm_clock(later.db, gate.of_session(came.token))

    assert [each.id for each in sessions_of(later.db, later.person("administrator"))] == [came.identity.session]
    assert later.takes_a_number("id_renew").issued_at == strict.clock.now
    assert later.verdict().differences == []


def test_a_clock_that_jumps_while_the_server_runs_is_held_too(strict: OfficeAtWork) -> None:
    strict.clock.now += timedelta(days=30)  # And no second has passed.

    with strict.refuses(ClockUnconfirmed):
        strict.takes_a_number("id_renew")


def test_days_that_really_pass_without_a_visitor_ask_nobody(strict: OfficeAtWork) -> None:
    strict.clock.moves(days=7)

    assert strict.takes_a_number("id_renew").issued_at == strict.clock.now


@pytest.mark.parametrize(
    ("since", "until", "explained"),
    [
        ("2026-11-23T16:20", "2026-11-24T08:31", True),  # A night.
        ("2026-11-20T16:20", "2026-11-23T08:31", True),  # A weekend.
        ("2026-12-04T16:20", "2026-12-08T08:31", True),  # A weekend, and the Monday after Father's Day on Saturday.
        ("2026-11-23T16:20", "2026-11-25T08:31", False),  # A Tuesday on which nothing happened.
        ("2026-11-23T16:20", "2027-01-04T08:31", False),
        ("2026-11-23T16:20", "2126-11-23T08:31", False),
    ],
)
def test_the_offices_hours_explain_a_night_a_weekend_and_holidays_and_no_more(
    strict: OfficeAtWork, since: str, until: str, explained: bool
) -> None:
    moments = [datetime.fromisoformat(f"{each}+07:00").astimezone(UTC) for each in (since, until)]

    assert explain_silence(strict.config, *moments) is explained


def test_the_way_back_closes_what_is_open_and_days_are_right_again(strict: OfficeAtWork) -> None:
    now = strict.clock.now
    ahead = started_again(strict, days=42)
    confirm_clock(ahead.db, ahead.officer(1))  # By mistake.
    ahead.opens(1)
    left_open = ahead.takes_a_number("id_renew")
    right = started_again(strict, days=-42, minutes=5)
    assert right.takes_a_number("id_renew").issued_at > now + timedelta(days=41)

    set_clock_back(right.db, right.id)

    assert right.ticket(left_open).state == "closed"
    again = right.takes_a_number("id_renew")
    assert (again.issued_at, right.db.clock_behind) == (now + timedelta(minutes=5), timedelta(0))
    right.opens(1)
    assert right.serves(1).number == again.number
    assert right.verdict().differences == []
    with right.refuses(ClockNotAhead):
        set_clock_back(right.db, right.id)


def test_a_server_that_runs_takes_the_way_back_at_once(strict: OfficeAtWork) -> None:
    ahead = started_again(strict, days=42)
    confirm_clock(ahead.db, ahead.officer(1))
    ahead.clock.now -= timedelta(days=42)
    assert ahead.takes_a_number("id_renew").issued_at > strict.clock.now + timedelta(days=41)

    set_clock_back(OfficeAtWork(strict.url, strict.clock, strict.engine).db, strict.id)

    assert ahead.takes_a_number("id_renew").issued_at == strict.clock.now


def test_the_command_says_what_time_it_is_and_sets_it_right(found_on_sqlite: Founder) -> None:
    office = found_on_sqlite()
    office.clock.now = datetime.now(UTC) + timedelta(days=40)
    office.takes_a_number()

    def types(*words: str) -> str:
        answer = CliRunner().invoke(
            cli, ["clock", *words], obj={"loop": Loop()}, env={"SADUAK_DATABASE_URL": office.url}
        )
        assert answer.exit_code == 0, answer.output
        said: str = answer.output
        return said

    assert "`saduak clock back`" in types()
    assert "nothing to confirm" in types("confirm")
    assert "is the clock's again" in types("back")
    assert "saduak clock" not in types()
