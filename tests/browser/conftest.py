"""One Chromium for all browser tests, and an office that most of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from hardware.simulator import PrinterSimulator
from tests.browser.chromium import SOUND_ALLOWED, Complaints, chromium_program, launched
from tests.browser.room import Room
from tests.running import REACHED_BY_PHONES, RunningOffice, running_office

# A Monday morning: no test meets midnight, and every header has its longest tags ("simulated time").
MORNING = "2026-11-23T09:00+07:00"


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def chromium_path() -> str:
    return chromium_program() or pytest.skip("not run: chromium is not on this machine")


@pytest.fixture(scope="package")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    with launched(playwright, chromium_path, SOUND_ALLOWED) as browser:
        yield browser


@pytest.fixture(scope="package")
def shared_office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(tmp_path_factory.mktemp("browser"), clock=MORNING, environment=REACHED_BY_PHONES) as office:
        yield office


@pytest.fixture(scope="package")
def shared_room(chromium: Browser, shared_office: RunningOffice) -> Room:
    return Room(chromium, shared_office)


@pytest.fixture
def printer() -> Iterator[PrinterSimulator]:
    """A printer of the office that the test can tamper with."""
    simulator = PrinterSimulator(576)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def room(shared_room: Room) -> Iterator[Room]:
    """The shared office. Earlier tests left their tickets there: call at a counter that is yours alone.

    What a page complains about fails the test.
    """
    yield from watched(shared_room)


@pytest.fixture
def own_room(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Room]]:
    """Make an office for this test alone: `own_room(printer=…)`, as `running_office` takes it."""
    with ExitStack() as stack:

        def open_office(**settings: Any) -> Room:
            office = stack.enter_context(running_office(tmp_path, **{"environment": REACHED_BY_PHONES, **settings}))
            return stack.enter_context(contextmanager(watched)(Room(chromium, office)))

        yield open_office


def watched(room: Room) -> Iterator[Room]:
    room.complaints = Complaints()
    try:
        yield room
    finally:
        room.close()
    assert not room.complaints.heard
