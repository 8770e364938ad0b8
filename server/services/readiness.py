"""Whether the office could save a ticket just now."""

import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from server.db.work import Database
from server.domain.errors import QueueError

TRIED_ANEW_AFTER_SECONDS = 1.0  # Anybody may ask, and each trial is a write to the disk.


class Readiness:
    """Tries by writing: a full disk, a locked, damaged or lost database answer every question and save nothing."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._one_at_a_time = threading.Lock()
        self._tried_at: float | None = None
        self._why_not: str | None = None

    def why_not(self) -> str | None:
        """Return the code of what every command is refused for, None while they are not; at most a second old."""
        with self._one_at_a_time:
            now = time.monotonic()
            if self._tried_at is None or now - self._tried_at > TRIED_ANEW_AFTER_SECONDS:
                self._why_not = self._tried()
                self._tried_at = time.monotonic()
            return self._why_not

    def _tried(self) -> str | None:
        try:
            self._db.refuse_unless_ready()
        except QueueError as refusal:
            return refusal.code
        except SQLAlchemyError:
            return "database"
        return None
