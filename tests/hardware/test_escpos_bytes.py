"""From picture to bytes and back: what is promised to the printer, and nothing else."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hardware import escpos_decoder
from hardware.escpos_decoder import (
    COMMANDS,
    Cut,
    EscPosDecoder,
    Fed,
    Initialised,
    Item,
    PaperRoll,
    Printed,
    StatusAsked,
    UnknownBytesError,
    row_bytes,
    slips_in,
)
from hardware.escpos_encoder import CUT_HERE, SlipEncodingError, slip_bytes
from hardware.interface import SlipEnd
from hardware.self_test_slip import render_self_test
from hardware.slip import SlipContent, render
from tests.hardware.plain_escpos import rows_on_paper
from tests.hardware.slips import A_SELF_TEST, FIVE_WIDTHS, FULL_THAI_SLIP, a_picture, a_slip

EVERY_WIDTH = pytest.mark.parametrize("width", FIVE_WIDTHS)
STACKED_MARKS = ("ที่", "ผู้", "น้ำ", "ปั๊ม", "ญู", "กตัญญู")
TEXTS = ("office", "place", "greeting", "heading", "service", "ahead", "note", "footer")


def a_slip_of(word: str) -> SlipContent:
    """Return a slip that says nothing but this word, in every place."""
    return a_slip(**dict.fromkeys(TEXTS, f"{word} {word}"), documents=(word, f"{word}{word}"), documents_heading=word)


@EVERY_WIDTH
@pytest.mark.parametrize("word", STACKED_MARKS)
def test_a_slip_with_stacked_marks_decodes_to_the_rendered_picture_dot_for_dot(width: int, word: str) -> None:
    picture = render(a_slip_of(word), width)

    [decoded] = slips_in(slip_bytes(picture, width), width)

    assert decoded.size == picture.size
    assert decoded.tobytes() == picture.tobytes()


@EVERY_WIDTH
@pytest.mark.parametrize("content", [FULL_THAI_SLIP, *map(a_slip_of, STACKED_MARKS)], ids=["full", *STACKED_MARKS])
def test_a_reader_that_is_not_ours_sees_the_same_picture_and_only_commands_of_the_list(
    width: int, content: SlipContent
) -> None:
    picture = render(content, width)

    rows, seen = rows_on_paper(slip_bytes(picture, width), width)

    assert rows == rows_of(picture)
    assert (seen["initialise"], seen["motion unit"], seen["cut"]) == (1, 1, 1)
    assert seen["raster"] > 5
    assert seen["feed"] > 5


@EVERY_WIDTH
def test_the_self_test_slip_decodes_dot_for_dot(width: int) -> None:
    picture = render_self_test(A_SELF_TEST, width)

    written = slip_bytes(picture, width)

    assert slips_in(written, width)[0].tobytes() == picture.tobytes()
    assert rows_on_paper(written, width)[0] == rows_of(picture)


def test_the_list_of_commands_is_the_same_in_the_readme_and_in_the_decoder() -> None:
    readme = (Path(__file__).parents[2] / "hardware" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([^`]+)` \| `((?:[0-9A-F]{2} ?)+)` \|", readme, re.MULTILINE)
    in_readme = {name: bytes.fromhex(code) for name, code in listed}
    in_docstring = re.findall(r"^    ((?:ESC|GS|DLE|NUL).*?)  ", escpos_decoder.__doc__ or "", re.MULTILINE)

    assert set(map(beginning, in_readme)) == set(map(beginning, in_docstring)) == set(COMMANDS)
    for name, code in in_readme.items():
        assert code.startswith(COMMANDS[beginning(name)]), name
    assert {head[:2] for head in COMMANDS.values()} == set(EscPosDecoder(384)._readers)


@pytest.mark.parametrize("command", [bytes([lead, code]) for lead in (0x1B, 0x1D, 0x10, 0x1C) for code in range(256)])
def test_whatever_is_not_on_the_list_is_refused(command: bytes) -> None:
    # The first bytes alone are enough to be refused, or may begin a command of the list.
    on_the_list = any(head.startswith(command) or command.startswith(head) for head in COMMANDS.values())

    if on_the_list:
        assert list(EscPosDecoder(384).feed(command)) in ([], [Initialised()])
        return
    with pytest.raises(UnknownBytesError) as refused:
        list(EscPosDecoder(384).feed(command))
    assert refused.value.offset == 0


@EVERY_WIDTH
def test_the_fullest_slip_takes_at_most_48_kilobytes(width: int) -> None:
    written = slip_bytes(render(FULL_THAI_SLIP, width), width)

    assert len(written) <= 48 * 1024


@EVERY_WIDTH
@pytest.mark.parametrize("end", [SlipEnd("auto", 10), SlipEnd("here", 12), SlipEnd("here"), SlipEnd("none", 20)])
def test_a_slip_is_fed_and_cut_as_its_printer_needs_it(width: int, end: SlipEnd) -> None:
    picture = a_picture(width)

    written = slip_bytes(picture, width, end)

    white = round(end.feed_mm * (180 if width == 512 else 203) / 25.4)
    [decoded] = slips_in(written + (CUT_HERE if end.cut == "none" else b""), width)
    assert decoded.height == picture.height + white
    assert decoded.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()
    assert written.endswith({"auto": b"\x1dVB\x00", "here": b"\x1dV\x01", "none": b""}[end.cut])
    assert (b"\x1dV" in written) == (end.cut != "none")


def test_white_paper_is_fed_and_not_sent() -> None:
    picture = Image.new("1", (576, 1000), 255)
    picture.paste(0, (0, 0, 8, 1))
    picture.paste(0, (0, 999, 8, 1000))

    written = slip_bytes(picture, 576)

    assert len(written) < 60
    assert slips_in(written, 576)[0].tobytes() == picture.tobytes()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_picture_survives_the_way_there_and_back(data: st.DataObject) -> None:
    width = data.draw(st.sampled_from(FIVE_WIDTHS))
    picture = Image.new("1", (width, data.draw(st.integers(1, 1100))), 255)
    for _ in range(data.draw(st.integers(0, 6))):
        left, right = sorted(data.draw(st.tuples(*[st.integers(0, width)] * 2)))
        top, bottom = sorted(data.draw(st.tuples(*[st.integers(0, picture.height)] * 2)))
        picture.paste(0, (left, top, right, bottom))

    [decoded] = slips_in(slip_bytes(picture, width), width)

    assert decoded.tobytes() == picture.tobytes()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_dots_survive_the_way_through_the_bytes_in_pieces_of_any_size(data: st.DataObject) -> None:
    width = data.draw(st.sampled_from(FIVE_WIDTHS))
    kinds = st.sampled_from([b"\xff", b"\x00", b"\x7f", b"\xfe", b"\x55"])
    across = row_bytes(width)
    row = st.one_of(kinds.map(lambda byte: byte * across), st.binary(min_size=across, max_size=across))
    few = data.draw(st.lists(st.tuples(row, st.integers(1, 300)), min_size=1, max_size=6))
    dots = b"".join(each * times for each, times in few)
    picture = Image.frombytes("1", (width, len(dots) // across), dots)
    written = slip_bytes(picture, width)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=12)))

    decoder, roll, slips = EscPosDecoder(width), PaperRoll(width), []
    for begin, end in pairwise([0, *cuts, len(written)]):
        slips += [slip for item in decoder.feed(written[begin:end]) if (slip := roll.take(item))]

    assert [slip.tobytes() for slip in slips] == [picture.tobytes()]
    assert decoder.is_between_commands
    assert rows_on_paper(written, width)[0] == rows_of(picture)


@pytest.mark.parametrize("picture", [a_picture(576), a_picture().convert("L"), Image.new("1", (384, 0))])
def test_a_picture_that_does_not_fit_the_paper_is_refused(picture: Image.Image) -> None:
    with pytest.raises(SlipEncodingError):
        slip_bytes(picture, 384)


def test_bytes_that_would_print_another_picture_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # As python-escpos once did: it wraps a length silently and the printer prints rubbish.
    monkeypatch.setattr("hardware.escpos_library.Dummy.image", lambda *_, **__: None)

    with pytest.raises(SlipEncodingError, match="another picture"):
        slip_bytes(a_picture(), 384)


def test_nothing_is_written_to_the_terminal_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    slip_bytes(a_picture(), 384)

    assert capsys.readouterr().out == ""


def test_the_decoder_reads_the_same_from_pieces_of_any_size() -> None:
    written = slip_bytes(a_picture(), 384) + b"\x1dr\x01"
    whole = list(EscPosDecoder(384).feed(written))

    decoder = EscPosDecoder(384)
    by_ones = [item for byte in written for item in decoder.feed(bytes([byte]))]

    assert [kind(item) for item in by_ones] == [kind(item) for item in whole]
    assert kind(whole[0]) == Initialised
    assert [kind(item) for item in whole[-2:]] == [Cut, StatusAsked]
    assert decoder.is_between_commands


def test_a_status_request_may_stand_between_any_two_commands() -> None:
    stream = b"\x1b@\x10\x04\x01\x1dP\xcb\xcb\x10\x04\x04\x1bJ\x05\x10\x04\x02\x1dVB\x00\x1dr\x01"

    items = list(EscPosDecoder(384).feed(stream))

    assert items == [
        Initialised(),
        StatusAsked(1, at_once=True),
        StatusAsked(4, at_once=True),
        Fed(5),
        StatusAsked(2, at_once=True),
        Cut(),
        StatusAsked(1, at_once=False),
    ]


@pytest.mark.parametrize(
    ("stream", "offset"),
    [
        (b"hello", 0),
        (b"\x1b@\n", 2),
        (b"\x1b@\x1dV\x00", 4),  # A full cut lets the slip fall.
        (b"\x1b@\x1dv0\x03\x01\x00\x01\x00\xff", 5),  # Quadruple size.
        (b"\x1b@\x1dv0\x00\x49\x00\x01\x00", 6),  # 73 bytes a row on 48.
        (b"\x1b@\x1dv0\x00\x01\x00\x01\x02", 8),  # 513 rows in one command.
        (b"\x1b@\x1bJ\x05", 2),  # A feed by an unknown unit.
        (b"\x1dP\xb4\xb4", 2),  # The unit of another printer.
        (b"\x10\x04\x07", 2),
        (b"\x1dr\x02", 2),
        (b"\x1d(L", 0),
    ],
)
def test_bytes_outside_the_list_are_refused_with_their_offset(stream: bytes, offset: int) -> None:
    with pytest.raises(UnknownBytesError) as refused:
        list(EscPosDecoder(384).feed(stream))

    assert refused.value.offset == offset


def test_the_motion_unit_must_be_set_again_after_initialising() -> None:
    with pytest.raises(UnknownBytesError, match="unknown unit"):
        list(EscPosDecoder(384).feed(b"\x1dP\xcb\xcb\x1b@\x1bJ\x05"))


@pytest.mark.parametrize("cut_short", [1, 4, 200])
def test_a_stream_that_ends_inside_a_slip_is_no_slip(cut_short: int) -> None:
    with pytest.raises(UnknownBytesError, match="ends inside"):
        slips_in(slip_bytes(a_picture(), 384)[:-cut_short], 384)


def test_a_narrow_picture_is_printed_at_the_left_of_white_paper() -> None:
    [item] = EscPosDecoder(384).feed(b"\x1dv0\x00\x01\x00\x01\x00\xf0")

    assert isinstance(item, Printed)
    assert [item.picture.getpixel((x, 0)) for x in (0, 3, 4, 383)] == [0, 0, 255, 255]


def test_paper_torn_by_hand_holds_what_was_printed_so_far() -> None:
    roll = PaperRoll(384)
    roll.take(Fed(7))

    assert roll.tear_off().size == (384, 7)
    assert roll.is_clean


def kind(item: Item) -> type:
    return type(item)


def rows_of(picture: Image.Image) -> list[str]:
    """Return the picture's rows, "#" for ink and "." for paper."""
    dots = ["#."[light > 0] for light in picture.convert("L").tobytes()]
    return ["".join(dots[at : at + picture.width]) for at in range(0, len(dots), picture.width)]


def beginning(name: str) -> str:
    """Return what of a command's description is its name: `GS v 0` of `GS v 0 0 x y …`, `ESC J` of `ESC J n`."""
    words = name.split()
    return " ".join(words[:3] if words[:2] == ["GS", "v"] else words[:2])
