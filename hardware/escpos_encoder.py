"""A picture as the bytes of one slip, through python-escpos, read back before a printer sees them."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby

from PIL import Image

from hardware.escpos_decoder import UnknownBytesError, ink_of_slips_in, row_bytes
from hardware.escpos_library import Dummy, Profile
from hardware.interface import AT_THE_CUTTER, SlipEnd, dots_per_inch

FRAGMENT_ROWS = (
    240  # python-escpos splits what is higher; its own 960 overflows a small printer, and takes long to fill up.
)
WORTH_A_BAND_BYTES = 60  # What a band must save to be worth its command of 8 bytes and the work of making it.
MAX_FEED_DOTS = 255

CUT_AT_THE_CUTTER, CUT_HERE = b"\x1dVB\x00", b"\x1dV\x01"
_INK_OF_LIGHT = bytes(byte ^ 0xFF for byte in range(256))  # A set bit is light in a picture and ink on paper.


class SlipEncodingError(ValueError):
    """The bytes made from a picture would not print that picture."""


def slip_bytes(image: Image.Image, width_dots: int, end: SlipEnd = AT_THE_CUTTER) -> bytes:
    """Return the bytes that print `image` (mode "1", `width_dots` wide) and end the slip.

    Raises SlipEncodingError for another mode or width, or if reading the bytes back gives another picture.
    """
    if image.mode != "1" or image.width != width_dots or image.height == 0:
        raise SlipEncodingError(f"a picture of mode {image.mode} and {image.size} for {width_dots} dots")
    image = _in_whole_bytes(image)
    spool = Dummy(profile=_profile(image.width))
    spool.hw("INIT")
    # Unless told, an Epson feeds by 1/360 inch and most others by a dot.
    spool._raw(b"\x1dP" + bytes([dots_per_inch(width_dots)] * 2))
    dots, top = image.tobytes(), 0
    for band in _bands(dots, width_dots):
        if band.row_bytes:
            inked = image.crop((0, top, band.row_bytes * 8, top + band.rows))
            spool.image(inked, impl="bitImageRaster", fragment_height=FRAGMENT_ROWS)
        else:
            spool._raw(_feed(band.rows))
        top += band.rows
    feed_dots = end.feed_dots(width_dots)
    # python-escpos would feed 6 lines before it cuts here; GS V 66 0 leaves the way to the cutter to the printer.
    spool._raw(_feed(feed_dots) + {"auto": CUT_AT_THE_CUTTER, "here": CUT_HERE, "none": b""}[end.cut])
    written: bytes = spool.output
    torn = written if end.cut != "none" else written + CUT_HERE
    _verify(torn, dots + b"\xff" * (feed_dots * row_bytes(width_dots)), width_dots)
    return written


def filler(width_dots: int) -> bytes:
    """Return what ends the longest picture command that a slip can have been cut off in: white rows, else nothing.

    NUL is white within a picture, an empty argument within any other command, and no command by itself.
    """
    return bytes(FRAGMENT_ROWS * row_bytes(width_dots))


def _in_whole_bytes(image: Image.Image) -> Image.Image:
    """Return the picture with white at its right, so that a row ends with a byte: what pads a row would be ink."""
    if image.width % 8 == 0:
        return image
    padded = Image.new("1", (row_bytes(image.width) * 8, image.height), 255)
    padded.paste(image, (0, 0))
    return padded


def _feed(dots: int) -> bytes:
    """Return what feeds so many dots of white paper."""
    return b"".join(b"\x1bJ" + bytes([min(MAX_FEED_DOTS, dots - fed)]) for fed in range(0, dots, MAX_FEED_DOTS))


@dataclass(frozen=True, slots=True)
class _Band:
    """Some rows of the picture and how many bytes of each hold ink; 0 is white paper."""

    rows: int
    row_bytes: int

    def cost_with(self, below: "_Band") -> int:
        """Return how many white bytes more must be sent if this band and the one below it become one."""
        wider = max(self.row_bytes, below.row_bytes)
        return (wider - self.row_bytes) * self.rows + (wider - below.row_bytes) * below.rows

    def with_(self, below: "_Band") -> "_Band":
        """Return the two as one."""
        return _Band(self.rows + below.rows, max(self.row_bytes, below.row_bytes))


def _bands(dots: bytes, width_dots: int) -> list[_Band]:
    """Return the bands from top to bottom, so that white at the right and between lines is not sent."""
    stride = row_bytes(width_dots)
    inked = (len(dots[at : at + stride].rstrip(b"\xff")) for at in range(0, len(dots), stride))
    bands = [_Band(len(list(run)), inked_bytes) for inked_bytes, run in groupby(inked)]
    # Like rows first: else a wide line would swallow the narrow rows beside it, a few cheap ones at a time.
    for bearable_bytes in (8, 24, WORTH_A_BAND_BYTES):
        bands = _merged(bands, bearable_bytes)
    return bands


def _merged(bands: list[_Band], bearable_bytes: int) -> list[_Band]:
    """Return the bands, neighbours made one wherever that sends fewer than so many white bytes more."""
    merged: list[_Band] = []
    for band in bands:
        while merged and merged[-1].cost_with(band) < bearable_bytes:
            band = merged.pop().with_(band)
        merged.append(band)
    return merged


@cache
def _profile(width_dots: int) -> Profile:
    """Return python-escpos' default printer with its width known, so that it refuses what is too wide.

    With the width unknown it prints a remark about it to the standard output for every picture.
    """
    profile = Profile()
    profile.profile_data = {**profile.profile_data, "media": {"width": {"pixels": width_dots}}}
    return profile


def _verify(written: bytes, dots: bytes, width_dots: int) -> None:
    # python-escpos has wrapped a length silently (graphics at 576 dots): trust the bytes, not the call.
    try:
        [ink] = ink_of_slips_in(written, width_dots)
    except (UnknownBytesError, ValueError) as error:
        raise SlipEncodingError(f"the bytes made for a slip cannot be read back: {error}") from error
    if ink != dots.translate(_INK_OF_LIGHT):
        raise SlipEncodingError("the bytes made for a slip would print another picture")
