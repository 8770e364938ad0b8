"""A print agent: beside a printer elsewhere, it asks the server for slips and prints each of them once.

What keeps it once: the journal says "begun" before the first byte, the server hears of every end until it says that
it knows, and what was begun is never begun again.
"""

import base64
import binascii
import io
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from hardware import interface
from hardware.agent_journal import UNKNOWN, Journal, JournalError, NotedSlip
from hardware.agent_link import ELSEWHERE, FAILING, GONE, NONSENSE, REFUSED, REVOKED, ServerLink, ServerTrouble
from hardware.interface import DRIVER_FAILED, SLIP_UNPRINTABLE, Printer, PrinterStatus

log = logging.getLogger(__name__)

WAIT_SECONDS = 4.0
"""How long the server may think over whether there is a slip; the printer is asked in between."""
WAIT_IN_TROUBLE_SECONDS = 1.0  # A printer in trouble is asked more often, for somebody stands before it.
ANSWER_SECONDS = 6.0  # What a request may take besides; a server under load answers in one.
STATUS_SECONDS = 2.0
LAST_WORD_SECONDS = 2.0
PAUSES_SECONDS = (0.5, 1.0, 2.0, 5.0)
REVOKED_PAUSE_SECONDS = 30.0
AFTER_A_REFUSAL_SECONDS = 1.0  # A printer that says "ready" and refuses must not be asked in a tight circle.
LONGEST_SLIP_DOTS = 8000  # A metre of paper.

JOURNAL_UNWRITABLE = "journal_unwritable"

_ADVICE = {
    GONE: "tried again until it answers",
    NONSENSE: "is this the address of a Saduak server? Tried again",
    FAILING: "the server has a fault of its own; see its log. Tried again",
    REFUSED: "does the server have another version? Tried again",
    REVOKED: "this agent's token is not, or no longer, one of a print agent. Pair it again: saduak agent pair",
    ELSEWHERE: "another agent works with this token, or this one lost its journal within the last half minute; an"
    " agent of its own is made by: saduak agent pair",
}


@dataclass(frozen=True, slots=True)
class SlipInHand:
    """A slip as the server gave it: `png` is its picture, or what should be one."""

    job: int
    png: bytes


