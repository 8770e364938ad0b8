"""Made-up days under three orders of calling: what the rule promises, checked from who was called when."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.office import Rule, TicketClass
from server.simulating import Load, compare, report
from server.simulating.comparing import outcome, overtakings
from server.simulating.days import OPENS, Citizen, calls_of_the_day, citizens
from server.simulating.orders import FIRST_COME, OURS, STRICT, Order, orders
from tests.domain.making import a_leg, numbers

RULE = Rule(priority_head_start=timedelta(minutes=15), cap=3)
HEAVY = Load(arrivals_per_hour=33, priority_share=0.5, hours=4)


def an_order(name: str, rule: Rule = RULE) -> Order:
    return next(each for each in orders(rule) if each.name == name)


def comes(minute: float, ticket_class: TicketClass = "regular", *, minutes: float = 10) -> Citizen:
    return Citizen(OPENS + timedelta(minutes=minute), ticket_class, timedelta(minutes=minutes))


# One counter, ten minutes each. Free at 0, 10, 20, 30, 40.
A_MORNING = [comes(0), comes(1), comes(2), comes(3, "priority"), comes(17, "priority")]


@pytest.mark.parametrize(
    ("name", "called", "regular", "priority", "overtaken"),
    [
        # Calls at 0 A001, 10 A002, 20 A003, 30 A004 (came at 3), 40 A005 (at 17).
        (FIRST_COME, ["A001", "A002", "A003", "A004", "A005"], (0 + 9 + 18) / 3, (27 + 23) / 2, 0),
        # At 10 the priority A004 goes first; at 20 A005: A002 and A003 are overtaken twice.
        (STRICT, ["A001", "A004", "A005", "A002", "A003"], (0 + 29 + 38) / 3, (7 + 3) / 2, 2),
        # At 10 A004 counts as of minute -12; at 20 A005 as of minute 2, the same as A003, who came first.
        (OURS, ["A001", "A004", "A002", "A003", "A005"], (0 + 19 + 28) / 3, (7 + 23) / 2, 1),
    ],
)
def test_a_morning_worked_out_by_hand(
    name: str, called: list[str], regular: float, priority: float, overtaken: int
) -> None:
    day = calls_of_the_day(A_MORNING, 1, an_order(name))

    figures = outcome(name, [day])
    assert numbers(day) == called
    assert figures.waits["regular"].mean == pytest.approx(regular)
    assert figures.waits["priority"].mean == pytest.approx(priority)
    assert figures.waits["priority"].people == 2
    assert figures.most_overtaken == overtaken
    assert figures.overtaken_share == (0.4 if overtaken else 0)


def test_p95_is_what_19_of_20_waited_at_most() -> None:
    day = calls_of_the_day([comes(0, minutes=1) for _ in range(20)], 1, an_order(FIRST_COME))

    assert outcome(FIRST_COME, [day]).waits["regular"].p95 == 18


def test_two_free_counters_call_two_who_come_together_at_once() -> None:
    day = calls_of_the_day([comes(5), comes(5), comes(5)], 2, an_order(OURS))

    assert [leg.called_at for leg in day] == [OPENS + timedelta(minutes=minute) for minute in (5, 5, 15)]


def test_whoever_came_before_closing_is_called_however_late() -> None:
    coming = citizens(Load(counters=1, arrivals_per_hour=30, hours=2), "a busy day")

    day = calls_of_the_day(coming, 1, an_order(OURS))

    assert sorted(numbers(day)) == [f"A{number:03}" for number in range(1, len(coming) + 1)]
    assert day[-1].called_at is not None
    assert day[-1].called_at > OPENS + timedelta(hours=2)


def test_an_overtaking_is_a_later_comer_called_while_the_earlier_one_waits() -> None:
    first, second, third = a_leg("A001", issued="08:00"), a_leg("A002", issued="08:01"), a_leg("A003", issued="08:01")

    assert overtakings([first, second, third]) == [0, 0, 0]
    assert overtakings([third, second, first]) == [0, 1, 2]
    assert overtakings([second, first, third]) == [0, 1, 0]


def test_the_counting_does_not_look_at_what_the_rule_itself_counted() -> None:
    forgotten = [a_leg("A002", issued="08:01"), a_leg("A001", issued="08:00", passed=0)]
    invented = [a_leg("A001", issued="08:00", passed=7)]

    assert overtakings(forgotten) == [0, 1]
    assert overtakings(invented) == [0]


loads = st.builds(
    Load,
    counters=st.integers(1, 5),
    arrivals_per_hour=st.floats(1, 80),
    service_minutes=st.floats(1, 15),
    priority_share=st.floats(0, 1),
    hours=st.floats(0.5, 3),
)


@settings(max_examples=60, deadline=None)
@given(load=loads, cap=st.integers(1, 6), head_start=st.integers(0, 120), seed=st.integers(0, 10**6))
def test_nobody_is_overtaken_more_often_than_the_cap_whatever_the_load(
    load: Load, cap: int, head_start: int, seed: int
) -> None:
    rule = Rule(priority_head_start=timedelta(minutes=head_start), cap=cap)

    compared = compare(load, days=1, seed=seed, rule=rule)

    assert compared.of(FIRST_COME).most_overtaken == 0
    assert compared.of(OURS).most_overtaken <= cap
    assert compared.keeps_the_cap
    people = [{name: waits.people for name, waits in each.waits.items()} for each in compared.outcomes]
    assert people[0] == people[1] == people[2]


def test_on_a_heavy_day_strict_priority_overtakes_far_more_often_than_the_cap() -> None:
    compared = compare(HEAVY, days=2, seed=1, rule=RULE)

    assert compared.of(STRICT).most_overtaken > 3 * RULE.cap
    assert compared.of(OURS).most_overtaken == RULE.cap


def test_the_same_seed_gives_the_same_days_and_another_seed_others() -> None:
    assert report([compare(HEAVY, days=1, seed=5)]) == report([compare(HEAVY, days=1, seed=5)])
    assert citizens(HEAVY, "one") != citizens(HEAVY, "other")


def test_arrivals_and_services_are_as_many_and_as_long_as_was_asked() -> None:
    load = Load(arrivals_per_hour=30, service_minutes=6, priority_share=0.2, hours=200)

    coming = citizens(load, "a long day")

    classes = Counter(each.ticket_class for each in coming)
    minutes = sum((each.service for each in coming), timedelta()).total_seconds() / 60
    assert len(coming) == pytest.approx(6000, rel=0.05)
    assert classes["priority"] / len(coming) == pytest.approx(0.2, rel=0.1)
    assert minutes / len(coming) == pytest.approx(6, rel=0.05)


def test_another_share_of_priority_meets_the_same_people_at_the_same_minutes() -> None:
    few, many = Load(priority_share=0.2), Load(priority_share=0.5)

    assert [(each.comes_at, each.service) for each in citizens(few, "x")] == [
        (each.comes_at, each.service) for each in citizens(many, "x")
    ]


def test_the_report_names_what_was_tried_and_whether_the_promise_held() -> None:
    lines = report([compare(Load(priority_share=0.5), days=1, seed=1, rule=RULE)])

    text = "\n".join(lines)
    assert "3 counters, 26 arrivals an hour, 6 minutes' service: the counters are busy 87% of the time." in text
    assert "1 day of 8 hours (seed 1)" in text
    assert "our rule: 15 min earlier, cap 3" in text
    assert lines[-1].startswith("50% priority: kept.")
    assert all(len(line) <= 120 for line in lines)


def test_a_day_without_anybody_has_no_figures_and_breaks_nothing() -> None:
    lines = report([compare(Load(arrivals_per_hour=0.001, hours=0.01), days=1, seed=1)])

    assert any("0 ordinary and 0 priority tickets" in line for line in lines)
