"""The demo's second reckoning: figures from events alone, and acknowledged against happened."""

from typing import Any

import pytest

from server.demo.comparing import differences
from server.demo.reckoning import disagreements, reckon, spread


def an_event(kind: str, at: str, **facts: Any) -> dict[str, Any]:
    return {"kind": kind, "occurred_at": f"2026-11-24T{at}+07:00", "payload": facts}


def issued(number: str, at: str) -> dict[str, Any]:
    return an_event("ticket_issued", at, number=number, service="id_renew", queue=number[0], ticket_class="regular")


A_VISIT = [
    issued("A001", "08:00"),
    an_event("ticket_called", "08:10", number="A001", counter=1),
    an_event("ticket_recalled", "08:11", number="A001", counter=1),
    an_event("service_started", "08:12", number="A001", counter=1),
    an_event("service_finished", "08:30", number="A001", counter=1),
    an_event("rating_opened", "08:30", number="A001", slot=1),
    an_event("rating_given", "08:30:20", slot=1, score=5),
]


def test_a_wait_ends_with_the_call_that_was_answered() -> None:
    leg = reckon(A_VISIT).legs["A001"]

    assert (leg.wait_s, leg.walk_s, leg.service_s) == (11 * 60, 60, 18 * 60)


def test_a_call_nobody_answered_ends_no_wait() -> None:
    day = reckon(
        [
            issued("A001", "08:00"),
            an_event("ticket_called", "08:10", number="A001", counter=1),
            an_event("ticket_no_show", "08:12", number="A001", counter=1),
        ]
    )

    assert day.legs["A001"].wait_s is None
    assert (day.served, day.no_shows, day.left_waiting) == (0, 1, 0)


def test_who_was_never_called_is_left_waiting() -> None:
    day = reckon([*A_VISIT, issued("A002", "08:05")])

    assert (day.served, day.no_shows, day.left_waiting, day.scores) == (1, 0, 1, [5])


def test_p90_is_the_nearest_rank() -> None:
    found = spread([*range(1, 11), None])

    assert found is not None
    assert (found.mean, found.median, found.p90, found.max) == (5.5, 5.5, 9, 10)
    assert spread([None]) is None


def an_acknowledgement(action: str, **facts: Any) -> dict[str, Any]:
    return {"action": action, "actor": "somebody", **facts}


ACKNOWLEDGED = [
    an_acknowledgement("open", counter=1),
    an_acknowledgement("issue", number="A001"),
    an_acknowledgement("call", number="A001"),
    an_acknowledgement("recall", number="A001"),
    an_acknowledgement("start", number="A001"),
    an_acknowledgement("finish", number="A001"),
    an_acknowledgement("rate", slot="1", number="A001"),
]


def test_what_was_acknowledged_and_happened_once_agrees() -> None:
    assert disagreements(ACKNOWLEDGED, A_VISIT) == []


@pytest.mark.parametrize("lost", range(len(A_VISIT)))
def test_a_lost_event_is_missed(lost: int) -> None:
    left = [event for index, event in enumerate(A_VISIT) if index != lost]

    assert len(disagreements(ACKNOWLEDGED, left)) == (0 if A_VISIT[lost]["kind"] == "rating_opened" else 1)


def test_what_happened_twice_is_noticed() -> None:
    assert disagreements(ACKNOWLEDGED, [*A_VISIT, A_VISIT[-1]]) == [
        "rating_given slot 1: acknowledged 1 times, happened 2 times"
    ]


def a_report(**changes: Any) -> dict[str, Any]:
    def span(seconds: float) -> dict[str, float]:
        return {f"{name}_s": seconds for name in ("mean", "median", "p90", "max")}

    row = {"key": "A", "n": 1, "wait": span(660.0), "walk": span(60.0), "service": span(1080.0)}
    return {"by": "queue", "rows": [row | changes], "all": row | {"key": "all"}}


def test_a_true_report_differs_in_nothing() -> None:
    assert differences(reckon(A_VISIT), a_report()) == []


def test_every_wrong_figure_is_named() -> None:
    wrong = a_report(n=2, wait={"mean_s": 661.0, "median_s": 660.04, "p90_s": None, "max_s": 660.0})

    assert differences(reckon(A_VISIT), wrong) == [
        "by queue, A: n is 2, from the events 1",
        "by queue, A: wait mean is 661.0 s, from the events 660.0 s",
        "by queue, A: wait p90 is None s, from the events 660.0 s",
    ]


def test_a_missing_row_is_named() -> None:
    assert differences(reckon(A_VISIT), a_report() | {"rows": []}) == ["by queue: the report has no row A"]
