"""From the setting that names a printer to the driver that speaks to it, with the guard around it."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from hardware.escpos_links import Wire
from hardware.escpos_printer import AnsweringPrinter, FilePrinter, MutePrinter
from hardware.guard import GuardedPrinter
from hardware.interface import WIDTHS_DOTS, Printer
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


def printer_from(text: str, width_dots: int) -> GuardedPrinter | None:
    """Return the printer that a setting names, guarded, or None for `none`; only a simulator is opened.

    The simulator is started on a free port of this machine and stopped by `close()`. Raises
    PrinterSettingError for a setting that names no printer, and ValueError for a width
    other than 384 or 576 dots.
    """
    if width_dots not in WIDTHS_DOTS:
        raise ValueError(f"width_dots is {width_dots}; a line has {WIDTHS_DOTS[0]} or {WIDTHS_DOTS[1]} dots")
    kind, _, rest = text.strip().partition(":")
    if kind not in _READERS:
        raise PrinterSettingError(text, f"the kind is one of {', '.join(EXAMPLES)}", EXAMPLES["network"])
    pattern, wanted, make = _READERS[kind]
    match = re.fullmatch(pattern, rest)
    if match is None:
        raise PrinterSettingError(text, wanted, EXAMPLES[kind])
    try:
        driver = make(width_dots, *match.groups())
    except _OutOfRangeError as error:
        raise PrinterSettingError(text, str(error), EXAMPLES[kind]) from error
    return None if driver is None else GuardedPrinter(driver)


class _OutOfRangeError(ValueError):
    pass


def _on(wire: Wire, width_dots: int, mute: str | None) -> Printer:
    if mute is None:
        return AnsweringPrinter(wire, width_dots)
    return MutePrinter(wire, width_dots, device=f"{wire.name}:{MUTE}")


def _network(width_dots: int, host: str, port: str, mute: str | None) -> Printer:
    if not 0 < int(port) < 65536:
        raise _OutOfRangeError("a port is a number from 1 to 65535")
    return _on(NetworkWire(host, int(port)), width_dots, mute)


def _usb(width_dots: int, vendor: str, product: str, mute: str | None) -> Printer:
    return _on(UsbWire(int(vendor, 16), int(product, 16)), width_dots, mute)


def _serial(width_dots: int, port: str, baud: str, mute: str | None) -> Printer:
    if int(baud) not in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200):
        raise _OutOfRangeError("the speed is the printer's own, 1200 to 115200 baud")
    return _on(SerialWire(port, int(baud)), width_dots, mute)


def _cups(width_dots: int, queue: str) -> Printer:
    if sys.platform == "win32":
        raise _OutOfRangeError("Windows has no CUPS: write windows: and the printer's name")
    from hardware.queue_wire import QueueWire  # Here, for what it stands on does not exist on Windows.

    return MutePrinter(QueueWire(queue), width_dots)


def _windows(width_dots: int, name: str) -> Printer:
    return MutePrinter(WindowsWire(name), width_dots)


def _file(width_dots: int, path: str) -> Printer:
    return FilePrinter(Path(path), width_dots)


def _simulator(width_dots: int) -> Printer:
    return SimulatedPrinter(width_dots)


def _none(width_dots: int) -> None:
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
