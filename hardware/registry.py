"""From the setting that names a printer to the driver that speaks to it, with the guard around it."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hardware.escpos_links import Wire
from hardware.escpos_printer import AnsweringPrinter, FilePrinter, MutePrinter
from hardware.guard import GuardedPrinter
from hardware.interface import AT_THE_CUTTER, Printer, SlipEnd, check_width
from hardware.network_wire import NetworkWire
from hardware.serial_wire import SerialWire
from hardware.simulator import SimulatedPrinter
from hardware.usb_wire import UsbWire
from hardware.windows_wire import WindowsWire

EXAMPLES = {
    "simulator": "simulator",
    "network": "network:192.168.1.50:9100",
    "usb": "usb:04b8:0e15",
    "serial": "serial:/dev/ttyUSB0:115200",
    "cups": "cups:slips",
    "windows": "windows:EPSON TM-T82 Receipt",
    "file": "file:/dev/usb/lp0",
    "none": "none",
}
"""Every kind of printer, with a setting that works as it stands."""

MUTE = "mute"
"""After `network:`, `usb:` or `serial:`: the printer never answers, so a slip ends in SENT."""


class PrinterSettingError(ValueError):
    """A printer setting that names no printer; the message shows the value and an example."""

    def __init__(self, value: str, reason: str, example: str) -> None:
        super().__init__(f'printer "{value}": {reason}; for example "{example}"')
        self.value = value
        self.reason = reason
        self.example = example


def printer_from(text: str, width_dots: int, end: SlipEnd = AT_THE_CUTTER) -> GuardedPrinter | None:
    """Return the printer that a setting names, guarded, or None for `none`; only a simulator is opened.

    The simulator is started on a free port of this machine and stopped by `close()`. Raises
    PrinterSettingError for a setting that names no printer, and ValueError for a line
    of more or fewer dots than slips are laid out for.
    """
    check_width(width_dots)
    kind, _, rest = text.strip().partition(":")
    if kind not in _READERS:
        raise PrinterSettingError(text, f"the kind is one of {', '.join(EXAMPLES)}", EXAMPLES["network"])
    pattern, wanted, make = _READERS[kind]
    match = re.fullmatch(pattern, rest)
    if match is None:
        raise PrinterSettingError(text, wanted, EXAMPLES[kind])
    try:
        driver = make(_Line(width_dots, end), *match.groups())
    except _OutOfRangeError as error:
        raise PrinterSettingError(text, str(error), EXAMPLES[kind]) from error
    return None if driver is None else GuardedPrinter(driver)


class _OutOfRangeError(ValueError):
    pass


class _Line(NamedTuple):
    """What is true of a printer's paper, whatever wire it hangs on."""

    width_dots: int
    end: SlipEnd


def _on(wire: Wire, line: _Line, mute: str | None) -> Printer:
    if mute is None:
        return AnsweringPrinter(wire, line.width_dots, end=line.end)
    return MutePrinter(wire, line.width_dots, device=f"{wire.name}:{MUTE}", end=line.end)


def _network(line: _Line, host: str, port: str, mute: str | None) -> Printer:
    if not 0 < int(port) < 65536:
        raise _OutOfRangeError("a port is a number from 1 to 65535")
    return _on(NetworkWire(host, int(port)), line, mute)


def _usb(line: _Line, vendor: str, product: str, mute: str | None) -> Printer:
    return _on(UsbWire(int(vendor, 16), int(product, 16)), line, mute)


def _serial(line: _Line, port: str, baud: str, mute: str | None) -> Printer:
    if int(baud) not in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200):
        raise _OutOfRangeError("the speed is the printer's own, 1200 to 115200 baud")
    return _on(SerialWire(port, int(baud)), line, mute)


def _cups(line: _Line, queue: str) -> Printer:
    if sys.platform == "win32":
        raise _OutOfRangeError("Windows has no CUPS: write windows: and the printer's name")
    from hardware.queue_wire import QueueWire  # Here, for what it stands on does not exist on Windows.

    return MutePrinter(QueueWire(queue), line.width_dots, end=line.end)


def _windows(line: _Line, name: str) -> Printer:
    return MutePrinter(WindowsWire(name), line.width_dots, end=line.end)


def _file(line: _Line, path: str) -> Printer:
    return FilePrinter(Path(path), line.width_dots, end=line.end)


def _simulator(line: _Line) -> Printer:
    return SimulatedPrinter(line.width_dots, end=line.end)


def _none(line: _Line) -> None:
    return None


_HEX = r"(?:0x)?([0-9a-fA-F]{1,4})"
_MUTE = rf"(?::({MUTE}))?"
_OR_MUTE = f'and ":{MUTE}" if it never answers'
_READERS: dict[str, tuple[str, str, Callable[..., Printer | None]]] = {
    "simulator": (r"", "nothing follows the word", _simulator),
    "network": (rf"([^:\s]+):(\d{{1,5}}){_MUTE}", f"address and port follow the word, {_OR_MUTE}", _network),
    "usb": (rf"{_HEX}:{_HEX}{_MUTE}", f"vendor and product follow the word, in hexadecimal, {_OR_MUTE}", _usb),
    "serial": (rf"(\S+?):(\d{{1,7}}){_MUTE}", f"device and speed in baud follow the word, {_OR_MUTE}", _serial),
    "cups": (r"([^\s/#:-][^\s/#:]*)", "the queue's name follows the word, as lpstat -e lists it", _cups),
    "windows": (r"\s*(\S.*?)\s*", "the printer's name follows the word, as Windows shows it", _windows),
    "file": (r"(.*\S.*)", "the path follows the word", _file),
    "none": (r"", "nothing follows the word", _none),
}
