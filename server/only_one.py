"""One process of several: the one that holds a file's lock, which the system takes back however that process ends."""

import logging
import sqlite3
from pathlib import Path

log = logging.getLogger(__name__)


class OnlyOne:
    """A lock on a file: one of SQLite's own, for they work alike on every system and die with their holder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: sqlite3.Connection | None = None
        self._has_told = False
        self.fault: str | None = None
        """Why the file cannot be read as a lock, None while it can."""

    def is_me(self) -> bool:
        """Return whether this process holds the lock, after trying to take it; never waits.

        A file that cannot be read as a lock is nobody's: False, and the log says once what to do.
        """
        if self._held is not None:
            return True
        try:
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:  # Such as a folder in its place.
            self.fault = str(error)
            self._tell(error)
            return False
        try:
            connection.execute("pragma locking_mode = exclusive")
            connection.execute("pragma journal_mode = off")  # Nothing is ever written, so no file beside this one.
            connection.execute("begin exclusive")
        except sqlite3.OperationalError:  # Another process holds it.
            connection.close()
            return False
        except sqlite3.DatabaseError as error:
            connection.close()
            self.fault = str(error)
            self._tell(error)
            return False
        self._held, self.fault = connection, None
        self._has_told = False
        return True

    def _tell(self, error: sqlite3.DatabaseError) -> None:
        """Log it once, until the lock was taken: it is tried again every few seconds."""
        if not self._has_told:
            self._has_told = True
            log.error('printer_lock_unreadable path=%s reason="%s" mend="remove the file"', self._path, error)

    def let_go(self) -> None:
        """Give the lock back; the system does it for a process that ends."""
        if self._held is not None:
            self._held.close()
            self._held = None
