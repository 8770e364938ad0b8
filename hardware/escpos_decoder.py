"""A strict reader of the ESC/POS that this house writes: anything it was not promised, it refuses by offset.

    ESC @             initialise
    GS P 203 203      one motion unit is one dot (180 180 on a printer of 180 dpi); must come before the first ESC J
    GS v 0 0 x y …    raster picture, x bytes wide, y rows high (x, y low byte first), a set bit is ink
    ESC J n           feed n dots of white paper
    GS V 66 0         feed to the cutter and cut
    GS V 1            cut here
    GS r 1            ask for the paper sensors; answered in order, after everything before it
    DLE EOT n         ask for status n (1 to 4) now; may stand between any two commands
    NUL               nothing; many of them fill up a picture that was cut off, as white rows

A printer meeting bytes it does not know prints pages of rubbish, so its stand-in must not be more tolerant.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from hardware.interface import dots_per_inch

COMMANDS = {
    "ESC @": b"\x1b@",
    "GS P": b"\x1dP",
    "GS v 0": b"\x1dv0",
    "ESC J": b"\x1bJ",
    "GS V": b"\x1dV",
    "GS r": b"\x1dr",
    "DLE EOT": b"\x10\x04",
    "NUL": b"\0",
}
"""Every command there is, by the name that its maker gave it: how it begins."""

MAX_RASTER_ROWS = 512
"""More rows in one raster command than small printers hold in one piece."""


class UnknownBytesError(ValueError):
    """Bytes outside the documented list; `offset` counts from the first byte ever fed."""

    def __init__(self, offset: int, why: str) -> None:
        super().__init__(f"byte {offset}: {why}")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Initialised:
    """ESC @: modes are back to their defaults; what is on paper stays there."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A piece of picture as wide as the paper: its rows packed, eight dots a byte, a set bit is ink."""

    ink: bytes
    width_dots: int

    @property
    def picture(self) -> Image.Image:
        """The piece as a picture of mode "1"."""
        return _picture(self.ink, self.width_dots)


@dataclass(frozen=True, slots=True)
class Fed:
    """So many dots of white paper."""

    dots: int


@dataclass(frozen=True, slots=True)
class Cut:
    """The paper was cut."""


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """A question to the printer: DLE EOT `number` where `at_once`, else GS r `number`, in its turn."""

    number: int
    at_once: bool


Item = Initialised | Printed | Fed | Cut | StatusAsked


class EscPosDecoder:
    """Turns bytes, in pieces of any size, into what a printer of `width_dots` would do."""

    def __init__(self, width_dots: int) -> None:
        self.width_dots = width_dots
        self._waiting = bytearray()
        self._offset = 0
        self._unit_is_a_dot = False
        self._readers: dict[bytes, Callable[[], tuple[Item | None, int] | None]] = {
            COMMANDS["ESC @"]: self._initialise,
            COMMANDS["GS P"]: self._set_motion_unit,
            COMMANDS["GS v 0"][:2]: self._raster,
            COMMANDS["ESC J"]: self._feed_paper,
            COMMANDS["GS V"]: self._cut,
            COMMANDS["GS r"]: self._ask_in_order,
            COMMANDS["DLE EOT"]: self._ask_at_once,
            COMMANDS["NUL"]: self._pass_over,
        }

    @property
    def is_between_commands(self) -> bool:
        """Whether the last command fed is complete."""
        return not self._waiting

    def feed(self, received: bytes) -> Iterator[Item]:
        """Yield what `received` completes; raises UnknownBytesError at the first byte it was not promised.

        Nothing is read before the iterator is: consume it to its end.
        """
        self._waiting += received
        while self._waiting and (read := self._reader()()) is not None:
            item, length = read
            del self._waiting[:length]
            self._offset += length
            if item is not None:
                yield item

    def _reader(self) -> Callable[[], tuple[Item | None, int] | None]:
        head = bytes(self._waiting[:1] if self._waiting[0] == 0 else self._waiting[:2])
        if head in self._readers:
            return self._readers[head]
        if len(head) == 1 and any(command.startswith(head) for command in self._readers):
            return lambda: None
        raise UnknownBytesError(self._offset, f"no command begins with {head.hex(' ')}")

    def _pass_over(self) -> tuple[None, int]:
        return None, len(self._waiting) - len(self._waiting.lstrip(b"\0"))

    def _initialise(self) -> tuple[Item, int]:
        self._unit_is_a_dot = False
        return Initialised(), 2

    def _set_motion_unit(self) -> tuple[None, int] | None:
        unit = bytes([dots_per_inch(self.width_dots)])
        if not self._has_arguments(unit, unit):
            return None
        self._unit_is_a_dot = True
        return None, 4

    def _raster(self) -> tuple[Item, int] | None:
        if not self._has_arguments(b"0", b"\x00", None, None, None, None):
            return None
        across, rows = (int.from_bytes(self._waiting[at : at + 2], "little") for at in (4, 6))
        if not 0 < across <= row_bytes(self.width_dots):
            raise UnknownBytesError(self._offset + 4, f"{across} bytes a row on {self.width_dots} dots")
        if not 0 < rows <= MAX_RASTER_ROWS:
            raise UnknownBytesError(self._offset + 6, f"{rows} rows in one raster command")
        length = 8 + across * rows
        if len(self._waiting) < length:
            return None
        ink = bytes(self._waiting[8:length])
        if white_bytes := row_bytes(self.width_dots) - across:
            white = bytes(white_bytes)
            ink = b"".join(ink[at : at + across] + white for at in range(0, len(ink), across))
        return Printed(ink, self.width_dots), length

    def _feed_paper(self) -> tuple[Item, int] | None:
        if not self._has_arguments(None):
            return None
        if not self._unit_is_a_dot:
            raise UnknownBytesError(self._offset, "ESC J before GS P 203 203 feeds by an unknown unit")
        return Fed(self._waiting[2]), 3

    def _cut(self) -> tuple[Item, int] | None:
        if not self._has_arguments(b"B\x01"):
            return None
        if self._waiting[2] == 1:
            return Cut(), 3
        return (Cut(), 4) if self._has_arguments(b"B", b"\x00") else None

    def _ask_in_order(self) -> tuple[Item, int] | None:
        return (StatusAsked(1, at_once=False), 3) if self._has_arguments(b"\x01") else None

    def _ask_at_once(self) -> tuple[Item, int] | None:
        if not self._has_arguments(b"\x01\x02\x03\x04"):
            return None
        return StatusAsked(self._waiting[2], at_once=True), 3

    def _has_arguments(self, *allowed: bytes | None) -> bool:
        """Whether all arguments of the first command are here; refuses one that is not `allowed`."""
        for at, choices in enumerate(allowed, start=2):
            if at >= len(self._waiting):
                return False
            if choices is not None and self._waiting[at] not in choices:
                command = bytes(self._waiting[: at + 1]).hex(" ")
                raise UnknownBytesError(self._offset + at, f"argument not in the list: {command}")
        return True


