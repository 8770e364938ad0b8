"""Citizens at the kiosk: in English, with priority, impatient, without script, and when no slip comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from hardware.simulator import PrinterSimulator
from tests.browser.room import Room

pytestmark = pytest.mark.browser

RENEWAL = "ทำบัตรประชาชน (บัตรหมดอายุ)"


def test_an_english_visitor_is_served_in_english_and_the_next_one_in_thai(room: Room) -> None:
    kiosk = room.kiosk()
    kiosk.asks_for("English")

    kiosk.takes_a_ticket("ID card – renewal (expired)")

    kiosk.says_of_the_slip("Please take your slip")
    assert room.ticket(kiosk.ticket_id)["language"] == "en"
    kiosk.page.get_by_role("link", name="Done").click()
    expect(kiosk.page.locator("h1")).to_have_text("ท่านมาติดต่อเรื่องใด")


def test_one_more_tap_gives_a_priority_ticket(room: Room) -> None:
    kiosk = room.kiosk()
    kiosk.says_priority()

    kiosk.takes_a_ticket(RENEWAL)

    expect(kiosk.page.locator("[data-state='priority']")).to_be_visible()
    assert room.ticket(kiosk.ticket_id)["class"] == "priority"


def test_the_next_citizen_is_not_offered_the_last_one_s_priority(room: Room) -> None:
    kiosk = room.kiosk()
    kiosk.says_priority()
    kiosk.takes_a_ticket(RENEWAL)

    kiosk.page.get_by_role("link", name="เสร็จสิ้น").click()
    kiosk.takes_a_ticket(RENEWAL)

    assert room.ticket(kiosk.ticket_id)["class"] == "regular"


def test_a_double_tap_is_sent_once_and_gives_one_ticket(room: Room) -> None:
    kiosk = room.kiosk()
    before = room.issued_count()

    sent = kiosk.is_tapped_twice_before_the_answer(RENEWAL)

    assert sent == 1
    assert kiosk.number == room.ticket(kiosk.ticket_id)["number"]
    assert room.issued_count() == before + 1


def test_a_double_tap_without_script_is_sent_twice_and_gives_one_ticket(room: Room) -> None:
    kiosk = room.kiosk(java_script_enabled=False)
    before = room.issued_count()

    sent = kiosk.is_tapped_twice_before_the_answer(RENEWAL)

    assert sent == 2
    assert kiosk.number == room.ticket(kiosk.ticket_id)["number"]
    assert room.issued_count() == before + 1


def test_without_script_a_tap_still_gives_a_number_and_the_kiosk_returns_by_itself(room: Room) -> None:
    kiosk = room.kiosk(java_script_enabled=False)

    number = kiosk.takes_a_ticket(RENEWAL)

    assert number == room.ticket(kiosk.ticket_id)["number"]
    assert kiosk.qr_is_drawn
    refresh = kiosk.page.locator("meta[http-equiv='refresh']").first.get_attribute("content") or ""
    assert refresh.endswith("url=/kiosk")


def test_the_kiosk_warns_and_then_returns_to_its_start(room: Room) -> None:
    kiosk = room.kiosk()
    kiosk.page.clock.install()
    kiosk.takes_a_ticket(RENEWAL)
    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน")

    kiosk.page.clock.run_for(12_000)

    expect(kiosk.page.locator("#countdown")).to_be_visible()
    kiosk.page.clock.run_for(10_000)
    kiosk.page.wait_for_url("**/kiosk")


def test_a_touch_gives_more_time(room: Room) -> None:
    kiosk = room.kiosk()
    kiosk.page.clock.install()
    kiosk.takes_a_ticket(RENEWAL)
    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน")
    kiosk.page.clock.run_for(12_000)

    kiosk.page.get_by_role("button", name="ขอเวลาเพิ่ม").click()
    kiosk.page.clock.run_for(25_000)

    expect(kiosk.page.locator("#countdown")).to_be_hidden()
    assert kiosk.ticket_id


def test_without_paper_the_number_stands_and_is_to_be_photographed_until_paper_is_back(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    host, port = printer.address
    room = own_room(printer=f"network:{host}:{port}")
    kiosk = room.kiosk()
    printer.paper_out()

    number = kiosk.takes_a_ticket(RENEWAL)

    kiosk.says_of_the_slip("กระดาษหมด", within_seconds=8)
    kiosk.says_of_the_slip("โปรดถ่ายภาพหมายเลขของท่าน")
    assert number == "A001"
    assert room.ticket(kiosk.ticket_id)["state"] == "waiting"
    assert printer.slips == []

    printer.refill()

    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน", within_seconds=12)
    assert len(printer.slips) == 1


def test_without_paper_the_next_citizen_is_told_at_once_and_for_good(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    host, port = printer.address
    room = own_room(printer=f"network:{host}:{port}")
    printer.paper_out()
    kiosk = room.kiosk()
    kiosk.takes_a_ticket(RENEWAL)
    kiosk.says_of_the_slip("กระดาษหมด", within_seconds=8)

    kiosk.page.get_by_role("link", name="เสร็จสิ้น").click()
    kiosk.takes_a_ticket(RENEWAL)

    for _ in range(3):
        kiosk.says_of_the_slip("กระดาษหมด", within_seconds=1)
        kiosk.page.wait_for_timeout(500)
