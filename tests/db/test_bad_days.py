"""The database locked by another process, the disk full, the server of the database gone: named, and nothing lost."""

import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from server.db.engine import open_engine
from server.db.work import Database, DatabaseBusy, StorageFull
from server.services.verifying import verify
from tests.services.office import Founder, OfficeAtWork

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
held.execute("ROLLBACK")
"""


@contextmanager
def locked_by_another_process(office: OfficeAtWork) -> Iterator[Callable[[], None]]:
    """Hold the database's file in another process until the block ends, or until what is given is called."""
    file = office.url.removeprefix("sqlite:///")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    try:
        yield holder.stdin.close
    finally:
        holder.stdin.close()
        holder.wait(10)
        holder.stdout.close()


def test_a_database_locked_for_a_moment_is_waited_for(found_on_sqlite: Founder) -> None:
    office = found_on_sqlite()
    office.takes_a_number()

    with locked_by_another_process(office) as release:
        threading.Timer(0.5, release).start()
        began = time.monotonic()
        ticket = office.takes_a_number()
        waited = time.monotonic() - began

    assert ticket.number == "A002"
    assert waited > 0.3
    assert office.db.yields_seen == 0


def test_a_database_locked_for_longer_is_named_and_nothing_is_changed(found_on_sqlite: Founder) -> None:
    office = found_on_sqlite(busy_for_seconds=0.2)
    office.takes_a_number()

    with locked_by_another_process(office):
        with office.refuses(DatabaseBusy):
            office.takes_a_number(request_id="again")
        with pytest.raises(DatabaseBusy), office.db.writing():
            pass
        with office.db.read(office.id) as look:  # Who only looks is not kept waiting.
            assert look.legs.waiting_by_queue() == {"A": 1}

    assert office.takes_a_number(request_id="again").number == "A002"


def test_forty_who_wait_for_a_locked_database_are_told_together_and_not_one_after_the_other(
    found_on_sqlite: Founder,
) -> None:
    office = found_on_sqlite(busy_for_seconds=0.2)
    refused: list[float] = []

    def taps() -> None:
        with pytest.raises(DatabaseBusy):
            office.takes_a_number()
        refused.append(time.monotonic())

    with locked_by_another_process(office):
        began = time.monotonic()
        citizens = [threading.Thread(target=taps) for _ in range(40)]
        for citizen in citizens:
            citizen.start()
        for citizen in citizens:
            citizen.join(10)

    assert len(refused) == 40
    assert max(refused) - began < 1.5


def fills_up(office: OfficeAtWork, spare_pages: int) -> Callable[[], None]:
    """Leave the disk so many pages; what is returned makes room again."""
    limit = {"pages": 0}

    def limited(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit['pages'] or 2**30}")

    def limit_to(pages: int) -> None:
        limit["pages"] = pages
        office.engine.dispose()

    with office.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    event.listen(office.engine, "connect", limited)
    limit_to(pages + spare_pages)
    return lambda: limit_to(0)


def test_a_full_disk_is_named_nothing_is_half_saved_and_it_goes_on_when_there_is_room(
    found_on_sqlite: Founder,
) -> None:
    office = found_on_sqlite()
    office.opens(1)
    make_room = fills_up(office, spare_pages=6)

    issued, before = 0, office.picture()
    try:
        for issued in range(1, 500):
            before = office.picture()
            office.takes_a_number(request_id=f"tap {issued}")
    except StorageFull:
        pass

    assert 1 < issued < 499
    assert office.picture() == before
    make_room()
    assert office.takes_a_number(request_id=f"tap {issued}").number == f"A{issued:03}"
    assert office.calls_somebody(1).number == "A001"
    assert verify(office.engine, office.id, office.config).differences == []


@contextmanager
def no_file_may_grow(beyond_bytes: int) -> Iterator[None]:
    """Let the system refuse every write beyond that, as a full disk does: SQLite meets it when it commits."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_commit_that_the_disk_refuses_saves_nothing_and_holds_up_nobody(found_on_sqlite: Founder) -> None:
    office = found_on_sqlite()
    office.opens(1)
    log = Path(office.url.removeprefix("sqlite:///") + "-wal")

    with no_file_may_grow(log.stat().st_size + 1000), office.refuses(StorageFull):
        office.takes_a_number(request_id="tap")

    assert office.takes_a_number(request_id="tap").number == "A001"
    assert office.calls_somebody(1).number == "A001"
    assert verify(office.engine, office.id, office.config).differences == []


def test_a_file_that_cannot_be_opened_is_no_silent_success(found_on_sqlite: Founder) -> None:
    office = found_on_sqlite()
    file = Path(office.url.removeprefix("sqlite:///"))
    office.engine.dispose()
    aside = file.with_suffix(".aside")
    file.rename(aside)
    file.mkdir()

    with pytest.raises(Exception, match="unable to open database file"):
        office.takes_a_number()

    file.rmdir()
    aside.rename(file)
    assert office.takes_a_number().number == "A001"


def test_a_postgresql_that_is_not_there_is_named(found_on_sqlite: Founder) -> None:
    clock = found_on_sqlite().clock
    nobody_listens = open_engine("postgresql+psycopg://saduak@127.0.0.1:1/saduak")
    db = Database(nobody_listens, clock, busy_for_seconds=0.1)

    with pytest.raises(DatabaseBusy), db.work(1):
        pass
    with pytest.raises(DatabaseBusy), db.read(1):
        pass


@contextmanager
def impatient(office: OfficeAtWork) -> Iterator[None]:
    """Let the office wait for a lock for a moment only."""

    def shorten(session: psycopg.Connection[Any], _record: object) -> None:
        session.execute("SET lock_timeout = 200")
        session.commit()

    event.listen(office.engine, "connect", shorten)
    office.engine.dispose()
    yield
    event.remove(office.engine, "connect", shorten)
    office.engine.dispose()


@contextmanager
def as_the_server(office: OfficeAtWork) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's session on the office's PostgreSQL."""
    with psycopg.connect(office.url.replace("+psycopg", ""), autocommit=True) as session:
        yield session


@pytest.mark.postgres
def test_an_office_locked_by_a_forgotten_session_is_named_and_nothing_is_changed(found_on_postgres: Founder) -> None:
    office = found_on_postgres()

    with impatient(office), as_the_server(office) as forgotten:
        forgotten.execute("BEGIN")
        forgotten.execute("SELECT * FROM offices FOR UPDATE")
        with office.refuses(DatabaseBusy):
            office.takes_a_number(request_id="again")
        forgotten.execute("ROLLBACK")

    assert office.takes_a_number(request_id="again").number == "A001"


@pytest.mark.postgres
def test_a_lock_is_never_waited_for_without_end(found_on_postgres: Founder) -> None:
    office = found_on_postgres()

    with office.engine.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s"


@pytest.mark.postgres
def test_a_postgresql_that_is_started_anew_is_named_and_nothing_is_half_saved(found_on_postgres: Founder) -> None:
    office = found_on_postgres()
    office.takes_a_number()

    with office.refuses(DatabaseBusy), office.db.work(office.id) as work, as_the_server(office) as server:
        work.tickets.count_issued("id_renew", work.day)
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                       "AND datname = current_database() AND state = 'idle in transaction'")  # fmt: skip
        work.tickets.take_numbers("A", work.day, first=1)

    assert office.takes_a_number().number == "A002"
