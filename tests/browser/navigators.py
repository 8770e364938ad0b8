"""What people do at each screen, in their words. Every navigator stands before one page."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from playwright.sync_api import Locator, Page, Route, ViewportSize, expect


class Screen:
    """Any page, at the size of the glass it is made for."""

    size: ClassVar[ViewportSize] = {"width": 1366, "height": 900}

    def __init__(self, page: Page, office: str) -> None:
        self.page = page
        self.office = office

    def opens(self, path: str) -> None:
        self.page.goto(self.office + path)

    def logs_in(self, account: dict[str, Any]) -> None:
        self.page.get_by_label(re.compile("ชื่อผู้ใช้|User")).fill(account["user"])
        self.page.get_by_label(re.compile("รหัสผ่าน|Password")).fill(account["password"])
        self.page.get_by_role("button", name=re.compile("^(เข้าสู่ระบบ|Log in)$")).click()

    def plants_a_marker(self) -> None:
        """Leave something behind that a reload would sweep away."""
        self.page.evaluate("window.planted = true")

    def was_never_reloaded(self) -> bool:
        return bool(self.page.evaluate("window.planted === true"))

    def is_connected(self) -> None:
        """Wait until the page has heard from the server; then nothing that happens is missed."""
        expect(self.page.locator("html")).to_have_attribute("data-server-here", "")

    def says_the_server_is_gone(self) -> None:
        expect(self.page.locator("#server-gone")).to_be_visible(timeout=15_000)
        expect(self.page.locator("#server-gone")).to_contain_text(re.compile("เชื่อมต่อ|cannot be reached"))

    def is_back(self) -> None:
        expect(self.page.locator("#server-gone")).to_be_hidden(timeout=20_000)


class Kiosk(Screen):
    size: ClassVar[ViewportSize] = {"width": 1080, "height": 1920}

    def is_opened(self, language: str = "th") -> None:
        self.opens("/kiosk" if language == "th" else f"/kiosk?lang={language}")

    def asks_for(self, language: str) -> None:
        self.page.get_by_role("link", name=language, exact=True).click()
        expect(self.page.locator("html")).to_have_attribute("lang", "en" if language == "English" else "th")

    def says_priority(self) -> None:
        self.page.locator("label.priority").click()

    def service(self, name: str) -> Locator:
        # Not by the accessible name: a busy button says so, and the story would lose sight of it.
        return self.page.locator("button.service").filter(has_text=_spaced(name))

    def takes_a_ticket(self, service: str) -> str:
        """Tap the service once; return the number on the glass."""
        self.service(service).click()
        return self.number

    def is_tapped_twice_before_the_answer(self, service: str) -> int:
        """Tap, and tap again while the server's answer is on its way; return how often the server was asked."""
        held: list[Route] = []
        answers: list[int] = []

        def hold_back(route: Route) -> None:
            answers.append(route.fetch(max_redirects=0).status)
            held.append(route)

        self.page.route("**/kiosk/tickets", hold_back)
        place = self.service(service).bounding_box()
        assert place is not None
        for _ in range(2):
            # Not the locator's `click`: it would wait for the page that is not coming yet.
            self.page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
            self.page.wait_for_timeout(300)
        # Once more over the network: the browser follows no redirect that it was handed from here.
        held[-1].continue_()
        assert set(answers) == {303}
        return len(held)

    @property
    def number(self) -> str:
        self.page.wait_for_url("**/kiosk/tickets/*")
        return self.page.locator(".ticket-number").inner_text()

    @property
    def ticket_id(self) -> str:
        return self.page.locator("#ticket").get_attribute("data-ticket") or ""

    @property
    def code(self) -> str:
        """The phone code of the ticket on the glass, which nobody but its citizen is told."""
        drawn = self.page.locator(".phone img").get_attribute("src") or ""
        return drawn.removeprefix("/t/").partition("/qr.svg")[0]

    @property
    def qr_is_drawn(self) -> bool:
        return bool(self.page.locator(".phone img").evaluate("it => it.complete && it.naturalWidth > 0"))

    def says_of_the_slip(self, words: str, *, within_seconds: float = 6) -> None:
        shown = self.page.locator("[data-print]:visible")
        expect(shown).to_contain_text(words, timeout=within_seconds * 1000)

    @property
    def code_side(self) -> float:
        """How many pixels the QR code is wide."""
        box = self.page.locator(".phone img").bounding_box()
        assert box is not None
        return box["width"]

    def warns_before_the_choice(self, *, within_seconds: float = 10) -> None:
        expect(self.page.locator(".no-paper")).to_be_visible(timeout=within_seconds * 1000)

    def warns_of_nothing(self, *, within_seconds: float = 10) -> None:
        expect(self.page.locator(".no-paper")).to_have_count(0, timeout=within_seconds * 1000)


