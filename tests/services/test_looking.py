"""What each screen sees when it looks."""

from dataclasses import replace

import pytest

from server.db.people import People
from server.db.printers import OWN
from server.domain.errors import Forbidden, UnknownCounter, UnknownTicket
from server.services import issuing, looking, looking_at_counter
from server.services.printers import PrinterReport, note
from server.services.shapes import IssueRequest
from tests.services.office import Founder, OfficeAtWork, document

FINE = PrinterReport("ok", "ok", "closed", "simulator", 576)
OUT = PrinterReport("paper_out", "out", "closed", "network:192.0.2.10:9100", 384)


def test_the_kiosk_sees_every_service_open_in_the_offices_order(office: OfficeAtWork) -> None:
    seen = looking.services(office.db, office.kiosk)

    assert [each.id for each in seen.services] == [each.id for each in office.config.services]
    assert all(each.open and each.reason is None for each in seen.services)
    assert [each.id for each in seen.queues] == ["A", "F", "L", "M", "R"]


def test_a_kiosk_hears_of_the_trouble_of_its_own_printer_only(office: OfficeAtWork) -> None:
    with office.db.writing() as connection:
        people = People(connection)
        agent = people.add_device(office_id=office.id, kind="agent", counter=None, now=office.clock.now)
    beside_it = replace(office.kiosk, prints_at=agent)
    note(office.db, office.id, OWN, FINE)
    note(office.db, office.id, agent, OUT)

    its_own = looking.services(office.db, beside_it, prints=True).printer
    the_servers = looking.services(office.db, office.kiosk, prints=True).printer
    nobodys = looking.services(office.db, office.kiosk, prints=False).printer

    assert (its_own.device, its_own.trouble) == (f"printer:{agent}", "paper_out")
    assert (the_servers.device, the_servers.trouble) == ("printer", None)
    assert (nobodys.device, nobodys.trouble) == (None, None)


def test_a_ticket_tells_of_the_printer_that_its_own_slip_waits_for(office: OfficeAtWork) -> None:
    with office.db.writing() as connection:
        agent = People(connection).add_device(office_id=office.id, kind="agent", counter=None, now=office.clock.now)
    wanted = IssueRequest(service="id_renew")
    here = issuing.issue_ticket(office.db, office.kiosk, wanted, prints=True).value
    there = issuing.issue_ticket(office.db, replace(office.kiosk, prints_at=agent), wanted, prints=True).value

    note(office.db, office.id, OWN, FINE)
    note(office.db, office.id, agent, OUT)

    assert looking.ticket(office.db, office.kiosk, int(here.id)).print.detail is None
    assert looking.ticket(office.db, office.kiosk, int(there.id)).print.detail == "paper_out"


@pytest.mark.parametrize("state", ["ok", "paper_near_end"])
def test_a_printer_that_prints_is_no_trouble_even_with_little_paper(office: OfficeAtWork, state: str) -> None:
    note(office.db, office.id, OWN, replace(FINE, state=state))

    assert looking.services(office.db, office.kiosk, prints=True).printer.trouble is None


@pytest.mark.parametrize(
    ("clock", "reason"), [("07:00", "office_closed"), ("12:00", "office_closed"), ("16:20", "service_closed")]
)
def test_the_kiosk_sees_why_no_number_is_given(strict: OfficeAtWork, clock: str, reason: str) -> None:
    strict.clock.stands_at(clock)

    seen = looking.services(strict.db, strict.kiosk)

    assert {(each.open, each.reason) for each in seen.services} == {(False, reason)}


def test_the_kiosk_sees_which_service_has_given_out_all_its_numbers_of_the_day(strict: OfficeAtWork) -> None:
    strict.takes_a_number("house_no")
    almost = {each.id: each.reason for each in looking.services(strict.db, strict.kiosk).services}
    strict.takes_a_number("house_no")
    full = {each.id: each.reason for each in looking.services(strict.db, strict.kiosk).services}
    strict.clock.moves(days=1)
    tomorrow = {each.id: each.reason for each in looking.services(strict.db, strict.kiosk).services}

    assert set(almost.values()) == set(tomorrow.values()) == {None}
    assert {service for service, reason in full.items() if reason == "quota_full"} == {"house_no"}