class Agent:
    """Prints for one server on one printer. `connection` is the printer's setting, for people; never raises."""

    def __init__(
        self, link: ServerLink, printer: Printer, journal: Journal, *, connection: str = "", version: str = ""
    ) -> None:
        self._link = link
        self._printer = printer
        self._journal = journal
        self._connection = connection
        self._version = version
        self._journal_trouble = False
        self._printer_state = "ok"
        self._trouble: str | None = None
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Print what the server has until `stop` is set; then tell it what it does not know yet, and return.

        Returns within a few seconds (at once if somebody hangs up the link), unless a slip is being printed: that one
        is finished first.
        """
        while not stop.is_set():
            stop.wait(self._turn(stop))
        try:
            self._report_ends(LAST_WORD_SECONDS)
        except ServerTrouble as trouble:
            log.warning("ends_kept jobs=%s %s: told after the next start", self._journal.in_hand, trouble)

    def _turn(self, stop: threading.Event) -> float:
        """Do what there is to do once; return how many seconds to rest."""
        try:
            rest = self._ask_and_print(stop)
        except ServerTrouble as trouble:
            # Told to end, one hangs up on a server that thinks; that is no trouble to tell of.
            return 0.0 if stop.is_set() else self._pause_after(trouble)
        except Exception:  # because whatever is wrong with one slip must not end the agent.
            log.exception("agent_failed")
            return PAUSES_SECONDS[-1]
        if self._trouble is not None:
            log.info("server_back url=%s", self._link.url)
        self._trouble, self._failures = None, 0
        return rest

    def _ask_and_print(self, stop: threading.Event) -> float:
        self._mend_journal()
        said = self._status()
        trouble = self._report_ends(ANSWER_SECONDS)
        slip = self._next(said, WAIT_SECONDS if said["state"] == "ok" else WAIT_IN_TROUBLE_SECONDS)
        if slip is None or stop.is_set():  # What was taken and not begun, the server gives out again.
            if trouble is not None:
                raise trouble
            return 0.0
        was_printed = self._print(slip)
        trouble = self._report_ends(ANSWER_SECONDS)
        if trouble is not None:
            raise trouble
        return 0.0 if was_printed else AFTER_A_REFUSAL_SECONDS

    # The printer

    def _status(self) -> dict[str, str]:
        """Return how the printer does, as the server wants to hear it; a journal that fails stands before it."""
        try:
            status = self._printer.status(STATUS_SECONDS)
        except Exception:  # because a driver's mistake is not the agent's end; what is not known is not fine.
            log.exception("status_failed")
            status = PrinterStatus(fault=DRIVER_FAILED)
        state = status.state
        if state != self._printer_state:
            self._printer_state = state
            log.info("printer_changed state=%s", state)
        if self._journal_trouble:
            state = JOURNAL_UNWRITABLE
        return {"state": state, "paper": status.paper, "cover": status.cover}

    def _print(self, slip: SlipInHand) -> bool:
        """Print the slip, or say that it cannot be; return False when the server is to give it out again."""
        if slip.job in self._journal.in_hand:
            raise ServerTrouble(NONSENSE, url=self._link.url, reason=f"slip {slip.job} was begun here already")
        try:
            picture = _picture(slip.png, self._printer.width_dots)
        except _NoPicture as why:
            # Not begun, so not in the journal: if this word is lost, it is given out and refused again.
            log.error("slip_unprintable job=%s reason=%s", slip.job, why)
            self._report(NotedSlip(slip.job, "failed", SLIP_UNPRINTABLE), ANSWER_SECONDS)
            return True
        try:
            self._journal.begin(slip.job)
        except JournalError as error:
            self._lament(error)
            self._report(NotedSlip(slip.job, interface.REFUSED, JOURNAL_UNWRITABLE), ANSWER_SECONDS)
            return False
        state, reason = self._send(picture)
        log.info("slip_ended job=%s state=%s reason=%s", slip.job, state, reason)
        self._write(lambda: self._journal.end(slip.job, state, reason))
        return state != interface.REFUSED

    def _send(self, picture: Image.Image) -> tuple[str, str | None]:
        try:
            return interface.printed(self._printer, picture)
        except Exception:  # because bytes may have gone out: whatever broke, a person decides.
            log.exception("driver_failed")
            return UNKNOWN, DRIVER_FAILED

    # The server

    def _next(self, said: Mapping[str, str], wait_seconds: float) -> SlipInHand | None:
        """Return the slip that the server wants printed, or None after so many seconds."""
        question: dict[str, object] = {
            "journal": self._journal.id,
            "turn": self._journal.next_turn(),
            "in_hand": self._journal.in_hand,
            "printer": said,
            "width_dots": self._printer.width_dots,
            "connection": self._connection,
            "version": self._version,
            "wait_s": wait_seconds,
        }
        answer = self._link.post("/agent/next", question, wait_seconds + ANSWER_SECONDS)
        return _slip_in(answer, self._link.url) if answer else None

    def _report_ends(self, timeout: float) -> ServerTrouble | None:
        """Tell how the slips ended; what the server acknowledges is forgotten.

        Returns what the server said against one of them, for that one must not keep back the others; raises
        ServerTrouble where it says nothing to any of them.
        """
        said_against = None
        for slip in self._journal.ended:
            try:
                self._report(slip, timeout)
            except ServerTrouble as trouble:
                if trouble.code not in (REFUSED, FAILING):
                    raise
                if trouble.facts.get("said") != "unknown_slip":
                    said_against = trouble
                    continue
                # Its own code, so it is Saduak that says so: paired with another server, or a backup was restored.
                log.warning("slip_not_known_to_server job=%s state=%s", slip.job, slip.state)
            self._write(lambda job=slip.job: self._journal.forget(job))  # type: ignore[misc]  # because mypy cannot infer a default.
        return said_against

    def _report(self, slip: NotedSlip, timeout: float) -> None:
        word = {"journal": self._journal.id, "state": slip.state, "reason": slip.reason}
        answer = self._link.post(f"/agent/slips/{slip.job}", word, timeout)
        if answer:  # Saduak says {}; whoever else answers here has not heard what we said.
            raise ServerTrouble(NONSENSE, url=self._link.url, reason=f"{str(answer)[:60]} is no acknowledgement")

    def _pause_after(self, trouble: ServerTrouble) -> float:
        """Name a trouble once, and return how many seconds to rest before the next try."""
        if trouble.code != self._trouble:
            log.warning("%s: %s", trouble, _ADVICE[trouble.code])
            self._failures = 0
        self._trouble = trouble.code
        pause = PAUSES_SECONDS[min(self._failures, len(PAUSES_SECONDS) - 1)]
        self._failures += 1
        return REVOKED_PAUSE_SECONDS if trouble.code == REVOKED else pause

    # The journal

    def _write(self, note: Callable[[], None]) -> None:
        """Write an end, or that it is known; failing, it is kept in mind and written when that is possible again."""
        try:
            note()
        except JournalError as error:
            self._lament(error)

    def _mend_journal(self) -> None:
        if not self._journal_trouble:
            return
        try:
            self._journal.mend()
        except JournalError:
            return
        self._journal_trouble = False
        log.info("journal_writable path=%s", self._journal.path)

    def _lament(self, error: JournalError) -> None:
        if not self._journal_trouble:
            log.error(
                "journal_unwritable path=%s reason=%s: nothing is printed until it can be written; is the disk full?",
                self._journal.path, error,
            )  # fmt: skip
        self._journal_trouble = True


class _NoPicture(ValueError):
    pass


def _picture(png: bytes, width_dots: int) -> Image.Image:
    """Return the slip's picture, one bit a dot; raises _NoPicture for anything else than a PNG of that width."""
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
            # Before it is unpacked: a small file can hold a picture that fills the memory.
            if opened.mode != "1" or opened.width != width_dots or not 0 < opened.height <= LONGEST_SLIP_DOTS:
                raise _NoPicture(f"mode {opened.mode} and {opened.size} for {width_dots} dots")
            opened.load()
            return opened.copy()
    except _NoPicture:
        raise
    except Exception as error:  # because Pillow raises what it likes over a broken file.
        raise _NoPicture(f"no PNG: {error}") from error


def _slip_in(answer: Mapping[str, Any], url: str) -> SlipInHand:
    try:
        said = answer["slip"]
        job, png = said["job"], said["png"]
        if not isinstance(job, int) or isinstance(job, bool) or not 0 < job < 2**63 or not isinstance(png, str):
            raise ValueError("a slip's number or picture is none")
        return SlipInHand(job, base64.b64decode(png.encode("ascii", "replace"), validate=True))
    except binascii.Error:
        return SlipInHand(job, b"")  # It has a number, so its failure can be told.
    except (LookupError, TypeError, ValueError) as error:
        raise ServerTrouble(NONSENSE, url=url, reason=f"no slip in the answer: {error!r}"[:100]) from error
