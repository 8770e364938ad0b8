"""The visit in hand at a counter: recall, start, hold, resume, add a service, finish, no-show."""

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import ratings, steps
from server.domain.errors import ServiceGivenNow, TicketNotAtCounter
from server.domain.events import (
    RatingOpened,
    ServiceAdded,
    ServiceFinished,
    ServiceStarted,
    TicketHeld,
    TicketNoShow,
    TicketRecalled,
    TicketResumed,
)
from server.domain.tickets import Leg, State
from server.services import rights
from server.services.at_counter import free_desk, own_counter, saved, with_ticket_in_hand
from server.services.describing import known_leg, ticket_of
from server.services.rating import end_slot_of_who_has_gone
from server.services.repeating import Answered, once
from server.services.shapes import AddServiceRequest, NoShowRequest, Ticket


def recall(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Call the ticket in hand again. Raises WrongState, TicketNotAtCounter, RecallLimit or RecallTooSoon."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        call_id = work.next_seq
        recalled = steps.recall(leg, counter=counter, call_id=call_id, rule=work.office.rule, now=work.now)
        happened = TicketRecalled(ticket=leg.ticket, leg=leg.id, number=leg.number, queue=leg.queue, counter=counter,
                                  call_id=call_id, times=recalled.calls, language=leg.language)  # fmt: skip
        return saved(work, recalled, happened)

    return with_ticket_in_hand(db, asker, ticket, "recall", request_id, step)


def start(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """The citizen is here: service begins. Raises WrongState or TicketNotAtCounter."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        started = steps.start(leg, counter=counter, now=work.now)
        end_slot_of_who_has_gone(work, counter)
        return saved(work, started, ServiceStarted(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter))

    return with_ticket_in_hand(db, asker, ticket, "start", request_id, step)


def hold(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Put the visit aside; the counter is free for others. Raises WrongState or TicketNotAtCounter."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        held = steps.hold(leg, counter=counter, now=work.now)
        return saved(work, held, TicketHeld(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter))

    return with_ticket_in_hand(db, asker, ticket, "hold", request_id, step)


def resume(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Go on with a held visit at the counter that put it aside, or at any once that one is not open any more.

    Raises WrongState, TicketNotAtCounter, CounterClosed, or CounterBusy while another visit is in hand.
    """
    rights.require(asker, "work_counter")

    def do(work: UnitOfWork) -> Ticket:
        leg = known_leg(work, ticket)
        steps.must_be(leg, "resume", State.HELD)
        counter = own_counter(work, asker)
        if counter is None:
            raise TicketNotAtCounter(number=leg.number, counter=leg.counter)
        if counter.number != leg.counter and work.counters.at(leg.counter or 0).is_open:
            raise TicketNotAtCounter(number=leg.number, counter=counter.number)
        free_desk(work, asker, counter.number)
        resumed = steps.resume(leg, counter=counter.number, officer=asker.key, now=work.now)
        end_slot_of_who_has_gone(work, counter.number)
        happened = TicketResumed(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter.number)
        return saved(work, resumed, happened)

    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("resume", ticket), Ticket, lambda: do(work))


def add_service(db: Database, asker: Identity, ticket: int, wanted: AddServiceRequest) -> Answered[Ticket]:
    """Go on with another service for the visit in hand, at this counter and at once: a further leg of the visit.

    Raises UnknownService, WrongState, TicketNotAtCounter, or ServiceGivenNow for the service that the visit is being
    given, unless the officer is sure: a second press means the first.
    """

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        service = work.office.service(wanted.service)
        steps.must_be(leg, "add_service", State.SERVING)
        steps.must_be_at(leg, counter)
        if leg.service == service.id and not wanted.sure:
            raise ServiceGivenNow(number=leg.number)
        ended = steps.leave_for_another(leg, now=work.now)
        seq = work.next_seq
        # The first leg is saved before the next one is made: a counter has one leg in hand, says the table.
        work.legs.save(ended, work.office.rule, seq=seq)
        onward = steps.goes_on_here(ended, service=service.id, queue=service.queue, leg_id=0, now=work.now, seq=seq)
        leg_id = work.legs.add(onward, work.office.rule)
        work.record(
            ServiceAdded(ticket=leg.ticket, leg=leg.id, next_leg=leg_id, number=leg.number, service=service.id,
                         queue=service.queue, counter=counter),
            counter=counter,
        )  # fmt: skip
        return ticket_of(work, work.legs.by_id(leg_id))

    return with_ticket_in_hand(db, asker, ticket, f"add_service {wanted.service}", wanted.request_id, step)


def finish(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Service is done; the counter's tablet wakes for one tap. Raises WrongState or TicketNotAtCounter."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        finished = steps.finish(leg, counter=counter, now=work.now)
        happened = ServiceFinished(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter)
        answer = saved(work, finished, happened)
        _open_rating(work, finished, counter)
        return answer

    return with_ticket_in_hand(db, asker, ticket, "finish", request_id, step)


def no_show(db: Database, asker: Identity, ticket: int, wanted: NoShowRequest) -> Answered[Ticket]:
    """Nobody came. Raises WrongState or TicketNotAtCounter; NoShowEarly where whoever asks is not sure of it."""

    def step(work: UnitOfWork, leg: Leg, counter: int) -> Ticket:
        missed = steps.no_show(leg, counter=counter, now=work.now)
        if not wanted.sure:
            steps.refuse_early_no_show(leg, rule=work.office.rule, now=work.now)
        return saved(work, missed, TicketNoShow(ticket=leg.ticket, leg=leg.id, number=leg.number, counter=counter))

    return with_ticket_in_hand(db, asker, ticket, "no_show", wanted.request_id, step)


def _open_rating(work: UnitOfWork, leg: Leg, counter: int) -> None:
    expires_at = ratings.closes_at(work.now, work.office.rating_open_for)
    slot = work.ratings.open(visit=leg.visit, ticket=leg.ticket, number=leg.number, counter=counter,
                             opened_at=work.now, expires_at=expires_at)  # fmt: skip
    work.record(
        RatingOpened(slot=slot, visit=leg.visit, ticket=leg.ticket, number=leg.number, counter=counter,
                     expires_at=expires_at),
        counter=counter,
    )  # fmt: skip