def test_the_display_sees_the_latest_calls_newest_first_and_one_a_ticket(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    for _ in range(3):
        office.takes_a_number()
    first = office.calls_somebody(1)
    office.clock.moves(seconds=10)
    office.calls_somebody(2)
    office.clock.moves(seconds=30)
    office.recalls(first)
    office.clock.moves(seconds=5)

    seen = looking.display_state(office.db, office.display)

    assert [(each.number, each.counter, each.times, each.age_s) for each in seen.calls] == [
        ("A001", 1, 2, 5.0),
        ("A002", 2, 1, 35.0),
    ]
    assert seen.calls[0].call_id > seen.calls[1].call_id
    assert [(each.number, each.state) for each in seen.counters][:3] == [(1, "open"), (2, "open"), (3, "closed")]
    waiting = {each.id: (each.waiting, each.open_counters) for each in seen.queues}
    assert waiting["A"][0] == 1


def test_the_display_keeps_eight_calls(office: OfficeAtWork) -> None:
    office.opens(1)
    for _ in range(10):
        office.takes_a_number()
        office.serves(1, minutes=1)
        office.clock.moves(seconds=20)

    seen = looking.display_state(office.db, office.display)

    assert [each.number for each in seen.calls] == [f"A{number:03}" for number in range(10, 2, -1)]


def test_the_display_keeps_six_missed_and_calls_them_no_more(office: OfficeAtWork) -> None:
    office.opens(1)
    for _ in range(10):
        office.takes_a_number()
        office.misses(office.calls_somebody(1))

    seen = looking.display_state(office.db, office.display)

    assert [each.number for each in seen.missed] == [f"A{number:03}" for number in range(10, 4, -1)]
    assert seen.calls == []


def test_in_a_rush_the_display_keeps_every_call_that_may_still_have_to_be_announced(office: OfficeAtWork) -> None:
    office.opens(1)
    for _ in range(12):
        office.takes_a_number()
        office.serves(1, minutes=0)
        office.clock.moves(seconds=1)

    rush = looking.display_state(office.db, office.display)
    office.clock.moves(minutes=2)
    later = looking.display_state(office.db, office.display)

    assert [each.number for each in rush.calls] == [f"A{number:03}" for number in range(12, 0, -1)]
    assert len(later.calls) == 8


def test_whoever_is_still_to_come_stands_on_the_display_however_many_were_called_since(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    office.takes_a_number()
    office.calls_somebody(1)
    for _ in range(9):
        office.takes_a_number()
        office.serves(2, minutes=1)
        office.clock.moves(seconds=20)

    calls = looking.display_state(office.db, office.display).calls

    assert (calls[-1].number, calls[-1].state, len(calls)) == ("A001", "called", 9)


@pytest.mark.parametrize("then", ["held", "undone", "cancelled", "missed", "sent on"])
def test_a_call_that_nobody_should_follow_any_more_leaves_the_display(office: OfficeAtWork, then: str) -> None:
    office.opens(1)
    office.opens(2)
    office.takes_a_number()
    called = office.calls_somebody(1)
    after = {
        "held": lambda: office.holds(office.starts(called)),
        "undone": lambda: office.undoes(called),
        "cancelled": lambda: office.cancels(called, office.officer(1), reason="left"),
        "missed": lambda: office.misses(called),
        "sent on": lambda: office.transfers(called, office.officer(1), counter=2),
    }
    before = [each.number for each in looking.display_state(office.db, office.display).calls]

    after[then]()

    assert before == [called.number]
    assert looking.display_state(office.db, office.display).calls == []


def test_who_walks_up_is_never_announced_and_a_resumed_visit_not_again(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    first = office.calls_somebody(1)
    call = looking.display_state(office.db, office.display).calls
    office.holds(office.starts(first))
    walked_up = office.serves_a_walk_up(1)

    assert looking.display_state(office.db, office.display).calls == []
    office.finishes(walked_up)
    office.resumes(first)

    assert [each.call_id for each in looking.display_state(office.db, office.display).calls] == [call[0].call_id]


def test_the_officer_sees_who_was_put_aside_missed_and_sent_here_and_since_when(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    for _ in range(3):
        office.takes_a_number()
    held = office.holds(office.starts(office.calls_somebody(1)))
    office.clock.moves(minutes=3)
    missed = office.calls_somebody(1)
    office.misses(missed)
    office.transfers(office.calls_somebody(2), by=office.officer(2), counter=1)

    seen = looking_at_counter.counter_state(office.db, office.officer(1), 1)

    assert [(each.number, (seen.at - each.since).total_seconds()) for each in seen.held] == [(held.number, 180)]
    assert [(each.number, (seen.at - each.since).total_seconds()) for each in seen.missed] == [(missed.number, 0)]
    assert [each.sent_here for each in seen.waiting] == [True]
    assert seen.undo
    assert (seen.undo.number, seen.undo.step) == (missed.number, "ticket_no_show")
    assert (seen.counter.may_call_out_of_order, seen.counter.auto_call_after_s) == (True, None)


def test_an_officer_on_a_break_is_told_how_many_others_serve_the_line(office: OfficeAtWork) -> None:
    def others_open() -> int:
        return looking_at_counter.counter_state(office.db, office.officer(1), 1).others_open

    office.opens(1)
    office.pauses(1)
    assert others_open() == 0

    office.opens(3)  # It serves another queue.
    assert others_open() == 0
    office.opens(2)
    assert others_open() == 1
    office.pauses(2)
    assert others_open() == 0


def test_a_queue_that_nobody_serves_promises_no_time(office: OfficeAtWork) -> None:
    office.takes_a_number()

    closed = {each.id: each.estimate for each in looking.display_state(office.db, office.display).queues}
    office.opens(1)
    opened = {each.id: each.estimate for each in looking.display_state(office.db, office.display).queues}

    served = set(office.config.counter(1).queues)
    assert set(closed.values()) == {None}
    assert {queue for queue, estimate in opened.items() if estimate} == served
    nobody_waits = sorted(served - {"A"})
    assert all((each := opened[queue]) and (each.low_min, each.high_min, each.now) == (0, 5, True)
               for queue in nobody_waits)  # fmt: skip


def test_yesterdays_calls_are_not_on_todays_display(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.misses(office.calls_somebody(1))
    office.clock.moves(days=1)

    seen = looking.display_state(office.db, office.display)

    assert (seen.calls, seen.missed) == ([], [])


def test_the_officer_sees_the_visit_in_hand_and_the_line_in_the_order_of_calling(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    in_hand = office.calls_somebody(1)
    office.takes_a_number()
    office.clock.moves(minutes=5)
    office.takes_a_number(priority=True)

    note(office.db, office.id, 0, PrinterReport("paper_out", "out", "closed", "test", 384))

    seen = looking_at_counter.counter_state(office.db, office.officer(1), 1)

    assert seen.ticket
    assert (seen.ticket.number, seen.no_show_offered) == (in_hand.number, True)
    assert seen.recall
    assert (seen.recall.left, seen.recall.again_at) == (3, None)
    assert [(each.number, each.ticket_class, each.waited_s) for each in seen.waiting] == [
        ("A003", "priority", 0.0),
        ("A002", "regular", 300.0),
    ]
    assert (seen.waiting_count, seen.served_today) == (2, 0)
    assert (seen.printer.state, seen.printer.detail) == ("attention", "paper_out")


def test_the_officer_sees_fifty_and_the_count_of_all(office: OfficeAtWork) -> None:
    for _ in range(53):
        office.takes_a_number()

    seen = looking_at_counter.counter_state(office.db, office.officer(1), 1)

    assert (len(seen.waiting), seen.waiting_count) == (50, 53)


def test_a_visit_in_service_can_be_neither_recalled_nor_missed(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.starts(office.calls_somebody(1))

    seen = looking_at_counter.counter_state(office.db, office.officer(1), 1)

    assert (seen.recall, seen.no_show_offered) == (None, False)


def test_served_today_counts_the_counters_own_and_todays(office: OfficeAtWork) -> None:
    office.opens(1)
    office.opens(2)
    for _ in range(3):
        office.takes_a_number()
    office.serves(1)
    office.serves(1)
    office.serves(2)

    today = [looking_at_counter.counter_state(office.db, office.officer(n), n).served_today for n in (1, 2, 3)]
    office.clock.moves(days=1)
    tomorrow = looking_at_counter.counter_state(office.db, office.officer(1), 1).served_today

    assert (today, tomorrow) == ([2, 1, 0], 0)


def test_a_counter_that_is_not_there_is_unknown(office: OfficeAtWork) -> None:
    with office.refuses(UnknownCounter):
        looking_at_counter.counter_state(office.db, office.officer(1), 7)
    with office.refuses(UnknownCounter):
        looking.rating_state(office.db, office.person("manager"), 10**30)


def test_a_kiosk_sees_its_own_tickets_only(office: OfficeAtWork) -> None:
    own = office.takes_a_number()
    wanted = IssueRequest(service=office.config.services[0].id)
    other = issuing.issue_ticket(office.db, office.person("reception"), wanted, prints=False).value

    assert looking.ticket(office.db, office.kiosk, int(own.id)) == own
    with office.refuses(UnknownTicket):
        looking.ticket(office.db, office.kiosk, int(other.id))
    assert looking.ticket(office.db, office.officer(1), int(other.id)).number == other.number
    for nobody in (99, 2**63, 10**30):
        with office.refuses(UnknownTicket):
            looking.ticket(office.db, office.officer(1), nobody)


def test_who_may_not_look_is_refused(office: OfficeAtWork) -> None:
    for looks in (
        lambda: looking.services(office.db, office.display),
        lambda: looking.display_state(office.db, office.kiosk),
        lambda: looking_at_counter.counter_state(office.db, office.display, 1),
        lambda: looking.rating_state(office.db, office.officer(1), 1),
        lambda: looking.ticket(office.db, office.tablet(1), 1),
    ):
        with office.refuses(Forbidden):
            looks()


def test_looking_changes_nothing(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    before = office.picture()

    looking.display_state(office.db, office.display)
    looking_at_counter.counter_state(office.db, office.officer(1), 1)
    looking.services(office.db, office.kiosk)

    assert office.picture() == before


def test_those_ahead_are_as_many_as_are_called_before(found: Founder) -> None:
    office = found(document("strict"))
    office.opens(3)
    for service, priority in (("id_renew", False), ("complaint", True), ("certified_copy", False), ("id_renew", True)):
        office.takes_a_number(service, priority=priority)
        office.clock.moves(minutes=4)
    mine = office.takes_a_number("complaint")

    def ahead() -> int:
        return looking.ticket(office.db, office.officer(1), int(mine.id)).ahead

    seen = [mine.ahead]
    while (called := office.calls_somebody(3)).id != mine.id:
        office.misses(called, 3)
        seen.append(ahead())

    assert seen == [4, 3, 2, 1, 0]
    assert ahead() == 0
