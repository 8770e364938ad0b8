"""Looks at a slip that came out of the simulated printer, dot by dot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from hardware import slip
from hardware.slip import QUIET_MODULES, SlipContent

PRINTED_WITHIN_SECONDS = 10.0
TONE_MARKS = "\u0e48\u0e49\u0e4a\u0e4b"


@dataclass(frozen=True)
class SlipPicture:
    """What came out: `dots` has one byte a dot, 0 is ink."""

    picture: Image.Image

    def shows_qr(self, matrix: tuple[bytes, ...] | list[bytes]) -> bool:
        """Whether this QR code stands on the slip exactly once, whole, in even squares, with its quiet border."""
        return sum(1 for dots in (4, 5) for _ in self._places_of(_code(matrix, dots))) == 1

    def equals_in_region(self, expected: Image.Image, region: tuple[int, int, int, int]) -> bool:
        """Whether every dot of the region is as expected."""
        ours, theirs = self.picture.crop(region), expected.crop(region)
        return ImageChops.difference(ours.convert("L"), theirs.convert("L")).getbbox() is None

    def _places_of(self, part: Image.Image) -> Iterator[tuple[int, int]]:
        width, height = part.size
        first_inked = next(row for row in range(height) if 0 in _row(part, row))
        wanted = _row(part, first_inked)
        for top in range(self.picture.height - height + 1):
            row, left = _row(self.picture, top + first_inked), -1
            while (left := row.find(wanted, left + 1)) >= 0:
                box = (left, top, left + width, top + height)
                if self.equals_in_region(_pasted(part, box, self.picture.size), box):
                    yield left, top


def printed_slip(folder: Path, number: int = 1) -> SlipPicture:
    """Wait for the slip of this number to come out, whole, and return it."""
    path = folder / f"slip-{number:06}.png"
    deadline = time.monotonic() + PRINTED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            with Image.open(path) as opened:
                return SlipPicture(opened.convert("1", dither=Image.Dither.NONE))
        except OSError:  # Not there yet, or being written.
            time.sleep(0.05)
    raise AssertionError(f"no slip {number} came out within {PRINTED_WITHIN_SECONDS:g} s")


def region_of_change(one: SlipContent, other: SlipContent, width_dots: int) -> tuple[int, int, int, int]:
    """The box in which two slips differ: where the part is printed that only one of them has."""
    pictures = [slip.render(each, width_dots).convert("L") for each in (one, other)]
    assert pictures[0].size == pictures[1].size, "the change moved the rest of the slip"
    box = ImageChops.difference(*pictures).getbbox()
    assert box is not None, "the two slips look the same"
    return box


def without_tone_marks(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, TONE_MARKS)))


def ink(picture: Image.Image, region: tuple[int, int, int, int]) -> int:
    """How many dots are black."""
    return int(picture.crop(region).convert("L").histogram()[0])


def _code(matrix: tuple[bytes, ...] | list[bytes], dots: int) -> Image.Image:
    side = len(matrix) + 2 * QUIET_MODULES
    code = Image.new("L", (side, side), 255)
    for y, row in enumerate(matrix):
        for x, module in enumerate(row):
            if module:
                code.putpixel((x + QUIET_MODULES, y + QUIET_MODULES), 0)
    return code.resize((side * dots, side * dots), Image.Resampling.NEAREST)


def _row(picture: Image.Image, y: int) -> bytes:
    return picture.crop((0, y, picture.width, y + 1)).convert("L").tobytes()


def _pasted(part: Image.Image, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image.Image:
    whole = Image.new("L", size, 255)
    whole.paste(part, box[:2])
    return whole
