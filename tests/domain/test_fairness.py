"""Fairness, told as small days, and every figure recomputed by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.fairness import AgainstCap, Fairness, OutOfTurn, Share, Waits, fairness
from server.domain.ledger import Ledger
from server.domain.office import Rule
from tests.domain.making import BANGKOK, MONDAY, an_office
from tests.domain.telling import Day


@pytest.fixture
def day() -> Day:
    """A Monday at an office with a cap of 2 and a promised wait of 30 minutes."""
    return Day(Ledger(), replace(an_office(rule=Rule(cap=2)), promised_wait=timedelta(minutes=30)))


def figures_of(day: Day) -> Fairness:
    assert isinstance(day.listener, Ledger)
    return fairness(day.listener, MONDAY, MONDAY, BANGKOK)


def explained(day: Day) -> dict[str, tuple[int, int, float, int]]:
    """Overtakings, legs, mean, most, of every explanation that there was."""
    rows = figures_of(day).explained
    return {row.why: (row.overtakings, row.legs, row.mean, row.most) for row in rows if row.overtakings}


@pytest.fixture
def morning(day: Day) -> Day:
    """A001 is passed by two priority tickets (its cap) and one in a wheelchair; A005 by a walk-up; A007 by A008."""
    first = day.issues("08:00", "A001", quoted=(30, 45))
    elder, pregnant = day.issues("08:05", "A002", "priority"), day.issues("08:06", "A003", "priority")
    wheels = day.issues("08:10", "A004", quoted=(10, 25))
    day.serves("08:20", elder, "08:30", "class_rule")
    day.serves("08:30", pregnant, "08:40", "class_rule")
    day.serves("08:40", wheels, "08:50", "out_of_order", "wheelchair")
    day.serves("08:50", first, "08:55", "cap")
    gone = day.issues("08:52", "A005")
    day.serves_a_walk_up("08:56", "08:59")
    day.leaves("09:10", gone)
    missed = day.issues("09:11", "A006")
    day.calls("09:12", missed)
    day.misses("09:14", missed)
    older, younger = day.issues("09:20", "A007"), day.issues("09:21", "A008")
    day.serves("09:30", younger, "09:35")
    day.serves("09:40", older, "09:45")
    return day


def test_how_many_were_never_overtaken_without_a_recorded_reason(morning: Day) -> None:
    found = figures_of(morning)

    # Eight stood in line; the walk-up did not. A007 alone was overtaken for no reason; A001 and A005 for one.
    assert (found.legs, found.waiting) == (8, 0)
    assert found.without_reason_never == Share(7, 8)
    assert found.without_reason_never.per_cent == 87.5
    assert found.at_all_never == Share(5, 8)


def test_overtakings_by_what_explains_them(morning: Day) -> None:
    assert explained(morning) == {
        "class_rule": (2, 1, 0.25, 2),  # A001 by A002 and by A003: 2 ÷ 8 legs.
        "out_of_order": (1, 1, 0.125, 1),
        "walk_up": (1, 1, 0.125, 1),
        "unexplained": (1, 1, 0.125, 1),
    }
    assert figures_of(morning).overtakings == 5


def test_overtakings_per_hundred_calls(morning: Day) -> None:
    found = figures_of(morning)

    # Seven were called (A005 never) and one walked up: 5 ÷ 8.
    assert (found.taken, found.per_100) == (8, 62.5)


def test_the_cap_was_reached_and_not_exceeded(morning: Day) -> None:
    assert figures_of(morning).cap == AgainstCap(mean=0.25, most=2, reached=1, exceeded=0)


def test_one_more_than_the_cap_is_seen(day: Day) -> None:
    first = day.issues("08:00", "A001")
    for number in range(3):
        day.serves(f"08:{20 + number}", day.issues(f"08:0{number + 1}", f"A00{number + 2}", "priority"),
                   f"08:{20 + number}:30", "class_rule")  # fmt: skip
    day.serves("08:30", first, "08:31", "cap")

    assert figures_of(day).cap == AgainstCap(mean=0.75, most=3, reached=1, exceeded=1)


def test_the_cap_is_that_of_the_rule_in_force_at_each_overtaking(day: Day) -> None:
    first = day.issues("08:00", "A001")
    day.serves("08:20", day.issues("08:01", "A002", "priority"), "08:21", "class_rule")
    day.office = replace(day.office, rule=Rule(cap=5, version=2))
    for number in range(2):
        day.serves(f"08:3{number}", day.issues(f"08:0{number + 2}", f"A00{number + 3}", "priority"),
                   f"08:3{number}:30", "class_rule")  # fmt: skip
    day.serves("08:40", first, "08:41")
    found = figures_of(day)

    assert (found.cap.most, found.cap.reached, found.cap.exceeded) == (3, 0, 0)
    assert [(each.version, each.cap) for each in found.rules] == [(1, 2), (2, 5)]


def test_a_visit_sent_on_before_it_was_served_keeps_its_count(day: Day) -> None:
    first = day.issues("08:00", "A001")
    day.serves("08:20", day.issues("08:01", "A002", "priority"), "08:21", "class_rule")
    onward = day.sends_on("08:22", first)
    day.serves("08:30", day.issues("08:02", "A003", "priority"), "08:31", "class_rule")
    day.serves("08:40", onward, "08:41", "cap")

    assert figures_of(day).cap == AgainstCap(mean=0.5, most=2, reached=1, exceeded=0)


def test_calls_out_of_order_and_walk_ups_by_reason(morning: Day) -> None:
    assert figures_of(morning).out_of_turn == [
        OutOfTurn(how="out_of_order", reason="wheelchair", times=1, passed=1),
        OutOfTurn(how="walk_up", reason="quick_question", times=1, passed=1),
    ]


def test_the_wait_by_class_and_those_beside_it_who_were_not_served(morning: Day) -> None:
    classes = {each.ticket_class: each for each in figures_of(morning).classes}
    regular = classes["regular"]
    beside = {each.state: each.waited for each in regular.not_served if each.waited.n}

    # A004 waited 30, A001 50, A008 9, A007 20 minutes: 9 20 30 50.
    assert regular.wait == Waits(4, 1500.0, 3000.0, 3000.0)
    assert classes["priority"].wait == Waits(2, (15 + 24) / 2 * 60, 1440.0, 1440.0)
    assert classes["appointment"].wait == Waits(0, None, None, None)
    assert beside == {"left": Waits(1, 1080.0, 1080.0, 1080.0), "no_show": Waits(1, 60.0, 60.0, 60.0)}


def test_who_was_forgotten_waited_until_midnight_at_most(day: Day) -> None:
    forgotten = day.issues("23:00", "A001")
    day.closes_ticket("2026-11-24T08:30:00+07:00", forgotten)
    regular = figures_of(day).classes[0]

    assert {each.state: each.waited.max_s for each in regular.not_served if each.waited.n} == {"closed": 3600.0}
    assert regular.wait.n == 0


def test_who_waited_longer_than_promised(morning: Day) -> None:
    promise = figures_of(morning).promise

    # Of the six whose call was answered A001 alone waited over 30 minutes; A004's 30:00 is within the promise.
    assert promise.over == Share(1, 6)
    assert promise.not_served_over == 0


def test_an_average_does_not_hide_who_left_after_the_promised_wait(day: Day) -> None:
    day.leaves("09:00", day.issues("08:00", "A001"))

    assert figures_of(day).promise.over == Share(0, 0)
    assert figures_of(day).promise.over.per_cent is None
    assert figures_of(day).promise.not_served_over == 1


def test_an_office_that_promises_nothing_broke_no_promise(day: Day) -> None:
    day.office = replace(day.office, promised_wait=None)
    day.serves("09:00", day.issues("08:00", "A001"), "09:01")

    assert figures_of(day).promise.over == Share(0, 0)


def test_how_often_the_printed_range_was_kept(morning: Day) -> None:
    quoted = figures_of(morning).quoted

    # Printed and waited: A001 30–45, 50. A002 and A003 0–5, 15 and 24. A004 10–25, 30. A007 and A008 0–5, 20 and 9.
    assert (quoted.inside, quoted.below, quoted.above) == (Share(0, 6), Share(0, 6), Share(6, 6))


@pytest.mark.parametrize(
    ("called", "expected"),
    [("08:09:59", "below"), ("08:10", "inside"), ("08:25", "inside"), ("08:25:01", "above")],
)
def test_a_range_includes_both_its_ends(day: Day, called: str, expected: str) -> None:
    day.serves(called, day.issues("08:00", "A001", quoted=(10, 25)), "08:40")
    quoted = figures_of(day).quoted

    assert [name for name in ("inside", "below", "above") if getattr(quoted, name).k] == [expected]


def test_the_unexplained_are_listed_down_to_ticket_counter_officer_and_time(morning: Day) -> None:
    (one,) = figures_of(morning).unexplained

    assert (one.passed_number, one.by_number, one.counter, one.officer) == ("A007", "A008", 1, "account:1")
    assert f"{one.at.astimezone(BANGKOK):%H:%M}" == "09:30"


def test_an_officers_choice_without_a_reason_is_unexplained(day: Day) -> None:
    first = day.issues("08:00", "A001")
    day.serves("08:10", day.issues("08:01", "A002"), "08:11", "out_of_order", None)
    day.serves("08:20", first, "08:21")

    assert explained(day) == {"unexplained": (1, 1, 0.5, 1)}
    assert [each.passed_number for each in figures_of(day).unexplained] == ["A001"]


def test_who_waits_still_is_in_no_figure_but_is_listed_if_somebody_passed(day: Day) -> None:
    day.issues("08:00", "A001")
    day.serves("08:10", day.issues("08:01", "A002"), "08:11")
    found = figures_of(day)

    assert (found.legs, found.waiting, found.overtakings) == (1, 1, 0)
    assert found.out_of_turn == []
    assert [each.passed_number for each in found.unexplained] == ["A001"]


def test_an_undone_call_counts_for_nothing(day: Day) -> None:
    first, second = day.issues("08:00", "A001"), day.issues("08:01", "A002")
    wrong = day.calls("08:10", second, "out_of_order", "wheelchair")
    day.undoes("08:10:30", second, wrong, "ticket_called")
    day.serves("08:11", first, "08:12")
    day.serves("08:13", second, "08:14")
    found = figures_of(day)

    assert (found.taken, found.overtakings, found.out_of_turn, found.at_all_never) == (2, 0, [], Share(2, 2))


def test_an_undone_transfer_made_no_second_wait(day: Day) -> None:
    first = day.issues("08:00", "A001")
    day.sends_on("08:05", first)
    day.undoes("08:05:30", first, 2, "ticket_transferred", counter=None)
    day.serves("08:20", first, "08:30")
    found = figures_of(day)

    assert (found.legs, found.waiting, found.classes[0].wait.n) == (1, 0, 1)


def test_a_leg_belongs_to_the_day_it_was_issued(day: Day) -> None:
    late = day.issues("23:59", "A001")
    day.serves("2026-11-24T00:10:00+07:00", late, "2026-11-24T00:12:00+07:00")
    assert isinstance(day.listener, Ledger)
    tuesday = MONDAY + timedelta(days=1)

    assert figures_of(day).classes[0].wait.n == 1
    assert fairness(day.listener, tuesday, tuesday, BANGKOK).legs == 0


def test_nothing_happened() -> None:
    found = fairness(Ledger(), MONDAY, MONDAY, BANGKOK)

    assert (found.legs, found.per_100, found.rules, found.unexplained) == (0, None, [], [])
    assert found.without_reason_never.per_cent is None
    assert {row.mean for row in found.explained} == {0.0}


@pytest.mark.parametrize(("k", "n", "per_cent", "small"), [(29, 29, 100.0, True), (29, 30, 96.6, False),
                                                           (9996, 10_000, 99.9, False)])  # fmt: skip
def test_a_per_cent_is_never_rounded_up_and_says_when_it_is_of_few(
    k: int, n: int, per_cent: float, small: bool
) -> None:
    assert (Share(k, n).per_cent, Share(k, n).small) == (per_cent, small)


def test_an_event_is_not_believed_where_the_rule_says_otherwise(day: Day) -> None:
    day.opens("08:00")
    day.issues("08:00", "A001")
    day.calls("08:05", day.issues("08:01", "A002"), "class_rule")

    assert isinstance(day.listener, Ledger)
    (one,) = day.listener.record.overtakings
    assert (one.passed_number, one.by_number, one.why) == ("A001", "A002", "unexplained")
    assert any("class_rule does not explain" in fault for fault in day.listener.record.faults)
