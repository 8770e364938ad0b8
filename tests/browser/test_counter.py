"""The officer, the tablet and the waiting room beyond the story: by forms alone, and with and without sound."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.chromium import launched
from tests.browser.room import Room

pytestmark = pytest.mark.browser


def test_a_whole_visit_by_forms_alone(room: Room) -> None:
    issued = room.issue("birth")
    display = room.display()
    display.is_connected()
    officer = room.officer(3, java_script_enabled=False)
    tablet = room.tablet(3, java_script_enabled=False)
    tablet.is_asleep()

    officer.clicks("open")
    officer.is_in("free")
    officer.clicks("call-next")
    officer.is_in("called")
    officer.has(issued["number"])
    display.shows(issued["number"], counter=3)
    officer.clicks("recall")
    officer.clicks("start")
    officer.is_in("serving")
    officer.clicks("finish")
    officer.is_in("free")

    tablet.wakes_for(issued["number"])
    tablet.is_tapped(4)
    tablet.thanks()
    tablet.is_asleep()
    assert room.ticket(issued["id"])["state"] == "finished"
    officer.clicks("close")
    officer.is_in("closed")


def test_nobody_is_let_in_with_a_wrong_password(room: Room) -> None:
    room.complaints.expect("401")
    officer = room.officer_at_the_door()

    officer.logs_in({"user": "officer1", "password": "not the password"})

    expect(officer.page.get_by_role("alert")).to_contain_text("รหัสผ่าน")
    officer.opens("/counter")
    assert "/login" in officer.page.url


def test_a_call_that_nobody_answers_stands_among_the_missed(room: Room) -> None:
    room.complaints.expect("409")
    issued = room.issue("marriage")
    display, officer = room.display(), room.officer(5)
    display.is_connected()
    officer.begins_work()
    officer.presses("call-next")
    officer.is_in("called")

    officer.presses("no-show")
    officer.is_asked("no-show", issued["number"])
    officer.presses_again("F9")
    assert room.ticket(issued["id"])["state"] == "called"
    officer.page.keyboard.press("Enter")

    officer.is_in("free")
    expect(display.page.locator("#missed")).to_contain_text(issued["number"])
    expect(display.page.locator("#missed-title")).to_contain_text("Called, not here yet")


def test_a_no_show_after_a_recall_is_not_asked_about(room: Room) -> None:
    room.issue("marriage")
    officer = room.officer(5)
    officer.begins_work()
    officer.presses("call-next")
    officer.is_in("called")
    officer.presses("recall")
    expect(officer.page.locator("#calls")).to_have_text("2 ครั้ง")

    officer.presses("no-show")

    officer.is_in("free")


def test_a_finger_that_presses_or_clicks_twice_gives_one_command(room: Room) -> None:
    for _ in range(2):
        room.issue("complaint")
    officer = room.officer(6)
    officer.is_connected()

    officer.page.keyboard.press("F10", delay=20)
    officer.is_in("free")
    officer.presses_again("F10")
    officer.is_in("free")
    for _ in range(2):
        officer.presses("call-next")
        officer.is_in("called")
        officer.presses("recall")
        expect(officer.page.locator("#calls")).to_have_text("2 ครั้ง")
        officer.page.wait_for_timeout(800)  # Longer than one press: the same keys come again.
        officer.presses("no-show")
        officer.is_in("free")
    missed = officer.page.locator("#missed > [data-ticket]")
    expect(missed).to_have_count(2)

    officer.page.locator("#missed button").first.dblclick(delay=150)

    expect(missed).to_have_count(1)
    officer.says("คืนบัตรคิว")
    expect(missed).to_have_count(1)


def test_a_transfer_offers_open_counters_only_and_goes_nowhere_by_mistake(room: Room) -> None:
    room.issue("complaint")
    officer = room.officer(6)
    officer.begins_work()
    room.commands(4, "open")
    officer.presses("call-next")
    officer.is_in("called")
    chooser = officer.opens_the_chooser("transfer")
    confirm, counters = chooser.locator("button[type=submit]"), chooser.locator("select[name=counter]")

    def offers(counter: int) -> None:
        expect(counters.locator(f"option[value='{counter}']:enabled")).to_have_count(1)

    offers(4)
    expect(counters.locator("option[value='2']:enabled")).to_have_count(0)
    expect(confirm).to_be_disabled()
    counters.select_option("4")
    expect(confirm).to_be_enabled()

    room.commands(4, "close")

    expect(counters.locator("option[value='4']:enabled")).to_have_count(0)
    expect(confirm).to_be_disabled()
    room.commands(4, "open")
    offers(4)
    officer.page.keyboard.press("Escape")
    officer.opens_the_chooser("cancel")
    officer.chooses("cancel", reason="กดบัตรคิวผิดหรือซ้ำ")
    officer.is_in("free")
    room.commands(4, "close")


def test_an_officer_logs_out_on_the_screen_and_leaves_no_counter_open(room: Room) -> None:
    officer = room.officer(2)
    officer.presses("open")
    officer.is_in("free")

    officer.page.keyboard.press("F12")
    expect(officer.chooser("log-out")).to_contain_text("ช่องบริการจะปิดก่อน")
    expect(officer.chooser("log-out").locator(":focus")).to_have_count(1)
    officer.page.keyboard.press("Enter")

    officer.page.wait_for_url(lambda address: "/counter" not in address)
    officer.opens("/counter")
    assert "/login" in officer.page.url
    token = room.office.credentials["officers"][1]["token"]
    _, state = room.office.ask("GET", "/counters/2/state", token)
    assert state["counter"]["state"] == "closed"


def test_the_same_service_is_added_twice_only_when_it_is_meant(room: Room) -> None:
    room.complaints.expect("409")
    officer = room.officer(5)
    officer.begins_work()
    officer.opens_the_chooser("walk-up")
    officer.chooses("walk-up", service="จดทะเบียนสมรส", reason="สอบถามสั้น ๆ")
    officer.is_in("serving")
    number = officer.page.locator("#number").inner_text()

    def added() -> int:
        return [each["payload"]["number"] for each in room.events("service_added")].count(number)

    officer.opens_the_chooser_by_mouse("add-service")
    officer.chooses("add-service", service="จดทะเบียนสมรส")
    officer.is_asked("again", number)
    assert added() == 0
    officer.page.keyboard.press("Enter")

    officer.says("เพิ่มบริการให้บัตรคิว")
    assert added() == 1
    officer.presses("finish")
    officer.is_in("free")


def test_where_sound_is_not_allowed_the_display_shows_a_button_and_one_touch_turns_it_on(
    own_room: Callable[..., Room], playwright: Playwright, chromium_path: str
) -> None:
    # An office of its own: looking at a page by script counts as a touch, and another test's call would then be heard.
    room = own_room()
    with launched(playwright, chromium_path) as cautious:
        waiting_room = Room(cautious, room.office, devices=room.devices())
        display = waiting_room.display()
        expect(display.sound_button).to_be_visible()
        expect(display.sound_button).to_have_text("เปิดเสียงเรียกคิว")
        display.listens()

        display.sound_button.click()

        display.hears_the_chime()
        expect(display.sound_button).to_be_hidden()
        assert not waiting_room.complaints.heard


def test_where_sound_is_allowed_no_button_disturbs_the_display(room: Room) -> None:
    display = room.display()
    display.is_connected()

    expect(display.sound_button).to_be_hidden()


def test_without_the_server_every_screen_says_so_and_comes_back_by_itself(own_room: Callable[..., Room]) -> None:
    room = own_room()
    room.complaints.expect("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "WebSocket")
    kiosk, visitor, display, tablet = room.kiosk(), room.kiosk(), room.display(), room.tablet(1)
    officer = room.officer(1)
    visitor.page.clock.install()
    number = visitor.takes_a_ticket("ทำบัตรประชาชน (บัตรหมดอายุ)")
    screens = (kiosk, visitor, display, tablet, officer)
    staying = (kiosk, display, tablet, officer)
    for screen in screens:
        screen.is_connected()
    for screen in staying:
        screen.plants_a_marker()

    room.office.kill9()

    for screen in screens:
        screen.says_the_server_is_gone()
    kiosk.service("แจ้งเกิด").click()
    tablet.page.get_by_role("link", name="English").press("Enter")
    officer.page.get_by_role("link", name="หน้าแรก").press("Enter")
    visitor.page.get_by_role("link", name="เสร็จสิ้น").click()
    visitor.page.clock.fast_forward(60_000)
    assert visitor.number == number

    room.office.start()

    visitor.page.wait_for_url("**/kiosk", timeout=20_000)
    for screen in staying:
        screen.is_back()
        assert screen.was_never_reloaded()
    officer.presses("open")
    officer.is_in("free")
    officer.presses("call-next")
    officer.is_in("called")
    display.shows(number, counter=1)


def test_the_phone_says_within_5_s_that_the_server_is_gone_and_within_2_s_that_it_is_back(room: Room) -> None:
    room.complaints.expect("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    phone = room.phone(room.issue("death")["code"])
    banner = phone.page.locator("#server-gone")
    expect(banner).to_be_hidden()

    phone.page.context.set_offline(True)
    expect(banner).to_be_visible(timeout=5000)
    phone.page.context.set_offline(False)
    expect(banner).to_be_hidden(timeout=2000)

    phone.page.route("**/healthz", lambda _: None)  # A pulled cable: nothing is answered, and nothing is closed.
    expect(banner).to_be_visible(timeout=5000)
    phone.page.unroute("**/healthz")
    expect(banner).to_be_hidden(timeout=2000)
