"""Describes tickets, services and queues as the API and the screens name them."""

from collections.abc import Iterable
from datetime import datetime

from server.db.counters import CounterNow
from server.db.tickets import IssuedTicket
from server.db.work import UnitOfWork
from server.domain.errors import QueueError, UnknownTicket
from server.domain.estimating import WaitRange, cold_start
from server.domain.hours import refuse_if_closed, refuse_if_full
from server.domain.office import Office, Service, Text
from server.domain.tickets import Leg, State
from server.services.shapes import EstimatedWait, PrintState, QueueName, ServiceOffer, Ticket, Words


def words(text: Text) -> Words:
    """Return the text as an answer carries it."""
    return Words(text.th, text.en)


def local(office: Office, moment: datetime | None) -> datetime | None:
    """Return the moment in the office's zone, None for None."""
    return None if moment is None else moment.astimezone(office.zone)


def ticket_of(work: UnitOfWork, leg: Leg, issued: IssuedTicket | None = None, *, ahead: int | None = None,
              print_state: str | None = None) -> Ticket:  # fmt: skip
    """Return the ticket of this leg. What the caller already knows need not be asked again."""
    issued = issued or known_ticket(work, leg.ticket)
    if ahead is None:
        ahead = people_ahead(work, leg) if leg.state is State.WAITING else 0
    zone = work.office.zone
    return Ticket(
        id=str(leg.ticket), number=leg.number, service=leg.service,
        service_name=words(work.office.service(leg.service).name), queue=leg.queue, ticket_class=leg.ticket_class,
        state=leg.state.value, language=leg.language, issued_at=issued.issued_at.astimezone(zone),
        called_at=local(work.office, leg.called_at), started_at=local(work.office, leg.started_at),
        finished_at=local(work.office, leg.finished_at), counter=leg.counter, calls=leg.calls, ahead=ahead,
        estimate=EstimatedWait(issued.low_min, issued.high_min),
        print=PrintState(print_state or work.print_jobs.state_of(leg.ticket)),  # type: ignore[arg-type]  # because the table's own check allows no other state.
        code=issued.code,
    )  # fmt: skip


def known_ticket(work: UnitOfWork, ticket: int) -> IssuedTicket:
    """Return the ticket of that id, or raise UnknownTicket."""
    issued = work.tickets.by_id(ticket)
    if issued is None:
        raise UnknownTicket(ticket=ticket)
    return issued


def known_leg(work: UnitOfWork, ticket: int) -> Leg:
    """Return the latest leg of that ticket, or raise UnknownTicket."""
    leg = work.legs.of_ticket(ticket)
    if leg is None:
        raise UnknownTicket(ticket=ticket)
    return leg


def people_ahead(work: UnitOfWork, leg: Leg, counters: dict[int, CounterNow] | None = None) -> int:
    """Return how many waiting legs the open counters that serve this leg's queue would call first."""
    counters = work.counters.all() if counters is None else counters
    return work.legs.ahead_of(leg, queues_beside(work.office, leg.queue, counters), work.office.rule)


def queues_beside(office: Office, queue: str, counters: dict[int, CounterNow]) -> list[str]:
    """Return the queues that compete with `queue`: all those of the open counters that serve it, itself included."""
    serving = serving_counters(office, queue, counters)
    beside = {queue} | {each for counter in office.counters if counter.number in serving for each in counter.queues}
    return sorted(beside)


def serving_counters(office: Office, queue: str, counters: dict[int, CounterNow]) -> list[int]:
    """Return the numbers of the open counters that serve that queue."""
    return [
        counter.number
        for counter in office.counters
        if queue in counter.queues and counter.number in counters and counters[counter.number].is_open
    ]


def estimated_wait(office: Office, queue: str, ahead: int, counters: dict[int, CounterNow]) -> WaitRange:
    """Return the range of wait for somebody of that queue with so many people ahead."""
    minutes = [service.expected_service.total_seconds() / 60 for service in office.services if service.queue == queue]
    mean = sum(minutes) / len(minutes) if minutes else 20.0
    return cold_start(ahead, mean, len(serving_counters(office, queue, counters)))


def offers(work: UnitOfWork) -> list[ServiceOffer]:
    """Return every service of the office, and whether a number may be taken for it now."""
    issued = work.tickets.counted_on(work.day)
    return [
        _offer(service, _closed_reason(work.office, service, work.now, issued.get(service.id, 0)))
        for service in work.office.services
    ]


def queue_names(office: Office) -> list[QueueName]:
    """Return every queue of the office and what it is called."""
    return [QueueName(queue.id, words(queue.name)) for queue in office.queues]


def waiting_total(waiting: dict[str, int], queues: Iterable[str]) -> int:
    """Return how many wait in these queues together."""
    return sum(waiting.get(queue, 0) for queue in queues)


def _closed_reason(office: Office, service: Service, now: datetime, issued_today: int) -> str | None:
    try:
        refuse_if_closed(office, now)
        refuse_if_full(service, issued_today)
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