class Reception(Screen):
    def slip(self, number: str) -> Locator:
        """The row of a slip that needs a person."""
        return self.page.locator(".slip-row").filter(has=self.page.locator(".slip-number", has_text=number))

    def is_asked_about(self, number: str, why: str, *, within_seconds: float = 10) -> None:
        expect(self.slip(number)).to_contain_text(why, timeout=within_seconds * 1000)

    def is_asked_nothing(self, *, within_seconds: float = 10) -> None:
        expect(self.page.locator(".slip-row")).to_have_count(0, timeout=within_seconds * 1000)
        expect(self.page.locator("[data-part='asked'] > [data-version^='none']")).to_be_visible()

    def prints_again(self, number: str) -> None:
        self.slip(number).locator("form[action$='/print'] button").click()

    def says_that_it_came(self, number: str) -> None:
        self.slip(number).locator("form[action$='/slip-came'] button").click()

    def prints_by_number(self, number: str) -> None:
        self.page.locator("#number").fill(number)
        self.page.locator("form[action='/reception/print'] button:not([formaction])").click()

    def says(self, words: str) -> None:
        expect(self.page.locator(".said")).to_contain_text(words)

    def is_called_to_the_printer(self, words: str, *, within_seconds: float = 10) -> None:
        expect(self.page.locator(".trouble")).to_contain_text(words, timeout=within_seconds * 1000)

    def is_not_called_to_the_printer(self, *, within_seconds: float = 10) -> None:
        expect(self.page.locator(".trouble")).to_have_count(0, timeout=within_seconds * 1000)


class Counter(Screen):
    size: ClassVar[ViewportSize] = {"width": 1366, "height": 768}

    def command(self, name: str) -> Locator:
        """The button of a command that asks nothing; of several, such as resume, the one that the key is for."""
        return self.page.locator(f".command[data-command='{name}'] button:visible").first

    def presses(self, command: str) -> None:
        """Press the key that is shown on the button."""
        button = self.command(command)
        expect(button).to_be_enabled()
        self.page.keyboard.press(button.get_attribute("data-key") or "")

    def begins_work(self) -> None:
        """Open the counter, unless an earlier test has left it open."""
        if self.page.locator("#desk").get_attribute("data-mode") == "closed":
            self.presses("open")
        self.is_in("free")

    def misses_who_was_called(self) -> None:
        """Say that nobody came, and mean it if it is asked."""
        self.clicks("no-show")
        question = self.page.locator("#choose-no-show:is(:popover-open, [open]), #desk[data-mode='free']")
        expect(question.first).to_be_attached()
        if self.page.locator("#choose-no-show").is_visible():
            self.chooses("no-show")

    def presses_again(self, key: str) -> None:
        """Press a key whose button may be gone, and give the page the time to do what it should not."""
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(300)

    def is_asked(self, command: str, number: str) -> None:
        """Wait for the question whether that command is meant for the number."""
        expect(self.chooser(command)).to_contain_text(number)

    def clicks(self, command: str) -> None:
        self.command(command).click()

    def opens_the_chooser(self, command: str) -> Locator:
        """Press the key on the button that asks first, or click it where it has none; return what it asks with."""
        button = self.page.locator(f".command-{command} > button[popovertarget]")
        expect(button).to_be_enabled()
        key = button.get_attribute("data-key")
        if key:
            self.page.keyboard.press(key)
        else:
            button.click()
        return self.chooser(command)

    def opens_the_chooser_by_mouse(self, command: str) -> None:
        self.page.locator(f".command-{command} > button[popovertarget]").click()

    def chooser(self, command: str) -> Locator:
        chooser = self.page.locator(f"#choose-{command}")
        expect(chooser).to_be_visible()
        return chooser

    def chooses(self, command: str, *, reason: str | None = None, **facts: str) -> None:
        """Answer what the open chooser asks, by the names on the glass, and confirm."""
        chooser = self.chooser(command)
        for field, name in facts.items():
            chooser.locator(f"select[name={field}]").select_option(label=name)
        if reason is not None:
            chooser.get_by_label(reason).check()
        chooser.locator("button[type=submit]").click()

    def calls_out_of_order(self, number: str, reason: str) -> None:
        """Press the button in that number's row, and say why."""
        self.row("waiting", number).locator(".call-this").click()
        self.chooses("call", reason=reason)

    def row(self, of: str, number: str) -> Locator:
        """The row of that number in the line (`waiting`), among the `held`, or among the `missed`."""
        return self.page.locator(f"#{of} > [data-ticket]").filter(has_text=number)

    def says(self, words: str) -> None:
        expect(self.page.locator("#said")).to_contain_text(words)

    def is_in(self, mode: str) -> None:
        expect(self.page.locator("#desk")).to_have_attribute("data-mode", mode)

    def has(self, number: str) -> None:
        expect(self.page.locator("#number")).to_have_text(number)


