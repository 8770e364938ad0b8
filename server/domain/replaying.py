"""The office as its events tell it: every leg, every counter, and who overtook whom. Pure.

The same rules, applied to what happened instead of to what is stored: a snapshot that differs from it is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from server.domain import calling, events, steps
from server.domain.office import CounterStateName, Office
from server.domain.tickets import Leg, State, business_day

Why = Literal["class_rule", "appointment", "cap", "returned", "out_of_order", "walk_up", "unexplained"]


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with what its row tells besides; `office` is the office as configured then."""

    seq: int
    event: events.Event
    at: datetime
    actor: str
    office: Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Overtaking:
    """Somebody with a later place-time (`by`) was taken while `passed` waited and could have been.

    `why` explains it, with the `reason` that an officer gave if it was out of order; `passed_class` is the class of
    the one who was overtaken.
    """

    seq: int
    at: datetime
    counter: int
    officer: str
    why: Why
    reason: str | None
    passed: int
    passed_number: str
    passed_class: str
    by: int
    by_number: str


@dataclass(slots=True)
class CounterThen:
    """A counter as the events tell it."""

    state: CounterStateName = "closed"
    services: frozenset[str] | None = None
    pause_reason: str | None = None


class Unheard(LookupError):
    """An event tells of what no event before it began."""


@dataclass(slots=True)
class Record:
    """What the events taken so far add up to. `faults` are the calls whose event miscounts whom they overtook; `slips`
    is how each print job of which anything was told ended, `queued` while it is late."""

    legs: dict[int, Leg] = field(default_factory=dict)
    counters: dict[int, CounterThen] = field(default_factory=dict)
    scores: dict[int, int] = field(default_factory=dict)
    slips: dict[int, str] = field(default_factory=dict)
    arrivals: dict[int, datetime] = field(default_factory=dict)
    overtakings: list[Overtaking] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _waiting: dict[int, None] = field(default_factory=dict)
    _newest: dict[int, int] = field(default_factory=dict)
    _passed_in: dict[int, list[int]] = field(default_factory=dict)

    def take(self, happened: Happened) -> None:
        """Add one event, the next in order. Raises Unheard, or a rule's refusal for what could not have happened."""
        _TAKERS.get(type(happened.event), _nothing)(self, happened)

    def waiting(self) -> list[Leg]:
        """Return the legs that wait, in the order in which they came into the line."""
        return [self.legs[leg] for leg in self._waiting]

    def of_ticket(self, ticket: int) -> Leg | None:
        """Return the ticket's newest leg, or None."""
        newest = self._newest.get(ticket)
        return None if newest is None else self.legs[newest]

    def known(self, leg: int) -> Leg:
        """Return the leg, or raise Unheard."""
        try:
            return self.legs[leg]
        except KeyError:
            raise Unheard(f"leg {leg}") from None

    def counter(self, number: int) -> CounterThen:
        """Return the counter as it stands."""
        return self.counters.setdefault(number, CounterThen())

    def put(self, leg: Leg, *, seq: int | None) -> None:
        """Keep the leg as it is after the event of that number."""
        self.legs[leg.id] = replace(leg, last_seq=seq)
        if leg.state is State.WAITING:
            self._waiting[leg.id] = None
        else:
            self._waiting.pop(leg.id, None)
        if leg.state is not State.UNDONE:
            self._newest[leg.ticket] = max(leg.id, self._newest.get(leg.ticket, 0))

    def forget_newest(self, leg: Leg, earlier: Leg) -> None:
        """Let `earlier` be the ticket's newest leg again."""
        self._newest[leg.ticket] = earlier.id

    def overtaken(self, leg: Leg, counter: int, office: Office) -> list[Leg]:
        """Return the waiting legs that this counter could have taken and that have an earlier place-time than `leg`."""
        place, services = office.counter(counter), self.counter(counter).services
        could = (each for each in self.waiting() if calling.may_be_called(each, place, services))
        return calling.overtaken_by(leg, could)

    def note_overtakings(self, happened: Happened, leg: Leg, counter: int, passed: list[Leg], why: Why,
                         reason: str | None) -> None:  # fmt: skip
        """Keep who was overtaken by this leg, and count those that the class rule overtook."""
        self.overtakings += [
            Overtaking(seq=happened.seq, at=happened.at, counter=counter, officer=happened.actor, why=why,
                       reason=reason, passed=each.id, passed_number=each.number, passed_class=each.ticket_class,
                       by=leg.id, by_number=leg.number)
            for each in passed
        ]  # fmt: skip
        if why in calling.COUNTS_TOWARD_CAP:
            self._passed_in[happened.seq] = [each.id for each in passed]
            for each in passed:
                self.legs[each.id] = replace(each, passed=each.passed + 1)

    def take_back_overtakings(self, call: int, called_at: datetime) -> None:
        """Forget whom that call overtook; who has waited since has been overtaken once less."""
        self.overtakings = [each for each in self.overtakings if each.seq != call]
        for leg_id in self._passed_in.pop(call, []):
            leg = self.legs[leg_id]
            if leg.state is State.WAITING and leg.waits_since <= called_at:
                self.legs[leg_id] = replace(leg, passed=leg.passed - 1)


