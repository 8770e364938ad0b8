"""Which words tell of a printer's state and of why a slip did not come: a code that nobody knows has words too."""

from hardware.agent import JOURNAL_UNWRITABLE
from hardware.agent_journal import STOPPED
from hardware.interface import NOT_CONFIRMED, OK, PAPER_NEAR_END, PROBLEM_CODES
from hardware.shaping import FAULT_CODES
from server.services.agents import JOURNAL_LOST
from server.services.printers import AGENT_SILENT
from server.services.printing import KILLED, SELF_TEST_FAILED
from server.services.slips import DEVICE_REVOKED, PRINTER_GONE, TOO_OLD, VISIT_OVER

OTHER = "other"
PRINTER_CODES = (
    OK, PAPER_NEAR_END, *PROBLEM_CODES, AGENT_SILENT, JOURNAL_UNWRITABLE, *FAULT_CODES, SELF_TEST_FAILED, OTHER,
)  # fmt: skip
"""Every state of a printer that we give a name; a newer agent may know others."""
WHY_CODES = (
    TOO_OLD, VISIT_OVER, PRINTER_GONE, DEVICE_REVOKED, NOT_CONFIRMED, KILLED, STOPPED, JOURNAL_LOST,
    JOURNAL_UNWRITABLE, *PROBLEM_CODES, AGENT_SILENT, OTHER,
)  # fmt: skip
"""Every reason for which a slip ends otherwise than on paper."""


def printer_words(state: str) -> str:
    """Return the key of the sentence that says what is wrong with such a printer, and what to do."""
    return f"printer.{state if state in PRINTER_CODES else OTHER}"


def why_words(reason: str | None) -> str:
    """Return the key of the words that say why a slip did not come, or not for sure."""
    return f"slip.why_{reason if reason in WHY_CODES else OTHER}"
