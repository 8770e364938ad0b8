"""What every command at a counter begins and ends with: the officer's own counter, and the saved step."""

from collections.abc import Callable

from server.db.counters import CounterNow
from server.db.legs import Desk
from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import steps, tickets
from server.domain.errors import CounterClosed, CounterTaken, TicketNotAtCounter
from server.domain.events import Event
from server.domain.tickets import Leg, State
from server.services import rights
from server.services.describing import known_leg, ticket_of
from server.services.repeating import Answered, once
from server.services.shapes import Ticket

Step = Callable[[UnitOfWork, Leg, int], Ticket]


def own_counter(work: UnitOfWork, asker: Identity) -> CounterNow | None:
    """Return the counter that this officer has open or pauses at, None for none."""
    return work.counters.of_officer(asker.account) if asker.account else None


def open_desk(work: UnitOfWork, asker: Identity, number: int) -> Desk:
    """Return the counter as the rule of calling sees it. Raises unless this officer has it open."""
    counter = work.counters.at(work.office.counter(number).number)
    if not counter.is_open:
        raise CounterClosed(counter=number)
    if counter.account != asker.account:
        raise CounterTaken(counter=number)
    return counter.desk(work.office.counter(number))


def free_desk(work: UnitOfWork, asker: Identity, number: int) -> Desk:
    """Return the counter as `open_desk` does. Raises CounterBusy, too, while it has a visit in hand."""
    desk = open_desk(work, asker, number)
    tickets.refuse_if_busy(number, work.legs.in_hand_at(number))
    return desk


def with_ticket_in_hand(
    db: Database, asker: Identity, ticket: int, command: str, request_id: str | None, step: Step
) -> Answered[Ticket]:
    """Do one step with the ticket that is in hand at the counter this officer has open."""
    rights.require(asker, "work_counter")

    def do(work: UnitOfWork) -> Ticket:
        leg = known_leg(work, ticket)
        counter = own_counter(work, asker)
        # A ticket that never came to a counter is refused for its state, which tells the officer more.
        at = leg.counter if leg.counter is None or counter is None else counter.number
        if counter is None and leg.state in {*tickets.IN_HAND, State.HELD}:
            raise TicketNotAtCounter(number=leg.number, counter=leg.counter)
        return step(work, leg, at or 0)

    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, (command, ticket), Ticket, lambda: do(work))


def refuse_unless_held_by(work: UnitOfWork, asker: Identity, leg: Leg, command: str) -> None:
    """Raise unless this person may move that leg: an officer one at the own counter, reception one at none."""
    if rights.may(asker, "work_counter"):
        counter = own_counter(work, asker)
        if counter is None or leg.counter != counter.number:
            raise TicketNotAtCounter(number=leg.number, counter=counter.number if counter else 0)
    elif leg.state in tickets.IN_HAND:
        steps.must_be(leg, command, State.WAITING, State.HELD)


def saved(work: UnitOfWork, leg: Leg, happened: Event) -> Ticket:
    """Save the step and its event, and return the ticket as it is then."""
    seq = work.record(happened, counter=getattr(happened, "counter", None))
    work.legs.save(leg, work.office.rule, seq=seq)
    return ticket_of(work, leg)
