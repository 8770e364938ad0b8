"""Numbers, visits and tickets of one office."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import Connection, Row

from server.db.digests import digest
from server.db.prepared import Prepared
from server.db.rows import NumberRow, QuotaRow, TicketRow, VisitRow
from server.db.types import LARGEST_ID
from server.domain.office import Language, Queue, TicketClass
from server.domain.pace import Quote
from server.domain.phone_codes import PhoneCodes


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTicket:
    """What stays the same about a ticket. `issued_by` is the asker's key. From `low_min` to `high_min` was promised,
    None where nothing could be; of `quote` that was made."""

    id: int
    visit: int
    number: str
    queue: str
    issued_at: datetime
    issued_by: str
    low_min: int | None
    high_min: int | None
    quote: Quote | None = None


_NO_QUOTE = dict.fromkeys(Quote._fields)
_TICKET = select(TicketRow).where(TicketRow.office_id == bindparam("office"))
_BY_ID = _TICKET.where(TicketRow.id == bindparam("ticket"))
_BY_LABEL = (
    _TICKET.where(TicketRow.day == bindparam("on_day"), TicketRow.label == bindparam("number"))
    .order_by(TicketRow.id.desc())
    .limit(1)
)
_COUNTED = select(QuotaRow.service, QuotaRow.issued).where(
    QuotaRow.office_id == bindparam("office"), QuotaRow.day == bindparam("on_day")
)
_NEXT_OF_DAY = select(NumberRow.queue, NumberRow.next).where(
    NumberRow.office_id == bindparam("office"), NumberRow.day == bindparam("on_day")
)
_GIVEN = select(TicketRow.queue, TicketRow.number, TicketRow.label).where(
    TicketRow.office_id == bindparam("office"), TicketRow.day == bindparam("on_day")
)
_BY_CODE = select(TicketRow.office_id, TicketRow.id).where(
    or_(TicketRow.code_digest == bindparam("digest"), TicketRow.earlier_digest == bindparam("digest"))
)
_SINCE = select(TicketRow.id, TicketRow.visit_id, TicketRow.issued_at, TicketRow.code_digest).where(
    TicketRow.office_id == bindparam("office"), TicketRow.day >= bindparam("first_day")
)
_INSERT_VISIT = Prepared(insert(VisitRow), "office_id", "day", "arrived_at", "ticket_class", "language")
_INSERT_TICKET = Prepared(
    insert(TicketRow), "office_id", "visit_id", "day", "queue", "number", "label", "code_digest", "issued_at",
    "issued_by", "low_min", "high_min", "ahead", "blend_min", "steady_min", "plain_min",
)  # fmt: skip


def _next_number_statement(insert_for: Any) -> Any:
    started = insert_for(NumberRow).values(
        office_id=bindparam("office"),
        day=bindparam("on_day"),
        queue=bindparam("of_queue"),
        next=bindparam("second"),
    )
    # A range that was moved up since the morning goes on at its new first number.
    further = NumberRow.next + bindparam("taken")
    return started.on_conflict_do_update(
        index_elements=["office_id", "day", "queue"],
        set_={"next": case((further > bindparam("second"), further), else_=bindparam("second"))},
    ).returning(NumberRow.next)


def _count_statement(insert_for: Any) -> Any:
    started = insert_for(QuotaRow).values(
        office_id=bindparam("office"), day=bindparam("on_day"), service=bindparam("of_service"), issued=1
    )
    return started.on_conflict_do_update(
        index_elements=["office_id", "day", "service"], set_={"issued": QuotaRow.issued + 1}
    ).returning(QuotaRow.issued)


_NEXT_NUMBER = {
    "sqlite": Prepared(_next_number_statement(insert_sqlite)),
    "postgresql": Prepared(_next_number_statement(insert_postgresql)),
}
_COUNT = {"sqlite": _count_statement(insert_sqlite), "postgresql": _count_statement(insert_postgresql)}


class Tickets:
    """The tickets of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id
        self._dialect = connection.dialect.name

    def take_numbers(self, queue: str, day: date, *, first: int, count: int = 1) -> int:
        """Take `count` numbers of the queue's day from its allocator, and return the first of them."""
        given = _NEXT_NUMBER[self._dialect].run(
            self._connection,
            {"office": self._office, "on_day": day.isoformat(), "of_queue": queue,
             "second": first + count, "taken": count},
        )  # fmt: skip
        return given - count

    def next_numbers(self, queues: Iterable[Queue], day: date) -> dict[str, int]:
        """Return the number that each queue's next ticket of the day would have, within its range or beyond it."""
        found = self._connection.execute(_NEXT_OF_DAY, {"office": self._office, "on_day": day.isoformat()})
        following = {row.queue: row.next for row in found}
        return {queue.id: max(queue.first, following.get(queue.id, queue.first)) for queue in queues}

    def given_on(self, day: date) -> list[tuple[str, int, str]]:
        """Return (queue, number, the number as it is printed) of every ticket of the day; there may be thousands."""
        given = self._connection.execute(_GIVEN, {"office": self._office, "on_day": day.isoformat()})
        return [(row.queue, row.number, row.label) for row in given]

    def count_issued(self, service: str, day: date) -> int:
        """Count one more ticket of the service's day, and return how many there are now."""
        return int(
            self._connection.execute(
                _COUNT[self._dialect],
                {"office": self._office, "on_day": day.isoformat(), "of_service": service},
            ).scalar_one()
        )

    def counted_on(self, day: date) -> dict[str, int]:
        """Return how many tickets of each counted service the day has had; those with a quota are counted."""
        counted = self._connection.execute(_COUNTED, {"office": self._office, "on_day": day.isoformat()})
        return {row.service: row.issued for row in counted}

    def add_visit(self, *, day: date, arrived_at: datetime, ticket_class: TicketClass, language: Language) -> int:
        """Save a visit and return its id."""
        return _INSERT_VISIT.run(self._connection, {
             "office_id": self._office, "day": day.isoformat(), "arrived_at": arrived_at,
             "ticket_class": ticket_class, "language": language})  # fmt: skip

    def add(self, *, visit: int, day: date, queue: str, number: int, label: str, code: str, issued_at: datetime,
            issued_by: str, low_min: int | None, high_min: int | None, quote: Quote | None) -> int:  # fmt: skip
        """Save a ticket, of its code the digest, and return its id; the table refuses a number that is given twice."""
        return _INSERT_TICKET.run(self._connection, {
             "office_id": self._office, "visit_id": visit, "day": day.isoformat(), "queue": queue, "number": number,
             "label": label, "code_digest": digest(code), "issued_at": issued_at, "issued_by": issued_by,
             "low_min": low_min, "high_min": high_min, **(quote._asdict() if quote else _NO_QUOTE)})  # fmt: skip

    def of_other_codes(self, codes: PhoneCodes, since: date) -> dict[int, tuple[str, str]]:
        """Return of each ticket since that day that its own code does not open: the digests of that code, and of the
        one that does."""
        found = self._connection.execute(_SINCE, {"office": self._office, "first_day": since.isoformat()})
        both = {row.id: (digest(codes.of(row.visit_id, row.issued_at)), row.code_digest) for row in found}
        return {ticket: (ours, other) for ticket, (ours, other) in both.items() if ours != other}

    def adopt(self, ticket: int, ours: str, other: str) -> None:
        """Let the code of that digest open the ticket, and the other one still."""
        self._connection.execute(
            update(TicketRow).where(TicketRow.id == ticket).values(code_digest=ours, earlier_digest=other)
        )

    def by_id(self, ticket: int) -> IssuedTicket | None:
        """Return the ticket of that id in this office, or None."""
        if ticket > LARGEST_ID:
            return None
        row = self._connection.execute(_BY_ID, {"office": self._office, "ticket": ticket}).one_or_none()
        return None if row is None else _ticket(row)

    def by_number(self, number: str, day: date) -> IssuedTicket | None:
        """Return that day's ticket of that number as it is printed (A014), or None."""
        asked = {"office": self._office, "on_day": day.isoformat(), "number": number}
        row = self._connection.execute(_BY_LABEL, asked).one_or_none()
        return None if row is None else _ticket(row)


def office_and_ticket_of_code(connection: Connection, code: str) -> tuple[int, int] | None:
    """Return (office id, ticket id) of a phone page's code, or None."""
    if not code.isalnum():  # PostgreSQL will not even look for one with NUL.
        return None
    row = connection.execute(_BY_CODE, {"digest": digest(code)}).one_or_none()
    return None if row is None else (row.office_id, row.id)


def _ticket(row: Row[Any]) -> IssuedTicket:
    return IssuedTicket(id=row.id, visit=row.visit_id, number=row.label, queue=row.queue,
                        issued_at=row.issued_at, issued_by=row.issued_by, low_min=row.low_min,
                        high_min=row.high_min, quote=_quote(row))  # fmt: skip


def _quote(row: Row[Any]) -> Quote | None:
    if row.blend_min is None:
        return None
    return Quote(row.ahead, row.blend_min, row.steady_min, row.plain_min)
