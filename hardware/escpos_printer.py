"""ESC/POS printers: how a slip goes out over a wire, and how sure we may be of it afterwards."""

import logging
import os
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from hardware import interface
from hardware.escpos_encoder import SlipEncodingError, slip_bytes
from hardware.escpos_links import Link, LinkError, NetworkLink, SerialLink, UsbLink
from hardware.escpos_status import ASK_PAPER_IN_ORDER, ask_status, confirms, without_pushed_status
from hardware.interface import DeviceError, PrinterStatus, PrintOutcome

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each step may take, in seconds."""

    connect: float = 3.0
    answer: float = 2.0
    """For all status answers before a slip together."""
    send: float = 10.0
    confirm: float = 15.0
    """From the last byte sent to the ordered answer: a slip prints in 2 s, a hot head rests between lines."""


class AnsweringPrinter(ABC):
    """A printer that answers questions: asked before each slip, and again after it, in order."""

    def __init__(self, device: str, width_dots: int, timeouts: Timeouts) -> None:
        self.device = device
        self._width_dots = width_dots
        self._timeouts = timeouts

    @property
    def width_dots(self) -> int:
        """How many dots a line has."""
        return self._width_dots

    @abstractmethod
    def _open(self, timeout: float) -> Link:
        """Return an open wire within `timeout` seconds, or raise LinkError."""

    def _send_seconds(self, message: bytes) -> float:
        return self._timeouts.send

    def status(self, timeout: float) -> PrinterStatus:
        """Return what the printer says within `timeout` seconds; never raises, says what is unknown."""
        deadline = time.monotonic() + timeout
        try:
            link = self._open(min(timeout, self._timeouts.connect))
        except LinkError:
            return PrinterStatus(online=False, fault=interface.UNREACHABLE)
        try:
            return _status_over(link, deadline)
        finally:
            link.close()

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Print a picture of mode "1" and `width_dots` columns, cut, and wait for the answer that proves it.

        Raises DeviceError while not one byte of the slip has gone out: unreachable, silent, answering
        nonsense, out of paper, open, in error, or a picture that it cannot print. After that never raises.
        """
        try:
            message = slip_bytes(image, self._width_dots) + ASK_PAPER_IN_ORDER
        except SlipEncodingError as error:
            raise self._refusal(interface.SLIP_UNPRINTABLE, reason=str(error)) from error
        try:
            link = self._open(self._timeouts.connect)
        except LinkError as error:
            raise self._refusal(interface.UNREACHABLE, reason=str(error)) from error
        try:
            status = _status_over(link, time.monotonic() + self._timeouts.answer)
            if status.problem is not None:
                raise self._refusal(status.problem)
            return self._send(link, message)
        finally:
            link.close()

    def close(self) -> None:  # noqa: B027 - holding nothing is the right default, not a missing method.
        """Nothing is held between slips: a small printer serves one connection while the others wait."""

    def _send(self, link: Link, message: bytes) -> PrintOutcome:
        sent = len(message)  # Until the link says otherwise, assume the worst.
        try:
            sent = link.write(message, self._send_seconds(message))
            if sent == len(message) and _is_confirmed(link, time.monotonic() + self._timeouts.confirm):
                return PrintOutcome.PRINTED
        except Exception:  # Edge: whatever breaks after the first byte, the slip must not be sent again.
            # Nothing else is logged here: in a native thread under eventlet a log's lock is a green one.
            log.exception("slip_unknown device=%s", self.device)
        if sent == 0:
            raise self._refusal(interface.UNREACHABLE, reason="the connection took not one byte")
        return PrintOutcome.UNKNOWN

    def _refusal(self, code: str, **facts: object) -> DeviceError:
        return DeviceError(code, self.device, facts)


class NetworkPrinter(AnsweringPrinter):
    """A printer at a raw TCP port. Give an address by number: looking up a name knows no time limit."""

    def __init__(self, host: str, port: int, width_dots: int, timeouts: Timeouts | None = None) -> None:
        super().__init__(f"network:{host}:{port}", width_dots, timeouts or Timeouts())
        self.host = host
        self.port = port

    def _open(self, timeout: float) -> Link:
        return NetworkLink(self.host, self.port, timeout)


