"""A printer of Windows' own spooler, as raw bytes, through python-escpos and pywin32. Never run on Windows yet."""

from contextlib import suppress
from dataclasses import dataclass

from hardware.escpos_library import DeviceNotFoundError, Win32Raw
from hardware.escpos_links import Link, LinkError, SpoolLink, SpoolWire

JOB_NAME = "saduak"


@dataclass(frozen=True, slots=True)
class WindowsWire(SpoolWire):
    """A printer's name, as Windows' settings show it."""

    printer_name: str

    @property
    def name(self) -> str:
        """The setting that names it."""
        return f"windows:{self.printer_name}"

    def open(self, timeout: float) -> Link:
        """Look for it; raises LinkError where this is not Windows or it has no such printer."""
        self.look(timeout)
        return WindowsLink(self.printer_name)

    def look(self, timeout: float) -> None:
        """Raise LinkError if Windows does not know the printer."""
        if not Win32Raw.is_usable():
            raise LinkError("this is not Windows, or pywin32 is missing")
        if self.printer_name not in _connection(self.printer_name).printers:
            raise LinkError("Windows has no printer of that name")


class WindowsLink(SpoolLink):
    """One slip on its way into Windows' spooler."""

    def __init__(self, printer_name: str) -> None:
        self._printer_name = printer_name

    def write(self, message: bytes, timeout: float) -> int:
        """Return all once the spooler has the whole document, 0 if it took none; its calls know no time limit."""
        connection = _connection(self._printer_name)
        try:
            connection.open(job_name=JOB_NAME)
        except DeviceNotFoundError:
            return 0
        try:
            connection._raw(message)
            connection.close()
        except Exception:  # noqa: BLE001 - because pywin32's error is a class of its own, which exists on Windows alone.
            with suppress(Exception):
                connection.close()
            connection._device = False  # Else it would end the same document once more when it is thrown away.
            return min(1, len(message) - 1)
        return len(message)


def _connection(printer_name: str) -> Win32Raw:
    return Win32Raw(printer_name)
