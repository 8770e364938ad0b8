"""The worker of the server's own printer: takes saved slips in order, prints each once, and says so when it cannot.

Nothing is resent after its first byte: such a slip's outcome is `unknown`, and a person decides.
"""

import logging
from collections.abc import Callable

from PIL import Image

from hardware.interface import OFFLINE, REFUSED, Printer, printed
from server.db.print_jobs import PrintJob
from server.db.printers import OWN
from server.domain.errors import QueueError
from server.loop import Bell
from server.services import slips
from server.services.printers import PrinterReport, note, report_of, trouble_in, unfit
from server.services.slips import SlipDesk

log = logging.getLogger("saduak.printing")

STATUS_TIMEOUT_SECONDS = 2.0
LOOK_SECONDS = 4.0  # How often an idle printer is asked; reception hears of a change within 10 s (DESIGN 11).
RETRY_SECONDS = 1.0
KILLED = "server_stopped"
SELF_TEST_FAILED = "self_test_failed"

SelfTest = Callable[[], str | None]


def no_fault() -> str | None:
    """Find nothing wrong with what is drawn."""
    return None


class Printing:
    """One office's own printer. `trouble` is the code of what must be mended, None while it prints.

    `connection` is how it is set up, for people. `alone` is asked before the first slip and until it says True: two
    processes must not speak to one printer.
    """

    def __init__(
        self,
        desk: SlipDesk,
        printer: Printer,
        connection: str,
        self_test: SelfTest = no_fault,
        alone: Callable[[], bool] = lambda: True,
    ) -> None:
        self.trouble: str | None = None
        self._desk = desk
        self._printer = printer
        self._connection = connection
        self._loop = desk.loop
        self._bell = Bell()
        self._may_be_interrupted = True
        self._self_test = self_test
        self._alone = alone
        self._unfit: str | None = None

    def ring(self, _office_id: int, _seq: int) -> None:
        """Say that there may be a slip to print."""
        self._bell.ring()

    def run(self) -> None:
        """Print what is queued, for ever; a failing database or printer never ends this.

        Where the self-test finds that Thai would come out wrong, nothing is printed: numbers go on glass.
        """
        while not self._loop.stopping and not self._is_alone():
            self._bell.wait(LOOK_SECONDS)
        self._unfit = self._tested()
        while not self._loop.stopping:
            try:
                if self._may_be_interrupted:
                    self._give_up_interrupted()
                if not self._print_next():
                    self._bell.wait(LOOK_SECONDS)
                    self._ask()
            except QueueError as refusal:  # The database is busy or full: named, logged, tried again.
                log.warning("printing_waits code=%s", refusal.code)
                self._loop.sleep(RETRY_SECONDS)
            except Exception:  # because this is the device boundary: a slip must not end the worker.
                log.exception("printing_failed printer=%s", type(self._printer).__name__)
                self._may_be_interrupted = True
                self._loop.sleep(RETRY_SECONDS)

    def _is_alone(self) -> bool:
        try:
            return self._alone()
        except Exception:  # because a lock's file can be unreadable; it is asked for again, for it may be mended.
            log.exception("printer_lock_failed")
            return False

    def _tested(self) -> str | None:
        try:
            return self._loop.run_blocking(self._self_test)
        except Exception:  # because a self-test that breaks must not take the printer's worker with it.
            log.exception("self_test_failed")
            return SELF_TEST_FAILED

    def _print_next(self) -> bool:
        """Print the oldest slip; return whether there was one."""
        with self._desk.db.read(self._desk.office_id) as work:
            waiting = work.print_jobs.next(OWN)
        if waiting is None:
            return False
        if self._ask(waiting) is not None:
            self._loop.sleep(RETRY_SECONDS)
            return True
        ready = self._desk.next(OWN, self._printer.width_dots)
        if ready is not None and self._taken(ready.job):
            state, reason = self._send(ready.picture)
            self._settle(ready.job, state, reason)
            if state == "unknown":
                self._ask()  # At once: what ended the slip in the middle is told before the next one comes.
        return True

    def _taken(self, job: PrintJob) -> bool:
        try:
            return self._desk.take(job)
        except QueueError:
            self._may_be_interrupted = True  # Its commit may stand though the answer was lost: a person is asked.
            raise

    def _ask(self, late: PrintJob | None = None) -> str | None:
        """Ask the printer how it is, tell of a change, and return its trouble."""
        status = self._loop.run_blocking(lambda: self._printer.status(STATUS_TIMEOUT_SECONDS))
        report = unfit(report_of(status, self._connection, self._printer.width_dots), self._unfit)
        note(self._desk.db, self._desk.office_id, OWN, report, late)
        self.trouble = trouble_in(report.state)
        return self.trouble

    def _send(self, picture: Image.Image) -> tuple[str, str | None]:
        """Return the slip's new state and, if it is not on paper for sure, why."""
        state, reason = self._loop.run_blocking(lambda: printed(self._printer, picture))
        return "queued" if state == REFUSED else state, reason

    def _settle(self, job: PrintJob, state: str, reason: str | None) -> None:
        """Save how it ended, however long the database cannot take it: what was printed stands."""
        while not self._settled(job, state, reason) and not self._loop.stopping:
            self._loop.sleep(RETRY_SECONDS)
        if state == "queued":
            self._refused(job, reason or OFFLINE)
            self._loop.sleep(RETRY_SECONDS)

    def _refused(self, job: PrintJob, problem: str) -> None:
        """The printer that had just said it was fine would not take the slip: the slip waits, and that is told."""
        report = PrinterReport(problem, "unknown", "unknown", self._connection, self._printer.width_dots)
        note(self._desk.db, self._desk.office_id, OWN, report, job)
        self.trouble = problem

    def _settled(self, job: PrintJob, state: str, reason: str | None) -> bool:
        try:
            if state == "queued":
                slips.put_back(self._desk.db, self._desk.office_id, job)
            else:
                slips.settle(self._desk.db, self._desk.office_id, job, state, reason, was="sending")
        except QueueError as refusal:
            log.warning("printing_waits code=%s", refusal.code)
            return False
        return True

    def _give_up_interrupted(self) -> None:
        """A slip that was being sent when the server was killed may be on paper, or half of it: ask a person."""
        slips.give_up(self._desk.db, self._desk.office_id, OWN, KILLED)
        self._may_be_interrupted = False
