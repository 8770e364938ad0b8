"""The server dies, or the cable is pulled, at the worst moment: no public screen is lost, and each says what is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import MORNING, watched
from tests.browser.navigators import Display, Kiosk, NewMachine, RatingTablet, Screen
from tests.browser.room import Room
from tests.browser.wire import cable
from tests.running import REACHED_BY_PHONES, RunningOffice, running_office

pytestmark = pytest.mark.browser

RENEWAL = "ทำบัตรประชาชน (บัตรหมดอายุ)"
SAID_WITHIN_SECONDS = 5.0
BACK_WITHIN_SECONDS = 10.0
OF_A_DEAD_SERVER = ("Failed to load resource", "WebSocket connection")


@pytest.fixture(scope="module")
def mortal_office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(
        tmp_path_factory.mktemp("mortal"), clock=MORNING, printer="none", environment=REACHED_BY_PHONES
    ) as office:
        yield office


@pytest.fixture(scope="module")
def mortal_module_room(chromium: Browser, mortal_office: RunningOffice) -> Room:
    return Room(chromium, mortal_office)


@pytest.fixture
def mortal_room(mortal_module_room: Room) -> Iterator[Room]:
    """An office whose server each test kills and starts again."""
    yield from watched(mortal_module_room)


@pytest.fixture
def office(mortal_room: Room) -> Iterator[RunningOffice]:
    mortal_room.complaints.expect(*OF_A_DEAD_SERVER)
    yield mortal_room.office
    if mortal_room.office.server is None:
        mortal_room.office.start()


def test_a_tap_just_after_the_server_s_death_gives_one_number_when_it_is_back(
    mortal_room: Room, office: RunningOffice
) -> None:
    kiosk = mortal_room.kiosk()
    kiosk.is_connected()
    before = mortal_room.issued_count()
    office.kill9()
    kiosk.page.wait_for_timeout(200)

    kiosk.service(RENEWAL).click()
    kiosk.says_the_server_is_gone()
    assert kiosk.page.url.endswith("/kiosk")
    office.start()

    kiosk.page.wait_for_url("**/kiosk/tickets/*", timeout=BACK_WITHIN_SECONDS * 1000)
    kiosk.is_back()
    assert kiosk.number == mortal_room.ticket(kiosk.ticket_id)["number"]
    assert mortal_room.issued_count() == before + 1
    assert kiosk.qr_is_drawn


def test_wherever_between_tap_and_number_the_server_dies_the_kiosk_shows_that_one_number(
    mortal_room: Room, office: RunningOffice
) -> None:
    kiosk = mortal_room.kiosk()
    for delay in (0.02, 0.08):
        kiosk.is_opened()
        kiosk.is_connected()
        before = mortal_room.issued_count()
        kiosk.service(RENEWAL).click(no_wait_after=True)
        time.sleep(delay)
        office.kill9()
        assert kiosk.page.evaluate("location.pathname").startswith("/kiosk")
        office.start()

        kiosk.page.wait_for_url("**/kiosk/tickets/*", timeout=BACK_WITHIN_SECONDS * 1000)
        assert kiosk.number == mortal_room.ticket(kiosk.ticket_id)["number"]
        assert mortal_room.issued_count() == before + 1


def test_a_kiosk_turns_no_page_before_the_next_one_is_here(mortal_room: Room, office: RunningOffice) -> None:
    visitor, left_alone = (mortal_room.screen(Kiosk, is_device=True) for _ in range(2))
    for kiosk in (visitor, left_alone):
        kiosk.page.clock.install()
        kiosk.is_opened()
        kiosk.is_connected()
    left_alone.says_priority()
    office.kill9()

    visitor.page.get_by_role("link", name="English", exact=True).click()
    left_alone.page.clock.run_for(51_000)

    for kiosk in (visitor, left_alone):
        kiosk.page.clock.run_for(3000)
        kiosk.says_the_server_is_gone()
        assert kiosk.page.evaluate("location.pathname") == "/kiosk"
    office.start()
    for kiosk, path in ((visitor, "/kiosk?lang=en"), (left_alone, "/kiosk")):
        kiosk.page.clock.resume()
        kiosk.page.wait_for_url(kiosk.office + path)
        kiosk.is_back()
        expect(kiosk.page.locator("button.service").first).to_be_enabled()
        expect(kiosk.page.locator("#priority")).not_to_be_checked()


def test_every_public_screen_says_within_five_seconds_that_the_cable_is_pulled_and_comes_back_by_itself(
    mortal_room: Room, office: RunningOffice
) -> None:
    with cable(office.port) as wire:
        screens = [
            at_the_end_of(wire.url, mortal_room.screen(kind, is_device=kind is not NewMachine), path)
            for kind, path in (
                (Kiosk, "/kiosk"), (Display, "/display"), (RatingTablet, "/rating?counter=1"), (NewMachine, "/pair"),
            )
        ]  # fmt: skip
        number = mortal_room.screen(Kiosk, is_device=True)
        at_the_end_of(wire.url, number, "/kiosk")
        number.takes_a_ticket(RENEWAL)
        screens.append(number)
        for screen in screens:
            screen.is_connected()
            notes_when_it_says_so(screen.page)
        pulled = screens[0].page.evaluate("Date.now()")
        wire.is_pulled()

        screens[0].page.wait_for_timeout(1000 * SAID_WITHIN_SECONDS)
        said = [(screen.page.evaluate("window.saidAt") or 1e15) - pulled for screen in screens]
        assert max(said) <= 1000 * SAID_WITHIN_SECONDS, said

        wire.is_plugged_in()
        for screen in screens:
            expect(screen.page.locator("#server-gone")).to_be_hidden(timeout=BACK_WITHIN_SECONDS * 1000)


def at_the_end_of(url: str, screen: Screen, path: str) -> Screen:
    screen.office = url
    screen.opens(path)
    return screen


def notes_when_it_says_so(page: Page) -> None:
    page.evaluate(
        """() => new MutationObserver(() => {
             if (!document.querySelector("#server-gone").hidden) window.saidAt ??= Date.now();
           }).observe(document.querySelector("#server-gone"), { attributes: true })"""
    )
