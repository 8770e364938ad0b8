"""An office at work for tests: a real database, a clock moved by hand, and what its people do, in their own words."""

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select, text

from server.db.engine import open_engine, sqlite_url
from server.db.events import StoredEvent, all_events
from server.db.migrating import migrate
from server.db.people import Identity, People
from server.db.rows import Base
from server.db.work import Database
from server.domain.errors import QueueError
from server.domain.office import Language, Office
from server.services import (
    issuing,
    looking,
    looking_at_counter,
    moving,
    rating,
    serving,
    staffing,
    summoning,
    undoing,
)
from server.services.closing import close_earlier_days
from server.services.describing import with_code
from server.services.founding import found_office
from server.services.shapes import (
    AddServiceRequest,
    CallRequest,
    CancelRequest,
    IssueRequest,
    NoShowRequest,
    Rating,
    RatingRequest,
    Ticket,
    TransferRequest,
    WalkUpRequest,
)
from server.services.verifying import Verdict, verify

OFFICES = Path(__file__).parents[2] / "config" / "offices"
MONDAY_MORNING = "2026-11-23T09:00:00+07:00"
# Real Argon2, but quick: what the real cost protects against does not visit a test.
hash_quickly = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash
_database_numbers = count(1)


@dataclass
class HandMovedClock:
    """A clock that stands still until somebody moves it, in either direction."""

    now: datetime = field(default_factory=lambda: datetime.fromisoformat(MONDAY_MORNING).astimezone(UTC))
    seconds: float = 0.0

    def __call__(self) -> datetime:
        return self.now

    def steady(self) -> float:
        """The seconds that have passed, whatever the clock was set to."""
        return self.seconds

    def moves(self, **span: float) -> None:
        """Let so much time pass; less than nothing sets the clock back."""
        passed = timedelta(**span)
        self.now += passed
        self.seconds += max(passed.total_seconds(), 0)

    def stands_at(self, when: str) -> None:
        """Set it to an ISO 8601 time with its offset, or to a time of the same day in Bangkok ("09:30")."""
        if len(when) <= len("09:30:00"):
            today = (self.now + timedelta(hours=7)).date()
            when = f"{today.isoformat()}T{when}+07:00"
        self.now = datetime.fromisoformat(when).astimezone(UTC)


KEY = b"of every process of this office"


