"""Print agents: whatever is lost, killed, late or said twice, each slip's first byte goes out at most once."""

import base64
import io
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from server.db.people import Identity, People
from server.domain.errors import AgentElsewhere, Forbidden, InvalidValue, Unauthorized, UnknownSlip
from server.loop import Loop
from server.services import slips
from server.services.agents import LONGEST_WAIT_SECONDS, Agents
from server.services.paper_shapes import AgentReport, AgentSlip, AskAgainRequest, PrinterSaid, SlipEnd
from server.services.printers import SILENT_AFTER, PrinterReport, note, note_silent_agents
from server.services.shapes import Ticket
from server.services.slips import SlipDesk
from server.services.watching_printers import PrinterWatch
from tests.services.office import Founder, OfficeAtWork
from tests.services.test_printing import come_true, drawn, number_on

JOURNAL = "journal-of-the-first"


def a_report(**facts: Any) -> AgentReport:
    """An agent in good order that waits for nothing."""
    told: dict[str, Any] = {"journal": JOURNAL, "printer": PrinterSaid(state="ok", paper="ok", cover="closed"),
                            "width_dots": 384}  # fmt: skip
    return AgentReport(**told | facts)


class AgentOffice:
    """An office whose only printer stands beside an agent."""

    def __init__(self, office: OfficeAtWork) -> None:
        self.office = office
        with office.db.writing() as connection:
            people = People(connection)
            device = people.add_device(office_id=office.id, kind="agent", counter=None, now=office.clock.now)
            self.agent = people.device(device) or pytest.fail("the agent was not saved")
            kiosk = people.device(office.kiosk.device or 0)
            assert kiosk
        office.kiosk = kiosk  # It knows now that there is an agent.
        self.fault: str | None = None
        self.beats: list[Identity] = []
        loop = Loop(guard=office.db.refuse_inside_work)
        desk = SlipDesk(office.db, office.id, drawn, loop)
        self.agents = Agents(desk, lambda: self.fault, lambda agent, _version: self.beats.append(agent))
        office.db.told.append(self.agents.ring)
        self.wall = office.db.wall()
        office.db.wall = lambda: self.wall

    def takes_a_number(self) -> Ticket:
        return self.office.takes_a_number(prints=False)

    def asks(self, **facts: Any) -> AgentSlip | None:
        return self.agents.next_slip(self.agent, a_report(**facts))

    def gets(self, **facts: Any) -> AgentSlip:
        given = self.asks(**facts)
        assert given
        return given

    def says(self, job: int, state: str, reason: str | None = None) -> None:
        self.agents.end(self.agent, job, SlipEnd(journal=JOURNAL, state=state, reason=reason))

    def states(self) -> list[str]:
        with self.office.db.read(self.office.id) as work:
            return [job.state for n in range(1, 50) if (job := work.print_jobs.by_id(n))]

    def later(self, seconds: float) -> None:
        """So much of the machine's own time passes."""
        self.wall += timedelta(seconds=seconds)


@pytest.fixture
def at_work(office: OfficeAtWork) -> AgentOffice:
    return AgentOffice(office)


def picture_of(slip: AgentSlip) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(slip.png)))


def test_an_agent_gets_each_slip_once_in_order_and_says_how_it_ended(at_work: AgentOffice) -> None:
    tickets = [at_work.takes_a_number() for _ in range(2)]

    for ticket in tickets:
        slip = at_work.gets()
        assert (number_on(picture_of(slip)), slip.copy) == (ticket.number, False)
        assert picture_of(slip).mode == "1"
        at_work.says(slip.job, "printed")
        at_work.says(slip.job, "printed")

    assert at_work.asks() is None
    assert at_work.states() == ["printed", "printed"]
    assert [at_work.office.ticket(each).print.state for each in tickets] == ["printed", "printed"]
    assert len(at_work.office.events("slip_printed")) == 2


def test_an_answer_that_was_lost_is_given_again(at_work: AgentOffice) -> None:
    at_work.takes_a_number()

    lost, again = at_work.gets(), at_work.gets()

    assert lost.job == again.job
    assert at_work.states() == ["sending"]


def test_what_the_agent_has_begun_is_not_given_again_and_nothing_else_either(at_work: AgentOffice) -> None:
    for _ in range(2):
        at_work.takes_a_number()
    begun = at_work.gets()

    assert at_work.asks(in_hand=[begun.job]) is None
    at_work.says(begun.job, "unknown", "agent_stopped")

    assert at_work.states() == ["unknown", "queued"]
    assert at_work.gets().job != begun.job


