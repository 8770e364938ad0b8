"""A citizen's visit, from the tap at the kiosk to the line in the manager's report, on five pages at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
import segno

from hardware import slip
from hardware.shaping import shaping_fault
from server.domain.office_file import read_office
from server.services.shapes import Ticket
from server.settings import DEMO_OFFICE, ROOT, load_settings
from server.web.slips import slip_of
from server.web.words import Catalogue
from tests.browser.room import Room
from tests.browser.slip_reading import ink, printed_slip, region_of_change, without_tone_marks

pytestmark = pytest.mark.browser

SERVICE = "ทำบัตรประชาชนครั้งแรก (อายุ 7 ปี)"
PAPER = 576


def test_a_visit_from_the_tap_to_the_report(own_room: Callable[..., Room]) -> None:
    room = own_room()
    kiosk, display, tablet, officer, manager = (
        room.kiosk(), room.display(), room.tablet(1), room.officer(1), room.manager()
    )  # fmt: skip
    for screen in (kiosk, display, tablet, officer):
        screen.is_connected()
    for screen in (display, tablet, officer):
        screen.plants_a_marker()
    display.listens()
    tablet.is_asleep()

    number = kiosk.takes_a_ticket(SERVICE)

    assert number.startswith("A")
    assert kiosk.qr_is_drawn
    kiosk.says_of_the_slip("โปรดรับบัตรคิวของท่าน")
    ticket = room.ticket(kiosk.ticket_id)
    assert ticket["number"] == number
    the_slip_is_right(room, ticket, kiosk.code)

    officer.presses("open")
    officer.is_in("free")
    officer.presses("call-next")
    officer.is_in("called")
    officer.has(number)

    display.shows(number, counter=1)
    display.hears_the_chime()

    officer.presses("start")
    officer.is_in("serving")
    officer.presses("finish")
    officer.is_in("free")

    tablet.wakes_for(number)
    tablet.is_tapped(5)
    tablet.thanks()
    tablet.is_asleep()

    manager.page.reload()
    the_report_is_right(manager.ticket_row(number), manager.moments(number), room.ticket(ticket["id"]))
    for screen in (display, tablet, officer):
        assert screen.was_never_reloaded()


def the_slip_is_right(room: Room, ticket: dict[str, Any], code: str) -> None:
    """The printer's picture has this number, this service and this ticket's address, with their marks in place."""
    printed = printed_slip(room.office.data / "slips", room.issued_count())
    url = f"{room.office.url}/t/{code}"
    content = replace(content_of(ticket, url), number=ticket["number"], service=SERVICE)
    expected = slip.render(content, PAPER)

    assert printed.shows_qr(qr_of(url))
    assert not printed.shows_qr(qr_of(url[:-1]))

    another_number = replace(content, number=ticket["number"][:-1] + "8")
    another_service = replace(content, service="เปลี่ยนบัตร (อายุเกิน 7 ปี)")
    for other in (another_number, another_service):
        region = region_of_change(content, other, PAPER)
        assert printed.equals_in_region(expected, region)
        assert not printed.equals_in_region(slip.render(other, PAPER), region)

    assert shaping_fault() is None
    toneless = replace(content, service=without_tone_marks(SERVICE))
    marks = region_of_change(content, toneless, PAPER)
    assert ink(printed.picture, marks) > ink(slip.render(toneless, PAPER), marks)
    letters = region_of_change(content, another_service, PAPER)
    assert marks[3] < (letters[1] + letters[3]) / 2, "a tone mark stands above its letter"


def the_report_is_right(row: list[str], moments: list[str], ticket: dict[str, Any]) -> None:
    names = ("issued_at", "called_at", "started_at", "finished_at")
    issued, called, started, finished = (datetime.fromisoformat(ticket[name]) for name in names)

    assert [datetime.fromisoformat(each) for each in moments] == [issued, called, started, finished]
    assert row[:4] == [ticket["number"], SERVICE, "ทั่วไป", "เสร็จแล้ว"]
    assert row[4:8] == [each.strftime("%H:%M:%S") for each in (issued, called, started, finished)]
    assert row[8:] == [
        "1",
        minutes(called - issued),
        minutes(started - called),
        minutes(finished - started),
        minutes(finished - issued),
        "5",
    ]


def content_of(ticket: dict[str, Any], url: str) -> slip.SlipContent:
    settings = load_settings({})
    words = Catalogue([ROOT / "server" / "web" / "words"])
    assert settings.config == DEMO_OFFICE
    return slip_of(msgspec.convert(ticket, Ticket), read_office(settings.document), words, url)


def qr_of(url: str) -> list[bytes]:
    return [bytes(row) for row in segno.make(url, micro=False, error="m", mask=0).matrix]


def minutes(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02}"
