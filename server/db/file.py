"""The embedded database as a file: whether it is there, sound, still the one that was opened, and all in one piece."""

import logging
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.engine import Connection

log = logging.getLogger("saduak.db")

LOOKED_AT_FOR_SECONDS = 0.5
"""How long a start looks for damage: 600 MB on the developers' machine. The rest is for `saduak verify`."""
OPCODES_A_GLANCE = 1000
FOLDED_WITHIN_MILLISECONDS = 2000  # A report that still reads keeps the journal; the server has ten seconds to end.
MOST_FAULTS = 20
HEADER = b"SQLite format 3\x00"
JOURNAL_HEADERS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")


class DamagedDatabase(RuntimeError):
    """The file is no sound database; `faults` are what SQLite says of it."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        self.path, self.faults = path, faults
        super().__init__(f"{path}: {'; '.join(faults)}")


def file_at(url: str) -> Path | None:
    """Return the database's file, None where it is not embedded."""
    parts = make_url(url)
    return Path(parts.database) if parts.drivername.startswith("sqlite") and parts.database else None


class DatabaseFile:
    """The file that was there when this was made: a server writes on into one that was taken away, and nobody would
    ever see it again."""

    def __init__(self, url: str) -> None:
        self._path = file_at(url)
        self._was = None if self._path is None else _which(self._path)

    @property
    def is_gone(self) -> bool:
        """Return whether it was removed, or another lies in its place."""
        if self._path is None:
            return False
        found = _which(self._path)
        if self._was is None:
            self._was = found
        return found is None or found != self._was


def _which(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def refuse_damaged(path: Path, *, within_seconds: float | None = LOOKED_AT_FOR_SECONDS) -> None:
    """Raise DamagedDatabase if the file is damaged, as far as that shows in so many seconds; None looks at all of it,
    every index entry too."""
    journal = path.with_name(f"{path.name}-wal")
    if journal.is_file() and not _is_journal(journal):
        raise DamagedDatabase(journal, ["it is no journal, and holds the last commands of a server that was killed"])
    faults = _faults(path, within_seconds)
    if faults:
        raise DamagedDatabase(path, faults)


def _is_journal(path: Path) -> bool:
    """Whether it is empty, or begins as one: SQLite would take any other for an empty one, and lose what it held."""
    with path.open("rb") as file:
        begins = file.read(32)
    return not begins or (len(begins) == 32 and begins[:4] in JOURNAL_HEADERS)


def _faults(path: Path, within_seconds: float | None) -> list[str]:
    with path.open("rb") as file:
        begins = file.read(len(HEADER))
    if begins and begins != HEADER:  # SQLite itself would take a file of a few bytes for a new one.
        return ["file is not a database"]
    question = "PRAGMA quick_check" if within_seconds is not None else "PRAGMA integrity_check"
    with closing(_opened(path)) as connection:
        if within_seconds is not None:
            deadline = time.monotonic() + within_seconds
            connection.set_progress_handler(lambda: time.monotonic() > deadline, OPCODES_A_GLANCE)
        try:
            said = [str(row[0]) for row in connection.execute(f"{question}({MOST_FAULTS})")]
        except sqlite3.DatabaseError as error:
            if str(error) == "interrupted":
                return []
            if isinstance(error, sqlite3.OperationalError):  # Locked, unreadable, on a full disk: not damaged.
                raise
            return [str(error)]
    # One line may be several, each after a heading.
    faults = [line for each in said for line in each.splitlines() if not line.startswith("***")]
    return [] if faults == ["ok"] else faults


def fold_back(path: Path) -> None:
    """Bring what still lies in the journal (`-wal`) into the file itself, so that its copy alone is the office.

    Called at start and at the very end, where nothing else may go wrong: what cannot be done is logged.
    """
    try:
        with closing(_opened(path)) as connection:
            connection.execute(f"PRAGMA busy_timeout={FOLDED_WITHIN_MILLISECONDS}")
            (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        log.warning('journal_kept path=%s reason="%s"', path, error)
        return
    if is_busy:
        log.warning('journal_kept path=%s reason="somebody reads or writes"', path)


def write_nothing(connection: Connection) -> None:
    """Write what is of no account but must be stored all the same; the database refuses it as it would a ticket."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("UPDATE offices SET seq = seq")
        return
    # SQLite writes nothing where a row stays the same to the letter; this number is the application's own to use.
    written = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA user_version = {(written + 1) % 1_000_000}")


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def make_file(engine: Engine) -> None:
    """Make the embedded database's file where there is none: nobody else does, lest an office that lost its database
    be given an empty one."""
    path = file_at(engine.url.render_as_string(hide_password=False))
    if path is not None:
        path.touch(mode=0o600)
