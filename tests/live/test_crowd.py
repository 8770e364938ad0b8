"""A small crowd at two servers of one office; `make crowd` is the large one, on both databases."""

from __future__ import annotations

import psycopg
import pytest

from tests.bench.crowd.counting import counted
from tests.bench.crowd.people import Notes
from tests.bench.crowd.running import Crowd, gathers


@pytest.mark.postgres
@pytest.mark.redis
def test_eight_officers_at_two_servers_call_each_of_two_hundred_tickets_once(postgres_url: str, redis_url: str) -> None:
    with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as session:
        session.execute("CREATE DATABASE crowd")

    result = gathers(Crowd(200, 8, 2), postgres_url.rpartition("/")[0] + "/crowd", redis_url)

    counts = result.counts
    assert counts.faults == []
    assert (counts.issued, counts.called_once, counts.finished) == (200, 200, 200)
    assert (counts.called_twice, counts.never_called, counts.differ_from_clients) == (0, 0, 0)
    assert result.agrees, result.verified
    assert result.is_right


def an_event(seq: int, kind: str, ticket: int, counter: int = 1) -> dict[str, object]:
    payload = {"ticket": ticket, "number": f"A{ticket:03}", "queue": "A", "day": "2026-11-23", "counter": counter}
    return {"seq": seq, "kind": kind, "payload": payload}


A_VISIT = [an_event(1, "ticket_issued", 1), an_event(2, "ticket_called", 1), an_event(3, "service_finished", 1)]


def told(**differently: object) -> Notes:
    return Notes(**{"issued": [1], "called": [(1, 1)], "finished": [1]} | differently)  # type: ignore[arg-type]  # because the fields differ in type.


def test_a_visit_that_everybody_tells_alike_is_right() -> None:
    counts = counted(A_VISIT, told())

    assert counts.is_right
    assert (counts.issued, counts.called_once, counts.finished) == (1, 1, 1)


def test_a_ticket_called_twice_or_never_or_told_otherwise_is_not_right() -> None:
    twice = counted([*A_VISIT, an_event(4, "ticket_called", 1, counter=2)], told(called=[(1, 1), (1, 2)]))
    never = counted(A_VISIT[:1], told(called=[], finished=[]))
    at_another_counter = counted(A_VISIT, told(called=[(1, 2)]))
    lost_event = counted(A_VISIT[1:], told())
    two_in_hand = counted(
        [*A_VISIT[:2], an_event(3, "ticket_issued", 2), an_event(4, "ticket_called", 2)],
        told(issued=[1, 2], called=[(1, 1), (2, 1)], finished=[]),
    )

    assert (twice.called_twice, twice.is_right) == (1, False)
    assert (never.never_called, never.is_right) == (1, False)
    assert (at_another_counter.differ_from_clients, at_another_counter.is_right) == (2, False)
    assert lost_event.missing_seq > 0
    assert (two_in_hand.counters_with_two, two_in_hand.is_right) == (1, False)
