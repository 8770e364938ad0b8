"""What is asked of the table of legs. A statement that every ticket runs is compiled once (`Prepared`).

Each is served by an index that holds those who wait, or are in hand, and nobody else: `tests/db/test_no_scan.py`.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)

from server.db.prepared import Prepared
from server.db.rows import HELD_CONDITION, IN_HAND_CONDITION, LegRow
from server.db.types import WideInteger
from server.domain.tickets import State

OF_OFFICE = LegRow.office_id == bindparam("office")
# Written into the statement, not bound: a partial index serves only a condition that it can read.
WAITS = and_(OF_OFFICE, LegRow.state == literal_column(f"'{State.WAITING.value}'"))
IN_QUEUES = LegRow.queue.in_(bindparam("queues", expanding=True))
FREE = LegRow.bound.is_(None)
GIVEN = LegRow.service.in_(bindparam("services", expanding=True))
ORDER = (LegRow.key_at, LegRow.id)

# A counter may call whoever waits in its queues, and whoever was sent to it by name. Two statements each, for one with
# "or" between the two reads every leg of the office (SQLite, seen with a million of them: 569 ms).
BY_QUEUE = and_(WAITS, IN_QUEUES, FREE)
BY_NAME = and_(WAITS, LegRow.bound == bindparam("at"), LegRow.bound.is_not(None))

BY_TICKET = (
    select(LegRow)
    .where(OF_OFFICE, LegRow.ticket_id == bindparam("ticket"), LegRow.state != literal_column("'undone'"))
    .order_by(LegRow.id.desc())
    .limit(1)
)
BY_ID = select(LegRow).where(OF_OFFICE, LegRow.id == bindparam("leg"))
FIRST_OF_QUEUE = select(LegRow).where(WAITS, LegRow.queue == bindparam("queue"), FREE).order_by(*ORDER).limit(1)
FIRST_BY_NAME = select(LegRow).where(BY_NAME).order_by(*ORDER).limit(1)
FIRST_IN_QUEUE = Prepared(
    select(LegRow.key_at, LegRow.joined_at).where(WAITS, LegRow.queue == bindparam("queue")).order_by(*ORDER).limit(1)
)
COUNT_BY_NAME = select(func.count()).where(BY_NAME)
WAITING = select(LegRow).where(WAITS, IN_QUEUES).order_by(*ORDER).limit(bindparam("most"))
IN_HAND = select(LegRow).where(OF_OFFICE, LegRow.counter == bindparam("at"), text(IN_HAND_CONDITION))
BUSY = Prepared(select(LegRow.counter).where(OF_OFFICE, text(IN_HAND_CONDITION)))
HELD = select(LegRow).where(OF_OFFICE, LegRow.counter == bindparam("at"), text(HELD_CONDITION)).order_by(LegRow.id)
COUNT_BY_QUEUE = select(LegRow.queue, func.count().label("people")).where(WAITS).group_by(LegRow.queue)
AHEAD_IN_QUEUE = Prepared(
    select(func.count()).where(
        WAITS,
        LegRow.queue == bindparam("queue"),
        tuple_(LegRow.key_at, LegRow.id) < tuple_(bindparam("key", type_=LegRow.key_at.type), bindparam("leg")),
    )
)
RECENT_CALLS = (
    select(LegRow)
    .where(OF_OFFICE, LegRow.call_id.is_not(None), LegRow.called_at >= bindparam("since"))
    .order_by(LegRow.call_id.desc())
    .limit(bindparam("most"))
)
MISSED = (
    select(LegRow)
    .where(OF_OFFICE, LegRow.day == bindparam("on_day"), LegRow.state == State.NO_SHOW.value)
    .order_by(LegRow.finished_at.desc(), LegRow.id.desc())
    .limit(bindparam("most"))
)
FINISHED_AT = select(func.count()).where(
    OF_OFFICE, LegRow.day == bindparam("on_day"), LegRow.counter == bindparam("at"),
    LegRow.state == State.FINISHED.value,
)  # fmt: skip
# Three, for each is served by an index of the few that it is about; the day is looked at afterwards.
STILL_OPEN = tuple(
    select(LegRow).where(OF_OFFICE, text(condition))
    for condition in ("state = 'waiting'", IN_HAND_CONDITION, HELD_CONDITION)
)
INSERT = Prepared(
    insert(LegRow), "office_id", "visit_id", "ticket_id", "day", "label", "queue", "service", "ticket_class",
    "language", "state", "joined_at", "place_at", "key_at", "passed", "returns", "bound", "counter", "officer",
    "calls", "started_at", "last_seq", "held_us",
)  # fmt: skip
CHANGING = (
    "state", "place_at", "key_at", "waits_since", "returns", "counter", "officer", "calls", "call_id", "called_at",
    "started_at", "held_at", "held_us", "finished_at", "last_seq", "before",
)  # fmt: skip
SAVE = Prepared(
    update(LegRow)
    .where(OF_OFFICE, LegRow.id == bindparam("leg"))
    .values({name: bindparam(f"new_{name}") for name in CHANGING})
)
# Whom a counter could have called instead, with an earlier place-time than the one it calls.
EARLIER = and_(
    LegRow.key_at <= bindparam("place"),  # Follows from the rest, and bounds the part of the index that is read.
    or_(
        LegRow.place_at < bindparam("place"), and_(LegRow.place_at == bindparam("place"), LegRow.id < bindparam("leg"))
    ),
)
SHIFT = bindparam("capped_us", type_=WideInteger)
LESS_SHIFT = LegRow.key_at.op("-", return_type=LegRow.key_at.type)(SHIFT)
MORE_SHIFT = LegRow.key_at.op("+", return_type=LegRow.key_at.type)(SHIFT)


def _both_ways(make: Callable[[ColumnElement[bool]], Any]) -> tuple[Any, Any]:
    """The statement for those in the counter's queues, and for those sent to it."""
    return make(BY_QUEUE), make(BY_NAME)


OVERTAKEN = _both_ways(
    lambda eligible: select(
        func.count().label("people"), func.min(LegRow.id).label("first"), func.max(LegRow.id).label("last")
    ).where(eligible, EARLIER)
)
PASS = _both_ways(
    lambda eligible: (
        update(LegRow)
        .where(eligible, EARLIER, LegRow.key_at >= bindparam("key"))
        .values(
            passed=LegRow.passed + 1,
            key_at=case((LegRow.passed + 1 == bindparam("cap"), LESS_SHIFT), else_=LegRow.key_at),
        )
    )
)
UNPASS = _both_ways(
    lambda eligible: update(LegRow)
    .where(
        eligible, EARLIER, LegRow.passed > 0,
        func.coalesce(LegRow.waits_since, LegRow.joined_at) <= bindparam("call_was_at"),
        LegRow.id <= bindparam("newest"),
    )
    .values(
        passed=LegRow.passed - 1,
        key_at=case((LegRow.passed == bindparam("cap"), MORE_SHIFT), else_=LegRow.key_at),
    )
)  # fmt: skip
WAITING_AT = _both_ways(lambda eligible: select(LegRow).where(eligible).order_by(*ORDER).limit(bindparam("most")))
COUNT_AT = _both_ways(lambda eligible: select(func.count().label("people")).where(eligible))
