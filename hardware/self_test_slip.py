"""The self-test slip: what a person must see on paper to trust a printer with slips."""

from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from hardware.interface import check_width, dots_per_inch
from hardware.slip import BROAD_DOTS, qr_on_paper
from hardware.typesetting import typeset

_TEMPLATE = Path(__file__).with_name("self_test_slip.typ")


@dataclass(frozen=True, slots=True)
class SelfTestContent:
    """Every word on a self-test slip, given by the caller; a pair is the same in two languages, a line each."""

    title: tuple[str, ...]
    office: str
    facts: tuple[str, ...]
    """What was printed, when, and how: date and time, the printer's connection, the width of its paper."""
    marks_caption: tuple[str, ...]
    marks: tuple[str, ...]
    """Words that stack marks, a line each."""
    edges_caption: tuple[str, ...]
    dots_caption: tuple[str, ...]
    qr_url: str
    qr_caption: tuple[str, ...]
    cutter_caption: tuple[str, ...]


def render_self_test(content: SelfTestContent, width_dots: int) -> Image.Image:
    """Return the self-test slip as a picture of mode "1", `width_dots` wide, black 0 and white 255.

    A ruler begins and ends on the first and the last dot of the paper; below it every dot of the line is printed, all
    at once, then one in two, then one in eight, so that a dead one leaves a white streak. Raises ValueError as
    `hardware.slip.render` does.
    """
    check_width(width_dots)
    data = {
        **asdict(content),
        "width": width_dots,
        "broad": width_dots >= BROAD_DOTS,
        "qr": qr_on_paper(content.qr_url, width_dots),
        "ruler": [_row(inked) for inked in _ruler(width_dots)],
        "dots": [_row(inked) for inked in _every_dot(width_dots)],
    }
    return typeset(_TEMPLATE, data)


def _ruler(width_dots: int) -> list[list[bool]]:
    """Return rows from top to bottom: long ticks alone, then short ones too, then the line; both edges throughout."""

    def ticks(every: int) -> list[bool]:
        return [at % every == 0 or at == width_dots - 1 for at in range(width_dots)]

    tick = round(dots_per_inch(width_dots) / 25.4)  # A millimetre; every tenth is long.
    return [ticks(10 * tick), ticks(tick), [True] * width_dots]


def _every_dot(width_dots: int) -> list[list[bool]]:
    stairs = [[at % 8 == step for at in range(width_dots)] for step in range(8)]
    return [[True] * width_dots, *([at % 2 == step for at in range(width_dots)] for step in range(2)), *stairs]


def _row(inked: list[bool]) -> list[int]:
    return [0 if ink else 255 for ink in inked]