class OfficeAtWork:
    """A founded office on a database; its methods are what people do there."""

    def __init__(self, url: str, clock: HandMovedClock, engine: Engine | None = None, **how: Any) -> None:
        self.url = url
        self.clock = clock
        self.engine = engine or open_engine(url)
        self.db = Database(self.engine, clock, steady=clock.steady, **{"key": KEY, **how})
        self.db.new_day = close_earlier_days
        with self.engine.connect() as connection:
            people = People(connection)
            self.id = 1
            devices = people.devices(self.id)
            self._people = {user: people.login(user) for user in people.users(self.id).values()}
        self.kiosk = next(each for each in devices if each.role == "kiosk")
        self.display = next(each for each in devices if each.role == "display")
        self._tablets = {each.counter: each for each in devices if each.role == "rating"}

    @property
    def config(self) -> Office:
        """The office as it is configured."""
        return self.db.configurations.current(self.id)

    def person(self, user: str) -> Identity:
        """The account of that name."""
        found = self._people[user]
        assert found is not None
        return found.identity

    def knows_again(self, user: str) -> None:
        """That account has other rights than before."""
        with self.engine.connect() as connection:
            self._people[user] = People(connection).login(user)

    def officer(self, counter: int) -> Identity:
        """The officer of that counter."""
        return self.person(f"officer{counter}")

    def tablet(self, counter: int) -> Identity:
        """The rating tablet of that counter."""
        return self._tablets[counter]

    # What people do.

    def takes_a_number(
        self,
        service: str | None = None,
        *,
        priority: bool = False,
        language: Language = "th",
        request_id: str | None = None,
        prints: bool = False,
    ) -> Ticket:
        """A citizen taps the kiosk; without a service, the first one."""
        wanted = IssueRequest(
            service=service or self.config.services[0].id,
            priority=priority,
            language=language,
            request_id=request_id,
        )
        return issuing.issue_ticket(self.db, self.kiosk, wanted, prints=prints).value

    def opens(self, counter: int = 1) -> None:
        """The counter's officer opens it."""
        staffing.open_counter(self.db, self.officer(counter), counter, None)

    def closes(self, counter: int = 1) -> None:
        """The counter's officer closes it."""
        staffing.close_counter(self.db, self.officer(counter), counter, None)

    def calls(self, counter: int = 1, *, request_id: str | None = None) -> Ticket | None:
        """The counter's officer calls the next; None when nobody waits."""
        called = summoning.call_next(self.db, self.officer(counter), counter, request_id)
        return called.value if called else None

    def calls_somebody(self, counter: int = 1) -> Ticket:
        """The counter's officer calls the next, and there is one."""
        called = self.calls(counter)
        assert called is not None
        return called

    def recalls(self, ticket: Ticket, counter: int = 1, *, request_id: str | None = None) -> Ticket:
        """The counter's officer calls that ticket again."""
        return serving.recall(self.db, self.officer(counter), int(ticket.id), request_id).value

    def starts(self, ticket: Ticket, counter: int = 1, *, request_id: str | None = None) -> Ticket:
        """The citizen is at the counter."""
        return serving.start(self.db, self.officer(counter), int(ticket.id), request_id).value

    def finishes(self, ticket: Ticket, counter: int = 1, *, request_id: str | None = None) -> Ticket:
        """Service is done."""
        return serving.finish(self.db, self.officer(counter), int(ticket.id), request_id).value

    def misses(self, ticket: Ticket, counter: int = 1, *, sure: bool = True, request_id: str | None = None) -> Ticket:
        """Nobody came."""
        wanted = NoShowRequest(sure=sure, request_id=request_id)
        return serving.no_show(self.db, self.officer(counter), int(ticket.id), wanted).value

    def calls_out_of_order(self, ticket: Ticket, reason: str | None = "wheelchair", counter: int = 1, *,
                           request_id: str | None = None) -> Ticket:  # fmt: skip
        """The counter's officer calls that ticket before its turn."""
        wanted = CallRequest(ticket=ticket.id, reason=reason, request_id=request_id)
        return summoning.call_out_of_order(self.db, self.officer(counter), counter, wanted).value

    def serves_a_walk_up(self, counter: int = 1, *, service: str | None = None, reason: str | None = "quick_question",
                         request_id: str | None = None) -> Ticket:  # fmt: skip
        """Somebody without a ticket is served at the counter."""
        wanted = WalkUpRequest(service=service or self.config.services[0].id, reason=reason, request_id=request_id)
        return summoning.walk_up(self.db, self.officer(counter), counter, wanted).value

    def pauses(self, counter: int = 1, reason: str | None = "rest") -> None:
        """The counter's officer takes a break."""
        staffing.pause_counter(self.db, self.officer(counter), counter, reason, None)

    def holds(self, ticket: Ticket, counter: int = 1) -> Ticket:
        """The counter's officer puts the visit aside."""
        return serving.hold(self.db, self.officer(counter), int(ticket.id), None).value

    def resumes(self, ticket: Ticket, counter: int = 1) -> Ticket:
        """The counter's officer goes on with a held visit."""
        return serving.resume(self.db, self.officer(counter), int(ticket.id), None).value

    def adds_a_service(self, ticket: Ticket, service: str, counter: int = 1, *, sure: bool = False) -> Ticket:
        """The counter's officer goes on with another service of the same visit."""
        wanted = AddServiceRequest(service=service, sure=sure)
        return serving.add_service(self.db, self.officer(counter), int(ticket.id), wanted).value

    def returns(self, ticket: Ticket, by: Identity | None = None) -> Ticket:
        """Reception puts a no-show into the line again."""
        return moving.come_back(self.db, by or self.person("reception"), int(ticket.id), None).value

    def transfers(self, ticket: Ticket, by: Identity | None = None, *, service: str | None = None,
                  queue: str | None = None, counter: int | None = None) -> Ticket:  # fmt: skip
        """Reception, or whoever has the ticket, sends the visit on."""
        wanted = TransferRequest(service=service, queue=queue, counter=counter)
        return moving.transfer(self.db, by or self.person("reception"), int(ticket.id), wanted).value

    def cancels(self, ticket: Ticket, by: Identity | None = None, *, reason: str | None = None) -> Ticket:
        """Reception, or whoever has the ticket, ends the visit."""
        wanted = CancelRequest(reason=reason)
        return moving.cancel(self.db, by or self.person("reception"), int(ticket.id), wanted).value

    def gives_up(self, ticket: Ticket) -> Ticket:
        """The citizen cancels on the phone."""
        return moving.cancel_own(self.db, self.code_of(ticket))

    def code_of(self, ticket: Ticket) -> str:
        """The code on that ticket's slip."""
        with self.db.read(self.id) as work:
            code = with_code(work, ticket).code
        assert isinstance(code, str)
        return code

    def undoes(self, ticket: Ticket, by: Identity | None = None) -> Ticket:
        """The officer of counter 1, or whoever is named, takes the last step back."""
        return undoing.undo(self.db, by or self.officer(1), int(ticket.id), None).value

    def serves(self, counter: int = 1, *, minutes: float = 10) -> Ticket:
        """Call the next, start at once, finish after so many minutes."""
        called = self.calls_somebody(counter)
        self.starts(called, counter)
        self.clock.moves(minutes=minutes)
        return self.finishes(called, counter)

    def rates(
        self, score: int, counter: int = 1, *, slot: str | int | None = None, request_id: str | None = None
    ) -> Rating:
        """A citizen taps a face on the counter's tablet: the open slot, or the one named."""
        wanted = RatingRequest(slot=self.open_slot(counter) if slot is None else slot, score=score,
                               request_id=request_id)  # fmt: skip
        return rating.give_rating(self.db, self.tablet(counter), wanted).value

    # What is looked at.

    def rates_on_the_phone(self, score: int, ticket: Ticket) -> Rating:
        """The citizen with that slip taps a face on the own phone."""
        return rating.rate_own(self.db, self.code_of(ticket), score).value

    def open_slot(self, counter: int = 1) -> str:
        """The slot that the counter's tablet shows."""
        with self.db.read(self.id) as work:
            slot = work.ratings.open_at(counter, work.now)
        assert slot is not None
        return str(slot.id)

    def events(self, kind: str | None = None) -> list[StoredEvent]:
        """Every event in order, or those of one kind."""
        with self.engine.connect() as connection:
            return [each for each in all_events(connection, self.id) if kind in (None, each.kind)]

    def kinds(self) -> list[str]:
        """The kinds of all events in order."""
        return [each.kind for each in self.events()]

    def picture(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in every table."""
        with self.engine.connect() as connection:
            return {
                name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for name, table in Base.metadata.tables.items()
            }

    def ticket(self, ticket: Ticket) -> Ticket:
        """The ticket as it is now."""
        return looking.ticket(self.db, self.person("manager"), int(ticket.id))

    def in_hand(self, counter: int = 1) -> Ticket | None:
        """The ticket that this counter has in hand, None when it is free."""
        return looking_at_counter.counter_state(self.db, self.officer(counter), counter).ticket

    def ticket_in_hand(self, counter: int = 1) -> Ticket:
        """The ticket that this counter has in hand, and there is one."""
        ticket = self.in_hand(counter)
        assert ticket is not None
        return ticket

    def line(self, counter: int = 1) -> list[str]:
        """The numbers that this counter may call, in order."""
        return [
            each.number for each in looking_at_counter.counter_state(self.db, self.officer(counter), counter).waiting
        ]

    def verdict(self) -> Verdict:
        """What a recomputation of everything from the events says."""
        known = self.db.configurations
        return verify(self.engine, self.id, self.config, known.of(self.id))

    @contextmanager
    def refuses(self, refusal: type[QueueError], **facts: Any) -> Iterator[None]:
        """Expect that refusal with at least those facts, and that nothing changed in any table."""
        before = self.picture()
        with pytest.raises(refusal) as refused:
            yield
        assert self.picture() == before
        assert {name: refused.value.facts.get(name) for name in facts} == facts


def document(name: str = "pasang", **changes: Any) -> dict[str, Any]:
    """The office file of that name; a keyword replaces a whole top-level part."""
    found: dict[str, Any] = tomllib.loads((OFFICES / f"{name}.toml").read_text(encoding="utf-8"))
    return deepcopy(found) | changes


def with_counters(numbers: int) -> dict[str, Any]:
    """The demo office with so many counters, each serving every queue."""
    demo = document()
    queues = [queue["id"] for queue in demo["queues"]]
    counters = [
        {"number": n, "name": {"th": f"ช่อง {n}", "en": f"Counter {n}"}, "queues": queues} for n in range(1, numbers + 1)
    ]
    return demo | {"counters": counters}


class Founder:
    """Founds offices, each in a database of its own.

    On SQLite one that was founded before is copied; on PostgreSQL, where a new database takes long, it is put back to
    how it was founded after each test.
    """

    def __init__(self, folder: Path, server: str | None) -> None:
        self._folder = folder
        self._server = server
        self._founded: dict[str, str] = {}
        self._free: dict[str, list[str]] = {}
        self._engines: dict[str, Engine] = {}
        self._running: list[tuple[OfficeAtWork, str, str]] = []

    def __call__(self, wanted: dict[str, Any] | None = None, **how: Any) -> OfficeAtWork:
        wanted = document() if wanted is None else wanted
        kind = repr(wanted)
        name = self._again(kind, wanted) if self._server else self._copied(kind, wanted)
        office = OfficeAtWork(self.url(name), HandMovedClock(), self._engine(name), **how)
        self._running.append((office, kind, name))
        return office

    def url(self, name: str) -> str:
        """The address of the database of that name."""
        return f"{self._server}/{name}" if self._server else sqlite_url(self._folder / name)

    def founded(self, wanted: dict[str, Any]) -> str:
        """Found that office in a new database, and return the database's name."""
        return self._found(wanted)

    def empty(self) -> str:
        """The address of a new database without any table."""
        return self.url(self._made())

    def end(self) -> None:
        """Take back this test's offices."""
        for office, kind, name in self._running:
            if self._server:
                put_back(office.engine)
                self._free[kind].append(name)
            else:
                office.engine.dispose()
                shutil.rmtree(self._folder / name)
        self._running.clear()

    def _engine(self, name: str) -> Engine:
        if self._server is None:
            return open_engine(self.url(name))
        return self._engines.setdefault(name, open_engine(self.url(name)))

    def _copied(self, kind: str, wanted: dict[str, Any]) -> str:
        if kind not in self._founded:
            self._founded[kind] = self._found(wanted)
        name = a_database_name()
        shutil.copytree(self._folder / self._founded[kind], self._folder / name)
        return name

    def _again(self, kind: str, wanted: dict[str, Any]) -> str:
        free = self._free.setdefault(kind, [])
        if not free:
            free.append(self._found(wanted))
            keep(self._engine(free[-1]))
        return free.pop()

    def _found(self, wanted: dict[str, Any]) -> str:
        name = self._made()
        engine = open_engine(self.url(name))
        migrate(engine)
        secrets = self._folder / f"{name}_secrets"
        secrets.mkdir()
        found_office(engine, wanted, secrets, now=HandMovedClock().now, hash_password=hash_quickly)
        engine.dispose()
        return name

    def _made(self) -> str:
        name = a_database_name()
        if self._server is None:
            (self._folder / name).mkdir()
            return name
        with psycopg.connect(self._server.replace("+psycopg", "") + "/postgres", autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}".encode())
        return name


def keep(engine: Engine) -> None:
    """Keep every row of a PostgreSQL database beside its tables."""
    with engine.connect() as connection:
        connection.execute(text("CREATE SCHEMA founded"))
        for table in Base.metadata.tables:
            connection.execute(text(f"CREATE TABLE founded.{table} AS TABLE public.{table}"))
        connection.commit()


def put_back(engine: Engine) -> None:
    """Put a PostgreSQL database back to what was kept."""
    tables = Base.metadata.sorted_tables
    commands = [f"DELETE FROM {table.name}" for table in reversed(tables)]
    for table in tables:
        commands.append(f"INSERT INTO {table.name} SELECT * FROM founded.{table.name}")
        if "id" in table.columns:
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            commands.append(f"SELECT setval({sequence}, coalesce(max(id), 0) + 1, false) FROM {table.name}")
    with engine.connect() as connection:
        connection.exec_driver_sql("; ".join(commands))
        connection.commit()


def a_database_name() -> str:
    """A name that no other database of this run has."""
    return f"test_{next(_database_numbers)}"
