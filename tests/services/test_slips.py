"""The life of a slip: late, dropped, sent to another printer, asked for again, seen by a person."""

from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select, update

from server.db.people import People
from server.db.rows import DeviceRow, PrintJobRow
from server.domain.errors import Forbidden, NoPrinterHere, SlipNotAsked, SlipWaiting, TicketFinishedAlready
from server.loop import Loop
from server.services import paper, slips
from server.services.paper_shapes import AskAgainRequest
from server.services.printers import PrinterReport, forget_gone, note, note_silent_agents
from server.services.shapes import Command, Ticket
from tests.services.office import Founder, OfficeAtWork, document

AGAIN = AskAgainRequest()
FINE = PrinterReport("ok", "ok", "closed", "network:192.0.2.10:9100", 384)
OUT = PrinterReport("paper_out", "out", "closed", "network:192.0.2.10:9100", 384)


def jobs(office: OfficeAtWork) -> list[tuple[int, str, str | None, bool]]:
    """Printer, state, reason and whether it is a copy, of each job in order."""
    columns = (PrintJobRow.printer, PrintJobRow.state, PrintJobRow.reason, PrintJobRow.is_copy)
    with office.engine.connect() as connection:
        found = connection.execute(select(*columns).order_by(PrintJobRow.id))
        return [(row.printer, row.state, row.reason, row.is_copy) for row in found]


def ends(office: OfficeAtWork, ticket: Ticket, state: str, reason: str | None = None) -> None:
    """The ticket's latest slip ends so."""
    with office.db.work(office.id) as work:
        job = work.print_jobs.last_of(int(ticket.id))
        assert job
        slips.end(work, job, state, reason)


def an_agent(office: OfficeAtWork) -> int:
    """The device id of a newly paired agent."""
    with office.db.writing() as connection:
        return People(connection).add_device(office_id=office.id, kind="agent", counter=None, now=office.clock.now)


def revoke(office: OfficeAtWork, device: int) -> None:
    with office.db.writing() as connection:
        connection.execute(update(DeviceRow).where(DeviceRow.id == device).values(revoked_at=office.clock.now))


def test_a_slip_whose_row_and_events_differ_is_found_by_the_recomputation(office: OfficeAtWork) -> None:
    ticket = office.takes_a_number(prints=True)
    office.takes_a_number(prints=True)
    ends(office, ticket, "printed")
    assert office.verdict().differences == []

    with office.db.writing() as connection:
        connection.execute(update(PrintJobRow).values(state="sent"))

    assert sorted(office.verdict().differences) == [
        "print_jobs.state of 1: it is sent, its events say printed",
        "print_jobs.state of 2: it is sent, its events say queued",
    ]


@pytest.fixture
def with_printer(office: OfficeAtWork) -> OfficeAtWork:
    """An office whose own printer was heard of."""
    note(office.db, office.id, 0, FINE)
    return office


def test_a_slip_that_waited_too_long_is_dropped_and_reception_is_asked(with_printer: OfficeAtWork) -> None:
    office = with_printer
    old = office.takes_a_number(prints=True)
    office.clock.moves(minutes=29)
    fresh = office.takes_a_number(prints=True)
    office.clock.moves(minutes=1, seconds=1)

    slips.drop_old(office.db, office.id)
    slips.drop_old(office.db, office.id)

    assert [job[1:3] for job in jobs(office)] == [("dropped", "too_old"), ("queued", None)]
    assert len(office.events("slip_failed")) == 1
    seen = paper.paper_state(office.db, office.person("reception"))
    assert [(each.number, each.state, each.reason) for each in seen.asked] == [(old.number, "dropped", "too_old")]
    assert (seen.waiting, fresh.print.state) == (1, "queued")


def test_slips_of_ended_visits_never_hide_one_whose_visitor_still_waits(with_printer: OfficeAtWork) -> None:
    office = with_printer
    waits = office.takes_a_number(prints=True)
    ends(office, waits, "unknown", "not_confirmed")
    for _ in range(paper.MOST_ASKED + 1):
        gone = office.takes_a_number(prints=True)
        ends(office, gone, "unknown", "not_confirmed")
        office.cancels(gone)

    asked = paper.paper_state(office.db, office.person("reception")).asked

    assert [each.number for each in asked] == [waits.number]


def test_how_long_a_slip_may_wait_is_the_offices_own_setting(found: Founder) -> None:
    office = found(document() | {"slips": {"drop_after_minutes": 5}})
    office.takes_a_number(prints=True)
    office.clock.moves(minutes=5, seconds=1)

    slips.drop_old(office.db, office.id)

    assert [job[1] for job in jobs(office)] == ["dropped"]


def test_a_slip_that_never_left_is_printed_again_without_the_mark_of_a_copy(with_printer: OfficeAtWork) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)
    ends(office, ticket, "dropped", "too_old")

    again = slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN).value

    assert again.print.state == "queued"
    assert [(job[1], job[3]) for job in jobs(office)] == [("dropped", False), ("queued", False)]


