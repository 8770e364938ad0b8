"""New devices: a short code on their glass, typed in settings by an administrator."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from server.db.devices import DeviceNow
from server.db.digests import digest
from server.db.people import People
from server.db.rows import PairingRow, TokenRow
from server.domain.errors import (
    CounterNeeded,
    Forbidden,
    InvalidValue,
    PairingConfirmed,
    PairingExpired,
    PairingMismatch,
    PairingsFull,
    PairingUnknown,
    QueueError,
    TooManyCodes,
    UnknownCounter,
)
from server.services.pairing import (
    ALPHABET,
    CODE_LASTS,
    MOST_OPEN,
    WRONG_CODES,
    Asked,
    Pairing,
    Wanted,
    plain_code,
    shown_code,
)
from server.services.pairing_limits import ADDRESSES_KEPT, MOST_OPEN_HERE, AddressLimits, counted
from tests.services.office import OfficeAtWork


class Wall:
    """The machine's own time, moved by hand: it goes on while the office's may stand still."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def wall(office: OfficeAtWork) -> Wall:
    office.db.wall = wall = Wall()
    return wall


@pytest.fixture
def pairing(office: OfficeAtWork, wall: Wall) -> Pairing:
    return Pairing(office.db)


def confirms(office: OfficeAtWork, pairing: Pairing, asked: Asked, kind: str, counter: int | None = None,
             name: str | None = None) -> int:  # fmt: skip
    """The administrator types the code as it stands on the glass."""
    wanted = Wanted(code=shown_code(asked.code), kind=kind, counter=counter, name=name)
    return pairing.confirm(office.person("administrator"), wanted)


def test_a_browser_becomes_what_the_administrator_says(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)
    assert pairing.claim(office.id, asked.secret) is None

    device = confirms(office, pairing, asked, "rating", counter=2, name="ช่อง 2 ซ้าย")
    found = pairing.claim(office.id, asked.secret)

    assert isinstance(found, DeviceNow)
    assert (found.id, found.kind, found.counter, found.name) == (device, "rating", 2, "ช่อง 2 ซ้าย")
    with office.engine.connect() as connection:
        known = People(connection).device(device)
    assert known is not None
    assert (known.role, known.counter, known.key) == ("rating", 2, f"device:{device}")


def test_a_program_gets_its_token_once(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id, "agent")
    assert pairing.claim_token(office.id, asked.secret) is None

    confirms(office, pairing, asked, "agent")
    answer = pairing.claim_token(office.id, asked.secret)

    assert answer is not None
    token, device = answer
    with office.engine.connect() as connection:
        found = People(connection).of_token(token, office.clock.now)
    assert found is not None
    assert (found.key, found.role) == (device.key, "agent")
    with pytest.raises(PairingExpired):
        pairing.claim_token(office.id, asked.secret)


def test_the_event_tells_what_was_paired_and_by_whom(office: OfficeAtWork, pairing: Pairing) -> None:
    device = confirms(
        office, pairing, pairing.ask(office.id), "rating", counter=3, name="a name is no event's business"
    )

    (event,) = office.events("device_changed")
    assert event.actor == office.person("administrator").key
    assert event.payload == (
        f'{{"counter":3,"device":"device:{device}","device_kind":"rating","since":null,"state":"paired"}}'
    )


def test_the_tables_keep_no_secret(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id, "agent")
    with office.engine.connect() as connection:
        (stored,) = connection.execute(select(PairingRow)).all()
    confirms(office, pairing, asked, "agent")
    answer = pairing.claim_token(office.id, asked.secret)
    assert answer is not None
    with office.engine.connect() as connection:
        tokens = connection.execute(select(TokenRow.digest)).scalars().all()

    assert asked.secret not in repr(stored)
    assert digest(answer[0]) in tokens
    assert answer[0] not in tokens


