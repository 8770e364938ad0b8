"""What happened. An event is never changed; its wire name is its class name in snake case.

No personal data and no free text in an event: who acted is an opaque `actor` of the row, never a name.
"""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from server.domain.calling import How
from server.domain.office import Language, TicketClass

SessionEnd = Literal["logout", "password", "removed", "administrator", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The base of every event. `version` is the payload's own version."""

    version: ClassVar[int] = 1

    @classmethod
    def kind(cls) -> str:
        """The wire name: `TicketCalled` is `ticket_called`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def payload(self) -> dict[str, Any]:
        """The facts as JSON values; times in ISO 8601 with their offset."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, (datetime, date)) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIssued(Event):
    """A citizen took a number; the visit's first leg waits in its queue.

    `place_at` is its place-time, None where that is its arrival: an appointment has the time it was booked for.
    `low_min` and `high_min` are the wait that was promised, None while no counter that serves the queue was open.
    """

    ticket: int
    visit: int
    leg: int
    number: str
    service: str
    queue: str
    ticket_class: TicketClass
    language: Language
    day: date
    ahead: int
    low_min: int | None
    high_min: int | None
    place_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCalled(Event):
    """A counter took a leg.

    `how` tells why it was this one: its `turn`; or, before others with an earlier place-time, the `class_rule`, an
    `appointment`, the `cap`, its assigned place after it `returned`; or `out_of_order` for a `reason` of the office's
    list. `passed` such others were overtaken: their count, and the first and last by id of their legs.
    """

    ticket: int
    leg: int
    number: str
    service: str
    queue: str
    counter: int
    call_id: int
    times: int
    language: Language
    how: How = "turn"
    reason: str | None = None
    passed: int = 0
    passed_first: int | None = None
    passed_last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkUpStarted(Event):
    """Somebody without a ticket was served at once, for a `reason` of the office's list; they have a number now.

    `passed` people with a ticket waited for that counter: their count, and the first and last by id of their legs.
    """

    ticket: int
    visit: int
    leg: int
    number: str
    service: str
    queue: str
    ticket_class: TicketClass
    language: Language
    day: date
    counter: int
    reason: str
    passed: int = 0
    passed_first: int | None = None
    passed_last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecalled(Event):
    """The same counter called the same ticket again; `times` counts all calls of the leg."""

    ticket: int
    leg: int
    number: str
    queue: str
    counter: int
    call_id: int
    times: int
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStarted(Event):
    """The citizen is at the counter and service began."""

    ticket: int
    leg: int
    number: str
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHeld(Event):
    """The visit was put aside, and the counter is free for others."""

    ticket: int
    leg: int
    number: str
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResumed(Event):
    """Service of a held visit went on, at `counter`."""

    ticket: int
    leg: int
    number: str
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAdded(Event):
    """The visit went on at the same counter with another service: `leg` ended and `next_leg` is being served."""

    ticket: int
    leg: int
    next_leg: int
    number: str
    service: str
    queue: str
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFinished(Event):
    """Service ended; the visit may be rated."""

    ticket: int
    leg: int
    number: str
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoShow(Event):
    """Called and nobody came."""

    ticket: int
    leg: int
    number: str
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReturned(Event):
    """A no-show came back and stands in line again at the place-time `place_at`; `returns` counts how often."""

    ticket: int
    leg: int
    number: str
    queue: str
    place_at: datetime
    returns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTransferred(Event):
    """The visit goes on elsewhere: `leg` ended and `next_leg` waits for `service` with the same place-time.

    `counter` is where it was, None if it waited; `bound` the only counter that may call it, None for any.
    """

    ticket: int
    leg: int
    next_leg: int
    number: str
    service: str
    queue: str
    counter: int | None
    bound: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCancelled(Event):
    """The visit ended without service: `state` is cancelled, or left. By the citizen, or by staff for a `reason`."""

    ticket: int
    leg: int
    number: str
    queue: str
    counter: int | None
    state: Literal["cancelled", "left"]
    by: Literal["citizen", "staff"]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed(Event):
    """A forgotten ticket was closed with its day."""

    ticket: int
    leg: int
    number: str
    queue: str
    counter: int | None
    reason: Literal["day_end"] = "day_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone(Event):
    """The ticket's last step, the event `undone` of kind `step`, was taken back; the ticket is in `state` again.

    `leg` is the one that goes on. Measures skip the undone event and this one.
    """

    ticket: int
    leg: int
    number: str
    queue: str
    counter: int | None
    undone: int
    step: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingOpened(Event):
    """The counter's tablet may take one tap for this visit until `expires_at`."""

    slot: int
    visit: int
    ticket: int
    number: str
    counter: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingWithdrawn(Event):
    """The visit goes on after all, so its tablet takes no tap yet."""

    slot: int
    visit: int
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingEnded(Event):
    """The next service began at the counter: its tablet takes no tap any more for a visit whose citizen has gone."""

    slot: int
    visit: int
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven(Event):
    """One tap of satisfaction, 1 (worst) to 5 (best)."""

    slot: int
    visit: int
    counter: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterOpened(Event):
    """An officer opened a counter, or came back from a break. `services` are those this officer gives, None all."""

    counter: int
    services: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPaused(Event):
    """The officer takes a break, for a `reason` of the office's list."""

    counter: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterClosed(Event):
    """A counter was closed: by its officer, or because its day was over and nobody had."""

    counter: int
    reason: Literal["officer", "day_end"] = "officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationChanged(Event):
    """The office put a version of its configuration, its rule among it, in force.

    `digest` is the SHA-256 of its office file as it is stored, None before events told it. `since` is when it came into
    force, None for just now.
    """

    configuration: int
    digest: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockConfirmed(Event):
    """A person says that the clock is right though it went on from `since` by more than the office's hours explain."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSetBack(Event):
    """A person says that the clock was ahead: the office's time goes on from this event's, which is before `since`."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Event):
    """A device's state changed, such as a printer that ran out of paper (`state` is a stable code).

    `device` is `printer` (the server's own), `printer:7` (that of agent 7) or `device:7`. `device_kind` and `counter`
    say what a paired device is and where it stands. `since` is when a device was last heard of that is silent now.
    """

    device: str
    state: str
    device_kind: str | None = None
    counter: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPrinted(Event):
    """A slip left the printer (`printed`: confirmed by it, or by a person who saw it) or was handed to it (`sent`)."""

    ticket: int
    job: int
    state: str
    copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipFailed(Event):
    """A slip is late, was dropped, or its outcome is unknown; `reason` is a stable code."""

    ticket: int
    job: int
    state: str
    reason: str
    copy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipAskedAgain(Event):
    """A person asked for a ticket's slip again; it is a `copy` where an earlier one may be on paper."""

    ticket: int
    job: int
    copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestEnded(Event):
    """A self-test slip ended as `state` at a printer, named as in DeviceChanged, for a `reason` if it did not come."""

    device: str
    job: int
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Event):
    """A person logged in."""

    session: int
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A person's session ended, for a `reason`; the actor is who ended it."""

    session: int
    account: int
    reason: SessionEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Event):
    """An account got another password or was removed."""

    account: int
    change: Literal["password", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSlowed(Event):
    """Wrong passwords for this account came so often from one place that the next ones have to wait."""

    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginEased(Event):
    """An administrator let log-ins that were slowed down go on at once; `account` None where it was a whole address."""

    account: int | None


ALL: dict[str, type[Event]] = {
    event.kind(): event
    for event in (
        TicketIssued,
        TicketCalled,
        WalkUpStarted,
        TicketRecalled,
        ServiceStarted,
        TicketHeld,
        TicketResumed,
        ServiceAdded,
        ServiceFinished,
        TicketNoShow,
        TicketReturned,
        TicketTransferred,
        TicketCancelled,
        TicketClosed,
        StepUndone,
        RatingOpened,
        RatingWithdrawn,
        RatingEnded,
        RatingGiven,
        CounterOpened,
        CounterPaused,
        CounterClosed,
        ConfigurationChanged,
        ClockConfirmed,
        ClockSetBack,
        DeviceChanged,
        SlipPrinted,
        SlipFailed,
        SlipAskedAgain,
        SelfTestEnded,
        SessionOpened,
        SessionEnded,
        AccountChanged,
        LoginSlowed,
        LoginEased,
    )
}


def from_payload(kind: str, payload: dict[str, Any]) -> Event:
    """Return the event that was stored as this kind and payload; unknown keys are ignored, KeyError if unknown kind."""
    event = ALL[kind]
    known: dict[str, Any] = {}
    if event is TicketCalled and "how" not in payload and payload.get("passed"):
        known["how"] = "class_rule"  # Before calls told how, only the class rule could overtake.
    for each in fields(event):
        if each.name in payload:
            known[each.name] = _restored(each.name, payload[each.name])
    return event(**known)


def _restored(name: str, value: Any) -> Any:
    if name == "day":
        return date.fromisoformat(value)
    if name == "services" and value is not None:
        return tuple(value)
    is_moment = name in ("expires_at", "place_at", "since") and value is not None
    return datetime.fromisoformat(value) if is_moment else value
