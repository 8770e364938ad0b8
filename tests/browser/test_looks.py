"""DESIGN section 12, measured on every page, in every state, in both languages, at its real size."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from server.domain.errors import QueueError
from server.services.shapes import GROUPINGS
from server.web.whole import WHOLE
from tests.browser.measuring import (
    axe_violations,
    broken_words,
    cut_text,
    faint_text,
    letter_height,
    narrow_gaps,
    small_targets,
    spoiled_letters,
)
from tests.browser.morning import BEGINS, Morning
from tests.browser.navigators import Reports, Screen
from tests.browser.pages import PAGES, Scene
from tests.browser.room import Room, ThriftyRoom
from tests.contracts.test_sentences import CATALOGUE, all_errors, placeholders
from tests.running import REACHED_BY_PHONES, RunningOffice, running_office

pytestmark = pytest.mark.browser

# The kiosk's glass: 1080 × 1920 on 21.5 inches, 4.03 px a millimetre.
TARGET = 81  # 20 mm
MAIN_BUTTON = 121  # 30 mm
GAP = 12  # 3 mm
CALL_NUMBER = 175  # Readable from 8 m on 43 inches.
# The tablet's: 1280 × 800 on 10.1 inches, 5.9 px a millimetre.
FACE = 118  # 20 mm
FACE_GAP = 18  # 3 mm

DISPLAY_PAGES = [name for name in PAGES if name.startswith("display") and "empty" not in name]
SCROLLING = ("settings", "reception", "reports", "phone", "index", "login", "no-such-page")


@pytest.fixture(scope="module")
def busy_office(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(
        tmp_path_factory.mktemp("looks"), clock=BEGINS, printer="none", environment=REACHED_BY_PHONES
    ) as office:
        yield office


@pytest.fixture(scope="module")
def busy_room(chromium: Browser, busy_office: RunningOffice) -> Iterator[Room]:
    room = ThriftyRoom(chromium, busy_office)
    room.complaints.expect("401", "404", "409", "422")
    yield room
    room.close()


@pytest.fixture(scope="module")
def morning(busy_office: RunningOffice) -> Morning:
    played = Morning(busy_office)
    played.play()
    return played


@pytest.fixture(params=["th", "en"])
def scene(busy_room: Room, morning: Morning, request: pytest.FixtureRequest) -> Scene:
    busy_room.complaints.heard.clear()
    return Scene(busy_room, morning, request.param)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_and_used_by_everybody(scene: Scene, name: str) -> None:
    screen = PAGES[name](scene)

    expect(screen.page.locator("html")).to_have_attribute("lang", scene.language)
    assert faint_text(screen.page) == []
    assert cut_text(screen.page) == []
    assert spoiled_letters(screen.page) == []
    assert broken_words(screen.page, [WHOLE]) == []
    assert runs_off_the_glass(screen, name) == []
    if name.startswith("kiosk"):
        assert small_targets(screen.page, TARGET) == []
        assert narrow_gaps(screen.page, GAP) == []
    assert axe_violations(screen.page) == []
    assert scene.room.complaints.heard == []


def test_the_kiosk_s_main_buttons_are_30_mm_high(scene: Scene) -> None:
    screen = PAGES["kiosk"](scene)

    heights = [button.evaluate("it => it.offsetHeight") for button in screen.page.locator("button.service").all()]
    assert len(heights) == 16
    assert min(heights) >= MAIN_BUTTON


def test_buttons_moved_down_are_all_in_the_lower_half(scene: Scene) -> None:
    screen = PAGES["kiosk-with-buttons-moved-down"](scene)

    tops = [each.bounding_box() for each in screen.page.locator("button.service, .tool, .priority").all()]
    assert min(box["y"] for box in tops if box) >= 1920 / 2


@pytest.mark.parametrize("name", DISPLAY_PAGES)
def test_the_called_number_can_be_read_from_8_metres(scene: Scene, name: str) -> None:
    screen = PAGES[name](scene)

    assert letter_height(screen.page.locator("#now-number")) >= CALL_NUMBER
    assert letter_height(screen.page.locator("#now-counter")) >= CALL_NUMBER


def test_the_tablet_s_faces_suit_any_finger(scene: Scene) -> None:
    screen = PAGES["rating-awake"](scene)
    screen.page.evaluate("document.querySelectorAll('header').forEach(it => it.remove())")

    assert screen.page.locator(".score").count() == 5
    assert small_targets(screen.page, FACE) == []
    assert narrow_gaps(screen.page, FACE_GAP) == []


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("counter")])
def test_an_officer_sees_every_command_without_scrolling(scene: Scene, name: str) -> None:
    screen = PAGES[name](scene)

    for part in (".at-counter", "#visit", ".chooser:popover-open"):
        for high, room in screen.page.locator(part).evaluate_all(
            "parts => parts.map((it) => [it.scrollHeight, it.clientHeight])"
        ):
            assert high <= room, part


@pytest.mark.parametrize(
    "name",
    [
        "counter-with-a-call",
        "counter-serving-on-a-small-screen",
        "counter-with-all-lists",
        "counter-with-all-lists-and-the-longest-trouble-on-a-small-screen",
    ],
)
def test_no_message_moves_a_button_of_the_counter(scene: Scene, name: str) -> None:
    screen = PAGES[name](scene)
    said = [[say(scene.language, f"errors.{error.code}.{part}") for part in ("title", "detail")]
            for error in all_errors(QueueError) if not error.code.startswith(("configuration", "pairing"))]  # fmt: skip

    assert screen.page.evaluate(MOVED_BY_A_MESSAGE, said) == []


@pytest.mark.parametrize("name", ["counter-with-a-call", "counter-with-all-lists", "counter-closed"])
def test_every_command_of_the_counter_has_a_key_on_it(scene: Scene, name: str) -> None:
    screen = PAGES[name](scene)

    keys = screen.page.evaluate(
        """() => [...document.querySelectorAll(".command button, .language:is(button)")]
          .filter((it) => it.checkVisibility() && !it.closest(".aside-row:not(:first-child)"))
          .map((it) => [it.textContent.trim(), it.dataset.key, it.querySelector("kbd")?.checkVisibility()])"""
    )
    assert [name for name, key, is_shown in keys if not (key and is_shown)] == []
    assert len(keys) >= 12


@pytest.mark.parametrize("name", ["rating-awake", "reception", "counter-free"])
def test_no_button_moves_when_the_server_goes(scene: Scene, name: str) -> None:
    screen = PAGES[name](scene)
    before = screen.page.evaluate(BUTTONS)

    screen.page.evaluate("import('@ui/server-gone.js').then(({ serverGone }) => serverGone(true))")

    expect(screen.page.locator("#server-gone")).to_be_visible()
    assert before
    assert screen.page.evaluate(BUTTONS) == before


@pytest.mark.parametrize("grouping", GROUPINGS)
def test_every_grouping_of_the_report_has_its_rows_named(scene: Scene, grouping: str) -> None:
    reports = PAGES["reports"](scene)

    reports.opens(scene.path(f"/reports?by={grouping}"))

    names = reports.page.locator("table.figures").first.locator("tbody th").all_inner_texts()
    assert names
    # An officer is called by the user's name; nothing else by the key that a program would use.
    keys = [name for name in names if re.fullmatch(r"[a-z0-9_]+|[A-Z]", name)]
    assert keys == ([] if grouping != "officer" else [f"officer{number}" for number in range(1, 6)])
    assert scene.room.complaints.heard == []


@pytest.mark.parametrize("locale", ["en-US", "th-TH"])
def test_a_day_is_chosen_in_the_buddhist_era_whatever_the_browsers_locale(
    busy_room: Room, morning: Morning, locale: str
) -> None:
    reports = busy_room.screen(
        Reports, storage_state=busy_room.signed_in(busy_room.office.credentials["manager"]), locale=locale
    )
    reports.opens("/reports?lang=th")
    first = reports.page.locator("#from")
    expect(first).to_have_value("23/11/2569")

    calendar = reports.opens_the_calendar("from")
    expect(calendar.locator(".calendar-month")).to_have_text("พฤศจิกายน 2569")
    calendar.locator("[data-months='-1']").click()
    calendar.get_by_role("button", name="31 ตุลาคม 2569").click()
    expect(first).to_have_value("31/10/2569")
    reports.page.locator(".filters .button-main").click()

    expect(reports.page.locator(".report-period")).to_contain_text("31 ตุลาคม 2569 ถึง 23 พฤศจิกายน 2569")


def say(language: str, key: str) -> str:
    """That sentence with facts as long as they get."""
    return CATALOGUE.say(language, key, **dict.fromkeys(placeholders(key), "A1014"))


BUTTONS = """() => [...document.querySelectorAll("button")].filter((it) => it.checkVisibility()).map((it) => {
  const { x, y, width, height } = it.getBoundingClientRect();
  return [it.textContent.trim(), x, y, width, height].join(" ");
})"""
# Says everything that can be said, one after the other, and tells of each that moved a button or did not fit its place.
MOVED_BY_A_MESSAGE = (
    """(refusals) => {
  const part = (id) => document.getElementById(id);
  const buttons = """
    + BUTTONS
    + """;
  const before = buttons().join();
  const wrong = [];
  const look = (what) => {
    const place = document.querySelector(".answers");
    if (buttons().join() !== before) wrong.push(`${what} moved a button`);
    if (place.scrollHeight > place.clientHeight) wrong.push(`${what} needs ${place.scrollHeight}`);
  };
  for (const [title, detail] of refusals) {
    part("refusal").hidden = false;
    part("refusal-title").textContent = title;
    part("refusal-detail").textContent = detail;
    look(title);
  }
  part("refusal").hidden = true;
  for (const [name, words] of Object.entries(part("desk").dataset)) {
    if (!name.startsWith("said")) continue;
    part("said").textContent = words;
    look(words);
  }
  for (const form of document.querySelectorAll("[data-said]")) {
    part("said").textContent = form.dataset.said;
    look(form.dataset.said);
  }
  part("printer").hidden = false;
  for (const trouble of document.querySelectorAll("[data-trouble]")) {
    for (const other of document.querySelectorAll("[data-trouble]")) other.hidden = other !== trouble;
    look(trouble.textContent);
  }
  return wrong;
}"""
)


def runs_off_the_glass(screen: Screen, name: str) -> list[str]:
    """A screen on a wall or a stand cannot be scrolled; pages of people with a mouse can."""
    if name.startswith(SCROLLING):
        return []
    height = screen.page.evaluate("document.documentElement.scrollHeight")
    return [f"the page is {height} high"] if height > screen.size["height"] else []
