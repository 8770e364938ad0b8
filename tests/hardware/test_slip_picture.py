"""The slip as a picture: exact dots, Thai that sits right, a QR code that a telephone reads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import segno
from PIL import Image, ImageOps

from hardware.slip import BROAD_DOTS, QUIET_MODULES, qr_matrix, render
from tests.browser.slip_reading import SlipPicture
from tests.hardware.slips import FIVE_WIDTHS, FULL_THAI_SLIP, a_slip, has_ink

EVERY_WIDTH = pytest.mark.parametrize("width", FIVE_WIDTHS)


@EVERY_WIDTH
def test_a_slip_has_exactly_the_dots_of_its_paper_and_no_grey(width: int) -> None:
    picture = render(FULL_THAI_SLIP, width)

    assert (picture.mode, picture.width) == ("1", width)
    assert {value for _, value in picture.getcolors() or []} == {0, 255}


def test_a_slip_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="360 to 832"):
        render(a_slip(), 200)


@EVERY_WIDTH
def test_nothing_is_cut_off_at_any_edge_of_a_full_slip(width: int) -> None:
    picture = render(FULL_THAI_SLIP, width)

    left, top, right, bottom = ink_box(picture)

    # The first line has an upper vowel with a mark (สาธิต), the last a lower vowel (กตัญญู).
    assert top >= 2
    assert bottom <= picture.height - 4
    assert left >= 4
    assert right <= width - 4


def test_the_number_is_about_150_dots_high_on_wide_paper() -> None:
    with_number, without = render(a_slip("A014"), 576), render(a_slip("."), 576)

    assert 145 <= tallest_ink(with_number) <= 158
    assert tallest_ink(without) < 60


@EVERY_WIDTH
@pytest.mark.parametrize("number", ["A014", "A1000", "M888"])
def test_a_long_number_shrinks_instead_of_running_off_the_paper(width: int, number: str) -> None:
    left, _, right, _ = ink_box(render(a_slip(number), width))

    assert left >= 4
    assert right <= width - 4
    assert tallest_ink(render(a_slip(number), width)) >= 85


@EVERY_WIDTH
def test_the_qr_code_on_the_slip_has_every_module_of_its_matrix(width: int) -> None:
    picture = render(FULL_THAI_SLIP, width)

    read = modules_on(picture, len(qr_matrix(FULL_THAI_SLIP.qr_url)), dots=4 if width < BROAD_DOTS else 5)

    assert read == qr_matrix(FULL_THAI_SLIP.qr_url)


@EVERY_WIDTH
@pytest.mark.parametrize("first_words_below", ["note", "footer", "date"])
def test_nothing_reaches_into_the_white_border_of_the_qr_code(width: int, first_words_below: str) -> None:
    without = replace(FULL_THAI_SLIP, note="", footer="", date="")
    # What stands highest above a line: a tall letter with two marks.
    picture = render(replace(without, **{first_words_below: "ปั๊ม ฝี้ โป๊ ใช้"}), width)  # type: ignore[arg-type]  # because each is a text.

    assert SlipPicture(picture).shows_qr(qr_matrix(FULL_THAI_SLIP.qr_url))


def test_the_qr_matrix_says_the_address_that_was_asked_for() -> None:
    url = "https://a.example/t/1"

    by_segno = [segno.make(url, micro=False, error="m", mask=mask).matrix for mask in range(8)]

    assert [list(row) for row in qr_matrix(url)] in [[list(row) for row in matrix] for matrix in by_segno]
    assert qr_matrix(url) != qr_matrix(url + "2")


def test_an_address_too_long_for_the_paper_is_refused_rather_than_blurred() -> None:
    with pytest.raises(ValueError, match="too long"):
        render(a_slip(qr_url="https://a.example/" + "x" * 500), 384)


def test_a_part_that_is_left_out_leaves_no_gap() -> None:
    heights = [render(content, 384).height for content in (a_slip(), a_slip(wait=("x",)), FULL_THAI_SLIP)]

    assert heights == sorted(heights)
    assert heights[0] < 450


def test_a_copy_and_a_demonstration_are_marked_so() -> None:
    plain = render(a_slip(), 576)

    copy, demonstration = render(a_slip(copy_mark="สำเนา"), 576), render(a_slip(demo_mark="ระบบสาธิต"), 576)

    assert demonstration.height > plain.height
    assert copy.height > plain.height
    mark = lines_of(copy)[0]
    within = mark.crop((10, 6, mark.width - 10, mark.height - 6))
    assert within.getpixel((0, 0)) == 0  # White words on black, so that no copy passes for the first slip.
    assert within.getextrema() == (0, 255)


@EVERY_WIDTH
def test_the_mark_of_a_copy_is_the_biggest_word_on_the_slip_but_for_the_number(width: int) -> None:
    bar = lines_of(render(a_slip(copy_mark="สำเนา / COPY", copy_time="พิมพ์ซ้ำเมื่อ 10.15 น."), width))[0]

    assert bar.width > 0.7 * min(width, 576)  # Broader paper stays white at the right, and the slip below 48 KB.
    assert bar.height >= 80
    assert bar.histogram()[0] > bar.width * bar.height // 2, "more ink than paper"


def test_a_copy_is_the_same_slip_below_its_mark() -> None:
    first, copy = render(a_slip(), 576), render(a_slip(copy_mark="สำเนา / COPY", copy_time="พิมพ์ซ้ำ 10.15 น."), 576)

    below_the_margin = first.crop((0, 20, 576, first.height))
    assert below_the_margin.tobytes() == copy.crop((0, copy.height - first.height + 20, 576, copy.height)).tobytes()


@EVERY_WIDTH
def test_every_rule_is_a_clean_line_of_two_dots_from_edge_to_edge(width: int) -> None:
    rules = [line for line in lines_of(render(FULL_THAI_SLIP, width)) if line.height == 2]

    assert len(rules) == 4
    margin = 6 if width < BROAD_DOTS else 8
    assert {(rule.width, rule.getextrema()) for rule in rules} == {(width - 2 * margin, (0, 0))}


HIGHEST_AND_LOWEST = "ปั๊ม ฝี้ โป๊ ญู ฎู ฏุ"


@EVERY_WIDTH
def test_no_mark_is_cut_off_at_a_rule(width: int) -> None:
    words: dict[str, Any] = dict.fromkeys(("office", "heading", "service", "ahead"), HIGHEST_AND_LOWEST)
    picture = render(a_slip(**words, documents=(HIGHEST_AND_LOWEST,), documents_heading=HIGHEST_AND_LOWEST), width)

    rows = [has_ink(picture.crop((0, y, width, y + 1))) for y in range(picture.height)]
    rules = [y for y in range(picture.height) if row_is_full(picture, y)]

    assert len(rules) == 2 * 4
    for first, last in zip(rules[::2], rules[1::2], strict=True):
        assert not any(rows[first - 3 : first]), "white above it"
        assert not any(rows[last + 1 : last + 4]), "white below it"


@EVERY_WIDTH
@pytest.mark.parametrize(
    ("above", "below"),
    [
        ({"demo_mark": HIGHEST_AND_LOWEST}, {"office": "."}),
        ({"copy_time": HIGHEST_AND_LOWEST}, {"office": "."}),
        ({"copy_time": "."}, {"office": HIGHEST_AND_LOWEST}),
        ({"qr_url": FULL_THAI_SLIP.qr_url}, {"note": HIGHEST_AND_LOWEST}),
        ({"qr_url": FULL_THAI_SLIP.qr_url}, {"footer": HIGHEST_AND_LOWEST}),
    ],
)
def test_no_mark_is_cut_off_between_two_parts(width: int, above: dict[str, Any], below: dict[str, Any]) -> None:
    bare = a_slip(office="")

    together = ink(render(replace(bare, **above, **below), width)) - ink(render(bare, width))
    alone = [ink(render(replace(bare, **part), width)) - ink(render(bare, width)) for part in (above, below)]

    assert abs(together - sum(alone)) <= 0.01 * together


@EVERY_WIDTH
def test_every_tick_box_is_a_clean_square(width: int) -> None:
    picture = render(FULL_THAI_SLIP, width)
    square = Image.new("1", (22, 22), 0)
    square.paste(255, (2, 2, 20, 20))
    left = 6 if width < BROAD_DOTS else 8

    found = [
        top
        for top in range(picture.height - 22)
        if picture.crop((left, top, left + 22, top + 22)).tobytes() == square.tobytes()
    ]

    assert len(found) == len(FULL_THAI_SLIP.documents)


WORDS_OF_EVERY_PART: list[dict[str, Any]] = [
    {"office": "เทศบาล"}, {"place": "ลำพูน"}, {"greeting": "สวัสดี"}, {"heading": "งานบัตร"}, {"service": "ทำบัตร"},
    {"priority_mark": "ช่องทางพิเศษ"}, {"ahead": "ก่อนหน้า"}, {"wait": ("รอประมาณ", "ระหว่าง")}, {"note": "ปิด"},
    {"documents_heading": "เอกสาร", "documents": ("ทะเบียน",)}, {"footer": "โปรดนั่งรอ"}, {"copy_mark": "สำเนา"},
    {"copy_time": "พิมพ์ซ้ำ"}, {"demo_mark": "สาธิต"}, {"date": "23 พ.ย."},
]  # fmt: skip


@EVERY_WIDTH
@pytest.mark.parametrize("words", WORDS_OF_EVERY_PART, ids=lambda words: next(iter(words)))
def test_every_part_that_is_given_adds_ink(width: int, words: dict[str, Any]) -> None:
    left_out: dict[str, Any] = {name: type(given)() for name, given in words.items()}
    without = replace(a_slip(office=".", service=".", date="."), **left_out)

    assert ink(render(replace(without, **words), width)) > ink(render(without, width)) + 100


@EVERY_WIDTH
def test_no_letter_is_smaller_than_24_dots(width: int) -> None:
    # A line that has to shrink is the office's longest; its letters may be no lower than those of 24 dots are.
    least = a_slip(office="", service="", number="", date="ททททท")
    long_words = "ทททททททท" * 3

    def letters(picture: Image.Image) -> int:
        return lines_of(picture)[-1].height

    for part in ("office", "heading", "service", "greeting", "note", "footer", "ahead", "priority_mark", "date"):
        only: dict[str, Any] = {"date": "", part: long_words}
        shrunk = render(replace(least, **only), width)
        heights = [line.height for line in lines_of(shrunk) if line.height > 6]
        assert min(heights) >= 14, part  # ท is 14 dots high in a type of 24.
    assert letters(render(least, width)) >= 14


@EVERY_WIDTH
def test_the_longest_words_that_an_office_may_write_stay_on_the_paper(width: int) -> None:
    # Thai without a space, and one Latin word longer than the line: nothing may run over the edge.
    for long_words in ("กตัญญูกตเวที" * 10, "W" * 120):
        marks = {"priority_mark": long_words[:60], "copy_mark": long_words[:60], "documents_heading": long_words[:60]}
        texts = {"greeting": long_words[:60], "note": long_words, "footer": long_words}
        picture = render(a_slip(**marks, **texts, documents=(long_words,)), width)

        left, _, right, _ = ink_box(picture)

        assert left >= 4
        assert right <= width - 4


HOSTILE_WORDS = (
    '#panic("x") $a^2$ *b* @c \\ {d} "e"',
    "#sys.inputs",
    '")))\n#panic("y")',
    "\\u{41}\\",
    "\x7f\x00\u2028",
)


@pytest.mark.parametrize("words", HOSTILE_WORDS)
def test_words_are_never_code(words: str) -> None:
    picture = render(a_slip(service=words, footer=words, documents=(words,)), 576)

    assert has_ink(picture)


def test_a_line_of_thai_breaks_at_a_space_before_it_breaks_inside_a_phrase() -> None:
    # On narrow paper this date needs two lines, and the dictionary would part พฤศจิกาย from its last letter.
    date = "วันอาทิตย์ที่ 22 พฤศจิกายน 2569 เวลา 09.41 น."
    by_hand = "เวลา 09.41 น."

    together, alone = render(a_slip(date=date), 384), render(a_slip(date=by_hand), 384)

    assert abs(last_18_rows(together).width - last_18_rows(alone).width) <= 5


def test_many_slips_may_be_made_at_once() -> None:
    contents = [a_slip(f"A{number:03}") for number in range(12)]
    one_by_one = [render(content, 384).tobytes() for content in contents]

    with ThreadPoolExecutor(6) as threads:
        at_once = [picture.tobytes() for picture in threads.map(lambda c: render(c, 384), contents)]

    assert at_once == one_by_one


@EVERY_WIDTH
@pytest.mark.parametrize(("marked", "bare"), [("ที่", "ที"), ("น้ำ", "นำ"), ("ปั๊ม", "ปัม"), ("กี้", "กี")])
def test_a_mark_adds_ink_above_and_never_replaces_what_is_below(width: int, marked: str, bare: str) -> None:
    with_mark, without = (lines_of(render(a_slip(service=word), width)) for word in (marked, bare))

    # From below: the date, a rule, the service. A mark makes it taller and takes nothing from its width.
    assert with_mark[-3].height > without[-3].height
    assert abs(with_mark[-3].width - without[-3].width) <= 6


def test_the_qr_code_has_its_quiet_border_and_square_modules() -> None:
    picture = render(replace(FULL_THAI_SLIP, qr_caption=""), 576)
    side = len(qr_matrix(FULL_THAI_SLIP.qr_url)) * 5

    [code] = [line for line in lines_of(picture) if line.height == side]

    assert code.width == code.height
    assert QUIET_MODULES == 4


def test_a_slip_with_nothing_to_say_is_still_a_slip() -> None:
    assert render(a_slip("", office="", service="  ", date="", documents=("",)), 384).height > 50


def ink_box(picture: Image.Image) -> tuple[int, int, int, int]:
    box = ImageOps.invert(picture.convert("L")).getbbox()
    assert box is not None
    return box


def lines_of(picture: Image.Image) -> list[Image.Image]:
    """Return the ink of each line, cropped; a mark floats at most 4 white rows above its letter."""
    inked = [y for y in range(picture.height) if has_ink(picture.crop((0, y, picture.width, y + 1)))]
    starts = [y for above, y in pairwise([-99, *inked]) if y - above > 5]
    ends = [y + 1 for y, below in pairwise([*inked, 9999]) if below - y > 5]
    bands = [picture.crop((0, start, picture.width, end)) for start, end in zip(starts, ends, strict=True)]
    return [band.crop(ink_box(band)) for band in bands]


def last_18_rows(picture: Image.Image) -> Image.Image:
    """Return the ink of the digits and letters on the lowest line, cropped."""
    bottom = ink_box(picture)[3]
    rows = picture.crop((0, bottom - 18, picture.width, bottom))
    return rows.crop(ink_box(rows))


def row_is_full(picture: Image.Image, y: int) -> bool:
    """Whether a row is black but for the margins."""
    return picture.crop((8, y, picture.width - 8, y + 1)).getextrema() == (0, 0)


def ink(picture: Image.Image) -> int:
    return picture.histogram()[0]


def tallest_ink(picture: Image.Image) -> int:
    return max(line.height for line in lines_of(picture))


def modules_on(picture: Image.Image, count: int, dots: int) -> tuple[bytes, ...]:
    """Return the modules of the only QR code, found by its two upper corners."""
    left = (6 if picture.width < BROAD_DOTS else 8) + QUIET_MODULES * dots
    corner = b"\x01" * 7 + b"\x00"

    def row_at(top: int) -> bytes:
        middle = range(left + dots // 2, left + count * dots, dots)
        return bytes(not picture.getpixel((x, top + dots // 2)) for x in middle)

    for top in range(picture.height - count * dots):
        row = row_at(top)
        if row.startswith(corner) and row.endswith(corner[::-1]):
            return tuple(row_at(top + y * dots) for y in range(count))
    raise AssertionError("no QR code on the slip")


@pytest.mark.parametrize("width", FIVE_WIDTHS)
def test_what_is_to_stay_whole_is_not_broken_over_two_lines(width: int) -> None:
    """The dictionary takes compounds apart: what a line holds is then seen by how far the ink of its lines reaches."""
    filler = "ก" * (width // 20 - 8)  # Leaves room for the compound's first words alone.
    compound = "บัตรประจำตัวประชาชน"

    broken = render(a_slip(documents=(filler + compound,)), width)
    whole = render(a_slip(documents=(filler + compound,), whole=compound), width)
    by_hand = render(a_slip(documents=(f"{filler} {compound}",), whole=compound), width)

    assert broken.tobytes() != whole.tobytes()
    assert whole.tobytes() == by_hand.tobytes()
