"""What every printer offers: its status, one way to print, and how sure it is afterwards.

Codes are stable names; the sentences for them live with the words of the screens, never here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol

from PIL import Image

Paper = Literal["ok", "near_end", "out", "unknown"]
Cover = Literal["closed", "open", "unknown"]

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
SLIP_UNPRINTABLE = "slip_unprintable"
PAPER_NEAR_END = "paper_near_end"

PROBLEM_CODES = (
    NO_PRINTER, UNREACHABLE, SILENT, NONSENSE, COVER_OPEN, PAPER_OUT,
    CUTTER_JAMMED, OVERHEATED, PRINTER_ERROR, OFFLINE, SLIP_UNPRINTABLE,
)  # fmt: skip
"""Every code that `PrinterStatus.problem` and `DeviceError.code` can carry; each needs words."""


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
    """Why nothing trustworthy was heard (unreachable, silent, nonsense), or None."""

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
    def can_print(self) -> bool:
        """Whether nothing is known to stand in the way; a silent printer is never fine."""
        return self.problem is None


class DeviceError(Exception):
    """Not one byte of the slip went out, so the caller may try again later.

    `code` is one of PROBLEM_CODES, `device` names the device as it was set up, and `facts` help whoever
    gives the advice (a host, a port, the system's message).
    """

    def __init__(self, code: str, device: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{code} device={device}")
        self.code = code
        self.device = device
        self.facts = dict(facts or {})


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

    def close(self) -> None:
        """Let go of the device; calling it twice does no harm."""
