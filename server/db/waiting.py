"""How a green server waits for PostgreSQL: letting others run, but not while it holds an office.

Every statement of a command under the office's lock used to let others run in between, and the lock, for which all
other commands of all processes wait, was held as long as they took (64 officers on four processes: 11 calls a second).
"""

from typing import Any

import psycopg
from psycopg import waiting

INTERVAL_SECONDS = 0.1
HELD_SECONDS = 5.0  # A statement under the lock takes a millisecond; a server that says nothing for so long is gone.


class PatientConnection(psycopg.Connection[Any]):
    """A connection that waits without letting others run while `holds_office` is set."""

    holds_office = False

    def wait(self, gen: Any, interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> Any:
        """Return what the generator ends with. Raises OperationalError when PostgreSQL is silent under the lock."""
        if not self.holds_office:
            return super().wait(gen, interval, timeout)
        try:
            return waiting.wait_c(gen, self.pgconn.socket, interval=interval, timeout=timeout or HELD_SECONDS)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.pgconn.finish()  # It has not answered, and what it was asked may still come: of no use any more.
            raise


def patient(_dialect: object, _record: object, arguments: list[Any], keywords: dict[str, Any]) -> PatientConnection:
    """Open a connection of ours: SQLAlchemy asks this instead of the driver."""
    return PatientConnection.connect(*arguments, **keywords)
