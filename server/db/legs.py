"""Legs of one office: who waits, who is in hand. The order is the domain's key, kept in `key_at` and indexed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, literal_column, or_, select, text, tuple_, update
from sqlalchemy.engine import Connection, Row

from server.db.prepared import Prepared
from server.db.rows import IN_HAND_CONDITION, LegRow
from server.db.types import LARGEST_ID, WideInteger
from server.domain.calling import CAPPED_HEAD_START, key_of, may_pass_others
from server.domain.office import Rule
from server.domain.tickets import Leg, State

_OF_OFFICE = LegRow.office_id == bindparam("office")
# Written into the statement, not bound: a partial index serves only a condition that it can read.
_WAITS = and_(_OF_OFFICE, LegRow.state == literal_column(f"'{State.WAITING.value}'"))
_IN_QUEUES = LegRow.queue.in_(bindparam("queues", expanding=True))
_ORDER = (LegRow.key_at, LegRow.id)

_BY_TICKET = (
    select(LegRow).where(_OF_OFFICE, LegRow.ticket_id == bindparam("ticket")).order_by(LegRow.id.desc()).limit(1)
)
_FIRST_OF_QUEUE = select(LegRow).where(_WAITS, LegRow.queue == bindparam("queue")).order_by(*_ORDER).limit(1)
_WAITING = select(LegRow).where(_WAITS, _IN_QUEUES).order_by(*_ORDER).limit(bindparam("most"))
_IN_HAND = select(LegRow).where(_OF_OFFICE, LegRow.counter == bindparam("at"), text(IN_HAND_CONDITION))
_COUNT_BY_QUEUE = select(LegRow.queue, func.count().label("people")).where(_WAITS).group_by(LegRow.queue)
_AHEAD_IN_QUEUE = Prepared(
    select(func.count()).where(
        _WAITS,
        LegRow.queue == bindparam("queue"),
        tuple_(LegRow.key_at, LegRow.id) < tuple_(bindparam("key", type_=LegRow.key_at.type), bindparam("leg")),
    )
)
_RECENT_CALLS = (
    select(LegRow)
    .where(_OF_OFFICE, LegRow.call_id.is_not(None), LegRow.called_at >= bindparam("since"))
    .order_by(LegRow.call_id.desc())
    .limit(bindparam("most"))
)
_MISSED = (
    select(LegRow)
    .where(_OF_OFFICE, LegRow.day == bindparam("on_day"), LegRow.state == State.NO_SHOW.value)
    .order_by(LegRow.finished_at.desc())
    .limit(bindparam("most"))
)
_FINISHED_AT = select(func.count()).where(
    _OF_OFFICE, LegRow.day == bindparam("on_day"), LegRow.counter == bindparam("at"),
    LegRow.state == State.FINISHED.value,
)  # fmt: skip
_INSERT = Prepared(
    insert(LegRow), "office_id", "visit_id", "ticket_id", "day", "label", "queue", "service", "ticket_class",
    "language", "state", "joined_at", "place_at", "key_at", "passed", "calls",
)  # fmt: skip
_SAVE = (
    update(LegRow)
    .where(_OF_OFFICE, LegRow.id == bindparam("leg"))
    .values(
        state=bindparam("new_state"), counter=bindparam("at"), officer=bindparam("by"), calls=bindparam("new_calls"),
        call_id=bindparam("new_call_id"), called_at=bindparam("new_called_at"),
        started_at=bindparam("new_started_at"), finished_at=bindparam("new_finished_at"),
    )
)  # fmt: skip
_PASS = (
    update(LegRow)
    .where(
        _WAITS, _IN_QUEUES, LegRow.key_at >= bindparam("key"),
        or_(
            LegRow.place_at < bindparam("place"),
            and_(LegRow.place_at == bindparam("place"), LegRow.id < bindparam("leg")),
        ),
    )
    .values(
        passed=LegRow.passed + 1,
        key_at=case(
            (LegRow.passed + 1 == bindparam("cap"),
             LegRow.key_at.op("-", return_type=LegRow.key_at.type)(bindparam("head_start", type_=WideInteger))),
            else_=LegRow.key_at,
        ),
    )
    .returning(LegRow.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Called:
    """A leg with the call that last announced it; `officer` is an opaque key."""

    leg: Leg
    call_id: int
    called_at: datetime


class Legs:
    """The legs of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def add(self, leg: Leg, rule: Rule) -> int:
        """Save a new waiting leg (its `id` and `order` are not looked at) and return its id."""
        return _INSERT.run(self._connection,
            {
                "office_id": self._office, "visit_id": leg.visit, "ticket_id": leg.ticket, "day": leg.day.isoformat(),
                "label": leg.number, "queue": leg.queue, "service": leg.service, "ticket_class": leg.ticket_class,
                "language": leg.language, "state": leg.state.value, "joined_at": leg.joined_at,
                "place_at": leg.place_at, "key_at": key_of(leg, rule), "passed": leg.passed, "calls": 0,
            },
        )  # fmt: skip

    def of_ticket(self, ticket: int) -> Leg | None:
        """Return the ticket's latest leg, or None."""
        if ticket > LARGEST_ID:
            return None
        row = self._connection.execute(_BY_TICKET, {"office": self._office, "ticket": ticket}).one_or_none()
        return None if row is None else _leg(row)

    def first_of_each(self, queues: Sequence[str]) -> list[Leg]:
        """Return the first waiting leg of each queue that has one: the next in line is among them."""
        rows = (
            self._connection.execute(_FIRST_OF_QUEUE, {"office": self._office, "queue": queue}).one_or_none()
            for queue in queues
        )
        return [_leg(row) for row in rows if row is not None]

    def waiting(self, queues: Sequence[str], *, most: int) -> list[Leg]:
        """Return up to `most` waiting legs of these queues in the order of calling."""
        rows = self._connection.execute(_WAITING, {"office": self._office, "queues": list(queues), "most": most})
        return [_leg(row) for row in rows]

    def waiting_by_queue(self) -> dict[str, int]:
        """Return how many wait in each queue that has anybody."""
        counted = self._connection.execute(_COUNT_BY_QUEUE, {"office": self._office})
        return {row.queue: row.people for row in counted}

    def ahead_of(self, leg: Leg, queues: Sequence[str], rule: Rule) -> int:
        """Return how many waiting legs of these queues would be called before `leg`."""
        before = {"office": self._office, "key": key_of(leg, rule), "leg": leg.order}
        return sum(_AHEAD_IN_QUEUE.run(self._connection, before | {"queue": queue}) for queue in queues)

    def in_hand_at(self, counter: int) -> Leg | None:
        """Return the leg that the counter has in hand, or None."""
        row = self._connection.execute(_IN_HAND, {"office": self._office, "at": counter}).one_or_none()
        return None if row is None else _leg(row)

    def save(self, leg: Leg, *, officer: str, call_id: int | None) -> None:
        """Save what happened to a leg; `call_id` is the event that last called it."""
        self._connection.execute(
            _SAVE,
            {
                "office": self._office, "leg": leg.id, "new_state": leg.state.value, "at": leg.counter, "by": officer,
                "new_calls": leg.calls, "new_call_id": call_id, "new_called_at": leg.called_at,
                "new_started_at": leg.started_at, "new_finished_at": leg.finished_at,
            },
        )  # fmt: skip

    def note_passed(self, called: Leg, queues: Sequence[str], rule: Rule) -> list[int]:
        """Count one more overtaking for each waiting leg that `called` passes by the class rule; return their ids.

        The same as `calling.passed_by`, done by the database: a head start bounds the range of keys that is looked at.
        """
        if not may_pass_others(called, rule):
            return []
        passed = self._connection.execute(
            _PASS,
            {
                "office": self._office, "queues": list(queues), "key": key_of(called, rule), "place": called.place_at,
                "leg": called.order, "cap": rule.cap,
                "head_start": CAPPED_HEAD_START.days * 86_400_000_000,
            },
        ).scalars()  # fmt: skip
        return sorted(passed)

    def call_of(self, leg: int) -> int | None:
        """Return the event that last called the leg, or None."""
        return self._connection.execute(select(LegRow.call_id).where(LegRow.id == leg)).scalar_one_or_none()

    def recent_calls(self, since: datetime, *, most: int) -> list[Called]:
        """Return the latest calls since then, newest first, one a leg; some may be of before midnight."""
        rows = self._connection.execute(_RECENT_CALLS, {"office": self._office, "since": since, "most": most})
        return [Called(_leg(row), row.call_id, row.called_at) for row in rows]

    def missed(self, day: date, *, most: int) -> list[Leg]:
        """Return the latest no-shows of the day, newest first."""
        rows = self._connection.execute(_MISSED, {"office": self._office, "on_day": day.isoformat(), "most": most})
        return [_leg(row) for row in rows]

    def finished_at(self, counter: int, day: date) -> int:
        """Return how many legs of the day the counter has finished."""
        return int(
            self._connection.execute(
                _FINISHED_AT, {"office": self._office, "on_day": day.isoformat(), "at": counter}
            ).scalar_one()
        )


def _leg(row: Row[Any]) -> Leg:
    return Leg(
        id=row.id, ticket=row.ticket_id, visit=row.visit_id, number=row.label, service=row.service, queue=row.queue,
        ticket_class=row.ticket_class, language=row.language, state=State(row.state),
        day=date.fromisoformat(row.day), joined_at=row.joined_at, place_at=row.place_at, order=row.id,
        passed=row.passed, counter=row.counter, calls=row.calls, called_at=row.called_at,
        started_at=row.started_at, finished_at=row.finished_at,
    )  # fmt: skip
