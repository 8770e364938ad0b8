"""The ledger of fairness: what the figures of `fairness` are made of, kept event by event. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from server.domain import events
from server.domain.office import Rule
from server.domain.replaying import Happened, Overtaking, Record
from server.domain.tickets import business_day


@dataclass(frozen=True, slots=True)
class Taking:
    """Somebody was taken by a counter: called, or served at once (`walk_up`); `cap` is that of the rule then."""

    leg: int
    how: str
    reason: str | None
    cap: int


@dataclass(slots=True)
class Ledger:
    """Takes what happened, in order. What is undone is struck out.

    `takings` by the number of their event; `ranges` and `promised` by leg: the printed range in minutes, and the wait
    that the office promised then.
    """

    record: Record = field(default_factory=Record)
    takings: dict[int, Taking] = field(default_factory=dict)
    ranges: dict[int, tuple[int, int]] = field(default_factory=dict)
    promised: dict[int, timedelta | None] = field(default_factory=dict)
    _rules: dict[int, tuple[Rule, set[date]]] = field(default_factory=dict)
    _wait_of: dict[int, int] = field(default_factory=dict)

    def take(self, happened: Happened) -> None:
        """Add one event, the next in order. Raises what `Record.take` raises."""
        self.record.take(happened)
        self._note_rule(happened)
        said, office = happened.event, happened.office
        if isinstance(said, events.TicketIssued):
            if said.low_min is not None and said.high_min is not None:
                self.ranges[said.leg] = (said.low_min, said.high_min)
            self.promised[said.leg] = office.promised_wait
        elif isinstance(said, events.TicketCalled):
            self.takings[happened.seq] = Taking(said.leg, said.how, said.reason, office.rule.cap)
        elif isinstance(said, events.WalkUpStarted):
            self.takings[happened.seq] = Taking(said.leg, "walk_up", said.reason, office.rule.cap)
        elif isinstance(said, events.TicketTransferred):
            self.promised[said.next_leg] = office.promised_wait
            if self.record.legs[said.leg].started_at is None:
                self._wait_of[said.next_leg] = self.wait_of(said.leg)
        elif isinstance(said, events.StepUndone):
            self.takings.pop(said.undone, None)

    def wait_of(self, leg: int) -> int:
        """Return the first leg of that leg's wait: a visit that is sent on before it was served waits on."""
        return self._wait_of.get(leg, leg)

    def takings_of(self, first: date, last: date) -> dict[int, Taking]:
        """Return who was taken, of the legs of these days."""
        legs = self.record.legs
        return {seq: each for seq, each in self.takings.items() if first <= legs[each.leg].day <= last}

    def overtakings_of(self, legs: set[int]) -> list[Overtaking]:
        """Return, in order, every time that one of these legs was overtaken."""
        return [each for each in self.record.overtakings if each.passed in legs]

    def rules_of(self, first: date, last: date) -> list[Rule]:
        """Return the rules by which the office worked on these days; versions in a row that say the same are one."""
        then = [rule for _, (rule, days) in sorted(self._rules.items()) if any(first <= day <= last for day in days)]
        return [next(same) for _, same in groupby(then, key=_said)]

    def _note_rule(self, happened: Happened) -> None:
        rule = happened.office.rule
        _, days = self._rules.setdefault(rule.version, (rule, set()))
        days.add(business_day(happened.office, happened.at))


def _said(rule: Rule) -> tuple[object, ...]:
    return (rule.priority_head_start, rule.appointment_head_start, rule.cap, rule.return_place)
