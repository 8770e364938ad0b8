"""Describes tickets, services and queues as the API and the screens name them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace

from server.db.tickets import IssuedTicket
from server.db.work import UnitOfWork
from server.domain.errors import QueueError, UnknownTicket
from server.domain.hours import refuse_if_closed, refuse_if_exhausted, refuse_if_full
from server.domain.office import Office, Reason, Service, Text
from server.domain.tickets import Leg, State
from server.services.shapes import (
    PrintState,
    QueueName,
    ReasonLists,
    ReasonName,
    ServiceOffer,
    Ticket,
    TicketState,
    Words,
)
from server.services.waits import Wait, serving_counters, wait_of


def words(text: Text) -> Words:
    """Return the text as an answer carries it."""
    return Words(text.th, text.en)


def local(office: Office, moment: datetime | None) -> datetime | None:
    """Return the moment in the office's zone, None for None."""
    return None if moment is None else moment.astimezone(office.zone)


def ticket_of(work: UnitOfWork, leg: Leg, issued: IssuedTicket | None = None, *,
              waits: tuple[int, Wait] | None = None, print_state: str | None = None) -> Ticket:  # fmt: skip
    """Return the ticket of this leg. What the caller already knows need not be asked again; `waits` is how many are
    ahead, and what is said of the wait."""
    issued = issued or known_ticket(work, leg.ticket)
    ahead, wait = waits or _waits(work, leg)
    zone = work.office.zone
    return Ticket(
        id=str(leg.ticket), number=leg.number, service=leg.service,
        service_name=words(work.office.known_service(leg.service).name), queue=leg.queue, ticket_class=leg.ticket_class,
        state=state_of(leg), language=leg.language, issued_at=issued.issued_at.astimezone(zone),
        called_at=local(work.office, leg.called_at), started_at=local(work.office, leg.started_at),
        finished_at=local(work.office, leg.finished_at) if leg.state is State.FINISHED else None,
        ended_at=local(work.office, leg.finished_at), counter=leg.counter, calls=leg.calls, ahead=ahead,
        shares_counters=wait.shares_counters, estimate=wait.estimate, opens_at=wait.opens_at,
        print=PrintState(print_state or work.print_jobs.state_of(leg.ticket)),  # type: ignore[arg-type]  # because the table's own check allows no other state.
    )  # fmt: skip


def with_code(work: UnitOfWork, ticket: Ticket, issued: IssuedTicket | None = None) -> Ticket:
    """Return the ticket with the code of its phone page: for the device that issued it, and for a slip."""
    issued = issued or known_ticket(work, int(ticket.id))
    return replace(ticket, code=work.phone_codes.of(issued.visit, issued.issued_at))


def without_code(ticket: Ticket) -> Ticket:
    """Return the ticket as it may be kept and as everybody else sees it."""
    return replace(ticket, code=UNSET)


def _waits(work: UnitOfWork, leg: Leg) -> tuple[int, Wait]:
    if leg.state is not State.WAITING:
        return 0, Wait()
    open_counters = work.counters.open_now()
    ahead = people_ahead(work, leg, open_counters)
    return ahead, wait_of(work, leg, ahead, open_counters)


def state_of(leg: Leg) -> TicketState:
    """Return the state of the ticket whose newest leg this is; the two states of legs only, it never has."""
    return leg.state.value  # type: ignore[return-value]  # because the newest leg is neither transferred nor undone.


def whole_id(written: str | int) -> int | None:
    """Return an id of a request as the database knows it, None for what is none; Thai digits are no id."""
    plain = str(written)
    return int(plain) if plain.isascii() and plain.isdecimal() else None


def ticket_number(written: str | int) -> int:
    """Return the ticket's id as the database knows it, or raise UnknownTicket for what is no id."""
    ticket = whole_id(written)
    if ticket is None:
        raise UnknownTicket(ticket=written)
    return ticket


