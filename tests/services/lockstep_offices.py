"""The offices of the lockstep test: each a database that is put back between examples, told what to do by names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.event import listen

from server.db.engine import open_engine
from server.db.events import events_after
from server.db.measures import stored_legs
from server.db.people import People
from server.db.rows import Base
from server.domain.errors import QueueError
from server.domain.replaying import Record
from server.domain.tickets import Leg
from server.services import looking, looking_at_counter, rating
from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.configuring import change_configuration
from server.services.shapes import CounterState, RatingRequest, Ticket
from server.services.verifying import as_happened
from tests.services.office import Founder, HandMovedClock, OfficeAtWork, keep, put_back
from tests.services.plain_list import Answer, NobodyWaits, PlainCounter

MANY = 10_000


@dataclass(frozen=True)
class Refused:
    """A refusal with what it tells; ids differ between databases and are left out."""

    code: str
    facts: tuple[tuple[str, Any], ...]


Outcome = Answer | PlainCounter | Refused | int | None


def outcome(do: Callable[[], Outcome]) -> Outcome:
    """What somebody is answered: an answer, a refusal, or nobody."""
    try:
        return do()
    except NobodyWaits:
        return None
    except QueueError as refusal:
        facts = {name: value for name, value in refusal.facts.items() if name not in {"slot", "ticket"}}
        return Refused(refusal.code, tuple(sorted(facts.items())))


class Rewound:
    """A founded office's database, and how it was; `office` gives it as it was founded."""

    def __init__(self, founder: Founder, document: dict[str, Any]) -> None:
        self._url = founder.url(founder.founded(document))
        self._engine = open_engine(self._url)
        if self._engine.dialect.name == "sqlite":
            # What a power cut leaves behind is tested elsewhere; here each step would wait for the disk.
            listen(self._engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        self._is_postgres = self._engine.dialect.name == "postgresql"
        if self._is_postgres:
            keep(self._engine)
        else:
            self._kept = rows_of(self._engine)

    def office(self, clock: HandMovedClock) -> OfficeAtWork:
        """Put the tables back and return the office."""
        if self._is_postgres:
            put_back(self._engine)
        else:
            with self._engine.begin() as connection:
                for table in reversed(Base.metadata.sorted_tables):
                    connection.execute(table.delete())
                for table in Base.metadata.sorted_tables:
                    if self._kept[table.name]:
                        connection.execute(insert(table), self._kept[table.name])
        return OfficeAtWork(self._url, clock, self._engine)


def rows_of(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in Base.metadata.sorted_tables
        }


class RealOffice:
    """An office on a database, which the plain list's numbers of tickets are translated for."""

    def __init__(self, office: OfficeAtWork) -> None:
        self.at_work = office
        self.name = office.engine.dialect.name
        self.record = Record()
        self._tickets: list[Ticket] = []
        self._seq = 0

    def does(self, who: str, command: str, about: int, **facts: Any) -> Outcome:
        """Let that person give that command about a ticket or a counter."""
        known = OF_TICKET.get(command) or OF_COUNTER[command]
        if "ticket" in facts:
            facts["ticket"] = self._tickets[facts["ticket"] - 1].id
        number = int(self._tickets[about - 1].id) if command in OF_TICKET else about
        done = known.do(self.at_work.db, self.at_work.person(who), number, known.body(**facts))
        if done is None:
            return None
        if isinstance(done.value, CounterState):
            return self.counter(about)
        if command == "walk-up" and not done.repeated:
            self._tickets.append(done.value)
        return told(done.value)

    def issues(self, service: str, *, priority: bool) -> Outcome:
        """A citizen takes a number."""
        ticket = self.at_work.takes_a_number(service, priority=priority)
        self._tickets.append(ticket)
        return told(ticket)

    def gives_up(self, ticket: int) -> Outcome:
        """A citizen cancels on the phone."""
        return told(self.at_work.gives_up(self._tickets[ticket - 1]))

    def rates(self, ticket: int, score: int) -> int | None:
        """A citizen taps the tablet that asked about that ticket."""
        with self.at_work.db.read(self.at_work.id) as work:
            leg = work.legs.of_ticket(int(self._tickets[ticket - 1].id))
            slot = work.ratings.of_visit(leg.visit) if leg else None
        if slot is None:
            return None
        given = RatingRequest(slot=slot.id, score=score)
        return rating.give_rating(self.at_work.db, self.at_work.tablet(slot.counter), given).value.score

    def rates_on_the_phone(self, ticket: int, score: int) -> int:
        """The citizen taps a face on the own phone."""
        return self.at_work.rates_on_the_phone(score, self._tickets[ticket - 1]).score

    def changes_the_file(self, document: dict[str, Any]) -> None:
        """The administrator puts a changed office file in force."""
        change_configuration(self.at_work.db, self.at_work.id, document)

    def changes_rights(self, who: str, services: frozenset[str] | None, *, out_of_order: bool) -> None:
        """The administrator says what an officer gives and may do."""
        account = self.at_work.person(who).account
        assert account is not None
        with self.at_work.db.writing() as connection:
            People(connection).change_rights(account, services=services, may_call_out_of_order=out_of_order)
        self.at_work.knows_again(who)

    def counter(self, number: int) -> PlainCounter:
        """The counter as the officer's screen shows it; what the plain list calls `officer` is left out."""
        seen = self.picture(number).counter
        return PlainCounter(seen.state, reason=seen.pause_reason)

    def picture(self, number: int) -> CounterState:
        """The officer's whole picture of a counter."""
        return looking_at_counter.counter_state(self.at_work.db, self.at_work.officer(1), number)

    def shown_slot(self, number: int) -> str | None:
        """The number that the counter's tablet asks about."""
        slot = looking.rating_state(self.at_work.db, self.at_work.tablet(number), number).slot
        return slot.number if slot else None

    def legs(self) -> list[Leg]:
        """Every leg as it is stored, oldest first."""
        with self.at_work.engine.connect() as connection:
            return [leg for leg, _, _ in stored_legs(connection, self.at_work.id, date.min, date.max)]

    def hears_what_happened(self) -> None:
        """Take the events that came since the last time into the record."""
        with self.at_work.engine.connect() as connection:
            for event in events_after(connection, self.at_work.id, self._seq, most=MANY):
                office = self.at_work.db.configurations.at(connection, self.at_work.id, event.rule_version)
                self.record.take(as_happened(event, office))
                self._seq = event.seq


def told(ticket: Ticket) -> Answer:
    """What both the plain list and an office can tell of a ticket."""
    return Answer(ticket.number, ticket.state, ticket.service, ticket.queue, ticket.ticket_class, ticket.counter,
                  ticket.calls, ticket.ahead)  # fmt: skip


def without_ids(legs: Iterable[Leg]) -> list[Leg]:
    """The legs with the ids that they would have in a plain list: PostgreSQL's sequences skip."""
    known = list(legs)
    visits = {visit: place for place, visit in enumerate(sorted({leg.visit for leg in known}), 1)}
    return [
        replace(leg, id=place, order=place, visit=visits[leg.visit], ticket=visits[leg.visit], officer=None,
                call_id=None, last_seq=None, before=None)
        for place, leg in enumerate(known, 1)
    ]  # fmt: skip
