"""The self-test slip: both edges, every dot of the line, the stacked marks, a QR code, and where to cut."""

from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import Image

from hardware.self_test_slip import render_self_test
from hardware.slip import qr_matrix
from tests.browser.slip_reading import SlipPicture
from tests.hardware.slips import A_SELF_TEST, FIVE_WIDTHS

EVERY_WIDTH = pytest.mark.parametrize("width", FIVE_WIDTHS)


@EVERY_WIDTH
def test_a_self_test_slip_has_exactly_the_dots_of_its_paper_and_no_grey(width: int) -> None:
    picture = render_self_test(A_SELF_TEST, width)

    assert (picture.mode, picture.width) == ("1", width)
    assert {value for _, value in picture.getcolors() or []} == {0, 255}


@EVERY_WIDTH
def test_its_ruler_begins_on_the_first_dot_and_ends_on_the_last(width: int) -> None:
    rows = rows_of(render_self_test(A_SELF_TEST, width))
    tick = 7 if width == 512 else 8  # A millimetre at 180 dpi and at 203.
    long_ticks = "".join("#" if at % (10 * tick) == 0 or at == width - 1 else "." for at in range(width))
    short_ticks = "".join("#" if at % tick == 0 or at == width - 1 else "." for at in range(width))

    top = rows.index(long_ticks)

    assert rows[top : top + 16] == [long_ticks] * 16
    assert rows[top + 16 : top + 28] == [short_ticks] * 12
    assert rows[top + 28 : top + 32] == ["#" * width] * 4


@EVERY_WIDTH
def test_every_dot_of_the_line_is_printed_alone_so_that_a_dead_one_is_seen(width: int) -> None:
    rows = rows_of(render_self_test(A_SELF_TEST, width))
    stairs = ["".join("#" if at % 8 == step else "." for at in range(width)) for step in range(8)]

    tops = [rows.index(stair) for stair in stairs]

    assert [below - above for above, below in pairwise(tops)] == [6] * 7
    assert rows.count("#" * width) == 4 + 24
    assert rows.count("#." * (width // 2)) == rows.count(".#" * (width // 2)) == 16


@EVERY_WIDTH
def test_its_qr_code_is_whole(width: int) -> None:
    picture = render_self_test(A_SELF_TEST, width)

    assert SlipPicture(picture).shows_qr(qr_matrix(A_SELF_TEST.qr_url))


@EVERY_WIDTH
@pytest.mark.parametrize("part", ["title", "facts", "marks_caption", "marks", "edges_caption", "dots_caption",
                                  "qr_caption", "cutter_caption"])  # fmt: skip
def test_all_its_words_are_printed(width: int, part: str) -> None:
    without = replace(A_SELF_TEST, **{part: ()})  # type: ignore[arg-type]  # because every one of these is a tuple.

    assert ink(render_self_test(A_SELF_TEST, width)) > ink(render_self_test(without, width)) + 100


def test_a_self_test_slip_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="360 to 832"):
        render_self_test(A_SELF_TEST, 200)


def ink(picture: Image.Image) -> int:
    return picture.histogram()[0]


def rows_of(picture: Image.Image) -> list[str]:
    dots = "".join("#."[light > 0] for light in picture.convert("L").tobytes())
    return [dots[at : at + picture.width] for at in range(0, len(dots), picture.width)]