class UsbPrinter(AnsweringPrinter):
    """A USB printer by its vendor and product numbers; needs pyusb. Not yet run against a real one."""

    def __init__(self, vendor: int, product: int, width_dots: int, timeouts: Timeouts | None = None) -> None:
        super().__init__(f"usb:{vendor:04x}:{product:04x}", width_dots, timeouts or Timeouts())
        self.vendor = vendor
        self.product = product

    def _open(self, timeout: float) -> Link:
        return UsbLink(self.vendor, self.product, timeout)


class SerialPrinter(AnsweringPrinter):
    """A serial printer at a device path and speed; needs pyserial. Not yet run against a real one."""

    def __init__(self, port: str, baud: int, width_dots: int, timeouts: Timeouts | None = None) -> None:
        super().__init__(f"serial:{port}:{baud}", width_dots, timeouts or Timeouts())
        self.port = port
        self.baud = baud

    def _open(self, timeout: float) -> Link:
        return SerialLink(self.port, self.baud, timeout)

    def _send_seconds(self, message: bytes) -> float:
        # 10 bits a byte: 48 KB take 50 s at 9600 baud.
        return self._timeouts.send + len(message) * 10 / self.baud


class FilePrinter:
    """A device file or spool that takes bytes and never answers: a slip ends in SENT."""

    def __init__(self, path: Path, width_dots: int, timeouts: Timeouts | None = None) -> None:
        self.path = path
        self.device = f"file:{path}"
        self._width_dots = width_dots
        self._timeouts = timeouts or Timeouts()

    @property
    def width_dots(self) -> int:
        """How many dots a line has."""
        return self._width_dots

    def status(self, timeout: float) -> PrinterStatus:
        """Return that nothing is known; it cannot answer, so that is no problem."""
        return PrinterStatus()

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Append the slip's bytes: SENT when all were taken, UNKNOWN when only some.

        Raises DeviceError while none was: the path cannot be opened, or the picture does not fit.
        """
        try:
            message = slip_bytes(image, self._width_dots)
        except SlipEncodingError as error:
            raise DeviceError(interface.SLIP_UNPRINTABLE, self.device, {"reason": str(error)}) from error
        try:
            file = os.open(self.path, self._flags(), 0o600)
        except OSError as error:
            raise DeviceError(interface.UNREACHABLE, self.device, {"reason": str(error)}) from error
        try:
            sent = self._written(file, message)
        finally:
            os.close(file)
        if sent == 0:
            raise DeviceError(interface.UNREACHABLE, self.device, {"reason": "the file took not one byte"})
        return PrintOutcome.SENT if sent == len(message) else PrintOutcome.UNKNOWN

    def close(self) -> None:
        """Nothing is held between slips."""

    def _flags(self) -> int:
        # A missing /dev/usb/lp0 must stay missing: creating it would swallow slips into a plain file.
        create = 0 if Path("/dev") in self.path.absolute().parents else os.O_CREAT
        # Non-blocking, for a printer without paper would hold the write, and us, until someone fills it.
        return os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | create

    def _written(self, file: int, message: bytes) -> int:
        deadline, sent = time.monotonic() + self._timeouts.send, 0
        while sent < len(message) and time.monotonic() < deadline:
            try:
                sent += os.write(file, message[sent:])
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        return sent


class NoPrinter:
    """The office without a printer: refuses every slip, so that the number stays on the glass."""

    def __init__(self, width_dots: int) -> None:
        self._width_dots = width_dots

    @property
    def width_dots(self) -> int:
        """How many dots a line would have."""
        return self._width_dots

    def status(self, timeout: float) -> PrinterStatus:
        """Return that there is no printer."""
        return PrinterStatus(online=False, fault=interface.NO_PRINTER)

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        """Raise DeviceError("no_printer"), always."""
        raise DeviceError(interface.NO_PRINTER, "none")

    def close(self) -> None:
        """Nothing to let go of."""


def _status_over(link: Link, deadline: float) -> PrinterStatus:
    def ask(request: bytes) -> int | None:
        if link.write(request, deadline - time.monotonic()) < len(request):
            raise LinkError("the request was not taken")
        while (left := deadline - time.monotonic()) > 0:
            if answer := without_pushed_status(link.read(left)):
                return answer[0]
        return None

    try:
        return ask_status(ask)
    except LinkError:
        return PrinterStatus(fault=interface.UNREACHABLE)


def _is_confirmed(link: Link, deadline: float) -> bool:
    answers = b""
    while (left := deadline - time.monotonic()) > 0:
        try:
            answers += link.read(left)
        except LinkError:
            return False
        if (confirmed := confirms(answers)) is not None:
            return confirmed
    return False
