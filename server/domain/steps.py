"""What may happen to a leg, and what each happening makes of it. Pure: every function returns the leg as it is then.

Each refuses, with the code of the state that the leg is in, what does not fit that state; a test and the table in
`server/domain/README.md` try all of them in all states.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from server.domain.errors import (
    CannotUndo,
    NoShowEarly,
    NothingToUndo,
    QueueError,
    RecallLimit,
    RecallTooSoon,
    TicketCalledAlready,
    TicketCancelledAlready,
    TicketClosedAlready,
    TicketFinishedAlready,
    TicketHasLeft,
    TicketHeldNow,
    TicketMissedAlready,
    TicketNotAtCounter,
    TicketOfAnotherDay,
    TicketServingAlready,
    TicketStillWaits,
    UndoTooLate,
)
from server.domain.office import Rule
from server.domain.tickets import Leg, State

_REFUSALS: dict[State, type[QueueError]] = {
    State.WAITING: TicketStillWaits,
    State.CALLED: TicketCalledAlready,
    State.SERVING: TicketServingAlready,
    State.HELD: TicketHeldNow,
    State.FINISHED: TicketFinishedAlready,
    State.NO_SHOW: TicketMissedAlready,
    State.LEFT: TicketHasLeft,
    State.CANCELLED: TicketCancelledAlready,
    State.CLOSED: TicketClosedAlready,
    # No ticket is in these two: its newest leg never is.
    State.TRANSFERRED: TicketFinishedAlready,
    State.UNDONE: TicketCancelledAlready,
}
CANCELLABLE = (State.WAITING, State.CALLED, State.SERVING, State.HELD)
# Steps after which the one before them cannot be taken back either.
FINAL = frozenset({"ticket_recalled", "walk_up_started", "ticket_closed", "step_undone"})
UNDOABLE = frozenset({"ticket_called", "service_started", "ticket_held", "ticket_resumed", "service_finished",
                      "ticket_no_show", "ticket_returned", "ticket_transferred", "service_added",
                      "ticket_cancelled"})  # fmt: skip


def call(leg: Leg, *, counter: int, officer: str | None, call_id: int, now: datetime) -> Leg:
    """Return the leg called to `counter`. Refused unless it waits."""
    must_be(leg, "call", State.WAITING)
    return _next(leg, state=State.CALLED, counter=counter, officer=officer, calls=1, call_id=call_id, called_at=now)


def recall(leg: Leg, *, counter: int, call_id: int, rule: Rule, now: datetime) -> Leg:
    """Return the leg called once more. Refused unless it is called, at this counter, and the rule allows it now.

    The first recall may come at any time after the call; further ones keep the rule's interval.
    """
    must_be(leg, "recall", State.CALLED)
    must_be_at(leg, counter)
    if recalls_left(leg, rule) == 0:
        raise RecallLimit(number=leg.number, limit=rule.recall_limit)
    again_at = recall_again_at(leg, rule)
    if again_at is not None and now < again_at:
        raise RecallTooSoon(number=leg.number, seconds=-((now - again_at) // timedelta(seconds=1)))
    return _next(leg, calls=leg.calls + 1, call_id=call_id, called_at=now)


def recalls_left(leg: Leg, rule: Rule) -> int:
    """Return how often the leg may still be called again."""
    return max(0, rule.recall_limit - max(0, leg.calls - 1))


def recall_again_at(leg: Leg, rule: Rule) -> datetime | None:
    """Return the earliest time of the next recall; None if it may come at once."""
    if leg.calls < 2 or leg.called_at is None:
        return None
    return leg.called_at + rule.recall_interval


def start(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg in service. Refused unless it is called to this counter."""
    must_be(leg, "start", State.CALLED)
    must_be_at(leg, counter)
    return _next(leg, state=State.SERVING, started_at=now)


def walk_up(leg: Leg, *, counter: int, officer: str | None, now: datetime) -> Leg:
    """Return the leg of somebody who came to the counter without waiting: in service, never called."""
    return _next(leg, state=State.SERVING, counter=counter, officer=officer, started_at=now)