def test_a_code_is_easy_to_read_and_may_be_typed_in_any_way(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)

    assert len(asked.code) == 6
    assert set(asked.code) <= set(ALPHABET)
    assert not set("0O1IL2Z5SG8BAEU") & set(ALPHABET)
    written = f" {asked.code[:3].lower()} {asked.code[3:].lower()} "
    assert pairing.look(office.person("administrator"), Wanted(code=written, kind="kiosk")).code == (
        f"{asked.code[:3]}-{asked.code[3:]}"
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("-ภุแก", "346CD"), ("ึด้่าท", "7FHJKM"), ("ืยๆ พะอ", "NPQRTV"), ("ไปั", "WXY"),
        ("๒๓ูฉฏ", "346CD"), ("฿โ็๋ษ?", "7FHJKM"), ("์ญ๐ขฑธฮ", "NPQRTV"), ("\")ํ", "WXY"),
        ("๓๔๖-CDF", "346CDF"), ("346-cdf", "346CDF"),
    ],
)  # fmt: skip
def test_a_code_typed_while_the_keyboard_was_on_thai_is_the_code_that_was_meant(typed: str, meant: str) -> None:
    assert plain_code(typed) == meant


def test_a_device_whose_code_was_typed_in_thai_is_let_in(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)
    on_thai = asked.code.translate(str.maketrans(ALPHABET, "-ภุึแกด้่าทืยๆพะอไปั"))

    wanted = Wanted(code=on_thai, kind="kiosk", counter=None, name=None)

    assert pairing.confirm(office.person("administrator"), wanted)
    assert pairing.claim(office.id, asked.secret)


def test_looking_first_changes_nothing(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)
    before = office.picture()

    looked = pairing.look(
        office.person("administrator"), Wanted(code=asked.code, kind="display", counter=3, name=" a ")
    )

    assert (looked.kind, looked.counter, looked.name) == ("display", None, "a")
    assert office.picture() == before


def test_a_code_lasts_ten_real_minutes_whatever_the_office_s_clock_says(
    office: OfficeAtWork, pairing: Pairing, wall: Wall
) -> None:
    asked = pairing.ask(office.id)
    office.clock.moves(hours=10)
    wall.now += CODE_LASTS - timedelta(microseconds=1)
    assert pairing.claim(office.id, asked.secret) is None

    wall.now += timedelta(microseconds=1)
    with pytest.raises(PairingExpired):
        pairing.claim(office.id, asked.secret)
    with office.refuses(PairingUnknown):
        confirms(office, pairing, asked, "kiosk")


def test_a_device_confirmed_in_the_last_second_still_comes_for_its_answer(
    office: OfficeAtWork, pairing: Pairing, wall: Wall
) -> None:
    asked = pairing.ask(office.id)
    wall.now += CODE_LASTS - timedelta(seconds=1)
    confirms(office, pairing, asked, "kiosk")
    wall.now += timedelta(seconds=3)

    assert pairing.claim(office.id, asked.secret) is not None


def test_a_secret_that_never_was_is_refused(office: OfficeAtWork, pairing: Pairing) -> None:
    for secret in ("", "guess", "a\0b", "\ud800", "x" * 10_000):
        with office.refuses(PairingExpired):
            pairing.claim(office.id, secret)


def test_a_wrong_code_is_refused_and_says_which(office: OfficeAtWork, pairing: Pairing) -> None:
    pairing.ask(office.id)

    with office.refuses(PairingUnknown, code="333-333"):
        confirms(office, pairing, Asked("333333", "", office.clock.now), "kiosk")


@pytest.mark.parametrize("code", ["", "x", "\0", "ก" * 40, "๓๔๖๗๓๔", "x" * 10_000, "\ud800"])
def test_no_code_breaks_whatever_is_typed(office: OfficeAtWork, pairing: Pairing, code: str) -> None:
    with office.refuses(PairingUnknown):
        pairing.confirm(office.person("administrator"), Wanted(code=code, kind="kiosk"))


def test_after_ten_wrong_codes_in_a_minute_even_the_right_one_waits_and_nobody_else_does(
    office: OfficeAtWork, pairing: Pairing
) -> None:
    asked = pairing.ask(office.id)
    for _ in range(WRONG_CODES):
        with pytest.raises(PairingUnknown):
            pairing.look(office.person("administrator"), Wanted(code="333333", kind="kiosk"))

    with office.refuses(TooManyCodes):
        confirms(office, pairing, asked, "kiosk")

    assert pairing.confirm_here(office.id, Wanted(code=asked.code, kind="kiosk"))


