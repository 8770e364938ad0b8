"""One process of several: the one that holds a file's lock, which the system takes back however that process ends."""

import sqlite3
from pathlib import Path


class OnlyOne:
    """A lock on a file: one of SQLite's own, for they work alike on every system and die with their holder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: sqlite3.Connection | None = None

    def is_me(self) -> bool:
        """Return whether this process holds the lock, after trying to take it; never waits."""
        if self._held is not None:
            return True
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("pragma locking_mode = exclusive")
            connection.execute("begin exclusive")
        except sqlite3.OperationalError:
            connection.close()
            return False
        self._held = connection
        return True

    def let_go(self) -> None:
        """Give the lock back; the system does it for a process that ends."""
        if self._held is not None:
            self._held.close()
            self._held = None
