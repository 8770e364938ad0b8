"""Finds a ticket of today by the number that a citizen says."""

import re

from server.db.people import Identity
from server.db.work import Database
from server.domain import tickets
from server.domain.errors import UnknownNumber
from server.domain.office import Office
from server.services import rights
from server.services.describing import known_leg, ticket_of
from server.services.shapes import Ticket

LONGEST_SHOWN = 20
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_DIGITS = re.compile("[0-9]{1,9}")


def find_ticket(db: Database, asker: Identity, number: str) -> Ticket:
    """Return today's ticket of that number, or raise UnknownNumber.

    It may be typed as it is said: `a14`, `A 014` and `A-๐๑๔` are all A014.
    """
    rights.require(asker, "reprint")
    with db.read(asker.office_id) as work:
        label = _as_printed(number, work.office)
        issued = None if label is None else work.tickets.by_number(label, work.day)
        if issued is None:
            raise UnknownNumber(number=number.strip()[:LONGEST_SHOWN])
        return ticket_of(work, known_leg(work, issued.id), issued)


def _as_printed(number: str, office: Office) -> str | None:
    """The number as the office's queues write theirs, None where no queue has such."""
    typed = _squeezed(number)
    for queue in office.queues:
        prefix = _squeezed(queue.prefix)
        if typed.startswith(prefix) and _DIGITS.fullmatch(typed, len(prefix)):
            return tickets.label(queue.prefix, int(typed[len(prefix) :]))
    return None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s.-]+", "", text.translate(_THAI_DIGITS)).upper()