def test_a_slip_that_the_printer_refused_waits_again(at_work: AgentOffice) -> None:
    at_work.takes_a_number()
    slip = at_work.gets()

    at_work.says(slip.job, "refused", "paper_out")

    assert at_work.states() == ["queued"]
    assert at_work.gets().job == slip.job


@pytest.mark.parametrize(("said_then", "state"), [("ok", "sending"), ("paper_out", "queued")])
def test_an_old_question_that_was_long_on_its_way_makes_no_second_slip(
    at_work: AgentOffice, said_then: str, state: str
) -> None:
    at_work.takes_a_number()
    slip = at_work.gets()
    # The agent prints it now; a question that it asked before, and gave up waiting for, arrives only here.
    at_work.asks(printer=PrinterSaid(state=said_then))
    assert at_work.states() == [state]

    at_work.says(slip.job, "printed")

    assert at_work.states() == ["printed"]
    assert at_work.asks() is None


def test_a_slip_that_an_old_question_made_look_waiting_and_age_dropped_is_printed_after_all(
    at_work: AgentOffice,
) -> None:
    ticket = at_work.takes_a_number()
    slip = at_work.gets()
    at_work.asks(printer=PrinterSaid(state="cover_open"))
    at_work.office.clock.moves(minutes=31)
    slips.drop_old(at_work.office.db, at_work.office.id)
    assert at_work.states() == ["dropped"]

    at_work.says(slip.job, "printed")

    assert at_work.states() == ["printed"]
    slips.ask_again(at_work.office.db, at_work.office.person("reception"), int(ticket.id), AskAgainRequest())
    assert at_work.gets().copy


def test_an_agent_that_is_revoked_while_it_waits_gets_nothing_more(at_work: AgentOffice) -> None:
    at_work.asks()
    at_work.takes_a_number()
    with at_work.office.db.work(at_work.office.id) as work:
        work.devices.revoke(at_work.agent.device or 0, work.now)
        work.printers.forget(at_work.agent.device or 0)

    with pytest.raises(Unauthorized):
        at_work.asks()

    assert at_work.states() == ["queued"]
    with at_work.office.db.read(at_work.office.id) as work:
        assert work.printers.all() == []


def test_an_agent_is_not_let_wait_so_long_that_it_is_taken_for_silent() -> None:
    assert timedelta(seconds=LONGEST_WAIT_SECONDS) < SILENT_AFTER


def test_trouble_of_the_agents_printer_is_told_and_no_slip_is_given_meanwhile(at_work: AgentOffice) -> None:
    ticket = at_work.takes_a_number()
    out = PrinterSaid(state="paper_out", paper="out", cover="closed")

    for _ in range(3):
        assert at_work.asks(printer=out) is None

    assert at_work.office.ticket(ticket).print.detail == "paper_out"
    assert [len(at_work.office.events(kind)) for kind in ("device_changed", "slip_failed")] == [1, 1]
    assert at_work.gets(printer=PrinterSaid(state="paper_near_end")).job == 1


def test_where_thai_cannot_be_trusted_the_agent_gets_nothing(at_work: AgentOffice) -> None:
    ticket = at_work.takes_a_number()
    at_work.fault = "thai_marks_collide"

    assert at_work.asks() is None
    assert at_work.office.ticket(ticket).print.detail == "thai_marks_collide"
    at_work.fault = None
    assert at_work.asks()


def test_a_waiting_agent_gets_a_slip_the_moment_it_is_queued(at_work: AgentOffice) -> None:
    got: list[AgentSlip | None] = []
    waiting = threading.Thread(target=lambda: got.append(at_work.asks(wait_s=15)))
    waiting.start()
    assert come_true(lambda: bool(at_work.beats))

    at_work.takes_a_number()
    waiting.join(5)

    assert [slip and slip.job for slip in got] == [1]


def test_a_lost_journal_leaves_what_was_begun_to_a_person(at_work: AgentOffice) -> None:
    at_work.takes_a_number()
    at_work.takes_a_number()
    at_work.gets()
    at_work.later(31)

    slip = at_work.gets(journal="journal-of-the-second")

    assert at_work.states() == ["unknown", "sending"]
    at_work.says(slip.job, "printed")
    at_work.says(1, "printed")  # The first one was alive after all, and knows.
    assert at_work.states() == ["printed", "printed"]


def test_two_agents_with_one_token_do_not_take_turns(at_work: AgentOffice) -> None:
    at_work.takes_a_number()
    at_work.gets()
    at_work.later(5)

    with at_work.office.refuses(AgentElsewhere):
        at_work.asks(journal="journal-of-the-second")