def test_only_an_administrator_lets_a_device_in(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)

    for user in ("manager", "reception", "officer1"):
        with office.refuses(Forbidden):
            pairing.confirm(office.person(user), Wanted(code=asked.code, kind="kiosk"))


@pytest.mark.parametrize(
    ("kind", "counter", "refusal"),
    [
        ("rating", None, CounterNeeded),
        ("rating", 99, UnknownCounter),
        ("rating", -1, UnknownCounter),
        ("agent", None, PairingMismatch),
        ("keypad", 1, PairingMismatch),
        ("printer", None, InvalidValue),
        ("", None, InvalidValue),
    ],
)
def test_a_browser_is_no_program_and_a_tablet_stands_at_a_counter_of_the_office(
    office: OfficeAtWork, pairing: Pairing, kind: str, counter: int | None, refusal: type[QueueError]
) -> None:
    asked = pairing.ask(office.id)

    with office.refuses(refusal):
        confirms(office, pairing, asked, kind, counter)


@pytest.mark.parametrize("kind", ["kiosk", "display", "rating", "keypad"])
def test_an_agent_s_code_makes_nothing_but_an_agent(office: OfficeAtWork, pairing: Pairing, kind: str) -> None:
    asked = pairing.ask(office.id, "agent")

    with office.refuses(PairingMismatch, device="agent", wanted=kind):
        confirms(office, pairing, asked, kind, counter=1)


def test_a_key_pad_stands_at_a_counter(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id, "keypad")

    with office.refuses(CounterNeeded):
        confirms(office, pairing, asked, "keypad")
    confirms(office, pairing, asked, "keypad", counter=1)


@pytest.mark.parametrize("name", ["x" * 41, "a\0b", "a\nb", "\ud800"])
def test_a_name_that_cannot_be_kept_is_refused(office: OfficeAtWork, pairing: Pairing, name: str) -> None:
    asked = pairing.ask(office.id)

    with office.refuses(InvalidValue):
        confirms(office, pairing, asked, "kiosk", name=name)


def test_at_most_twenty_wait_and_those_whose_time_is_over_make_room(
    office: OfficeAtWork, pairing: Pairing, wall: Wall
) -> None:
    codes = {pairing.ask(office.id).code for _ in range(MOST_OPEN)}

    assert len(codes) == MOST_OPEN
    with office.refuses(PairingsFull):
        pairing.ask(office.id)
    wall.now += CODE_LASTS
    pairing.ask(office.id)
    with office.engine.connect() as connection:
        assert len(connection.execute(select(PairingRow)).all()) == 1


def test_whoever_is_refused_a_code_does_not_hold_up_the_office(
    office: OfficeAtWork, pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MOST_OPEN):
        pairing.ask(office.id)

    def never(*_: object) -> None:
        pytest.fail("the office was locked")

    monkeypatch.setattr(office.db, "work", never)
    for _ in range(5):
        with pytest.raises(PairingsFull):
            pairing.ask(office.id, address="192.0.2.7")


def test_one_address_cannot_keep_the_others_from_being_paired(office: OfficeAtWork, pairing: Pairing) -> None:
    for _ in range(MOST_OPEN_HERE):
        pairing.ask(office.id, address="192.0.2.7")
    with office.refuses(PairingsFull, most=MOST_OPEN_HERE, minutes=10):
        pairing.ask(office.id, address="192.0.2.7")

    assert pairing.ask(office.id, address="192.0.2.8").code


def test_a_device_that_came_for_its_answer_makes_room_for_the_next_at_its_address(
    office: OfficeAtWork, pairing: Pairing
) -> None:
    asked = [pairing.ask(office.id, address="192.0.2.7") for _ in range(MOST_OPEN_HERE)]
    confirms(office, pairing, asked[0], "kiosk")
    pairing.claim(office.id, asked[0].secret)

    assert pairing.ask(office.id, address="192.0.2.7").code


