"""A visit that does not take the straight way: back into the line, on to another queue or counter, or away."""

from collections.abc import Callable

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import calling, steps
from server.domain.errors import CounterClosed, NowhereToGo, ReasonNeeded, UnknownQueue
from server.domain.events import TicketCancelled, TicketReturned, TicketTransferred
from server.domain.tickets import Leg, State
from server.services import rights
from server.services.at_counter import refuse_unless_held_by, saved
from server.services.citizens import CITIZEN, ticket_of_code
from server.services.describing import known_leg, queues_beside, ticket_of
from server.services.reasons import known_reason
from server.services.repeating import Answered, once
from server.services.shapes import CancelRequest, Ticket, TransferRequest

LONGEST_LINE = 10_000  # Nobody is placed behind more than these; an office has dozens.


def come_back(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Put a no-show who came back on the same day into the line again: third, and after a second time last.

    Officers do it for who missed a call to their own counter, reception for everybody. Raises the refusal of its
    state unless it was missed, TicketOfAnotherDay or TicketNotAtCounter.
    """

    def do(work: UnitOfWork, leg: Leg) -> Ticket:
        steps.refuse_return(leg, today=work.day)
        refuse_unless_held_by(work, asker, leg, "return")
        beside = queues_beside(work.office, leg.queue, work.counters.open_now())
        line = work.legs.waiting(beside, most=LONGEST_LINE)
        place_at = calling.return_place(leg, line, work.office.rule, now=work.now)
        back = steps.come_back(leg, place_at=place_at, now=work.now)
        return saved(
            work,
            back,
            TicketReturned(
                ticket=leg.ticket, leg=leg.id, number=leg.number, queue=leg.queue, place_at=place_at,
                returns=back.returns,
            ),
        )  # fmt: skip

    return _moved(db, asker, ticket, ("return", ticket), request_id, do)


def transfer(db: Database, asker: Identity, ticket: int, wanted: TransferRequest) -> Answered[Ticket]:
    """Send the visit on to another service, queue or counter; it keeps its number and its arrival.

    Raises NowhereToGo, UnknownService, UnknownQueue, UnknownCounter, CounterClosed for a counter where nobody is,
    the refusal of its state, or TicketNotAtCounter.
    """

    def do(work: UnitOfWork, leg: Leg) -> Ticket:
        steps.must_be(leg, "transfer", *steps.CANCELLABLE)
        refuse_unless_held_by(work, asker, leg, "transfer")
        service, queue = _destination(work, leg, wanted)
        ended = steps.leave_for_another(leg, now=work.now)
        seq = work.next_seq
        work.legs.save(ended, work.office.rule, seq=seq)
        onward = steps.goes_on(ended, service=service, queue=queue, bound=wanted.counter, leg_id=0, now=work.now,
                               seq=seq)  # fmt: skip
        leg_id = work.legs.add(onward, work.office.rule)
        work.record(
            TicketTransferred(ticket=leg.ticket, leg=leg.id, next_leg=leg_id, number=leg.number, service=service,
                              queue=queue, counter=leg.counter, bound=wanted.counter),
            counter=leg.counter,
        )  # fmt: skip
        return ticket_of(work, work.legs.by_id(leg_id))

    asked = ("transfer", ticket, wanted.service, wanted.queue, wanted.counter)
    return _moved(db, asker, ticket, asked, wanted.request_id, do)


def cancel(db: Database, asker: Identity, ticket: int, wanted: CancelRequest) -> Answered[Ticket]:
    """End the visit without service, for a reason of the office's list; none is a mistake of nobody's.

    Officers do it for the visit at their own counter, reception for those who wait. The reason `left` ends it as
    left, every other as cancelled. Raises ReasonNeeded for an unknown one, the refusal of its state, or
    TicketNotAtCounter.
    """

    def do(work: UnitOfWork, leg: Leg) -> Ticket:
        steps.must_be(leg, "cancel", *steps.CANCELLABLE)
        refuse_unless_held_by(work, asker, leg, "cancel")
        reason = wanted.reason and known_reason(wanted.reason, work.office.reasons.cancel, ReasonNeeded)
        state = State.LEFT if reason == "left" else State.CANCELLED
        return saved(work, steps.cancel(leg, state=state, now=work.now), _cancelled(leg, state, "staff", reason))

    return _moved(db, asker, ticket, ("cancel", ticket, wanted.reason), wanted.request_id, do)


def cancel_own(db: Database, code: str) -> Ticket:
    """Let the citizen whose phone page has that code give the place up. Raises UnknownTicket, or WrongState unless
    the ticket waits or was just called."""
    office_id, ticket = ticket_of_code(db, code)
    with db.work(office_id, CITIZEN) as work:
        leg = known_leg(work, ticket)
        steps.must_be(leg, "cancel", State.WAITING, State.CALLED)
        gone = steps.cancel(leg, state=State.CANCELLED, now=work.now)
        return saved(work, gone, _cancelled(leg, State.CANCELLED, "citizen", None))


def _moved(db: Database, asker: Identity, ticket: int, asked: tuple[object, ...], request_id: str | None,
           do: Callable[[UnitOfWork, Leg], Ticket]) -> Answered[Ticket]:  # fmt: skip
    rights.require(asker, "move_ticket")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, asked, Ticket, lambda: do(work, known_leg(work, ticket)))


def _destination(work: UnitOfWork, leg: Leg, wanted: TransferRequest) -> tuple[str, str]:
    """The service and queue of the next leg; a queue alone keeps the service, a service alone brings its queue."""
    service = leg.service if wanted.service is None else work.office.service(wanted.service).id
    home = leg.queue if wanted.service is None else work.office.service(wanted.service).queue
    queue = wanted.queue or home
    if queue not in work.office.queue_of:
        raise UnknownQueue(queue=queue)
    if wanted.counter is not None and not work.counters.at(work.office.counter(wanted.counter).number).is_open:
        raise CounterClosed(counter=wanted.counter)
    _refuse_the_same_place(leg, service, queue, wanted)
    return service, queue


def _refuse_the_same_place(leg: Leg, service: str, queue: str, wanted: TransferRequest) -> None:
    """Raise NowhereToGo for a transfer that names nothing, or where the ticket is. One in hand may go back into its own
    queue, for another counter to call."""
    names_nothing = (wanted.service, wanted.queue, wanted.counter) == (None, None, None)
    stays_in_line = leg.state is State.WAITING and (service, queue, wanted.counter) == (
        leg.service,
        leg.queue,
        leg.bound,
    )
    stays_at_counter = wanted.counter is not None and wanted.counter == leg.counter
    if names_nothing or stays_in_line or stays_at_counter:
        raise NowhereToGo(number=leg.number)


def _cancelled(leg: Leg, state: State, by: str, reason: str | None) -> TicketCancelled:
    return TicketCancelled(ticket=leg.ticket, leg=leg.id, number=leg.number, queue=leg.queue, counter=leg.counter,
                           state="left" if state is State.LEFT else "cancelled",
                           by="citizen" if by == "citizen" else "staff", reason=reason)  # fmt: skip
