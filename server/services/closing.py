"""The close of the day: what earlier business days left open is closed with that reason, never deleted."""

from datetime import datetime, timedelta

from server.db.counters import CounterNow
from server.db.work import SYSTEM, Database, UnitOfWork
from server.domain import steps
from server.domain.events import CounterClosed, TicketClosed
from server.domain.tickets import Leg

FORGOTTEN_AFTER = timedelta(hours=3)  # An office may be open over midnight: who has just come is not forgotten.


def close_earlier_days(work: UnitOfWork) -> None:
    """Close every ticket of an earlier business day that nobody touched for hours, and the counters left open.

    The unit of work asks this before the first command of a day; what is too fresh is left for a later one.
    """
    forgotten, fresh = _of_earlier_days(work)
    for leg in forgotten:
        _close(work, leg)
    if not work.office.always_open:
        _close_counters(work)
    if not fresh:
        work.days_closed_before(work.day)


def close_day_if_over(db: Database, office_id: int) -> None:
    """Close what earlier days left open if nobody has yet; the server asks this now and then."""
    with db.work(office_id):
        pass


def _of_earlier_days(work: UnitOfWork) -> tuple[list[Leg], list[Leg]]:
    legs = work.legs.open_before(work.day)
    forgotten = [leg for leg in legs if work.now - _last_touched(leg) >= FORGOTTEN_AFTER]
    return forgotten, [leg for leg in legs if leg not in forgotten]


def _last_touched(leg: Leg) -> datetime:
    moments = (leg.joined_at, leg.waits_since, leg.called_at, leg.started_at, leg.held_at)
    return max(moment for moment in moments if moment is not None)


def _close(work: UnitOfWork, leg: Leg) -> None:
    seq = work.record(
        TicketClosed(ticket=leg.ticket, leg=leg.id, number=leg.number, queue=leg.queue, counter=leg.counter),
        counter=leg.counter,
        by=SYSTEM,
    )
    work.legs.save(steps.close(leg, at=work.now), work.office.rule, seq=seq)


def _close_counters(work: UnitOfWork) -> None:
    """Close the counters that were last opened or paused on an earlier day: an office that closes has nobody there."""
    for counter in work.counters.all().values():
        if counter.state == "closed" or counter.since is None:
            continue
        if counter.since.astimezone(work.office.zone).date() < work.day:
            work.counters.save(CounterNow(number=counter.number, state="closed", since=work.now))
            work.record(CounterClosed(counter=counter.number, reason="day_end"), counter=counter.number, by=SYSTEM)
