"""The office's devices: heard of, not heard of, shut out; and what of it is evidence."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from server.db.devices import Devices, changes_from
from server.db.events import StoredEvent
from server.db.people import Identity, People
from server.domain.errors import (
    EntryCodeInvalid,
    Forbidden,
    InvalidValue,
    PairingExpired,
    Unauthorized,
    UnknownDevice,
)
from server.services import devices, heartbeats
from server.services.device_shapes import DeviceGaps, DeviceList, DeviceOut, GapReport
from server.services.entering import Gate
from server.services.pairing import Pairing, Wanted
from server.services.setting_clock import confirm_clock
from server.services.watching_devices import DeviceWatch, look
from tests.services.office import OfficeAtWork


class OfficeWithDevices:
    """An office whose machine's time goes with the office's; its devices beat."""

    def __init__(self, office: OfficeAtWork) -> None:
        self.office = office
        self.drift = timedelta(0)
        office.db.wall = lambda: office.clock.now.astimezone(UTC) + self.drift

    def beats(self, device: Identity, **said: Any) -> None:
        heartbeats.beat(self.office.db, device, **{"version": "build1", **said})

    def looks(self) -> None:
        look(self.office.db, self.office.id)

    def passes(self, seconds: float, *beating: Identity) -> None:
        """So many seconds pass; these devices beat every twenty, and somebody watches."""
        while seconds > 0:
            step = min(20.0, seconds)
            self.office.clock.moves(seconds=step)
            seconds -= step
            for each in beating:
                self.beats(each)
            self.looks()

    def changes(self, device: Identity) -> list[str]:
        """The states that the events tell of this device, in order."""
        told = [json.loads(each.payload) for each in self.office.events("device_changed")]
        return [each["state"] for each in told if each["device"] == device.key]

    def seen(self, device: Identity) -> DeviceOut:
        """The device as the device page shows it."""
        return next(each for each in self.list().devices if each.device == device.key)

    def list(self) -> DeviceList:
        office = self.office
        return devices.device_list(office.db, office.person("manager"), self.report(), build="build1")

    def report(self, first: str | None = None, last: str | None = None) -> GapReport:
        office, today = self.office, (self.office.clock.now + timedelta(hours=7)).date()
        days = (datetime.fromisoformat(first).date() if first else today,
                datetime.fromisoformat(last).date() if last else today)  # fmt: skip
        return devices.gap_report(
            office.engine, office.person("manager"), office.config, office.db.configurations.of(office.id), days,
            now=office.clock.now,
        )  # fmt: skip

    def gaps(self, device: Identity) -> DeviceGaps:
        return next(each for each in self.report().devices if each.device == device.key)

    def pairs(self, kind: str, counter: int | None = None) -> Identity:
        """A new device is paired."""
        pairing = Pairing(self.office.db)
        asked = pairing.ask(self.office.id, kind if kind in {"agent", "keypad"} else None)  # type: ignore[arg-type]  # because it is one of the two.
        paired = pairing.confirm_here(self.office.id, Wanted(code=asked.code, kind=kind, counter=counter))
        with self.office.engine.connect() as connection:
            found = People(connection).device(paired)
        assert found is not None
        return found


@pytest.fixture
def floor(office: OfficeAtWork) -> OfficeWithDevices:
    return OfficeWithDevices(office)


# -- Heartbeats


def test_a_device_never_heard_of_is_never_seen_and_not_silent(floor: OfficeWithDevices) -> None:
    floor.passes(600)

    seen = floor.seen(floor.office.kiosk)
    assert (seen.state, seen.seen_s, seen.version, seen.is_older) == ("never_seen", None, None, None)
    assert floor.office.events("device_changed") == []


def test_a_heartbeat_tells_that_a_device_is_there_and_what_it_runs(floor: OfficeWithDevices) -> None:
    floor.beats(floor.office.kiosk, version="build0")
    floor.office.clock.moves(seconds=7)

    seen = floor.seen(floor.office.kiosk)
    assert (seen.state, seen.seen_s, seen.version, seen.is_older) == ("ok", 7.0, "build0", True)
    assert floor.changes(floor.office.kiosk) == ["ok"]


def test_a_hundred_beats_in_ten_seconds_are_one_write(floor: OfficeWithDevices) -> None:
    kiosk = floor.office.kiosk
    floor.beats(kiosk)
    before = floor.office.picture()

    for _ in range(100):
        floor.office.clock.moves(milliseconds=95)
        floor.beats(kiosk)
    unchanged = floor.office.picture() == before
    floor.office.clock.moves(seconds=1)
    floor.beats(kiosk)

    assert unchanged
    assert floor.seen(kiosk).seen_s == 0
    assert floor.changes(kiosk) == ["ok"]


def test_another_state_is_told_at_once(floor: OfficeWithDevices) -> None:
    tablet, display = floor.office.tablet(2), floor.office.display
    floor.beats(tablet)
    floor.beats(display, sound=False)
    floor.office.clock.moves(seconds=5)
    floor.beats(tablet, visible=False)
    floor.beats(tablet, visible=False)
    floor.beats(display, sound=True)
    floor.office.clock.moves(seconds=5)
    floor.beats(tablet)

    assert floor.changes(tablet) == ["ok", "hidden", "ok"]
    assert floor.changes(display) == ["no_sound", "ok"]
    told = json.loads(floor.office.events("device_changed")[2].payload)
    assert (told["device_kind"], told["counter"]) == ("rating", 2)


def test_a_page_that_flickers_is_told_of_once_in_five_seconds_and_in_the_end_as_it_is(floor: OfficeWithDevices) -> None:
    tablet, other = floor.office.tablet(2), floor.office.tablet(3)
    floor.beats(tablet)
    floor.office.clock.moves(seconds=20)
    before = len(floor.office.events("device_changed"))
    for n in range(41):  # For four seconds; it stays hidden.
        floor.beats(tablet, visible=n % 2 == 1)
        floor.office.clock.moves(milliseconds=100)
    floor.beats(tablet)  # Seen again 4.1 s after it was told to be hidden: not told yet.
    floor.beats(other)  # Nobody else waits for it.
    within = len(floor.office.events("device_changed")) - before
    floor.office.clock.moves(seconds=20)
    floor.beats(tablet)

    assert within == 2
    assert floor.changes(tablet) == ["ok", "hidden", "ok"]
    assert floor.changes(other) == ["ok"]


def test_the_machine_s_clock_set_back_does_not_keep_a_change_from_being_told(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(2)
    floor.beats(tablet)
    floor.drift = timedelta(hours=-1)
    floor.beats(tablet, visible=False)

    assert floor.changes(tablet) == ["ok", "hidden"]


def test_sound_is_asked_of_displays_only(floor: OfficeWithDevices) -> None:
    floor.beats(floor.office.kiosk, sound=False)

    assert floor.seen(floor.office.kiosk).state == "ok"


@pytest.mark.parametrize("version", ["", "x" * 65, "a\0b", "<script>", "ก", "a b"])
def test_what_is_no_version_is_not_kept(floor: OfficeWithDevices, version: str) -> None:
    floor.beats(floor.office.kiosk, version=version)

    assert floor.seen(floor.office.kiosk).version is None


def test_people_do_not_beat(floor: OfficeWithDevices) -> None:
    with floor.office.refuses(Forbidden):
        floor.beats(floor.office.person("administrator"))


# -- The watch


def test_a_device_is_silent_after_a_minute_from_when_it_was_last_heard_of(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(1)
    floor.beats(tablet)
    last = floor.office.clock.now
    floor.passes(60)
    assert floor.changes(tablet) == ["ok"]

    floor.passes(1)
    floor.passes(600)

    assert floor.changes(tablet) == ["ok", "silent"]
    told = json.loads(floor.office.events("device_changed")[-1].payload)
    assert datetime.fromisoformat(told["since"]) == last
    assert floor.seen(tablet).since == last
    assert floor.seen(tablet).seen_s == 661


def test_a_silent_device_that_beats_is_there_again(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(1)
    floor.beats(tablet)
    floor.passes(120)
    floor.beats(tablet)

    assert floor.changes(tablet) == ["ok", "silent", "ok"]


def test_a_hidden_page_may_beat_once_a_minute(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(1)
    floor.beats(tablet, visible=False)
    floor.passes(150)
    assert floor.changes(tablet) == ["hidden"]

    floor.passes(1)

    assert floor.changes(tablet) == ["hidden", "silent"]


def test_a_key_pad_that_nobody_presses_is_not_silent(floor: OfficeWithDevices) -> None:
    pad = floor.pairs("keypad", 1)
    floor.beats(pad)
    floor.passes(3600)

    assert floor.changes(pad) == ["paired", "ok"]


def test_of_four_who_watch_at_once_one_tells(floor: OfficeWithDevices) -> None:
    floor.beats(floor.office.kiosk)
    floor.office.clock.moves(seconds=61)
    together = threading.Barrier(4)

    def watches() -> None:
        together.wait(30)
        floor.looks()

    watchers = [threading.Thread(target=watches) for _ in range(4)]
    for each in watchers:
        each.start()
    for each in watchers:
        each.join(30)

    assert floor.changes(floor.office.kiosk) == ["ok", "silent"]


def test_a_server_that_was_away_blames_nobody_for_its_own_absence(floor: OfficeWithDevices) -> None:
    kiosk = floor.office.kiosk
    floor.beats(kiosk)
    floor.office.clock.moves(minutes=10)
    DeviceWatch(floor.office.db, floor.office.id).look()

    assert floor.changes(kiosk) == ["ok"]


def test_a_machine_whose_clock_is_set_blames_nobody_for_it(floor: OfficeWithDevices) -> None:
    kiosk = floor.office.kiosk
    watch = DeviceWatch(floor.office.db, floor.office.id)
    floor.beats(kiosk)
    watch.look()
    floor.drift = timedelta(hours=2)  # The watch itself is steady: hardly a moment has passed by it.
    watch.look()

    assert floor.changes(kiosk) == ["ok"]


def test_looking_writes_nothing_while_nothing_changes(floor: OfficeWithDevices) -> None:
    floor.beats(floor.office.kiosk)
    before = floor.office.picture()

    for _ in range(5):
        floor.looks()

    assert floor.office.picture() == before


# -- Gaps


def test_a_tablet_silent_at_rush_hour_is_evidence(floor: OfficeWithDevices) -> None:
    office, tablet = floor.office, floor.office.tablet(1)
    office.clock.stands_at("08:50")
    floor.beats(tablet)
    office.opens(1)  # The shift begins at 08:50.
    office.clock.moves(seconds=61)
    floor.looks()
    office.clock.stands_at("09:30")
    office.pauses(1)  # The break is not the shift's time of rating.
    office.clock.stands_at("09:40")
    office.opens(1)
    office.clock.stands_at("10:00")
    floor.beats(tablet)
    office.clock.stands_at("10:30")

    found = floor.gaps(tablet)

    # Silent 08:50 to 10:00 = 70 minutes, of which 10 were a break.
    (gap,) = found.gaps
    assert (gap.state, f"{gap.began_at:%H:%M}", f"{gap.ended_at:%H:%M}", gap.goes_on) == (
        "silent", "08:50", "10:00", False,
    )  # fmt: skip
    assert (gap.seconds, gap.in_shift_s) == (70 * 60, 60 * 60)
    assert (found.seconds, found.in_shift_s, found.revoked) == (70 * 60, 60 * 60, False)


def test_what_stands_at_no_counter_has_no_time_within_a_shift(floor: OfficeWithDevices) -> None:
    floor.beats(floor.office.display, sound=False)
    floor.office.clock.moves(minutes=5)

    (gap,) = floor.gaps(floor.office.display).gaps
    assert (gap.state, gap.seconds, gap.goes_on, gap.in_shift_s) == ("no_sound", 300, True, None)


def test_a_silence_over_night_is_of_both_days(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(1)
    floor.office.clock.stands_at("2026-11-23T16:00:00+07:00")
    floor.beats(tablet)
    floor.passes(61)
    floor.office.clock.stands_at("2026-11-24T08:00:00+07:00")
    floor.beats(tablet)

    by_day = {day: floor.report(day, day) for day in ("2026-11-23", "2026-11-24")}
    seconds = [next(each.seconds for each in report.devices if each.device == tablet.key) for report in by_day.values()]
    both = floor.report("2026-11-23", "2026-11-24")

    assert seconds == [8 * 3600, 8 * 3600]
    assert next(each.seconds for each in both.devices if each.device == tablet.key) == 16 * 3600


def test_a_silence_of_two_months_is_known_though_its_event_is_not_read(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(1)
    floor.beats(tablet)
    floor.passes(61)
    floor.office.clock.stands_at("2027-01-23T12:00:00+07:00")
    confirm_clock(floor.office.db, floor.office.person("administrator"))
    floor.office.takes_a_number()

    (gap,) = floor.gaps(tablet).gaps
    assert (gap.state, gap.seconds) == ("silent", 12 * 3600)


def test_a_silence_over_a_long_holiday_is_known_on_the_day_it_ends(floor: OfficeWithDevices) -> None:
    tablet, kiosk = floor.office.tablet(1), floor.office.kiosk
    for day in range(12):  # The tablet is silent for eleven of them; the kiosk says something every day.
        floor.office.clock.stands_at(f"2026-12-{day + 10}T08:00:00+07:00")
        floor.beats(kiosk)
        if day in {0, 11}:
            floor.beats(tablet)
        floor.passes(100, kiosk)

    (gap,) = (each for each in floor.gaps(tablet).gaps if not each.goes_on)

    assert (gap.state, gap.seconds) == ("silent", 8 * 3600)


def test_today_s_gaps_are_found_among_the_events_of_today_and_yesterday(
    floor: OfficeWithDevices, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = floor.office.tablet(1)
    for day in (1, 15, 29, 30):
        floor.office.clock.stands_at(f"2026-12-{day:02}T08:00:00+07:00")
        floor.beats(tablet)
        floor.passes(100)
    floor.office.clock.stands_at("2026-12-31T08:00:00+07:00")
    floor.beats(tablet)
    read: list[int] = []
    counted = changes_from

    def counts(connection: Connection, office_id: int, seq: int) -> list[StoredEvent]:
        found = counted(connection, office_id, seq)
        read.append(len(found))
        return found

    monkeypatch.setattr(devices, "changes_from", counts)
    (gap,) = floor.gaps(tablet).gaps

    assert read == [3]  # Yesterday's two, and today's.
    assert (gap.state, gap.seconds) == ("silent", 8 * 3600)


def test_a_revoked_device_is_in_the_report_of_its_days(floor: OfficeWithDevices) -> None:
    tablet = floor.office.tablet(1)
    floor.beats(tablet, visible=False)
    floor.office.clock.moves(minutes=2)
    revokes(floor, tablet)
    floor.office.clock.moves(minutes=2)

    found = floor.gaps(tablet)

    assert (found.revoked, found.seconds) == (True, 120)


# -- Shutting out, and what else an administrator changes


def revokes(floor: OfficeWithDevices, device: Identity, by: str = "administrator") -> None:
    assert device.device is not None
    devices.revoke(floor.office.db, floor.office.person(by), device.device, has_own_printer=True)


def test_a_revoked_device_is_nobody_at_once(floor: OfficeWithDevices) -> None:
    office, kiosk = floor.office, floor.office.kiosk
    assert kiosk.device is not None
    gate = Gate(office.db, lambda work: work())
    with office.db.writing() as connection:
        People(connection).add_token("kiosk's", office_id=office.id, device=kiosk.device, now=office.clock.now)
    link = gate.make_entry_code(office.id, [kiosk.device])
    floor.beats(kiosk)

    revokes(floor, kiosk)

    assert floor.changes(kiosk) == ["ok", "revoked"]
    with pytest.raises(Unauthorized):
        gate.of_token("kiosk's")
    with pytest.raises(Unauthorized):
        gate.of_device(kiosk.device)
    with pytest.raises(EntryCodeInvalid):
        gate.use_entry_code(link)
    floor.beats(kiosk)  # A beat that was under way changes nothing any more.
    floor.passes(200)
    assert floor.changes(kiosk) == ["ok", "revoked"]
    assert kiosk.key not in {each.device for each in floor.list().devices}


def test_a_device_paired_and_revoked_before_it_came_gets_nothing(floor: OfficeWithDevices) -> None:
    pairing = Pairing(floor.office.db)
    asked = pairing.ask(floor.office.id, "agent")
    device = pairing.confirm_here(floor.office.id, Wanted(code=asked.code, kind="agent"))
    devices.revoke_here(floor.office.db, floor.office.id, device, has_own_printer=True)

    with pytest.raises(PairingExpired):
        pairing.claim_token(floor.office.id, asked.secret)
    assert pairing.open(floor.office.id, asked.secret) is None


def test_only_an_administrator_shuts_out_and_only_what_is_there(floor: OfficeWithDevices) -> None:
    with floor.office.refuses(Forbidden):
        revokes(floor, floor.office.kiosk, by="manager")
    revokes(floor, floor.office.kiosk)
    with floor.office.refuses(UnknownDevice):
        revokes(floor, floor.office.kiosk)
    for nobody in (0, -1, 999, 2**63 - 1):
        with floor.office.refuses(UnknownDevice):
            devices.revoke(floor.office.db, floor.office.person("administrator"), nobody, has_own_printer=True)


def test_a_kiosk_prints_at_the_agent_that_was_chosen_until_that_is_revoked(floor: OfficeWithDevices) -> None:
    office, agent = floor.office, floor.pairs("agent")
    administrator = office.person("administrator")
    assert agent.device is not None
    assert office.kiosk.device is not None

    devices.print_at(office.db, administrator, office.kiosk.device, agent.device)
    chosen = floor.seen(office.kiosk).prints_at
    revokes(floor, agent)

    assert chosen == str(agent.device)
    assert floor.seen(office.kiosk).prints_at is None


def test_only_a_kiosk_prints_and_only_at_an_agent(floor: OfficeWithDevices) -> None:
    office, administrator = floor.office, floor.office.person("administrator")
    kiosk, display, agent = office.kiosk.device or 0, office.display.device or 0, floor.pairs("agent").device or 0

    with office.refuses(InvalidValue):
        devices.print_at(office.db, administrator, display, agent)
    with office.refuses(InvalidValue):
        devices.print_at(office.db, administrator, kiosk, display)
    with office.refuses(UnknownDevice):
        devices.print_at(office.db, administrator, kiosk, 999)


def test_a_device_may_be_called_something_and_nothing_again(floor: OfficeWithDevices) -> None:
    office, kiosk = floor.office, floor.office.kiosk.device or 0

    devices.rename(office.db, office.person("administrator"), kiosk, " ตู้หน้าประตู ")
    named = floor.seen(office.kiosk).name
    devices.rename(office.db, office.person("administrator"), kiosk, "  ")

    assert named == "ตู้หน้าประตู"
    assert floor.seen(office.kiosk).name is None
    with office.refuses(InvalidValue):
        devices.rename(office.db, office.person("administrator"), kiosk, "x" * 41)


def test_the_events_still_add_up(floor: OfficeWithDevices) -> None:
    floor.beats(floor.office.kiosk)
    floor.passes(120)
    revokes(floor, floor.pairs("rating", 1))

    assert floor.office.verdict().differences == []


def test_another_office_s_devices_are_not_touched(floor: OfficeWithDevices) -> None:
    with floor.office.engine.connect() as connection:
        assert Devices(connection, 2).paired() == []
        assert Devices(connection, 2).at(floor.office.kiosk.device or 0) is None
