"""What may happen to a ticket, and when it may not."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from server.domain import steps, tickets
from server.domain.errors import (
    CannotUndo,
    CounterBusy,
    NoShowEarly,
    NothingToUndo,
    QueueError,
    RecallLimit,
    RecallTooSoon,
    TicketNotAtCounter,
    TicketOfAnotherDay,
    UndoTooLate,
    WrongState,
)
from server.domain.events import ALL
from server.domain.office import Rule, Service, Text
from server.domain.tickets import Leg, State
from tests.domain.making import MONDAY, a_leg, a_leg_at_counter, an_office, at

NOW = at("09:00")
COMMANDS: dict[str, tuple[set[State], Callable[[Leg], Leg | None]]] = {
    "call": ({State.WAITING}, lambda leg: steps.call(leg, counter=1, officer="account:1", call_id=7, now=NOW)),
    "recall": ({State.CALLED}, lambda leg: steps.recall(leg, counter=1, call_id=8, rule=Rule(), now=NOW)),
    "start": ({State.CALLED}, lambda leg: steps.start(leg, counter=1, now=NOW)),
    "hold": ({State.SERVING}, lambda leg: steps.hold(leg, counter=1, now=NOW)),
    "resume": ({State.HELD}, lambda leg: steps.resume(leg, counter=1, officer="account:1", now=NOW)),
    "finish": ({State.SERVING}, lambda leg: steps.finish(leg, counter=1, now=NOW)),
    "no_show": ({State.CALLED}, lambda leg: steps.no_show(leg, counter=1, now=NOW)),
    "return": ({State.NO_SHOW}, lambda leg: steps.come_back(leg, place_at=NOW, now=NOW)),
    "transfer": (set(tickets.OPEN), lambda leg: steps.leave_for_another(leg, now=NOW)),
    "cancel": (set(tickets.OPEN), lambda leg: steps.cancel(leg, state=State.LEFT, now=NOW)),
}
TRIED = [(name, state) for name in COMMANDS for state in State]
OF_LEGS_ONLY = {State.TRANSFERRED: "ticket_finished", State.UNDONE: "ticket_cancelled"}


@pytest.mark.parametrize(("command", "state"), TRIED, ids=lambda each: str(each))
def test_a_command_in_the_wrong_state_is_refused_with_that_states_own_code(command: str, state: State) -> None:
    fitting, do = COMMANDS[command]
    leg = a_leg_at_counter(1, state)

    if state in fitting:
        assert do(leg) != leg
        return
    with pytest.raises(WrongState) as refused:
        do(leg)

    assert refused.value.code == OF_LEGS_ONLY.get(state, f"ticket_{state}")
    assert refused.value.facts == {"number": "A001", "state": state.value, "command": command}


def test_a_return_is_refused_by_state_before_it_is_by_day() -> None:
    with pytest.raises(WrongState):
        steps.refuse_return(a_leg_at_counter(1, State.SERVING), today=MONDAY + timedelta(1))
    with pytest.raises(TicketOfAnotherDay) as refused:
        steps.refuse_return(a_leg_at_counter(1, State.NO_SHOW), today=MONDAY + timedelta(1))
    steps.refuse_return(a_leg_at_counter(1, State.NO_SHOW), today=MONDAY)

    assert refused.value.facts == {"number": "A001", "day": "2026-11-23"}


@pytest.mark.parametrize("command", ["recall", "start", "hold", "finish", "no_show"])
def test_a_ticket_in_hand_elsewhere_is_refused(command: str) -> None:
    (right_state,), do = COMMANDS[command]
    leg = a_leg_at_counter(2, right_state)

    with pytest.raises(TicketNotAtCounter) as refused:
        do(leg)

    assert refused.value.facts == {"number": "A001", "counter": 1}


def called_to(counter: int, leg: Leg, when: str) -> Leg:
    return steps.call(leg, counter=counter, officer="account:1", call_id=7, now=at(when))


def test_a_visit_from_the_call_to_its_end_keeps_its_times() -> None:
    called = called_to(4, a_leg(issued="08:00"), "08:20")
    started = steps.start(called, counter=4, now=at("08:21"))
    finished = steps.finish(started, counter=4, now=at("08:35"))

    assert (finished.state, finished.counter, finished.calls) == (State.FINISHED, 4, 1)
    assert finished.joined_at == at("08:00")
    assert (finished.called_at, finished.started_at, finished.finished_at) == (at("08:20"), at("08:21"), at("08:35"))


def test_who_does_not_come_ends_without_a_start() -> None:
    missed = steps.no_show(a_leg_at_counter(1, State.CALLED), counter=1, now=at("08:40"))

    assert (missed.state, missed.started_at, missed.finished_at) == (State.NO_SHOW, None, at("08:40"))


def test_the_first_recall_may_come_at_once_and_the_next_after_thirty_seconds() -> None:
    rule = Rule(recall_interval=timedelta(seconds=30))
    called = a_leg_at_counter(1, State.CALLED, called="08:30")

    first = steps.recall(called, counter=1, call_id=9, rule=rule, now=at("08:30"))
    with pytest.raises(RecallTooSoon) as refused:
        steps.recall(first, counter=1, call_id=9, rule=rule, now=at("08:30:00.000001"))
    second = steps.recall(first, counter=1, call_id=9, rule=rule, now=at("08:30:30"))

    assert refused.value.facts == {"number": "A001", "seconds": 30}
    assert (second.calls, second.called_at) == (3, at("08:30:30"))


@pytest.mark.parametrize(("now", "seconds"), [("08:30:00", 30), ("08:30:00.5", 30), ("08:30:29", 1), ("08:30:29.9", 1)])
def test_too_soon_tells_whole_seconds_and_never_none(now: str, seconds: int) -> None:
    recalled = a_leg_at_counter(1, State.CALLED, calls=2, called="08:30")

    with pytest.raises(RecallTooSoon) as refused:
        steps.recall(recalled, counter=1, call_id=9, rule=Rule(), now=at(now))

    assert refused.value.facts["seconds"] == seconds


def test_a_ticket_is_recalled_three_times_and_not_a_fourth() -> None:
    rule = Rule(recall_limit=3)
    leg = called_to(1, a_leg(), "09:00")

    left = [steps.recalls_left(leg, rule)]
    for minute in (1, 2, 3):
        leg = steps.recall(leg, counter=1, call_id=9, rule=rule, now=at(f"09:0{minute}"))
        left.append(steps.recalls_left(leg, rule))
    with pytest.raises(RecallLimit) as refused:
        steps.recall(leg, counter=1, call_id=9, rule=rule, now=at("09:30"))

    assert left == [3, 2, 1, 0]
    assert leg.calls == 4
    assert refused.value.facts == {"number": "A001", "limit": 3}


def test_a_rule_without_recalls_refuses_the_first() -> None:
    with pytest.raises(RecallLimit):
        steps.recall(a_leg_at_counter(1, State.CALLED), counter=1, call_id=9, rule=Rule(recall_limit=0), now=NOW)


def test_a_counter_with_a_visit_in_hand_is_busy() -> None:
    tickets.refuse_if_busy(2, None)

    with pytest.raises(CounterBusy) as refused:
        tickets.refuse_if_busy(2, a_leg("A014"))

    assert refused.value.facts == {"counter": 2, "number": "A014"}


def test_holds_are_added_up_and_a_visit_that_ends_on_hold_ends_its_hold() -> None:
    serving = steps.start(called_to(1, a_leg(), "09:00"), counter=1, now=at("09:01"))
    first = steps.hold(serving, counter=1, now=at("09:05"))
    again = steps.resume(first, counter=2, officer="account:2", now=at("09:15"))
    second = steps.hold(again, counter=2, now=at("09:20"))

    assert (again.held_for, again.held_at, again.counter) == (timedelta(minutes=10), None, 2)
    for ended in (
        steps.resume(second, counter=2, officer="account:2", now=at("09:21")),
        steps.leave_for_another(second, now=at("09:21")),
        steps.cancel(second, state=State.LEFT, now=at("09:21")),
        steps.close(second, at=at("09:21")),
    ):
        assert (ended.held_for, ended.held_at) == (timedelta(minutes=11), None)


def test_who_goes_on_elsewhere_keeps_number_and_place_and_was_passed_as_often_unless_served() -> None:
    waiting = a_leg(issued="08:00", passed=2)
    served = replace(waiting, state=State.SERVING, counter=1, started_at=at("08:50"))

    ended = steps.leave_for_another(waiting, now=NOW)
    onward = steps.goes_on(ended, service="death", queue="F", bound=3, leg_id=90, now=NOW, seq=12)
    after = steps.goes_on(served, service="death", queue="F", bound=None, leg_id=91, now=NOW, seq=13)

    assert (ended.state, onward.state) == (State.TRANSFERRED, State.WAITING)
    assert (onward.number, onward.place_at, onward.joined_at, onward.bound) == ("A001", at("08:00"), NOW, 3)
    assert (onward.ticket, onward.visit, onward.last_seq) == (waiting.ticket, waiting.visit, 12)
    assert (onward.passed, after.passed) == (2, 0)


def test_an_undone_step_gives_back_what_was_and_keeps_what_others_did_meanwhile() -> None:
    waiting = a_leg(issued="08:00", passed=1)
    called = replace(called_to(1, waiting, "09:00"), last_seq=7, passed=2)

    back = steps.undo(called, kind="ticket_called", happened_at=NOW, rule=Rule(), now=at("09:01"))

    assert back == replace(waiting, passed=2, waits_since=at("09:01"))


@pytest.mark.parametrize("kind", sorted(steps.FINAL))
def test_what_was_heard_or_seen_cannot_be_undone(kind: str) -> None:
    leg = replace(called_to(1, a_leg(), "09:00"), last_seq=7)

    with pytest.raises(CannotUndo):
        steps.undo(leg, kind=kind, happened_at=NOW, rule=Rule(), now=NOW)


def test_a_step_is_undone_within_a_minute_or_not_at_all_and_once() -> None:
    leg = replace(called_to(1, a_leg(), "09:00"), last_seq=7)
    rule = Rule(undo_within=timedelta(seconds=60))

    with pytest.raises(UndoTooLate) as refused:
        steps.undo(leg, kind="ticket_called", happened_at=NOW, rule=rule, now=at("09:01:00.000001"))
    back = steps.undo(leg, kind="ticket_called", happened_at=NOW, rule=rule, now=at("09:01"))

    assert refused.value.facts == {"number": "A001", "seconds": 60}
    with pytest.raises(NothingToUndo):
        steps.undo(back, kind="ticket_called", happened_at=NOW, rule=rule, now=at("09:01"))


def test_an_event_is_undoable_or_final_and_never_both() -> None:
    of_legs = {kind for kind, each in ALL.items() if "leg" in {field.name for field in fields(each)}}

    assert not steps.FINAL & steps.UNDOABLE
    assert of_legs - {"ticket_issued"} == steps.FINAL | steps.UNDOABLE


@pytest.mark.parametrize(
    ("number", "printed"), [(1, "A001"), (14, "A014"), (999, "A999"), (1000, "A1000"), (12345, "A12345")]
)
def test_a_number_has_three_digits_and_more_only_when_it_must(number: int, printed: str) -> None:
    assert tickets.label("A", number) == printed


def test_the_business_day_begins_at_midnight_in_the_offices_own_zone() -> None:
    bangkok, new_york = an_office(), an_office(zone="America/New_York")

    assert tickets.business_day(bangkok, at("23:59:59.999999")) == MONDAY
    assert tickets.business_day(bangkok, at("23:59:59.999999") + timedelta(microseconds=1)) == MONDAY + timedelta(1)
    assert tickets.business_day(new_york, at("09:00")) == MONDAY - timedelta(1)


def test_a_new_leg_waits_from_now_and_stands_behind_its_equals_until_it_is_saved() -> None:
    service = Service("id_renew", "A", Text("ทำบัตร", "Card"))
    now = at("09:00")

    leg = tickets.waits(service, leg=0, ticket=0, visit=7, number="A003", ticket_class="regular", language="en",
                        day=MONDAY, order=tickets.LAST_IN_ORDER, now=now)  # fmt: skip
    saved = tickets.joined(leg, ticket=12, leg_id=15)

    assert (leg.state, leg.joined_at, leg.place_at, leg.queue) == (State.WAITING, now, now, "A")
    assert leg.order > 2**53
    assert tickets.joined(leg, ticket=12).order == leg.order
    assert (saved.ticket, saved.id, saved.order) == (12, 15, 15)


def test_every_refusal_has_its_own_code() -> None:
    kinds = [*QueueError.__subclasses__(), *WrongState.__subclasses__()]
    codes = [refusal.code for refusal in kinds if refusal.__module__ == "server.domain.errors"]

    assert len(codes) >= 49
    assert len(codes) == len(set(codes))
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)


@pytest.mark.parametrize(
    ("seconds", "calls", "is_early"), [(0, 1, True), (19.9, 1, True), (20, 1, False), (0, 2, False)]
)
def test_a_no_show_is_early_within_the_grace_after_a_call_that_was_not_repeated(
    seconds: float, calls: int, is_early: bool
) -> None:
    leg = replace(a_leg_at_counter(1, State.CALLED), calls=calls, called_at=NOW)
    rule = Rule(no_show_grace=timedelta(seconds=20))

    with pytest.raises(NoShowEarly) if is_early else nullcontext():
        steps.refuse_early_no_show(leg, rule=rule, now=NOW + timedelta(seconds=seconds))