class PaperRoll:
    """The paper below the print head: takes pieces and gives back a slip's picture at each cut."""

    def __init__(self, width_dots: int) -> None:
        self.width_dots = width_dots
        self._pieces: list[bytes] = []

    @property
    def is_clean(self) -> bool:
        """Whether nothing was printed since the last cut."""
        return not self._pieces

    def take(self, item: Item) -> Image.Image | None:
        """Print or feed or cut; returns the slip's picture when this item cut it off, else None."""
        match item:
            case Printed(ink):
                self._pieces.append(ink)
            case Fed(dots):
                self._pieces.append(bytes(dots * row_bytes(self.width_dots)))
            case Cut():
                return self.tear_off()
            case _:
                pass
        return None

    def tear_off(self) -> Image.Image:
        """Return what has been printed since the last cut, mode "1", and begin anew."""
        return _picture(self.tear_off_ink(), self.width_dots)

    def tear_off_ink(self) -> bytes:
        """As `tear_off`, but packed as in `Printed`: a picture costs milliseconds, and a comparison needs none."""
        ink = b"".join(self._pieces)
        self._pieces.clear()
        return ink


def slips_in(stream: bytes, width_dots: int) -> list[Image.Image]:
    """Return the pictures of all slips that were cut off in a stream; raises UnknownBytesError as above."""
    return [_picture(ink, width_dots) for ink in ink_of_slips_in(stream, width_dots)]


def ink_of_slips_in(stream: bytes, width_dots: int) -> list[bytes]:
    """As `slips_in`, each slip's rows packed as in `Printed`."""
    decoder, roll, slips = EscPosDecoder(width_dots), PaperRoll(width_dots), []
    for item in decoder.feed(stream):
        if isinstance(item, Cut):
            slips.append(roll.tear_off_ink())
        else:
            roll.take(item)
    if not decoder.is_between_commands or not roll.is_clean:
        raise UnknownBytesError(len(stream), "the stream ends inside a slip")
    return slips


def row_bytes(width_dots: int) -> int:
    """Return how many bytes a row of so many dots takes."""
    return (width_dots + 7) // 8


def _picture(ink: bytes, width_dots: int) -> Image.Image:
    rows = len(ink) // row_bytes(width_dots)
    if rows == 0:
        return Image.new("1", (width_dots, 0))
    # A set bit is ink on paper and light in a picture.
    return Image.frombytes("1", (width_dots, rows), ink, "raw", "1;I")
