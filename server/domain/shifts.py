"""Counters and officers at work, from the events alone: shifts, breaks, busy and idle time. Pure; nobody is ranked.

A *shift* is one officer at one counter, from opening it to closing it. Of its time, a *break* is where the officer
said so, with a reason; *busy* is where a visit was in hand, from its call (or its resumption) until it was finished,
missed, put aside, sent on or cancelled; *idle* is the rest: open, and nothing in hand. A step that was undone counts
for nothing: an undone call was no work, and work went on through an undone finish.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from server.domain import events
from server.domain.replaying import Happened, Record
from server.domain.tickets import IN_HAND

ClosedBy = Literal["officer", "day_end"]
Deed = Literal["served", "sent_on", "no_show"]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class BreakTaken:
    """A break: why, from when, its seconds within the time asked; `ended_at` None while it goes on."""

    reason: str
    began_at: datetime
    ended_at: datetime | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Seconds and counts within the time asked: open = breaks + busy + idle.

    `served` services ended here, each further service of a visit by itself; `sent_on` visits went to another queue or
    counter after their service had begun here.
    """

    open_s: float
    break_s: float
    busy_s: float
    idle_s: float
    served: int
    sent_on: int
    no_shows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One officer's time at one counter. `officer` is an opaque key.

    `ended_at` is when it was closed, None while it goes on. Where the day's end closed it, because nobody had, it is
    the officer's last own step, for nobody knows when that officer went.
    """

    counter: int
    officer: str
    opened_at: datetime
    ended_at: datetime | None
    closed_by: ClosedBy | None
    breaks: list[BreakTaken]
    work: Work


@dataclass(slots=True)
class _Turn:
    """A shift as it is told."""

    counter: int
    officer: str
    opened_at: datetime
    last_at: datetime
    breaks: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    deeds: dict[int, tuple[datetime, Deed]] = field(default_factory=dict)
    ended_at: datetime | None = None
    closed_by: ClosedBy | None = None


@dataclass(frozen=True, slots=True)
class _Move:
    """From `at` on the leg is in hand at that counter, at none for None; by the event `seq`."""

    seq: int
    at: datetime
    counter: int | None


@dataclass(slots=True)
class Floor:
    """Takes what happened, in order, and keeps who was where, and with what in hand."""

    record: Record = field(default_factory=Record)
    _turns: list[_Turn] = field(default_factory=list)
    _here: dict[int, _Turn] = field(default_factory=dict)
    _moves: dict[int, list[_Move]] = field(default_factory=dict)
    _moved_by: dict[int, list[int]] = field(default_factory=dict)

    def take(self, happened: Happened) -> None:
        """Add one event, the next in order. Raises what `Record.take` raises."""
        self.record.take(happened)
        said = happened.event
        if not _is_day_end(said):
            self._note_presence(happened)
        if isinstance(said, events.CounterOpened):
            self._open(said.counter, happened)
        elif isinstance(said, events.CounterPaused) and said.counter in self._here:
            self._here[said.counter].breaks.append((said.reason, happened.at, None))
        elif isinstance(said, events.CounterClosed) and said.counter in self._here:
            _end(self._here.pop(said.counter), happened.at, said.reason)
        elif isinstance(said, events.StepUndone):
            self._strike_out(said.undone)
        else:
            self._follow(happened)

    def shifts(self, begin: datetime, end: datetime) -> list[Shift]:
        """Return the shifts that reach into the time from `begin` to `end`, in order of counter and opening.

        `end` is not after now: what goes on then is counted until then, and has no end yet.
        """
        in_hand = self._in_hand(end)
        reaching = [turn for turn in self._turns if turn.opened_at < end and (turn.ended_at or end) > begin]
        reaching.sort(key=lambda turn: (turn.counter, turn.opened_at))
        return [_shift(turn, in_hand.get(turn.counter, []), begin, end) for turn in reaching]

    def _note_presence(self, happened: Happened) -> None:
        for turn in self._here.values():
            if turn.officer == happened.actor:
                turn.last_at = happened.at

    def _open(self, counter: int, happened: Happened) -> None:
        if counter not in self._here:
            turn = _Turn(counter, happened.actor, happened.at, happened.at)
            self._here[counter] = turn
            self._turns.append(turn)
            return
        turn = self._here[counter]
        if turn.breaks and turn.breaks[-1][2] is None:
            reason, began, _ = turn.breaks[-1]
            turn.breaks[-1] = (reason, began, happened.at)

    def _follow(self, happened: Happened) -> None:
        """Note where the legs of this event are in hand since, and what was done at the counter that had them."""
        said = happened.event
        for leg_id in _legs_of(said):
            leg, moves = self.record.legs[leg_id], self._moves.setdefault(leg_id, [])
            had = moves[-1].counter if moves else None
            # Nobody knows when a forgotten visit ended: its work ends with the last step that somebody took.
            at = moves[-1].at if moves and isinstance(said, events.TicketClosed) else happened.at
            moves.append(_Move(happened.seq, at, leg.counter if leg.state in IN_HAND else None))
            self._moved_by.setdefault(happened.seq, []).append(leg_id)
            deed = _deed(said, leg.started_at is not None)
            if leg_id == getattr(said, "leg", None) and deed and had in self._here:
                self._here[had].deeds[happened.seq] = (happened.at, deed)

    def _strike_out(self, seq: int) -> None:
        for leg in self._moved_by.pop(seq, []):
            self._moves[leg] = [move for move in self._moves[leg] if move.seq != seq]
        for turn in self._turns:
            turn.deeds.pop(seq, None)

    def _in_hand(self, end: datetime) -> dict[int, list[Span]]:
        """Return, by counter, when it had a visit in hand; each moment once."""
        found: dict[int, list[Span]] = {}
        for moves in self._moves.values():
            # A leg that a taken-back transfer had made has no move left.
            for move, after in zip(moves, [*moves[1:], None], strict=False):
                if move.counter is not None:
                    found.setdefault(move.counter, []).append((move.at, after.at if after else end))
        return {counter: _joined(spans) for counter, spans in found.items()}


def together(works: Iterable[Work]) -> Work:
    """Return the sum of all of them."""
    known = list(works)
    return Work(
        open_s=round(sum(each.open_s for each in known), 1), break_s=round(sum(each.break_s for each in known), 1),
        busy_s=round(sum(each.busy_s for each in known), 1), idle_s=round(sum(each.idle_s for each in known), 1),
        served=sum(each.served for each in known), sent_on=sum(each.sent_on for each in known),
        no_shows=sum(each.no_shows for each in known),
    )  # fmt: skip


def _end(turn: _Turn, at: datetime, closed_by: ClosedBy) -> None:
    turn.closed_by = closed_by
    turn.ended_at = at if closed_by == "officer" else turn.last_at
    turn.breaks = [(reason, began, ended or turn.ended_at) for reason, began, ended in turn.breaks]


def _is_day_end(said: events.Event) -> bool:
    """Whether it closes what an earlier day left open: whoever came first on the next one has made it happen."""
    return isinstance(said, events.TicketClosed) or (
        isinstance(said, events.CounterClosed) and said.reason == "day_end"
    )


def _legs_of(said: events.Event) -> list[int]:
    """Return the legs that an event tells of, the one that goes on last."""
    told: list[int | None] = [getattr(said, "leg", None), getattr(said, "next_leg", None)]
    return [leg for leg in told if leg is not None]


def _deed(said: events.Event, was_started: bool) -> Deed | None:
    if isinstance(said, events.ServiceFinished | events.ServiceAdded):
        return "served"
    if isinstance(said, events.TicketNoShow):
        return "no_show"
    return "sent_on" if isinstance(said, events.TicketTransferred) and was_started else None


def _shift(turn: _Turn, in_hand: list[Span], begin: datetime, end: datetime) -> Shift:
    goes_on = turn.ended_at is None or turn.ended_at > end
    ended_at, closed_by = (None, None) if goes_on else (turn.ended_at, turn.closed_by)
    begin, end = max(begin, turn.opened_at), min(end, ended_at or end)
    breaks = [BreakTaken(reason, began, ended if ended and ended <= end else None,
                         _seconds([(began, ended or end)], begin, end))
              for reason, began, ended in turn.breaks if began <= end and (ended or end) >= begin]  # fmt: skip
    open_s, break_s = _seconds([(begin, end)], begin, end), sum(each.seconds for each in breaks)
    busy_s = _seconds(in_hand, begin, end)
    done = [deed for at, deed in turn.deeds.values() if begin <= at <= end]
    work = Work(
        open_s=open_s, break_s=round(break_s, 1), busy_s=busy_s, idle_s=round(max(0.0, open_s - break_s - busy_s), 1),
        served=done.count("served"), sent_on=done.count("sent_on"), no_shows=done.count("no_show"),
    )  # fmt: skip
    return Shift(counter=turn.counter, officer=turn.officer, opened_at=turn.opened_at, ended_at=ended_at,
                 closed_by=closed_by, breaks=breaks, work=work)  # fmt: skip


def _seconds(spans: Iterable[Span], begin: datetime, end: datetime) -> float:
    """Seconds of the spans that lie between `begin` and `end`, to a tenth."""
    within = ((max(begin, one), min(end, other)) for one, other in spans)
    return round(sum((other - one).total_seconds() for one, other in within if other > one), 1)


def _joined(spans: list[Span]) -> list[Span]:
    """The same moments without any of them twice."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
