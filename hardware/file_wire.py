"""A device file or spool that takes bytes and never answers."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hardware.escpos_links import Link, LinkError, OneWayLink
from hardware.native import system


@dataclass(frozen=True, slots=True)
class FileWire:
    """A path; slips are appended."""

    path: Path

    @property
    def name(self) -> str:
        """The setting that names it."""
        return f"file:{self.path}"

    def open(self, timeout: float) -> Link:
        """Open it for appending; raises LinkError where that cannot be."""
        try:
            # Non-blocking, for a printer without paper would hold the write, and us, until someone fills it.
            flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            return FileLink(os.open(self.path, flags | self._creating(), 0o600))
        except OSError as error:
            raise LinkError(str(error)) from error

    def look(self, timeout: float) -> None:
        """Look whether it is there, or its folder where it will be made."""
        if not (self.path if self._is_device() else self.path.absolute().parent).exists():
            raise LinkError("there is no such file or folder")

    def seconds_for(self, message: bytes) -> float:
        """A file needs no more than any wire."""
        return 0.0

    @property
    def begins_anew(self) -> bool:
        """A printer does not notice who writes to it; a plain file has nobody in the middle of a picture."""
        return not self._is_device()

    def _creating(self) -> int:
        # A missing /dev/usb/lp0 must stay missing: creating it would swallow slips into a plain file.
        return 0 if self._is_device() else os.O_CREAT

    def _is_device(self) -> bool:
        return Path("/dev") in self.path.absolute().parents


class FileLink(OneWayLink):
    """An open file."""

    def __init__(self, file: int) -> None:
        self._file = file

    def write(self, message: bytes, timeout: float) -> int:
        deadline, sent = time.monotonic() + timeout, 0
        while sent < len(message) and time.monotonic() < deadline:
            try:
                sent += system.write(self._file, message[sent:])
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
        return sent

    def forget(self) -> None:
        """There is no way to say so: the printer must be switched off and on."""

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._file)
