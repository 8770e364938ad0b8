"""What every printer offers: its status, one way to print, and how sure it is afterwards.

Codes are stable names; the sentences for them live with the words of the screens, never here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, get_args

from PIL import Image

USUAL_DOTS = {58: 384, 80: 576}
"""How many dots a line has on most printers at 203 dpi, by the paper's width in millimetres."""

LEAST_DOTS, MOST_DOTS = 360, 832
"""The narrowest line (58 mm at 180 dpi) and the broadest (104 mm at 203 dpi) that slips are laid out for."""

_LINES_OF_180_DPI = (360, 512)  # On paper of 58 mm and of 80 mm; at 203 dpi nobody builds these.


def dots_per_inch(width_dots: int) -> int:
    """Return how fine a printer of this line is; all that we know of have 203 dpi or 180."""
    return 180 if width_dots in _LINES_OF_180_DPI else 203


def check_width(width_dots: int) -> None:
    """Raise ValueError for a line that slips are not laid out for."""
    if not LEAST_DOTS <= width_dots <= MOST_DOTS:
        raise ValueError(f"width_dots is {width_dots}; a line has {LEAST_DOTS} to {MOST_DOTS} dots")


Cut = Literal["auto", "here", "none"]
CUTS: tuple[Cut, ...] = get_args(Cut)
MOST_FEED_MM = 100


@dataclass(frozen=True, slots=True)
class SlipEnd:
    """What follows a slip: so many millimetres of white paper, and how it is cut.

    `auto`: the printer moves the paper to its cutter and cuts. `here`: it cuts where the paper stands, for printers
    that would not move it or move it too little. `none`: it has no cutter, and people tear.
    """

    cut: Cut = "auto"
    feed_mm: int = 0

    def feed_dots(self, width_dots: int) -> int:
        """Return the white paper in dots of a printer whose line has `width_dots`."""
        return round(self.feed_mm * dots_per_inch(width_dots) / 25.4)


AT_THE_CUTTER = SlipEnd()


Paper = Literal["ok", "near_end", "out", "unknown"]
Cover = Literal["closed", "open", "unknown"]

OK = "ok"
NO_PRINTER = "no_printer"
UNREACHABLE = "printer_unreachable"
SILENT = "printer_silent"
NONSENSE = "printer_nonsense"
COVER_OPEN = "cover_open"
PAPER_OUT = "paper_out"
CUTTER_JAMMED = "cutter_jammed"
OVERHEATED = "printer_overheated"
PRINTER_ERROR = "printer_error"
OFFLINE = "printer_offline"
STUCK = "printer_stuck"
DRIVER_FAILED = "driver_failed"
QUEUE_STOPPED = "print_queue_stopped"
SLIP_UNPRINTABLE = "slip_unprintable"
PAPER_NEAR_END = "paper_near_end"
NOT_CONFIRMED = "not_confirmed"
"""Why a slip is UNKNOWN when nothing plainer is known: no answer came in time."""

ADVICE = {
    NO_PRINTER: "No printer is set up: name one in SADUAK_PRINTER.",
    UNREACHABLE: "The printer cannot be reached: check its power, its cable and its address, and who may use it.",
    SILENT: "The printer does not answer: check its power and cable; one that never answers is set up with :mute.",
    NONSENSE: "The printer answers what no printer of this kind says: check its speed and that it speaks ESC/POS.",
    COVER_OPEN: "The printer's cover is open: close it firmly.",
    PAPER_OUT: "The printer is out of paper: put in a new roll.",
    CUTTER_JAMMED: "The cutter is jammed: switch the printer off, take out the paper, switch it on again.",
    OVERHEATED: "The printer's head is too hot: let it rest; it goes on by itself.",
    PRINTER_ERROR: "The printer reports an error: look at its lamps, switch it off and on again.",
    OFFLINE: "The printer says that it is not ready: look at its lamps and its buttons.",
    STUCK: "The system's call to the printer does not come back: take its cable out and put it in again; "
    "if it stays so, restart Saduak on the machine beside the printer.",
    DRIVER_FAILED: "The printer's driver broke: the log has its traceback; report it, and try another connection.",
    QUEUE_STOPPED: "The print queue is stopped or refuses jobs: look at it with lpstat -p, then cupsenable it.",
    SLIP_UNPRINTABLE: "The slip does not fit this printer: check that SADUAK_PAPER or SADUAK_PAPER_DOTS says its line.",
}
"""What happened and what to do, for the log; the sentences of the screens live with their words."""

