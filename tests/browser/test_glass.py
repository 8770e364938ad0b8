"""Public glass of every size and shape: all within reach, nothing enlarged, no browser's menu, no sleep."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.measuring import narrow_gaps, small_targets
from tests.browser.navigators import Display, Kiosk, NewMachine, Phone, RatingTablet, Screen
from tests.browser.room import Room

pytestmark = pytest.mark.browser

RENEWAL = "ทำบัตรประชาชน (บัตรหมดอายุ)"
GLASSES = [(1366, 768), (1280, 1024), (1920, 1080), (1080, 1920)]
PUBLIC: dict[str, tuple[type[Screen], str]] = {
    "kiosk": (Kiosk, "/kiosk"),
    "display": (Display, "/display"),
    "rating": (RatingTablet, "/rating?counter=4"),
    "pair": (NewMachine, "/pair"),
    "phone": (Phone, "/t/{code}"),
}
# A tablet's browser enlarges a page under two fingers; a desktop's does not.
TABLET: dict[str, Any] = {"viewport": {"width": 800, "height": 1280}, "has_touch": True, "is_mobile": True}
KEEPS_AWAKE = """() => { window.locks = []; navigator.wakeLock.request = async (kind) => window.locks.push(kind); }"""


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize(("width", "height"), GLASSES)
def test_a_kiosk_of_any_shape_reaches_everything_without_scrolling(
    room: Room, width: int, height: int, language: str
) -> None:
    kiosk = room.screen(Kiosk, is_device=True, viewport=ViewportSize(width=width, height=height))
    kiosk.is_opened(language)
    kiosk.is_connected()

    assert kiosk.page.locator("button.service:visible").count() == 16
    assert out_of_reach(kiosk.page) == []
    assert small_targets(kiosk.page, 80) == []  # 20 mm.
    assert narrow_gaps(kiosk.page, 12) == []
    kiosk.page.locator("button.service[value='house_number'], button.service").last.click()
    assert kiosk.number
    assert out_of_reach(kiosk.page) == []


def test_where_there_is_no_room_for_all_services_the_queue_is_chosen_first(room: Room) -> None:
    kiosk = room.screen(Kiosk, is_device=True, viewport=ViewportSize(width=1024, height=600))
    kiosk.is_opened()
    kiosk.is_connected()
    expect(kiosk.service(RENEWAL)).to_be_hidden()
    assert out_of_reach(kiosk.page) == []

    kiosk.page.get_by_role("button", name="งานทะเบียนราษฎร").click()
    assert out_of_reach(kiosk.page) == []
    assert kiosk.page.locator("button.service:visible").count() == 6
    kiosk.page.get_by_role("button", name="ดูเรื่องทั้งหมด").click()
    kiosk.page.get_by_role("button", name="งานบัตรประจำตัวประชาชน").click()

    assert kiosk.takes_a_ticket(RENEWAL).startswith("A")


def test_the_kiosk_asks_after_thirty_seconds_and_returns_twenty_seconds_later(room: Room) -> None:
    kiosk = room.screen(Kiosk, is_device=True)
    kiosk.page.clock.install()
    kiosk.is_opened("en")
    kiosk.is_connected()

    kiosk.page.clock.run_for(29_000)
    expect(kiosk.page.locator("#countdown")).to_be_hidden()
    kiosk.page.clock.run_for(1500)
    expect(kiosk.page.locator("#countdown")).to_contain_text("Are you still there?")
    kiosk.page.clock.run_for(18_000)
    assert kiosk.page.url.endswith("lang=en")
    kiosk.page.clock.run_for(2500)

    kiosk.page.wait_for_url("**/kiosk")


@pytest.mark.parametrize("name", PUBLIC)
def test_two_fingers_enlarge_no_public_screen_and_a_long_press_opens_no_menu(room: Room, name: str) -> None:
    screen = on_a_tablet(room, name)
    if name == "rating":
        expect(screen.page.locator("#tablet")).to_be_visible()

    assert screen.page.evaluate(
        """() => !document.body.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true }))"""
    )
    for _ in range(3):
        pinch(screen.page)
    assert screen.page.evaluate("window.visualViewport.scale") == pytest.approx(1, abs=0.01)
    assert screen.page.locator("html").get_attribute("translate") == "no"
    assert screen.page.evaluate("window.locks") == ([] if name == "phone" else ["screen"])


def test_all_faces_are_on_the_glass_when_a_slot_opens_after_a_pinch(room: Room) -> None:
    tablet = on_a_tablet(room, "rating")
    tablet.is_connected()
    pinch(tablet.page)
    room.issue("marriage")
    room.commands(4, "open", "call-next", "start", "finish")
    expect(tablet.page.locator(".score").first).to_be_visible()

    assert tablet.page.evaluate("window.visualViewport.scale") == pytest.approx(1, abs=0.01)
    assert tablet.page.locator(".score").count() == 5
    assert out_of_reach(tablet.page, ".score") == []
    room.commands(4, "close")


def on_a_tablet(room: Room, name: str) -> Screen:
    kind, path = PUBLIC[name]
    screen = room.screen(kind, is_device=name not in {"pair", "phone"}, **TABLET)
    screen.page.add_init_script(f"({KEEPS_AWAKE})()")
    screen.opens(path.format(code=room.issue("birth")["code"] if name == "phone" else ""))
    return screen


def pinch(page: Page) -> None:
    """Put two fingers on the glass and spread them to three times their distance."""
    page.context.new_cdp_session(page).send(
        "Input.synthesizePinchGesture", {"x": 400, "y": 600, "scaleFactor": 3, "relativeSpeed": 4000}
    )


def out_of_reach(page: Page, what: str = "button:visible, a.tool:visible, label:visible, .ticket-done a") -> list[str]:
    """What is to be touched and is not wholly on the glass; and the page itself, where it is higher than the glass."""
    size = page.viewport_size
    assert size is not None
    found = []
    for each in page.locator(what).all():
        box = each.bounding_box()
        if box and (
            box["y"] < 0 or box["y"] + box["height"] > size["height"] or box["x"] + box["width"] > size["width"]
        ):
            found.append(each.inner_text())
    height = page.evaluate("document.documentElement.scrollHeight")
    return [*found, *([f"the page is {height} high"] if height > size["height"] else [])]
