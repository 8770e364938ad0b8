"""When a device did not do what it is there for, from the events alone. Pure; a gap at rush hour is evidence too.

A device is *silent* from when it was last heard of, *hidden* while its page says that something covers it, without
sound (*no_sound*) while its browser may not sound. Each lasts until the device says otherwise, or is revoked. For a
rating tablet, what lies within its counter's shift, breaks left out, is time in which citizens could not rate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from server.domain.events import DeviceChanged
from server.domain.shifts import Shift

GapState = Literal["silent", "hidden", "no_sound"]
GAP_STATES: tuple[GapState, ...] = get_args(GapState)
DEVICE_STATES = ("paired", "ok", *GAP_STATES, "revoked")
"""Every state that an event can tell of a paired device."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which the device was in that state, within the time asked; `goes_on` if it had not ended then."""

    state: GapState
    began_at: datetime
    ended_at: datetime
    goes_on: bool

    @property
    def seconds(self) -> float:
        """How long it was, to a tenth."""
        return round((self.ended_at - self.began_at).total_seconds(), 1)


def gaps_of(told: Iterable[tuple[datetime, DeviceChanged]], begin: datetime, end: datetime) -> dict[str, list[Gap]]:
    """Return the gaps of each device from `begin` to `end`, by its name in the events, each in order.

    `told` are the changes of devices in their order, each with its moment; those before `begin` tell how each was
    then. `end` is not after now.
    """
    found: dict[str, list[Gap]] = {}
    now: dict[str, tuple[str, datetime]] = {}
    for at, change in told:
        before = now.get(change.device)
        since = at
        if change.state == "silent" and change.since is not None:
            # It cannot have been silent before it said what it said last.
            since = min(at, max(change.since, before[1]) if before else change.since)
        _close(found, change.device, before, since, begin, end, goes_on=False)
        now[change.device] = (change.state, since)
    for device, state in now.items():
        _close(found, device, state, end, begin, end, goes_on=True)
    return found


def at_work(shifts: Iterable[Shift], end: datetime) -> dict[int, list[Span]]:
    """Return, by counter, when it was open and not on a break, until `end`; each in order."""
    spans: dict[int, list[Span]] = {}
    for shift in sorted(shifts, key=lambda each: each.opened_at):
        from_ = shift.opened_at
        until = shift.ended_at or end
        here = spans.setdefault(shift.counter, [])
        for taken in shift.breaks:
            here.append((from_, min(taken.began_at, until)))
            from_ = taken.ended_at or until
        here.append((from_, until))
    return {counter: [span for span in here if span[0] < span[1]] for counter, here in spans.items()}


def seconds_within(gap: Gap, spans: Iterable[Span]) -> float:
    """Return how many seconds of the gap lie within the spans, which do not overlap, to a tenth."""
    both = ((max(gap.began_at, one), min(gap.ended_at, other)) for one, other in spans)
    return round(sum((other - one).total_seconds() for one, other in both if other > one), 1)


def _close(found: dict[str, list[Gap]], device: str, state: tuple[str, datetime] | None, until: datetime,
           begin: datetime, end: datetime, *, goes_on: bool) -> None:  # fmt: skip
    if state is None:
        return
    for name in GAP_STATES:
        began, ended = max(state[1], begin), min(until, end)
        if state[0] == name and began < ended:
            # What ended after the time asked had not ended within it.
            found.setdefault(device, []).append(Gap(name, began, ended, goes_on or until > end))
