"""What the API answers and the screens show. Times carry the office's offset; durations are in seconds."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

TicketState = Literal["waiting", "called", "serving", "held", "finished", "no_show", "left", "cancelled", "closed"]
TicketClassName = Literal["regular", "priority", "appointment"]
LanguageCode = Literal["th", "en"]
PrintStateName = Literal["queued", "sent", "printed", "failed", "unknown", "dropped", "none"]
CounterStateName = Literal["open", "closed", "break"]
TicketId = Annotated[str, Meta(max_length=20)] | int
REQUEST_ID_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]+$"  # No control characters; PostgreSQL takes no NUL.
RequestId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="Makes a retry safe.",
        extra_json_schema={"pattern": REQUEST_ID_PATTERN},
    ),
]

OF_THE_OFFICE = "x-of-the-office"
"""In a shape's description: the value is one of what the office has configured, and of which list."""


def _one_of(listed: str) -> Meta:
    return Meta(max_length=64, extra_json_schema={OF_THE_OFFICE: listed})


ServiceId = Annotated[str, _one_of("services")]
QueueId = Annotated[str, _one_of("queues")]


class Words(Struct, frozen=True):
    """One text in both languages."""

    th: str
    en: str


class HoursOfWait(Struct, frozen=True):
    """A range of wait in whole hours, rounded outward."""

    low: int
    high: int


class EstimatedWait(Struct, frozen=True):
    """The range of wait from now on in minutes, rounded outward to five; `hours`, beyond 90 minutes, is how it is said.

    `now`: nobody is ahead and a counter is free. `perhaps_not_today`: it goes on after the office closes. The call is
    expected between `begins_at` and `ends_at`.
    """

    low_min: int
    high_min: int
    hours: HoursOfWait | None = None
    now: bool = False
    perhaps_not_today: bool = False
    begins_at: datetime | None = None
    ends_at: datetime | None = None


class PrintState(Struct, frozen=True):
    """How the slip is doing; `detail` is the code of the printer's trouble that a queued one waits for."""

    state: PrintStateName
    detail: str | None = None


class Ticket(Struct, frozen=True, kw_only=True):
    """A ticket as everybody who may see it sees it. `called_at` is its latest call.

    `code` opens its phone page and lets the citizen cancel: only the device that issued the ticket gets it, and
    reception with a reprint.

    `estimate` is of the wait from now on: None once it is over, and while no counter that serves its queue is open.
    Then `opens_at` is when the counters open, None where the office is open and they have not opened yet.

    `shares_counters`: the open counters that serve its queue serve others too, and `ahead` counts whomever of these
    they would call first.

    `finished_at` is the end of its service; `ended_at` that of its wait or service in whatever way, a no-show included.
    """

    id: str
    number: str
    service: str
    service_name: Words
    queue: str
    ticket_class: TicketClassName = field(name="class")
    state: TicketState
    language: LanguageCode
    issued_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    ended_at: datetime | None = None
    counter: int | None
    calls: int
    ahead: int
    shares_counters: bool = False
    estimate: EstimatedWait | None
    opens_at: datetime | None = None
    print: PrintState
    code: str | UnsetType = UNSET


class ServiceOffer(Struct, frozen=True, kw_only=True):
    """A service as the kiosk offers it; `open` false with the refusal's code in `reason`."""

    id: str
    queue: str
    name: Words
    documents: list[Words]
    note: Words | None
    fee_baht: int
    standard_minutes: int | None
    standard_days: int | None
    confirmed: bool
    open: bool
    reason: str | None


class QueueName(Struct, frozen=True):
    """A queue and what it is called."""

    id: str
    name: Words


class PrinterHere(Struct, frozen=True):
    """The printer of whoever asks, named as events name it, and the code of what keeps it from printing; both None
    where nobody prints."""

    device: str | None
    trouble: str | None


class ServiceList(Struct, frozen=True, kw_only=True):
    """Every service of the office, in the office's order, and the printer that prints what this asker asks for."""

    services: list[ServiceOffer]
    queues: list[QueueName]
    printer: PrinterHere
    seq: int
    at: datetime


class CallOnDisplay(Struct, frozen=True, kw_only=True):
    """The latest call of one ticket; `age_s` is how long ago it was."""

    call_id: int
    number: str
    counter: int
    queue: str
    called_at: datetime
    age_s: float
    times: int
    language: LanguageCode
    state: TicketState


class MissedOnDisplay(Struct, frozen=True):
    """A ticket that was called and not answered."""

    number: str
    counter: int
    at: datetime


