"""A person decides about a clock that cannot be right by itself: it jumped ahead, or the office is ahead of it."""

from datetime import datetime

from server.db.people import Identity
from server.db.work import CLOCK_OFFSET, SYSTEM, Actor, Database, UnitOfWork
from server.domain import steps
from server.domain.errors import ClockNotAhead
from server.domain.events import ClockConfirmed, ClockSetBack, CounterClosed, TicketClosed
from server.services import rights


def confirm_clock(db: Database, asker: Identity) -> None:
    """Go on by the clock as it is: what was refused since it jumped is taken from now on. Raises Forbidden."""
    rights.require(asker, "confirm_clock")
    confirm_clock_here(db, asker.office_id, Actor(asker.key))


def confirm_clock_here(db: Database, office_id: int, actor: Actor = SYSTEM) -> bool:
    """Do as `confirm_clock`, asked by whoever may use this machine; False, and nothing done, if it has not jumped."""
    jumped_from = db.time_of(office_id).jumped_from
    if jumped_from is None:
        return False
    with db.work(office_id, actor, believes_clock=True) as work:
        work.record(ClockConfirmed(since=jumped_from))
    return True


def set_clock_back(db: Database, office_id: int, actor: Actor = SYSTEM) -> datetime:
    """Let the office's time be the clock's again, which is behind it, and return that.

    Whatever is open was begun by the wrong time, and is closed by it first. What was dated so stays: an event is never
    changed. Raises ClockNotAhead where the office is not ahead of the clock.
    """
    with db.work(office_id, actor, believes_clock=True) as work:
        clock = db.clock()
        if work.now - clock <= CLOCK_OFFSET:
            raise ClockNotAhead()
        _close_all(work)
        ahead = work.now
        work.set_back(clock)
        work.record(ClockSetBack(since=ahead))
    return clock


def _close_all(work: UnitOfWork) -> None:
    for leg in work.legs.all_open():
        seq = work.record(
            TicketClosed(ticket=leg.ticket, leg=leg.id, number=leg.number, queue=leg.queue, counter=leg.counter),
            counter=leg.counter,
        )
        work.legs.save(steps.close(leg, at=work.now), work.office.rule, seq=seq)
    for counter in work.counters.all().values():
        if counter.state != "closed":
            work.counters.close(counter.number, work.now)
            work.record(CounterClosed(counter=counter.number, reason="day_end"), counter=counter.number)