@pytest.mark.parametrize(("state", "reason"), [("unknown", "not_confirmed"), ("printed", None), ("sent", None)])
def test_a_slip_that_may_be_on_paper_is_printed_again_as_a_copy(
    with_printer: OfficeAtWork, state: str, reason: str | None
) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)
    ends(office, ticket, state, reason)

    slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN)
    ends(office, ticket, "dropped", "too_old")
    slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN)  # Once a copy, always one.

    assert [job[3] for job in jobs(office)] == [False, True, True]
    assert len(office.events("slip_asked_again")) == 2
    assert paper.paper_state(office.db, office.person("reception")).asked == []


def test_a_slip_that_is_on_its_way_is_not_printed_again(with_printer: OfficeAtWork) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)

    with office.refuses(SlipWaiting, number="A001"):
        slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN)
    with office.db.work(office.id) as work:
        assert work.print_jobs.take(1)
    with office.refuses(SlipWaiting, number="A001"):
        slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN)


def test_a_double_tap_asks_for_one_slip(with_printer: OfficeAtWork) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)
    ends(office, ticket, "unknown", "not_confirmed")
    tap = AskAgainRequest(request_id="one tap")

    first = slips.ask_again(office.db, office.person("reception"), int(ticket.id), tap)
    second = slips.ask_again(office.db, office.person("reception"), int(ticket.id), tap)

    assert (first.repeated, second.repeated) == (False, True)
    assert len(jobs(office)) == 2


def test_who_is_gone_gets_no_slip(with_printer: OfficeAtWork) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)
    ends(office, ticket, "unknown", "not_confirmed")
    office.opens(1)
    office.serves(1)

    with office.refuses(TicketFinishedAlready):
        slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN)
    assert paper.paper_state(office.db, office.person("reception")).asked == []


def test_a_person_may_say_that_the_slip_came_out(with_printer: OfficeAtWork) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)
    reception = office.person("reception")
    with office.refuses(SlipNotAsked):
        slips.it_came(office.db, reception, int(ticket.id), Command())
    ends(office, ticket, "unknown", "server_stopped")

    slips.it_came(office.db, reception, int(ticket.id), Command())

    assert [job[1:3] for job in jobs(office)] == [("printed", None)]
    assert office.events("slip_printed")[0].actor == reception.key
    with office.refuses(SlipNotAsked):
        slips.it_came(office.db, reception, int(ticket.id), Command())


def test_only_reception_prints_again(with_printer: OfficeAtWork) -> None:
    office = with_printer
    ticket = office.takes_a_number(prints=True)
    for somebody in (office.kiosk, office.display, office.officer(1), office.person("manager")):
        with office.refuses(Forbidden):
            slips.ask_again(office.db, somebody, int(ticket.id), AGAIN)
        with office.refuses(Forbidden):
            slips.it_came(office.db, somebody, int(ticket.id), Command())


def test_without_a_printer_nothing_can_be_printed_again(office: OfficeAtWork) -> None:
    ticket = office.takes_a_number(prints=False)

    with office.refuses(NoPrinterHere):
        slips.ask_again(office.db, office.person("reception"), int(ticket.id), AGAIN)


def test_what_waits_for_a_revoked_agent_goes_to_another_printer(office: OfficeAtWork) -> None:
    gone, other = an_agent(office), an_agent(office)
    for agent in (gone, other):
        note(office.db, office.id, agent, FINE)
    with office.db.work(office.id) as work:
        for _ in range(2):
            work.print_jobs.add(None, queued_at=work.now, printer=gone)
    first, second, third = (office.takes_a_number(prints=True) for _ in range(3))
    with office.db.work(office.id) as work:
        work.print_jobs.send_to([3, 4, 5], gone)
        assert work.print_jobs.take(3)
    revoke(office, gone)

    for _ in range(2):
        slips.reroute(office.db, office.id, has_own_printer=False)
        forget_gone(office.db, office.id, has_own=False)

    assert jobs(office) == [
        (gone, "dropped", "printer_gone", False), (gone, "dropped", "printer_gone", False),
        (gone, "unknown", "device_revoked", False), (other, "queued", None, False), (other, "queued", None, False),
    ]  # fmt: skip
    assert [each.printer for each in paper.paper_state(office.db, office.person("manager")).printers] == [other]
    assert [each.print.state for each in map(office.ticket, (first, second, third))] == ["unknown", "queued", "queued"]


def test_with_no_printer_left_what_waits_is_dropped(office: OfficeAtWork) -> None:
    office.takes_a_number(prints=True)

    slips.reroute(office.db, office.id, has_own_printer=True)
    assert [job[1] for job in jobs(office)] == ["queued"]
    slips.reroute(office.db, office.id, has_own_printer=False)

    assert [job[1:3] for job in jobs(office)] == [("dropped", "printer_gone")]