def known_ticket(work: UnitOfWork, ticket: int) -> IssuedTicket:
    """Return the ticket of that id, or raise UnknownTicket."""
    issued = work.tickets.by_id(ticket)
    if issued is None:
        raise UnknownTicket(ticket=ticket)
    return issued


def known_leg(work: UnitOfWork, ticket: int) -> Leg:
    """Return the latest leg of that ticket, or raise UnknownTicket."""
    leg = work.legs.of_ticket(ticket) if ticket > 0 else None
    if leg is None:
        raise UnknownTicket(ticket=ticket)
    return leg


def people_ahead(work: UnitOfWork, leg: Leg, open_counters: Collection[int] | None = None) -> int:
    """Return how many waiting legs the open counters that serve this leg's queue would call first."""
    open_counters = work.counters.open_now() if open_counters is None else open_counters
    if leg.bound is None:
        queues = queues_beside(work.office, leg.queue, open_counters)
    else:
        queues = sorted({leg.queue, *_queues_of(work.office, leg.bound)})
    return work.legs.ahead_of(leg, queues, work.office.rule)


def _queues_of(office: Office, counter: int) -> tuple[str, ...]:
    """The queues of that counter; none of one that has gone from the office file."""
    return next((each.queues for each in office.counters if each.number == counter), ())


def queues_beside(office: Office, queue: str, open_counters: Collection[int]) -> list[str]:
    """Return the queues that compete with `queue`: all those of the open counters that serve it, itself included."""
    serving = serving_counters(office, queue, open_counters)
    beside = {queue} | {each for counter in office.counters if counter.number in serving for each in counter.queues}
    return sorted(beside)


def offers(work: UnitOfWork) -> list[ServiceOffer]:
    """Return every service of the office, and whether a number may be taken for it now."""
    issued = work.tickets.counted_on(work.day)
    following = work.tickets.next_numbers(work.office.queues, work.day)
    return [
        _offer(
            service,
            _closed_reason(work.office, service, work.now, issued.get(service.id, 0), following[service.queue]),
        )
        for service in work.office.services
    ]


def queue_names(office: Office) -> list[QueueName]:
    """Return every queue of the office and what it is called."""
    return [QueueName(queue.id, words(queue.name)) for queue in office.queues]


def reason_name(reason: str | None, listed: Iterable[Reason]) -> Words | None:
    """Return what a reason is called, None for one that is not (or no longer) in its list."""
    return next((words(each.name) for each in listed if each.id == reason), None)


def reason_lists(office: Office) -> ReasonLists:
    """Return the lists from which a person says why."""

    def named(listed: Iterable[Reason]) -> list[ReasonName]:
        return [ReasonName(each.id, words(each.name)) for each in listed]

    ours = office.reasons
    return ReasonLists(out_of_order=named(ours.out_of_order), pause=named(ours.pause), cancel=named(ours.cancel),
                       walk_up=named(ours.walk_up))  # fmt: skip


def waiting_total(waiting: dict[str, int], queues: Iterable[str]) -> int:
    """Return how many wait in these queues together."""
    return sum(waiting.get(queue, 0) for queue in queues)


def _closed_reason(office: Office, service: Service, now: datetime, issued_today: int, next_number: int) -> str | None:
    try:
        refuse_if_closed(office, now)
        refuse_if_full(service, issued_today)
        refuse_if_exhausted(office.queue_of[service.queue], next_number)
    except QueueError as refusal:
        return refusal.code
    return None


def _offer(service: Service, reason: str | None) -> ServiceOffer:
    return ServiceOffer(
        id=service.id, queue=service.queue, name=words(service.name),
        documents=[words(each) for each in service.documents],
        note=words(service.note) if service.note else None, fee_baht=service.fee_baht,
        standard_minutes=service.standard_minutes, standard_days=service.standard_days,
        confirmed=service.confirmed, open=reason is None, reason=reason,
    )  # fmt: skip
