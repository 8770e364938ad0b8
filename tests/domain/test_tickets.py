"""What may happen to a ticket, and when it may not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.domain import tickets
from server.domain.errors import CounterBusy, QueueError, RecallLimit, RecallTooSoon, TicketNotAtCounter, WrongState
from server.domain.office import Rule, Service, Text
from server.domain.tickets import Leg, State
from tests.domain.making import MONDAY, a_leg, a_leg_at_counter, an_office, at

COMMANDS: dict[str, tuple[State, Callable[[Leg], Leg]]] = {
    "call": (State.WAITING, lambda leg: tickets.call(leg, counter=1, now=at("09:00"))),
    "recall": (State.CALLED, lambda leg: tickets.recall(leg, counter=1, rule=Rule(), now=at("09:00"))),
    "start": (State.CALLED, lambda leg: tickets.start(leg, counter=1, now=at("09:00"))),
    "finish": (State.SERVING, lambda leg: tickets.finish(leg, counter=1, now=at("09:00"))),
    "no_show": (State.CALLED, lambda leg: tickets.no_show(leg, counter=1, now=at("09:00"))),
}
WRONG = [(name, state) for name, (right, _) in COMMANDS.items() for state in State if state is not right]


@pytest.mark.parametrize(("command", "state"), WRONG, ids=lambda each: str(each))
def test_a_command_in_the_wrong_state_is_refused_with_what_and_why(command: str, state: State) -> None:
    leg = a_leg_at_counter(1, state)

    with pytest.raises(WrongState) as refused:
        COMMANDS[command][1](leg)

    assert refused.value.code == "wrong_state"
    assert refused.value.facts == {"number": "A001", "state": state.value, "command": command}


@pytest.mark.parametrize("command", ["recall", "start", "finish", "no_show"])
def test_a_ticket_in_hand_elsewhere_is_refused(command: str) -> None:
    right_state, do = COMMANDS[command]
    leg = a_leg_at_counter(2, right_state)

    with pytest.raises(TicketNotAtCounter) as refused:
        do(leg)

    assert refused.value.facts == {"number": "A001", "counter": 1}


def test_a_visit_from_the_call_to_its_end_keeps_its_times() -> None:
    called = tickets.call(a_leg(issued="08:00"), counter=4, now=at("08:20"))
    started = tickets.start(called, counter=4, now=at("08:21"))
    finished = tickets.finish(started, counter=4, now=at("08:35"))

    assert (finished.state, finished.counter, finished.calls) == (State.FINISHED, 4, 1)
    assert finished.joined_at == at("08:00")
    assert (finished.called_at, finished.started_at, finished.finished_at) == (at("08:20"), at("08:21"), at("08:35"))


def test_who_does_not_come_ends_without_a_start() -> None:
    missed = tickets.no_show(a_leg_at_counter(1, State.CALLED), counter=1, now=at("08:40"))

    assert (missed.state, missed.started_at, missed.finished_at) == (State.NO_SHOW, None, at("08:40"))


def test_the_first_recall_may_come_at_once_and_the_next_after_thirty_seconds() -> None:
    rule = Rule(recall_interval=timedelta(seconds=30))
    called = a_leg_at_counter(1, State.CALLED, called="08:30")

    first = tickets.recall(called, counter=1, rule=rule, now=at("08:30"))
    with pytest.raises(RecallTooSoon) as refused:
        tickets.recall(first, counter=1, rule=rule, now=at("08:30:00.000001"))
    second = tickets.recall(first, counter=1, rule=rule, now=at("08:30:30"))

    assert refused.value.facts == {"number": "A001", "seconds": 30}
    assert (second.calls, second.called_at) == (3, at("08:30:30"))


@pytest.mark.parametrize(("now", "seconds"), [("08:30:00", 30), ("08:30:00.5", 30), ("08:30:29", 1), ("08:30:29.9", 1)])
def test_too_soon_tells_whole_seconds_and_never_none(now: str, seconds: int) -> None:
    recalled = a_leg_at_counter(1, State.CALLED, calls=2, called="08:30")

    with pytest.raises(RecallTooSoon) as refused:
        tickets.recall(recalled, counter=1, rule=Rule(), now=at(now))

    assert refused.value.facts["seconds"] == seconds


def test_a_ticket_is_recalled_three_times_and_not_a_fourth() -> None:
    rule = Rule(recall_limit=3)
    leg = tickets.call(a_leg(), counter=1, now=at("09:00"))

    left = [tickets.recalls_left(leg, rule)]
    for minute in (1, 2, 3):
        leg = tickets.recall(leg, counter=1, rule=rule, now=at(f"09:0{minute}"))
        left.append(tickets.recalls_left(leg, rule))
    with pytest.raises(RecallLimit) as refused:
        tickets.recall(leg, counter=1, rule=rule, now=at("09:30"))

    assert left == [3, 2, 1, 0]
    assert leg.calls == 4
    assert refused.value.facts == {"number": "A001", "limit": 3}


def test_a_rule_without_recalls_refuses_the_first() -> None:
    with pytest.raises(RecallLimit):
        tickets.recall(a_leg_at_counter(1, State.CALLED), counter=1, rule=Rule(recall_limit=0), now=at("09:00"))


def test_a_counter_with_a_visit_in_hand_is_busy() -> None:
    tickets.refuse_if_busy(2, None)

    with pytest.raises(CounterBusy) as refused:
        tickets.refuse_if_busy(2, a_leg("A014"))

    assert refused.value.facts == {"counter": 2, "number": "A014"}


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
    codes = [refusal.code for refusal in QueueError.__subclasses__() if refusal.__module__ == "server.domain.errors"]

    assert len(codes) >= 24
    assert len(codes) == len(set(codes))
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)
