"""What an agent has begun to print and how it ended, kept on disk so that no kill and no power cut can unsay it.

A slip is noted as begun before its first byte may go out, and stays noted until the server knows its end. What was
begun and has no end when the journal is opened again ended with the agent: whether it is on paper nobody knows.
"""

import hashlib
import logging
import secrets
import sqlite3
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

BEGUN = "begun"
UNKNOWN = "unknown"
STOPPED = "agent_stopped"
"""Why the outcome of a slip is unknown that was begun when the agent ended."""

TURNS_OF_A_START = 10**9  # Questions for a hundred years.

_LOCK_SECONDS = 1.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_WRITTEN_BACK_AFTER_PAGES = 100  # SQLite's own 1000 would let a few kilobytes of journal grow to four megabytes.
_TABLES = (
    "CREATE TABLE IF NOT EXISTS journal (id TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS slips (job INTEGER PRIMARY KEY, state TEXT NOT NULL, reason TEXT)",
)
_PUT = "INSERT OR REPLACE INTO slips (job, state, reason) VALUES (?, ?, ?)"


class JournalError(Exception):
    """The journal cannot be used now; the message is the system's own reason."""


class JournalInUse(JournalError):
    """Another agent works with this journal."""


class JournalUnwritable(JournalError):
    """It cannot be opened or written: no right, no room, a bad disk. What was noted before still stands."""


class _Unreadable(Exception):
    """The file is no journal of ours any more."""


@dataclass(frozen=True, slots=True)
class NotedSlip:
    """One slip: `state` is BEGUN, or how it ended (printed, sent, unknown, failed, refused) and perhaps why."""

    job: int
    state: str
    reason: str | None = None


class Journal:
    """A file of its own for each agent. By `id` the server knows another one: it has a random part, made with the
    file, and one of where the file lies, so that a copy (a cloned card in another machine) is another one, too.

    Raises JournalInUse where another agent has it, JournalUnwritable where it cannot be opened or made. A file that
    cannot be read is moved aside and a new one begun. Not to be shared between threads that use it at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = ""
        self._start = 0
        self._asked = 0
        self._connection: sqlite3.Connection | None = None
        kept = self._opened()
        # What this process never began was left by one that ended.
        self._slips = {
            each.job: NotedSlip(each.job, UNKNOWN, STOPPED) if each.state == BEGUN else each for each in kept
        }

    @property
    def in_hand(self) -> list[int]:
        """The slips that were begun and whose end the server has not acknowledged, in the order of their numbers."""
        return sorted(self._slips)

    @property
    def ended(self) -> list[NotedSlip]:
        """Those of them that have ended."""
        return [self._slips[job] for job in self.in_hand if self._slips[job].state != BEGUN]

    def next_turn(self) -> int:
        """Return the number of the next question: higher than all before it, those of earlier starts, too."""
        self._asked += 1
        return self._start * TURNS_OF_A_START + self._asked

    def begin(self, job: int) -> None:
        """Note durably that the first byte of this slip may go out; raises JournalUnwritable: then it must not."""
        self._write(_PUT, (job, BEGUN, None))
        self._slips[job] = NotedSlip(job, BEGUN)

    def end(self, job: int, state: str, reason: str | None = None) -> None:
        """Note how the slip ended.

        Where that cannot be written JournalUnwritable is raised, and the end is still in hand for as long as this
        process lives; after it the slip counts as begun, which is the safe side.
        """
        self._slips[job] = NotedSlip(job, state, reason)
        self._write(_PUT, (job, state, reason))

    def forget(self, job: int) -> None:
        """The server knows the end of this slip. Raises JournalUnwritable as `end` does."""
        del self._slips[job]
        self._write("DELETE FROM slips WHERE job = ?", (job,))

    def mend(self) -> None:
        """After JournalUnwritable: open the file again and write what it lacks; raises it again while that fails."""
        self.close()
        self._opened()
        self._in_one_go(
            [("DELETE FROM slips", ())] + [(_PUT, (each.job, each.state, each.reason)) for each in self._slips.values()]
        )

    def close(self) -> None:
        """Let go of the file; calling it twice does no harm."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        self._in_one_go([(statement, values)])

    def _in_one_go(self, statements: list[tuple[str, tuple[object, ...]]]) -> None:
        if self._connection is None:
            raise JournalUnwritable("it is closed")
        try:
            _commit(self._connection, statements)
        except sqlite3.Error as error:
            raise JournalUnwritable(str(error)) from error

    def _opened(self) -> list[NotedSlip]:
        """Open the file, make it where there is none, and return what it has."""
        try:
            return self._read()
        except _Unreadable as why:
            self.close()
            aside = _move_aside(self.path)
            log.error(
                "journal_unreadable path=%s reason=%s: moved to %s, a new one begins; the server asks reception about"
                " the slips that were open",
                self.path, why, aside,
            )  # fmt: skip
        try:
            return self._read()
        except _Unreadable as why:
            raise JournalUnwritable(str(why)) from why

    def _read(self) -> list[NotedSlip]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connection_to(self.path)
            self.id = f"{_id_in(self._connection)}.{_place_of(self.path)}"
            self._start, self._asked = _started(self._connection), 0
            rows = self._connection.execute("SELECT job, state, reason FROM slips").fetchall()
            return [NotedSlip(int(job), str(state), reason) for job, state, reason in rows]
        except sqlite3.Error as error:
            self.close()
            raise _named(error) from error
        except OSError as error:
            raise JournalUnwritable(str(error)) from error


