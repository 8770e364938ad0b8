"""Slip, kiosk, phone and board say the same of who is ahead; how many wait in a queue cannot be taken for it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator

import msgspec
import pytest
from playwright.sync_api import Page, expect

from server.domain.office import LANGUAGES
from server.domain.office_file import read_office
from server.services.shapes import Ticket
from server.settings import DEMO_OFFICE, ROOT
from server.web.slips import slip_of
from server.web.words import Catalogue
from tests.browser.navigators import Kiosk
from tests.browser.room import Room

pytestmark = pytest.mark.browser

WORDS = Catalogue([ROOT / "server/web/words", ROOT / "display/words"])
OFFICE = read_office(tomllib.loads(DEMO_OFFICE.read_text(encoding="utf-8")))
SAYS = """at => [...document.querySelectorAll(at)].filter((each) => each.checkVisibility())
  .map((each) => each.textContent.trim().replace(/\\s+/g, " "))"""


def test_slip_kiosk_phone_and_board_explain_who_is_ahead_in_the_same_words(own_room: Callable[..., Room]) -> None:
    room = own_room(printer="none")
    tickets = {language: room.issue("complaint", language=language) for language in LANGUAGES}  # 0 and 1 ahead.
    alone = room.issue("id_renew")
    board = room.display().page
    shown = {each["id"]: list(_pages(room, each)) for each in (*tickets.values(), alone)}
    assert _explained(board) == []  # No counter is open, so nobody of another queue is counted.

    room.commands(1, "open")  # It serves queue A alone.
    room.commands(6, "open")  # It serves R, and two other queues.

    for language, first in ((each, WORDS.say(each, "ahead.shared")) for each in LANGUAGES):
        expect(board.locator("#ahead-note")).to_contain_text(first)
        slip = slip_of(_ticket(room, tickets[language]), OFFICE, WORDS, "")
        assert slip.ahead_note == first
        for page in shown[tickets[language]["id"]]:
            page.reload()
            assert _explained(page) == [first]
            label, figure = page.evaluate(SAYS, ".facts dt, .phone-facts dt")[0], _figure(page)
            assert WORDS.say(language, "ahead.line", label=label, said=figure) == slip.ahead
    for page in shown[alone["id"]]:
        page.reload()
        assert _explained(page) == []
    assert slip_of(_ticket(room, alone), OFFICE, WORDS, "").ahead_note == ""

    kiosk, _ = shown[tickets["en"]["id"]]  # What its script writes is what the page said.
    said = _figure(kiosk)
    room.issue("complaint", priority=True)
    expect(kiosk.locator("#ahead")).not_to_have_text(said)
    assert _figure(kiosk) == WORDS.say("en", "ahead.people", n=_ticket(room, tickets["en"]).ahead)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_board_says_of_a_queue_s_waiting_speaks_of_that_queue(language: str) -> None:
    for key in ("display.waiting", "display.nobody"):
        assert {"th": "คิวนี้", "en": "in this queue"}[language] in WORDS.say(language, key, n=3)


def _pages(room: Room, ticket: dict[str, str]) -> Iterator[Page]:
    kiosk = room.screen(Kiosk, is_device=True)
    kiosk.opens(f"/kiosk/tickets/{ticket['id']}?lang={ticket['language']}")
    yield kiosk.page
    yield room.phone(f"{ticket['code']}?lang={ticket['language']}").page


def _explained(page: Page) -> list[str]:
    return list(page.evaluate(SAYS, "#ahead-note, [data-ahead-note]"))


def _figure(page: Page) -> str:
    return str(page.evaluate(SAYS, "#ahead, [data-ahead]")[0])


def _ticket(room: Room, ticket: dict[str, str]) -> Ticket:
    return msgspec.convert(room.ticket(ticket["id"]), Ticket)
