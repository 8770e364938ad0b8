"""`make pictures`: the pictures of every screen in the README, from a demo office after a believable morning.

python -m tests.browser.pictures [FOLDER]
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import SOUND_ALLOWED, chromium_program, launched
from tests.browser.morning import BEGINS, ENDS, Morning
from tests.browser.navigators import Counter, Display, Kiosk, Phone, RatingTablet, Reception, Reports, Screen
from tests.browser.room import Room
from tests.browser.slip_reading import printed_slip
from tests.running import REACHED_BY_PHONES, ROOT, RunningOffice, running_office

S = TypeVar("S", bound=Screen)

FOLDER = ROOT / "pictures"
SPEED = 60
START_MINUTES = 15  # The office's clock runs while the server starts, and at this speed it runs far.
COLOURS = 128
MOST_BYTES = 2_000_000
LOCALES = {"th": "th-TH", "en": "en-GB"}
SERVICES = {"th": "เปลี่ยนบัตร (ชำรุด/เปลี่ยนชื่อ-สกุล/ย้ายที่อยู่)", "en": "ID card – renewal (expired)"}


class Pictures:
    """Opens the screens of one office in both languages, and keeps what they look like."""

    def __init__(self, room: Room, morning: Morning, folder: Path) -> None:
        self.room = room
        self.morning = morning
        self.folder = folder
        self.bytes = 0

    def take_all(self) -> None:
        for language in LOCALES:
            self.take("display", language, self.display(language))
            self.take("counter", language, self.counter(language))
            self.take("reports", language, self.reports(language))
            self.take("kiosk", language, self.kiosk(language))
            self.room.close()
        slips = self.room.office.data / "slips"
        for language in LOCALES:
            kiosk = self.kiosk(language)
            printed = len(list(slips.glob("slip-*.png")))
            kiosk.takes_a_ticket(SERVICES[language])
            kiosk.says_of_the_slip({"th": "โปรดรับบัตรคิว", "en": "Please take your slip"}[language])
            self.take("kiosk-ticket", language, kiosk)
            self.keep(f"slip.{language}", printed_slip(slips, printed + 1).picture)
            self.take("phone", language, self.phone(language, self.room.ticket(kiosk.ticket_id)["code"]))
            self.room.close()
        self.paper_fails()
        for language in LOCALES:
            self.take("reception", language, self.reception(language))
            kiosk = self.kiosk(language)
            kiosk.takes_a_ticket(SERVICES[language])
            kiosk.says_of_the_slip({"th": "โปรดถ่ายภาพ", "en": "Please photograph"}[language])
            self.take("kiosk-without-paper", language, kiosk)
            self.room.close()
        self.room.tell_simulator(None)
        for language in LOCALES:
            self.take("devices", language, self.settings(language, "/settings/devices"))
            self.take("slip-texts", language, self.settings(language, "/settings/slip"))
            self.room.close()
        self.morning.finish_at(1)
        for language in LOCALES:
            self.take("rating", language, self.rating(language))
            self.room.close()

    def display(self, language: str) -> Display:
        display = self._opened(Display, language, "/display", is_device=True)
        display.is_connected()
        expect(display.page.locator("#now")).not_to_have_attribute("data-calling", "", timeout=60_000)
        display.page.wait_for_timeout(7000)  # A call that is held back is announced within this time.
        expect(display.page.locator("#now")).not_to_have_attribute("data-calling", "", timeout=60_000)
        return display

    def counter(self, language: str) -> Counter:
        state = self.room.signed_in(self.room.office.credentials["officers"][1])
        counter = self._opened(Counter, language, "/counter", storage_state=state)
        counter.is_connected()
        counter.is_in("called")
        return counter

    def reports(self, language: str) -> Reports:
        state = self.room.signed_in(self.room.office.credentials["manager"])
        return self._opened(Reports, language, "/reports?by=queue", storage_state=state)

    def kiosk(self, language: str) -> Kiosk:
        kiosk = self._opened(Kiosk, language, "/kiosk", is_device=True)
        kiosk.is_connected()
        return kiosk

    def paper_fails(self) -> None:
        """A slip is cut off in the middle, and then the paper ends."""
        self.room.tell_simulator("connection_cut")
        cut_off = self.room.issue("house_no")
        deadline = time.monotonic() + 10
        while self.room.ticket(cut_off["id"])["print"]["state"] != "unknown" and time.monotonic() < deadline:
            time.sleep(0.1)
        self.room.tell_simulator("paper_out")

    def reception(self, language: str) -> Reception:
        state = self.room.signed_in(self.room.office.credentials["reception"])
        reception = self._opened(Reception, language, "/reception", storage_state=state)
        reception.is_called_to_the_printer({"th": "กระดาษหมด", "en": "Out of paper"}[language])
        return reception

    def settings(self, language: str, path: str) -> Screen:
        state = self.room.signed_in(self.room.office.credentials["administrator"])
        screen = self._opened(Screen, language, path, storage_state=state)
        screen.page.wait_for_load_state("networkidle")
        return screen

    def phone(self, language: str, code: str) -> Phone:
        return self._opened(Phone, language, f"/t/{code}")

    def rating(self, language: str) -> RatingTablet:
        tablet = self._opened(RatingTablet, language, "/rating", is_device=True)
        tablet.wakes_for(self.morning.in_hand[1]["number"])
        return tablet

    def take(self, name: str, language: str, screen: Screen) -> None:
        screen.page.evaluate("document.fonts.ready")
        shot = screen.page.screenshot(animations="disabled")
        with Image.open(io.BytesIO(shot)) as picture:
            few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            self.keep(f"{name}.{language}", few)

    def keep(self, name: str, picture: Image.Image) -> None:
        path = self.folder / f"{name}.png"
        picture.save(path, optimize=True)
        self.bytes += path.stat().st_size
        print(f"{path.name}: {picture.width} × {picture.height}, {path.stat().st_size // 1024} KB")

    def _opened(self, kind: type[S], language: str, path: str, **context: Any) -> S:
        screen = self.room.screen(kind, locale=LOCALES[language], **context)
        screen.opens(f"{path}{'&' if '?' in path else '?'}lang={language}")
        return screen


def office_s_clock(office: RunningOffice) -> Callable[[float], None]:
    """Return what waits until the office's clock says that many minutes after the morning's beginning."""
    begins = datetime.fromisoformat(BEGINS)
    _, answer = office.ask("GET", "/services", office.credentials["devices"]["kiosk"]["token"])
    told, heard = datetime.fromisoformat(answer["at"]), time.monotonic()
    if told > begins:
        raise SystemExit(f"the server took too long to start: its clock says {told:%H:%M} already")

    def wait_until(minute: float) -> None:
        passed = (told - begins).total_seconds() + (time.monotonic() - heard) * SPEED
        time.sleep(max(0.0, minute * 60 - passed) / SPEED)

    return wait_until


def make_pictures(folder: Path, program: str) -> int:
    """Make every picture in this folder; return how many bytes they are."""
    folder.mkdir(parents=True, exist_ok=True)
    start = datetime.fromisoformat(BEGINS) - timedelta(minutes=START_MINUTES)
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_office(Path(temporary), clock=f"{start.isoformat()}x{SPEED}", environment=REACHED_BY_PHONES) as office,
        sync_playwright() as playwright,
        launched(playwright, program, SOUND_ALLOWED) as chromium,
    ):
        morning = Morning(office, office_s_clock(office))
        morning.play()
        office.stop()
        # From here on time goes as it does in the room, or the waits would grow from one picture to the next.
        office.environment["SADUAK_CLOCK"] = ENDS
        office.start()
        pictures = Pictures(Room(chromium, office), morning, folder)
        pictures.take_all()
        return pictures.bytes


def main() -> None:
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    program = chromium_program()
    if program is None:
        sys.exit("chromium is not on this machine: no picture was made")
    size = make_pictures(folder, program)
    print(f"{size / 1000:.0f} KB in all")
    if size > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES // 1000} KB: a repository should not carry that")


if __name__ == "__main__":
    main()