def test_a_slip_of_another_printer_is_nobodys_business(at_work: AgentOffice) -> None:
    at_work.office.takes_a_number(prints=True)

    assert at_work.asks() is None
    with at_work.office.refuses(UnknownSlip):
        at_work.says(1, "printed")
    with at_work.office.refuses(UnknownSlip):
        at_work.says(77, "printed")


@pytest.mark.parametrize("facts", [{"journal": ""}, {"journal": "a\0bcdefghij"}, {"width_dots": 200}])
def test_nonsense_is_refused(at_work: AgentOffice, facts: dict[str, Any]) -> None:
    with at_work.office.refuses(InvalidValue):
        at_work.asks(**facts)


def test_what_a_stranger_says_of_its_printer_is_kept_as_codes_only(at_work: AgentOffice) -> None:
    at_work.asks(printer=PrinterSaid(state="<b>no</b>", paper="wet", cover="ajar"), connection="usb\0\n:1", wait_s=-5.0)

    with at_work.office.db.read(at_work.office.id) as work:
        [known] = work.printers.all()
    assert (known.state, known.paper, known.cover, known.connection) == (
        "slip_unprintable", "unknown", "unknown", "usb:1",
    )  # fmt: skip


def test_only_an_agent_prints(at_work: AgentOffice) -> None:
    for somebody in (at_work.office.kiosk, at_work.office.display, at_work.office.person("administrator")):
        with at_work.office.refuses(Forbidden):
            at_work.agents.next_slip(somebody, a_report())
        with at_work.office.refuses(Forbidden):
            at_work.agents.end(somebody, 1, SlipEnd(state="printed"))


def test_an_agent_that_is_heard_again_is_fine_again(at_work: AgentOffice) -> None:
    at_work.asks()
    at_work.later(9)
    note_silent_agents(at_work.office.db, at_work.office.id)
    ticket = at_work.takes_a_number()
    assert at_work.office.ticket(ticket).print.detail == "agent_silent"

    assert at_work.gets().job == 1
    assert at_work.office.ticket(ticket).print.detail is None


def test_an_old_question_is_refused_and_puts_nothing_back(at_work: AgentOffice) -> None:
    at_work.takes_a_number()
    at_work.gets(turn=7)

    for old in (6, 7):
        with at_work.office.refuses(AgentElsewhere):
            at_work.asks(turn=old)

    assert at_work.states() == ["sending"]
    assert at_work.gets(turn=8).job == 1  # It knows of none: the answer was lost.


def test_another_process_knows_an_old_question_by_the_slip_that_a_later_one_was_given(at_work: AgentOffice) -> None:
    at_work.takes_a_number()
    at_work.gets(turn=7)
    desk = SlipDesk(at_work.office.db, at_work.office.id, drawn, Loop(guard=at_work.office.db.refuse_inside_work))
    elsewhere = Agents(desk, lambda: None, lambda _agent, _version: None)

    with at_work.office.refuses(AgentElsewhere):
        elsewhere.next_slip(at_work.agent, a_report(turn=6))

    assert at_work.states() == ["sending"]
    given = elsewhere.next_slip(at_work.agent, a_report(turn=8))
    assert given


def test_a_copy_of_the_journal_elsewhere_is_refused_and_what_the_first_prints_is_never_given_to_it(
    at_work: AgentOffice,
) -> None:
    at_work.takes_a_number()
    at_work.gets(journal=f"{JOURNAL}.1234567", turn=7)

    with at_work.office.refuses(AgentElsewhere):
        at_work.asks(journal=f"{JOURNAL}.7654321", turn=900)
    assert at_work.states() == ["sending"]
    at_work.later(31)
    assert at_work.asks(journal=f"{JOURNAL}.7654321", turn=901) is None
    assert at_work.states() == ["unknown"]


