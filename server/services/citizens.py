"""Whoever has the code of a slip: a citizen, of whom nothing else is known."""

from server.db.tickets import office_and_ticket_of_code
from server.db.work import Actor, Database
from server.domain.errors import UnknownTicket

CITIZEN = Actor("citizen", device="phone")


def ticket_of_code(db: Database, code: str) -> tuple[int, int]:
    """Return (office id, ticket id) of the phone page with that code, or raise UnknownTicket."""
    with db.engine.connect() as connection:
        found = office_and_ticket_of_code(connection, code)
    if found is None:
        raise UnknownTicket(ticket=code[:40])
    return found
