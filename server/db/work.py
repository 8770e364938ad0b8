"""The unit of work: one transaction a command, with the office locked, its events and its `seq` together.

Nothing may yield inside one: on SQLite a yield in a write transaction lets another green thread wait for the lock in
C, which stops the whole loop (tried). So no emit, no print, no device, no sleep between begin and commit.
"""

import hashlib
import json
import logging
import secrets
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Engine, bindparam, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError, NoResultFound
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.db.configurations import (
    Configurations,
    InUse,
    change_office,
    document_of,
    in_force,
    in_use,
    is_in_force,
    read_version,
)
from server.db.counters import Counters
from server.db.devices import Devices
from server.db.engine import begin, is_sqlite, one_moment
from server.db.events import StoredEvent, events_after, last_told
from server.db.file import DatabaseFile, write_nothing
from server.db.legs import Legs
from server.db.login_attempts import LoginAttempts
from server.db.office_time import OfficeTime, OfficeTimes
from server.db.paces import Kept, Paces
from server.db.pairings import Pairings
from server.db.people import People
from server.db.prepared import Prepared
from server.db.print_jobs import PrintJobs
from server.db.printers import Printers
from server.db.ratings import Ratings
from server.db.requests import Requests
from server.db.rows import EventRow, OfficeRow
from server.db.sessions import Sessions
from server.db.tickets import Tickets
from server.db.types import from_microseconds, to_microseconds
from server.domain.errors import QueueError
from server.domain.events import ConfigurationChanged, Event
from server.domain.hours import explain_silence
from server.domain.office import Office
from server.domain.phone_codes import PhoneCodes
from server.domain.tickets import business_day

log = logging.getLogger("saduak.db")

BUSY_FOR_SECONDS = 5.0  # A backup or another process may hold the file for moments; longer is named, not waited for.
CLOCK_OFFSET = timedelta(seconds=2)
ANSWERS_OUTLIVE_MIDNIGHT = timedelta(hours=1)  # Else a tap at 23:59:59 and its retry two seconds later would be two.

_SEE_OFFICE = select(
    OfficeRow.seq, OfficeRow.last_hash, OfficeRow.last_at, OfficeRow.configuration_version, OfficeRow.closed_before
).where(OfficeRow.id == bindparam("office"))
_LOCK_OFFICE = Prepared(_SEE_OFFICE.with_for_update())
_ADVANCE = Prepared(
    update(OfficeRow)
    .where(OfficeRow.id == bindparam("office"))
    .values(seq=bindparam("new_seq"), last_hash=bindparam("new_hash"), last_at=bindparam("new_at"))
)
_INSERT_EVENT = Prepared(insert(EventRow), *(column.key for column in EventRow.__table__.columns))


class DatabaseBusy(QueueError):
    """Another process holds the database; nothing was changed, ask again."""

    code = "database_busy"


class StorageFull(QueueError):
    """The disk is full; nothing was changed."""

    code = "storage_full"


class DatabaseDamaged(QueueError):
    """What is stored cannot be read; nothing was changed, and an administrator has to bring a backup back."""

    code = "database_damaged"


class DatabaseGone(QueueError):
    """The database's file was taken away, or another put in its place; what is written would be lost."""

    code = "database_gone"


class ClockUnconfirmed(QueueError):
    """The clock has jumped ahead by more than the office's hours explain; nothing is dated until a person confirms it.

    `last_known` and `clock` are the times, in ISO 8601 and the office's zone.
    """

    code = "clock_unconfirmed"


class YieldInsideWork(RuntimeError):
    """Our own mistake: something that yields was called inside a unit of work."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an opaque key that an event may keep (`account:3`, `device:2`, `system`), never a name."""

    key: str
    device: str | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class OfficeNow:
    """The office's row as a command finds it."""

    seq: int
    last_hash: str
    last_at: datetime | None
    configuration_version: int
    closed_before: str | None

    @classmethod
    def of(cls, row: tuple[int, str, int | None, int, str | None] | None) -> "OfficeNow":
        """Return it from the row as the driver gives it; NoResultFound for an office that is not there."""
        if row is None:
            raise NoResultFound("No row was found for this office")
        seq, last_hash, last_at, version, closed_before = row
        return cls(seq, last_hash, None if last_at is None else from_microseconds(last_at), version, closed_before)