def test_a_printer_that_another_process_speaks_to_is_not_taken_for_gone(with_printer: OfficeAtWork) -> None:
    office, heard = with_printer, with_printer.db.wall()
    office.takes_a_number(prints=True)

    for passed, printers, state in ((60, 1, "queued"), (180, 0, "dropped")):
        now = heard + timedelta(seconds=passed)
        office.db.wall = lambda now=now: now  # type: ignore[misc]  # because the default keeps this turn's time.
        slips.reroute(office.db, office.id, has_own_printer=False)
        forget_gone(office.db, office.id, has_own=False)
        seen = paper.paper_state(office.db, office.person("reception"))
        assert (len(seen.printers), jobs(office)[0][1]) == (printers, state)


def test_a_slip_that_was_given_to_another_printer_while_it_was_drawn_is_not_taken(office: OfficeAtWork) -> None:
    gone = an_agent(office)
    office.takes_a_number(prints=True)
    with office.db.work(office.id) as work:
        work.print_jobs.send_to([1], gone)

    def draw(_slip: slips.SlipToDraw) -> Image.Image:
        revoke(office, gone)
        slips.reroute(office.db, office.id, has_own_printer=True)
        return Image.new("1", (384, 40), 255)

    desk = slips.SlipDesk(office.db, office.id, draw, Loop())
    ready = desk.next(gone, 384)

    assert ready
    assert not desk.take(ready.job)
    assert jobs(office) == [(0, "queued", None, False)]


def test_a_slip_that_somebody_took_while_it_could_not_be_drawn_here_is_not_settled_here(office: OfficeAtWork) -> None:
    office.takes_a_number(prints=True)

    def draw(_slip: slips.SlipToDraw) -> Image.Image:
        with office.db.work(office.id) as work:
            assert work.print_jobs.take(1)
        raise RuntimeError("no memory just now")

    assert slips.SlipDesk(office.db, office.id, draw, Loop()).next(0, 384) is None

    assert jobs(office) == [(0, "sending", None, False)]


def test_trouble_is_told_once_and_near_end_is_no_trouble(office: OfficeAtWork) -> None:
    for report in (FINE, OUT, OUT, PrinterReport("paper_near_end", "near_end", "closed", "", 384), FINE):
        note(office.db, office.id, 0, report)

    told = [event.payload.split('"state":"')[1].split('"')[0] for event in office.events("device_changed")]
    assert told == ["paper_out", "paper_near_end", "ok"]
    ticket = office.takes_a_number(prints=True)
    note(office.db, office.id, 0, PrinterReport("paper_near_end", "near_end", "closed", "", 384))
    assert office.ticket(ticket).print.detail is None
    note(office.db, office.id, 0, OUT)
    assert office.ticket(ticket).print.detail == "paper_out"


@pytest.mark.parametrize("state", ["sending", "dropped"])
def test_a_slip_that_did_not_wait_for_the_printers_answer_is_not_made_to_wait_again(
    with_printer: OfficeAtWork, state: str
) -> None:
    office = with_printer
    office.takes_a_number(prints=True)
    with office.db.work(office.id) as work:
        late = work.print_jobs.next(0)
        assert late
        work.print_jobs.move(late.id, state=state)

    note(office.db, office.id, 0, OUT, late)

    assert jobs(office) == [(0, state, None, False)]
    assert office.events("slip_failed") == []


def test_an_agent_that_is_silent_is_trouble_within_ten_seconds(office: OfficeAtWork) -> None:
    agent = an_agent(office)
    heard = office.db.wall()
    office.db.wall = lambda: heard
    note(office.db, office.id, agent, FINE)

    office.db.wall = lambda: heard + timedelta(seconds=7)
    note_silent_agents(office.db, office.id)
    assert office.events("device_changed") == []
    office.db.wall = lambda: heard + timedelta(seconds=9)
    note_silent_agents(office.db, office.id)
    note_silent_agents(office.db, office.id)
    assert [event.payload.count("agent_silent") for event in office.events("device_changed")] == [1]
    note(office.db, office.id, agent, FINE)

    seen = paper.paper_state(office.db, office.person("reception"))
    assert [(each.state, each.prints) for each in seen.printers] == [("ok", True)]


def test_an_agent_that_prints_a_slip_is_given_its_time(office: OfficeAtWork) -> None:
    agent = an_agent(office)
    heard = office.db.wall()
    note(office.db, office.id, agent, FINE)
    office.takes_a_number(prints=True)
    with office.db.work(office.id) as work:
        work.print_jobs.send_to([1], agent)
        assert work.print_jobs.take(1)

    for passed, told, state in ((50, 0, "sending"), (61, 1, "unknown"), (70, 1, "unknown")):
        now = heard + timedelta(seconds=passed)
        office.db.wall = lambda now=now: now  # type: ignore[misc]  # because the default keeps this turn's time.
        note_silent_agents(office.db, office.id)
        slips.give_up_on_silent_agents(office.db, office.id)
        assert (len(office.events("device_changed")), jobs(office)[0][1]) == (told, state)
    assert jobs(office)[0][2] == "agent_silent"
