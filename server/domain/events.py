"""What happened. An event is never changed; its wire name is its class name in snake case.

No personal data and no free text in an event: who acted is an opaque `actor` of the row, never a name.
"""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar

from server.domain.office import Language, TicketClass


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
    """A citizen took a number; the visit's first leg waits in its queue."""

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
    low_min: int
    high_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCalled(Event):
    """A counter took the next leg. `passed` legs were overtaken by the class rule: their count, first and last."""

    ticket: int
    leg: int
    number: str
    service: str
    queue: str
    counter: int
    call_id: int
    times: int
    language: Language
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
class RatingOpened(Event):
    """The counter's tablet may take one tap for this visit until `expires_at`."""

    slot: int
    visit: int
    ticket: int
    number: str
    counter: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven(Event):
    """One tap of satisfaction, 1 (worst) to 5 (best)."""

    slot: int
    visit: int
    counter: int
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterOpened(Event):
    """An officer opened a counter."""

    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterClosed(Event):
    """An officer closed a counter."""

    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Event):
    """A device's state changed, such as a printer that ran out of paper (`state` is a stable code)."""

    device: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipPrinted(Event):
    """A slip left the printer (`printed`: confirmed by it) or was handed to it (`sent`)."""

    ticket: int
    job: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipFailed(Event):
    """A slip is late or its outcome is unknown; `reason` is a stable code."""

    ticket: int
    job: int
    state: str
    reason: str


ALL: dict[str, type[Event]] = {
    event.kind(): event
    for event in (
        TicketIssued,
        TicketCalled,
        TicketRecalled,
        ServiceStarted,
        ServiceFinished,
        TicketNoShow,
        RatingOpened,
        RatingGiven,
        CounterOpened,
        CounterClosed,
        DeviceChanged,
        SlipPrinted,
        SlipFailed,
    )
}


def from_payload(kind: str, payload: dict[str, Any]) -> Event:
    """Return the event that was stored as this kind and payload; unknown keys are ignored, KeyError if unknown kind."""
    event = ALL[kind]
    known = {}
    for each in fields(event):
        if each.name in payload:
            known[each.name] = _restored(each.name, payload[each.name])
    return event(**known)


def _restored(name: str, value: Any) -> Any:
    if name == "day":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if name == "expires_at" else value
