"""Recomputes every figure from the events alone and compares; checks that the chain of events is unbroken."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from server.db.engine import one_moment
from server.db.events import StoredEvent, all_events, last_of
from server.db.measures import MeasuredLeg, measured, stored_legs
from server.db.people import People
from server.db.work import chain_hash
from server.domain.errors import QueueError
from server.domain.events import from_payload
from server.domain.office import Office
from server.domain.replaying import Happened, Record, Unheard
from server.domain.tickets import State
from server.services.reporting import grouped, key_by
from server.services.retelling import Retelling
from server.services.shapes import GROUPINGS

OfficeAt = Callable[[Connection, int], Office]


@dataclass
class Verdict:
    """What was compared and what differs; an empty `differences` is a pass."""

    events: int = 0
    figures: int = 0
    differences: list[str] = field(default_factory=list)


def verify(engine: Engine, office_id: int, office: Office | None, office_at: OfficeAt | None = None) -> Verdict:
    """Recompute the legs, the counters and every waiting figure from the events, compare them with the tables, tell.

    `office` is as it is configured now, None where that cannot be read. `office_at` gives the office as configured at a
    version; without it every version is as `office`.
    """
    verdict = Verdict()
    with one_moment(engine) as connection:
        record = Record()
        retelling = Retelling(connection, office_id, record, verdict.differences)
        _compare_configured(retelling)
        if office is None:
            verdict.differences.append("configurations: what is in force cannot be read, so nothing else was compared")
            return verdict
        last_hash = _replay(connection, office_id, verdict, retelling, office_at or (lambda _connection, _at: office))
        verdict.differences += record.faults
        retelling.compare_all(last_hash, office)
        users = People(connection).users(office_id)
        try:
            stored = list(stored_legs(connection, office_id, date.min, date.max))
        except ValueError as error:  # Not a day, not a state: the row has been told of above.
            verdict.differences.append(f"legs: no figure can be made of what stands there ({error})")
            return verdict
    reported = [measured(leg, issued_at=issued, score=score) for leg, issued, score in stored
                if leg.state is not State.UNDONE]  # fmt: skip
    recomputed = [measured(leg, issued_at=record.arrivals[leg.visit], score=record.scores.get(leg.visit))
                  for _, leg in sorted(record.legs.items()) if leg.state is not State.UNDONE]  # fmt: skip
    for grouping in GROUPINGS:
        _compare_figures(verdict, grouping, reported, recomputed, key_by(grouping, office, users))
    return verdict


def _compare_configured(retelling: Retelling) -> None:
    try:
        retelling.compare_configured()
    except (ValueError, KeyError, TypeError) as error:
        retelling.differences.append(f"configurations: an event tells of what cannot have been: {error!r}"[:200])


def _replay(connection: Connection, office_id: int, verdict: Verdict, retelling: Retelling, office_at: OfficeAt
            ) -> str:  # fmt: skip
    """Take every event in, check that none is missing, changed, or impossible, and return the hash of the last."""
    previous_hash, expected_seq = "", 1
    for event in all_events(connection, office_id):
        verdict.events += 1
        if event.seq != expected_seq:
            verdict.differences.append(f"event {event.seq}: {expected_seq} was expected; one is missing")
        if event.previous_hash != previous_hash:
            verdict.differences.append(f"event {event.seq}: the chain of hashes is broken")
        previous_hash = chain_hash({each.name: getattr(event, each.name) for each in fields(event)})
        expected_seq = event.seq + 1
        try:
            happened = as_happened(event, office_at(connection, event.rule_version))
            retelling.record.take(happened)
            retelling.take(event, happened)
        except (Unheard, QueueError, ValueError, LookupError, TypeError, AttributeError) as error:
            verdict.differences.append(f"event {event.seq}: it tells of what cannot have been: {error!r}"[:200])
    if (expected_seq - 1, previous_hash) != last_of(connection, office_id):
        verdict.differences.append(f"event {expected_seq - 1}: it is not the last that the office recorded")
    return previous_hash


def as_happened(event: StoredEvent, office: Office) -> Happened:
    """Return the stored event as the rules take it. Raises KeyError, TypeError or ValueError for what is no event."""
    return Happened(event.seq, from_payload(event.kind, json.loads(event.payload)), event.occurred_at, event.actor,
                    office)  # fmt: skip


def _compare_figures(verdict: Verdict, grouping: str, reported: list[MeasuredLeg], recomputed: list[MeasuredLeg],
                     key: Callable[[MeasuredLeg], str | None]) -> None:  # fmt: skip
    figures = _flat(grouped(reported, key)), _flat(grouped(recomputed, key))
    verdict.figures += len(figures[0])
    for name in sorted(set(figures[0]) | set(figures[1])):
        if figures[0].get(name) != figures[1].get(name):
            verdict.differences.append(
                f"by {grouping}, {name}: reported {figures[0].get(name)}, events say {figures[1].get(name)}"
            )


def _flat(rows: Iterable[Any]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for row in rows:
        for name in ("n", "issued", "finished", "no_show", "waiting"):
            figures[f"{row.key} {name}"] = getattr(row, name)
        for span in ("wait", "walk", "service", "total"):
            for figure in ("mean_s", "median_s", "p90_s", "max_s"):
                figures[f"{row.key} {span} {figure}"] = getattr(getattr(row, span), figure)
    return figures