def _nothing(record: Record, happened: Happened) -> None:
    """Printers, devices, opened rating slots and configurations change no leg."""


def _slip(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.SlipPrinted | events.SlipFailed | events.SelfTestEnded)
    record.slips[said.job] = said.state


def _issued(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketIssued)
    record.arrivals[said.visit] = happened.at
    leg = _new_leg(said, happened)
    record.put(replace(leg, place_at=said.place_at or leg.place_at), seq=None)


def _new_leg(said: events.TicketIssued | events.WalkUpStarted, happened: Happened) -> Leg:
    return Leg(
        id=said.leg, ticket=said.ticket, visit=said.visit, number=said.number, service=said.service,
        queue=said.queue, ticket_class=said.ticket_class, language=said.language, state=State.WAITING, day=said.day,
        joined_at=happened.at, place_at=happened.at, waits_since=happened.at, order=said.leg,
    )  # fmt: skip


def _called(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketCalled)
    leg = record.known(said.leg)
    passed = record.overtaken(leg, said.counter, happened.office)
    _compare_passed(record, happened, passed, said)
    why = _why(said.how, leg, happened.office) if passed else "unexplained"
    if said.how != "turn" and passed and why == "unexplained":
        record.faults.append(f"event {happened.seq}: {said.how} does not explain why {leg.number} came first")
    record.put(
        steps.call(leg, counter=said.counter, officer=happened.actor, call_id=said.call_id, now=happened.at),
        seq=happened.seq,
    )
    record.note_overtakings(happened, leg, said.counter, passed, why, said.reason)


def _why(how: calling.How, leg: Leg, office: Office) -> Why:
    """Return what explains a call before others: a reason that was given, or what the rule says of that leg. What the
    event says is not believed where the rule says otherwise."""
    if how == "turn" or (how != "out_of_order" and how != calling.how_called(leg, office.rule)):
        return "unexplained"
    return how


def _walked_up(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.WalkUpStarted)
    leg = _new_leg(said, happened)
    passed = record.overtaken(leg, said.counter, happened.office)
    _compare_passed(record, happened, passed, said)
    record.arrivals[said.visit] = happened.at
    record.put(steps.walk_up(leg, counter=said.counter, officer=happened.actor, now=happened.at), seq=happened.seq)
    record.note_overtakings(happened, leg, said.counter, passed, "walk_up", said.reason)


def _compare_passed(record: Record, happened: Happened, passed: list[Leg],
                    said: events.TicketCalled | events.WalkUpStarted) -> None:  # fmt: skip
    ids = sorted(each.id for each in passed)
    counted = (len(ids), ids[0] if ids else None, ids[-1] if ids else None)
    told = (said.passed, said.passed_first, said.passed_last)
    if counted != told:
        record.faults.append(f"event {happened.seq}: it tells of {told} overtaken, the line says {counted}")


def _recalled(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketRecalled)
    leg = record.known(said.leg)
    record.put(steps.recall(leg, counter=said.counter, call_id=said.call_id, rule=happened.office.rule,
                            now=happened.at), seq=happened.seq)  # fmt: skip


