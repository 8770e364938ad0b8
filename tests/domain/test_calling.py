"""The rule of calling: head start and cap (DESIGN 5)."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.calling import in_order, key_of, may_pass_others, next_in_line, passed_by
from server.domain.office import Rule, TicketClass
from server.domain.tickets import Leg
from tests.domain.making import a_leg, at, numbers

RULE = Rule(priority_head_start=timedelta(minutes=15), cap=3)


def test_a_priority_ticket_is_called_before_an_older_ordinary_one() -> None:
    ordinary = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:14:59", ticket_class="priority")

    assert next_in_line([ordinary, urgent], RULE) == urgent


def test_a_priority_ticket_waits_for_who_came_longer_before_than_its_head_start() -> None:
    ordinary = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:15:01", ticket_class="priority")

    assert next_in_line([urgent, ordinary], RULE) == ordinary


def test_with_the_same_key_who_came_first_is_called_first() -> None:
    ordinary = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:15", ticket_class="priority")
    twin = a_leg("A003", issued="08:00")

    assert numbers(in_order([twin, urgent, ordinary], RULE)) == ["A001", "A002", "A003"]
    assert next_in_line([twin, urgent, ordinary], RULE) == ordinary


def test_an_appointment_has_no_head_start() -> None:
    ordinary = a_leg("A001", issued="08:00")
    booked = a_leg("A002", issued="08:05", ticket_class="appointment")

    assert numbers(in_order([booked, ordinary], RULE)) == ["A001", "A002"]
    assert not may_pass_others(booked, RULE)


def test_a_ticket_passed_three_times_goes_first() -> None:
    passed_often = a_leg("A001", issued="08:30", passed=3)
    urgent = a_leg("A002", issued="08:30", ticket_class="priority")
    older = a_leg("A003", issued="08:00", passed=2)

    assert numbers(in_order([older, urgent, passed_often], RULE)) == ["A001", "A003", "A002"]
    assert next_in_line([older, urgent, passed_often], RULE) == passed_often


def test_those_passed_three_times_keep_their_order_among_themselves() -> None:
    later = a_leg("A002", issued="08:10", passed=3)
    earlier = a_leg("A001", issued="08:00", passed=3)

    assert numbers(in_order([later, earlier], RULE)) == ["A001", "A002"]


def test_nobody_waits_and_nobody_is_next() -> None:
    assert next_in_line([], RULE) is None
    assert in_order([], RULE) == []


def test_a_priority_call_passes_those_who_came_before_it_and_no_others() -> None:
    before = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:10", ticket_class="priority")
    after = a_leg("A003", issued="08:11")

    assert numbers(passed_by(urgent, [before, urgent, after], RULE)) == ["A001"]


def test_an_ordinary_call_passes_nobody_even_if_somebody_came_before() -> None:
    before = a_leg("A001", issued="08:00")
    ordinary = a_leg("A002", issued="08:10")

    assert passed_by(ordinary, [before], RULE) == []


def test_a_call_because_of_the_cap_is_no_overtaking() -> None:
    before = a_leg("A001", issued="08:00")
    capped = a_leg("A002", issued="08:10", ticket_class="priority", passed=3)

    assert passed_by(capped, [before], RULE) == []


def test_without_a_head_start_the_line_is_first_come_first_served() -> None:
    rule = Rule(priority_head_start=timedelta(0))
    ordinary = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:00:00.000001", ticket_class="priority")

    assert numbers(in_order([urgent, ordinary], rule)) == ["A001", "A002"]
    assert passed_by(urgent, [ordinary], rule) == []


Steps = list[tuple[str, int, TicketClass]]
steps: st.SearchStrategy[Steps] = st.lists(
    st.tuples(
        st.sampled_from(["issue", "issue", "call"]),
        st.integers(0, 400),
        st.sampled_from(["regular", "regular", "priority", "appointment"]),
    ),
    max_size=80,
)


@settings(max_examples=150, deadline=None)
@given(steps=steps, cap=st.integers(1, 4), head_start=st.integers(0, 40))
def test_nobody_is_ever_passed_more_often_than_the_cap_and_everybody_is_called(
    steps: Steps, cap: int, head_start: int
) -> None:
    rule = Rule(priority_head_start=timedelta(minutes=head_start), cap=cap)
    orders, now = count(1), at("08:00")
    waiting: list[Leg] = []
    passed: dict[int, int] = {}
    called: list[int] = []

    def calls_next() -> None:
        leg = next_in_line(waiting, rule)
        if leg is None:
            return
        waiting.remove(leg)
        overtaken = {each.id for each in passed_by(leg, waiting, rule)}
        waiting[:] = [replace(each, passed=each.passed + (each.id in overtaken)) for each in waiting]
        passed.update((each.id, each.passed) for each in waiting)
        called.append(leg.id)

    for step, seconds, ticket_class in steps:
        now += timedelta(seconds=seconds)
        if step == "issue":
            order = next(orders)
            waiting.append(
                replace(a_leg(ticket_class=ticket_class), id=order, order=order, joined_at=now, place_at=now)
            )
        else:
            calls_next()
    while waiting:
        calls_next()

    issued = sum(step == "issue" for step, _, _ in steps)
    assert sorted(called) == list(range(1, issued + 1))
    assert all(times <= cap for times in passed.values())


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.sampled_from(["regular", "priority"])),
        min_size=1,
        max_size=12,
    )
)
def test_the_next_in_line_heads_the_order_and_keys_never_fall(people: list[tuple[int, int, TicketClass]]) -> None:
    waiting = [
        a_leg(issued=f"08:{minute:02}", passed=passed, ticket_class=ticket_class)
        for passed, minute, ticket_class in people
    ]

    ordered = in_order(waiting, RULE)

    assert next_in_line(waiting, RULE) == ordered[0]
    keys = [(key_of(leg, RULE), leg.order) for leg in ordered]
    assert keys == sorted(keys)
    assert sorted(leg.id for leg in ordered) == sorted(leg.id for leg in waiting)
