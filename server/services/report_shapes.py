"""What the reports of fairness and of staffing answer. Times carry the office's offset; durations are in seconds."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct, field

from server.services.shapes import RuleInForce, TicketClassName, Words

WhyName = Literal["class_rule", "appointment", "cap", "returned", "out_of_order", "walk_up", "unexplained"]


class ShareFigure(Struct, frozen=True):
    """`k` of `n`; `per_cent` is 100 × k ÷ n, cut to one decimal, None of nothing; `small`: n is under 30."""

    k: int
    n: int
    per_cent: float | None
    small: bool


class WaitFigures(Struct, frozen=True):
    """Seconds of `n` waits; P90 is nearest rank; None where n is 0."""

    n: int
    median_s: float | None
    p90_s: float | None
    max_s: float | None


class NotServedFigures(Struct, frozen=True):
    """Those whose leg ended in that state before any service, and how long they had waited."""

    state: Literal["no_show", "left", "cancelled", "closed", "transferred"]
    waited: WaitFigures


class ClassWaitRow(Struct, frozen=True):
    """The wait of one class whose call was answered, and those who were not served beside it."""

    ticket_class: TicketClassName = field(name="class")
    wait: WaitFigures
    not_served: list[NotServedFigures]


class ExplainedRow(Struct, frozen=True):
    """Overtakings of one explanation: how many, of how many legs; the mean of all n legs, and the most of one."""

    why: WhyName
    overtakings: int
    legs: int
    mean: float
    most: int


class AgainstCapFigures(Struct, frozen=True):
    """Overtakings by the class rule against the cap then: waits that reached it, and that exceeded it (promised: 0)."""

    mean: float
    most: int
    reached: int
    exceeded: int


class OutOfTurnRow(Struct, frozen=True):
    """Calls out of order or walk-ups for one reason, and the overtakings that they made."""

    how: Literal["out_of_order", "walk_up"]
    reason: str | None
    reason_name: Words | None
    times: int
    passed: int


class PromiseFigures(Struct, frozen=True):
    """The promised wait (None where the office promises none now), and who waited longer."""

    wait_minutes: float | None
    over: ShareFigure
    not_served_over: int


class QuotedFigures(Struct, frozen=True):
    """Whether the wait was inside the range printed on the slip, shorter, or longer."""

    inside: ShareFigure
    below: ShareFigure
    above: ShareFigure


class UnexplainedOvertaking(Struct, frozen=True, kw_only=True):
    """One overtaking that neither the rule nor a recorded reason explains; `seq` is its event."""

    seq: int
    at: datetime
    counter: int
    officer: str
    passed: str
    taken: str


class RuleOfDays(Struct, frozen=True):
    """A rule by which the office worked in these days, and since when."""

    rule: RuleInForce
    in_force_from: datetime | None


class FairnessReport(Struct, frozen=True, kw_only=True):
    """Whether the queue was fair on the days `from` to `to`, both counted; the figures are defined in
    `server/domain/fairness.py`. `impossible` events contradicted those before them and were left out."""

    from_: date = field(name="from")
    to: date
    legs: int
    waiting: int
    without_reason_never: ShareFigure
    at_all_never: ShareFigure
    overtakings: int
    taken: int
    per_100: float | None
    explained: list[ExplainedRow]
    cap: AgainstCapFigures
    out_of_turn: list[OutOfTurnRow]
    classes: list[ClassWaitRow]
    promise: PromiseFigures
    quoted: QuotedFigures
    unexplained: list[UnexplainedOvertaking]
    rules: list[RuleOfDays]
    impossible: int
    seq: int
    at: datetime


class BreakRow(Struct, frozen=True):
    """A break; `ended_at` None while it goes on."""

    reason: str
    reason_name: Words | None
    began_at: datetime
    ended_at: datetime | None
    seconds: float


class WorkFigures(Struct, frozen=True):
    """Seconds within the days asked: open = breaks + busy + idle; and what was done in them."""

    open_s: float
    break_s: float
    busy_s: float
    idle_s: float
    served: int
    sent_on: int
    no_shows: int


class ShiftRow(Struct, frozen=True, kw_only=True):
    """One officer's time at one counter; `ended_at` None while it goes on."""

    counter: int
    officer: str
    opened_at: datetime
    ended_at: datetime | None
    closed_by: Literal["officer", "day_end"] | None
    breaks: list[BreakRow]
    work: WorkFigures


class WorkRow(Struct, frozen=True):
    """All shifts of one counter, or of one officer."""

    key: str
    shifts: int
    breaks: int
    work: WorkFigures


class BreakReasonRow(Struct, frozen=True):
    """All breaks for one reason."""

    reason: str
    reason_name: Words | None
    breaks: int
    seconds: float


class StaffingReport(Struct, frozen=True, kw_only=True):
    """Who was at which counter on the days `from` to `to`, both counted, and how the time went; nobody is ranked.

    The figures are defined in `server/domain/shifts.py`. `impossible` events were left out.
    """

    from_: date = field(name="from")
    to: date
    shifts: list[ShiftRow]
    counters: list[WorkRow]
    officers: list[WorkRow]
    breaks: list[BreakReasonRow]
    all: WorkRow
    impossible: int
    seq: int
    at: datetime
