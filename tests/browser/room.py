"""The waiting room: one running office, and everybody's own browser in it."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from playwright.sync_api import Browser, Page, StorageState

from tests.browser.chromium import Complaints
from tests.browser.navigators import (
    Counter,
    Display,
    Kiosk,
    NewMachine,
    Phone,
    RatingTablet,
    Reception,
    Reports,
    Screen,
    Settings,
)
from tests.running import RunningOffice

S = TypeVar("S", bound=Screen)


class Room:
    """Opens each screen in a browser context of its own, as on a machine of its own."""

    def __init__(self, chromium: Browser, office: RunningOffice, devices: StorageState | None = None) -> None:
        self.office = office
        self.complaints = Complaints()
        self._chromium = chromium
        self._devices = devices
        self._signed_in: dict[str, StorageState] = {}

    def kiosk(self, **context: Any) -> Kiosk:
        kiosk = self.screen(Kiosk, is_device=True, **context)
        kiosk.is_opened()
        return kiosk

    def display(self, **context: Any) -> Display:
        display = self.screen(Display, is_device=True, **context)
        display.opens("/display")
        return display

    def tablet(self, counter: int, **context: Any) -> RatingTablet:
        tablet = self.screen(RatingTablet, is_device=True, **context)
        tablet.is_opened(counter)
        return tablet

    def officer(self, counter: int, **context: Any) -> Counter:
        """The officer of this counter, who has logged in and sees the counter screen."""
        officer = self.officer_at_the_door(**context)
        officer.logs_in(self.office.credentials["officers"][counter - 1])
        officer.page.wait_for_url("**/counter")
        return officer

    def officer_at_the_door(self, **context: Any) -> Counter:
        officer = self.screen(Counter, **context)
        officer.opens("/counter")
        return officer

    def reception(self, **context: Any) -> Reception:
        """Whoever works at reception, who has logged in and sees its screen."""
        reception = self.screen(Reception, **context)
        reception.opens("/login")
        reception.logs_in(self.office.credentials["reception"])
        reception.page.wait_for_url("**/reception")
        reception.is_connected()
        return reception

    def manager(self, **context: Any) -> Reports:
        manager = self.screen(Reports, **context)
        manager.opens("/reports")
        manager.logs_in(self.office.credentials["manager"])
        manager.page.wait_for_url("**/reports")
        return manager

    def administrator(self, **context: Any) -> Settings:
        """The administrator, who has logged in and sees the device page."""
        administrator = self.screen(Settings, **context)
        administrator.opens("/settings/devices")
        administrator.logs_in(self.office.credentials["administrator"])
        administrator.page.wait_for_url("**/settings/devices")
        return administrator

    def new_machine(self, **context: Any) -> NewMachine:
        """A machine that asks to be paired."""
        machine = self.screen(NewMachine, **context)
        machine.opens("/pair")
        return machine

    def phone(self, code: str, **context: Any) -> Phone:
        phone = self.screen(Phone, **context)
        phone.opens(f"/t/{code}")
        return phone

    def screen(self, kind: type[S], *, is_device: bool = False, **context: Any) -> S:
        """A screen that is not yet opened; a device's browser has been let in before."""
        settings = {"viewport": kind.size, "locale": "th-TH", **context}
        if is_device:
            settings["storage_state"] = self.devices()
        return kind(self._tab(settings), self.office.url)

    def _tab(self, settings: dict[str, Any]) -> Page:
        browser = self._chromium.new_context(**settings)
        browser.set_default_timeout(10_000)
        self.complaints.listen(browser)
        return browser.new_page()

    def devices(self) -> StorageState:
        """What a browser keeps that has opened the office's one-time link; the link works once, so it is kept."""
        if self._devices is None:
            pairing = self._chromium.new_context()
            page = pairing.new_page()
            page.goto(self.office.entry_link)
            page.locator("form button").click()
            page.wait_for_url(f"{self.office.url}/")
            self._devices = pairing.storage_state()
            pairing.close()
        return self._devices

    def signed_in(self, account: dict[str, Any]) -> StorageState:
        """What the browser of this account keeps once it has logged in."""
        if account["user"] not in self._signed_in:
            context = self._chromium.new_context()
            door = Screen(context.new_page(), self.office.url)
            door.opens("/login")
            door.logs_in(account)
            door.page.wait_for_url(re.compile("/(counter|reception|reports)?$"))
            self._signed_in[account["user"]] = context.storage_state()
            context.close()
        return self._signed_in[account["user"]]

    def close(self) -> None:
        """Close every browser; their pages have then complained for the last time."""
        for context in list(self._chromium.contexts):
            context.close()

    # What the office's own record says.

    def ticket(self, ticket_id: str) -> dict[str, Any]:
        """The ticket, by the API: as the kiosk that issued it sees it, with its code, else as the manager does."""
        known = self.office.credentials
        for token in (known["devices"]["kiosk"]["token"], known["manager"]["token"]):
            status, ticket = self.office.ask("GET", f"/tickets/{ticket_id}", token)
            if status == 200:
                break
        assert status == 200, ticket
        found: dict[str, Any] = ticket
        return found

    def issued_count(self) -> int:
        """How many tickets the office has ever issued, by its events."""
        return len(self.events("ticket_issued"))

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Every event of that kind, oldest first."""
        after, found = 0, []
        while True:
            path = f"/events?after={after}"
            _, answer = self.office.ask("GET", path, self.office.credentials["administrator"]["token"])
            found += [event for event in answer["events"] if event["kind"] == kind]
            if not answer["more"]:
                return found
            after = answer["next"]

    def issue(self, service: str, **facts: Any) -> dict[str, Any]:
        """Let somebody take a number at another kiosk; return the ticket."""
        token = self.office.credentials["devices"]["kiosk"]["token"]
        status, ticket = self.office.ask("POST", "/tickets", token, {"service": service, **facts})
        assert status == 201, ticket
        issued: dict[str, Any] = ticket
        return issued

    def tell_simulator(self, fault: str | None) -> None:
        """Let the office's own simulated printer go wrong in that way, or right again."""
        token = self.office.credentials["administrator"]["token"]
        status, answer = self.office.ask("POST", "/simulator", token, {"fault": fault})
        assert status == 200, answer

    def commands(self, counter: int, *commands: str, ticket: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Let this counter's officer work, at the API, with `ticket` in hand; return the last ticket answered."""
        token = self.office.credentials["officers"][counter - 1]["token"]
        for command in commands:
            is_about_the_counter = command in {"open", "close", "call-next"}
            path = f"/counters/{counter}/{command}" if is_about_the_counter else f"/tickets/{_id(ticket)}/{command}"
            status, answer = self.office.ask("POST", path, token, {})
            assert status in {200, 204}, answer
            ticket = answer if answer and "number" in answer and command not in {"open", "close"} else None
        return ticket


class ThriftyRoom(Room):
    """Shows all pages of a kind in one tab: for looking at many pages, one after the other.

    A new tab costs a second of this machine's time, and a browser that has fetched the fonts has them.
    """

    def __init__(self, chromium: Browser, office: RunningOffice) -> None:
        super().__init__(chromium, office)
        self._tabs: dict[str, Page] = {}

    def _tab(self, settings: dict[str, Any]) -> Page:
        kind = repr(settings)
        if kind not in self._tabs:
            self._tabs[kind] = super()._tab(settings)
        tab = self._tabs[kind]
        tab.unroute_all()
        if tab.url.startswith("http"):
            tab.evaluate("sessionStorage.clear()")
        return tab


def _id(ticket: dict[str, Any] | None) -> str:
    assert ticket is not None, "there is no ticket in hand"
    return str(ticket["id"])
