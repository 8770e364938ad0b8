"""Legs of one office: who waits, who is in hand. The order is the domain's key, kept in `key_at` and indexed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.engine import Connection, CursorResult

from server.db import leg_statements as sql
from server.db.leg_rows import before_written, leg_of
from server.db.rows import LegRow
from server.db.types import LARGEST_ID, MICROSECOND, from_microseconds
from server.domain.calling import CAPPED_HEAD_START, key_of, place_of
from server.domain.office import Counter, Rule
from server.domain.tickets import Leg

_CAPPED_US = CAPPED_HEAD_START // MICROSECOND


@dataclass(frozen=True, slots=True)
class Called:
    """A leg with the call that last announced it."""

    leg: Leg
    call_id: int
    called_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """A counter as the rule of calling sees it: its queues, and the services its officer gives (None: all)."""

    counter: Counter
    services: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """How many legs a call overtook, and the first and last of them by id; both None when there are none."""

    people: int = 0
    first: int | None = None
    last: int | None = None


class Legs:
    """The legs of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def add(self, leg: Leg, rule: Rule, *, ticket: int | None = None) -> int:
        """Save a new leg, waiting or already served (its `id` and `order` are not looked at), and return its id.

        `ticket` is the id of its ticket, if that has just got one.
        """
        return sql.INSERT.run(self._connection,
            {
                "office_id": self._office, "visit_id": leg.visit, "ticket_id": ticket or leg.ticket,
                "day": leg.day.isoformat(), "label": leg.number, "queue": leg.queue, "service": leg.service,
                "ticket_class": leg.ticket_class, "language": leg.language, "state": leg.state.value,
                "joined_at": leg.joined_at,
                "place_at": leg.place_at, "key_at": key_of(leg, rule), "passed": leg.passed, "returns": leg.returns,
                "bound": leg.bound, "counter": leg.counter, "officer": leg.officer, "calls": leg.calls,
                "started_at": leg.started_at, "last_seq": leg.last_seq, "held_us": 0,
            },
        )  # fmt: skip

    def of_ticket(self, ticket: int) -> Leg | None:
        """Return the ticket's newest leg, or None."""
        if ticket > LARGEST_ID:
            return None
        return self._one(sql.BY_TICKET, {"ticket": ticket})

    def by_id(self, leg: int) -> Leg:
        """Return the leg of that id, which is known to be there."""
        found = self._one(sql.BY_ID, {"leg": leg})
        if found is None:
            raise LookupError(leg)
        return found

    def candidates(self, desk: Desk) -> list[Leg]:
        """Return the first waiting leg of each queue that this counter may call, and of those sent to it by name.

        The next in line is among them.
        """
        given = {} if desk.services is None else {"services": sorted(desk.services)}
        first = sql.FIRST_OF_QUEUE if desk.services is None else sql.FIRST_OF_QUEUE.where(sql.GIVEN)
        found = [self._one(first, {"queue": queue} | given) for queue in desk.counter.queues]
        found.append(self._one(sql.FIRST_BY_NAME, {"at": desk.counter.number}))
        return [leg for leg in found if leg is not None]

    def waiting(self, queues: Sequence[str], *, most: int) -> list[Leg]:
        """Return up to `most` waiting legs of these queues in the order of calling."""
        return self._all(sql.WAITING, {"queues": list(queues), "most": most})

    def waiting_at(self, desk: Desk, *, most: int) -> list[Leg]:
        """Return up to `most` legs that this counter may call, in the order in which it would."""
        rows = [row for rows in self._run_both(sql.WAITING_AT, desk, {"most": most}) for row in rows]
        return [leg_of(row) for row in sorted(rows, key=lambda row: (row.key_at, row.id))[:most]]

    def waiting_by_queue(self) -> dict[str, int]:
        """Return how many wait in each queue that has anybody."""
        counted = self._connection.execute(sql.COUNT_BY_QUEUE, {"office": self._office})
        return {row.queue: row.people for row in counted}

    def waiting_for(self, desk: Desk) -> int:
        """Return how many legs this counter may call."""
        return sum(int(counted.scalar_one()) for counted in self._run_both(sql.COUNT_AT, desk, {}))

    def bound_to(self, counter: int) -> int:
        """Return how many wait for that counter only."""
        return int(self._connection.execute(sql.COUNT_BY_NAME, self._facts({"at": counter})).scalar_one())

    def ahead_of(self, leg: Leg, queues: Sequence[str], rule: Rule) -> int:
        """Return how many waiting legs of these queues would be called before `leg`."""
        before = {"office": self._office, "key": key_of(leg, rule), "leg": leg.order}
        return sum(sql.AHEAD_IN_QUEUE.run(self._connection, before | {"queue": queue}) for queue in queues)

    def first_in(self, queue: str) -> tuple[datetime, datetime] | None:
        """Return the key of the first in line of that queue and when they joined it; None when nobody waits."""
        row = sql.FIRST_IN_QUEUE.row(self._connection, self._facts({"queue": queue}))
        return None if row is None else (from_microseconds(row[0]), from_microseconds(row[1]))

    def in_hand_at(self, counter: int) -> Leg | None:
        """Return the leg that the counter has in hand, or None."""
        return self._one(sql.IN_HAND, {"at": counter})

    def busy_counters(self) -> frozenset[int]:
        """Return the numbers of the counters that have a visit in hand."""
        return frozenset(number for (number,) in sql.BUSY.rows(self._connection, self._facts({})))

    def held_at(self, counter: int) -> list[Leg]:
        """Return the legs that the counter has put aside, oldest first."""
        return self._all(sql.HELD, {"at": counter})

    def save(self, leg: Leg, rule: Rule, *, seq: int | None) -> None:
        """Save what happened to a leg; `seq` is the event that tells of it, None when an undo leaves none to undo."""
        sql.SAVE.run(
            self._connection,
            {
                "office": self._office, "leg": leg.id, "new_state": leg.state.value, "new_place_at": leg.place_at,
                "new_key_at": key_of(leg, rule), "new_waits_since": leg.waits_since, "new_returns": leg.returns,
                "new_counter": leg.counter, "new_officer": leg.officer, "new_calls": leg.calls,
                "new_call_id": leg.call_id, "new_called_at": leg.called_at, "new_started_at": leg.started_at,
                "new_held_at": leg.held_at, "new_held_us": leg.held_for // MICROSECOND,
                "new_finished_at": leg.finished_at, "new_last_seq": seq, "new_before": before_written(leg.before),
            },
        )  # fmt: skip

    def overtaken(self, called: Leg, desk: Desk) -> Overtaken:
        """Return how many legs, that this counter could call, have an earlier place-time than `called`."""
        found = [row.one() for row in self._run_both(sql.OVERTAKEN, desk, _earlier_than(called))]
        return Overtaken(
            sum(row.people for row in found),
            min((row.first for row in found if row.people), default=None),
            max((row.last for row in found if row.people), default=None),
        )

    def note_passed(self, called: Leg, desk: Desk, rule: Rule) -> None:
        """Count one more overtaking by the class rule for each leg that `called` overtakes at this counter."""
        facts = {"cap": rule.cap, "capped_us": _CAPPED_US, "key": key_of(called, rule)}
        self._run_both(sql.PASS, desk, _earlier_than(called) | facts)

    def note_not_passed(self, called: Leg, desk: Desk, rule: Rule, *, called_at: datetime, newest: int) -> None:
        """Take one overtaking back from each leg that has waited since that call, which did not happen.

        `called_at` is when it was, `newest` the newest leg that it can have overtaken.
        """
        facts = {"cap": rule.cap, "capped_us": _CAPPED_US, "call_was_at": called_at, "newest": newest}
        self._run_both(sql.UNPASS, desk, _earlier_than(called) | facts)

    def rekey(self, rule: Rule) -> None:
        """Give every waiting leg the key that it has by this rule: it has just come into force."""
        for leg in self._all(select(LegRow).where(sql.WAITS), {}):
            self._connection.execute(
                update(LegRow)
                .where(sql.OF_OFFICE, LegRow.id == bindparam("leg"))
                .values(key_at=bindparam("key", type_=LegRow.key_at.type)),
                self._facts({"leg": leg.id, "key": key_of(leg, rule)}),
            )

    def recent_calls(self, since: datetime, *, most: int) -> list[Called]:
        """Return the latest calls since then, newest first, one a leg; some may be of before midnight."""
        legs = self._all(sql.RECENT_CALLS, {"since": since, "most": most})
        return [Called(leg, leg.call_id, leg.called_at) for leg in legs if leg.call_id and leg.called_at]

    def missed(self, day: date, *, most: int) -> list[Leg]:
        """Return the latest no-shows of the day, newest first."""
        return self._all(sql.MISSED, {"on_day": day.isoformat(), "most": most})

    def open_before(self, day: date) -> list[Leg]:
        """Return the legs of earlier business days that are not over, oldest first."""
        return [leg for leg in self.all_open() if leg.day < day]

    def all_open(self) -> list[Leg]:
        """Return the legs that are not over, oldest first."""
        still_open = (leg for statement in sql.STILL_OPEN for leg in self._all(statement, {}))
        return sorted(still_open, key=lambda leg: leg.id)

    def finished_at(self, counter: int, day: date) -> int:
        """Return how many legs of the day the counter has finished."""
        facts = self._facts({"on_day": day.isoformat(), "at": counter})
        return int(self._connection.execute(sql.FINISHED_AT, facts).scalar_one())

    def _facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        return facts | {"office": self._office}

    def _run_both(self, statements: tuple[Any, Any], desk: Desk, facts: dict[str, Any]) -> list[CursorResult[Any]]:
        """Run it for whom this counter may call by queue, as far as its officer serves them, and by name."""
        by_queue, by_name = statements
        seen = self._facts(facts | _seen_from(desk))
        if desk.services is not None:
            by_queue = by_queue.where(sql.GIVEN)
        return [self._connection.execute(each, seen) for each in (by_queue, by_name)]

    def _one(self, statement: Select[Any], facts: dict[str, Any]) -> Leg | None:
        row = self._connection.execute(statement, self._facts(facts)).one_or_none()
        return None if row is None else leg_of(row)

    def _all(self, statement: Select[Any], facts: dict[str, Any]) -> list[Leg]:
        return [leg_of(row) for row in self._connection.execute(statement, self._facts(facts))]


def _seen_from(desk: Desk) -> dict[str, Any]:
    facts: dict[str, Any] = {"queues": list(desk.counter.queues), "at": desk.counter.number}
    return facts if desk.services is None else facts | {"services": sorted(desk.services)}


def _earlier_than(called: Leg) -> dict[str, Any]:
    place, order = place_of(called)
    return {"place": place, "leg": order}
