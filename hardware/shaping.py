"""The self-test of Thai: whether marks stack and tails give way on this machine, told by the ink of a few words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from hardware.typesetting import SARABUN, typeset

WEIGHTS = (500, 600, 700)  # Those of slip.typ: each is a font file of its own, and may be the broken one.

_TEMPLATE = Path(__file__).with_name("shaping_sample.typ")
_SIZE, _CELL, _BASELINE = 60, 150, 90  # Dots. No word below is wider than its cell.
_BELOW_ROUND_LETTERS = 3  # Dots by which ก or ป may dip below the baseline.

_RISING = (("ที่", "ที"), ("กี้", "กี"), ("ปั๊ม", "ปัม"), ("น้ำ", "นำ"))
"""A tone mark over an upper vowel, or over a plain letter, and the same without the tone mark."""
_TAILED = ("ญู", "ฐู")
"""Letters that lose their tail before a lower vowel; what is left below them is the vowel of กู."""
_NO_LETTER = "\ue123"
"""Of the private use area: drawn as the box that stands for a letter which the font has not."""

_MAKE = "run `make clean setup` (a server installed by pip: `pip install --force-reinstall {packages}`) and start again"
_FAULTS = {
    "typesetter_missing": ("typst cannot be loaded", "typst"),
    "typesetting_failed": ("typst fails on a page of Thai words", "typst fontpkg-sarabun"),
    "thai_font_missing": ("there is no font Sarabun in the folder of fonts", "fontpkg-sarabun"),
    "thai_letters_missing": ("the font Sarabun in the folder of fonts has no Thai letters", "fontpkg-sarabun"),
    "thai_marks_collide": ("tone marks do not rise above vowels, as the font's tables GSUB and GPOS should make them",
                           "fontpkg-sarabun"),
    "thai_tails_collide": ("letters keep their tail above a lower vowel, which the font's table GSUB should take away",
                           "fontpkg-sarabun"),
}  # fmt: skip
"""By code: what is wrong, and the packages that hold what is broken."""

FAULT_CODES = tuple(_FAULTS)
"""Every code that `ShapingFault.code` can be; each needs words."""


@dataclass(frozen=True, slots=True)
class ShapingFault:
    """Why Thai cannot be trusted on paper: a stable code, and facts for whoever mends it."""

    code: str
    facts: Mapping[str, object]

    @property
    def wrong(self) -> str:
        """What is wrong, for the log."""
        return _FAULTS[self.code][0]

    @property
    def mend(self) -> str:
        """What to do about it, for the log."""
        return _MAKE.format(packages=_FAULTS[self.code][1])


def shaping_fault(fonts: Path = SARABUN) -> ShapingFault | None:
    """Return what is wrong with Thai shaping, or None when marks stack and tails give way as they must.

    Ask once at start: printing garbled Thai is worse than none. Takes about 50 ms.
    """
    try:
        inks = _inks(fonts)
    except ImportError as error:
        return ShapingFault("typesetter_missing", {"reason": str(error)})
    except Exception as error:  # noqa: BLE001  # because whatever fails in there, numbers must still be given on glass.
        return ShapingFault("typesetting_failed", {"fonts": str(fonts), "reason": f"{type(error).__name__}: {error}"})
    for weight, ink in inks.items():
        if found := _fault_of(ink):
            code, sample = found
            return ShapingFault(code, {"fonts": str(fonts), "weight": weight, "sample": sample})
    return None


class _Ink:
    """The ink of one word in its cell."""

    def __init__(self, cell: Image.Image) -> None:
        self._dots = cell.point(lambda light: 255 - light)
        box = self._dots.getbbox()
        self.top = box[1] if box else None
        self.amount = _amount(self._dots)
        self.below = _amount(self._dots.crop((0, _BASELINE + _BELOW_ROUND_LETTERS, _CELL, _CELL)))

    def looks_like(self, other: "_Ink") -> bool:
        """Whether not a dot differs."""
        return self._dots.tobytes() == other._dots.tobytes()


def _fault_of(ink: Mapping[str, _Ink]) -> tuple[str, str] | None:
    """Return the code of the fault and the word that shows it, or None."""
    if not ink["ท"].amount:
        return "thai_font_missing", "ท"
    if ink["ท"].looks_like(ink[_NO_LETTER]):
        return "thai_letters_missing", "ท"
    for marked, bare in _RISING:
        if not _is_above(ink[marked], ink[bare]):
            return "thai_marks_collide", marked
    # The marks of ปั๊ม stand beside the tall stroke of ป: on it they would lose the ink that they have over ก.
    if ink["ปั๊ม"].amount - ink["ปม"].amount < 0.9 * (ink["กั๊ม"].amount - ink["กม"].amount):
        return "thai_marks_collide", "ปั๊ม"
    for tailed in _TAILED:
        if not 0.85 <= ink[tailed].below / max(1, ink["กู"].below) <= 1.15:  # 0.98 to 1.04, and 1.3 to 2.1 with a tail.
            return "thai_tails_collide", tailed
    return None


def _is_above(marked: _Ink, bare: _Ink) -> bool:
    return marked.top is not None and bare.top is not None and marked.top < bare.top and marked.amount > bare.amount


def _inks(fonts: Path) -> dict[int, dict[str, _Ink]]:
    """Return the ink of every word by weight; raises what `typeset` raises."""
    words = _words()
    drawn = typeset(
        _TEMPLATE,
        {"words": words, "weights": WEIGHTS, "size": _SIZE, "cell": _CELL, "baseline": _BASELINE},
        fonts=fonts,
    )

    def cell(row: int, column: int) -> Image.Image:
        return drawn.crop((column * _CELL, row * _CELL, (column + 1) * _CELL, (row + 1) * _CELL))

    return {
        weight: {word: _Ink(cell(row, column)) for column, word in enumerate(words)}
        for row, weight in enumerate(WEIGHTS)
    }


def _words() -> Sequence[str]:
    rising = dict.fromkeys(word for pair in _RISING for word in pair)
    return [*rising, *_TAILED, "กู", "ปม", "กั๊ม", "กม", "ท", _NO_LETTER]


def _amount(dots: Image.Image) -> int:
    return int(dots.histogram()[255])