class Watched:
    """An office whose watch looks every two seconds, with a clock that can be set."""

    def __init__(self, at_work: AgentOffice) -> None:
        self.at_work, self.steady = at_work, 0.0
        self.watch = PrinterWatch(at_work.office.db, at_work.office.id, lambda: self.steady)
        self.watch.look()

    def passes(self, seconds: int) -> None:
        for _ in range(seconds // 2):
            self.steady += 2
            self.at_work.later(2)
            self.watch.look()

    def told(self) -> list[str]:
        return [event.payload for event in self.at_work.office.events("device_changed")]


@pytest.mark.parametrize("set_by", [-3600, 3600, -5, 5, 0])
def test_a_dead_agent_is_noticed_within_ten_seconds_though_the_clock_was_set(at_work: AgentOffice, set_by: int) -> None:
    at_work.asks()
    watched = Watched(at_work)
    at_work.later(set_by)

    watched.passes(8)
    assert watched.told() == []
    watched.passes(2)

    assert len(watched.told()) == 1
    assert "agent_silent" in watched.told()[0]


@pytest.mark.parametrize("set_by", [-3600, 3600])
def test_a_slip_that_prints_while_the_clock_is_set_is_not_given_up(at_work: AgentOffice, set_by: int) -> None:
    at_work.takes_a_number()
    at_work.gets()
    watched = Watched(at_work)
    at_work.later(set_by)

    watched.passes(30)
    slips.give_up_on_silent_agents(at_work.office.db, at_work.office.id)

    assert at_work.states() == ["sending"]


def test_our_own_printer_that_nobody_asks_any_more_is_silent_until_it_is_asked(at_work: AgentOffice) -> None:
    db, office_id = at_work.office.db, at_work.office.id
    fine = PrinterReport("ok", "ok", "closed", "network:192.0.2.1:9100", 576)
    note(db, office_id, 0, fine)
    watched = Watched(at_work)

    watched.passes(90)
    assert watched.told() == []
    watched.passes(40)
    assert [each.count("printer_silent") for each in watched.told()] == [1]

    note(db, office_id, 0, fine)
    with db.read(office_id) as work:
        known = work.printers.at(0)
    assert known
    assert known.state == "ok"


class Beside:
    """An agent as `hardware/agent.py` is: notes in its journal what it begins, forgets what was acknowledged."""

    def __init__(self, at_work: AgentOffice) -> None:
        self.at_work = at_work
        self.begun: dict[int, str | None] = {}  # The journal: it survives a kill.
        self.paper: Counter[int] = Counter()  # How often the first byte of each job went out.
        self.copies: set[int] = set()
        self.old_questions: list[AgentReport] = []

    def turn(self, fate: str) -> None:
        """One round of the agent's loop, which ends as `fate` says."""
        for job, state in list(self.begun.items()):
            self.at_work.says(job, state or "unknown", None if state == "printed" else "agent_stopped")
            if fate != "ack_lost":
                del self.begun[job]
        if fate == "ack_lost":
            return
        report = a_report(in_hand=list(self.begun))
        if fate in ("question_late", "question_in_trouble_late"):
            state = "ok" if fate == "question_late" else "cover_open"
            self.old_questions.append(a_report(printer=PrinterSaid(state=state)))
            return
        slip = self.at_work.agents.next_slip(self.at_work.agent, report)
        if slip is None or fate in ("answer_lost", "killed_before"):
            return
        if fate == "refused":
            self.at_work.says(slip.job, "refused", "cover_open")
            return
        self.begun[slip.job] = None
        self.paper[slip.job] += 1
        if slip.copy:
            self.copies.add(slip.job)
        if self.old_questions and fate == "old_arrives":
            # Its answer goes to a connection that nobody holds any more.
            self.at_work.agents.next_slip(self.at_work.agent, self.old_questions.pop())
        if fate != "killed_within":
            self.begun[slip.job] = "printed"


FATES = ("fine", "fine", "answer_lost", "killed_before", "killed_within", "ack_lost", "refused", "question_late",
         "question_in_trouble_late", "old_arrives")  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=st.lists(st.sampled_from((*FATES, "somebody_comes", "asked_again")), min_size=5, max_size=40))
def test_whatever_happens_no_slip_is_lost_and_none_is_doubled_unless_it_says_copy(
    found_on_sqlite: Founder, fates: list[str]
) -> None:
    at_work = AgentOffice(found_on_sqlite())
    office = at_work.office
    beside, tickets = Beside(at_work), [at_work.takes_a_number()]

    for fate in fates:
        if fate == "somebody_comes":
            tickets.append(at_work.takes_a_number())
        elif fate == "asked_again":
            _ask_again(office, tickets)
        else:
            beside.turn(fate)
    for _ in range(3 * len(fates) + 3):
        beside.turn("fine")

    assert not beside.begun
    assert max(beside.paper.values()) == 1
    with office.db.read(office.id) as work:
        for ticket in tickets:
            jobs = work.print_jobs.of_ticket(int(ticket.id))
            assert {job.state for job in jobs} <= {"printed", "unknown"}
            assert all(beside.paper[job.id] == 1 for job in jobs)
            assert [job.is_copy for job in reversed(jobs)] == [False] + [True] * (len(jobs) - 1)
    assert office.verdict().differences == []
    office.engine.dispose()


def _ask_again(office: OfficeAtWork, tickets: list[Ticket]) -> None:
    with office.db.read(office.id) as work:
        unknown = [each for each in tickets if work.print_jobs.state_of(int(each.id)) == "unknown"]
    for ticket in unknown:
        slips.ask_again(office.db, office.person("reception"), int(ticket.id), AskAgainRequest())
