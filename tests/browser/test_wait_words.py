"""A page as it comes and its script say the same of a wait; and the kiosk, the phone and the board of one moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from server.domain.office import LANGUAGES, Language
from server.settings import ROOT
from server.web.wait_words import wait_said, wait_sentences
from server.web.words import Catalogue
from tests.browser.navigators import Kiosk
from tests.browser.room import Room

pytestmark = pytest.mark.browser

WORDS = Catalogue([ROOT / "server/web/words"])
NOT_OPEN = WORDS.say("th", "wait.no_counter")
AT = "2026-11-23T08:10:00+07:00"
SHUT: dict[str, Any] = {"estimate": None, "opens_at": None}
RANGE = {"low_min": 10, "high_min": 25, "hours": None, "now": False, "perhaps_not_today": False}
WAITS: list[dict[str, Any]] = [
    SHUT,
    SHUT | {"opens_at": "2026-11-23T08:30:00+07:00"},
    SHUT | {"opens_at": "2026-11-30T08:30:00+07:00"},
    SHUT | {"estimate": RANGE},
    SHUT | {"estimate": RANGE | {"low_min": 0}},
    SHUT | {"estimate": RANGE | {"low_min": 0, "now": True}},
    SHUT | {"estimate": RANGE | {"high_min": 130, "hours": {"low": 0, "high": 3}}},
    SHUT | {"estimate": RANGE | {"hours": {"low": 2, "high": 3}, "perhaps_not_today": True}},
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_says_of_every_wait_what_the_page_said(room: Room, language: Language) -> None:
    def say(key: str, **facts: object) -> str:
        return WORDS.say(language, key, **facts)

    page = room.display().page
    by_script = page.evaluate(
        """async ([waits, at, words, language]) => {
          const { waitRange } = await import("@ui/words.js");
          const place = document.createElement("p");
          for (const [name, sentence] of Object.entries(words)) place.setAttribute(`data-${name}`, sentence);
          document.documentElement.lang = language;
          return waits.map((wait) => waitRange(wait, at, place));
        }""",
        [WAITS, AT, wait_sentences(say), language],
    )

    assert by_script == [wait_said(say, language, wait, AT[:10]) for wait in WAITS]


def test_kiosk_phone_and_board_promise_nothing_before_a_counter_opens_and_agree_afterwards(
    own_room: Callable[..., Room],
) -> None:
    room = own_room()
    ticket = room.issue("id_renew")
    display, kiosk, phone = room.display(), room.screen(Kiosk, is_device=True), room.phone(ticket["code"])
    kiosk.opens(f"/kiosk/tickets/{ticket['id']}")
    board = display.page.locator(".queue-wait span").first
    places = (board, kiosk.page.locator("#wait"), phone.page.locator("[data-wait]"))
    for place in places:
        expect(place).to_have_text(NOT_OPEN)

    room.commands(1, "open")

    phone.page.reload()
    for place in places:
        expect(place).not_to_have_text(NOT_OPEN)
    expect(places[1]).to_have_text(places[2].inner_text())

    room.commands(1, "close")

    phone.page.reload()
    for place in places:
        expect(place).to_have_text(NOT_OPEN)