def _connection_to(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # Held from the first look to the end: of two agents with one journal the second is refused.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # In this mode FULL waits for the disk at each commit; without it a commit could be unsaid by a power cut.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WRITTEN_BACK_AFTER_PAGES}")
        [(verdict,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise _Unreadable(verdict)
    except BaseException:
        connection.close()
        raise
    return connection


def _id_in(connection: sqlite3.Connection) -> str:
    """Return the journal's id, and make it with its tables in a new file."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"journal", "slips"} <= tables:
        made: list[tuple[str, tuple[object, ...]]] = [(statement, ()) for statement in _TABLES]
        _commit(connection, [*made, ("INSERT INTO journal (id) VALUES (?)", (secrets.token_hex(16),))])
    ids = connection.execute("SELECT id FROM journal").fetchall()
    if len(ids) != 1:
        raise _Unreadable(f"it has {len(ids)} names")
    return str(ids[0][0])


def _started(connection: sqlite3.Connection) -> int:
    """Note durably that the journal is opened once more, and return how often it was."""
    _commit(
        connection,
        [
            ("CREATE TABLE IF NOT EXISTS starts (number INTEGER NOT NULL)", ()),
            ("INSERT INTO starts SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM starts)", ()),
            ("UPDATE starts SET number = number + 1", ()),
        ],
    )
    [(number,)] = connection.execute("SELECT number FROM starts").fetchall()
    return int(number)


def _place_of(path: Path) -> str:
    """Return seven characters that tell this file on this machine from a copy of it, here or on another one.

    A machine is told by its last start, or by its network card where the system does not say; what was copied with
    the card would not do. After a new start of the machine the place counts as another one, which is the safe side.
    """
    try:
        machine = _BOOT.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        machine = str(uuid.getnode())
    file = path.stat()
    return hashlib.sha256(f"{machine} {path.resolve()} {file.st_dev} {file.st_ino}".encode()).hexdigest()[:7]


def _commit(connection: sqlite3.Connection, statements: list[tuple[str, tuple[object, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement, values in statements:
            connection.execute(statement, values)
        connection.execute("COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):  # SQLite may have rolled back by itself; the first error is the one to tell.
            connection.execute("ROLLBACK")
        raise


def _named(error: sqlite3.Error) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return JournalInUse(str(error))
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or not isinstance(error, sqlite3.OperationalError):
        return _Unreadable(str(error))
    return JournalUnwritable(str(error))


def _move_aside(path: Path) -> Path:
    """Rename the file and its companions, for a new journal must not be mixed with an old one's log; return its name.

    Raises JournalUnwritable where even that is not allowed.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    try:
        path.rename(aside)
        for companion in ("-wal", "-journal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + companion).rename(aside.with_name(aside.name + companion))
    except OSError as error:
        raise JournalUnwritable(str(error)) from error
    return aside
