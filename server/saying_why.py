"""What ends a command, in one sentence: for whoever reads a terminal or a service's log, never a traceback."""

import errno
import sqlite3

import psycopg
from alembic.util.exc import CommandError
from sqlalchemy.exc import DatabaseError

from server.data_folder import FolderUnusable
from server.db.file import DamagedDatabase, file_at
from server.settings import Settings
from server.web.secrets import KeyDamaged

KNOWN = (DatabaseError, sqlite3.DatabaseError, OSError, CommandError, DamagedDatabase, FolderUnusable, KeyDamaged)


def sentence_for(error: BaseException, settings: Settings) -> str | None:
    """Return the sentence, or None for what nobody foresaw: that is a mistake of ours, and its traceback is wanted."""
    if isinstance(error, FolderUnusable):
        return str(error)
    if isinstance(error, KeyDamaged):
        return f"{error} is damaged; remove it (everybody then logs in anew, and devices are let in again)"
    if isinstance(error, DamagedDatabase):
        return _damaged(str(error.path), error.faults)
    if isinstance(error, CommandError):
        return f"{_database(settings)} was made by a newer version of Saduak ({error}); install that version again"
    if isinstance(error, OSError):
        return None if error.errno in (None, errno.EPIPE) else _of_system(error)
    said = error.orig if isinstance(error, DatabaseError) else error
    if isinstance(said, (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable)):
        return _of_before(_database(settings), str(said).strip().splitlines()[0])
    if isinstance(said, psycopg.Error):
        return _of_postgresql(said, settings)
    return _of_sqlite(str(said), settings) if isinstance(said, sqlite3.DatabaseError) else None


def _of_system(error: OSError) -> str:
    where = "" if error.filename is None else f"{error.filename}: "
    return f"{where}{error.strerror}; look at the disk and at who may write there, then try again"


def _of_postgresql(error: psycopg.Error, settings: Settings) -> str | None:
    if not isinstance(error, psycopg.OperationalError):
        return None
    first = str(error).strip().splitlines()[0]
    return f"{_database(settings)} cannot be used ({first}); see that it runs and that SADUAK_DATABASE_URL is right"


def _of_sqlite(said: str, settings: Settings) -> str | None:
    database = _database(settings)
    if "not a database" in said or "malformed" in said:
        return _damaged(database, [said])
    if "full" in said or "disk I/O" in said:
        return f"{database} cannot be written, the disk is full or fails ({said}); make room, then start again"
    if "unable to open" in said:
        return f"{database} is not there or may not be opened; put it back from a backup, or run `saduak init`"
    if "readonly" in said:
        return f"{database} may not be written ({said}); let this user write in its folder"
    if "locked" in said:
        return f"{database} is held by another program ({said}); wait for it to end, then try again"
    if "no such table" in said or "no such column" in said:  # Whether there is an office was looked at before.
        return _of_before(database, said)
    return None


def _of_before(database: str, said: str) -> str:
    return f"{database} is of an earlier version of Saduak ({said}); run `saduak migrate`"


def _damaged(path: str, faults: list[str]) -> str:
    return f"{path} is damaged ({faults[0]}); put the last backup in its place (`saduak verify` lists what is wrong)"


def _database(settings: Settings) -> str:
    path = file_at(settings.database_url)
    return "the database" if path is None else str(path)
