"""What an office is: its queues, services, counters and the rule in force. One frozen value, read from its file."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from server.domain.errors import UnknownCounter, UnknownService

Language = Literal["th", "en"]
TicketClass = Literal["regular", "priority", "appointment"]
CounterStateName = Literal["open", "closed", "break"]
LANGUAGES: tuple[Language, ...] = ("th", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    th: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in `language`; anything but English gets Thai."""
        return self.en if language == "en" else self.th


@dataclass(frozen=True, slots=True)
class Queue:
    """A line with a prefix; its numbers start at `first` each business day."""

    id: str
    prefix: str
    name: Text
    first: int = 1


@dataclass(frozen=True, slots=True)
class Service:
    """What a citizen comes for. `standard_minutes` is the citizen manual's promise (service, not waiting)."""

    id: str
    queue: str
    name: Text
    documents: tuple[Text, ...] = ()
    note: Text | None = None
    fee_baht: int = 0
    standard_minutes: int | None = None
    standard_days: int | None = None
    confirmed: bool = False
    quota_per_day: int | None = None

    @property
    def expected_service(self) -> timedelta:
        """The standard time, or 20 minutes where the manual promises days: the visit itself is short."""
        return timedelta(minutes=self.standard_minutes or 20)


@dataclass(frozen=True, slots=True)
class Counter:
    """A numbered service point and the queues it serves."""

    number: int
    name: Text
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of calling in force; printed, dated and kept (DESIGN 5)."""

    version: int = 1
    priority_head_start: timedelta = timedelta(minutes=15)
    cap: int = 3
    recall_limit: int = 3
    recall_interval: timedelta = timedelta(seconds=30)
    return_place: int = 3

    def head_start(self, ticket_class: TicketClass) -> timedelta:
        """How much earlier than its place-time a leg of this class is keyed."""
        return self.priority_head_start if ticket_class == "priority" else timedelta(0)


@dataclass(frozen=True, slots=True)
class Break:
    """A part of an opening in which no ticket is given, such as lunch."""

    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Opening:
    """The hours of some weekdays (Monday is 0), in the office's zone."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True)
class Office:
    """A district office as its file describes it, at one version."""

    code: str
    name: Text
    place: Text
    zone_name: str
    queues: tuple[Queue, ...]
    services: tuple[Service, ...]
    counters: tuple[Counter, ...]
    rule: Rule = Rule()
    promise: Text | None = None
    demo: bool = False
    always_open: bool = False
    openings: tuple[Opening, ...] = ()
    holidays: dict[date, Text] = field(default_factory=dict)
    last_issue_before_close: timedelta = timedelta(0)
    rating_open_for: timedelta = timedelta(seconds=60)
    version: int = 1

    @cached_property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.zone_name)

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.services}

    @cached_property
    def _counters(self) -> dict[int, Counter]:
        return {counter.number: counter for counter in self.counters}

    @cached_property
    def queue_of(self) -> dict[str, Queue]:
        """Queues by id."""
        return {queue.id: queue for queue in self.queues}

    def service(self, service_id: str) -> Service:
        """Return the service of that id, or raise UnknownService."""
        try:
            return self._services[service_id]
        except KeyError:
            raise UnknownService(service=service_id) from None

    def counter(self, number: int) -> Counter:
        """Return the counter of that number, or raise UnknownCounter."""
        try:
            return self._counters[number]
        except KeyError:
            raise UnknownCounter(counter=number) from None
