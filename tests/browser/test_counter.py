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
    issued = room.issue("marriage")
    display, officer = room.display(), room.officer(5)
    display.is_connected()
    officer.presses("open")
    officer.is_in("free")
    officer.presses("call-next")
    officer.is_in("called")

    officer.presses("no-show")

    officer.is_in("free")
    expect(display.page.locator("#missed")).to_contain_text(issued["number"])


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
    tablet.page.get_by_role("link", name="English").click()
    officer.page.get_by_role("link", name="หน้าแรก").click()
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
