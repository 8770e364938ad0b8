"""Print agents: a small process beside a printer elsewhere asks for slips and says what became of them.

Each slip is printed once, though either side may be killed at any moment: see `next_slip`.
"""

import base64
import io
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from hardware.interface import OK, PROBLEM_CODES, SLIP_UNPRINTABLE, check_width
from server.db.people import Identity
from server.db.print_jobs import PrintJob
from server.db.printers import AgentJournal
from server.db.work import UnitOfWork
from server.domain.errors import AgentElsewhere, InvalidValue, Unauthorized, UnknownSlip
from server.loop import Bell
from server.services import rights, slips
from server.services.paper_shapes import JOURNAL_PATTERN, SLIP_ENDS, AgentReport, AgentSlip, SlipEnd
from server.services.printers import STILL_PRINTS, PrinterReport, note, trouble_in, unfit
from server.services.slips import SlipDesk

LONGEST_WAIT_SECONDS = 6.0  # It is heard of when it asks: one that waits longer would be taken for silent.
LOOK_SECONDS = 1.0  # Another process may have queued a slip; nobody rings here for that.
ANOTHER_IS_ALIVE = timedelta(seconds=30)
JOURNAL_LOST = "journal_lost"
# What the table of printers holds; whatever else a program says is not kept.
PAPERS = ("ok", "near_end", "out", "unknown")
COVERS = ("closed", "open", "unknown")


class Agents:
    """Serves the office's agents. `fault` is why nothing that we draw can be trusted, None when it can.

    `beat` is told of each agent that asks.
    """

    def __init__(
        self, desk: SlipDesk, fault: Callable[[], str | None], beat: Callable[[Identity, str | None], None]
    ) -> None:
        self._desk = desk
        self._fault = fault
        self._beat = beat
        self._bells: dict[int, Bell] = {}
        self._last: dict[int, AgentJournal] = {}  # The last question of each agent that came to this process.

    def ring(self, _office_id: int, _seq: int) -> None:
        """Say that there may be a slip to print."""
        for bell in list(self._bells.values()):
            bell.ring()

    def next_slip(self, agent: Identity, report: AgentReport) -> AgentSlip | None:
        """Return the next slip for this agent's printer, waiting up to `report.wait_s` seconds for one; None if none.

        A slip that is given out counts as being printed. The agent notes durably that it begins one before the first
        byte and names in `report.in_hand` what it began; so what it was given and does not name has never begun, and
        waits again. An agent whose journal is another one may have begun anything: a person decides. Raises
        AgentElsewhere while the agent with the other journal is still heard of, so that two with one token do not
        take turns; and for a question (`report.turn`) older than one that was heard, for nobody waits for its answer.
        """
        rights.require(agent, "print_slips")
        assert agent.device is not None  # because only devices have that right.
        _refuse_nonsense(report)
        self._welcome(agent.device, report)
        self._beat(agent, report.version[:64])
        said = _said(report)
        asked_at = self._desk.db.wall()
        deadline = time.monotonic() + min(max(report.wait_s, 0.0), LONGEST_WAIT_SECONDS)
        bell = self._bells[agent.device] = Bell()
        while True:
            self._refuse_outdated(agent.device, report)
            given = self._give(agent.device, unfit(said, self._fault()), report, asked_at)
            left = deadline - time.monotonic()
            if given is not None or left <= 0 or self._desk.loop.stopping:
                return given
            bell.wait(min(left, LOOK_SECONDS))

    def end(self, agent: Identity, job_id: int, said: SlipEnd) -> None:
        """Save what became of a slip; saying it again does no harm. Raises UnknownSlip for one of another printer."""
        rights.require(agent, "print_slips")
        if said.state not in SLIP_ENDS:
            raise InvalidValue(field="state", value=said.state[:40])
        with self._desk.db.work(agent.office_id) as work:
            job = work.print_jobs.by_id(job_id)
            if job is None or job.printer != agent.device:
                raise UnknownSlip(job=job_id)
            reason = _code(said.reason)
            if said.state == "refused":
                if job.state == "sending":
                    work.print_jobs.move(job.id, state="queued", reason=job.reason)
            elif job.state in ("queued", "sending") or (
                job.state in ("unknown", "dropped") and said.state in slips.ON_PAPER
            ):
                # It knows better than we do: it may have been thought lost, or an old question of it, long on its way,
                # may have made us believe that it never began, and drop it as too old.
                slips.end(work, job, said.state, None if said.state in slips.ON_PAPER else reason or said.state)

    def _welcome(self, device: int, report: AgentReport) -> None:
        """Settle what this agent was given and has not begun, or cannot know."""
        db, office_id = self._desk.db, self._desk.office_id
        self._refuse_old(device, report)
        with db.read(office_id) as work:
            before = work.printers.journal_of(device)
            settled = before is not None and before.name == report.journal and not _not_begun(work, device, report)
        if before is not None and _is_old(report, before):
            raise AgentElsewhere()
        if not settled:
            with db.work(office_id) as work:
                self._settle(work, device, report)
        # Only here: a question that is refused must not outdate those of the agent that is served.
        self._last[device] = AgentJournal(report.journal, report.turn)

    def _settle(self, work: UnitOfWork, device: int, report: AgentReport) -> None:
        before = work.printers.journal_of(device)
        if before is not None and before.name != report.journal:
            known = work.printers.at(device)
            if known is not None and timedelta(0) <= self._desk.db.wall() - known.asked_at < ANOTHER_IS_ALIVE:
                raise AgentElsewhere()
            for job in work.print_jobs.sending(device):
                slips.end(work, job, "unknown", JOURNAL_LOST)
        elif before is not None and _is_old(report, before):
            raise AgentElsewhere()
        else:
            for job in _not_begun(work, device, report):
                work.print_jobs.move(job.id, state="queued", reason=job.reason)
        work.printers.keep_journal(device, AgentJournal(report.journal, report.turn))

    def _refuse_old(self, device: int, report: AgentReport) -> None:
        last = self._last.get(device)
        if last is not None and _is_old(report, last):
            raise AgentElsewhere()

    def _refuse_outdated(self, device: int, report: AgentReport) -> None:
        """Raise AgentElsewhere for a question whose agent has asked another one meanwhile."""
        if report.turn and self._last.get(device) != AgentJournal(report.journal, report.turn):
            raise AgentElsewhere()

    def _take(self, device: int, job: PrintJob, report: AgentReport) -> bool:
        """Take the slip, and keep in the same breath which question it was given to: only a later one, which would
        name it if it were begun, may let it wait again."""
        with self._desk.db.work(self._desk.office_id) as work:
            known = work.printers.journal_of(device)
            if known is None or known.name != report.journal or known.turn > report.turn > 0:
                raise AgentElsewhere()  # Another process has heard a later question meanwhile.
            work.printers.keep_journal(device, AgentJournal(report.journal, report.turn))
            return slips.take_in(work, job)

    def _give(self, device: int, said: PrinterReport, report: AgentReport, asked_at: datetime) -> AgentSlip | None:
        desk = self._desk
        with desk.db.read(desk.office_id) as work:
            if device not in work.printers.agents():  # Revoked while it waited.
                raise Unauthorized()
            waiting = work.print_jobs.next(device)
        note(desk.db, desk.office_id, device, said, waiting, asked_at)
        if waiting is None or trouble_in(said.state) is not None or report.in_hand:
            return None
        ready = desk.next(device, report.width_dots)
        if ready is None or not self._take(device, ready.job, report):
            return None
        drawn = io.BytesIO()
        ready.picture.save(drawn, "PNG")
        return AgentSlip(ready.job.id, base64.b64encode(drawn.getvalue()).decode(), ready.job.is_copy)