class SmallCounter(Counter):
    """The smallest screen that an officer can have."""

    size: ClassVar[ViewportSize] = {"width": 1280, "height": 720}


class Display(Screen):
    size: ClassVar[ViewportSize] = {"width": 1920, "height": 1080}

    def shows(self, number: str, counter: int) -> None:
        """Wait for this call; the calls before it are announced first, each for some seconds."""
        expect(self.page.locator("#now-number")).to_have_text(number, timeout=15_000)
        expect(self.page.locator("#now-counter")).to_have_text(str(counter))

    def calls(self, number: str, counter: int) -> None:
        """Wait until this call stands large, as one that somebody is to come to."""
        self.shows(number, counter)
        expect(self.page.locator("#now")).not_to_have_attribute("data-last", "")
        expect(self.page.locator(".now-invite")).to_be_visible()

    def says_last_called(self, number: str) -> None:
        """Wait until nobody is called any more, and this number is said to be the last that was."""
        expect(self.page.locator(".now-last")).to_be_visible(timeout=5000)
        expect(self.page.locator(".now-invite")).to_be_hidden()
        expect(self.page.locator("#now")).not_to_have_attribute("data-calling", "")
        expect(self.page.locator("#now-number")).to_have_text(number)

    def keeps_what_it_announces(self) -> None:
        """Before the page is opened: write down every announcement, across reloads."""
        self.page.add_init_script(
            """document.addEventListener("DOMContentLoaded", () => {
              const spoken = document.querySelector("#spoken");
              new MutationObserver(() => {
                const number = /[A-Z]\\d+/.exec(spoken.textContent ?? "")?.[0];
                if (number) localStorage.announcedInTest = `${localStorage.announcedInTest ?? ""} ${number}`;
              }).observe(spoken, { childList: true, characterData: true, subtree: true });
            });"""
        )

    @property
    def announced(self) -> list[str]:
        """The numbers announced so far."""
        return str(self.page.evaluate("localStorage.announcedInTest ?? ''")).split()

    def listens(self) -> None:
        """From now on, write down what the chime's element really plays."""
        self.page.evaluate(
            """() => {
              const chime = document.querySelector("#chime");
              chime.dataset.heard = "";
              for (const name of ["playing", "ended"])
                chime.addEventListener(name, () => { if (chime.volume > 0) chime.dataset.heard += ` ${name}`; });
            }"""
        )

    def hears_the_chime(self) -> None:
        """Wait until it has begun and has ended, by its own account."""
        expect(self.page.locator("#chime")).to_have_attribute("data-heard", re.compile("playing ended"), timeout=8000)

    @property
    def sound_button(self) -> Locator:
        return self.page.locator("#sound")


class UprightDisplay(Display):
    """A monitor that was turned upright."""

    size: ClassVar[ViewportSize] = {"width": 1080, "height": 1920}


