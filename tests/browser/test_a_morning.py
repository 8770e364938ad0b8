"""A morning on all screens at once: whatever any two of them say of one thing, they say alike, at every moment.

A quarter of an hour of the office passes, at ten times its speed, with calls, misses, holds, a transfer, a step taken
back, somebody who gives up, a reload and a counter that closes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from server.app import WORDS
from server.settings import ROOT
from server.web.words import Catalogue
from tests.browser.agreement import Agreement
from tests.browser.conftest import MORNING
from tests.browser.room import Room

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SPEED = 10
LASTS = timedelta(minutes=15)
RENEWAL = "ทำบัตรประชาชน (บัตรหมดอายุ)"
RENEWAL_IN_ENGLISH = "ID card – renewal (expired)"


def test_a_morning_on_all_screens(own_room: Callable[..., Room]) -> None:
    room = own_room(clock=f"{MORNING}x{SPEED}")
    morning = Morning(room)

    morning.begins_with_every_counter_closed()
    morning.counters_open()
    morning.one_is_called_served_and_rates()
    morning.one_misses_the_call_and_comes_back()
    morning.one_is_put_aside_while_another_is_served()
    morning.one_is_sent_to_another_queue()
    morning.a_call_is_taken_back()
    morning.the_next_citizen_finds_no_faces_of_the_last()
    morning.one_gives_up_on_the_phone()
    morning.the_board_is_reloaded_in_the_middle_of_a_call()
    morning.many_are_called_at_once()
    morning.a_counter_closes()
    morning.the_manager_looks()

    morning.goes_on_until(LASTS)
    assert morning.agreement.compared > 500


class Morning:
    """Every screen of the office, each in a browser of its own, and what people do at them."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.kiosk, self.board = room.kiosk(), room.display()
        self.tablets = {number: room.tablet(number) for number in (1, 4)}
        self.officers = {number: room.officer(number) for number in (1, 2, 4)}
        self.reception, self.manager = room.reception(), room.manager()
        self.agreement = Agreement(room.office, room.events, Catalogue(ROOT / folder for folder in WORDS))
        self.agreement.board = self.board.page
        self.agreement.counters = {number: each.page for number, each in self.officers.items()}
        self.agreement.tablets = {number: each.page for number, each in self.tablets.items()}
        self.agreement.kiosk = self.kiosk.page
        for screen in (self.kiosk, self.board, *self.tablets.values(), *self.officers.values()):
            screen.is_connected()
        self._began = self._now()

    def begins_with_every_counter_closed(self) -> None:
        """Two take a number by hand, one of them in English, before any counter is open."""
        self.first = self._takes_a_number(RENEWAL)
        self.kiosk.is_opened("en")
        self.english = self._takes_a_number(RENEWAL_IN_ENGLISH)
        self.agreement.holds()
        self.kiosk.is_opened()

    def counters_open(self) -> None:
        for officer in self.officers.values():
            officer.presses("open")
            officer.is_in("free")
            self.agreement.holds()
        self.others = [self.room.issue(service)["number"] for service in ("id_renew", "id_lost", "birth", "marriage")]
        self.agreement.holds()

    def one_is_called_served_and_rates(self) -> None:
        self._calls(1)
        self._starts(1)
        self._finishes(1)
        self.tablets[1].is_tapped(5)
        self.agreement.holds()

    def one_misses_the_call_and_comes_back(self) -> None:
        """To reception, who finds the number and puts it into the line again."""
        missed = self._calls(2)
        self._office_minutes(0.5)
        self.officers[2].presses("no-show")
        self.officers[2].is_in("free")
        assert self.agreement.holds()["missed"]["API"] == {missed}
        self._reception_does("/reception/find", missed, "no_show")
        self._reception_does("/reception/return", missed, "waiting")
        assert self.agreement.holds()["missed"]["API"] == set()

    def one_is_put_aside_while_another_is_served(self) -> None:
        aside = self._calls(1)
        self._starts(1)
        self.officers[1].presses("hold")
        self.officers[1].is_in("free")
        self.agreement.holds()
        self._calls(1)
        self._starts(1)
        self._finishes(1)
        self.officers[1].presses("resume")
        self.officers[1].is_in("serving")
        self.officers[1].has(aside)
        self.agreement.holds()
        self._finishes(1)

    def one_is_sent_to_another_queue(self) -> None:
        self._calls(4)
        self._starts(4)
        self.officers[4].opens_the_chooser("transfer")
        self.officers[4].chooses("transfer", service=RENEWAL)
        self.officers[4].is_in("free")
        self.agreement.holds()

    def a_call_is_taken_back(self) -> None:
        number = self._calls(4)
        self.officers[4].presses("undo")
        self.officers[4].is_in("free")
        said = self.agreement.holds()
        assert number not in {each for each, _ in said["calls that stand"]["API"]}

    def the_next_citizen_finds_no_faces_of_the_last(self) -> None:
        self._calls(4)
        self._starts(4)
        last = self._finishes(4)
        self.tablets[4].wakes_for(last)
        self.room.issue("birth")
        self._calls(4)
        self._starts(4)
        assert self.agreement.holds()["slot at counter 4"]["tablet"] is None
        self._finishes(4)

    def one_gives_up_on_the_phone(self) -> None:
        ticket = self.room.issue("id_first")
        phone = self.room.phone(ticket["code"])
        self.agreement.phones[ticket["id"]] = phone.page
        self.agreement.holds()
        phone.gives_up_the_place()
        assert self.agreement.holds()[f"state of {ticket['number']}"]["phone"] == "cancelled"

    def the_board_is_reloaded_in_the_middle_of_a_call(self) -> None:
        self.room.issue("id_renew")
        number = self._calls(1)
        self.board.page.reload()
        self.board.is_connected()
        self.agreement.holds()
        self.board.shows(number, counter=1)
        self._starts(1)
        self._finishes(1)

    def many_are_called_at_once(self) -> None:
        """Three calls in one breath, two of them over before they could be spoken."""
        for service in ("id_renew", "id_lost", "birth"):
            self.room.issue(service)
        for number in (1, 2, 4):
            self.officers[number].presses("call-next")
        for number in (1, 2, 4):
            self.officers[number].is_in("called")
        self.agreement.holds()
        for number in (1, 4):
            self._starts(number)
            self._finishes(number)
        self.agreement.holds()
        self._starts(2)
        self._finishes(2)

    def a_counter_closes(self) -> None:
        for number in self.officers:
            self.officers[number].presses("close")
            self.officers[number].is_in("closed")
            said = self.agreement.holds()
        assert said["a wait is promised in A"]["board"] is False

    def the_manager_looks(self) -> None:
        self.agreement.report = self.manager.page
        self.manager.page.reload()
        self.agreement.holds()

    def goes_on_until(self, lasts: timedelta) -> None:
        """What is left of the time passes in quiet, and nothing comes to differ."""
        while self._now() - self._began < lasts:
            self.agreement.holds()
            self._office_minutes(0.5)

    def _reception_does(self, what: str, number: str, state: str) -> None:
        """Type the number, press the button, and read how the ticket is."""
        self.reception.page.locator("#number").fill(number)
        self.reception.page.locator(f"button[formaction='{what}']").click()
        expect(self.reception.page.locator(".found .slip-number")).to_have_text(number)
        expect(self.reception.page.locator(".found .badge")).to_have_attribute("data-state", state)

    def _takes_a_number(self, service: str) -> str:
        """Tap a service at the kiosk, and open the ticket's page on a phone, as its QR would."""
        number = self.kiosk.takes_a_ticket(service)
        ticket_id = self.kiosk.ticket_id
        token = self.room.office.credentials["devices"]["kiosk"]["token"]
        _, ticket = self.room.office.ask("GET", f"/tickets/{ticket_id}", token)
        if len(self.agreement.phones) < 2:
            lang = self.kiosk.page.locator("html").get_attribute("lang")
            self.agreement.phones[ticket_id] = self.room.phone(f"{ticket['code']}?lang={lang}").page
        return number

    def _calls(self, counter: int) -> str:
        officer = self.officers[counter]
        officer.presses("call-next")
        officer.is_in("called")
        self.agreement.holds()
        return officer.page.locator("#number").inner_text()

    def _starts(self, counter: int) -> None:
        self.officers[counter].presses("start")
        self.officers[counter].is_in("serving")
        self.agreement.holds()

    def _finishes(self, counter: int) -> str:
        number = self.officers[counter].page.locator("#number").inner_text()
        self.officers[counter].presses("finish")
        self.officers[counter].is_in("free")
        self.agreement.holds()
        return number

    def _office_minutes(self, minutes: float) -> None:
        self.board.page.wait_for_timeout(minutes * 60_000 / SPEED)

    def _now(self) -> datetime:
        _, state = self.room.office.ask("GET", "/display/state", self.room.office.credentials["manager"]["token"])
        return datetime.fromisoformat(state["at"])