class UnitOfWork:
    """One command's transaction on one office. `now` never runs back; `day` is the business day of `now`."""

    def __init__(
        self,
        connection: Connection,
        office_id: int,
        office: Office,
        locked: OfficeNow,
        now: datetime,
        actor: Actor,
        hears: Mapping[str, frozenset[str]],
        paces: Kept,
        phone_codes: PhoneCodes,
    ) -> None:
        self.office_id = office_id
        self.office = office
        self.now = now
        self.actor = actor
        self.request_id: str | None = None
        self.tickets = Tickets(connection, office_id)
        self.legs = Legs(connection, office_id)
        self.counters = Counters(connection, office_id)
        self.ratings = Ratings(connection, office_id)
        self.print_jobs = PrintJobs(connection, office_id)
        self.printers = Printers(connection, office_id)
        self.devices = Devices(connection, office_id)
        self.pairings = Pairings(connection, office_id)
        self.requests = Requests(connection, office_id)
        self.sessions = Sessions(connection, office_id)
        self.people = People(connection)
        self.paces = Paces(connection, office_id, paces)
        self.phone_codes = phone_codes
        self._connection = connection
        self._hears = hears
        self._seq: int = locked.seq
        self._hash: str = locked.last_hash
        self.events: list[dict[str, Any]] = []  # Recorded here, not yet saved.

    @property
    def day(self) -> date:
        """The business day of this command, in the office's zone."""
        return business_day(self.office, self.now)

    @property
    def seq(self) -> int:
        """The office's last event number, those recorded here included."""
        return self._seq

    def told_to(self, audience: str, counter: int | None = None) -> int:
        """Return the last `seq` that this audience hears of; the office's own where nobody said what it hears."""
        kinds = self._hears.get(audience)
        if kinds is None:
            return self._seq
        return last_told(self._connection, self.office_id, sorted(kinds), counter, until=self._seq)

    @property
    def next_seq(self) -> int:
        """The number that the next recorded event will have."""
        return self._seq + 1

    def event_at(self, seq: int) -> StoredEvent:
        """Return the event of that number, which is known to be there."""
        # The close of the day may have recorded it in this very command.
        here = next((event for event in self.events if event["seq"] == seq), None)
        return StoredEvent(**here) if here else events_after(self._connection, self.office_id, seq - 1, most=1)[0]

    def last_event_at(self, counter: int, kinds: Collection[str]) -> StoredEvent | None:
        """Return the counter's newest event of these kinds that was there before this command, or None."""
        seq = last_told(self._connection, self.office_id, sorted(kinds), counter, until=self._seq - len(self.events))
        return self.event_at(seq) if seq else None

    def days_closed_before(self, day: date) -> None:
        """Note that every business day before that one has been closed."""
        self._connection.execute(
            update(OfficeRow)
            .where(OfficeRow.id == self.office_id)
            # With its time: else a clock that is set back could bring the closed day back, and nobody would close it.
            .values(closed_before=day.isoformat(), last_at=self.now)
        )

    def login_attempts(self, wall: datetime) -> LoginAttempts:
        """Return the wrong passwords of late, of all offices; `wall` is the machine's own time."""
        return LoginAttempts(self._connection, wall)

    def set_back(self, to: datetime) -> None:
        """Let the office's time be earlier from here on: what this command records next is dated so."""
        self.now = to
        self._connection.execute(
            update(OfficeRow).where(OfficeRow.id == self.office_id).values(closed_before=self.day.isoformat())
        )

    def in_use(self) -> InUse:
        """Return what cannot be taken out of the configuration just now."""
        return in_use(self._connection, self.office_id, self.day)

    def document(self) -> dict[str, Any]:
        """Return what the office file in force says."""
        return document_of(self._connection, self.office_id, self.office.version)

    def put_in_force(self, document: dict[str, Any]) -> int | None:
        """Put this office file in force as the next version, for the rest of this command too, and return the version.

        Returns None, and changes nothing, where the file says what is in force already.
        """
        if is_in_force(self._connection, self.office_id, self.office.version, document):
            return None
        version = change_office(self._connection, self.office_id, document, self.now)
        # Not by the cache: what is not committed yet may never be.
        self.office = read_version(self._connection, self.office_id, version)
        self.tell_configuration()
        return version

    def tell_configuration(self) -> None:
        """Record what is in force, with its digest."""
        digest, since = in_force(self._connection, self.office_id, self.office.version)
        self.record(ConfigurationChanged(configuration=self.office.version, digest=digest, since=since))

    @property
    def is_configuration_told(self) -> bool:
        """Whether an event tells the digest of what is in force: none does at first, nor did before there were any."""
        seq = last_told(self._connection, self.office_id, [ConfigurationChanged.kind()], until=self._seq)
        said = json.loads(self.event_at(seq).payload) if seq else {}
        return said.get("configuration") == self.office.version and said.get("digest") is not None

    def record(self, event: Event, *, counter: int | None = None, occurred_at: datetime | None = None,
               by: Actor | None = None) -> int:  # fmt: skip
        """Append the event with the office's next `seq`, and return that; screens hear of it after the commit.

        `by` is who did it, if it was not who asks.
        """
        actor = by or self.actor
        self._seq += 1
        payload = json.dumps(event.payload(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        row: dict[str, Any] = {
            "office_id": self.office_id,
            "seq": self._seq,
            "kind": event.kind(),
            "version": event.version,
            "payload": payload,
            "occurred_at": occurred_at or self.now,
            "recorded_at": self.now,
            "actor": actor.key,
            "device": actor.device,
            "request_id": self.request_id,
            "rule_version": self.office.rule.version,
            "counter": counter,
            "previous_hash": self._hash,
        }
        self._hash = chain_hash(row)
        self.events.append(row)
        return self._seq

    def save_events(self) -> None:
        """Write the recorded events and advance the office; the unit of work does this before its commit."""
        if self.events:
            for event in self.events:
                _INSERT_EVENT.run(self._connection, event)
            _ADVANCE.run(
                self._connection,
                {"office": self.office_id, "new_seq": self._seq, "new_hash": self._hash, "new_at": self.now},
            )


def chain_hash(row: Mapping[str, object]) -> str:
    """Return the SHA-256 of all an event's facts, the hash before it among them: changing an old one breaks the chain.

    Times are hashed as they are stored, for the same moment can be written in many zones.
    """
    parts = [to_microseconds(each) if isinstance(each, datetime) else each for each in map(row.__getitem__, _HASHED)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


_HASHED = (
    "previous_hash", "office_id", "seq", "kind", "version", "payload", "occurred_at", "recorded_at", "actor", "device",
    "request_id", "rule_version", "counter",
)  # fmt: skip


class Database:
    """Opens units of work. `sleep` yields to the loop; `steady` counts the clock's seconds and is never set back.

    Of `key` the phone codes are made, the same in every process that issues tickets or draws slips; without one, as on
    the command line, which does neither, they are of this process alone.

    After each commit with events `committed` is handed them, and `told` hears (office, seq).
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime], *,
                 steady: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep,
                 cooperative: bool = False, busy_for_seconds: float = BUSY_FOR_SECONDS,
                 key: bytes | None = None) -> None:  # fmt: skip
        self.engine = engine
        self.clock = clock
        self.configurations = Configurations(engine)
        self.phone_codes = PhoneCodes(key or secrets.token_bytes(32))
        self.hears: dict[str, frozenset[str]] = {}  # Audience -> kinds of event; create_app fills it.
        self.committed: Callable[[int, int, list[StoredEvent]], None] = lambda _office, _seq, _events: None
        self.told: list[Callable[[int, int], None]] = []
        self.new_day: Callable[[UnitOfWork], None] = lambda _work: None  # Closes what earlier days left open.
        self.yields_seen = 0
        self.clock_behind = timedelta(0)
        # The machine's own time: a device is silent for as long as it really is, whatever time the office plays.
        self.wall: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._times = OfficeTimes(clock, steady)
        self._sleep = sleep
        self._cooperative = cooperative
        self._busy_for_seconds = busy_for_seconds
        self._sqlite = is_sqlite(engine)
        self._file = DatabaseFile(engine.url.render_as_string(hide_password=False))
        self._writer = threading.Lock()
        self._writers: dict[int | None, threading.Lock] = defaultdict(threading.Lock)
        self._writing = False
        self._here = threading.local()
        self._forgotten_before: dict[int, date] = {}
        self._paces: Kept = {}

    def refuse_inside_work(self) -> None:
        """Raise YieldInsideWork if this thread is between begin and commit; whatever yields asks this first."""
        if getattr(self._here, "open", False):
            raise YieldInsideWork("a unit of work is open here")

    @contextmanager
    def work(self, office_id: int, actor: Actor = SYSTEM, *, believes_clock: bool = False) -> Iterator[UnitOfWork]:
        """Open one command on that office: all of it is saved at the end, or nothing if anything is raised.

        Raises DatabaseBusy or StorageFull when the database cannot take it, ClockUnconfirmed while a jump of the clock
        is to be confirmed (`believes_clock` is for the command that does).
        """
        with self.writing(office_id) as connection:
            locked = OfficeNow.of(_LOCK_OFFICE.row(connection, {"office": office_id}))
            office = self.configurations.at(connection, office_id, locked.configuration_version)
            work = UnitOfWork(
                connection,
                office_id,
                office,
                locked,
                self._time_of(office_id, office, locked.last_at, believes_clock),
                actor,
                self.hears,
                self._paces,
                self.phone_codes,
            )
            old_day = business_day(office, work.now - ANSWERS_OUTLIVE_MIDNIGHT)
            is_new_day = self._forgotten_before.get(office_id) != old_day
            if is_new_day:
                work.requests.forget_before(old_day)
            if (locked.closed_before or "") < work.day.isoformat():
                self.new_day(work)
            yield work
            work.save_events()
        if is_new_day:
            self._forgotten_before[office_id] = old_day
        if work.events:
            self.committed(office_id, work.seq, [StoredEvent(**row) for row in work.events])
            for tell in self.told:
                tell(office_id, work.seq)

    @contextmanager
    def writing(self, office_id: int | None = None) -> Iterator[Connection]:
        """Open a transaction for what is no command on an office, such as a one-time link; refuses as `work` does.

        Commands on an office name it, and wait here for each other.
        """
        self.refuse_inside_work()
        self._refuse_if_gone()
        deadline = time.monotonic() + self._busy_for_seconds
        with self._one_writer(office_id):
            connection = self._begin(deadline)
            self._here.open = self._writing = True
            try:
                yield connection
                connection.commit()
            except DatabaseError as error:
                raise named_refusal(error) from error
            finally:
                self._here.open = self._writing = False
                connection.close()

    @contextmanager
    def read(self, office_id: int) -> Iterator[UnitOfWork]:
        """Open a consistent look at that office; whatever is recorded in it is thrown away."""
        self.refuse_inside_work()
        self._refuse_if_gone()
        try:
            with one_moment(self.engine) as connection:
                locked = OfficeNow(*connection.execute(_SEE_OFFICE, {"office": office_id}).one())
                office = self.configurations.at(connection, office_id, locked.configuration_version)
                now = self._times.at(office_id, locked.last_at, partial(explain_silence, office)).now
                yield UnitOfWork(connection, office_id, office, locked, now, SYSTEM, self.hears, self._paces,
                                 self.phone_codes)  # fmt: skip
        except DatabaseError as error:
            raise named_refusal(error) from error
        except PoolTimeout:
            raise DatabaseBusy() from None

    def refuse_unless_ready(self) -> None:
        """Raise the refusal that every command would meet just now, if there is one: tried by writing."""
        with self.writing() as connection:
            write_nothing(connection)

    def _refuse_if_gone(self) -> None:
        if self._file.is_gone:
            raise DatabaseGone()

    @contextmanager
    def _one_writer(self, office_id: int | None) -> Iterator[None]:
        # On PostgreSQL the office's row is the lock; each that waited for it there would keep a connection meanwhile.
        writer = self._writer if self._sqlite else self._writers[office_id]
        if not self._sqlite and office_id is None:
            yield
            return
        if self._sqlite and self._cooperative and self._writing:
            self.yields_seen += 1
            log.error("yield_inside_unit_of_work: a green thread ran while another's transaction was open")
        # Bounded: else the tenth to wait behind a locked file would wait ten times as long as the first.
        if not writer.acquire(timeout=self._busy_for_seconds):
            raise DatabaseBusy()
        try:
            yield
        finally:
            writer.release()

    def _begin(self, deadline: float) -> Connection:
        while True:
            try:
                return self._begun()
            except DatabaseError as error:
                if not isinstance(named_refusal(error), DatabaseBusy) or time.monotonic() > deadline:
                    raise named_refusal(error) from error
            except PoolTimeout:
                raise DatabaseBusy() from None
            self._sleep(0.01)

    def _begun(self) -> Connection:
        connection = self.engine.connect()
        try:
            begin(connection, write=True)
        except DatabaseError:
            connection.close()
            raise
        return connection

    def time_of(self, office_id: int) -> OfficeTime:
        """Return the office's time, how far the clock is behind it, and whether it has jumped; looks only."""
        with self.engine.connect() as connection:
            locked = OfficeNow(*connection.execute(_SEE_OFFICE, {"office": office_id}).one())
            office = self.configurations.at(connection, office_id, locked.configuration_version)
        return self._times.at(office_id, locked.last_at, partial(explain_silence, office))

    def _time_of(self, office_id: int, office: Office, last_at: datetime | None, believes_clock: bool) -> datetime:
        """Return the office's time, and say in the log and to the watching machine if the clock is behind it."""
        now, self.clock_behind, jumped_from = self._times.at(office_id, last_at, partial(explain_silence, office))
        if self.clock_behind > CLOCK_OFFSET:
            log.warning("clock_behind seconds=%.1f", self.clock_behind.total_seconds())
        if jumped_from is not None and not believes_clock:
            raise ClockUnconfirmed(
                last_known=jumped_from.astimezone(office.zone).isoformat(timespec="seconds"),
                clock=now.astimezone(office.zone).isoformat(timespec="seconds"),
            )
        return now


def named_refusal(error: DatabaseError) -> Exception:
    """Return our own refusal for what the database says, or the error itself."""
    if isinstance(error.orig, psycopg.errors.DiskFull):
        return StorageFull()
    if isinstance(error.orig, (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)):
        return DatabaseBusy()
    if isinstance(error.orig, psycopg.OperationalError) and (error.orig.sqlstate or "08")[:2] in {"08", "57"}:
        return DatabaseBusy()  # It hung up or cannot be reached, as while it is started anew.
    said = str(error.orig)
    if isinstance(error.orig, sqlite3.OperationalError):
        if "locked" in said or "busy" in said:
            return DatabaseBusy()
        if "full" in said or "disk I/O" in said or "readonly" in said:
            return StorageFull()
        if "unable to open" in said:
            return DatabaseGone()
    if isinstance(error.orig, sqlite3.DatabaseError) and ("malformed" in said or "not a database" in said):
        return DatabaseDamaged()
    return error
