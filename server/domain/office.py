"""What an office is: its queues, services, counters and the rule in force. One frozen value, read from its file."""

from collections.abc import Callable, Mapping
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
class Reason:
    """One entry of a list that a person chooses from; events keep the id, screens show the name."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Queue:
    """A line with a prefix; its numbers start at `first` each business day and end at `last`, None for no end."""

    id: str
    prefix: str
    name: Text
    first: int = 1
    last: int | None = None

    def has_number(self, number: int) -> bool:
        """Return whether the number is within the queue's range."""
        return self.first <= number and (self.last is None or number <= self.last)


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
    """A numbered service point and the queues it serves. Idle for `auto_call_after`, it gets the next by itself."""

    number: int
    name: Text
    queues: tuple[str, ...]
    auto_call_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of calling in force; printed, dated and kept (DESIGN 5)."""

    version: int = 1
    priority_head_start: timedelta = timedelta(minutes=15)
    appointment_head_start: timedelta = timedelta(0)
    appointment_tolerance: timedelta = timedelta(minutes=15)
    cap: int = 3
    recall_limit: int = 3
    recall_interval: timedelta = timedelta(seconds=30)
    return_place: int = 3
    undo_within: timedelta = timedelta(seconds=60)
    no_show_grace: timedelta = timedelta(seconds=20)

    def head_start(self, ticket_class: TicketClass) -> timedelta:
        """How much earlier than its place-time a leg of this class is keyed."""
        if ticket_class == "priority":
            return self.priority_head_start
        return self.appointment_head_start if ticket_class == "appointment" else timedelta(0)


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


@dataclass(frozen=True, slots=True)
class Reasons:
    """The lists from which a person says why: an office may write its own."""

    out_of_order: tuple[Reason, ...] = (
        Reason("wheelchair", Text("ใช้รถเข็นหรือเดินลำบาก", "Wheelchair or difficulty walking")),
        Reason("unwell", Text("เจ็บป่วยหรืออ่อนแรง", "Unwell or frail")),
        Reason("small_child", Text("มีเด็กเล็กมาด้วย", "With a small child")),
        Reason("papers_brought", Text("กลับมาพร้อมเอกสารที่ขาด", "Back with the missing papers")),
        Reason("language", Text("ต้องใช้เจ้าหน้าที่ที่สื่อสารภาษาได้", "Needs an officer who speaks the language")),
        Reason("system_fault", Text("ระบบหรืออุปกรณ์ขัดข้อง", "A fault of the system or its equipment")),
    )
    pause: tuple[Reason, ...] = (
        Reason("lunch", Text("พักกลางวัน", "Lunch")),
        Reason("rest", Text("พักระหว่างวัน", "Rest")),
        Reason("meeting", Text("ประชุม", "Meeting")),
        Reason("back_office", Text("ทำงานเอกสารหลังช่องบริการ", "Paperwork behind the counter")),
        Reason("equipment", Text("อุปกรณ์ขัดข้อง", "Equipment fault")),
    )
    cancel: tuple[Reason, ...] = (
        Reason("left", Text("ผู้รับบริการกลับไปแล้ว", "The citizen has left")),
        Reason("papers_missing", Text("เอกสารไม่ครบ", "Papers are missing")),
        Reason("other_office", Text("ต้องติดต่อหน่วยงานอื่น", "Belongs to another office")),
        Reason("mistake", Text("กดบัตรคิวผิดหรือซ้ำ", "Ticket taken by mistake or twice")),
    )
    walk_up: tuple[Reason, ...] = (
        Reason("quick_question", Text("สอบถามสั้น ๆ", "A quick question")),
        Reason("collect_papers", Text("มารับเอกสารที่เสร็จแล้ว", "Collects finished papers")),
        Reason("cannot_use_kiosk", Text("กดบัตรคิวเองไม่ได้", "Cannot use the kiosk")),
        Reason("kiosk_fault", Text("ตู้กดบัตรคิวขัดข้อง", "The kiosk is out of order")),
    )


HolidaysOfYear = Callable[[int], Mapping[date, Text]]
"""A country's public holidays in that year, each with its name."""


def no_public_holidays(_year: int) -> Mapping[date, Text]:
    """Return the public holidays of an office that names no country: none."""
    return {}


@dataclass(frozen=True, slots=True)
class Slips:
    """What the office says about its slips. One that waited longer than `drop_after` for its printer is dropped.

    `documents` and `wait` say whether these are printed. A text that is None is the house's own, or left out where the
    house has none: `greeting` stands under the office's name, `note` above the `footer`, `qr_caption` beside the code.
    """

    drop_after: timedelta = timedelta(minutes=30)
    documents: bool = True
    wait: bool = True
    greeting: Text | None = None
    note: Text | None = None
    footer: Text | None = None
    qr_caption: Text | None = None


@dataclass(frozen=True)
class Office:
    """A district office as its file describes it, at one version.

    `holidays` are its own closed days; on those of `working` it works though its country does not. `retired_services`
    and `retired_queues` are those of earlier versions: old tickets still name them.
    """

    code: str
    name: Text
    place: Text
    zone_name: str
    queues: tuple[Queue, ...]
    services: tuple[Service, ...]
    counters: tuple[Counter, ...]
    rule: Rule = Rule()
    promise: Text | None = None
    promised_wait: timedelta | None = None
    demo: bool = False
    always_open: bool = False
    openings: tuple[Opening, ...] = ()
    holidays: dict[date, Text] = field(default_factory=dict)
    public_holidays: HolidaysOfYear = no_public_holidays
    working: frozenset[date] = frozenset()
    last_issue_before_close: timedelta = timedelta(0)
    rating_open_for: timedelta = timedelta(seconds=60)
    reasons: Reasons = Reasons()
    slips: Slips = Slips()
    version: int = 1
    retired_services: Mapping[str, Service] = field(default_factory=dict)
    retired_queues: Mapping[str, Queue] = field(default_factory=dict)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.zone_name)

    @cached_property
    def mean_service_minutes(self) -> dict[str, float]:
        """The mean of the expected service times of each queue's services, in minutes."""
        minutes: dict[str, list[float]] = {}
        for service in self.services:
            minutes.setdefault(service.queue, []).append(service.expected_service.total_seconds() / 60)
        return {queue: sum(each) / len(each) for queue, each in minutes.items()}

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

    def holiday_on(self, day: date) -> Text | None:
        """Return the name of the holiday on that day, None on any other day; the office's own name goes first."""
        if day in self.holidays:
            return self.holidays[day]
        return None if day in self.working else self.public_holidays(day.year).get(day)

    def service(self, service_id: str) -> Service:
        """Return the service of that id, or raise UnknownService."""
        try:
            return self._services[service_id]
        except KeyError:
            raise UnknownService(service=service_id) from None

    def known_service(self, service_id: str) -> Service:
        """Return the service as it is or last was, for a ticket that has it; one of the bare id if nobody knows it."""
        known = self._services.get(service_id) or self.retired_services.get(service_id)
        return known or Service(id=service_id, queue="", name=Text(service_id, service_id))

    def known_queue(self, queue_id: str) -> Queue:
        """Return the queue as it is or last was, for a ticket of it; one of the bare id if nobody knows it."""
        known = self.queue_of.get(queue_id) or self.retired_queues.get(queue_id)
        return known or Queue(id=queue_id, prefix="", name=Text(queue_id, queue_id))

    def counter(self, number: int) -> Counter:
        """Return the counter of that number, or raise UnknownCounter."""
        try:
            return self._counters[number]
        except KeyError:
            raise UnknownCounter(counter=number) from None
