"""A USB printer by its vendor and product numbers, through pyusb and the system's libusb."""

import errno
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hardware.escpos_library import DeviceNotFoundError, Usb, USBNotFoundError
from hardware.escpos_links import Link, LinkError, written_in_pieces

_PRINTER_CLASS = 7
_TO_THE_HOST = 0x80
_BULK = 2
_CLASS_REQUEST_OUT, _SOFT_RESET = 0x21, 2
_CONTROL_MS = 200
_OLD_ANSWERS, _DRAIN_SECONDS = 16, 0.005


@dataclass(frozen=True, slots=True)
class UsbWire:
    """Vendor and product; `backend` is pyusb's, None for the system's own libusb."""

    vendor: int
    product: int
    backend: Any = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The setting that names it."""
        return f"usb:{self.vendor:04x}:{self.product:04x}"

    def open(self, timeout: float) -> Link:
        """Take the printer from the system; raises LinkError without libusb or without the printer."""
        return UsbLink(self, timeout)

    def look(self, timeout: float) -> None:
        """Look for it among what is plugged in, without taking hold of it."""
        import usb.core

        try:
            found = usb.core.find(idVendor=self.vendor, idProduct=self.product, **self.arguments())
        except (OSError, ValueError) as error:  # ValueError: the system has no libusb.
            raise LinkError(str(error)) from error
        if found is None:
            raise LinkError("no such device is plugged in")

    def seconds_for(self, message: bytes) -> float:
        """USB needs no more than any wire."""
        return 0.0

    @property
    def begins_anew(self) -> bool:
        """The printer does not notice who speaks to it."""
        return False

    def arguments(self) -> dict[str, Any]:
        """Return what pyusb must be told."""
        return {} if self.backend is None else {"backend": self.backend}


class UsbLink:
    """A USB printer in our hands."""

    def __init__(self, wire: UsbWire, timeout: float) -> None:
        try:
            self._connection = Usb(wire.vendor, wire.product, usb_args=wire.arguments(), timeout=_ms(timeout))
            self._connection.open()
            self._device = self._connection.device
            self._interface, self._connection.out_ep, self._connection.in_ep = _endpoints(self._device)
        except (DeviceNotFoundError, USBNotFoundError, OSError, ValueError, RuntimeError) as error:
            raise LinkError(str(error)) from error  # ValueError: the system has no libusb. RuntimeError: no pyusb.
        # What it answered after the last talk had ended still lies there, and would answer the next question.
        for _ in range(_OLD_ANSWERS):
            if not self.read(_DRAIN_SECONDS):
                break

    def write(self, message: bytes, timeout: float) -> int:
        def write_piece(piece: bytes, left: float) -> int:
            return int(self._device.write(self._connection.out_ep, piece, _ms(left)))

        return written_in_pieces(message, timeout, write_piece)

    def read(self, timeout: float) -> bytes:
        try:
            return bytes(self._device.read(self._connection.in_ep, 64, _ms(timeout)))
        except OSError as error:
            if error.errno in (errno.ETIMEDOUT, None):  # Nothing to read is an error to pyusb.
                return b""
            raise LinkError(str(error)) from error

    def settle(self, timeout: float) -> bool:
        """A bulk transfer that has ended is in the printer."""
        return True

    def forget(self) -> None:
        """Empty the printer's buffers (USB printer class 1.1, section 4.2.3), else it takes the next slip for ink."""
        with suppress(OSError):
            self._device.ctrl_transfer(_CLASS_REQUEST_OUT, _SOFT_RESET, 0, self._interface, timeout=_CONTROL_MS)

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()


def _endpoints(device: Any) -> tuple[int, int, int]:
    """Return the printer's interface, where it takes bytes and where it gives them; ValueError if it has no such.

    python-escpos assumes 0x01 and 0x82; printers differ, and each says so itself.
    """
    configuration = device.get_active_configuration()
    interfaces = sorted(configuration, key=lambda each: bool(each.bInterfaceClass != _PRINTER_CLASS))
    for interface in interfaces:
        bulk = [each.bEndpointAddress for each in interface if each.bmAttributes & 3 == _BULK]
        out = [address for address in bulk if not address & _TO_THE_HOST]
        back = [address for address in bulk if address & _TO_THE_HOST]
        if out and back:
            return interface.bInterfaceNumber, out[0], back[0]
    raise ValueError("the device has no pair of bulk endpoints: it is no printer that answers")


def _ms(seconds: float) -> int:
    return max(1, int(seconds * 1000))  # 0 would mean "for ever" to libusb.
