"""What a page measures: contrast, cut text, targets to touch, the height of a number, and axe's judgement."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page

from tests.running import ROOT

CONTRAST = 7.0
# What lies over or beside the text would be measured with it.
ALONE = """(text, isAlone) => {
  text.toggleAttribute("data-measured", isAlone);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { visibility: hidden !important; background: white !important; }
    [data-measured] { visibility: visible !important; color: black !important; }`);
  document.adoptedStyleSheets = isAlone ? [sheet] : [];
}"""
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Contrast is measured here, and more strictly: 7:1 for large letters and for what is disabled, too.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"color-contrast": {"enabled": False}, "color-contrast-enhanced": {"enabled": False}},
    "resultTypes": ["violations"],
}


def faint_text(page: Page) -> list[str]:
    """Every text with a contrast below 7:1."""
    return _measured(page, what="faint", least=CONTRAST)


def cut_text(page: Page) -> list[str]:
    """Every text that is clipped, or wider than its box or the page."""
    return _measured(page, what="cut")


def spoiled_letters(page: Page) -> list[str]:
    """Every letter whose ink, with its marks, is cut by an edge or a focus ring, or lies on other letters."""
    return _measured(page, what="spoiled")


def broken_words(page: Page, patterns: Sequence[str]) -> list[str]:
    """Every text of these patterns that is broken over two lines."""
    return _measured(page, what="broken", words=list(patterns))


def broken_lines(page: Page) -> list[str]:
    """Every text of more than one line, with a bar where it is broken: for a person to look at."""
    return _measured(page, what="lines")


def small_targets(page: Page, least: float) -> list[str]:
    """Every button, link and field that is less than `least` pixels in either direction."""
    return _measured(page, what="small", least=least)


def narrow_gaps(page: Page, gap: float) -> list[str]:
    """Every two of them that are less than `gap` pixels apart."""
    return _measured(page, what="narrow", gap=gap)


def axe_violations(page: Page) -> list[str]:
    """What axe-core finds, as rule and element."""
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [
        f"{violation['id']}: {node['target'][0]} {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def letter_height(text: Locator) -> int:
    """How many pixels high the signs of this text are drawn, by a picture of it alone: capitals and digits."""
    text.evaluate(ALONE, True)
    with Image.open(io.BytesIO(text.screenshot(animations="disabled"))) as opened:
        picture = opened.convert("L")
    text.evaluate(ALONE, False)
    colours = picture.getextrema()
    middle = (int(colours[0]) + int(colours[1])) // 2  # type: ignore[arg-type]  # because a grey picture has one band.
    behind = picture.getpixel((0, 0))
    assert isinstance(behind, int | float)
    ink = picture.point(lambda light: 255 if (light > middle) != (behind > middle) else 0)
    box = ink.getbbox()
    assert box is not None, "nothing is drawn"
    return box[3] - box[1]


def _measured(page: Page, **how: Any) -> list[str]:
    faults: list[str] = page.evaluate(_script(), how)
    return faults


@cache
def _script() -> str:
    text = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
    return text[text.index("({ what") :].rstrip().removesuffix(";")


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
