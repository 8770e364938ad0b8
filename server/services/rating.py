"""A citizen taps a face."""

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import ratings
from server.domain.errors import UnknownSlot
from server.domain.events import RatingEnded, RatingGiven
from server.services import rights
from server.services.describing import whole_id
from server.services.repeating import Answered, once
from server.services.shapes import Rating, RatingRequest


def give_rating(db: Database, asker: Identity, wanted: RatingRequest) -> Answered[Rating]:
    """Take the one tap of the slot's visit. Raises UnknownSlot, AlreadyRated, InvalidScore, Forbidden, SlotExpired, or
    SlotEnded once the next service began at that counter."""
    rights.require(asker, "rate")
    asked = ("rate", str(wanted.slot), wanted.score)
    with db.work(asker.office_id, Actor(asker.key, device=asker.key)) as work:
        return once(work, wanted.request_id, asked, Rating, lambda: _rate(work, asker, wanted))


def end_slot_of_who_has_gone(work: UnitOfWork, counter: int) -> None:
    """Let the counter's tablet take no tap for the visit before: service of somebody begins there, or goes on."""
    slot = work.ratings.open_at(counter, work.now)
    if slot is None:
        return
    work.ratings.end(slot, work.now)
    work.record(RatingEnded(slot=slot.id, visit=slot.visit, counter=counter), counter=counter)


def _rate(work: UnitOfWork, asker: Identity, wanted: RatingRequest) -> Rating:
    slot_id = whole_id(wanted.slot)
    slot = None if slot_id is None else work.ratings.by_id(slot_id)
    if slot is None or slot.counter != asker.counter:
        raise UnknownSlot(slot=str(wanted.slot))
    rated = ratings.rate(slot, wanted.score, now=work.now)
    work.ratings.save(rated)
    work.record(
        RatingGiven(slot=slot.id, visit=slot.visit, counter=slot.counter, score=wanted.score),
        counter=slot.counter,
    )
    return Rating(
        id=str(slot.id), slot=str(slot.id), score=wanted.score, rated_at=work.now.astimezone(work.office.zone)
    )