class QueueOnDisplay(Struct, frozen=True, kw_only=True):
    """How a queue stands; `estimate` is for somebody who would come now, None while nobody could call them: until
    `opens_at`, if the office has not yet opened. `waiting` is of this queue alone: where its open counters serve others
    too (`shares_counters`), more may be ahead of a newcomer."""

    id: str
    prefix: str
    name: Words
    waiting: int
    open_counters: int
    shares_counters: bool = False
    estimate: EstimatedWait | None
    opens_at: datetime | None = None


class CounterOnDisplay(Struct, frozen=True):
    """Whether a counter is open."""

    number: int
    state: CounterStateName


class DisplayState(Struct, frozen=True, kw_only=True):
    """The waiting room's whole picture."""

    seq: int
    at: datetime
    calls: list[CallOnDisplay]
    missed: list[MissedOnDisplay]
    queues: list[QueueOnDisplay]
    counters: list[CounterOnDisplay]


class OfficerName(Struct, frozen=True):
    """The officer at a counter."""

    name: str


class CounterSummary(Struct, frozen=True, kw_only=True):
    """A counter as its officer sees it. `may_call_out_of_order` is a right of who asks; a counter that is idle for
    `auto_call_after_s` gets the next by itself, None: never."""

    number: int
    name: Words
    state: CounterStateName
    officer: OfficerName | None
    opened_at: datetime | None
    since: datetime | None
    pause_reason: str | None
    queues: list[str]
    may_call_out_of_order: bool = False
    auto_call_after_s: float | None = None


class RecallState(Struct, frozen=True):
    """How many recalls are left, and from when; `again_at` None means at once."""

    left: int
    again_at: datetime | None


class WaitingTicket(Struct, frozen=True, kw_only=True):
    """One who waits, is on hold, or was missed, `since` when. `sent_here`: this counter alone may call them."""

    id: str
    number: str
    service: str
    service_name: Words
    queue: str
    ticket_class: TicketClassName = field(name="class")
    state: TicketState
    issued_at: datetime
    since: datetime
    waited_s: float
    returns: int
    sent_here: bool


class UndoOffer(Struct, frozen=True, kw_only=True):
    """The counter's last step, that its officer may take back until then."""

    ticket: str
    number: str
    step: str
    until: datetime


class PrinterNotice(Struct, frozen=True):
    """Whether the printer needs somebody; `detail` is a stable code."""

    state: Literal["ok", "attention", "unknown", "none"]
    detail: str | None
    waiting: int


class CounterState(Struct, frozen=True, kw_only=True):
    """The officer's whole picture: the visit in hand, and who waits in the order of calling.

    `held` are the visits that this counter put aside, `missed` the latest of today that did not come to its call,
    `others_open` how many other open counters serve one of its queues. A no-show is asked about until
    `no_show_asks_until`, None: not at all; a visit may be sent to the open counters `transfer_to`.
    """

    seq: int
    at: datetime
    counter: CounterSummary
    ticket: Ticket | None
    recall: RecallState | None
    no_show_offered: bool
    no_show_asks_until: datetime | None
    transfer_to: list[int]
    waiting: list[WaitingTicket]
    waiting_count: int
    held: list[WaitingTicket]
    missed: list[WaitingTicket]
    undo: UndoOffer | None
    served_today: int
    others_open: int
    printer: PrinterNotice


class ReasonName(Struct, frozen=True):
    """One entry of a list of reasons."""

    id: str
    name: Words


class ReasonLists(Struct, frozen=True, kw_only=True):
    """From what a person chooses when a command needs a reason."""

    out_of_order: list[ReasonName]
    pause: list[ReasonName] = field(name="break")
    cancel: list[ReasonName]
    walk_up: list[ReasonName]


class RuleInForce(Struct, frozen=True, kw_only=True):
    """The rule of calling, as it can be printed on the wall. `version` is named by every event under it."""

    version: int
    head_start_minutes: dict[str, float]
    cap: int
    recall_limit: int
    recall_every_s: float
    return_place: int
    undo_within_s: float
    no_show_grace_s: float


class CounterName(Struct, frozen=True):
    """A counter, what it is called and serves."""

    number: int
    name: Words
    queues: list[str]


class OfficeDescription(Struct, frozen=True, kw_only=True):
    """What the office has configured: nothing of it is secret."""

    code: str
    name: Words
    place: Words
    timezone: str
    demo: bool
    rule: RuleInForce
    queues: list[QueueName]
    counters: list[CounterName]
    reasons: ReasonLists
    at: datetime


class OpenSlot(Struct, frozen=True):
    """A rating slot that takes one tap until `expires_at`."""

    id: str
    number: str
    expires_at: datetime


