"""Who comes in: tokens, logins, one-time links; and who may do what."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import select, update

from server.db.people import People
from server.db.rows import AccountRow, DeviceRow, EntryCodeRow, TokenRow
from server.domain.errors import (
    EntryCodeInvalid,
    Forbidden,
    LoginBusy,
    TooManyAttempts,
    Unauthorized,
    UnknownSession,
    WrongPassword,
)
from server.domain.patience import FOR_ACCOUNT_AND_ADDRESS, FOR_ADDRESS, FOR_KNOWN_BROWSER
from server.services import password_hashing, rights, sessions
from server.services.entering import ENTRY_CODE_LASTS, Browser, Gate, LoggedIn
from server.services.password_hashing import STRANGERS_WAITING, Turns
from tests.services.office import OfficeAtWork, hash_quickly

PASSWORD = "รหัสผ่าน correct horse"
HERE, THERE = Browser(address="192.0.2.1"), Browser(address="192.0.2.7")


def here(work: Callable[[], Any]) -> Any:
    """Run what blocks where we are."""
    return work()


@pytest.fixture
def gate(office: OfficeAtWork) -> Gate:
    """The office's gate; officer 1 has the password of this file, the manager a token `manager's`."""
    with office.db.writing() as connection:
        connection.execute(
            update(AccountRow).where(AccountRow.user == "officer1").values(password_hash=hash_quickly(PASSWORD))
        )
        manager = office.person("manager")
        People(connection).add_token("manager's", office_id=office.id, account=manager.account, now=office.clock.now,
                                     expires_at=office.clock.now + timedelta(hours=1))  # fmt: skip
        kiosk = office.kiosk.device
        People(connection).add_token("kiosk's", office_id=office.id, device=kiosk, now=office.clock.now)
    return Gate(office.db, here)


def test_a_token_tells_whose_it_is(office: OfficeAtWork, gate: Gate) -> None:
    assert gate.of_token("manager's") == office.person("manager")
    assert gate.of_token("kiosk's") == office.kiosk


def test_any_other_token_is_nobodys(gate: Gate) -> None:
    for token in ("", "manager", "manager's ", "MANAGER'S", "x" * 10_000, "a\0b", "ก", "\ud800"):
        with pytest.raises(Unauthorized):
            gate.of_token(token)


def test_a_token_ends_when_it_expires(office: OfficeAtWork, gate: Gate) -> None:
    office.clock.moves(hours=1)

    with pytest.raises(Unauthorized):
        gate.of_token("manager's")
    assert gate.of_token("kiosk's") == office.kiosk


def test_a_revoked_token_and_what_was_closed_are_nobodys(office: OfficeAtWork, gate: Gate) -> None:
    manager = office.person("manager")
    assert manager.account is not None
    assert office.kiosk.device is not None
    with office.db.writing() as connection:
        connection.execute(
            update(TokenRow).where(TokenRow.account_id == manager.account).values(revoked_at=office.clock.now)
        )
        connection.execute(
            update(DeviceRow).where(DeviceRow.id == office.kiosk.device).values(revoked_at=office.clock.now)
        )
        connection.execute(update(AccountRow).where(AccountRow.user == "officer1").values(active=False))

    for token in ("manager's", "kiosk's"):
        with pytest.raises(Unauthorized):
            gate.of_token(token)
    with pytest.raises(Unauthorized):
        gate.of_device(office.kiosk.device)
    with pytest.raises(WrongPassword):
        gate.login("officer1", PASSWORD, HERE)


def test_who_has_user_and_password_comes_in(office: OfficeAtWork, gate: Gate) -> None:
    came = gate.login("officer1", PASSWORD, HERE)

    assert replace(came.identity, session=None) == office.officer(1)
    assert gate.of_session(came.token) == came.identity
    assert [event.kind for event in office.events()] == ["session_opened"]
    assert came.token not in repr(office.picture())


STRANGERS = [
    ("officer1", "wrong"),
    ("officer1", ""),
    ("officer1", PASSWORD + "\0"),
    ("officer2", PASSWORD),
    ("OFFICER1", PASSWORD),
    ("officer1\0", PASSWORD),
    ("x" * 1000, PASSWORD),
]


def test_anybody_else_is_told_the_same(gate: Gate) -> None:
    for number, (user, password) in enumerate(STRANGERS):
        with pytest.raises(WrongPassword) as refused:
            gate.login(user, password, Browser(address=f"192.0.2.{number}"))
        assert refused.value.facts == {}


def test_an_unknown_user_costs_as_much_as_a_known_one(office: OfficeAtWork) -> None:
    checked: list[Callable[[], Any]] = []

    def counts(work: Callable[[], Any]) -> Any:
        checked.append(work)
        return work()

    gate = Gate(office.db, counts)
    for user in ("officer1", "nobody"):
        with pytest.raises(WrongPassword):
            gate.login(user, "guess", HERE)

    assert len(checked) == 2
    assert password_hashing.hash_password("x").split("$")[3] == password_hashing.NOBODY.split("$")[3]


def guesses(gate: Gate, user: str, times: int, browser: Browser) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassword):
            gate.login(user, "guess", browser)


def waits(gate: Gate, user: str, browser: Browser, password: str = PASSWORD) -> int:
    with pytest.raises(TooManyAttempts) as refused:
        gate.login(user, password, browser)
    return int(str(refused.value.facts["seconds"]))


@pytest.fixture
def hours(office: OfficeAtWork) -> Callable[[float], None]:
    """Lets so many seconds of the machine's own time pass; it stands still otherwise."""
    start, passed = datetime.now(UTC), [0.0]
    office.db.wall = lambda: start + timedelta(seconds=passed[0])

    def let_pass(seconds: float) -> None:
        passed[0] += seconds

    return let_pass


def test_wrong_passwords_slow_down_their_place_and_neither_the_person_elsewhere_nor_others_there(
    gate: Gate, hours: Callable[[float], None]
) -> None:
    guesses(gate, "officer1", FOR_ACCOUNT_AND_ADDRESS.most, THERE)

    assert 0 < waits(gate, "officer1", THERE) <= 61
    guesses(gate, "officer2", 1, THERE)
    gate.login("officer1", PASSWORD, HERE)
    hours(61)
    gate.login("officer1", PASSWORD, THERE)


def test_nobody_keeps_a_person_out_at_a_browser_where_they_have_logged_in_before(
    gate: Gate, hours: Callable[[float], None]
) -> None:
    own = Browser(address="192.0.2.7", id=gate.login("officer1", PASSWORD, THERE).browser)
    for name in range(FOR_ADDRESS.most):
        guesses(gate, f"nobody{name}" if name >= FOR_ACCOUNT_AND_ADDRESS.most else "officer1", 1, THERE)

    assert waits(gate, "officer1", THERE)
    assert waits(gate, "manager", Browser(address="192.0.2.7", id=own.id))  # Of another person it is not the browser.
    gate.login("officer1", PASSWORD, own)
    guesses(gate, "officer1", FOR_KNOWN_BROWSER.most, own)
    assert waits(gate, "officer1", own) <= 6


def test_an_address_has_a_limit_whatever_the_names_and_every_process_keeps_to_it(
    office: OfficeAtWork, gate: Gate, hours: Callable[[float], None]
) -> None:
    other_process = Gate(office.db, here)
    for name in range(FOR_ADDRESS.most):
        guesses(gate if name % 2 else other_process, f"new{name}", 1, THERE)

    for process in (gate, other_process):
        assert waits(process, "one more", THERE) <= 6
    guesses(gate, "one more", 1, HERE)


def test_an_administrator_hears_of_it_and_lets_the_person_go_on(
    office: OfficeAtWork, gate: Gate, hours: Callable[[float], None]
) -> None:
    administrator = office.person("administrator")
    guesses(gate, "officer1", FOR_ACCOUNT_AND_ADDRESS.most, THERE)
    waits(gate, "officer1", THERE)
    (slowed,) = sessions.slowed_down(office.db, administrator)
    assert (slowed.user, slowed.address) == ("officer1", THERE.address)

    with pytest.raises(Forbidden):
        sessions.ease(office.db, office.person("manager"), slowed.key)
    sessions.ease(office.db, administrator, slowed.key)

    gate.login("officer1", PASSWORD, THERE)
    assert office.kinds() == ["login_slowed", "login_eased", "session_opened"]
    assert THERE.address not in repr(office.events())


def test_the_right_password_forgives_the_wrong_ones_before_it(gate: Gate, hours: Callable[[float], None]) -> None:
    for _ in range(4):
        guesses(gate, "officer1", FOR_ACCOUNT_AND_ADDRESS.most - 1, HERE)
        gate.login("officer1", PASSWORD, HERE)


def test_one_password_is_tried_at_a_time_and_known_browsers_have_a_line_of_their_own() -> None:
    turns, running, most = Turns(), [0], [0]
    in_turn, go_on = threading.Event(), threading.Event()

    def logs_in() -> None:
        with turns.turn(known=False):
            running[0] += 1
            most[0] = max(most[0], running[0])
            in_turn.set()
            go_on.wait(30)
            running[0] -= 1

    strangers = [threading.Thread(target=logs_in) for _ in range(STRANGERS_WAITING)]
    for each in strangers:
        each.start()
    assert in_turn.wait(30)
    deadline = time.monotonic() + 30
    while turns._waiting[False] < STRANGERS_WAITING and time.monotonic() < deadline:
        time.sleep(0.01)

    with pytest.raises(LoginBusy), turns.turn(known=False):
        pass
    go_on.set()
    with turns.turn(known=True):
        pass
    for each in strangers:
        each.join(30)
    assert most == [1]


def test_a_password_kept_by_another_measure_is_kept_by_today_s_after_the_next_log_in(
    office: OfficeAtWork, gate: Gate
) -> None:
    gate.login("officer1", PASSWORD, HERE)

    with office.engine.connect() as connection:
        kept = connection.execute(select(AccountRow.password_hash).where(AccountRow.user == "officer1")).scalar_one()
    assert kept.split("$")[3] == password_hashing.NOBODY.split("$")[3]
    gate.login("officer1", PASSWORD, HERE)


ENDS: dict[str, Callable[[OfficeAtWork, Gate, LoggedIn], None]] = {
    "logout": lambda _office, gate, came: gate.log_out(came.identity),
    "administrator": lambda office, gate, came: gate.end_session(
        office.person("administrator"), came.identity.session or 0
    ),
    "password": lambda office, _gate, _came: sessions.change_password(office.db, office.id, "officer1", "$x"),
    "removed": lambda office, _gate, _came: sessions.remove_account(office.db, office.id, "officer1"),
}


@pytest.mark.parametrize("reason", ENDS)
def test_a_session_ends(office: OfficeAtWork, gate: Gate, reason: str) -> None:
    came = gate.login("officer1", PASSWORD, HERE)
    gate.of_session(came.token)

    ENDS[reason](office, gate, came)

    for each in (Gate(office.db, here), *([gate] if reason in {"logout", "administrator"} else [])):
        with pytest.raises(Unauthorized):
            each.of_session(came.token)
    ended = json.loads(office.events("session_ended")[-1].payload)
    assert ended == {"account": came.identity.account, "reason": reason, "session": came.identity.session}
    assert sessions.sessions_of(office.db, office.person("administrator")) == []


def test_a_session_of_a_person_lasts_a_working_day_and_a_device_goes_on(
    office: OfficeAtWork, gate: Gate, hours: Callable[[float], None]
) -> None:
    came = gate.login("officer1", PASSWORD, HERE)
    hours(sessions.LASTS.total_seconds() - 1)
    Gate(office.db, here).of_session(came.token)
    sessions.end_expired(office.db, office.id)
    assert office.kinds() == ["session_opened"]

    hours(1)

    with pytest.raises(Unauthorized):
        Gate(office.db, here).of_session(came.token)
    for _ in range(2):
        sessions.end_expired(office.db, office.id)
    assert office.kinds() == ["session_opened", "session_ended"]
    assert gate.of_device(office.kiosk.device or 0) == office.kiosk


def test_only_an_administrator_sees_and_ends_sessions(office: OfficeAtWork, gate: Gate) -> None:
    came = gate.login("officer1", PASSWORD, HERE)

    for user in ("manager", "reception", "officer1"):
        with pytest.raises(Forbidden):
            sessions.sessions_of(office.db, office.person(user))
        with pytest.raises(Forbidden):
            gate.end_session(office.person(user), came.identity.session or 0)
    with pytest.raises(UnknownSession):
        gate.end_session(office.person("administrator"), 2**40)
    gate.of_session(came.token)


def test_looking_at_a_one_time_link_does_not_use_it_up(office: OfficeAtWork, gate: Gate) -> None:
    code = gate.make_entry_code(office.id, [office.kiosk.device or 0])

    for _ in range(3):
        assert gate.look_at_entry_code(code) == [office.kiosk]
    assert gate.use_entry_code(code) == [office.kiosk]
    with pytest.raises(EntryCodeInvalid):
        gate.look_at_entry_code(code)


def test_a_one_time_link_makes_a_browser_its_devices_once(office: OfficeAtWork, gate: Gate) -> None:
    kiosk, tablet = office.kiosk, office.tablet(2)
    code = gate.make_entry_code(office.id, [each.device for each in (kiosk, tablet) if each.device])

    assert gate.use_entry_code(code) == [kiosk, tablet]
    with pytest.raises(EntryCodeInvalid):
        gate.use_entry_code(code)
    with office.engine.connect() as connection:
        (stored,) = connection.execute(select(EntryCodeRow)).all()
    assert code not in repr(stored)
    assert json.loads(stored.devices) == [kiosk.device, tablet.device]


def test_a_one_time_link_ends_after_a_day_to_the_moment(office: OfficeAtWork, gate: Gate) -> None:
    codes = [gate.make_entry_code(office.id, [1]) for _ in range(2)]

    office.clock.now += ENTRY_CODE_LASTS - timedelta(microseconds=1)
    assert gate.use_entry_code(codes[0])
    office.clock.now += timedelta(microseconds=1)
    with pytest.raises(EntryCodeInvalid):
        gate.use_entry_code(codes[1])


def test_a_code_that_never_was_is_refused(gate: Gate) -> None:
    for code in ("", "guess", "a\0b", "\ud800", "x" * 10_000):
        with pytest.raises(EntryCodeInvalid):
            gate.use_entry_code(code)


def test_a_link_opened_in_eight_browsers_at_once_works_in_one(office: OfficeAtWork, gate: Gate) -> None:
    code = gate.make_entry_code(office.id, [1])
    together = threading.Barrier(8)
    answers: list[str] = []

    def browser() -> None:
        together.wait(30)
        try:
            gate.use_entry_code(code)
            answers.append("in")
        except EntryCodeInvalid as refusal:
            answers.append(refusal.code)

    browsers = [threading.Thread(target=browser) for _ in range(8)]
    for each in browsers:
        each.start()
    for each in browsers:
        each.join(30)

    assert sorted(answers) == ["entry_code_invalid"] * 7 + ["in"]


def test_links_and_tickets_made_at_once_wait_for_each_other(office: OfficeAtWork, gate: Gate) -> None:
    failures: list[BaseException] = []

    def runs(story: Callable[[], object]) -> None:
        try:
            for _ in range(8):
                story()
        except BaseException as failure:  # noqa: BLE001  # because a thread's failure must fail the test.
            failures.append(failure)

    threads = [
        threading.Thread(target=runs, args=(story,))
        for story in [office.takes_a_number, lambda: gate.use_entry_code(gate.make_entry_code(office.id, [1]))] * 3
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert failures == []
    assert len(office.events("ticket_issued")) == 3 * 8


MAY = {
    "kiosk": {"see_services", "issue", "see_ticket", "beat"},
    "display": {"see_display", "beat"},
    "rating": {"see_rating", "rate", "beat"},
    "agent": {"print_slips", "beat"},
    "keypad": {"press_key", "beat"},
    "officer": {"see_services", "see_ticket", "work_counter", "move_ticket", "see_counter", "see_display"},
    "reception": {
        "see_services",
        "issue",
        "issue_appointment",
        "see_ticket",
        "move_ticket",
        "see_counter",
        "see_display",
        "see_slips",
        "reprint",
    },
    "manager": {each for each in get_args(rights.Right) if each.startswith("see_")},
}
MAY["assessor"] = MAY["manager"]
MAY["administrator"] = MAY["manager"] | {"set_up"}
for staff in ("officer", "reception", "manager", "administrator"):  # An assessor only looks.
    MAY[staff] = MAY[staff] | {"confirm_clock"}


@pytest.mark.parametrize("role", MAY)
def test_everybody_may_do_what_the_contract_says_and_no_more(office: OfficeAtWork, role: str) -> None:
    someone = office.kiosk.__class__(key="account:1", office_id=1, role=role, counter=None)

    assert {right for right in get_args(rights.Right) if rights.may(someone, right)} == MAY[role]
