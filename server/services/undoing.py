"""The last step of a ticket, taken back within a minute by whoever took it: a compensating event, nothing deleted."""

import json
from typing import Any

from server.db.events import StoredEvent
from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import calling, steps
from server.domain.errors import AlreadyRated, NothingToUndo, NotYourStep
from server.domain.events import RatingWithdrawn, StepUndone
from server.domain.tickets import IN_HAND, Leg, State
from server.services import rights
from server.services.at_counter import free_desk, open_desk
from server.services.describing import known_leg, ticket_of
from server.services.rating import end_slot_of_who_has_gone
from server.services.repeating import Answered, once
from server.services.shapes import Ticket

ONWARD = frozenset({"ticket_transferred", "service_added"})


def undo(db: Database, asker: Identity, ticket: int, request_id: str | None) -> Answered[Ticket]:
    """Take the ticket's last step back. Only who took it may, within the rule's time, and not after a rating.

    Raises NothingToUndo, CannotUndo, UndoTooLate, NotYourStep, AlreadyRated, or CounterBusy and CounterClosed when
    the ticket cannot come back to its counter.
    """
    rights.require(asker, "move_ticket")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, request_id, ("undo", ticket), Ticket, lambda: _undo(work, asker, ticket))


def _undo(work: UnitOfWork, asker: Identity, ticket: int) -> Ticket:
    leg = known_leg(work, ticket)
    if leg.last_seq is None:
        raise NothingToUndo(number=leg.number)
    event = work.event_at(leg.last_seq)
    said: dict[str, Any] = json.loads(event.payload)
    if event.actor != asker.key:
        raise NotYourStep(number=leg.number)
    changed = work.legs.by_id(said["leg"]) if event.kind in ONWARD else leg
    back = steps.undo(changed, kind=event.kind, happened_at=event.occurred_at, rule=work.office.rule, now=work.now)
    if event.kind in ONWARD:
        back = steps.passed_meanwhile(back, leg)
        work.legs.save(steps.undone_away(leg, now=work.now), work.office.rule, seq=None)
    if back.state in IN_HAND:
        _refuse_unless_it_fits(work, asker, back, still_there=leg)
    if event.kind == "ticket_called":
        _nobody_was_passed(work, asker, leg, event, said)
    if event.kind == "service_finished":
        _withdraw_rating(work, leg)
    if back.state is State.SERVING:
        end_slot_of_who_has_gone(work, back.counter or 0)
    work.legs.save(back, work.office.rule, seq=None)
    work.record(
        StepUndone(ticket=leg.ticket, leg=back.id, number=leg.number, queue=back.queue, counter=leg.counter,
                   undone=event.seq, step=event.kind, state=back.state.value),
        counter=leg.counter or back.counter,
    )  # fmt: skip
    return ticket_of(work, back)


def _refuse_unless_it_fits(work: UnitOfWork, asker: Identity, back: Leg, *, still_there: Leg) -> None:
    """Raise unless the counter that the ticket comes back to is this officer's, open, and free or has it in hand."""
    counter = back.counter or 0
    if still_there.state in IN_HAND and still_there.counter == counter:
        open_desk(work, asker, counter)
    else:
        free_desk(work, asker, counter)


def _nobody_was_passed(work: UnitOfWork, asker: Identity, leg: Leg, event: StoredEvent, said: dict[str, Any]) -> None:
    desk = open_desk(work, asker, leg.counter or 0)
    if said["how"] not in calling.COUNTS_TOWARD_CAP or not said["passed"]:
        return
    work.legs.note_not_passed(leg, desk, work.office.rule, called_at=event.occurred_at, newest=said["passed_last"])


def _withdraw_rating(work: UnitOfWork, leg: Leg) -> None:
    slot = work.ratings.of_visit(leg.visit)
    if slot is None:
        return
    if slot.score is not None:
        raise AlreadyRated(slot=slot.id)
    work.ratings.withdraw(slot, work.now)
    work.record(RatingWithdrawn(slot=slot.id, visit=leg.visit, counter=slot.counter), counter=slot.counter)
