"""The office as a plain list of legs: the same commands as the services, on nothing but the rules and Python's lists.

No database, no event, no replay: what it says is what the whole office has to say. Refusals are those of the rules, in
the order in which the services ask them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from server.db.people import Identity
from server.domain import calling, errors, hours, ratings, steps, tickets
from server.domain.office import CounterStateName, Office, Reason, TicketClass
from server.domain.tickets import IN_HAND, Leg, State
from server.services.closing import FORGOTTEN_AFTER

ONWARD = ("ticket_transferred", "service_added")
CHANGING = ("legs", "tickets", "counters", "slots", "numbers", "quotas", "taken", "overtakings", "closed_before")


@dataclass(frozen=True)
class PlainCounter:
    """A counter: closed, open or on a break; `officer` is a key, `services` those given there (None: all)."""

    state: CounterStateName = "closed"
    officer: str | None = None
    services: frozenset[str] | None = None
    since: datetime | None = None
    reason: str | None = None

    def seen(self) -> "PlainCounter":
        """What a screen shows of it."""
        return PlainCounter(self.state, reason=self.reason)


@dataclass(frozen=True)
class PlainSlot:
    """The chance to rate a visit; the one opened last at a counter is the one its tablet shows."""

    counter: int
    number: str
    opened: int
    expires_at: datetime
    score: int | None = None
    has_ended: bool = False
    day: date = date.min
    is_from_phone: bool = False


@dataclass(frozen=True)
class Taken:
    """A step that somebody took: what an undo has to know. `passed` are the legs that the class rule overtook."""

    kind: str
    actor: str
    at: datetime
    leg: int
    passed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a person is told of a ticket."""

    number: str
    state: str
    service: str
    queue: str
    ticket_class: str
    counter: int | None
    calls: int
    ahead: int


@dataclass(frozen=True, order=True)
class Overtook:
    """`by` was taken while `passed` waited for the same counter with an earlier place-time."""

    step: int
    counter: int
    why: str
    reason: str | None
    passed: int
    by: int


