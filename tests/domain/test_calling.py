"""The rule of calling: head start and cap (DESIGN 5)."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.calling import (
    COUNTS_TOWARD_CAP,
    how_called,
    in_order,
    key_of,
    may_be_called,
    next_in_line,
    overtaken_by,
    return_place,
)
from server.domain.office import Counter, Rule, Text, TicketClass
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
    assert how_called(booked, RULE) == "turn"


def test_an_office_may_give_appointments_a_head_start_and_it_counts_toward_the_cap() -> None:
    rule = Rule(appointment_head_start=timedelta(minutes=10))
    ordinary = a_leg("A001", issued="08:00")
    booked = a_leg("A002", issued="08:05", ticket_class="appointment")

    assert numbers(in_order([ordinary, booked], rule)) == ["A002", "A001"]
    assert how_called(booked, rule) == "appointment"
    assert "appointment" in COUNTS_TOWARD_CAP


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


def test_a_call_overtakes_those_with_an_earlier_place_and_no_others() -> None:
    before = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:10", ticket_class="priority")
    after = a_leg("A003", issued="08:11")

    assert numbers(overtaken_by(urgent, [after, before, urgent])) == ["A001"]


def test_why_a_call_may_overtake_is_told_by_the_rule() -> None:
    assert how_called(a_leg(), RULE) == "turn"
    assert how_called(a_leg(ticket_class="priority"), RULE) == "class_rule"
    assert how_called(replace(a_leg(ticket_class="priority"), returns=1), RULE) == "returned"
    assert how_called(a_leg(ticket_class="priority", passed=3), RULE) == "cap"
    assert how_called(a_leg(passed=3), RULE) == "cap"
    assert {"class_rule", "appointment"} == COUNTS_TOWARD_CAP


def test_without_a_head_start_the_line_is_first_come_first_served() -> None:
    rule = Rule(priority_head_start=timedelta(0))
    ordinary = a_leg("A001", issued="08:00")
    urgent = a_leg("A002", issued="08:00:00.000001", ticket_class="priority")

    assert numbers(in_order([urgent, ordinary], rule)) == ["A001", "A002"]
    assert how_called(urgent, rule) == "turn"


PLACE = Counter(1, Text("ช่อง", "Counter"), ("A", "F"))


def test_a_counter_calls_its_own_queues_and_what_its_officer_gives() -> None:
    leg, elsewhere = a_leg("A001"), a_leg("R001")

    assert may_be_called(leg, PLACE, None)
    assert may_be_called(leg, PLACE, {"id_renew"})
    assert not may_be_called(leg, PLACE, {"death"})
    assert not may_be_called(leg, PLACE, frozenset())
    assert not may_be_called(elsewhere, PLACE, None)


def test_who_was_sent_to_one_counter_is_called_by_that_one_whatever_it_serves() -> None:
    sent_here, sent_away = replace(a_leg("R001"), bound=1), replace(a_leg("A001"), bound=2)

    assert may_be_called(sent_here, PLACE, {"death"})
    assert not may_be_called(sent_away, PLACE, None)


def returned_into(line: list[Leg], leg: Leg, rule: Rule = RULE) -> list[str]:
    """The line after that leg came back into it."""
    place = return_place(leg, in_order(line, rule), rule, now=at("09:00"))
    return numbers(in_order([*line, replace(leg, place_at=place, returns=leg.returns + 1)], rule))


def test_who_comes_back_stands_third_and_the_second_time_last() -> None:
    line = [a_leg(f"A00{n}", issued=f"08:0{n}") for n in range(1, 6)]
    missed = a_leg("A900", issued="07:30")

    assert returned_into(line, missed).index("A900") == 2
    assert returned_into(line, replace(missed, returns=1)).index("A900") == 5


def test_who_comes_back_to_a_short_line_stands_last_and_never_before_the_place_they_had() -> None:
    two = [a_leg("A001", issued="08:01"), a_leg("A002", issued="08:02")]
    late = a_leg("A900", issued="08:30")
    five = [a_leg(f"A00{n}", issued=f"08:0{n}") for n in range(1, 6)]

    assert returned_into(two, a_leg("A900", issued="07:30")) == ["A001", "A002", "A900"]
    assert returned_into([], a_leg("A900", issued="07:30")) == ["A900"]
    assert returned_into(five, late).index("A900") == 5


def test_coming_back_earns_no_head_start() -> None:
    line = [a_leg(f"A00{n}", issued=f"08:0{n}") for n in range(1, 6)]
    missed = a_leg("A900", issued="07:30", ticket_class="priority")

    assert returned_into(line, missed).index("A900") == 2
    assert returned_into(line, replace(missed, returns=1)).index("A900") == 5


def test_those_whom_the_cap_puts_first_keep_their_place_before_who_comes_back() -> None:
    line = [a_leg(f"A00{n}", issued=f"08:0{n}", passed=3) for n in range(1, 5)]

    assert returned_into(line, a_leg("A900", issued="07:30")).index("A900") == 4


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
        counts = how_called(leg, rule) in COUNTS_TOWARD_CAP
        overtaken = {each.id for each in overtaken_by(leg, waiting)} if counts else set()
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
