"""What the server acknowledged, as those who heard it wrote it down; compared with the events at the end."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any


class Journal:
    """One JSON line per acknowledged action, on the disk before the actor goes on."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self.entries: list[dict[str, Any]] = []
        self._now = now
        self._lock = threading.Lock()
        self._file = path.open("a", encoding="utf-8")

    def write(self, actor: str, action: str, **facts: Any) -> None:
        """Append what `actor` was told; `facts` are JSON values."""
        entry = {"at": self._now().isoformat(timespec="seconds"), "actor": actor, "action": action, **facts}
        with self._lock:
            self.entries.append(entry)
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()

    def of(self, action: str) -> list[dict[str, Any]]:
        """Return the entries of one action, in the order in which they were acknowledged."""
        with self._lock:
            return [entry for entry in self.entries if entry["action"] == action]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