PROBLEM_CODES = tuple(ADVICE)
"""Every code that a printer's `PrinterStatus.problem` and `DeviceError.code` can carry; each needs words."""

KEYPAD_UNREACHABLE = "keypad_unreachable"
KEYPAD_STUCK = "keypad_stuck"

ADVICE |= {
    KEYPAD_UNREACHABLE: "The key pad is not there: check its cable and its device, and who may use it.",
    KEYPAD_STUCK: "The system's call to the key pad does not come back: take its cable out and put it in again.",
}


class PrintOutcome(Enum):
    """How a slip ended, as far as can be known."""

    PRINTED = "printed"
    """The printer answered a question that it could only reach after the slip."""
    SENT = "sent"
    """Every byte was handed over to something that cannot answer."""
    UNKNOWN = "unknown"
    """Some bytes went out and no answer came: the slip may be whole, half, or yet to come. Never resend."""


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer said of itself; `unknown` and None where it did not say."""

    online: bool | None = None
    """True: answers and is ready. False: answers that it is not, or refuses the connection. None: unknown."""
    paper: Paper = "unknown"
    cover: Cover = "unknown"
    error: bool = False
    cutter_jammed: bool = False
    overheated: bool = False
    fault: str | None = None
    """Why nothing trustworthy was heard (unreachable, silent, nonsense, stuck, …), or None."""

    @property
    def problem(self) -> str | None:
        """The code of what must be mended before it can print, the plainest cause first, or None."""
        if self.fault is not None:
            return self.fault
        causes = (
            (self.cover == "open", COVER_OPEN),
            (self.paper == "out", PAPER_OUT),
            (self.cutter_jammed, CUTTER_JAMMED),
            (self.overheated, OVERHEATED),
            (self.error, PRINTER_ERROR),
            (self.online is False, OFFLINE),
        )
        return next((code for holds, code in causes if holds), None)

    @property
    def warning(self) -> str | None:
        """The code of what should be seen to soon while it still prints, or None."""
        return PAPER_NEAR_END if self.paper == "near_end" else None

    @property
    def state(self) -> str:
        """The code of the problem, else that of the warning, else `ok`."""
        return self.problem or self.warning or OK

    @property
    def can_print(self) -> bool:
        """Whether nothing is known to stand in the way; a silent printer is never fine."""
        return self.problem is None


class DeviceError(Exception):
    """Not one byte of the slip went out, so the caller may try again later.

    `code` is a key of ADVICE, `device` names the device as it was set up, `facts` help whoever gives the
    advice (the system's message as `reason`), and `advice` is what happened and what to do, in plain English.
    """

    def __init__(self, code: str, device: str, facts: Mapping[str, object] | None = None) -> None:
        self.code = code
        self.device = device
        self.facts = dict(facts or {})
        self.advice = ADVICE.get(code, "Look at the device itself.")
        told = [f"{code} device={device}: {self.advice}", *(f"{name}: {fact}" for name, fact in self.facts.items())]
        super().__init__(" ".join(" ".join(told).split()))  # One line, though python-escpos breaks its own.


REFUSED = "refused"
"""How a slip ended of which not one byte went out: it may be tried again."""


def printed(printer: "Printer", image: Image.Image) -> tuple[str, str | None]:
    """Print the picture, and return how the slip ended and, if it is not on paper for sure, why.

    It is `printed`, `sent`, `unknown`, REFUSED, or `failed` where the slip itself is what the printer cannot take.
    """
    try:
        outcome = printer.print_slip(image)
    except DeviceError as error:
        return "failed" if error.code == SLIP_UNPRINTABLE else REFUSED, error.code
    if outcome is PrintOutcome.UNKNOWN:
        return outcome.value, printer.last_problem or NOT_CONFIRMED
    return outcome.value, None


class Printer(Protocol):
    """A slip printer: plain blocking code, a time limit on everything, to be called off the event loop."""

    @property
    def width_dots(self) -> int:
        """How many dots a line has: 384 (58 mm paper) or 576 (80 mm)."""

    def status(self, timeout: float) -> PrinterStatus:
        """Return what the printer says within `timeout` seconds; never raises, says what is unknown."""

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Print a picture of mode "1" and `width_dots` columns, cut, and say how sure that is.

        Raises DeviceError only while not one byte of the slip has gone out. After the first byte the answer
        is PRINTED, SENT or UNKNOWN.
        """

    @property
    def last_problem(self) -> str | None:
        """Why the last slip is UNKNOWN: what the printer itself said, else `not_confirmed`; None if it is not."""

    def close(self) -> None:
        """Let go of the device; calling it twice does no harm."""
