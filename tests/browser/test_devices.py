"""A new machine is paired, does its work under the administrator's eyes, and is shut out again."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.chromium import launched
from tests.browser.navigators import Display, Kiosk
from tests.browser.room import Room

pytestmark = pytest.mark.browser

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def muted_room(playwright: Playwright, chromium_path: str, shared_room: Room) -> Iterator[Room]:
    """The shared office, seen by a browser that plays no sound before somebody touches the page."""
    with launched(playwright, chromium_path) as browser:
        yield Room(browser, shared_room.office, devices=shared_room.devices())


def test_a_browser_shows_a_code_an_administrator_confirms_it_and_it_becomes_a_display(room: Room) -> None:
    room.complaints.expect("401")  # What a machine that was shut out is told.
    machine, administrator = room.new_machine(), room.administrator()
    administrator.types_the_code(machine.code, kind="display", name="ชั้นสอง")
    administrator.is_asked_about("จอแสดงคิว · ชั้นสอง")
    assert machine.page.url.endswith("/pair")

    administrator.confirms()
    expect(administrator.page.locator(".notice")).to_contain_text("จับคู่แล้ว: จอแสดงคิว · ชั้นสอง")
    machine.page.wait_for_url("**/display")
    machine.is_connected()
    administrator.is_connected()
    administrator.plants_a_marker()
    administrator.shows("ชั้นสอง", "ok")
    expect(administrator.card("ชั้นสอง")).to_contain_text("เล่นได้")
    assert administrator.was_never_reloaded()

    administrator.revokes("ชั้นสอง")
    expect(machine.page.locator("h1")).to_have_text("เครื่องนี้ไม่ได้จับคู่แล้ว", timeout=15_000)
    expect(machine.page.get_by_role("link", name="จับคู่เครื่องนี้")).to_have_attribute("href", "/pair")
    expect(administrator.card("ชั้นสอง")).to_have_count(0)


def test_a_code_whose_time_is_over_is_renewed_by_itself(room: Room) -> None:
    room.complaints.expect("410")
    machine = room.new_machine()
    first = machine.code

    with closing(sqlite3.connect(room.office.data / "saduak.sqlite3", timeout=10)) as database, database:
        code = first.replace(" ", "").replace("\n", "")
        assert database.execute("update pairings set expires_at = 1 where code = ?", (code,)).rowcount == 1

    expect(machine.page.locator(".pair-code")).not_to_have_text(first, timeout=15_000)
    assert machine.code != first


def test_a_tablet_that_is_covered_is_seen_as_such_at_once(room: Room) -> None:
    tablet, administrator = room.tablet(5), room.administrator()
    tablet.is_connected()
    administrator.is_connected()
    administrator.shows("ช่องบริการ 5", "ok")

    tablet.page.evaluate(HIDE, True)
    administrator.shows("ช่องบริการ 5", "hidden", within_seconds=12)  # Told at once, or six seconds later.
    expect(administrator.page.locator(".gaps")).to_contain_text(re.compile("หน้าจอถูกบัง.*ยังไม่สิ้นสุด", re.DOTALL))
    tablet.page.evaluate(HIDE, False)

    administrator.shows("ช่องบริการ 5", "ok", within_seconds=12)


def test_the_page_asks_for_itself_every_two_seconds_at_most_and_for_the_gaps_more_rarely(room: Room) -> None:
    administrator = room.administrator()
    administrator.is_connected()
    administrator.page.wait_for_timeout(2500)
    asked: list[str] = []
    administrator.page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    for _ in range(10):
        room.issue("id_renew")
        administrator.page.wait_for_timeout(400)
    administrator.page.wait_for_timeout(2000)
    pages = [each for each in asked if each.startswith("devices")]

    assert 1 <= len(pages) <= 4
    assert set(pages) == {"devices?gaps=no"}


def test_a_kiosk_that_goes_from_page_to_page_is_never_told_to_be_covered(room: Room) -> None:
    kiosk = room.kiosk()
    kiosk.is_connected()
    before = len(changes(room))
    for _ in range(3):
        kiosk.page.locator("button.service").first.click()
        assert kiosk.number
        kiosk.is_connected()
        kiosk.page.goto(kiosk.office + "/kiosk")
        kiosk.is_connected()
    kiosk.page.wait_for_timeout(500)

    assert set(changes(room)[before:]) <= {"ok"}


def test_a_display_whose_browser_plays_no_sound_is_named_until_somebody_touches_it(muted_room: Room) -> None:
    display, administrator = muted_room.display(), muted_room.administrator()
    administrator.is_connected()
    administrator.shows("จอแสดงคิว", "no_sound")

    display.sound_button.click()

    administrator.shows("จอแสดงคิว", "ok", within_seconds=12)
    muted_room.close()


def test_a_refused_code_may_be_mended_where_it_stands(room: Room) -> None:
    room.complaints.expect("404")
    administrator = room.administrator()

    administrator.types_the_code("333444", kind="rating", counter=2, name="ผิด")

    expect(administrator.page.locator(".notice")).to_contain_text("ไม่มีเครื่องใดแสดงรหัส 333-444")
    expect(administrator.page.locator("#code")).to_have_value("333444")
    expect(administrator.page.locator("#kind")).to_have_value("rating")
    expect(administrator.page.locator("#counter")).to_have_value("2")
    expect(administrator.page.locator("#name")).to_have_value("ผิด")


def changes(room: Room) -> list[str]:
    """What the events tell of the kiosk, in order."""
    return [each["payload"]["state"] for each in room.events("device_changed") if is_kiosk(each["payload"])]


def is_kiosk(said: dict[str, object]) -> bool:
    return said["device_kind"] == Kiosk.__name__.lower()


def test_a_machine_that_is_no_device_is_led_to_where_it_becomes_one(room: Room) -> None:
    room.complaints.expect("401")
    machine = room.screen(Display)
    machine.opens("/display")

    machine.page.get_by_role("link", name="จับคู่เครื่องนี้").click()

    machine.page.wait_for_url("**/pair")
    expect(machine.page.locator(".pair-address")).to_have_text(f"{machine.office}/settings/devices")
