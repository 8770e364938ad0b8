"""ESC/POS printers: how a slip goes out over a wire, and how sure we may be of it afterwards."""

import logging
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from hardware import interface
from hardware.aside import Aside, StuckError
from hardware.escpos_encoder import SlipEncodingError, filler, slip_bytes
from hardware.escpos_links import PIECE_BYTES, BoundedLink, LinkError, Wire
from hardware.escpos_status import ASK_PAPER_IN_ORDER
from hardware.escpos_talk import QUIET_SECONDS, Owed, Talk
from hardware.file_wire import FileWire
from hardware.interface import AT_THE_CUTTER, DeviceError, PrinterStatus, PrintOutcome, SlipEnd
from hardware.network_wire import NetworkWire

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each step may take, in seconds."""

    connect: float = 3.0
    answer: float = 2.0
    """For all status answers before a slip together."""
    send: float = 8.0
    """A printer whose paper ends takes no more bytes, and reception must hear of it within 10 s."""
    confirm: float = 15.0
    """From the last byte sent to the ordered answer: a slip prints in 2 s, a hot head rests between lines."""

    @property
    def all(self) -> float:
        """A slip's longest way through every step."""
        return self.connect + 2 * self.answer + self.send + self.confirm


class WiredPrinter(ABC):
    """What all printers at the end of a wire do alike: one slip is one connection, each step has a time limit."""

    def __init__(
        self,
        wire: Wire,
        width_dots: int,
        timeouts: Timeouts | None = None,
        device: str | None = None,
        end: SlipEnd = AT_THE_CUTTER,
    ) -> None:
        self.wire = wire
        self.device = device or wire.name
        self._width_dots = width_dots
        self._slip_end = end
        # Nobody knows where this process' predecessor was when it ended: perhaps in the middle of a picture.
        self._unfilled = b"" if wire.begins_anew else filler(width_dots)
        self._timeouts = timeouts or Timeouts()
        self._aside = Aside()
        self._last_problem: str | None = None

    @property
    def width_dots(self) -> int:
        """How many dots a line has."""
        return self._width_dots

    @property
    def last_problem(self) -> str | None:
        """Why the last slip is UNKNOWN; None if it is not."""
        return self._last_problem

    @property
    def longest_seconds(self) -> float:
        """How long `print_slip` may take at most, with the longest slip there is."""
        slowest = LONGEST_SLIP_BYTES + (0 if self.wire.begins_anew else len(filler(self._width_dots)))
        return self._timeouts.all + 2 * self.wire.seconds_for(bytes(slowest)) + 1.0

    @abstractmethod
    def status(self, timeout: float) -> PrinterStatus:
        """Return what the printer says within `timeout` seconds; never raises, says what is unknown."""

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Print a picture of mode "1" and `width_dots` columns, cut, and say how sure that is.

        Raises DeviceError while not one byte of the slip has gone out: unreachable, silent, answering
        nonsense, out of paper, open, in error, or a picture that it cannot print. After that never raises.
        """
        self._last_problem = None
        try:
            message = slip_bytes(image, self._width_dots, self._slip_end)
        except SlipEncodingError as error:
            raise self._refusal(interface.SLIP_UNPRINTABLE, reason=str(error)) from error
        try:
            link = BoundedLink(self.wire, self._aside, self._timeouts.connect)
        except LinkError as error:
            raise self._refusal(error.code, reason=str(error)) from error
        try:
            self._make_ready(link)
            return self._send(link, message)
        finally:
            link.close()

    def close(self) -> None:  # noqa: B027 - holding nothing is the right default, not a missing method.
        """Nothing is held between slips: a small printer serves one connection while the others wait."""

    @abstractmethod
    def _make_ready(self, link: BoundedLink) -> None:
        """Raise DeviceError if the printer cannot print."""

    @abstractmethod
    def _deliver(self, link: BoundedLink, message: bytes) -> PrintOutcome:
        """Send the whole slip and say how sure it is; may raise when none of it was taken, or DeviceError."""

    def _send(self, link: BoundedLink, message: bytes) -> PrintOutcome:
        try:
            return self._deliver(link, message)
        except DeviceError:
            raise
        except Exception:  # Edge: whatever breaks after the first byte, the slip must not be sent again.
            # Nothing else is logged here: in a native thread under eventlet a log's lock is a green one.
            log.exception("slip_unknown device=%s", self.device)
            return self._unknown(interface.DRIVER_FAILED)

    def _written(self, link: BoundedLink, message: bytes) -> int:
        """Return how many bytes were taken, fewer than all if it failed; raises DeviceError when certainly none."""
        sent = link.write(message, self._timeouts.send + self.wire.seconds_for(message))
        if sent == 0:
            raise self._refusal(interface.UNREACHABLE, reason="the connection took not one byte")
        if sent < len(message):
            link.forget()
            self._unfilled = b"" if self.wire.begins_anew else filler(self._width_dots)
        return sent

    def _fill_up(self, link: BoundedLink, seconds: float) -> None:
        """Send what ends a picture that may have been cut off, or as much of it as `seconds` allow."""
        self._unfilled = self._unfilled[link.write(self._unfilled, seconds) :]

    def _unknown(self, problem: str) -> PrintOutcome:
        self._last_problem = problem
        return PrintOutcome.UNKNOWN

    def _refusal(self, code: str, **facts: object) -> DeviceError:
        return DeviceError(code, self.device, facts)


OPENING_SHARE, ANSWERING_SHARE = 0.6, 0.85  # Of the time for a status; the rest is for hanging up.
LONGEST_SLIP_BYTES = 60_000
"""More than any slip is long (DESIGN 10: 48 KB)."""


class AnsweringPrinter(WiredPrinter):
    """A printer that answers questions: asked before each slip, and again after it, in order.

    Where a connection is no new beginning, an answer may come when its slip is given up and the next one is awaited.
    So what is owed is kept from slip to slip, and settled before the next one.
    """

    def __init__(
        self,
        wire: Wire,
        width_dots: int,
        timeouts: Timeouts | None = None,
        device: str | None = None,
        end: SlipEnd = AT_THE_CUTTER,
    ) -> None:
        super().__init__(wire, width_dots, timeouts, device, end)
        # Nor what it was printing.
        self._owed = Owed() if wire.begins_anew else Owed(answers=1, slips=1)

    @property
    def longest_seconds(self) -> float:
        """How long `print_slip` may take at most, with settling what the printer owes."""
        limits = self._timeouts
        settling = 0.0 if self.wire.begins_anew else 2 * (2 * limits.answer + limits.confirm + QUIET_SECONDS)
        return super().longest_seconds + settling

    def status(self, timeout: float) -> PrinterStatus:
        """Return what the printer says within `timeout` seconds; never raises, says what is unknown."""
        deadline = time.monotonic() + timeout * ANSWERING_SHARE
        try:
            link = BoundedLink(self.wire, self._aside, min(timeout * OPENING_SHARE, self._timeouts.connect))
        except LinkError as error:
            return _not_there(error)
        try:
            said = Talk(link, self._now_owed()).status(deadline)
            if said.problem == interface.SILENT and self._unfilled:
                # In the middle of a picture a question is ink. What there is no time for is sent the next time.
                self._fill_up(link, deadline - time.monotonic())
            return said
        finally:
            link.close()

    def _make_ready(self, link: BoundedLink) -> None:
        owed, limits = self._now_owed(), self._timeouts
        problem = self._settled(link, owed)
        if self._unfilled and (owed.answers or problem == interface.SILENT):
            self._fill_up(link, limits.send + self.wire.seconds_for(self._unfilled))
            problem = self._settled(link, owed)
        if problem is not None:
            raise self._refusal(problem)
        if not owed.answers:
            self._unfilled = b""  # It answered in its turn: it is between two commands.

    def _settled(self, link: BoundedLink, owed: Owed) -> str | None:
        """Return the code of what forbids a slip now, after asking for what is owed."""
        limits = self._timeouts
        problem = Talk(link, owed).status(time.monotonic() + limits.answer).problem
        if problem is None and owed.answers:
            problem = Talk(link, owed).settle(limits.answer, limits.confirm)
        return problem

    def _deliver(self, link: BoundedLink, message: bytes) -> PrintOutcome:
        owed = self._now_owed()
        if not self._went_out(link, message + ASK_PAPER_IN_ORDER, owed):
            return self._unknown(self._why_not_taken(link))
        link.settle(self.wire.seconds_for(message))  # A slow line still sends what the system has taken.
        problem = Talk(link, owed).problem_of_slip(self._timeouts.confirm)
        return PrintOutcome.PRINTED if problem is None else self._unknown(problem)

    def _now_owed(self) -> Owed:
        """Return what the printer owes to the connection just opened."""
        if self.wire.begins_anew:
            self._owed = Owed()
        return self._owed

    def _went_out(self, link: BoundedLink, message: bytes, owed: Owed) -> bool:
        """Return whether every byte was taken, and note the question at its end as soon as it may be out."""
        owed.add_slip()  # Before the first byte: whatever breaks, its answer may come.
        try:
            sent = self._written(link, message)
        except DeviceError:
            owed.take_slip_back()
            raise
        if len(message) - sent > PIECE_BYTES:  # A piece that failed may have gone all the same, but no more than that.
            owed.take_slip_back()
        return sent == len(message)

    def _why_not_taken(self, link: BoundedLink) -> str:
        """Return the cause, asked over a new connection: on this one a question would be ink of half a picture."""
        if not self.wire.begins_anew:
            return interface.NOT_CONFIRMED
        link.close()
        return self.status(self._timeouts.answer).problem or interface.NOT_CONFIRMED


class MutePrinter(WiredPrinter):
    """A printer, file or spool that takes bytes and never answers: a slip ends in SENT at best."""

    def status(self, timeout: float) -> PrinterStatus:
        """Return that nothing is known, which is no problem, or that it is plainly not there; never raises."""
        try:
            self._aside.run(lambda: self.wire.look(timeout), timeout)
        except LinkError as error:
            return _not_there(error)
        except StuckError:
            return PrinterStatus(fault=interface.STUCK)
        return PrinterStatus()

    def _make_ready(self, link: BoundedLink) -> None:
        """It cannot be asked, so a picture that may have been cut off is filled up."""
        if self._unfilled:
            self._fill_up(link, self._timeouts.send + self.wire.seconds_for(self._unfilled))
        if self._unfilled and not self.wire.begins_anew:
            raise self._refusal(interface.UNREACHABLE, reason="the printer took not even what ends a cut-off picture")

    def _deliver(self, link: BoundedLink, message: bytes) -> PrintOutcome:
        is_all = self._written(link, message) == len(message)
        if is_all and link.settle(self._timeouts.send + self.wire.seconds_for(message)):
            return PrintOutcome.SENT
        return self._unknown(interface.NOT_CONFIRMED)


class NetworkPrinter(AnsweringPrinter):
    """A printer at a raw TCP port that answers."""

    def __init__(
        self, host: str, port: int, width_dots: int, timeouts: Timeouts | None = None, end: SlipEnd = AT_THE_CUTTER
    ) -> None:
        super().__init__(NetworkWire(host, port), width_dots, timeouts, end=end)


class FilePrinter(MutePrinter):
    """A device file or spool."""

    def __init__(
        self, path: Path, width_dots: int, timeouts: Timeouts | None = None, end: SlipEnd = AT_THE_CUTTER
    ) -> None:
        super().__init__(FileWire(path), width_dots, timeouts, end=end)


class NoPrinter:
    """The office without a printer: refuses every slip, so that the number stays on the glass."""

    def __init__(self, width_dots: int) -> None:
        self._width_dots = width_dots

    @property
    def width_dots(self) -> int:
        """How many dots a line would have."""
        return self._width_dots

    @property
    def last_problem(self) -> str | None:
        """No slip was ever begun."""
        return None

    def status(self, timeout: float) -> PrinterStatus:
        """Return that there is no printer."""
        return PrinterStatus(online=False, fault=interface.NO_PRINTER)

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Raise DeviceError("no_printer"), always."""
        raise DeviceError(interface.NO_PRINTER, "none")

    def close(self) -> None:
        """Nothing to let go of."""


def _not_there(error: LinkError) -> PrinterStatus:
    refused = error.code == interface.UNREACHABLE
    return PrinterStatus(online=False if refused else None, fault=error.code)