def test_a_code_that_could_not_be_saved_is_not_counted(
    office: OfficeAtWork, pairing: Pairing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Pairing, "_new", lambda *_: 1 / 0)
        for _ in range(MOST_OPEN_HERE):
            with pytest.raises(ZeroDivisionError):
                pairing.ask(office.id, address="192.0.2.7")

    assert pairing.ask(office.id, address="192.0.2.7").code


class Steady:
    """A steady clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_gets_ten_codes_a_minute_though_it_uses_each_up() -> None:
    limits = AddressLimits(600, steady := Steady())

    def takes(code: str) -> tuple[int, int] | None:
        refused = limits.take("192.0.2.7", code)
        limits.end(code)
        return refused

    assert [takes(str(n)) for n in range(11)] == [None] * 10 + [(10, 1)]
    steady.now = 59.9
    assert takes("too early") == (10, 1)
    steady.now = 60
    assert takes("again") is None


def test_a_code_whose_time_is_over_is_not_open_any_more() -> None:
    limits = AddressLimits(600, steady := Steady())
    for n in range(MOST_OPEN_HERE):
        limits.take("192.0.2.7", str(n))
    steady.now = 599
    assert limits.take("192.0.2.7", "next") == (MOST_OPEN_HERE, 10)

    steady.now = 600

    assert limits.take("192.0.2.7", "next") is None


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (None, None), ("", None), ("127.0.0.1", None), ("127.9.9.9", None), ("::1", None), ("::ffff:127.0.0.1", None),
        ("no address", None), ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)  # fmt: skip
def test_a_machine_is_counted_once_and_a_proxy_on_this_one_never(address: str | None, name: str | None) -> None:
    assert counted(address) == name


def test_only_so_many_addresses_are_kept_in_mind() -> None:
    limits = AddressLimits(600)
    for n in range(2 * ADDRESSES_KEPT):
        limits.take(f"10.0.{n // 250}.{n % 250}", str(n))

    assert len(limits._askers) == ADDRESSES_KEPT


def test_a_code_confirmed_already_is_not_confirmed_again(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)
    confirms(office, pairing, asked, "kiosk")

    with office.refuses(PairingConfirmed):
        confirms(office, pairing, asked, "display")


def test_the_same_form_sent_twice_makes_one_device(office: OfficeAtWork, pairing: Pairing) -> None:
    wanted = Wanted(code=pairing.ask(office.id).code, kind="kiosk")
    administrator = office.person("administrator")

    first, second = (pairing.confirm(administrator, wanted, "one-form") for _ in range(2))

    assert first == second
    assert len(office.events("device_changed")) == 1


def at_once(*stories: Callable[[], object]) -> list[str]:
    """What came of each when all began together: its value, or the code of its refusal."""
    together = threading.Barrier(len(stories))
    came: list[str] = []

    def runs(story: Callable[[], object]) -> None:
        together.wait(30)
        try:
            came.append("no" if story() is None else "yes")
        except QueueError as refusal:
            came.append(refusal.code)

    threads = [threading.Thread(target=runs, args=(story,)) for story in stories]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    return sorted(came)


def test_of_two_who_confirm_at_once_one_does(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)

    came = at_once(*[lambda: confirms(office, pairing, asked, "kiosk")] * 4)

    assert came == ["pairing_confirmed"] * 3 + ["yes"]
    assert len(office.events("device_changed")) == 1


def test_a_secret_that_asks_eight_times_at_once_gets_one_token(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id, "agent")
    confirms(office, pairing, asked, "agent")

    came = at_once(*[lambda: pairing.claim_token(office.id, asked.secret)] * 8)

    assert came == ["pairing_expired"] * 7 + ["yes"]


def test_asking_again_and_again_writes_nothing(office: OfficeAtWork, pairing: Pairing) -> None:
    asked = pairing.ask(office.id)
    before = office.picture()

    for _ in range(3):
        pairing.claim(office.id, asked.secret)

    assert office.picture() == before
