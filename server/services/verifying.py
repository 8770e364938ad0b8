"""Recomputes every figure from the events alone and compares; checks that the chain of events is unbroken."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import Engine

from server.db.engine import one_moment
from server.db.events import StoredEvent, all_events, last_of
from server.db.measures import MeasuredLeg, legs_of_days
from server.db.people import People
from server.db.work import chain_hash
from server.domain.measuring import Times
from server.domain.office import Office
from server.services.reporting import grouped, key_by
from server.services.shapes import GROUPINGS


@dataclass
class Verdict:
    """What was compared and what differs; an empty `differences` is a pass."""

    events: int = 0
    figures: int = 0
    differences: list[str] = field(default_factory=list)


def verify(engine: Engine, office_id: int, office: Office) -> Verdict:
    """Recompute the legs and every waiting figure from the events, compare them with the tables, and tell."""
    verdict = Verdict()
    with one_moment(engine) as connection:
        replayed = _Replay()
        previous_hash = ""
        expected_seq = 1
        for event in all_events(connection, office_id):
            verdict.events += 1
            if event.seq != expected_seq:
                verdict.differences.append(f"event {event.seq}: {expected_seq} was expected; one is missing")
            if event.previous_hash != previous_hash:
                verdict.differences.append(f"event {event.seq}: the chain of hashes is broken")
            previous_hash = chain_hash({each.name: getattr(event, each.name) for each in fields(event)})
            expected_seq = event.seq + 1
            if not replayed.take(event):
                verdict.differences.append(f"event {event.seq}: it tells of what no event before it began")
        if (expected_seq - 1, previous_hash) != last_of(connection, office_id):
            verdict.differences.append(f"event {expected_seq - 1}: it is not the last that the office recorded")
        stored = list(legs_of_days(connection, office_id, date.min, date.max))
        users = People(connection).users(office_id)
    recomputed = replayed.legs()
    _compare_legs(verdict, stored, recomputed)
    for grouping in GROUPINGS:
        key = key_by(grouping, office, users)
        figures = _flat(grouped(stored, key)), _flat(grouped(recomputed, key))
        verdict.figures += len(figures[0])
        for name in sorted(set(figures[0]) | set(figures[1])):
            if figures[0].get(name) != figures[1].get(name):
                verdict.differences.append(
                    f"by {grouping}, {name}: reported {figures[0].get(name)}, events say {figures[1].get(name)}"
                )
    return verdict


class _Replay:
    """Legs as the events tell them, in the order of their issue."""

    def __init__(self) -> None:
        self._legs: dict[int, dict[str, Any]] = {}
        self._of_visit: dict[int, int] = {}

    def take(self, event: StoredEvent) -> bool:
        """Note what the event tells; return False for one that cannot be understood."""
        try:
            self._take(event, json.loads(event.payload))
        except (ValueError, KeyError, TypeError):
            return False
        return True

    def _take(self, event: StoredEvent, said: dict[str, Any]) -> None:
        if event.kind == "ticket_issued":
            if not all(isinstance(said[name], str) for name in ("number", "service", "queue", "ticket_class")):
                raise TypeError(said)
            date.fromisoformat(said["day"])
            self._legs[said["leg"]] = said | {"joined_at": event.occurred_at, "state": "waiting"}
            self._of_visit[said["visit"]] = said["leg"]
        elif event.kind == "rating_given":
            self._legs[self._of_visit[said["visit"]]]["score"] = said["score"]
        elif event.kind in _CHANGES:
            leg = self._legs[said["leg"]]
            state, moment = _CHANGES[event.kind]
            leg |= {
                "state": state,
                moment: event.occurred_at,
                "counter": said["counter"],
                "officer": event.actor,
            }

    def legs(self) -> list[MeasuredLeg]:
        return [_measured(leg, self._legs[leg]) for leg in sorted(self._legs)]


_CHANGES = {
    "ticket_called": ("called", "called_at"),
    "ticket_recalled": ("called", "called_at"),
    "service_started": ("serving", "started_at"),
    "service_finished": ("finished", "finished_at"),
    "ticket_no_show": ("no_show", "finished_at"),
}


def _measured(leg: int, told: dict[str, Any]) -> MeasuredLeg:
    return MeasuredLeg(
        leg=leg, ticket=told.get("ticket", 0), number=told["number"], day=told["day"], service=told["service"],
        queue=told["queue"], ticket_class=told["ticket_class"], state=told["state"], counter=told.get("counter"),
        officer=told.get("officer"), score=told.get("score"),
        times=Times(joined_at=told["joined_at"], called_at=told.get("called_at"), started_at=told.get("started_at"),
                    finished_at=told.get("finished_at")),
    )  # fmt: skip


def _compare_legs(verdict: Verdict, stored: list[MeasuredLeg], recomputed: list[MeasuredLeg]) -> None:
    told = {leg.leg: leg for leg in recomputed}
    for leg in stored:
        if told.pop(leg.leg, None) != leg:
            verdict.differences.append(f"ticket {leg.number} of {leg.day}: its row is not what its events say")
    verdict.differences += [f"ticket {leg.number} of {leg.day}: in the events, not stored" for leg in told.values()]


def _flat(rows: Iterable[Any]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for row in rows:
        for name in ("n", "issued", "finished", "no_show", "waiting"):
            figures[f"{row.key} {name}"] = getattr(row, name)
        for span in ("wait", "walk", "service", "total"):
            for figure in ("mean_s", "median_s", "p90_s", "max_s"):
                figures[f"{row.key} {span} {figure}"] = getattr(getattr(row, span), figure)
    return figures
