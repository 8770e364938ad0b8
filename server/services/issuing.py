"""A citizen takes a number."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from server.db.people import Identity
from server.db.printers import OWN
from server.db.tickets import IssuedTicket
from server.db.work import Actor, Database, UnitOfWork
from server.domain import calling, hours, tickets
from server.domain.errors import InvalidValue
from server.domain.events import TicketIssued
from server.domain.office import Service, TicketClass
from server.domain.tickets import Leg
from server.services import rights
from server.services.describing import people_ahead, ticket_of, with_code, without_code
from server.services.repeating import Answered, once
from server.services.shapes import IssueRequest, Ticket
from server.services.waits import Wait, wait_of

log = logging.getLogger("saduak.issuing")


def as_it_is(leg: Leg) -> Leg:
    """Return the leg unchanged."""
    return leg


def issue_ticket(db: Database, asker: Identity, wanted: IssueRequest, *, prints: bool) -> Answered[Ticket]:
    """Give this visitor a ticket; the same request always gets the same one.

    `prints` tells whether the server has a printer of its own. Raises UnknownService, OfficeClosed, ServiceClosed,
    QuotaFull, NumbersExhausted, RequestIdReused or Forbidden; then nothing is changed and no number is used up.
    """
    rights.require(asker, "issue")
    if wanted.appointment_at is not None:
        rights.require(asker, "issue_appointment")
    asked: tuple[object, ...] = ("issue", wanted.service, wanted.priority, wanted.language)
    if wanted.appointment_at is not None:
        asked += (wanted.appointment_at.isoformat(),)
    printer = printer_for(asker, prints)
    with db.work(asker.office_id, Actor(asker.key, device=asker.key if asker.device else None)) as work:
        answered = once(
            work, wanted.request_id, asked, Ticket, lambda: _issue(work, asker, wanted, printer), kept=without_code
        )
        return Answered(with_code(work, answered.value), repeated=True) if answered.repeated else answered


def printer_for(asker: Identity, prints: bool) -> int | None:
    """Return which printer prints what this device or person asks for: its own agent's, else the server's (where it
    `prints`), else that of the office's oldest agent; None where nobody prints."""
    if asker.prints_at is not None:
        return asker.prints_at
    return OWN if prints else asker.some_agent


def _issue(work: UnitOfWork, asker: Identity, wanted: IssueRequest, printer: int | None) -> Ticket:
    service = work.office.service(wanted.service)
    hours.refuse_if_closed(work.office, work.now)
    leg, issued, (ahead, wait) = new_visit(work, asker, service, wanted)
    if printer is not None:
        work.print_jobs.add(leg.ticket, queued_at=work.now, printer=printer)
    work.record(
        TicketIssued(
            ticket=leg.ticket, visit=leg.visit, leg=leg.id, number=leg.number, service=service.id,
            queue=service.queue, ticket_class=leg.ticket_class, language=leg.language, day=leg.day, ahead=ahead,
            low_min=issued.low_min, high_min=issued.high_min,
            place_at=None if leg.place_at == leg.joined_at else leg.place_at,
        )
    )  # fmt: skip
    print_state = "none" if printer is None else "queued"
    return with_code(work, ticket_of(work, leg, issued, waits=(ahead, wait), print_state=print_state), issued)


def new_visit(
    work: UnitOfWork, asker: Identity, service: Service, wanted: IssueRequest, before: Callable[[Leg], Leg] = as_it_is
) -> tuple[Leg, IssuedTicket, tuple[int, Wait]]:
    """Save a new visit with its number; return its leg, what stays the same about its ticket, how many are ahead, and
    what was said of the wait.

    `before` changes the waiting leg before it is saved. Raises QuotaFull or NumbersExhausted.
    """
    if service.quota_per_day is not None:
        hours.refuse_if_full(service, work.tickets.count_issued(service.id, work.day) - 1)
    queue = work.office.queue_of[service.queue]
    number = work.tickets.take_numbers(queue.id, work.day, first=queue.first)
    hours.refuse_if_exhausted(queue, number)
    label = tickets.label(queue.prefix, number)
    place_at, ticket_class = _place_and_class(work, wanted)
    open_counters = work.counters.open_now()
    visit = work.tickets.add_visit(
        day=work.day, arrived_at=work.now, ticket_class=ticket_class, language=wanted.language
    )
    waiting = tickets.waits(
        service, leg=0, ticket=0, visit=visit, number=label, ticket_class=ticket_class, language=wanted.language,
        day=work.day, order=tickets.LAST_IN_ORDER, now=work.now, place_at=place_at,
    )  # fmt: skip
    ahead = people_ahead(work, waiting, open_counters)
    leg = before(waiting)
    # Who is served at once is promised nothing.
    wait = wait_of(work, leg, ahead, open_counters) if leg.state is tickets.State.WAITING else Wait()
    promised = wait.estimate
    facts: dict[str, Any] = {
        "visit": visit, "queue": queue.id, "issued_at": work.now, "issued_by": asker.key,
        "low_min": promised and promised.low_min, "high_min": promised and promised.high_min, "quote": wait.quote,
    }  # fmt: skip
    code = work.phone_codes.of(visit, work.now)
    ticket = work.tickets.add(day=work.day, number=number, label=label, code=code, **facts)
    leg_id = work.legs.add(leg, work.office.rule, ticket=ticket)
    return (
        tickets.joined(leg, ticket=ticket, leg_id=leg_id),
        IssuedTicket(id=ticket, number=label, **facts),
        (ahead, wait),
    )


def _place_and_class(work: UnitOfWork, wanted: IssueRequest) -> tuple[datetime | None, TicketClass]:
    """The place-time if it is not the arrival, and the class. An appointment that was missed is an ordinary visit."""
    if wanted.appointment_at is not None:
        # Not by the calendar yet: a time at its very ends belongs to no day of any zone.
        is_near = abs(wanted.appointment_at - work.now) < timedelta(days=1)
        if not is_near or tickets.business_day(work.office, wanted.appointment_at) != work.day:
            raise InvalidValue(field="appointment_at", value=wanted.appointment_at.isoformat())
        place_at = calling.appointment_place(wanted.appointment_at, work.office.rule, now=work.now)
        if place_at is not None:
            return place_at, "appointment"
    return None, "priority" if wanted.priority else "regular"


def adopt_codes(db: Database, office_id: int) -> None:
    """Let the codes that are made now open the tickets of yesterday and today that have others: a reprint needs them.

    Those of a version before were drawn by lot, those of another key cannot be made again; each still opens its page.
    """
    with db.read(office_id) as work:
        found = work.tickets.of_other_codes(work.phone_codes, work.day - timedelta(days=1))
    if found:
        # Once after an upgrade or a lost key; at every start, where processes of one office have different keys.
        log.warning("phone_codes_of_another_key tickets=%d", len(found))
        with db.work(office_id) as work:
            for ticket, (ours, other) in found.items():
                work.tickets.adopt(ticket, ours, other)
