"""Visits that do not take the straight way, as the officer, the waiting room and the citizen see them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import MORNING, watched
from tests.browser.navigators import Counter
from tests.browser.room import Room
from tests.running import ROOT, RunningOffice, running_office

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def quiet_office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(tmp_path_factory.mktemp("quiet"), clock=MORNING, printer="none") as office:
        yield office


@pytest.fixture(scope="module")
def quiet_module_room(chromium: Browser, quiet_office: RunningOffice) -> Room:
    return Room(chromium, quiet_office)


@pytest.fixture
def quiet_room(quiet_module_room: Room) -> Iterator[Room]:
    """An office where nobody else waits: after each test everybody is sent home and the counters are closed."""
    yield from watched(quiet_module_room)
    send_everybody_home(quiet_module_room)


def test_an_officer_puts_one_aside_serves_another_and_goes_on_with_the_first(quiet_room: Room) -> None:
    first, second = quiet_room.issue("birth"), quiet_room.issue("birth")
    officer = at_work(quiet_room, 3)
    called_and_started(officer, first["number"])

    officer.presses("hold")
    officer.is_in("free")
    expect(officer.row("held", first["number"])).to_be_visible()
    officer.presses("call-next")
    officer.has(second["number"])
    expect(officer.row("held", first["number"]).get_by_role("button")).to_be_disabled()
    expect(officer.page.locator("#held-list")).to_contain_text("เมื่อช่องนี้เปิดและว่าง")
    officer.presses("start")
    officer.is_in("serving")
    officer.presses("finish")
    officer.is_in("free")
    officer.presses("resume")
    officer.is_in("serving")
    officer.has(first["number"])
    expect(officer.page.locator("#held-list")).to_be_hidden()
    officer.presses("finish")

    officer.is_in("free")
    assert [quiet_room.ticket(each["id"])["state"] for each in (first, second)] == ["finished", "finished"]


def test_who_is_transferred_to_another_counter_is_marked_there_as_sent(quiet_room: Room) -> None:
    issued = quiet_room.issue("id_renew")
    colleague = at_work(quiet_room, 2)
    officer = at_work(quiet_room, 1)
    called_and_started(officer, issued["number"])

    chooser = officer.opens_the_chooser("transfer")
    expect(chooser).to_contain_text(issued["number"])
    officer.chooses("transfer", counter="ช่อง 2 · บัตรประจำตัวประชาชน 2")

    officer.is_in("free")
    officer.says(issued["number"])
    expect(colleague.row("waiting", issued["number"])).to_contain_text("ส่งมาช่องนี้")
    expect(officer.row("waiting", issued["number"])).to_have_count(0)


def test_a_call_out_of_order_needs_a_reason_and_keeps_it(quiet_room: Room) -> None:
    first, second = quiet_room.issue("birth"), quiet_room.issue("birth")
    officer = at_work(quiet_room, 3)
    officer.row("waiting", second["number"]).locator(".call-this").click()
    officer.chooser("call").locator("button[type=submit]").click()
    expect(officer.chooser("call")).to_be_visible()  # Nothing is sent without a reason.
    officer.page.keyboard.press("Escape")

    officer.calls_out_of_order(second["number"], "ใช้รถเข็นหรือเดินลำบาก")

    officer.is_in("called")
    officer.has(second["number"])
    assert quiet_room.ticket(first["id"])["state"] == "waiting"
    called = quiet_room.events("ticket_called")[-1]["payload"]
    assert (called["how"], called["reason"]) == ("out_of_order", "wheelchair")


def test_a_call_taken_back_is_forgotten_by_the_display(quiet_room: Room) -> None:
    before, issued = quiet_room.issue("birth"), quiet_room.issue("birth")
    display = quiet_room.display()
    display.is_connected()
    officer = at_work(quiet_room, 3)
    called_and_started(officer, before["number"])
    officer.presses("finish")
    officer.is_in("free")
    officer.presses("call-next")
    display.calls(issued["number"], counter=3)
    expect(officer.page.locator("#undo")).to_contain_text(f"การเรียก {issued['number']}")

    officer.presses("undo")

    officer.is_in("free")
    expect(officer.row("waiting", issued["number"])).to_be_visible()
    display.says_last_called(before["number"])
    expect(display.page.locator("#recent")).not_to_contain_text(issued["number"])


def test_a_call_stands_large_while_somebody_is_to_come_and_is_the_last_called_once_they_came(quiet_room: Room) -> None:
    first, second = quiet_room.issue("birth"), quiet_room.issue("marriage")
    display = quiet_room.display()
    display.is_connected()
    quiet_room.commands(3, "open", "call-next")
    display.calls(first["number"], counter=3)
    in_hand = quiet_room.commands(5, "open", "call-next")
    display.calls(second["number"], counter=5)
    expect(display.page.locator("#recent")).to_contain_text(first["number"])

    quiet_room.commands(5, "start", ticket=in_hand)
    display.calls(first["number"], counter=3)
    expect(display.page.locator(".queue[data-queue=F]")).to_contain_text(re.compile(r"คิวนี้ไม่มีผู้รอ\s+0 in this queue"))
    expect(display.page.locator("#recent")).to_contain_text(second["number"])
    expect(display.page.locator("#recent")).not_to_contain_text(first["number"])

    quiet_room.commands(3, "start", ticket=first)
    display.says_last_called(second["number"])
    display.page.reload()
    display.says_last_called(second["number"])


def test_of_thirty_calls_within_seconds_each_open_one_is_announced_once_reload_or_not(quiet_room: Room) -> None:
    display = quiet_room.display()
    display.keeps_what_it_announces()
    display.page.reload()
    display.is_connected()
    for counter in (3, 5):
        quiet_room.commands(counter, "open")
    for at in range(15):
        births, marriages = quiet_room.issue("birth"), quiet_room.issue("marriage")
        for counter in (3, 5):
            quiet_room.commands(counter, "call-next", *(("start", "finish") if at < 14 else ()))
    opened = [births["number"], marriages["number"]]
    expect(display.page.locator("#now-number")).to_have_text(opened[0], timeout=10_000)
    before = display.announced

    display.page.reload()
    display.calls(opened[1], counter=5)
    display.page.wait_for_timeout(4000)  # Were there another one, it would be made after 2.5 s.

    assert len(set(display.announced)) == len(display.announced)
    assert [each for each in display.announced if each in opened] == opened
    assert set(display.announced) - set(before) <= set(opened)
    assert len(before) < 8, "calls that are over were announced"


def test_the_offer_to_take_a_step_back_goes_away_by_itself(own_room: Callable[..., Room]) -> None:
    room = own_room(printer="none", clock="2026-11-23T09:00+07:00x60")
    room.issue("birth")
    officer = at_work(room, 3)
    officer.presses("call-next")
    officer.is_in("called")

    expect(officer.page.locator("#undo")).to_be_hidden(timeout=5000)


def test_a_finish_taken_back_puts_the_rating_tablet_to_sleep(quiet_room: Room) -> None:
    issued = quiet_room.issue("birth")
    tablet = quiet_room.tablet(4)
    officer = at_work(quiet_room, 4)
    called_and_started(officer, issued["number"])
    officer.presses("finish")
    tablet.wakes_for(issued["number"])

    officer.presses("undo")

    officer.is_in("serving")
    tablet.is_asleep()
    officer.presses("finish")
    tablet.wakes_for(issued["number"])


def test_a_break_has_a_reason_and_is_shown_with_its_time(quiet_room: Room) -> None:
    officer = at_work(quiet_room, 3)
    officer.opens_the_chooser("break")
    officer.page.keyboard.press("ArrowDown")  # By keys alone: to the second reason.
    officer.page.keyboard.press("Enter")

    officer.is_in("break")
    expect(officer.page.locator("#visit")).to_contain_text("พักระหว่างวัน")
    expect(officer.page.locator("#break-elapsed")).to_have_text(re.compile(r"\d:\d\d"))
    expect(officer.command("open")).to_contain_text("กลับมาให้บริการ")
    officer.presses("open")
    officer.is_in("free")


def test_a_no_show_who_comes_back_is_returned_to_the_line(quiet_room: Room) -> None:
    quiet_room.complaints.expect("409")  # A no-show at once is asked about.
    issued = quiet_room.issue("birth")
    officer = at_work(quiet_room, 3)
    phone = quiet_room.phone(issued["code"])
    officer.presses("call-next")
    officer.is_in("called")
    officer.misses_who_was_called()
    officer.is_in("free")

    officer.row("missed", issued["number"]).get_by_role("button").click()

    expect(officer.row("waiting", issued["number"])).to_contain_text("กลับเข้าแถว")
    expect(officer.row("missed", issued["number"])).to_have_count(0)
    phone.opens(f"/t/{issued['code']}")
    expect(phone.page.locator(".phone-state")).to_contain_text("รอเรียกอีกครั้ง")


def test_a_visit_is_cancelled_for_a_reason_and_another_gets_a_second_service(quiet_room: Room) -> None:
    gone, stays = quiet_room.issue("birth"), quiet_room.issue("birth")
    officer = at_work(quiet_room, 3)
    officer.presses("call-next")
    officer.has(gone["number"])
    officer.opens_the_chooser("cancel")
    officer.chooses("cancel", reason="ผู้รับบริการกลับไปแล้ว")
    officer.is_in("free")
    called_and_started(officer, stays["number"])

    officer.opens_the_chooser("add-service")
    officer.chooses("add-service", service="แจ้งตาย")

    expect(officer.page.locator("#service")).to_have_text("แจ้งตาย")
    officer.is_in("serving")
    assert quiet_room.ticket(gone["id"])["state"] == "left"


def test_who_walks_up_is_served_at_once_and_never_announced(quiet_room: Room) -> None:
    display = quiet_room.display()
    display.is_connected()
    officer = at_work(quiet_room, 3)

    officer.opens_the_chooser("walk-up")
    officer.chooses("walk-up", service="แจ้งเกิด", reason="สอบถามสั้น ๆ")

    officer.is_in("serving")
    number = officer.page.locator("#number").inner_text()
    expect(officer.page.locator("#said")).to_contain_text(number)
    expect(display.page.locator("#now-number")).not_to_have_text(number)
    expect(display.page.locator("#recent")).not_to_contain_text(number)


def test_a_key_of_the_screen_does_nothing_while_something_is_being_chosen(quiet_room: Room) -> None:
    issued = quiet_room.issue("birth")
    officer = at_work(quiet_room, 3)
    called_and_started(officer, issued["number"])
    officer.opens_the_chooser("cancel")

    officer.page.keyboard.press("F8")
    officer.page.keyboard.press("Escape")

    expect(officer.page.locator("#choose-cancel")).to_be_hidden()
    expect(officer.page.locator(".command-cancel > button")).to_be_focused()
    officer.is_in("serving")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_citizen_gives_up_the_place_and_the_officers_list_shrinks(quiet_room: Room, script: bool) -> None:
    issued, other = quiet_room.issue("birth"), quiet_room.issue("birth")
    officer = at_work(quiet_room, 3)
    phone = quiet_room.phone(issued["code"], java_script_enabled=script)
    expect(officer.row("waiting", issued["number"])).to_be_visible()

    phone.gives_up_the_place()

    expect(phone.page.locator(".phone-state")).to_contain_text("ยกเลิก")
    expect(phone.page.locator(".give-up")).to_be_hidden()
    expect(officer.row("waiting", issued["number"])).to_have_count(0)
    expect(officer.row("waiting", other["number"])).to_be_visible()


def test_the_next_citizen_cannot_rate_on_the_tablet_what_the_first_still_rates_on_the_phone(quiet_room: Room) -> None:
    quiet_room.complaints.expect("409")
    first, _ = quiet_room.issue("birth"), quiet_room.issue("birth")
    tablet = quiet_room.tablet(3, java_script_enabled=False)  # With script it would sleep before the next one can tap.
    phone = quiet_room.phone(first["code"])
    quiet_room.commands(3, "open", "call-next", "start", "finish")
    tablet.is_opened(3)
    tablet.wakes_for(first["number"])
    quiet_room.commands(3, "call-next", "start")

    tablet.is_tapped(1)
    phone.opens(f"/t/{first['code']}")
    phone.is_tapped(5)

    expect(tablet.page.locator("#refused")).to_have_text("คะแนนนี้เป็นของผู้รับบริการก่อนหน้า")
    phone.thanks()
    (given,) = [each for each in quiet_room.events("rating_given") if each["payload"]["counter"] == 3]
    assert (given["payload"]["score"], given["actor"], given["device"]) == (5, "citizen", "phone")


def test_who_is_being_served_already_is_told_why_the_place_cannot_be_given_up(quiet_room: Room) -> None:
    quiet_room.complaints.expect("409")
    issued = quiet_room.issue("birth")
    phone = quiet_room.phone(issued["code"])
    phone.page.locator(".give-up summary").click()
    called_and_started(at_work(quiet_room, 3), issued["number"])

    phone.page.locator(".give-up button").click()

    expect(phone.page.get_by_role("alert").last).to_contain_text(issued["number"])
    assert quiet_room.ticket(issued["id"])["state"] == "serving"


def test_every_command_works_without_script(quiet_room: Room) -> None:
    quiet_room.complaints.expect("409")  # A no-show at once is asked about.
    held, sent = quiet_room.issue("birth"), quiet_room.issue("birth")
    last = quiet_room.issue("birth")
    officer = quiet_room.officer(3, java_script_enabled=False)
    officer.clicks("open")
    officer.clicks("call-next")
    officer.clicks("start")
    officer.clicks("hold")
    officer.is_in("free")
    expect(officer.row("held", held["number"])).to_be_visible()

    officer.opens_the_chooser_by_mouse("walk-up")
    officer.chooses("walk-up", service="แจ้งเกิด", reason="สอบถามสั้น ๆ")
    officer.is_in("serving")
    officer.clicks("finish")
    officer.row("waiting", last["number"]).locator(".call-this").click()
    officer.chooses("call", ticket=f"{last['number']} · แจ้งเกิด", reason="เจ็บป่วยหรืออ่อนแรง")
    officer.has(last["number"])
    officer.opens_the_chooser_by_mouse("cancel")
    officer.chooses("cancel", reason="เอกสารไม่ครบ")
    officer.is_in("free")
    officer.clicks("undo")
    officer.is_in("called")
    officer.misses_who_was_called()
    officer.row("missed", last["number"]).get_by_role("button").click()
    expect(officer.row("waiting", last["number"])).to_be_visible()
    officer.clicks("call-next")
    officer.has(sent["number"])
    officer.clicks("start")
    officer.opens_the_chooser_by_mouse("transfer")
    officer.chooses("transfer", service="เปลี่ยนชื่อตัว/ชื่อรอง")
    officer.is_in("free")
    officer.row("held", held["number"]).get_by_role("button").click()
    officer.is_in("serving")
    officer.opens_the_chooser_by_mouse("add-service")
    officer.chooses("add-service", service="แจ้งตาย")
    officer.clicks("finish")
    officer.opens_the_chooser_by_mouse("break")
    officer.chooses("break", reason="ประชุม")
    officer.is_in("break")
    expect(officer.page.locator("#visit")).to_contain_text("ประชุม")


def test_what_the_office_changes_reaches_every_screen_by_itself(own_room: Callable[..., Room], tmp_path: Path) -> None:
    room = own_room(printer="none", clock=MORNING)
    kiosk, display = room.kiosk(), room.display()
    officer = at_work(room, 3)
    kiosk.is_connected()
    display.is_connected()
    known = (ROOT / "config/offices/pasang.toml").read_text(encoding="utf-8")
    changed = known.replace('th = "แจ้งตาย"', 'th = "แจ้งการตาย"').replace('th = "งานทะเบียนราษฎร"', 'th = "งานราษฎร"')
    assert changed != known
    (tmp_path / "changed.toml").write_text(changed, encoding="utf-8")

    run_saduak(room.office, "configure", str(tmp_path / "changed.toml"))

    expect(kiosk.service("แจ้งการตาย")).to_be_visible(timeout=20_000)
    expect(officer.page.locator("#add-service-service")).to_contain_text("แจ้งการตาย", timeout=20_000)
    expect(display.page.locator("#queues")).to_contain_text("งานราษฎร", timeout=20_000)


def run_saduak(office: RunningOffice, *arguments: str) -> None:
    """Run a command of `saduak` beside the running office, on its data."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT, env=office.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def send_everybody_home(room: Room) -> None:
    reception = room.office.credentials["reception"]["token"]
    for counter in (1, 2, 3, 4, 5):
        officer = room.office.credentials["officers"][counter - 1]["token"]
        state = room.office.ask("GET", f"/counters/{counter}/state", officer)[1]
        if state["counter"]["state"] == "break":
            room.office.ask("POST", f"/counters/{counter}/open", officer, {})
        in_hand = [state["ticket"]] if state["ticket"] else []
        for ticket in in_hand:
            room.office.ask("POST", f"/tickets/{ticket['id']}/cancel", officer, {"reason": "mistake"})
        for ticket in [*state["waiting"], *state["held"]]:
            room.office.ask("POST", f"/tickets/{ticket['id']}/cancel", reception, {"reason": "mistake"})
        room.office.ask("POST", f"/counters/{counter}/close", officer, {})


def at_work(room: Room, counter: int) -> Counter:
    officer = room.officer(counter)
    officer.is_connected()
    officer.presses("open")
    officer.is_in("free")
    return officer


def called_and_started(officer: Counter, number: str) -> None:
    officer.presses("call-next")
    officer.has(number)
    officer.presses("start")
    officer.is_in("serving")
