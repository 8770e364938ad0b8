"""When paper fails: what the citizen is told, what reception hears, and how it ends well."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest
import segno
from PIL import Image, ImageChops
from playwright.sync_api import Locator, ViewportSize, expect

from hardware import slip
from hardware.simulator import PrinterSimulator
from server.app import WORDS
from server.domain.office_file import read_office
from server.services.shapes import Ticket
from server.settings import ROOT
from server.web.slips import slip_of
from server.web.words import Catalogue
from tests.browser.measuring import axe_violations, cut_text, faint_text, small_targets
from tests.browser.room import Room

pytestmark = pytest.mark.browser

RENEWAL = "ทำบัตรประชาชน (บัตรหมดอายุ)"
QUIET_MODULES = 4
# A desk, and the same with text at twice its size.
SIZES: tuple[ViewportSize, ...] = ({"width": 1366, "height": 900}, {"width": 640, "height": 450})
SLOW_MS = 8500  # A little more than what the ticket's page calls slow.
INSIDE_THE_RASTER = 2000  # Bytes: after the questions, well before the cut.


def office_with(own_room: Callable[..., Room], printer: PrinterSimulator) -> Room:
    host, port = printer.address
    return own_room(printer=f"network:{host}:{port}")


def test_without_paper_the_number_and_a_large_code_are_photographed_until_the_slip_comes(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    kiosk = room.kiosk()
    printer.paper_out()

    kiosk.takes_a_ticket(RENEWAL)

    kiosk.says_of_the_slip("โปรดถ่ายภาพหมายเลขของท่าน", within_seconds=8)
    kiosk.plants_a_marker()
    assert kiosk.code_side > 450  # 11 cm on the kiosk's glass: an arm's length, and any phone reads it.
    url = f"{room.office.url}/t/{room.ticket(kiosk.ticket_id)['code']}"
    assert modules_shown(kiosk.page.locator(".phone img")) == modules_of(url)

    kiosk.page.wait_for_timeout(SLOW_MS)  # What comes now is not "slower than usual": it has only just begun.
    printer.slow(2)
    printer.refill()

    kiosk.says_of_the_slip("กำลังพิมพ์บัตรคิว", within_seconds=12)
    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน", within_seconds=12)
    assert kiosk.was_never_reloaded()
    assert kiosk.code_side < 450
    assert len(printer.slips) == 1


def test_a_citizen_has_time_to_find_the_phone_and_is_warned_before_the_page_goes(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    printer.paper_out()
    kiosk = room.kiosk()
    kiosk.page.clock.install()
    kiosk.takes_a_ticket(RENEWAL)
    kiosk.is_connected()
    kiosk.says_of_the_slip("กระดาษหมด", within_seconds=8)

    kiosk.page.clock.run_for(48_000)

    expect(kiosk.page.locator("#countdown")).to_be_hidden()
    kiosk.page.clock.run_for(3_000)
    expect(kiosk.page.locator("#countdown")).to_be_visible()
    kiosk.page.clock.run_for(12_000)
    kiosk.page.wait_for_url("**/kiosk")


def test_paper_that_is_running_low_is_no_trouble_to_a_citizen(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    printer.paper_near_end()
    kiosk = room.kiosk()
    reception = room.reception()
    expect(reception.page.locator(".printer-card")).to_contain_text("กระดาษใกล้หมด", timeout=10_000)

    kiosk.warns_of_nothing()
    kiosk.takes_a_ticket(RENEWAL)

    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน")
    reception.is_not_called_to_the_printer()


def test_whoever_has_not_chosen_yet_is_told_before_and_no_longer_once_it_prints(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    kiosk = room.kiosk()
    kiosk.is_connected()
    kiosk.warns_of_nothing()
    kiosk.plants_a_marker()

    printer.open_cover()
    kiosk.warns_before_the_choice()

    printer.close_cover()
    kiosk.warns_of_nothing()
    assert kiosk.was_never_reloaded()

    printer.power_off()
    kiosk.warns_before_the_choice()
    kiosk.page.reload()
    kiosk.warns_before_the_choice(within_seconds=1)  # Not by its script only.


def test_a_slip_that_was_cut_off_is_reception_s_to_decide_and_its_second_one_is_a_copy(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    reception = room.reception()
    reception.is_asked_nothing()
    reception.plants_a_marker()
    kiosk = room.kiosk()
    printer.cut_connection_after(INSIDE_THE_RASTER)

    number = kiosk.takes_a_ticket(RENEWAL)

    kiosk.says_of_the_slip("โปรดถ่ายภาพหมายเลขของท่าน", within_seconds=10)
    kiosk.says_of_the_slip("อาจพิมพ์ไม่ครบ")
    reception.is_asked_about(number, "ใบใหม่จะมีคำว่า “สำเนา”", within_seconds=10)
    assert reception.was_never_reloaded()

    reception.prints_again(number)

    reception.says(f"สั่งพิมพ์บัตรคิว {number} อีกครั้งแล้ว")
    reception.is_asked_nothing()
    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน", within_seconds=12)
    assert is_the_copy_of(room, kiosk.ticket_id, printer.slips[-1].image)
    assert [event["payload"]["state"] for event in room.events("slip_printed")] == ["printed"]


def test_a_slip_that_came_after_all_is_put_right_by_a_look_at_the_printer(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    reception = room.reception()
    printer.cut_connection_after(INSIDE_THE_RASTER)
    ticket = room.issue("id_renew")
    reception.is_asked_about(ticket["number"], "ออกแล้ว")
    slips = len(printer.slips)

    reception.says_that_it_came(ticket["number"])

    reception.says(f"บันทึกว่าบัตรคิว {ticket['number']} ออกแล้ว")
    reception.is_asked_nothing()
    assert room.ticket(ticket["id"])["print"]["state"] == "printed"
    assert len(printer.slips) == slips


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_hard_hour_at_reception_can_be_read_and_used_by_everybody(
    own_room: Callable[..., Room], printer: PrinterSimulator, language: str
) -> None:
    room = office_with(own_room, printer)
    reception = room.reception()
    for service in ("id_change", "house_no"):
        printer.cut_connection_after(INSIDE_THE_RASTER)
        reception.is_asked_about(room.issue(service)["number"], "สำเนา")
    printer.paper_out()
    reception.opens(f"/reception?lang={language}")
    reception.is_called_to_the_printer({"th": "กระดาษหมด", "en": "Out of paper"}[language])

    for size in SIZES:
        reception.page.set_viewport_size(size)

        assert faint_text(reception.page) == []
        assert cut_text(reception.page) == []
        assert small_targets(reception.page, 24) == []
        assert axe_violations(reception.page) == []
        assert reception.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_reception_is_called_to_the_printer_and_its_ears_are_told_too(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    reception = room.reception()
    reception.is_not_called_to_the_printer()
    reception.plants_a_marker()

    printer.paper_out()

    reception.is_called_to_the_printer("กระดาษหมด โปรดใส่กระดาษม้วนใหม่")
    expect(reception.page.get_by_role("alert").filter(has_text="กระดาษหมด")).to_be_visible()

    printer.refill()

    reception.is_not_called_to_the_printer()
    assert reception.was_never_reloaded()


def test_what_reception_is_typing_stays_while_the_page_changes(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    reception = room.reception()
    lost = room.issue("id_renew")
    field = reception.page.locator("#number")
    field.press_sequentially(lost["number"][:2])

    printer.open_cover()
    reception.is_called_to_the_printer("ฝาเครื่องพิมพ์เปิดอยู่")
    field.press_sequentially(lost["number"][2:])
    printer.close_cover()
    reception.is_not_called_to_the_printer()
    reception.page.locator("form[action='/reception/print'] button:not([formaction])").click()

    reception.says(f"สั่งพิมพ์บัตรคิว {lost['number']} อีกครั้งแล้ว")


def test_a_refusal_stays_where_it_was_said_until_its_slip_changes(
    own_room: Callable[..., Room], printer: PrinterSimulator
) -> None:
    room = office_with(own_room, printer)
    room.complaints.expect("404", "409")
    reception = room.reception()

    reception.prints_by_number("Z9")

    refusal = reception.page.locator(".by-number .notice")
    expect(refusal).to_contain_text("วันนี้ไม่มีบัตรคิวหมายเลข “Z9”")
    reception.is_connected()
    printer.paper_out()
    reception.is_called_to_the_printer("กระดาษหมด")
    expect(refusal).to_be_visible()
    assert reception.page.url.endswith("/reception")


def modules_of(url: str) -> list[list[bool]]:
    return [[bool(module) for module in row] for row in segno.make(url, micro=False, error="m").matrix]


def modules_shown(image: Locator) -> list[list[bool]]:
    """Read the code off the glass as a camera would: each module by the light at its middle."""
    with Image.open(io.BytesIO(image.screenshot())) as opened:
        picture = opened.convert("L")
    version_side = next(
        side for side in range(21, 178, 4) if _is_dark(picture, side, 0, 0) and _is_finder(picture, side)
    )
    return [[_is_dark(picture, version_side, x, y) for x in range(version_side)] for y in range(version_side)]


def _is_finder(picture: Image.Image, side: int) -> bool:
    finder = ["#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"]
    corners = ((0, 0), (side - 7, 0), (0, side - 7))
    return all(
        _is_dark(picture, side, left + x, top + y) is (finder[y][x] == "#")
        for left, top in corners for x in range(7) for y in range(7)
    )  # fmt: skip


def _is_dark(picture: Image.Image, side: int, x: int, y: int) -> bool:
    module = picture.width / (side + 2 * QUIET_MODULES)
    at = tuple(int((each + QUIET_MODULES + 0.5) * module) for each in (x, y))
    return int(picture.getpixel(at)) < 128  # type: ignore[arg-type]  # because a grey picture's pixel is one number.


def is_the_copy_of(room: Room, ticket_id: str, printed: Image.Image) -> bool:
    """Whether this is, dot for dot, the ticket's slip marked as a copy of this minute or the last."""
    ticket = msgspec.convert(room.ticket(ticket_id), Ticket)
    office = read_office(tomllib.loads((ROOT / "config/offices/pasang.toml").read_text(encoding="utf-8")))
    words = Catalogue(ROOT / folder for folder in WORDS)
    url = f"{room.office.url}/t/{ticket.code}"
    now = datetime.now(office.zone)
    copies = [
        slip.render(slip_of(ticket, office, words, url, now - timedelta(minutes=minutes)), 576) for minutes in (0, 1)
    ]
    first = slip.render(slip_of(ticket, office, words, url), 576)
    assert re.search("สำเนา", slip_of(ticket, office, words, url, now).copy_mark)
    return any(_same(printed, copy) for copy in copies) and not _same(printed, first)


def _same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is None
