"""A SIMULATED libusb: one USB printer on the bus, whose brain is the simulated network printer.

It is a pyusb backend, so that pyusb and python-escpos run as they are. Its name ends like pyusb's own backend for
libusb 1, for python-escpos asks only that one about the kernel's driver.
"""

import errno
import socket
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import usb.backend
from usb.core import USBError, USBTimeoutError

from hardware.simulator import PrinterSimulator

VENDOR, PRODUCT = 0x04B8, 0x0E15
OUT, BACK = 0x02, 0x81  # Not where python-escpos would guess.
PACKET_BYTES = 64


class SimulatedLibusb(usb.backend.IBackend):  # type: ignore[misc]  # because pyusb carries no types.
    """The bus with its printer; tell it to `unplug`, `stall` or `hang`."""

    def __init__(self, simulator: PrinterSimulator, *, interface_class: int = 7) -> None:
        self._simulator = simulator
        self._brain: socket.socket | None = None
        self._class = interface_class
        self.is_plugged = True
        self.old_answers = b""
        self.is_stalled = False
        self.hangs_seconds = 0.0
        self.breaks_after_bytes: int | None = None
        self.takes_bytes: int | None = None
        """How many bytes it takes before it waits for ever, as a printer with a small buffer and no paper."""
        self.kernel_has_it = True
        self.open_handles = 0
        self.resets = 0
        self.soft_resets = 0
        self.written = bytearray()

    # What is on the bus.

    def enumerate_devices(self) -> Sequence[object]:
        return ["printer"] if self.is_plugged and "power_off" not in self._simulator.faults_on else []

    def get_parent(self, dev: object) -> None:
        return None

    def get_device_descriptor(self, dev: object) -> object:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=VENDOR, idProduct=PRODUCT, bcdDevice=0x100, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=2, bus=1, port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: object, config: int) -> object:
        if config > 0:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1,
            iConfiguration=0, bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: object, intf: int, alt: int, config: int) -> object:
        if intf > 0 or alt > 0:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2,
            bInterfaceClass=self._class, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0,
            extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: object, ep: int, intf: int, alt: int, config: int) -> object:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(OUT, BACK)[ep], bmAttributes=2,
            wMaxPacketSize=PACKET_BYTES, bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    # Who has it.

    def open_device(self, dev: object) -> object:
        self._must_be_there()
        self.open_handles += 1
        self._brain = socket.create_connection(self._simulator.address, timeout=1)
        return "handle"

    def close_device(self, dev_handle: object) -> None:
        self.open_handles -= 1
        if self._brain is not None:
            self._brain.close()

    def get_configuration(self, dev_handle: object) -> int:
        return 1

    def set_configuration(self, dev_handle: object, config_value: int) -> None:
        return

    def claim_interface(self, dev_handle: object, intf: int) -> None:
        if self.kernel_has_it:
            raise USBError("Resource busy", -6, errno.EBUSY)

    def release_interface(self, dev_handle: object, intf: int) -> None:
        return

    def is_kernel_driver_active(self, dev_handle: object, intf: int) -> bool:
        return self.kernel_has_it

    def detach_kernel_driver(self, dev_handle: object, intf: int) -> None:
        self.kernel_has_it = False

    def reset_device(self, dev_handle: object) -> None:
        self.resets += 1

    def ctrl_transfer(  # What pyusb calls it with.
        self, dev_handle: object, request_type: int, request: int, value: int, index: int, data: Any, timeout: int
    ) -> int:
        self._must_be_there()
        if (request_type, request, index) == (0x21, 2, 0):
            self.soft_resets += 1
        return 0

    # What goes to and fro.

    def bulk_write(self, dev_handle: object, ep: int, intf: int, data: Any, timeout: int) -> int:
        assert ep == OUT
        self._must_be_there()
        time.sleep(self.hangs_seconds)
        if self.is_stalled:
            time.sleep(timeout / 1000)
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        message = bytes(data)
        if self.takes_bytes is not None:
            message = message[: max(self.takes_bytes - len(self.written), 0)]
            if not message:
                time.sleep(timeout / 1000)
                raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        kept = message if self.breaks_after_bytes is None else message[: self.breaks_after_bytes]
        self._to_the_brain(kept)
        if self.breaks_after_bytes is not None:
            self.breaks_after_bytes -= len(kept)
            if self.breaks_after_bytes == 0:
                self.is_plugged = False
                self._must_be_there()
        return len(kept)

    def bulk_read(self, dev_handle: object, ep: int, intf: int, buff: Any, timeout: int) -> int:
        assert ep == BACK
        assert self._brain is not None
        self._must_be_there()
        self._brain.settimeout(timeout / 1000)
        try:
            heard = self.old_answers or self._brain.recv(PACKET_BYTES)
            self.old_answers = b""
        except TimeoutError:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT) from None
        except OSError:
            heard = b""
        if not heard:
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        for at, byte in enumerate(heard):
            buff[at] = byte
        return len(heard)

    def _to_the_brain(self, message: bytes) -> None:
        assert self._brain is not None
        self.written += message
        try:
            self._brain.sendall(message)
        except OSError:
            raise USBError("Pipe error", -9, errno.EPIPE) from None

    def _must_be_there(self) -> None:
        if not self.enumerate_devices():
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
