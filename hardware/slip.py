"""A slip: the caller's words laid out as a picture of exact dots."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import segno
from PIL import Image

from hardware.drawable import offending, why_not
from hardware.interface import check_width
from hardware.typesetting import typeset

BROAD_DOTS = 480  # From here on there is room for the larger letters; slip.typ is told which it is.
QUIET_MODULES = 4  # The white border that the QR standard asks for.

_NOT_WORDS = ("number", "qr_url")
_TEMPLATE = Path(__file__).with_name("slip.typ")


@dataclass(frozen=True, slots=True)
class SlipContent:
    """Every word on a slip, given by the caller in the visitor's language; "" or () leaves a part out."""

    office: str
    number: str
    service: str
    date: str
    place: str = ""
    greeting: str = ""
    """What the office says under its name."""
    heading: str = ""
    """The queue's name, above the number."""
    priority_mark: str = ""
    ahead: str = ""
    ahead_note: str = ""
    """What that figure counts, below it."""
    wait: tuple[str, ...] = ()
    """The range in minutes and the range of clock times, a line each."""
    documents_heading: str = ""
    documents: tuple[str, ...] = ()
    qr_url: str = ""
    qr_caption: str = ""
    note: str = ""
    """A line that the office wants said today."""
    footer: str = ""
    copy_mark: str = ""
    """The word for a copy (สำเนา) on a reprint."""
    copy_time: str = ""
    """When the copy was printed; `date` stays that of the ticket."""
    demo_mark: str = ""
    whole: str = ""
    """A regular expression of what may not be broken over two lines: a compound, a number with its unit."""


_NOTHING = SlipContent(office="", number="A001", service="", date="")


def render(content: SlipContent, width_dots: int) -> Image.Image:
    """Return the slip as a picture of mode "1", `width_dots` wide, black 0 and white 255.

    No dithering and no grey: a dot is ink or it is not. Raises ValueError for another width or for a `qr_url`
    that no QR code of this paper's width can hold.
    """
    check_width(width_dots)
    code = qr_on_paper(content.qr_url, width_dots) if content.qr_url else None
    return typeset(_TEMPLATE, {**asdict(content), "width": width_dots, "broad": width_dots >= BROAD_DOTS, "qr": code})


def failing(texts: Iterable[str], width_dots: int) -> list[str]:
    """Return those of the texts that make a slip of this width fail, alone or together."""
    return offending(texts, lambda some: render(replace(_NOTHING, documents=tuple(some)), width_dots))


def without_what_cannot_stand(content: SlipContent) -> tuple[SlipContent, list[str]]:
    """Return the slip without the texts whose letters no slip can show, and those texts; the number always stays."""
    bad = [each for each in _texts_of(content) if why_not(each)]
    return _without(content, bad), bad


def without_what_fails(content: SlipContent, width_dots: int) -> tuple[SlipContent, list[str]]:
    """Return the slip without the texts that make drawing it fail, and those texts. Slow: it tries them."""
    bad = failing(_texts_of(content), width_dots)
    return _without(content, bad), bad


def _texts_of(content: SlipContent) -> list[str]:
    values = [value for name, value in asdict(content).items() if name not in _NOT_WORDS]
    return [each for value in values for each in ((value,) if isinstance(value, str) else value)]


def _without(content: SlipContent, bad: list[str]) -> SlipContent:
    def kept(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(each for each in value if each not in bad)
        return "" if value in bad else value

    return replace(content, **{name: kept(value) for name, value in asdict(content).items()}) if bad else content


def qr_matrix(url: str) -> tuple[bytes, ...]:
    """Return the rows of the QR code that a slip carries for `url`, without its border; 1 is a dark module.

    Raises ValueError where no QR code can hold it.
    """
    try:
        # Any mask reads well in a code this small, and choosing the best of eight costs 5 ms of a slip's 60.
        return tuple(bytes(row) for row in segno.make(url, micro=False, error="m", mask=0).matrix)
    except segno.DataOverflowError as error:
        raise ValueError(f"qr_url is too long for a QR code ({len(url)} characters)") from error


def qr_on_paper(url: str, width_dots: int) -> dict[str, Any]:
    """Return the code's modules with their quiet zone (0 black, 255 white) and its side in dots.

    Raises ValueError for a `url` that no QR code of this paper's width can hold.
    """
    matrix = qr_matrix(url)
    modules = len(matrix) + 2 * QUIET_MODULES
    # 5 dots a module (0.63 mm) suit an old phone's camera; 4 is the least that thermal paper holds.
    module_dots = 5 if width_dots >= BROAD_DOTS and modules * 5 <= width_dots // 2 else 4
    if modules * module_dots > width_dots * 2 // 3:
        raise ValueError(f"qr_url is too long for paper of {width_dots} dots ({len(url)} characters)")
    border, blank = b"\xff" * QUIET_MODULES, b"\xff" * (modules * QUIET_MODULES)
    inked = bytes.maketrans(b"\x00\x01", b"\xff\x00")
    dots = blank + b"".join(border + row.translate(inked) + border for row in matrix) + blank
    return {"modules": modules, "side": modules * module_dots, "dots": list(dots)}