def hold(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg put aside, such as for a form to be filled in; the counter is free meanwhile."""
    must_be(leg, "hold", State.SERVING)
    must_be_at(leg, counter)
    return _next(leg, state=State.HELD, held_at=now)


def resume(leg: Leg, *, counter: int, officer: str | None, now: datetime) -> Leg:
    """Return the held leg in service again at `counter`. Refused unless it is held."""
    must_be(leg, "resume", State.HELD)
    return _next(_hold_ended(leg, now), state=State.SERVING, counter=counter, officer=officer, before=leg)


def finish(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg finished. Refused unless it is in service at this counter."""
    must_be(leg, "finish", State.SERVING)
    must_be_at(leg, counter)
    return _next(leg, state=State.FINISHED, finished_at=now)


def no_show(leg: Leg, *, counter: int, now: datetime) -> Leg:
    """Return the leg of somebody who did not come. Refused unless it is called to this counter."""
    must_be(leg, "no_show", State.CALLED)
    must_be_at(leg, counter)
    return _next(leg, state=State.NO_SHOW, finished_at=now)


def no_show_asks_until(leg: Leg, rule: Rule) -> datetime | None:
    """Return until when a no-show of the called leg is asked about; None where it is not: its call was repeated."""
    if leg.calls > 1 or leg.called_at is None:
        return None
    return leg.called_at + rule.no_show_grace


def refuse_early_no_show(leg: Leg, *, rule: Rule, now: datetime) -> None:
    """Raise NoShowEarly while a no-show of that leg is asked about."""
    until = no_show_asks_until(leg, rule)
    if leg.state is State.CALLED and until is not None and now < until:
        grace = int(rule.no_show_grace.total_seconds())
        raise NoShowEarly(number=leg.number, seconds=-((now - until) // timedelta(seconds=1)), grace=grace)


def come_back(leg: Leg, *, place_at: datetime, now: datetime) -> Leg:
    """Return the leg of a no-show in line again at its assigned place. Refused unless it was missed."""
    must_be(leg, "return", State.NO_SHOW)
    return _next(leg, state=State.WAITING, place_at=place_at, waits_since=now, returns=leg.returns + 1, counter=None,
                 officer=None, calls=0, call_id=None, called_at=None, finished_at=None)  # fmt: skip


def refuse_return(leg: Leg, *, today: date) -> None:
    """Raise unless this leg's citizen may come back into the line today."""
    must_be(leg, "return", State.NO_SHOW)
    if leg.day != today:
        raise TicketOfAnotherDay(number=leg.number, day=leg.day.isoformat())


def leave_for_another(leg: Leg, *, now: datetime) -> Leg:
    """Return the leg that ends because its visit goes on elsewhere. Refused when the visit is over."""
    must_be(leg, "transfer", *CANCELLABLE)
    return _next(_hold_ended(leg, now), state=State.TRANSFERRED, finished_at=now, before=leg)


def goes_on(leg: Leg, *, service: str, queue: str, bound: int | None, leg_id: int, now: datetime, seq: int) -> Leg:
    """Return the next leg of the same visit, waiting for `service` in `queue` with the same place-time.

    How often it was passed is kept until it has been served once. `seq` is the event that made it; `bound` is the
    only counter that may call it, None for any that serves its queue.
    """
    return Leg(
        id=leg_id, ticket=leg.ticket, visit=leg.visit, number=leg.number, service=service, queue=queue,
        ticket_class=leg.ticket_class, language=leg.language, state=State.WAITING, day=leg.day, joined_at=now,
        place_at=leg.place_at, order=leg_id, waits_since=now, bound=bound, returns=leg.returns,
        passed=0 if leg.started_at else leg.passed, last_seq=seq,
    )  # fmt: skip


def goes_on_here(leg: Leg, *, service: str, queue: str, leg_id: int, now: datetime, seq: int) -> Leg:
    """Return the next leg of the same visit, served at once at the counter where the visit is."""
    waiting = goes_on(leg, service=service, queue=queue, bound=None, leg_id=leg_id, now=now, seq=seq)
    return replace(waiting, state=State.SERVING, counter=leg.counter, officer=leg.officer, started_at=now)


def cancel(leg: Leg, *, state: State, now: datetime) -> Leg:
    """Return the leg ended without service as `state`: cancelled, or left. Refused when the visit is over."""
    must_be(leg, "cancel", *CANCELLABLE)
    return _next(_hold_ended(leg, now), state=state, finished_at=now, before=leg)


def close(leg: Leg, *, at: datetime) -> Leg:
    """Return the leg closed because its day is over; nobody asked, so it is never refused."""
    return replace(_hold_ended(leg, at), state=State.CLOSED, finished_at=at, before=None)


def undo(leg: Leg, *, kind: str, happened_at: datetime, rule: Rule, now: datetime) -> Leg:
    """Return the leg as it was before its last step, which was an event of that `kind`.

    Refused when there is none, when it cannot be taken back (a recall was heard), or after the rule's time.
    What others did meanwhile stays: how often it was passed.
    """
    if leg.last_seq is None:
        raise NothingToUndo(number=leg.number)
    if kind not in UNDOABLE:
        raise CannotUndo(number=leg.number, step=kind)
    if leg.before is None:
        raise NothingToUndo(number=leg.number)
    if now - happened_at > rule.undo_within:
        raise UndoTooLate(number=leg.number, seconds=int(rule.undo_within.total_seconds()))
    restored = replace(leg.before, passed=leg.passed, before=None, last_seq=None)
    return replace(restored, waits_since=now) if restored.state is State.WAITING else restored


def passed_meanwhile(back: Leg, newer: Leg) -> Leg:
    """Return the leg that a taken-back transfer gives back: if it waits again, what its successor suffered counts."""
    return replace(back, passed=max(back.passed, newer.passed)) if back.state is State.WAITING else back


def undone_away(leg: Leg, *, now: datetime) -> Leg:
    """Return the leg that a taken-back transfer had made: as if it had never been."""
    return replace(leg, state=State.UNDONE, finished_at=now, before=None)


def must_be(leg: Leg, command: str, *states: State) -> None:
    """Raise the refusal of the leg's own state unless it is one of `states`."""
    if leg.state not in states:
        raise _REFUSALS[leg.state](number=leg.number, state=leg.state.value, command=command)


def must_be_at(leg: Leg, counter: int) -> None:
    """Raise TicketNotAtCounter unless that counter has, or had, the leg."""
    if leg.counter != counter:
        raise TicketNotAtCounter(number=leg.number, counter=counter)


def _hold_ended(leg: Leg, now: datetime) -> Leg:
    if leg.held_at is None:
        return leg
    return replace(leg, held_at=None, held_for=leg.held_for + (now - leg.held_at))


def _next(leg: Leg, *, before: Leg | None = None, **changes: Any) -> Leg:
    """The leg after a step; the one before it is kept for an undo, without its own past."""
    return replace(leg, **changes, before=replace(before or leg, before=None))
