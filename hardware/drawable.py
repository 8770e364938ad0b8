"""Which words can stand on paper: every letter is in the font, and every mark has a letter to stand on."""

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache

from PIL import ImageFont

from hardware.typesetting import SARABUN

NO_LETTER = "a mark without a letter under it"
NOT_IN_THE_FONT = "a character that the font does not have"
NOTHING_SEEN = "nothing that can be seen"

SARA_AM = "\u0e33"  # Half of it stands over the letter before it, though Unicode calls it a letter.
_FONT_FILE = "Sarabun-Medium.ttf"
_NEVER_IN_A_FONT = "\U0010ffff"


def why_not(words: str) -> str | None:
    """Return why these words cannot be drawn, None where they can; no words at all can."""
    if not words:
        return None
    before = " "
    for each in words:
        if each == SARA_AM or unicodedata.category(each) in ("Mn", "Me"):
            if not _carries(before):
                return NO_LETTER
        elif not each.isspace() and unicodedata.category(each) != "Cf" and not _is_in_the_font(each):
            return NOT_IN_THE_FONT
        before = each
    return None if any(_is_seen(each) for each in words) else NOTHING_SEEN


def offending(texts: Iterable[str], draw: Callable[[list[str]], object]) -> list[str]:
    """Return those texts that `draw` cannot draw, alone or with others; it says so by raising.

    Halves what fails until single texts are left, so that many good ones cost little.
    """
    listed = list(texts)
    if not listed or _works(lambda: draw(listed)):
        return []
    if len(listed) == 1:
        return listed
    middle = len(listed) // 2
    return offending(listed[:middle], draw) + offending(listed[middle:], draw)


def _works(draw: Callable[[], object]) -> bool:
    try:
        draw()
    except Exception:  # noqa: BLE001  # because whatever breaks, these words are not drawn; the caller says which they were.
        return False
    return True


def _carries(letter: str) -> bool:
    """Whether a mark may follow: a letter, a digit, or another mark on one."""
    return unicodedata.category(letter)[0] in "LMN" or letter in "-–—.\u25cc"


def _is_seen(each: str) -> bool:
    return not each.isspace() and unicodedata.category(each)[0] not in "CZ"


@cache
def _is_in_the_font(each: str) -> bool:
    font = _font()
    return font is None or bytes(font.getmask(each)) != bytes(font.getmask(_NEVER_IN_A_FONT))


@cache
def _font() -> ImageFont.FreeTypeFont | None:
    """None where there is no font: then nothing is printed, which is told elsewhere."""
    try:
        # The basic layout: a letter alone needs no shaping, and the other is not there everywhere.
        return ImageFont.truetype(str(SARABUN / _FONT_FILE), 40, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return None