def _stepped(step: Callable[..., Leg]) -> Callable[[Record, Happened], None]:
    """Return the taker of an event that tells of one step, at a counter, and of nothing else."""

    def take(record: Record, happened: Happened) -> None:
        said: Any = happened.event
        record.put(step(record.known(said.leg), counter=said.counter, now=happened.at), seq=happened.seq)

    return take


def _resumed(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketResumed)
    leg = record.known(said.leg)
    record.put(steps.resume(leg, counter=said.counter, officer=happened.actor, now=happened.at), seq=happened.seq)


def _returned(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketReturned)
    leg = record.known(said.leg)
    steps.refuse_return(leg, today=business_day(happened.office, happened.at))
    record.put(steps.come_back(leg, place_at=said.place_at, now=happened.at), seq=happened.seq)


def _transferred(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketTransferred)
    ended = steps.leave_for_another(record.known(said.leg), now=happened.at)
    record.put(ended, seq=happened.seq)
    onward = steps.goes_on(ended, service=said.service, queue=said.queue, bound=said.bound, leg_id=said.next_leg,
                           now=happened.at, seq=happened.seq)  # fmt: skip
    record.put(onward, seq=happened.seq)


def _added(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.ServiceAdded)
    ended = steps.leave_for_another(record.known(said.leg), now=happened.at)
    record.put(ended, seq=happened.seq)
    onward = steps.goes_on_here(ended, service=said.service, queue=said.queue, leg_id=said.next_leg, now=happened.at,
                                seq=happened.seq)  # fmt: skip
    record.put(onward, seq=happened.seq)


def _cancelled(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketCancelled)
    record.put(steps.cancel(record.known(said.leg), state=State(said.state), now=happened.at), seq=happened.seq)


def _closed(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.TicketClosed)
    record.put(steps.close(record.known(said.leg), at=happened.at), seq=happened.seq)


def _undone(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.StepUndone)
    newest, changed = record.of_ticket(said.ticket), record.known(said.leg)
    if newest is None or newest.last_seq != said.undone:
        raise Unheard(f"event {said.undone} is not the last step of ticket {said.ticket}")
    if changed.called_at and said.step == "ticket_called":
        record.take_back_overtakings(said.undone, changed.called_at)
    back = steps.undo(changed, kind=said.step, happened_at=happened.at, rule=happened.office.rule, now=happened.at)
    if newest.id != changed.id:
        back = steps.passed_meanwhile(back, newest)
        record.put(steps.undone_away(newest, now=happened.at), seq=None)
        record.forget_newest(newest, changed)
    record.put(back, seq=None)


def _rated(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.RatingGiven)
    record.scores[said.visit] = said.score


def _opened(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.CounterOpened)
    services = None if said.services is None else frozenset(said.services)
    record.counters[said.counter] = CounterThen("open", services)


def _paused(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.CounterPaused)
    record.counters[said.counter] = CounterThen("break", record.counter(said.counter).services, said.reason)


def _shut(record: Record, happened: Happened) -> None:
    said = happened.event
    assert isinstance(said, events.CounterClosed)
    record.counters[said.counter] = CounterThen()


_TAKERS = {
    events.SlipPrinted: _slip,
    events.SlipFailed: _slip,
    events.SelfTestEnded: _slip,
    events.TicketIssued: _issued,
    events.TicketCalled: _called,
    events.WalkUpStarted: _walked_up,
    events.TicketRecalled: _recalled,
    events.ServiceStarted: _stepped(steps.start),
    events.TicketHeld: _stepped(steps.hold),
    events.TicketResumed: _resumed,
    events.ServiceAdded: _added,
    events.ServiceFinished: _stepped(steps.finish),
    events.TicketNoShow: _stepped(steps.no_show),
    events.TicketReturned: _returned,
    events.TicketTransferred: _transferred,
    events.TicketCancelled: _cancelled,
    events.TicketClosed: _closed,
    events.StepUndone: _undone,
    events.RatingGiven: _rated,
    events.CounterOpened: _opened,
    events.CounterPaused: _paused,
    events.CounterClosed: _shut,
}
