"""Who may do what (DESIGN 9). One table, asked before any work is opened."""

from typing import Literal

from server.db.people import Identity
from server.domain.errors import Forbidden, UnknownTicket

Right = Literal[
    "see_services", "issue", "issue_appointment", "see_ticket", "work_counter", "move_ticket", "see_counter",
    "see_display", "see_rating", "rate", "see_reports", "see_events", "see_devices",
    "see_slips", "reprint", "print_slips", "beat", "press_key", "set_up",
    "confirm_clock",
]  # fmt: skip

_READS: frozenset[Right] = frozenset(
    {
        "see_services",
        "see_ticket",
        "see_counter",
        "see_display",
        "see_rating",
        "see_reports",
        "see_events",
        "see_devices",
        "see_slips",
    }
)
_MAY: dict[str, frozenset[Right]] = {
    "kiosk": frozenset({"see_services", "issue", "see_ticket", "beat"}),
    "display": frozenset({"see_display", "beat"}),
    "rating": frozenset({"see_rating", "rate", "beat"}),
    "agent": frozenset({"print_slips", "beat"}),
    "keypad": frozenset({"press_key", "beat"}),
    "officer": frozenset(
        {"see_services", "see_ticket", "work_counter", "move_ticket", "see_counter", "see_display", "confirm_clock"}
    ),
    "reception": frozenset(
        {
            "see_services",
            "issue",
            "issue_appointment",
            "see_ticket",
            "move_ticket",
            "see_counter",
            "see_display",
            "see_slips",
            "reprint",
            "confirm_clock",
        }
    ),
    "manager": _READS | {"confirm_clock"},
    "assessor": _READS,
    "administrator": _READS | {"set_up", "confirm_clock"},
}


def may(identity: Identity, right: Right) -> bool:
    """Return whether this person or device has that right."""
    return right in _MAY[identity.role]


def require(identity: Identity, right: Right) -> None:
    """Raise Forbidden unless this person or device has that right."""
    if not may(identity, right):
        raise Forbidden(role=identity.role)


def require_counter(identity: Identity, counter: int) -> None:
    """Raise Forbidden when a rating tablet asks about another counter than its own."""
    if identity.role == "rating" and identity.counter != counter:
        raise Forbidden(role=identity.role, counter=counter)


def may_have_code(identity: Identity, issued_by: str) -> bool:
    """Return whether this device or person issued that ticket to a citizen, and may hand over its phone code."""
    return issued_by == identity.key and may(identity, "issue")


def require_own_ticket(identity: Identity, issued_by: str, ticket: int) -> None:
    """Raise UnknownTicket when a kiosk asks for a ticket that another device issued: it need not know there is one."""
    if identity.role == "kiosk" and issued_by != identity.key:
        raise UnknownTicket(ticket=ticket)
