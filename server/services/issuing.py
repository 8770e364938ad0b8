"""A citizen takes a number."""

import secrets

from server.db.people import Identity
from server.db.tickets import IssuedTicket
from server.db.work import Actor, Database, UnitOfWork
from server.domain import hours, tickets
from server.domain.events import TicketIssued
from server.domain.office import Service, TicketClass
from server.services import rights
from server.services.describing import estimated_wait, people_ahead, ticket_of
from server.services.repeating import Answered, once
from server.services.shapes import IssueRequest, Ticket

CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # No letter that is read as a digit; typed from paper if need be.
CODE_LENGTH = 12  # 59 bits: nobody guesses another citizen's page.


def issue_ticket(db: Database, asker: Identity, wanted: IssueRequest, *, prints: bool) -> Answered[Ticket]:
    """Give this visitor a ticket; the same request always gets the same one.

    `prints` tells whether the office has a printer. Raises UnknownService, OfficeClosed, ServiceClosed, QuotaFull,
    RequestIdReused or Forbidden; then nothing is changed and no number is used up.
    """
    rights.require(asker, "issue")
    asked = ("issue", wanted.service, wanted.priority, wanted.language)
    with db.work(asker.office_id, Actor(asker.key, device=asker.key if asker.device else None)) as work:
        return once(work, wanted.request_id, asked, Ticket, lambda: _issue(work, asker, wanted, prints))


def _issue(work: UnitOfWork, asker: Identity, wanted: IssueRequest, prints: bool) -> Ticket:
    service = work.office.service(wanted.service)
    hours.refuse_if_closed(work.office, work.now)
    if service.quota_per_day is not None:
        hours.refuse_if_full(service, work.tickets.count_issued(service.id, work.day) - 1)
    leg, issued, ahead = _new_visit(work, asker, service, wanted)
    if prints:
        work.print_jobs.add(leg.ticket, queued_at=work.now)
    work.record(
        TicketIssued(
            ticket=leg.ticket, visit=leg.visit, leg=leg.id, number=leg.number, service=service.id,
            queue=service.queue, ticket_class=leg.ticket_class, language=leg.language, day=leg.day, ahead=ahead,
            low_min=issued.low_min, high_min=issued.high_min,
        )
    )  # fmt: skip
    return ticket_of(work, leg, issued, ahead=ahead, print_state="queued" if prints else "none")


def _new_visit(
    work: UnitOfWork, asker: Identity, service: Service, wanted: IssueRequest
) -> tuple[tickets.Leg, IssuedTicket, int]:
    queue = work.office.queue_of[service.queue]
    number = work.tickets.take_numbers(queue.id, work.day, first=queue.first)
    label = tickets.label(queue.prefix, number)
    ticket_class: TicketClass = "priority" if wanted.priority else "regular"
    counters = work.counters.all()
    visit = work.tickets.add_visit(
        day=work.day, arrived_at=work.now, ticket_class=ticket_class, language=wanted.language
    )
    waiting = tickets.waits(
        service, leg=0, ticket=0, visit=visit, number=label, ticket_class=ticket_class, language=wanted.language,
        day=work.day, order=tickets.LAST_IN_ORDER, now=work.now,
    )  # fmt: skip
    ahead = people_ahead(work, waiting, counters)
    wait = estimated_wait(work.office, queue.id, ahead, counters)
    code = "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in secrets.token_bytes(CODE_LENGTH))
    ticket = work.tickets.add(
        visit=visit, day=work.day, queue=queue.id, number=number, label=label, code=code, issued_at=work.now,
        issued_by=asker.key, low_min=wait.low_min, high_min=wait.high_min,
    )  # fmt: skip
    leg = work.legs.add(tickets.joined(waiting, ticket=ticket), work.office.rule)
    issued = IssuedTicket(
        id=ticket, visit=visit, number=label, queue=queue.id, code=code, issued_at=work.now,
        issued_by=asker.key, low_min=wait.low_min, high_min=wait.high_min,
    )  # fmt: skip
    return tickets.joined(waiting, ticket=ticket, leg_id=leg), issued, ahead
