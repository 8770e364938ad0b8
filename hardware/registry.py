"""From the setting that names a printer to the driver that speaks to it."""

import re
from collections.abc import Callable
from pathlib import Path

from hardware.escpos_printer import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from hardware.interface import Printer
from hardware.simulator import SimulatedPrinter
from hardware.slip import WIDTHS_DOTS

EXAMPLES = {
    "simulator": "simulator",
    "network": "network:192.168.1.50:9100",
    "usb": "usb:04b8:0e15",
    "serial": "serial:/dev/ttyUSB0:115200",
    "file": "file:/dev/usb/lp0",
    "none": "none",
}
"""Every kind of printer, with a setting that works as it stands."""


class PrinterSettingError(ValueError):
    """A printer setting that names no printer; the message shows the value and an example."""

    def __init__(self, value: str, reason: str, example: str) -> None:
        super().__init__(f'printer "{value}": {reason}; for example "{example}"')
        self.value = value
        self.reason = reason
        self.example = example


def printer_from(text: str, width_dots: int) -> Printer | None:
    """Return the printer that a setting names, or None for `none`; nothing is opened, except the simulator.

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
        return make(width_dots, *match.groups())
    except _OutOfRangeError as error:
        raise PrinterSettingError(text, str(error), EXAMPLES[kind]) from error


class _OutOfRangeError(ValueError):
    pass


def _network(width_dots: int, host: str, port: str) -> Printer:
    if not 0 < int(port) < 65536:
        raise _OutOfRangeError("a port is a number from 1 to 65535")
    return NetworkPrinter(host, int(port), width_dots)


def _usb(width_dots: int, vendor: str, product: str) -> Printer:
    return UsbPrinter(int(vendor, 16), int(product, 16), width_dots)


def _serial(width_dots: int, port: str, baud: str) -> Printer:
    if int(baud) not in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200):
        raise _OutOfRangeError("the speed is the printer's own, 1200 to 115200 baud")
    return SerialPrinter(port, int(baud), width_dots)


def _file(width_dots: int, path: str) -> Printer:
    return FilePrinter(Path(path), width_dots)


def _simulator(width_dots: int) -> Printer:
    return SimulatedPrinter(width_dots)


def _none(width_dots: int) -> None:
    return None


_HEX = r"(?:0x)?([0-9a-fA-F]{1,4})"
_READERS: dict[str, tuple[str, str, Callable[..., Printer | None]]] = {
    "simulator": (r"", "nothing follows the word", _simulator),
    "network": (r"([^:\s]+):(\d{1,5})", "the address and the port follow the word", _network),
    "usb": (rf"{_HEX}:{_HEX}", "vendor and product follow the word, in hexadecimal", _usb),
    "serial": (r"(\S+):(\d+)", "the device and the speed in baud follow the word", _serial),
    "file": (r"(.*\S.*)", "the path follows the word", _file),
    "none": (r"", "nothing follows the word", _none),
}
