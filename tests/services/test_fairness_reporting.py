"""The reports of fairness and of staffing, of offices at work on both databases."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from server.db.events import all_events
from server.db.work import Actor
from server.domain.errors import Forbidden, QueueError
from server.domain.events import TicketCalled
from server.domain.fairness import fairness
from server.domain.ledger import Ledger
from server.domain.replaying import Happened, Record
from server.domain.shifts import Floor
from server.services.configuring import change_configuration
from server.services.fairness_reporting import fairness_report
from server.services.happenings import bounds, tell_days
from server.services.report_shapes import FairnessReport, StaffingReport
from server.services.reporting import question
from server.services.shapes import Ticket
from server.services.staffing_reporting import staffing_report
from server.services.verifying import as_happened
from tests.services.office import Founder, OfficeAtWork, document

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)


def fair(office: OfficeAtWork, first: date = MONDAY, last: date | None = None, user: str = "manager") -> FairnessReport:
    """The report of fairness as the manager asks for it."""
    asked = question(first, last or first, "service", today=first)
    known = office.db.configurations.of(office.id)
    return fairness_report(office.engine, office.person(user), office.config, asked, known, now=office.clock())


def staff(
    office: OfficeAtWork, first: date = MONDAY, last: date | None = None, user: str = "manager"
) -> StaffingReport:
    """The report of staffing as the manager asks for it."""
    asked = question(first, last or first, "service", today=first)
    known = office.db.configurations.of(office.id)
    return staffing_report(office.engine, office.person(user), office.config, asked, known, now=office.clock())


@pytest.fixture
def morning(strict: OfficeAtWork) -> OfficeAtWork:
    """A priority ticket is called before an older one, a wheelchair out of order, somebody walks up, one leaves."""
    office = strict
    office.clock.stands_at("08:30")
    office.opens(1)
    first = office.takes_a_number("id_renew")
    office.clock.moves(minutes=2)
    office.takes_a_number("id_renew", priority=True)
    office.clock.moves(minutes=2)
    wheels = office.takes_a_number("id_renew")
    office.clock.moves(minutes=6)
    office.serves(1, minutes=10)  # 08:40 to 08:50; it waited 8 minutes and overtook one.
    office.starts(office.calls_out_of_order(wheels))
    office.clock.moves(minutes=5)
    office.finishes(wheels)  # It waited 16 minutes and overtook one.
    office.pauses(1, "rest")
    office.clock.moves(minutes=5)
    office.opens(1)
    office.cancels(first, reason="left")  # At 09:00, after 30 minutes.
    office.closes(1)
    return office


def test_the_morning_by_hand(morning: OfficeAtWork) -> None:
    report = fair(morning)
    whys = {row.why: (row.overtakings, row.legs, row.most) for row in report.explained if row.overtakings}
    waits = {row.ticket_class: (row.wait.n, row.wait.median_s, row.wait.max_s) for row in report.classes}
    left = {row.state: row.waited.max_s for row in report.classes[0].not_served if row.waited.n}

    assert (report.from_, report.to, report.legs, report.waiting, report.taken) == (MONDAY, MONDAY, 3, 0, 2)
    assert (report.without_reason_never.k, report.without_reason_never.per_cent) == (3, 100.0)
    assert report.without_reason_never.small
    assert report.at_all_never.k == 2
    assert whys == {"class_rule": (1, 1, 1), "out_of_order": (1, 1, 1)}
    assert (report.cap.most, report.cap.reached, report.cap.exceeded) == (1, 0, 0)
    assert report.per_100 == 100.0
    assert waits == {"regular": (1, 960.0, 960.0), "priority": (1, 480.0, 480.0), "appointment": (0, None, None)}
    assert left == {"left": 1800.0}
    assert [(row.reason, row.times, row.passed) for row in report.out_of_turn] == [("wheelchair", 1, 1)]
    assert report.out_of_turn[0].reason_name is not None
    assert report.unexplained == []
    assert report.impossible == 0
    assert [(each.rule.version, each.rule.cap) for each in report.rules] == [(1, 3)]
    assert report.seq == len(morning.events())


def test_the_mornings_staffing_by_hand(morning: OfficeAtWork) -> None:
    report = staff(morning)
    (shift,) = report.shifts

    assert (shift.counter, shift.officer, shift.closed_by) == (1, "officer1", "officer")
    assert (f"{shift.opened_at:%H:%M}", f"{shift.ended_at:%H:%M}") == ("08:30", "09:00")
    work = shift.work
    assert (work.open_s, work.break_s, work.busy_s, work.idle_s) == (1800.0, 300.0, 900.0, 600.0)
    assert (work.served, work.no_shows, work.sent_on) == (2, 0, 0)
    assert [(row.reason, row.breaks, row.seconds) for row in report.breaks] == [("rest", 1, 300.0)]
    assert [(row.key, row.shifts, row.breaks) for row in (*report.counters, *report.officers, report.all)] == [
        ("1", 1, 1), ("officer1", 1, 1), ("all", 1, 1),
    ]  # fmt: skip
    assert report.all.work == report.counters[0].work == work


@pytest.mark.parametrize("user", ["officer1", "reception"])
def test_who_may_not_see_reports_is_refused(office: OfficeAtWork, user: str) -> None:
    with office.refuses(Forbidden):
        fair(office, user=user)
    with office.refuses(Forbidden):
        staff(office, user=user)


def test_an_overtaking_that_nothing_explains_is_in_the_list(office: OfficeAtWork) -> None:
    office.opens(2)
    older = office.takes_a_number("id_renew")
    office.clock.moves(minutes=1)
    younger = office.takes_a_number("id_renew")
    office.clock.moves(minutes=1)
    seq = calls_without_asking_the_rule(office, younger, counter=2)
    report = fair(office)

    (row,) = report.unexplained
    assert (row.passed, row.taken, row.counter, row.officer) == (older.number, younger.number, 2, "officer2")
    assert (row.seq, f"{row.at:%Y-%m-%d %H:%M}") == (seq, "2026-11-23 09:02")
    assert report.legs == 1  # The one who was passed waits still.
    office.cancels(older)
    assert fair(office).without_reason_never.k == 1
    assert fair(office).without_reason_never.n == 2


def calls_without_asking_the_rule(office: OfficeAtWork, ticket: Ticket, counter: int) -> int:
    """Write a call of the wrong one as its turn, as a program with a mistake would; return its event."""
    with office.db.work(office.id, Actor(office.officer(counter).key)) as work:
        leg = work.legs.of_ticket(int(ticket.id))
        assert leg is not None
        return work.record(
            TicketCalled(ticket=leg.ticket, leg=leg.id, number=leg.number, service=leg.service, queue=leg.queue,
                         counter=counter, call_id=work.next_seq, times=1, language="th"),
            counter=counter,
        )  # fmt: skip


def test_a_changed_rule_is_told_with_its_version_and_its_date(found: Founder) -> None:
    office = found(document("strict"))
    office.clock.stands_at("09:00")
    office.takes_a_number("id_renew")
    office.clock.moves(hours=1)
    file = document("strict")
    change_configuration(office.db, office.id, file | {"rule": file["rule"] | {"cap": 7}})
    office.clock.moves(hours=1)
    office.takes_a_number("id_renew")
    report = fair(office)

    assert [(each.rule.version, each.rule.cap) for each in report.rules] == [(1, 3), (2, 7)]
    assert [f"{each.in_force_from.astimezone(office.config.zone):%H:%M}" for each in report.rules
            if each.in_force_from][1:] == ["10:00"]  # fmt: skip


def test_a_wait_over_the_promise_of_the_offices_file_is_counted(found: Founder) -> None:
    file = document("strict")
    office = found(file | {"promise": file["promise"] | {"wait_minutes": 20}})
    office.clock.stands_at("09:00")
    office.opens(1)
    office.takes_a_number("id_renew")
    office.takes_a_number("id_renew")
    office.clock.moves(minutes=15)
    office.serves(1, minutes=10)  # It waited 15 minutes.
    office.serves(1, minutes=10)  # It waited 25.
    promise = fair(office).promise

    assert (promise.wait_minutes, promise.over.k, promise.over.n) == (20.0, 1, 2)


def test_an_empty_period_has_no_figures(office: OfficeAtWork) -> None:
    report, staffing = fair(office, date(2020, 1, 1), date(2020, 1, 31)), staff(office, date(2020, 1, 1))

    assert (report.legs, report.taken, report.per_100, report.rules, report.unexplained) == (0, 0, None, [], [])
    assert (staffing.shifts, staffing.all.shifts, staffing.all.work.open_s) == ([], 0, 0)


def test_a_counter_left_open_overnight_is_open_on_both_days(office: OfficeAtWork) -> None:
    office.clock.stands_at("22:00")
    office.opens(1)
    office.clock.moves(hours=1)
    assert staff(office).all.work.open_s == 3600  # Until now, not until midnight.
    office.pauses(1)
    office.clock.moves(hours=3)  # The demo office is open at all hours: 02:00 on Tuesday.
    office.closes(1)

    assert (staff(office).all.work.open_s, staff(office).all.work.break_s) == (2 * 3600, 3600)
    tuesday = staff(office, TUESDAY)
    assert (tuesday.all.work.open_s, tuesday.all.work.break_s) == (2 * 3600, 2 * 3600)
    assert tuesday.shifts[0].opened_at.date() == MONDAY


def test_what_nobody_closed_ends_with_its_officers_last_step(strict: OfficeAtWork) -> None:
    strict.clock.stands_at("09:00")
    strict.opens(1)
    strict.takes_a_number("id_renew")
    strict.serves(1, minutes=30)
    strict.clock.stands_at("2026-11-24T09:00:00+07:00")
    strict.takes_a_number("id_renew")
    (shift,) = staff(strict).shifts

    assert (shift.closed_by, f"{shift.ended_at:%H:%M}", shift.work.open_s) == ("day_end", "09:30", 1800.0)
    assert staff(strict, TUESDAY).shifts == []


# Stories of many days, reckoned otherwise.


USUAL = ("issue",) * 6 + ("call",) * 6 + ("start",) * 5 + ("finish",) * 5
RARE = ("close", "pause", "walk up", "miss", "hold", "resume", "return", "add", "send", "move", "cancel",
        "out of order")  # fmt: skip


def a_story(office: OfficeAtWork, dice: random.Random, *, steps: int, kinds: Sequence[str]) -> None:
    """Let everything happen that can; what is refused is a part of the story."""
    tickets: dict[int, Ticket] = {}
    for _ in range(steps):
        office.clock.moves(seconds=dice.choice([0.5, 5, 30, 90]))
        kind = dice.choice(kinds)
        if kind == "night":
            office.clock.moves(hours=dice.choice([2, 9]))
            continue
        with suppress(QueueError):
            made = something_happens(office, kind, dice, tickets)
            if made is not None:
                tickets[int(made.id)] = made


def something_happens(
    office: OfficeAtWork, kind: str, dice: random.Random, tickets: dict[int, Ticket]
) -> Ticket | None:
    """Do it at one of three counters; return the ticket that came of it, if one did."""
    counter, service = dice.choice([1, 2, 3]), dice.choice(office.config.services).id
    match kind:
        case "issue":
            return office.takes_a_number(service, priority=dice.random() < 0.3)
        case "call":
            office.opens(counter)
            return office.calls(counter)
        case "walk up":
            return office.serves_a_walk_up(counter)
        case "close" | "pause":
            (office.closes if kind == "close" else office.pauses)(counter)
            return None
    return on_a_ticket(office, kind, counter, service, dice, tickets)


def on_a_ticket(office: OfficeAtWork, kind: str, counter: int, service: str, dice: random.Random,
                tickets: dict[int, Ticket]) -> Ticket | None:  # fmt: skip
    """Do it with the ticket in hand, if the counter has one, else with one of the last."""
    with office.db.read(office.id) as look:
        in_hand = look.legs.in_hand_at(counter)
    if not tickets or (in_hand is None and kind in {"start", "finish", "miss", "hold", "add", "send"}):
        return None
    some = dice.choice(list(tickets.values())[-8:]) if in_hand is None else tickets[in_hand.ticket]
    officer = office.officer(counter)
    does: dict[str, Callable[[], Ticket]] = {
        "start": lambda: office.starts(some, counter), "finish": lambda: office.finishes(some, counter),
        "miss": lambda: office.misses(some, counter), "hold": lambda: office.holds(some, counter),
        "resume": lambda: office.resumes(some, counter), "return": lambda: office.returns(some),
        "add": lambda: office.adds_a_service(some, service, counter),
        "send": lambda: office.transfers(some, officer, service=service),
        "move": lambda: office.transfers(some, service=service), "cancel": lambda: office.cancels(some, reason="left"),
        "out of order": lambda: office.calls_out_of_order(some, counter=counter),
        "undo": lambda: office.undoes(some, officer),
    }  # fmt: skip
    return does[kind]()


@pytest.mark.parametrize("seed", range(4))
def test_the_days_asked_give_what_the_whole_history_gives(office: OfficeAtWork, seed: int) -> None:
    a_story(
        office, random.Random(seed), steps=500, kinds=[*USUAL * 2, *RARE * 2, "undo", "undo", "undo", *["night"] * 4]
    )
    ledger, floor = Ledger(), Floor()
    for happened in everything(office):
        ledger.take(happened)
        floor.take(happened)
    now = office.clock()
    last = now.astimezone(office.config.zone).date()

    assert last > TUESDAY
    days = [MONDAY + timedelta(days=n) for n in range((last - MONDAY).days + 1)]
    for asked in [(day, day) for day in days] + [(TUESDAY, last), (MONDAY, TUESDAY)]:
        heard, seen = Ledger(), Floor()
        for listener in (heard, seen):
            with office.engine.connect() as connection:
                known = office.db.configurations.of(office.id)
                assert tell_days(connection, office.id, office.config.zone, asked, known, listener) == 0
        begin, end = bounds(office.config.zone, asked)
        assert fairness(heard, *asked, office.config.zone) == fairness(ledger, *asked, office.config.zone)
        assert seen.shifts(begin, min(end, now)) == floor.shifts(begin, min(end, now))
    assert ledger.record.faults == []
    assert fair(office, MONDAY, last).cap.exceeded == 0
    assert fair(office, MONDAY, last).unexplained == []


def test_what_is_taken_back_after_midnight_counts_for_the_day_before(office: OfficeAtWork) -> None:
    office.clock.stands_at("23:30")
    office.opens(1)
    ticket = office.takes_a_number()
    office.clock.stands_at("23:59:40")
    office.cancels(ticket, reason="left")
    office.clock.moves(seconds=30)
    office.takes_a_number()
    office.undoes(ticket, office.person("reception"))
    office.clock.moves(minutes=5)
    office.serves(1)
    regular = fair(office).classes[0]

    assert (regular.wait.n, [each.waited.n for each in regular.not_served]) == (1, [0] * 5)


def test_the_days_before_are_not_read(office: OfficeAtWork) -> None:
    class Counting:
        def __init__(self) -> None:
            self.record = Record()
            self.heard = 0

        def take(self, happened: Happened) -> None:
            self.record.take(happened)
            self.heard += 1

    for _ in range(5):
        office.opens(1)
        for _ in range(3):
            office.takes_a_number()
            office.serves(1)
        office.closes(1)
        office.clock.moves(days=1)
    listener = Counting()
    with office.engine.connect() as connection:
        asked = (WEDNESDAY, WEDNESDAY)
        known = office.db.configurations.of(office.id)
        tell_days(connection, office.id, office.config.zone, asked, known, listener)

    # A counter opened and closed, and three visits of issue, call, start, finish.
    assert listener.heard == 2 + 3 * 4


def everything(office: OfficeAtWork) -> list[Happened]:
    with office.engine.connect() as connection:
        known = office.db.configurations.of(office.id)
        return [
            as_happened(event, known(connection, event.rule_version)) for event in all_events(connection, office.id)
        ]


# A second reckoning, from the raw events, that shares no code with the first.


@dataclass
class Reckoning:
    """Who waits where since when, and what came of it."""

    queues: dict[int, tuple[str, ...]]
    line: dict[int, datetime] = field(default_factory=dict)
    homes: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    places: dict[int, datetime] = field(default_factory=dict)
    joined: dict[int, datetime] = field(default_factory=dict)
    classes: dict[int, str] = field(default_factory=dict)
    ranges: dict[int, tuple[int, int]] = field(default_factory=dict)
    calls: dict[int, datetime] = field(default_factory=dict)
    waits: dict[int, float] = field(default_factory=dict)
    overtaken: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    taken: int = 0

    def take(self, kind: str, said: dict[str, Any], at: datetime) -> None:
        leg = said.get("leg", 0)
        onward = said.get("next_leg", 0)
        match kind:
            case "ticket_issued":
                if said["low_min"] is not None:
                    self.ranges[leg] = (said["low_min"], said["high_min"])
                self.classes[leg] = said["ticket_class"]
                booked = said.get("place_at")
                self.joins(leg, datetime.fromisoformat(booked) if booked else at, said["queue"], None, at)
            case "ticket_called":
                del self.line[leg]
                self.passes_others(said["counter"], leg, "unexplained" if said["how"] == "turn" else said["how"])
                self.calls[leg] = at
            case "ticket_recalled":
                self.calls[leg] = at
            case "walk_up_started":
                self.places[leg], self.classes[leg] = at, said["ticket_class"]
                self.passes_others(said["counter"], leg, "walk_up")
            case "service_started":
                self.waits[leg] = (self.calls[leg] - self.joined[leg]).total_seconds()
            case "ticket_returned":
                self.line[leg] = self.places[leg] = datetime.fromisoformat(said["place_at"])
            case "ticket_transferred":
                self.line.pop(leg, None)
                self.classes[onward] = self.classes[leg]
                self.joins(onward, self.places[leg], said["queue"], said["bound"], at)
            case "service_added":
                self.classes[onward], self.places[onward] = self.classes[leg], self.places[leg]
            case "ticket_cancelled" | "ticket_closed":
                self.line.pop(leg, None)

    def joins(self, leg: int, place: datetime, queue: str, bound: int | None, at: datetime) -> None:
        self.line[leg] = self.places[leg] = place
        self.joined[leg], self.homes[leg] = at, (queue, bound)

    def passes_others(self, counter: int, taken: int, why: str) -> None:
        self.taken += 1
        for leg, place in self.line.items():
            queue, bound = self.homes[leg]
            could = queue in self.queues[counter] if bound is None else bound == counter
            if could and (place, leg) < (self.places[taken], taken):
                self.overtaken[leg][why] += 1


def test_the_figures_are_those_of_a_second_reckoning_from_the_raw_events(office: OfficeAtWork) -> None:
    a_story(office, random.Random(11), steps=600, kinds=[*USUAL * 3, *RARE, *["out of order"] * 4])
    second = Reckoning({each.number: each.queues for each in office.config.counters})
    for event in office.events():
        second.take(event.kind, json.loads(event.payload), event.occurred_at)
    report = fair(office)

    ended = set(second.joined) - set(second.line)
    whys = sum((second.overtaken[leg] for leg in ended), Counter[str]())
    assert report.legs == len(ended) > 40
    assert report.waiting == len(second.line)
    assert report.taken == second.taken
    assert {row.why: row.overtakings for row in report.explained if row.overtakings} == dict(whys)
    assert len(whys) >= 3
    assert report.at_all_never.k == sum(not second.overtaken[leg] for leg in ended)
    assert report.per_100 == round(100 * whys.total() / second.taken, 1)
    for row in report.classes:
        waits = [second.waits[leg] for leg in ended & set(second.waits) if second.classes[leg] == row.ticket_class]
        assert row.wait.n == len(waits)
        assert row.wait.max_s == (max(waits) if waits else None)
        assert row.wait.median_s == (round(median(waits), 1) if waits else None)
    quoted = [(second.waits[leg] / 60, *second.ranges[leg]) for leg in ended & set(second.ranges) & set(second.waits)]
    assert report.quoted.inside.n == len(quoted) > 30
    assert report.quoted.inside.k == sum(low <= wait <= high for wait, low, high in quoted)
