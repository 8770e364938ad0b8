"""The database's order of calling and its count of the passed are those of the rule, whatever happens."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.db.legs import Desk, Overtaken
from server.db.work import UnitOfWork
from server.domain import calling, tickets
from server.domain.office import Counter, Rule, Text, TicketClass
from server.domain.tickets import Leg
from tests.services.office import OfficeAtWork

QUEUES = ("A", "F", "L")
SERVICES = ("id_renew", "id_first")
NAME = Text("ช่อง", "Counter")
DESKS = (
    Desk(Counter(1, NAME, ("A",))), Desk(Counter(2, NAME, ("A", "F"))), Desk(Counter(3, NAME, ("L",))),
    Desk(Counter(4, NAME, ("L", "A")), frozenset({"id_first"})), Desk(Counter(5, NAME, QUEUES)),
    Desk(Counter(2, NAME, QUEUES), frozenset({"id_renew"})),
)  # fmt: skip
classes: st.SearchStrategy[TicketClass] = st.sampled_from(["regular", "regular", "priority", "appointment"])


class Arrival(NamedTuple):
    """Somebody comes `after` seconds; their place lies `place` seconds from that (an appointment, a return).

    `bound` is the only counter that may call them, None for any.
    """

    queue: str
    service: str
    ticket_class: TicketClass
    after: int
    place: int
    bound: int | None


class Call(NamedTuple):
    """A counter calls the next, and may take it back at once."""

    desk: Desk
    undone: bool


arrivals = st.builds(
    Arrival, st.sampled_from(QUEUES), st.sampled_from(SERVICES), classes, st.sampled_from([0, 0, 1, 60, 300, 900]),
    st.sampled_from([0, 0, 0, -900, -60, 600]), st.sampled_from([None, None, None, 1, 2]),
)  # fmt: skip
calls = st.builds(Call, st.sampled_from(DESKS), st.sampled_from([False, False, True]))


class Undo(Exception):
    """Leaves a unit of work without a trace."""


class Line:
    """The same line twice: as rows, and as a plain list that follows the pure rule."""

    def __init__(self, work: UnitOfWork, rule: Rule) -> None:
        self.work = work
        self.rule = rule
        self.now = work.now
        self.waiting: list[Leg] = []
        self.most_passed = 0

    def somebody_comes(self, who: Arrival) -> None:
        self.now += timedelta(seconds=who.after)
        self.waiting.append(self._saved(who, self.now + timedelta(seconds=who.place)))

    def counter_calls(self, desk: Desk, *, undone: bool) -> None:
        """The counter calls its next; `undone` takes the call back at once, and nobody was passed."""
        mine = self._seen_from(desk)
        expected = calling.next_in_line(mine, self.rule)

        found = calling.next_in_line(self.work.legs.candidates(desk), self.rule)

        assert found == expected
        if found is None:
            return
        passed = [leg.id for leg in calling.overtaken_by(found, mine)]
        assert self.work.legs.overtaken(found, desk) == Overtaken(
            len(passed), min(passed, default=None), max(passed, default=None)
        )
        if calling.how_called(found, self.rule) not in calling.COUNTS_TOWARD_CAP:
            passed = []
        else:
            self.work.legs.note_passed(found, desk, self.rule)
        if passed and undone:
            self.work.legs.note_not_passed(found, desk, self.rule, called_at=self.now, newest=max(passed))
            return
        missed = replace(found, state=tickets.State.NO_SHOW, counter=desk.counter.number)
        self.work.legs.save(missed, self.rule, seq=1)
        self.waiting = [
            replace(leg, passed=leg.passed + (leg.id in passed)) for leg in self.waiting if leg.id != found.id
        ]
        self.most_passed = max([self.most_passed, *(leg.passed for leg in self.waiting)])

    def is_the_same(self) -> None:
        for desk in DESKS:
            mine = calling.in_order(self._seen_from(desk), self.rule)
            assert self.work.legs.waiting_at(desk, most=1000) == mine
            assert self.work.legs.waiting_for(desk) == len(mine)
            queues = desk.counter.queues
            expected = calling.in_order([leg for leg in self.waiting if leg.queue in queues], self.rule)
            assert self.work.legs.waiting(queues, most=1000) == expected
            for place, leg in enumerate(expected):
                assert self.work.legs.ahead_of(leg, queues, self.rule) == place
        by_queue = {queue: sum(leg.queue == queue for leg in self.waiting) for queue in QUEUES}
        assert self.work.legs.waiting_by_queue() == {queue: n for queue, n in by_queue.items() if n}

    def _seen_from(self, desk: Desk) -> list[Leg]:
        return [leg for leg in self.waiting if calling.may_be_called(leg, desk.counter, desk.services)]

    def _saved(self, who: Arrival, place_at: datetime) -> Leg:
        work, day, queue, ticket_class = self.work, self.work.day, who.queue, who.ticket_class
        number = work.tickets.take_numbers(queue, day, first=1)
        label = tickets.label(queue, number)
        visit = work.tickets.add_visit(day=day, arrived_at=self.now, ticket_class=ticket_class, language="th")
        ticket = work.tickets.add(visit=visit, day=day, queue=queue, number=number, label=label, code=label,
                                  issued_at=self.now, issued_by="device:1", low_min=0, high_min=5,
                                  quote=None)  # fmt: skip
        leg = Leg(id=0, ticket=ticket, visit=visit, number=label, service=who.service, queue=queue,
                  ticket_class=ticket_class, language="th", state=tickets.State.WAITING, day=day, joined_at=self.now,
                  place_at=place_at, order=0, waits_since=self.now, bound=who.bound)  # fmt: skip
        return tickets.joined(leg, ticket=ticket, leg_id=work.legs.add(leg, self.rule))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.one_of(arrivals, arrivals, calls), min_size=5, max_size=40),
    cap=st.integers(1, 3),
    head_start=st.sampled_from([0, 1, 15, 30]),
)
def test_rows_and_rule_agree_and_nobody_is_passed_more_often_than_the_cap(
    office: OfficeAtWork,
    steps: list[Arrival | Call],
    cap: int,
    head_start: int,
) -> None:
    rule = Rule(priority_head_start=timedelta(minutes=head_start), cap=cap)

    try:
        with office.db.work(office.id) as work:
            line = Line(work, rule)
            for step in steps:
                if isinstance(step, Arrival):
                    line.somebody_comes(step)
                else:
                    line.counter_calls(step.desk, undone=step.undone)
            line.is_the_same()
            assert line.most_passed <= cap
            raise Undo
    except Undo:
        assert not office.events()
