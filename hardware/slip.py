"""A slip: the caller's words laid out as a picture of exact dots."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import segno
from PIL import Image

from hardware.interface import WIDTHS_DOTS
from hardware.typesetting import typeset

QUIET_MODULES = 4  # The white border that the QR standard asks for.

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


def render(content: SlipContent, width_dots: int) -> Image.Image:
    """Return the slip as a picture of mode "1", `width_dots` (384 or 576) wide, black 0 and white 255.

    No dithering and no grey: a dot is ink or it is not. Raises ValueError for another width or for a `qr_url`
    that no QR code of this paper's width can hold.
    """
    check_width(width_dots)
    code = qr_on_paper(content.qr_url, width_dots) if content.qr_url else None
    return typeset(_TEMPLATE, {**asdict(content), "width": width_dots, "qr": code})


def check_width(width_dots: int) -> None:
    """Raise ValueError for paper of another width than there are layouts for."""
    if width_dots not in WIDTHS_DOTS:
        raise ValueError(f"width_dots is {width_dots}; a line has {WIDTHS_DOTS[0]} or {WIDTHS_DOTS[1]} dots")


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
    module_dots = 5 if width_dots == WIDTHS_DOTS[1] and modules * 5 <= width_dots // 2 else 4
    if modules * module_dots > width_dots * 2 // 3:
        raise ValueError(f"qr_url is too long for paper of {width_dots} dots ({len(url)} characters)")
    border, blank = b"\xff" * QUIET_MODULES, b"\xff" * (modules * QUIET_MODULES)
    inked = bytes.maketrans(b"\x00\x01", b"\xff\x00")
    dots = blank + b"".join(border + row.translate(inked) + border for row in matrix) + blank
    return {"modules": modules, "side": modules * module_dots, "dots": list(dots)}