class RatingState(Struct, frozen=True, kw_only=True):
    """The tablet's whole picture."""

    seq: int
    at: datetime
    counter: int
    slot: OpenSlot | None


class Rating(Struct, frozen=True, kw_only=True):
    """One tap of satisfaction."""

    id: str
    slot: str
    score: int
    rated_at: datetime


class SpanFigures(Struct, frozen=True):
    """Seconds over the `n` legs of the row; all None when nothing was measured."""

    mean_s: float | None
    median_s: float | None
    p90_s: float | None
    max_s: float | None


class WaitingRow(Struct, frozen=True, kw_only=True):
    """One row of the waiting report. `n` legs had a call that was answered; `issued` counts all, so that those who
    left or did not come are seen."""

    key: str
    n: int
    issued: int
    finished: int
    no_show: int
    waiting: int
    wait: SpanFigures
    walk: SpanFigures
    service: SpanFigures
    total: SpanFigures


Grouping = Literal["service", "queue", "counter", "officer", "hour", "weekday", "class"]
GROUPINGS: tuple[Grouping, ...] = ("service", "queue", "counter", "officer", "hour", "weekday", "class")


class WaitingReport(Struct, frozen=True, kw_only=True):
    """Wait, walk, service and total of the days `from` to `to`, both counted."""

    from_: date = field(name="from")
    to: date
    by: Grouping
    rows: list[WaitingRow]
    all: WaitingRow
    seq: int
    at: datetime


class EventOut(Struct, frozen=True, kw_only=True):
    """One event, as it was written."""

    seq: int
    kind: str
    version: int
    payload: msgspec.Raw
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    device: str | None
    request_id: str | None
    rule_version: int
    previous_hash: str


class EventList(Struct, frozen=True, kw_only=True):
    """Events after a `seq`, in order; `next` is what to ask for with `after`, `more` whether there are any."""

    events: list[EventOut]
    next: int
    more: bool


class IssueRequest(Struct, frozen=True, kw_only=True):
    """Take a number. Reception gives one for an appointment by the time that it was booked for."""

    service: ServiceId
    priority: bool = False
    language: LanguageCode = "th"
    appointment_at: Annotated[datetime, Meta(tz=True)] | None = None
    request_id: RequestId | None = None


class Command(Struct, frozen=True, kw_only=True):
    """A command without further facts."""

    request_id: RequestId | None = None


class NoShowRequest(Struct, frozen=True, kw_only=True):
    """Nobody came to the call. Who is not `sure` is refused within the office's grace after a call that was not
    repeated, so that a screen can ask the person."""

    sure: bool = True
    request_id: RequestId | None = None


class BreakRequest(Struct, frozen=True, kw_only=True):
    """Take a break, for a reason of the office's list."""

    reason: Annotated[str, _one_of("reasons.pause")] | None = None
    request_id: RequestId | None = None


class CallRequest(Struct, frozen=True, kw_only=True):
    """Call a ticket out of order, for a reason of the office's list."""

    ticket: TicketId
    reason: Annotated[str, _one_of("reasons.out_of_order")] | None = None
    request_id: RequestId | None = None


class WalkUpRequest(Struct, frozen=True, kw_only=True):
    """Serve somebody without a ticket at once, for a reason of the office's list."""

    service: ServiceId
    reason: Annotated[str, _one_of("reasons.walk_up")] | None = None
    priority: bool = False
    language: LanguageCode = "th"
    request_id: RequestId | None = None


class TransferRequest(Struct, frozen=True, kw_only=True):
    """Send a visit on: to another service, to another queue, to one counter, or to several of these."""

    service: ServiceId | None = None
    queue: QueueId | None = None
    counter: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    request_id: RequestId | None = None


class AddServiceRequest(Struct, frozen=True, kw_only=True):
    """Go on with another service for the visit in hand; with the one that it is being given, only if `sure`."""

    service: ServiceId
    sure: bool = False
    request_id: RequestId | None = None


class CancelRequest(Struct, frozen=True, kw_only=True):
    """End a visit without service; the reason, if any, is one of the office's list."""

    reason: Annotated[str, _one_of("reasons.cancel")] | None = None
    request_id: RequestId | None = None


class RatingRequest(Struct, frozen=True, kw_only=True):
    """Rate the visit of a slot."""

    slot: Annotated[str, Meta(max_length=20)] | int
    score: Annotated[int, Meta(extra_json_schema={"minimum": 1, "maximum": 5})]
    request_id: RequestId | None = None


class Nothing(Struct, frozen=True):
    """There is nothing to say."""


class Problem(Struct, frozen=True, kw_only=True):
    """RFC 9457. `code` is stable; `title` and `detail` are in the asker's language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
