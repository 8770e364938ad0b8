"""One tap of satisfaction a visit: a slot opens at finish, takes one score, and closes by itself."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.domain.errors import AlreadyRated, InvalidScore, SlotEnded, SlotExpired
from server.domain.office import Office
from server.domain.tickets import business_day

SCORES = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingSlot:
    """The chance to rate one visit, on one counter's tablet or on the citizen's own phone.

    `expires_at` is the end of the tablet's time; `ended_at` is when the next service began there, before that and
    before anybody had tapped. To a phone, which is its owner's, neither matters.
    """

    id: int
    visit: int
    ticket: int
    number: str
    counter: int
    opened_at: datetime
    expires_at: datetime
    score: int | None = None
    rated_at: datetime | None = None
    ended_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether a tap would still be taken at `now`."""
        return self.score is None and self.ended_at is None and now < self.expires_at


def closes_at(opened_at: datetime, open_for: timedelta) -> datetime:
    """Return when a slot opened then takes no more taps."""
    return opened_at + open_for


def rate(slot: RatingSlot, score: int, *, now: datetime) -> RatingSlot:
    """Return the slot with its tap on the tablet, or raise InvalidScore, AlreadyRated, SlotEnded or SlotExpired."""
    rated = once_rated(slot, score, now=now)
    if slot.ended_at is not None:
        raise SlotEnded(slot=slot.id)
    if now >= slot.expires_at:
        raise SlotExpired(slot=slot.id)
    return rated


def is_on_its_day(slot: RatingSlot, *, office: Office, now: datetime) -> bool:
    """Return whether this is still the business day on which the visit was finished: so long a phone may rate."""
    return business_day(office, now) == business_day(office, slot.opened_at)


def once_rated(slot: RatingSlot, score: int, *, now: datetime) -> RatingSlot:
    """Return the slot with its one score, wherever it is given, or raise InvalidScore or AlreadyRated."""
    if score not in SCORES:
        raise InvalidScore(score=score)
    if slot.score is not None:
        raise AlreadyRated(slot=slot.id)
    return replace(slot, score=score, rated_at=now)
