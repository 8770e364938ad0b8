"""Who comes in: tokens, logins, one-time links; and who may do what."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select, update

from server.db.people import People
from server.db.rows import AccountRow, DeviceRow, EntryCodeRow, TokenRow
from server.domain.errors import EntryCodeInvalid, TooManyAttempts, Unauthorized, WrongPassword
from server.services import entering, rights
from server.services.entering import ATTEMPTS, ENTRY_CODE_LASTS, Gate
from tests.services.office import OfficeAtWork, hash_quickly

PASSWORD = "รหัสผ่าน correct horse"


def here(work: Callable[[], bool]) -> bool:
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
    for account in (office.officer(1).account or 0, 2**63 - 1):
        with pytest.raises(Unauthorized):
            gate.of_account(account)
    with pytest.raises(Unauthorized):
        gate.of_device(office.kiosk.device)
    with pytest.raises(WrongPassword):
        gate.login("officer1", PASSWORD)
    assert gate.of_account(manager.account) == manager


def test_who_has_user_and_password_comes_in(office: OfficeAtWork, gate: Gate) -> None:
    assert gate.login("officer1", PASSWORD) == office.officer(1)


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
    for user, password in STRANGERS:
        with pytest.raises(WrongPassword) as refused:
            gate.login(user, password)
        assert refused.value.facts == {}


def test_an_unknown_user_costs_as_much_as_a_known_one(office: OfficeAtWork) -> None:
    checked: list[Callable[[], bool]] = []

    def counts(work: Callable[[], bool]) -> bool:
        checked.append(work)
        return work()

    gate = Gate(office.db, counts)
    for user in ("officer1", "nobody"):
        with pytest.raises(WrongPassword):
            gate.login(user, "guess")

    assert len(checked) == 2
    assert entering.hash_password("x").split("$")[3] == entering._NOBODY.split("$")[3]


def test_after_ten_wrong_passwords_even_the_right_one_waits_and_nobody_else_does(
    office: OfficeAtWork, gate: Gate
) -> None:
    for _ in range(ATTEMPTS):
        with pytest.raises(WrongPassword):
            gate.login("officer1", "guess")

    with pytest.raises(TooManyAttempts) as refused:
        gate.login("officer1", PASSWORD)
    with pytest.raises(WrongPassword):
        gate.login("officer2", PASSWORD)

    assert refused.value.facts == {"minutes": 5}


def test_the_right_password_forgives_the_wrong_ones_before_it(gate: Gate) -> None:
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            with pytest.raises(WrongPassword):
                gate.login("officer1", "guess")
        gate.login("officer1", PASSWORD)


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


@pytest.mark.parametrize("role", MAY)
def test_everybody_may_do_what_the_contract_says_and_no_more(office: OfficeAtWork, role: str) -> None:
    someone = office.kiosk.__class__(key="account:1", office_id=1, role=role, counter=None)

    assert {right for right in get_args(rights.Right) if rights.may(someone, right)} == MAY[role]
