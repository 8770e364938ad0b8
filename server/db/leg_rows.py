"""A leg as the table keeps it, and as the rules know it."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

from server.db.types import MICROSECOND, from_microseconds, to_microseconds
from server.domain.tickets import Leg, State


def leg_of(row: Any) -> Leg:
    """Return the leg of a row with all its columns."""
    leg = Leg(
        id=row.id, ticket=row.ticket_id, visit=row.visit_id, number=row.label, service=row.service, queue=row.queue,
        ticket_class=row.ticket_class, language=row.language, state=State(row.state),
        day=date.fromisoformat(row.day), joined_at=row.joined_at, place_at=row.place_at, order=row.id,
        waits_since=row.waits_since or row.joined_at, passed=row.passed, returns=row.returns, bound=row.bound,
        counter=row.counter, officer=row.officer, calls=row.calls, call_id=row.call_id, called_at=row.called_at,
        started_at=row.started_at, held_at=row.held_at, held_for=row.held_us * MICROSECOND,
        finished_at=row.finished_at, last_seq=row.last_seq,
    )  # fmt: skip
    return leg if row.before is None else _with_before(leg, row.before)


_PLAIN = ("returns", "counter", "officer", "calls", "call_id")
_MOMENTS = ("place_at", "waits_since", "called_at", "started_at", "held_at", "finished_at")


def before_written(before: Leg | None) -> str | None:
    """What a step may change, as JSON; times in microseconds, what is empty left out."""
    if before is None:
        return None
    facts: dict[str, Any] = {name: getattr(before, name) for name in _PLAIN}
    facts |= {name: to_microseconds(at) for name in _MOMENTS if (at := getattr(before, name)) is not None}
    facts |= {"state": before.state.value, "held_us": before.held_for // MICROSECOND}
    return json.dumps({name: value for name, value in facts.items() if value is not None}, separators=(",", ":"))


def _with_before(leg: Leg, written: str) -> Leg:
    facts: dict[str, Any] = json.loads(written)
    changes: dict[str, Any] = {name: facts.get(name) for name in _PLAIN}
    changes |= {name: None if name not in facts else from_microseconds(facts[name]) for name in _MOMENTS}
    changes |= {"state": State(facts["state"]), "held_for": facts["held_us"] * MICROSECOND}
    return replace(leg, before=replace(leg, **changes))
