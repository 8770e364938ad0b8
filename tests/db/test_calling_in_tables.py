"""The database's order of calling and its count of the passed are those of the rule, whatever happens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.db.work import UnitOfWork
from server.domain import calling, tickets
from server.domain.office import Rule, TicketClass
from server.domain.tickets import Leg
from tests.services.office import OfficeAtWork

QUEUES = ("A", "F", "L")
COUNTERS = (("A",), ("A", "F"), ("L",), ("L", "A"), QUEUES)
classes: st.SearchStrategy[TicketClass] = st.sampled_from(["regular", "regular", "priority", "appointment"])


class Arrival(NamedTuple):
    """Somebody comes `after` seconds; their place lies `place` seconds from that (an appointment, a return)."""

    queue: str
    ticket_class: TicketClass
    after: int
    place: int


class Call(NamedTuple):
    """A counter that serves these queues calls the next."""

    queues: tuple[str, ...]


arrivals = st.builds(
    Arrival, st.sampled_from(QUEUES), classes, st.sampled_from([0, 0, 1, 60, 300, 900]),
    st.sampled_from([0, 0, 0, -900, -60, 600]),
)  # fmt: skip
calls = st.builds(Call, st.sampled_from(COUNTERS))


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

    def counter_calls(self, queues: Sequence[str]) -> None:
        mine = [leg for leg in self.waiting if leg.queue in queues]
        expected = calling.next_in_line(mine, self.rule)

        found = calling.next_in_line(self.work.legs.first_of_each(queues), self.rule)

        assert found == expected
        if found is None:
            return
        passed = [leg.id for leg in calling.passed_by(found, mine, self.rule)]
        self.work.legs.save(tickets.call(found, counter=1, now=self.now), officer="account:1", call_id=1)
        assert self.work.legs.note_passed(found, queues, self.rule) == sorted(passed)
        self.work.legs.save(replace(found, state=tickets.State.NO_SHOW, counter=1), officer="account:1", call_id=1)
        self.waiting = [
            replace(leg, passed=leg.passed + (leg.id in passed)) for leg in self.waiting if leg.id != found.id
        ]
        self.most_passed = max([self.most_passed, *(leg.passed for leg in self.waiting)])

    def is_the_same(self) -> None:
        for queues in COUNTERS:
            expected = calling.in_order([leg for leg in self.waiting if leg.queue in queues], self.rule)
            assert self.work.legs.waiting(queues, most=1000) == expected
            for place, leg in enumerate(expected):
                assert self.work.legs.ahead_of(leg, queues, self.rule) == place
        by_queue = {queue: sum(leg.queue == queue for leg in self.waiting) for queue in QUEUES}
        assert self.work.legs.waiting_by_queue() == {queue: n for queue, n in by_queue.items() if n}

    def _saved(self, who: Arrival, place_at: datetime) -> Leg:
        work, day, queue, ticket_class = self.work, self.work.day, who.queue, who.ticket_class
        number = work.tickets.take_numbers(queue, day, first=1)
        label = tickets.label(queue, number)
        visit = work.tickets.add_visit(day=day, arrived_at=self.now, ticket_class=ticket_class, language="th")
        ticket = work.tickets.add(visit=visit, day=day, queue=queue, number=number, label=label, code=label,
                                  issued_at=self.now, issued_by="device:1", low_min=0, high_min=5)  # fmt: skip
        leg = Leg(id=0, ticket=ticket, visit=visit, number=label, service="id_renew", queue=queue,
                  ticket_class=ticket_class, language="th", state=tickets.State.WAITING, day=day, joined_at=self.now,
                  place_at=place_at, order=0)  # fmt: skip
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
                    line.counter_calls(step.queues)
            line.is_the_same()
            assert line.most_passed <= cap
            raise Undo
    except Undo:
        assert not office.events()