def _is_old(report: AgentReport, last: AgentJournal) -> bool:
    return report.journal == last.name and 0 < report.turn <= last.turn


def _not_begun(work: UnitOfWork, device: int, report: AgentReport) -> list[PrintJob]:
    return [job for job in work.print_jobs.sending(device) if job.id not in report.in_hand]


def _refuse_nonsense(report: AgentReport) -> None:
    if not re.match(JOURNAL_PATTERN, report.journal):
        raise InvalidValue(field="journal", value=ascii(report.journal[:40]))
    try:
        check_width(report.width_dots)
    except ValueError:
        raise InvalidValue(field="width_dots", value=report.width_dots) from None


def _said(report: AgentReport) -> PrinterReport:
    """What the agent's printer said, as far as it makes sense: codes are ours, never a stranger's text."""
    told = report.printer
    known = told.state if told.state in STILL_PRINTS or told.state in PROBLEM_CODES else _code(told.state) or OK
    connection = "".join(each for each in report.connection if each.isprintable())[:120]
    return PrinterReport(
        known,
        told.paper if told.paper in PAPERS else "unknown",
        told.cover if told.cover in COVERS else "unknown",
        connection,
        report.width_dots,
    )


def _code(said: str | None) -> str | None:
    """A code of a newer agent is kept if it is one; of anything else, only that something is wrong."""
    if not said:
        return None
    return said if len(said) <= 64 and said.isascii() and said.replace("_", "").isalnum() else SLIP_UNPRINTABLE
