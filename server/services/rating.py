"""A citizen taps a face, on the tablet of the counter or on the own phone."""

from typing import Literal

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain import ratings, steps
from server.domain.errors import RatingDayOver, UnknownSlot
from server.domain.events import RatingEnded, RatingGiven
from server.domain.ratings import RatingSlot
from server.domain.tickets import Leg, State
from server.services import rights
from server.services.citizens import CITIZEN, ticket_of_code
from server.services.describing import known_leg, whole_id
from server.services.repeating import Answered, once
from server.services.shapes import Rating, RatingRequest


def give_rating(db: Database, asker: Identity, wanted: RatingRequest) -> Answered[Rating]:
    """Take the one tap of the slot's visit. Raises UnknownSlot, AlreadyRated, InvalidScore, Forbidden, SlotExpired, or
    SlotEnded once the next service began at that counter."""
    rights.require(asker, "rate")
    asked = ("rate", str(wanted.slot), wanted.score)
    with db.work(asker.office_id, Actor(asker.key, device=asker.key)) as work:
        return once(work, wanted.request_id, asked, Rating, lambda: _rate(work, asker, wanted))


def rate_own(db: Database, code: str, score: int) -> Answered[Rating]:
    """Take the one tap of the visit whose phone page has that code, to the end of its day, whatever the tablet shows.

    The same face again is the same tap: a phone sends until it is answered. Raises UnknownTicket, the refusal of its
    state unless the visit is finished, UnknownSlot, RatingDayOver, InvalidScore or AlreadyRated.
    """
    office_id, ticket = ticket_of_code(db, code)
    with db.work(office_id, CITIZEN) as work:
        leg = known_leg(work, ticket)
        steps.must_be(leg, "rate", State.FINISHED)
        slot = work.ratings.of_visit(leg.visit)
        if slot is None:
            raise UnknownSlot(slot=leg.number)
        if not ratings.is_on_its_day(slot, office=work.office, now=work.now):
            raise RatingDayOver(slot=slot.id)
        asked = ("rate_own", slot.id, score)
        return once(work, f"phone-{slot.id}-{score}", asked, Rating,
                    lambda: _given(work, ratings.once_rated(slot, score, now=work.now), score))  # fmt: skip


def phone_rating(work: UnitOfWork, leg: Leg) -> Literal["open", "given"] | None:
    """Return `open` if the citizen's phone may rate this leg's visit, `given` if it is rated already, else None."""
    slot = work.ratings.of_visit(leg.visit) if leg.state is State.FINISHED else None
    if slot is None:
        return None
    if slot.score is not None:
        return "given"
    return "open" if ratings.is_on_its_day(slot, office=work.office, now=work.now) else None


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
    return _given(work, ratings.rate(slot, wanted.score, now=work.now), wanted.score)


def _given(work: UnitOfWork, slot: RatingSlot, score: int) -> Rating:
    work.ratings.save(slot)
    work.record(
        RatingGiven(slot=slot.id, visit=slot.visit, counter=slot.counter, score=score),
        counter=slot.counter,
    )
    return Rating(id=str(slot.id), slot=str(slot.id), score=score, rated_at=work.now.astimezone(work.office.zone))
