"""A slip: the caller's words laid out as a picture of exact dots, and the self-test of its Thai."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import segno
import typst
from PIL import Image

from hardware.typesetting import SARABUN, typeset

WIDTHS_DOTS = (384, 576)  # 58 mm and 80 mm paper at 203 dpi.
QUIET_MODULES = 4  # The white border that the QR standard asks for.

_TEMPLATE = Path(__file__).with_name("slip.typ")
_SAMPLE_TEMPLATE = Path(__file__).with_name("shaping_sample.typ")


@dataclass(frozen=True, slots=True)
class SlipContent:
    """Every word on a slip, given by the caller in the visitor's language; "" or () leaves a part out."""

    office: str
    number: str
    service: str
    date: str
    place: str = ""
    heading: str = ""
    """The queue's name, above the number."""
    priority_mark: str = ""
    ahead: str = ""
    wait: tuple[str, ...] = ()
    """The range in minutes and the range of clock times, a line each."""
    documents_heading: str = ""
    documents: tuple[str, ...] = ()
    qr_url: str = ""
    qr_caption: str = ""
    footer: str = ""
    copy_mark: str = ""
    """The word for a copy (สำเนา) on a reprint."""
    demo_mark: str = ""


@dataclass(frozen=True, slots=True)
class ShapingFault:
    """Why Thai cannot be trusted on paper: a stable code, and facts for whoever mends it."""

    code: str
    facts: Mapping[str, object]


def render(content: SlipContent, width_dots: int) -> Image.Image:
    """Return the slip as a picture of mode "1", `width_dots` (384 or 576) wide, black 0 and white 255.

    No dithering and no grey: a dot is ink or it is not. Raises ValueError for another width or for a `qr_url`
    that no QR code of this paper's width can hold.
    """
    if width_dots not in WIDTHS_DOTS:
        raise ValueError(f"width_dots is {width_dots}; a line has {WIDTHS_DOTS[0]} or {WIDTHS_DOTS[1]} dots")
    code = _qr(content.qr_url, width_dots) if content.qr_url else None
    return typeset(_TEMPLATE, {**asdict(content), "width": width_dots, "qr": code})


def shaping_fault(fonts: Path = SARABUN) -> ShapingFault | None:
    """Return what is wrong with Thai shaping, or None when marks stack as they must.

    A tone mark over an upper vowel must rise above the vowel alone (ที่ above ที), and a mark over a plain
    consonant above the consonant (น้ำ above นำ). Ask once at start: printing garbled Thai is worse than none.
    """
    for marked, bare in (("ที่", "ที"), ("น้ำ", "นำ")):
        try:
            with_mark, without = _ink_top(marked, fonts), _ink_top(bare, fonts)
        except typst.TypstError as error:
            return ShapingFault("typesetting_failed", {"fonts": str(fonts), "reason": str(error)})
        if with_mark is None or without is None:
            return ShapingFault("thai_font_missing", {"fonts": str(fonts)})
        if with_mark >= without:
            return ShapingFault("thai_marks_collide", {"fonts": str(fonts), "sample": marked})
    return None


def _ink_top(sample: str, fonts: Path) -> int | None:
    """Return the highest row with ink, in dots from the top, or None where nothing was drawn."""
    drawn = typeset(_SAMPLE_TEMPLATE, {"sample": sample}, fonts=fonts)
    box = drawn.point(lambda light: 255 - light).getbbox()
    return box[1] if box else None


def qr_matrix(url: str) -> tuple[bytes, ...]:
    """Return the rows of the QR code that a slip carries for `url`, without its border; 1 is a dark module.

    Raises ValueError where no QR code can hold it.
    """
    try:
        # Any mask reads well in a code this small, and choosing the best of eight costs 5 ms of a slip's 60.
        return tuple(bytes(row) for row in segno.make(url, micro=False, error="m", mask=0).matrix)
    except segno.DataOverflowError as error:
        raise ValueError(f"qr_url is too long for a QR code ({len(url)} characters)") from error


def _qr(url: str, width_dots: int) -> dict[str, Any]:
    """Return the code's modules with their quiet zone (0 black, 255 white) and its side in dots."""
    matrix = qr_matrix(url)
    modules = len(matrix) + 2 * QUIET_MODULES
    # 5 dots a module (0.63 mm) suit an old phone's camera; 4 is the least that thermal paper holds.
    module_dots = 5 if width_dots == WIDTHS_DOTS[1] and modules * 5 <= width_dots // 2 else 4
    if modules * module_dots > width_dots * 2 // 3:
        raise ValueError(f"qr_url is too long for paper of {width_dots} dots ({len(url)} characters)")
    border, blank = b"\xff" * QUIET_MODULES, b"\xff" * (modules * QUIET_MODULES)
    inked = bytes.maketrans(b"\x00\x01", b"\xff\x00")
    dots = blank + b"".join(border + row.translate(inked) + border for row in matrix) + blank
    return {"modules": modules, "side": modules * module_dots, "dots": list(dots)}
