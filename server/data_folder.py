"""The data folder before anything is done with it: private, writable, whole, and nobody else's at the moment."""

import json
import logging
import os
import stat
import time
from pathlib import Path

from server.db.file import file_at
from server.only_one import OnlyOne
from server.services.founding import CREDENTIALS
from server.settings import Settings

log = logging.getLogger("saduak")

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
OURS = ("saduak.sqlite3*", "credentials*.json", "session.key*", "*.lock*", "slips", "voice")
"""All that Saduak itself makes there, as patterns."""

AGAIN_FOR_SECONDS = 1.0  # A command holds the lock for a moment when it ends, and a server that is just ending too.


class FolderUnusable(RuntimeError):
    """The data folder cannot be used as it is; the message is one sentence for whoever started us."""


def use_folder(settings: Settings) -> None:
    """Make the data folder where there is none, and keep others out of it and of whatever this process makes in it.

    A folder in which other things lie too keeps its mode. Raises FolderUnusable where nothing can be written.
    """
    os.umask(0o077)
    folder = settings.data
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _make_private(folder)
        probe = folder / ".writable.lock"
        probe.write_bytes(b"can this be written?")
        probe.unlink()
    except OSError as error:
        raise FolderUnusable(
            f"{folder}: nothing can be written there ({error.strerror}); let this user write in it, make room, or name "
            "another folder with SADUAK_DATA"
        ) from None


def _make_private(folder: Path) -> None:
    ours = {path for pattern in OURS for path in folder.glob(pattern)}
    if ours >= set(folder.iterdir()):
        _set_mode(folder, PRIVATE_FOLDER)
    for path in ours:
        if path.is_symlink():
            continue
        _set_mode(path, PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
        for slip in path.glob("*") if path.is_dir() else ():
            _set_mode(slip, PRIVATE_FILE)


def _set_mode(path: Path, mode: int) -> None:
    try:
        if stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode)
    except OSError as error:  # Such as another user's, or one that has just been removed.
        log.warning('left_readable path=%s reason="%s"', path, error.strerror)


def refuse_lost(settings: Settings, *, has_office: bool) -> None:
    """Raise FolderUnusable where the office's secrets lie without its database, or the database without them.

    Only a database inside the folder misses them: several servers may share one that lies elsewhere. Who keeps the
    secrets in another place leaves `{}` in the file.
    """
    secrets = settings.data / CREDENTIALS
    database = file_at(settings.database_url)
    if not has_office and os.path.lexists(secrets):
        raise FolderUnusable(
            f"{settings.data} has the secrets of an office ({CREDENTIALS}) but not the office: {_named(settings)} is "
            f"gone or empty; put it back from a backup, or, to begin a new office, move {CREDENTIALS} away and run "
            "`saduak init`"
        )
    if not has_office or database is None or database.parent.resolve() != settings.data.resolve():
        return
    try:
        is_whole = isinstance(json.loads(secrets.read_text(encoding="utf-8")), dict)
    except FileNotFoundError:
        raise FolderUnusable(
            f"{settings.data} has an office ({database.name}) but not its secrets: {CREDENTIALS} is gone; put it back "
            "from a backup, or run `saduak credentials` to make new ones (if you keep them elsewhere, leave a file "
            "with {} in its place)"
        ) from None
    except (OSError, ValueError):
        is_whole = False
    if not is_whole:
        raise FolderUnusable(
            f"{secrets} is damaged; put it back from a backup, or remove it and run `saduak credentials` to make new "
            "secrets"
        )


def _named(settings: Settings) -> str:
    database = file_at(settings.database_url)
    return "its database" if database is None else str(database)


def only_server(settings: Settings) -> OnlyOne | None:
    """Return the lock by which this process is the only server of an embedded database, None for another kind.

    It is held until the process ends. Raises FolderUnusable while another server has it.
    """
    database = file_at(settings.database_url)
    if database is None:
        return None
    lock = OnlyOne(database.with_name(f"{database.name}.lock"))
    until = time.monotonic() + AGAIN_FOR_SECONDS
    while not lock.is_me() and lock.fault is None and time.monotonic() < until:
        time.sleep(0.05)
    if not lock.is_me():
        if lock.fault is not None:
            raise FolderUnusable(f"{database}.lock is damaged ({lock.fault}); it holds nothing: remove it")
        raise FolderUnusable(
            f"another server works with {database} already; end that one first, or name another folder with "
            "SADUAK_DATA (several servers on one office need PostgreSQL)"
        )
    return lock
