"""The printer's worker: takes saved jobs in order, prints each once, and says so when it cannot.

Nothing is resent after its first byte: such a job's outcome is `unknown`, and a person decides.
"""

import logging
from collections.abc import Callable

from PIL import Image

from hardware.interface import SLIP_UNPRINTABLE, DeviceError, Printer, PrintOutcome
from server.db.print_jobs import PrintJob
from server.db.work import Database, UnitOfWork
from server.domain.errors import QueueError
from server.domain.events import DeviceChanged, SlipFailed, SlipPrinted
from server.loop import Bell, Loop
from server.services.describing import known_leg, ticket_of
from server.services.shapes import Ticket

log = logging.getLogger("saduak.printing")

Draw = Callable[[Ticket], Image.Image]
STATUS_TIMEOUT_SECONDS = 2.0
LOOK_SECONDS = 5.0  # How often an idle printer is asked; reception hears of a change within 10 s (DESIGN 11).
RETRY_SECONDS = 1.0
KILLED = "server_stopped"
SELF_TEST_FAILED = "self_test_failed"


class Printing:
    """One office's printer. `trouble` is the code of what must be mended, None while it prints."""

    def __init__(
        self,
        db: Database,
        office_id: int,
        printer: Printer,
        draw: Draw,
        loop: Loop,
        self_test: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.trouble: str | None = None
        self._db = db
        self._office = office_id
        self._printer = printer
        self._draw = draw
        self._loop = loop
        self._bell = Bell()
        self._may_be_interrupted = True
        self._self_test = self_test
        self._unfit: str | None = None

    def ring(self, _office_id: int, _seq: int) -> None:
        """Say that there may be a slip to print."""
        self._bell.ring()

    def run(self) -> None:
        """Print what is queued, for ever; a failing database or printer never ends this.

        Where the self-test finds that Thai would come out wrong, nothing is printed: numbers go on glass.
        """
        try:
            self._unfit = self._loop.run_blocking(self._self_test)
        except Exception:  # because a self-test that breaks must not take the printer's worker with it.
            log.exception("self_test_failed")
            self._unfit = SELF_TEST_FAILED
        while not self._loop.stopping:
            try:
                if self._may_be_interrupted:
                    self._give_up_interrupted()
                if not self._print_next():
                    self._bell.wait(LOOK_SECONDS)
                    self._note(self._ask())
            except QueueError as refusal:  # The database is busy or full: named, logged, tried again.
                log.warning("printing_waits code=%s", refusal.code)
                self._loop.sleep(RETRY_SECONDS)
            except Exception:  # because this is the device boundary: a slip must not end the worker.
                log.exception("printing_failed printer=%s", type(self._printer).__name__)
                self._may_be_interrupted = True
                self._loop.sleep(RETRY_SECONDS)

    def _print_next(self) -> bool:
        """Print the oldest job; return whether there was one."""
        with self._db.read(self._office) as work:
            job = work.print_jobs.next()
            ticket = ticket_of(work, known_leg(work, job.ticket)) if job else None
        if job is None or ticket is None:
            return False
        problem = self._ask()
        if problem is not None:
            self._note(problem, job)
            self._loop.sleep(RETRY_SECONDS)
            return True
        self._note(None)
        picture = self._drawn(ticket)
        if picture is None:
            self._settle(job, ("failed", SLIP_UNPRINTABLE))
            return True
        with self._db.work(self._office) as work:
            taken = work.print_jobs.take(job.id)
        if taken:
            self._settle(job, self._send(picture))
        return True

    def _drawn(self, ticket: Ticket) -> Image.Image | None:
        """Return the slip, or None if it cannot be drawn: tried again for ever, it would keep back all behind it."""
        try:
            return self._loop.run_blocking(lambda: self._draw(ticket))
        except Exception:  # because whatever is wrong with one slip must not stop the others.
            log.exception("slip_undrawable ticket=%s", ticket.number)
            return None

    def _ask(self) -> str | None:
        return self._unfit or self._loop.run_blocking(lambda: self._printer.status(STATUS_TIMEOUT_SECONDS)).problem

    def _send(self, picture: Image.Image) -> tuple[str, str | None]:
        """Return the job's new state and, if it is not on paper for sure, why."""
        try:
            outcome = self._loop.run_blocking(lambda: self._printer.print_slip(picture))
        except DeviceError as error:
            # Not one byte went out: it may be tried again, unless the slip itself is what the printer cannot take.
            return "failed" if error.code == SLIP_UNPRINTABLE else "queued", error.code
        if outcome is PrintOutcome.UNKNOWN:
            return "unknown", "not_confirmed"
        return outcome.value, None

    def _settle(self, job: PrintJob, ended: tuple[str, str | None]) -> None:
        state, reason = ended
        while not self._settled(job, state, reason) and not self._loop.stopping:
            self._loop.sleep(RETRY_SECONDS)
        if state == "queued":
            self._note(reason, job)
            self._loop.sleep(RETRY_SECONDS)

    def _settled(self, job: PrintJob, state: str, reason: str | None) -> bool:
        """Save how the job ended; return False when the database cannot take it now, for what was printed stands."""
        try:
            with self._db.work(self._office) as work:
                if state == "queued":
                    work.print_jobs.move(job.id, state=state, reason=reason)
                else:
                    _end(work, job, state, reason)
        except QueueError as refusal:
            log.warning("printing_waits code=%s", refusal.code)
            return False
        return True

    def _note(self, problem: str | None, job: PrintJob | None = None) -> None:
        """Tell of a change once: when trouble begins, when it is another, when it ends; and once for a late slip."""
        late = job is not None and job.reason != problem and problem is not None
        if problem == self.trouble and not late:
            return
        with self._db.work(self._office) as work:
            if problem != self.trouble:
                work.record(DeviceChanged(device="printer", state=problem or "ok"))
            if late and job and problem:
                work.print_jobs.move(job.id, state="queued", reason=problem)
                work.record(SlipFailed(ticket=job.ticket, job=job.id, state="queued", reason=problem))
        self.trouble = problem

    def _give_up_interrupted(self) -> None:
        """A job that was being sent when the server was killed may be on paper, or half of it: ask a person."""
        with self._db.work(self._office) as work:
            for job in work.print_jobs.sending():
                _end(work, job, "unknown", KILLED)
        self._may_be_interrupted = False


def _end(work: UnitOfWork, job: PrintJob, state: str, reason: str | None) -> None:
    work.print_jobs.move(job.id, state=state, reason=reason, ended_at=work.now)
    if state in {"printed", "sent"}:
        work.record(SlipPrinted(ticket=job.ticket, job=job.id, state=state))
    else:
        work.record(SlipFailed(ticket=job.ticket, job=job.id, state=state, reason=reason or "unknown"))
