"""Every command, in any order, on a plain list and on real databases at once: all say the same, always.

PostgreSQL runs where it is installed, as in CI; elsewhere SQLite runs alone and the rest is listed as not run.
`SADUAK_LOCKSTEP=20` walks twenty times as far, and another way each time.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import methodcaller
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from server.domain.calling import COUNTS_TOWARD_CAP
from server.domain.office_file import read_office
from server.domain.tickets import IN_HAND, OPEN, Leg, State
from server.public_holidays import holidays_of
from tests.services.lockstep_offices import Outcome, RealOffice, Rewound, outcome, without_ids
from tests.services.office import Founder, HandMovedClock, document
from tests.services.plain_list import PlainOffice

FURTHER = int(os.environ.get("SADUAK_LOCKSTEP", "0"))
COUNTERS = (1, 2, 3)
OFFICERS = ("officer1", "officer2", "officer3")
SERVICES = ("id_renew", "id_first", "death")
STEPS = 40
STEPS_IN_HAND = ("start", "recall", "no-show", "finish", "hold", "add-service")
FITS = {command: {State.CALLED} for command in ("start", "recall", "no-show")} | {
    command: {State.SERVING} for command in ("finish", "hold", "add-service")
}
ANY_COMMAND = (*STEPS_IN_HAND, "resume", "return", "transfer", "cancel", "undo")
HOURS = [{"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "open": "00:30", "close": "23:30"}]


def a_small_office(*, always_open: bool) -> dict[str, Any]:
    """Two queues, three services of which one has a quota, three counters of which one serves both queues."""
    file = document()
    file["office"] |= {"always_open": always_open}
    if not always_open:
        file["hours"] = HOURS
    named = {each["id"]: each for each in file["services"]}
    file["services"] = [named[each] for each in SERVICES]
    file["services"][2]["quota_per_day"] = 4
    file["queues"] = [each for each in file["queues"] if each["id"] in {"A", "F"}]
    name = file["counters"][0]["name"]
    queues = (["A"], ["A", "F"], ["F"])
    file["counters"] = [{"number": n, "name": name, "queues": queues[n - 1]} for n in COUNTERS]
    return file


# A low choice does what fits, a high one whatever comes: most steps should move the office on.
choices = st.integers(0, 9)
officers = st.sampled_from(OFFICERS)
counters = st.sampled_from(COUNTERS)
services = st.sampled_from(SERVICES)
movers = st.sampled_from([*OFFICERS, "reception"])
taps = st.sampled_from([None, None, None, "twice"])
gaps = st.sampled_from([0, 0.000001, 20, 200])
ARRIVALS = st.lists(st.tuples(services, st.booleans(), gaps), min_size=1, max_size=4)
LIKELY = 8


class Lockstep(RuleBasedStateMachine):
    """An office, its model, and what must be true of both after every step."""

    databases: ClassVar[list[Rewound]] = []
    file: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandMovedClock()
        self.real = [RealOffice(each.office(self.clock)) for each in self.databases]
        office = read_office(self.file, public_holidays=holidays_of)
        people = {user: self.real[0].at_work.person(user) for user in (*OFFICERS, "reception")}
        self.plain = PlainOffice(office, self.clock, people)
        self.caps = {office.rule.cap}
        self.taps = 0
        self.steps = 0

    # What happens.

    @initialize(arrivals=ARRIVALS, opened=st.sets(counters, min_size=1))
    def the_morning(self, arrivals: list[tuple[str, bool, float]], opened: set[int]) -> None:
        for counter in sorted(opened):
            self._does(f"officer{counter}", "open", counter)
        self.some_come(arrivals)

    @rule(arrivals=ARRIVALS)
    def some_come(self, arrivals: list[tuple[str, bool, float]]) -> None:
        for service, priority, seconds in arrivals:
            self._same(methodcaller("issues", service, priority=priority))
            self.clock.moves(seconds=seconds)

    @rule(who=officers, choice=choices, tap=taps)
    def an_officer_calls_next(self, who: str, choice: int, tap: str | None) -> None:
        counter = self._free_counter_of(who, choice)
        self._does(who, "call-next", counter, tap=tap)

    @rule(
        who=officers, choice=choices, steps=st.lists(st.sampled_from(STEPS_IN_HAND), min_size=1, max_size=3), tap=taps
    )
    def an_officer_goes_on_with_who_is_in_hand(self, who: str, choice: int, steps: list[str], tap: str | None) -> None:
        counter = self._counter_of(who)
        if choice < LIKELY and self.plain.in_hand(counter) is None:
            self._does(who, "call-next", self._free_counter_of(who, choice))
        for command in steps:
            leg = self.plain.in_hand(counter)
            about = leg.ticket if leg else self._ticket(choice, State.CALLED, State.SERVING)
            facts = {"service": "death"} if command == "add-service" else {}
            if about and (leg is None or choice >= LIKELY or leg.state in FITS[command]):
                self._does(who, command, about, tap=tap, **facts)

    @rule(who=officers, choice=choices, pick=choices, reason=st.sampled_from(["wheelchair", "unwell", None]), tap=taps)
    def an_officer_calls_out_of_order(self, who: str, choice: int, pick: int, reason: str | None,
                                      tap: str | None) -> None:  # fmt: skip
        counter = self._free_counter_of(who, choice)
        line = self.plain.line(counter)
        ticket = line[pick % len(line)].ticket if line and choice < LIKELY else self._ticket(pick, State.WAITING)
        if ticket:
            self._does(who, "call", counter, tap=tap, ticket=ticket, reason=reason)

    @rule(who=officers, choice=choices, service=services, priority=st.booleans(), tap=taps)
    def somebody_walks_up(self, who: str, choice: int, service: str, priority: bool, tap: str | None) -> None:
        facts = {"service": service, "reason": "quick_question", "priority": priority}
        self._does(who, "walk-up", self._free_counter_of(who, choice), tap=tap, **facts)

    @rule(who=officers, choice=choices, pick=choices, tap=taps)
    def a_held_visit_goes_on(self, who: str, choice: int, pick: int, tap: str | None) -> None:
        held = self.plain.held(self._counter_of(who))
        if choice < LIKELY and held:
            self._free_counter_of(who, choice)
        ticket = held[pick % len(held)].ticket if held else self._ticket(pick, State.HELD)
        if ticket:
            self._does(who, "resume", ticket, tap=tap)

    @rule(who=movers, choice=choices, pick=choices, tap=taps)
    def a_missed_one_comes_back(self, who: str, choice: int, pick: int, tap: str | None) -> None:
        ticket = self._ticket(pick, State.NO_SHOW)
        if ticket:
            self._does("reception" if choice < 5 else who, "return", ticket, tap=tap)

    @rule(who=movers, pick=choices, service=st.none() | services, queue=st.sampled_from([None, None, "A", "F"]),
          counter=st.none() | counters, tap=taps)  # fmt: skip
    def a_visit_is_sent_on(self, who: str, pick: int, service: str | None, queue: str | None, counter: int | None,
                           tap: str | None) -> None:  # fmt: skip
        ticket = self._ticket_of(who, pick)
        if ticket:
            self._does(who, "transfer", ticket, tap=tap, service=service, queue=queue, counter=counter)

    @rule(who=movers, pick=choices, reason=st.sampled_from([None, "left", "mistake", "nonsense"]), tap=taps)
    def a_visit_is_ended_by_staff_or_citizen(self, who: str, pick: int, reason: str | None, tap: str | None) -> None:
        ticket = self._ticket_of(who, pick)
        if ticket and pick < 4:
            self._same(lambda office: office.gives_up(ticket))
        elif ticket:
            self._does(who, "cancel", ticket, tap=tap, reason=reason)

    @precondition(lambda self: self.plain.taken)
    @rule(back=st.sampled_from([0, 0, 0, 1, 2, 5]), who=st.sampled_from([None, None, None, *OFFICERS]), tap=taps)
    def a_step_is_taken_back(self, back: int, who: str | None, tap: str | None) -> None:
        step = self.plain.taken[-1 - back % len(self.plain.taken)]
        known = {each.key: user for user, each in self.plain.people.items()}
        self._does(who or known.get(step.actor, "officer1"), "undo", self.plain.leg(step.leg).ticket, tap=tap)

    @rule(pick=choices, score=st.integers(1, 5))
    def a_citizen_rates(self, pick: int, score: int) -> None:
        ticket = self._ticket(pick, State.FINISHED)
        if ticket:
            self._same(lambda office: office.rates(ticket, score))

    @rule(pick=choices, score=st.integers(1, 5), choice=choices)
    def a_citizen_rates_on_the_phone(self, pick: int, score: int, choice: int) -> None:
        ticket = self._ticket(pick, *([State.FINISHED] if choice < LIKELY else State))
        if ticket:
            self._same(lambda office: office.rates_on_the_phone(ticket, score))

    @rule(who=officers, counter=counters, choice=choices, command=st.sampled_from(["open", "break", "close"]),
          reason=st.sampled_from(["lunch", "lunch", None]), tap=taps)  # fmt: skip
    def an_officer_comes_or_goes(self, who: str, counter: int, choice: int, command: str, reason: str | None,
                                 tap: str | None) -> None:  # fmt: skip
        at = self._counter_of(who) if choice < LIKELY else counter
        self._does(who, command, at, tap=tap, **({"reason": reason} if command == "break" else {}))

    @precondition(lambda self: self.plain.tickets)
    @rule(who=movers, command=st.sampled_from(ANY_COMMAND), pick=choices)
    def anybody_does_anything(self, who: str, command: str, pick: int) -> None:
        facts: dict[str, dict[str, Any]] = {
            "add-service": {"service": "id_first"},
            "transfer": {"counter": 2},
            "cancel": {"reason": None},
        }
        if who != "reception" or command in {"return", "transfer", "cancel", "undo"}:
            self._does(who, command, self._ticket(pick), **facts.get(command, {}))

    @rule(seconds=st.sampled_from([0.000001, 1, 20, 31, 61, 200, 300, 1000, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.clock.moves(seconds=seconds)

    @rule(seconds=st.sampled_from([*[None] * 12, -40, -1, 0, 2, 3600, 12_000]))
    def midnight_is_near_or_past(self, seconds: int | None) -> None:
        """Seldom: it ends the visits of the day."""
        local = self.clock.now.astimezone(self.plain.office.zone)
        midnight = datetime.combine(local.date() + timedelta(1), datetime.min.time(), self.plain.office.zone)
        if seconds is not None:
            self.clock.moves(seconds=max(0.0, (midnight - local).total_seconds() + seconds))

    @rule(cap=st.integers(1, 3), minutes=st.sampled_from([0, 5, 15]), place=st.integers(1, 4), beside=st.booleans())
    def the_rule_is_changed(self, cap: int, minutes: int, place: int, beside: bool) -> None:
        queues = (["A", "F"] if beside else ["A"], ["A", "F"], ["F"])
        places = [row | {"queues": of} for row, of in zip(self.file["counters"], queues, strict=True)]
        ours = self.file["rule"] | {"cap": cap, "return_place": place, "head_start_minutes": {"priority": minutes}}
        file = self.file | {"rule": ours, "counters": places}
        with self.plain.all_or_nothing():
            self.plain.office = read_office(file, public_holidays=holidays_of)
        for office in self.real:
            office.changes_the_file(file)
        self.caps.add(cap)

    @rule(who=officers, given=st.sampled_from([None, frozenset({"id_renew"}), frozenset({"id_first", "death"})]),
          out_of_order=st.sampled_from([True, True, False]))  # fmt: skip
    def an_officer_gets_other_rights(self, who: str, given: frozenset[str] | None, out_of_order: bool) -> None:
        for office in self.real:
            office.changes_rights(who, given, out_of_order=out_of_order)
        self.plain.people[who] = self.real[0].at_work.person(who)

    # What must be true then.

    @invariant()
    def all_is_well(self) -> None:
        """Looked at once a step, for looking costs more than doing."""
        expected = without_ids(self.plain.legs)
        for office in self.real:
            legs = office.legs()
            office.hears_what_happened()
            assert without_ids(legs) == expected
            self._nobody_is_lost_or_twice(legs)
            self._the_snapshot_is_the_replay_of_the_events(office, legs)
            self._every_overtaking_is_explained_and_the_cap_is_kept(office, legs)
            # A server far away is asked for one screen a step, in turn.
            for number in COUNTERS if office.name == "sqlite" else (COUNTERS[self.steps % len(COUNTERS)],):
                self._the_screen_shows_the_line_of_the_plain_list(office, number)
        self.steps += 1
        if self.steps % 20 == 0:
            self._is_verified()

    def _nobody_is_lost_or_twice(self, legs: list[Leg]) -> None:
        given = {(leg.day, leg.number, leg.ticket) for leg in legs}
        assert len({(day, number) for day, number, _ in given}) == len(given) == self.plain.tickets
        assert max(Counter(leg.visit for leg in legs if leg.state in OPEN).values(), default=0) <= 1
        assert max(Counter(leg.counter for leg in legs if leg.state in IN_HAND).values(), default=0) <= 1

    def _the_snapshot_is_the_replay_of_the_events(self, office: RealOffice, legs: list[Leg]) -> None:
        told = [leg for _, leg in sorted(office.record.legs.items())]
        assert [replace(leg, before=None) for leg in told] == [replace(leg, before=None) for leg in legs]
        assert office.record.faults == []
        for number in COUNTERS:
            assert office.record.counter(number).state == self.plain.at(number).state

    def _every_overtaking_is_explained_and_the_cap_is_kept(self, office: RealOffice, legs: list[Leg]) -> None:
        places = {leg.id: place for place, leg in enumerate(legs, 1)}
        listed = office.record.overtakings
        assert sorted((each.counter, each.why, each.reason or "", each.passed, each.by)
                      for each in self.plain.overtakings) == sorted(
            (each.counter, each.why, each.reason or "", places[each.passed], places[each.by]) for each in listed
        )  # fmt: skip
        assert all(each.why != "unexplained" for each in listed)
        assert all(each.reason for each in listed if each.why in {"out_of_order", "walk_up"})
        by_rule = Counter(each.passed for each in listed if each.why in COUNTS_TOWARD_CAP)
        assert max(by_rule.values(), default=0) <= max(self.caps)
        assert all(leg.passed <= max(self.caps) for leg in legs)

    def _the_screen_shows_the_line_of_the_plain_list(self, office: RealOffice, number: int) -> None:
        line, in_hand, counter = self.plain.line(number), self.plain.in_hand(number), self.plain.at(number)
        seen = office.picture(number)
        assert [each.number for each in seen.waiting] == [leg.number for leg in line]
        assert seen.waiting_count == len(line)
        assert [each.number for each in seen.held] == [leg.number for leg in self.plain.held(number)]
        assert (seen.ticket.number if seen.ticket else None) == (in_hand.number if in_hand else None)
        assert (seen.counter.state, seen.counter.pause_reason) == (counter.state, counter.reason)
        assert office.shown_slot(number) == self.plain.shown_slot(number)

    def teardown(self) -> None:
        self._is_verified()

    # Details.

    def _is_verified(self) -> None:
        for office in self.real:
            assert office.at_work.verdict().differences == []

    def _same(self, do: Callable[[Any], Outcome], *, times: int = 1) -> None:
        expected = outcome(lambda: do(self.plain))
        for office in self.real:
            answered = [outcome(partial(do, office)) for _ in range(times)]
            assert answered == [expected] * times, f"{office.name} says {answered}, the plain list {expected}"

    def _does(self, who: str, command: str, about: int, *, tap: str | None = None, **facts: Any) -> None:
        """Give a command; a double tap is one step."""
        times = 1
        if tap:
            self.taps += 1
            times, facts = 2, facts | {"request_id": f"tap {self.taps}"}
        self._same(lambda office: office.does(who, command, about, **facts), times=times)

    def _counter_of(self, who: str) -> int:
        key = self.plain.people[who].key
        return next((n for n in COUNTERS if self.plain.at(n).officer == key), int(who[-1]))

    def _free_counter_of(self, who: str, choice: int) -> int:
        """That officer's counter, opened and free unless the choice is a high one."""
        counter = self._counter_of(who)
        if choice < LIKELY and self.plain.at(counter).state != "open":
            self._does(who, "open", counter)
        leg = self.plain.in_hand(counter)
        if choice < LIKELY and leg:
            if leg.state is State.CALLED:
                self._does(who, "start", leg.ticket)
            self._does(who, "finish", leg.ticket)
        return counter

    def _ticket_of(self, who: str, pick: int) -> int:
        """A ticket that this person is likely to have; 0 for none."""
        if who == "reception":
            return self._ticket(pick, State.WAITING, State.HELD)
        in_hand = self.plain.in_hand(self._counter_of(who))
        return in_hand.ticket if in_hand and pick < LIKELY else self._ticket(pick, State.CALLED, State.SERVING)

    def _ticket(self, pick: int, *states: State) -> int:
        """A ticket, those in these states first and the newest of them first; 0 when nobody came yet."""
        tickets = range(self.plain.tickets, 0, -1)
        fitting = [each for each in tickets if self.plain.newest(each).state in states]
        others = [each for each in tickets if each not in fitting]
        if fitting and pick < LIKELY:
            return fitting[pick % len(fitting)]
        return [*others, *fitting][pick % self.plain.tickets] if self.plain.tickets else 0


@pytest.fixture(scope="module", params=["always open", "with hours"])
def file(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The office files that are walked through."""
    return a_small_office(always_open=request.param == "always open")


def walk(file: dict[str, Any], founders: list[Founder], *, examples: int) -> None:
    """Walk through that office on all these databases."""
    machine = type("Lockstep", (Lockstep,), {"file": file, "databases": [Rewound(each, file) for each in founders]})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples * max(FURTHER, 1), stateful_step_count=STEPS, derandomize=not FURTHER, deadline=None,
            suppress_health_check=list(HealthCheck), database=None, phases=(Phase.generate, Phase.shrink),
        ),
    )  # fmt: skip


@pytest.mark.timeout(3600 if FURTHER else 300)
def test_a_plain_list_and_sqlite_say_the_same_whatever_happens(file: dict[str, Any], sqlite_founder: Founder) -> None:
    walk(file, [sqlite_founder], examples=20)


@pytest.mark.timeout(3600 if FURTHER else 300)
@pytest.mark.postgres
def test_a_plain_list_sqlite_and_postgresql_say_the_same_whatever_happens(
    file: dict[str, Any], sqlite_founder: Founder, postgres_founder: Founder
) -> None:
    walk(file, [sqlite_founder, postgres_founder], examples=8)