class RatingTablet(Screen):
    size: ClassVar[ViewportSize] = {"width": 1280, "height": 800}

    def is_opened(self, counter: int) -> None:
        self.opens(f"/rating?counter={counter}")

    def is_asleep(self, *, within_seconds: float = 8) -> None:
        self._shows("asleep", within_seconds)
        expect(self.page.locator(".score").first).to_be_hidden()

    def wakes_for(self, number: str, *, within_seconds: float = 8) -> None:
        self._shows("awake", within_seconds)
        expect(self.page.locator("#number")).to_have_text(number)

    def is_tapped(self, score: int) -> None:
        self.page.locator(f".score[value='{score}']").click()

    def thanks(self) -> None:
        self._shows("thanks", 5)
        expect(self.page.locator(".calm-thanks")).to_contain_text(re.compile("ขอบคุณ|Thank you"))

    def _shows(self, scene: str, within_seconds: float) -> None:
        expect(self.page.locator("#tablet")).to_have_attribute("data-scene", scene, timeout=within_seconds * 1000)


class Reports(Screen):
    def ticket_row(self, number: str) -> list[str]:
        """The cells of this ticket's row, as they stand."""
        row = self.page.locator(".ticket-rows tbody tr").filter(has=self.page.locator("th", has_text=number))
        return row.locator("th, td").all_inner_texts()

    def moments(self, number: str) -> list[str]:
        """Issued, called, started, finished, as the row's machine-readable times."""
        row = self.page.locator(".ticket-rows tbody tr").filter(has=self.page.locator("th", has_text=number))
        return [each.get_attribute("datetime") or "" for each in row.locator("time").all()]

    def opens_the_calendar(self, field: str) -> Locator:
        """Open the calendar of `from` or `to`, and return it."""
        self.page.locator(f"[aria-controls='calendar-{field}']").click()
        calendar = self.page.locator(f"#calendar-{field}")
        expect(calendar.locator("[aria-pressed='true']")).to_be_focused()
        return calendar


class Settings(Screen):
    size: ClassVar[ViewportSize] = {"width": 1280, "height": 720}

    def types_the_code(self, code: str, *, kind: str, counter: int | None = None, name: str = "") -> None:
        """Fill in what the new machine shows and will be, and go on."""
        self.page.locator("#code").fill(code)
        self.page.locator("#kind").select_option(kind)
        self.page.locator("#counter").select_option("" if counter is None else str(counter))
        self.page.locator("#name").fill(name)
        self.page.locator(".pair-form button").click()

    def is_asked_about(self, what: str) -> None:
        expect(self.page.locator(".pair-what")).to_contain_text(what)

    def confirms(self) -> None:
        self.page.locator(".pairing .button-main").click()

    def card(self, words: str) -> Locator:
        """The card of the device or printer with these words in its heading."""
        return self.page.locator(".card").filter(has=self.page.locator("h3", has_text=words))

    def shows(self, words: str, state: str, *, within_seconds: float = 6) -> None:
        badge = self.card(words).locator(".badge")
        expect(badge).to_have_attribute("data-state", state, timeout=within_seconds * 1000)

    def revokes(self, words: str) -> None:
        """Both steps."""
        card = self.card(words)
        card.locator("summary").click()
        card.locator(".button-ends").click()
        self.page.locator("form .button-ends").click()
        self.page.wait_for_url("**/settings/devices?done=revoked")


class SettingsOnATablet(Settings):
    size: ClassVar[ViewportSize] = {"width": 768, "height": 1024}


class NewMachine(Screen):
    @property
    def code(self) -> str:
        """The code on its glass, which it asks for by itself."""
        shown = self.page.locator(".pair-code")
        expect(shown).to_be_visible()
        return shown.inner_text()


class Phone(Screen):
    size: ClassVar[ViewportSize] = {"width": 390, "height": 844}

    def is_tapped(self, score: int) -> None:
        self.page.locator(f".phone-score[value='{score}']").click()

    def thanks(self) -> None:
        expect(self.page.locator(".phone-rated")).to_contain_text(re.compile("บันทึก|saved"))
        expect(self.page.locator(".phone-score")).to_have_count(0)

    def gives_up_the_place(self) -> None:
        """Both steps."""
        self.page.locator(".give-up summary").click()
        self.page.locator(".give-up button").click()


def _spaced(name: str) -> re.Pattern[str]:
    """A name as it stands on glass, where its remark in brackets may begin a new line."""
    return re.compile(r"^\s*" + r"\s*".join(re.escape(part) for part in name.split(" ")) + r"(?!\S)")
