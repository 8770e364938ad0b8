"""The measures themselves: each one finds the fault it is there to find, and lets a sound page pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import Complaints
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
from tests.browser.room import Room

pytestmark = pytest.mark.browser

SOUND = """<!doctype html><html lang="en"><title>A page</title><main><h1>Words</h1>
<button style="width: 100px; height: 90px">One</button><p>Text.</p></main>"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 800, "height": 600})
    yield context.new_page()
    context.close()


def test_a_sound_page_has_no_faults(page: Page) -> None:
    page.set_content(SOUND)

    assert spoiled_letters(page) == []
    assert faint_text(page) + cut_text(page) + small_targets(page, 81) + narrow_gaps(page, 12) == []
    assert axe_violations(page) == []


@pytest.mark.parametrize(
    ("ink", "ground", "ratio"),
    [
        ("#595959", "#fff", "7.00"),
        ("#777", "#fff", "4.48"),
        ("#fff", "rgb(0 0 0 / 0.5)", "3.98"),
        ("#000", "#fff", "21.00"),
    ],
)
def test_contrast_is_reckoned_as_wcag_does(page: Page, ink: str, ground: str, ratio: str) -> None:
    page.set_content(f'<div style="background: {ground}"><p style="color: {ink}">Words</p></div>')

    faults = faint_text(page)

    assert faults == ([f'"Words" has contrast {ratio}'] if float(ratio) < 7 else [])


@pytest.mark.parametrize(
    "style",
    [
        "width: 40px; overflow: hidden; white-space: nowrap",
        "width: 40px; white-space: nowrap",
        "height: 8px; overflow: hidden",
        "position: absolute; left: -20px",
        "position: absolute; left: 760px; white-space: nowrap",
    ],
)
def test_text_that_is_cut_or_leaves_its_box_is_found(page: Page, style: str) -> None:
    page.set_content(f'<p style="{style}">Unreadable words</p>')

    assert cut_text(page)


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ('<p style="position: absolute; top: -60px; line-height: 2">ที่นี่</p>', "is cut by the screen's edge"),
        ('<p style="margin: 60px; line-height: 0.8">ปู่<br>ปี้</p>', "overprint"),
        ('<p style="margin: 60px 0 0">ผู้</p><input style="outline: 3px solid; outline-offset: 3px">', "cut by the ring"),
        ('<p style="margin: 40px; background: #eee; line-height: 1">ที่</p>', "leaves p"),
        ('<p style="margin: 40px; overflow: hidden; line-height: 1">ที่</p>', "is cut by p"),
        ('<p style="margin: 40px; overflow: hidden; line-height: 1; border: 30px solid">ที่</p>', "is cut by p"),
    ],
)  # fmt: skip
def test_a_mark_that_is_cut_or_overprinted_is_found(page: Page, markup: str, fault: str) -> None:
    page.set_content(f'<style>* {{ font: 30px "Loma", sans-serif; line-height: inherit }}</style>{markup}')

    assert [each for each in spoiled_letters(page) if fault in each]


def test_a_word_that_must_stay_whole_is_found_when_it_is_broken(page: Page) -> None:
    page.set_content('<p style="width: 6em">for 100 minutes</p><p style="width: 7em">a <i>100&nbsp;minutes</i></p>')

    assert broken_words(page, [r"\d+\s+minutes"]) == ['"100 minutes" is broken in "for 100 minutes"']


def test_a_target_too_small_is_found(page: Page) -> None:
    page.set_content('<button style="width: 200px; height: 80px">Go</button>')

    assert small_targets(page, 81) == ['button "Go" is 200.0 × 80.0']
    assert small_targets(page, 80) == []


def test_targets_too_close_are_found(page: Page) -> None:
    page.set_content(
        """<div style="display: flex; gap: 11px"><button>One</button><button>Two</button></div>
        <p hidden><button>Three</button></p>"""
    )

    assert narrow_gaps(page, 12) == ['button "One" and button "Two" are 11.0 apart']
    assert narrow_gaps(page, 11) == []


def test_the_height_of_drawn_letters_is_measured_in_ink(page: Page) -> None:
    page.set_content(
        '<p style="font: 200px sans-serif; width: 300px; line-height: 2; margin: 0">H</p>'
        '<p style="font: 60px sans-serif; margin: -400px 0 0">Beside it</p>'
    )

    capital = page.evaluate(
        """() => {
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = "200px sans-serif";
          return pen.measureText("H").actualBoundingBoxAscent;
        }"""
    )

    assert abs(letter_height(page.locator("p").first) - capital) <= 2


def test_axe_judges_the_page(page: Page) -> None:
    page.set_content('<!doctype html><html lang="en"><title>A page</title><main><h1>Hi</h1><img src="data:,"></main>')

    assert [fault.split(":")[0] for fault in axe_violations(page)] == ["image-alt"]


def test_a_page_that_breaks_its_policy_or_its_script_complains(shared_room: Room) -> None:
    shared_room.complaints = Complaints()
    kiosk = shared_room.kiosk()

    kiosk.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>Red</p>')")
    kiosk.page.evaluate("setTimeout(() => { throw new Error('a slip of ours'); })")
    kiosk.page.wait_for_timeout(200)

    heard = " ".join(shared_room.complaints.heard)
    assert "policy broken: style-src-attr inline" in heard
    assert "a slip of ours" in heard
    shared_room.close()