@dataclass
class PlainOffice:
    """An office in memory. Tickets, visits and first legs are numbered by their place in the lists, from 1."""

    office: Office
    clock: Callable[[], datetime]
    people: dict[str, Identity]
    legs: list[Leg] = field(default_factory=list)
    tickets: int = 0
    counters: dict[int, PlainCounter] = field(default_factory=dict)
    slots: dict[int, PlainSlot] = field(default_factory=dict)
    numbers: dict[tuple[date, str], int] = field(default_factory=dict)
    quotas: dict[tuple[date, str], int] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    overtakings: list[Overtook] = field(default_factory=list)
    closed_before: date = date.min

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def day(self) -> date:
        return tickets.business_day(self.office, self.now)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A command: the day before is closed first; whatever is refused changes nothing, not even that."""
        kept = {name: copy(getattr(self, name)) for name in CHANGING}
        try:
            if self.closed_before < self.day:
                self._close_earlier_days()
            yield
        except BaseException:
            for name, value in kept.items():
                setattr(self, name, value)
            raise

    def does(self, who: str, command: str, about: int, *, request_id: str | None = None,
             **facts: Any) -> Answer | PlainCounter | None:  # fmt: skip
        """Let that person give a command about a ticket or a counter, as `server/services/commands.py` names it."""
        del request_id  # Whoever taps twice asks the plain list once.
        name = {"break": "break_", "return": "return_"}.get(command, command.replace("-", "_"))
        do: Callable[..., Answer | PlainCounter | None] = getattr(self, name)
        with self.all_or_nothing():
            done = do(self.people[who], about, **facts)
            return done.seen() if isinstance(done, PlainCounter) else done

    # At the kiosk.

    def issues(self, service: str, *, priority: bool) -> Answer:
        with self.all_or_nothing():
            self.office.service(service)
            hours.refuse_if_closed(self.office, self.now)
            leg = self._new_leg(service, "priority" if priority else "regular")
            ahead = self._ahead(replace(leg, order=tickets.LAST_IN_ORDER))
            self.legs.append(leg)
            return replace(self._told(leg), ahead=ahead)

    def gives_up(self, ticket: int) -> Answer:
        with self.all_or_nothing():
            leg = self.newest(ticket)
            steps.must_be(leg, "cancel", State.WAITING, State.CALLED)
            return self._step(steps.cancel(leg, state=State.CANCELLED, now=self.now), "ticket_cancelled", "citizen")

    # At a counter.

    def open(self, asker: Identity, number: int) -> PlainCounter:
        counter = self.at(number)
        if counter.state != "closed" and counter.officer != asker.key:
            raise errors.CounterTaken(counter=number)
        elsewhere = self._own(asker)
        if elsewhere not in (None, number):
            raise errors.OfficerElsewhere(counter=elsewhere)
        if counter.state != "open":
            self.counters[number] = PlainCounter("open", asker.key, asker.services, self.now)
        return self.at(number)

    def close(self, asker: Identity, number: int) -> PlainCounter:
        counter = self.at(number)
        if counter.state != "closed" and counter.officer != asker.key:
            raise errors.CounterTaken(counter=number)
        if counter.state != "closed":
            tickets.refuse_if_busy(number, self.in_hand(number))
            sent = sum(leg.bound == number for leg in self.waiting())
            if sent:
                raise errors.CounterAwaited(counter=number, waiting=sent)
            self.counters[number] = PlainCounter(since=self.now)
        return self.at(number)

    def break_(self, asker: Identity, number: int, reason: str | None) -> PlainCounter:
        known_reason(reason, self.office.reasons.pause)
        counter = self.at(number)
        if counter.state == "closed":
            raise errors.CounterClosed(counter=number)
        if counter.officer != asker.key:
            raise errors.CounterTaken(counter=number)
        if counter.state == "open":
            tickets.refuse_if_busy(number, self.in_hand(number))
            self.counters[number] = replace(counter, state="break", since=self.now, reason=reason)
        return self.at(number)

    def call_next(self, asker: Identity, number: int) -> Answer | None:
        self._free_desk(asker, number)
        leg = calling.next_in_line(self.line(number), self.office.rule)
        if leg is None:
            raise NobodyWaits
        how = calling.how_called(leg, self.office.rule)
        passed = calling.overtaken_by(leg, self.line(number)) if how != "turn" else []
        return self._called(asker, leg, number, how if passed else "turn", None, passed)

    def call(self, asker: Identity, number: int, ticket: int, reason: str | None) -> Answer:
        if not asker.may_call_out_of_order:
            raise errors.OutOfOrderForbidden(officer=asker.name)
        known_reason(reason, self.office.reasons.out_of_order)
        self._free_desk(asker, number)
        leg = self.newest(ticket)
        steps.must_be(leg, "call", State.WAITING)
        if leg not in self.line(number):
            raise errors.NotServedHere(number=leg.number, counter=number)
        passed = calling.overtaken_by(leg, self.line(number))
        return self._called(asker, leg, number, "out_of_order", reason, passed)

    def walk_up(self, asker: Identity, number: int, service: str, reason: str | None, *, priority: bool) -> Answer:
        if not asker.may_call_out_of_order:
            raise errors.OutOfOrderForbidden(officer=asker.name)
        known_reason(reason, self.office.reasons.walk_up)
        self._free_desk(asker, number)
        self.office.service(service)
        leg = self._new_leg(service, "priority" if priority else "regular")
        passed = calling.overtaken_by(leg, self.line(number))
        self.legs.append(leg)
        served = steps.walk_up(leg, counter=number, officer=asker.key, now=self.now)
        answer = self._step(served, "walk_up_started", asker.key)
        self._overtook(leg, number, "walk_up", reason, passed)
        return answer

    # The ticket in hand.

    def recall(self, asker: Identity, ticket: int) -> Answer:
        leg, at = self._for_step(asker, ticket)
        called = steps.recall(leg, counter=at, call_id=0, rule=self.office.rule, now=self.now)
        return self._step(called, "ticket_recalled", asker.key)

    def start(self, asker: Identity, ticket: int) -> Answer:
        leg, at = self._for_step(asker, ticket)
        return self._step(steps.start(leg, counter=at, now=self.now), "service_started", asker.key)

    def hold(self, asker: Identity, ticket: int) -> Answer:
        leg, at = self._for_step(asker, ticket)
        return self._step(steps.hold(leg, counter=at, now=self.now), "ticket_held", asker.key)

    def resume(self, asker: Identity, ticket: int) -> Answer:
        leg = self.newest(ticket)
        steps.must_be(leg, "resume", State.HELD)
        number = self._own(asker)
        if number is None:
            raise errors.TicketNotAtCounter(number=leg.number, counter=leg.counter)
        if number != leg.counter and self.at(leg.counter or 0).state == "open":
            raise errors.TicketNotAtCounter(number=leg.number, counter=number)
        self._free_desk(asker, number)
        resumed = steps.resume(leg, counter=number, officer=asker.key, now=self.now)
        return self._step(resumed, "ticket_resumed", asker.key)

    def add_service(self, asker: Identity, ticket: int, service: str) -> Answer:
        leg, at = self._for_step(asker, ticket)
        known = self.office.service(service)
        steps.must_be(leg, "add_service", State.SERVING)
        steps.must_be_at(leg, at)
        if leg.service == service:
            raise errors.ServiceGivenNow(number=leg.number)
        ended = steps.leave_for_another(leg, now=self.now)
        onward = steps.goes_on_here(ended, service=service, queue=known.queue, leg_id=self._next_leg(), now=self.now,
                                    seq=self._next_step())  # fmt: skip
        return self._goes_on(ended, onward, "service_added", asker.key)

    def finish(self, asker: Identity, ticket: int) -> Answer:
        leg, at = self._for_step(asker, ticket)
        answer = self._step(steps.finish(leg, counter=at, now=self.now), "service_finished", asker.key)
        expires_at = ratings.closes_at(self.now, self.office.rating_open_for)
        self.slots[leg.visit] = PlainSlot(at, leg.number, self._next_step(), expires_at, day=self.day)
        return answer

    def no_show(self, asker: Identity, ticket: int) -> Answer:
        leg, at = self._for_step(asker, ticket)
        return self._step(steps.no_show(leg, counter=at, now=self.now), "ticket_no_show", asker.key)

    # The ticket that does not take the straight way.

    def return_(self, asker: Identity, ticket: int) -> Answer:
        leg = self.newest(ticket)
        steps.refuse_return(leg, today=self.day)
        self._refuse_unless_held_by(asker, leg, "return")
        beside = self._beside(leg.queue)
        line = calling.in_order([each for each in self.waiting() if each.queue in beside], self.office.rule)
        place = calling.return_place(leg, line, self.office.rule, now=self.now)
        return self._step(steps.come_back(leg, place_at=place, now=self.now), "ticket_returned", asker.key)

    def transfer(self, asker: Identity, ticket: int, *, service: str | None = None, queue: str | None = None,
                 counter: int | None = None) -> Answer:  # fmt: skip
        leg = self.newest(ticket)
        steps.must_be(leg, "transfer", *steps.CANCELLABLE)
        self._refuse_unless_held_by(asker, leg, "transfer")
        to = leg.service if service is None else self.office.service(service).id
        into = queue or (leg.queue if service is None else self.office.service(service).queue)
        if counter is not None and self.at(counter).state != "open":
            raise errors.CounterClosed(counter=counter)
        names_nothing = (service, queue, counter) == (None, None, None)
        stays_in_line = leg.state is State.WAITING and (to, into, counter) == (leg.service, leg.queue, leg.bound)
        if names_nothing or stays_in_line or (counter is not None and counter == leg.counter):
            raise errors.NowhereToGo(number=leg.number)
        ended = steps.leave_for_another(leg, now=self.now)
        onward = steps.goes_on(ended, service=to, queue=into, bound=counter, leg_id=self._next_leg(), now=self.now,
                               seq=self._next_step())  # fmt: skip
        return self._goes_on(ended, onward, "ticket_transferred", asker.key)

    def cancel(self, asker: Identity, ticket: int, reason: str | None) -> Answer:
        leg = self.newest(ticket)
        steps.must_be(leg, "cancel", *steps.CANCELLABLE)
        self._refuse_unless_held_by(asker, leg, "cancel")
        if reason:
            known_reason(reason, self.office.reasons.cancel)
        state = State.LEFT if reason == "left" else State.CANCELLED
        return self._step(steps.cancel(leg, state=state, now=self.now), "ticket_cancelled", asker.key)

    def undo(self, asker: Identity, ticket: int) -> Answer:
        newest = self.newest(ticket)
        if newest.last_seq is None:
            raise errors.NothingToUndo(number=newest.number)
        step = self.taken[newest.last_seq - 1]
        if step.actor != asker.key:
            raise errors.NotYourStep(number=newest.number)
        changed = self.leg(step.leg) if step.kind in ONWARD else newest
        back = steps.undo(changed, kind=step.kind, happened_at=step.at, rule=self.office.rule, now=self.now)
        if step.kind in ONWARD:
            back = steps.passed_meanwhile(back, newest)
            self._put(steps.undone_away(newest, now=self.now), None)
        if back.state in IN_HAND:
            desk = self._desk(asker, back.counter or 0)
            if not (newest.state in IN_HAND and newest.counter == desk):
                tickets.refuse_if_busy(desk, self.in_hand(desk))
        if step.kind == "ticket_called":
            self._desk(asker, newest.counter or 0)
            self._take_overtakings_back(newest.last_seq, step)
        if step.kind == "service_finished":
            self._withdraw_slot(newest.visit)
        self._put(back, None)
        return self._told(back)

    # On the tablet.

    def rates(self, ticket: int, score: int) -> int | None:
        """Return the score, or None, and do nothing, when the visit never had a slot."""
        visit = self.newest(ticket).visit
        slot = self.slots.get(visit)
        if slot is None:
            return None
        with self.all_or_nothing():
            if slot.score is not None:
                raise errors.AlreadyRated(slot=0)
            if slot.has_ended:
                raise errors.SlotEnded(slot=0)
            if self.now >= slot.expires_at:
                raise errors.SlotExpired(slot=0)
            self.slots[visit] = replace(slot, score=score)
        return score

    def rates_on_the_phone(self, ticket: int, score: int) -> int:
        """Return the score, which the same face again does not make two."""
        with self.all_or_nothing():
            leg = self.newest(ticket)
            steps.must_be(leg, "rate", State.FINISHED)
            slot = self.slots[leg.visit]
            if slot.day != self.day:
                raise errors.RatingDayOver(slot=0)
            if slot.score is not None and not (slot.is_from_phone and slot.score == score):
                raise errors.AlreadyRated(slot=0)
            self.slots[leg.visit] = replace(slot, score=score, is_from_phone=True)
        return score

    # What is looked at.

    def leg(self, leg_id: int) -> Leg:
        return self.legs[leg_id - 1]

    def newest(self, ticket: int) -> Leg:
        return [leg for leg in self.legs if leg.ticket == ticket and leg.state is not State.UNDONE][-1]

    def waiting(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.state is State.WAITING]

    def at(self, number: int) -> PlainCounter:
        return self.counters.get(number, PlainCounter())

    def in_hand(self, number: int) -> Leg | None:
        return next((leg for leg in self.legs if leg.state in IN_HAND and leg.counter == number), None)

    def held(self, number: int) -> list[Leg]:
        return [leg for leg in self.legs if leg.state is State.HELD and leg.counter == number]

    def line(self, number: int) -> list[Leg]:
        """Those whom this counter may call, in the order in which it would."""
        place, services = self.office.counter(number), self.at(number).services
        return calling.in_order(
            [leg for leg in self.waiting() if calling.may_be_called(leg, place, services)], self.office.rule
        )

    def shown_slot(self, number: int) -> str | None:
        """The number that the counter's tablet asks about, None while it sleeps."""
        here = [slot for slot in self.slots.values() if slot.counter == number and self.now < slot.expires_at]
        newest = max(here, key=lambda slot: slot.opened, default=None)
        return newest.number if newest and newest.score is None and not newest.has_ended else None

    # Details.

    def _new_leg(self, service: str, ticket_class: TicketClass) -> Leg:
        known = self.office.service(service)
        queue = self.office.queue_of[known.queue]
        if known.quota_per_day is not None:
            issued = self.quotas.get((self.day, service), 0)
            hours.refuse_if_full(known, issued)
            self.quotas[self.day, service] = issued + 1
        number = self.numbers.get((self.day, queue.id), queue.first)
        hours.refuse_if_exhausted(queue, number)
        self.numbers[self.day, queue.id] = number + 1
        self.tickets += 1
        leg = tickets.waits(known, leg=0, ticket=0, visit=self.tickets, number=tickets.label(queue.prefix, number),
                            ticket_class=ticket_class, language="th", day=self.day, order=0, now=self.now)  # fmt: skip
        return tickets.joined(leg, ticket=self.tickets, leg_id=self._next_leg())

    def _next_leg(self) -> int:
        return len(self.legs) + 1

    def _next_step(self) -> int:
        return len(self.taken) + 1

    def _own(self, asker: Identity) -> int | None:
        mine = [number for number, counter in self.counters.items() if counter.officer == asker.key]
        return mine[0] if mine else None

    def _desk(self, asker: Identity, number: int) -> int:
        counter = self.at(number)
        if counter.state != "open":
            raise errors.CounterClosed(counter=number)
        if counter.officer != asker.key:
            raise errors.CounterTaken(counter=number)
        return number

    def _free_desk(self, asker: Identity, number: int) -> None:
        self._desk(asker, number)
        tickets.refuse_if_busy(number, self.in_hand(number))

    def _for_step(self, asker: Identity, ticket: int) -> tuple[Leg, int]:
        leg, own = self.newest(ticket), self._own(asker)
        if own is None and leg.state in {*IN_HAND, State.HELD}:
            raise errors.TicketNotAtCounter(number=leg.number, counter=leg.counter)
        return leg, own or leg.counter or 0

    def _refuse_unless_held_by(self, asker: Identity, leg: Leg, command: str) -> None:
        if asker.role == "officer":
            own = self._own(asker)
            if own is None or leg.counter != own:
                raise errors.TicketNotAtCounter(number=leg.number, counter=own or 0)
        elif leg.state in IN_HAND:
            steps.must_be(leg, command, State.WAITING, State.HELD)

    def _put(self, leg: Leg, seq: int | None) -> None:
        self.legs[leg.id - 1] = replace(leg, last_seq=seq)
        if leg.state is State.SERVING:
            self._somebody_is_served_at(leg.counter or 0)

    def _step(self, leg: Leg, kind: str, actor: str, passed: tuple[int, ...] = ()) -> Answer:
        self.taken.append(Taken(kind, actor, self.now, leg.id, passed))
        self._put(leg, len(self.taken))
        return self._told(self.leg(leg.id))

    def _goes_on(self, ended: Leg, onward: Leg, kind: str, actor: str) -> Answer:
        self._step(ended, kind, actor)
        self.legs.append(onward)
        return self._told(onward)

    def _called(self, asker: Identity, leg: Leg, number: int, how: calling.How, reason: str | None,
                passed: list[Leg]) -> Answer:  # fmt: skip
        counted = passed if how in calling.COUNTS_TOWARD_CAP else []
        for each in counted:
            self.legs[each.id - 1] = replace(each, passed=each.passed + 1)
        called = steps.call(leg, counter=number, officer=asker.key, call_id=self._next_step(), now=self.now)
        answer = self._step(called, "ticket_called", asker.key, tuple(each.id for each in counted))
        self._overtook(leg, number, how, reason, passed)
        return answer

    def _overtook(self, leg: Leg, counter: int, why: str, reason: str | None, passed: list[Leg]) -> None:
        step = len(self.taken)
        self.overtakings += [Overtook(step, counter, why, reason, each.id, leg.id) for each in passed]

    def _take_overtakings_back(self, seq: int, step: Taken) -> None:
        self.overtakings = [each for each in self.overtakings if each.step != seq]
        for leg in (self.leg(each) for each in step.passed):
            if leg.state is State.WAITING and leg.waits_since <= step.at:
                self.legs[leg.id - 1] = replace(leg, passed=leg.passed - 1)

    def _somebody_is_served_at(self, number: int) -> None:
        """Whoever taps a face from now on is not the one before."""
        for visit, slot in self.slots.items():
            if slot.counter == number and slot.score is None and self.now < slot.expires_at:
                self.slots[visit] = replace(slot, has_ended=True)

    def _withdraw_slot(self, visit: int) -> None:
        slot = self.slots[visit]
        if slot.score is not None:
            raise errors.AlreadyRated(slot=0)
        self.slots[visit] = replace(slot, expires_at=self.now)

    def _told(self, leg: Leg) -> Answer:
        ahead = self._ahead(leg) if leg.state is State.WAITING else 0
        return Answer(leg.number, leg.state.value, leg.service, leg.queue, leg.ticket_class, leg.counter, leg.calls,
                      ahead)  # fmt: skip

    def _ahead(self, leg: Leg) -> int:
        beside, rule = self._beside(leg.queue), self.office.rule
        if leg.bound is not None:
            beside = {leg.queue, *self.office.counter(leg.bound).queues}
        before = (calling.key_of(leg, rule), leg.order)
        return sum(each.queue in beside and (calling.key_of(each, rule), each.order) < before
                   for each in self.waiting())  # fmt: skip

    def _beside(self, queue: str) -> set[str]:
        serving = [each for each in self.office.counters if queue in each.queues]
        return {queue} | {each for place in serving if self.at(place.number).state == "open" for each in place.queues}

    def _close_earlier_days(self) -> None:
        fresh = False
        for leg in [leg for leg in self.legs if leg.day < self.day and leg.state in tickets.OPEN]:
            moments = (leg.joined_at, leg.waits_since, leg.called_at, leg.started_at, leg.held_at)
            if self.now - max(each for each in moments if each is not None) >= FORGOTTEN_AFTER:
                self._step(steps.close(leg, at=self.now), "ticket_closed", "system")
            else:
                fresh = True
        if not self.office.always_open:
            for number, counter in self.counters.items():
                opened = counter.since.astimezone(self.office.zone).date() if counter.since else self.day
                if counter.state != "closed" and opened < self.day:
                    self.counters[number] = PlainCounter(since=self.now)
        if not fresh:
            self.closed_before = self.day


class NobodyWaits(Exception):
    """A call that found nobody; nothing was changed."""


def known_reason(given: str | None, listed: tuple[Reason, ...]) -> None:
    ids = [reason.id for reason in listed]
    if given not in ids:
        raise errors.ReasonNeeded(reasons=", ".join(ids))
