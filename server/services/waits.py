"""What may be said of a wait now: a range, or when the counters open while none that serves it is open.

The same for a slip, the kiosk, a phone and the board: whoever looks at one moment is told the same.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from server.db.work import UnitOfWork
from server.domain import calling, hours
from server.domain.estimating import STEP_MIN, Estimate, WaitRange, estimate, in_hours
from server.domain.office import Office
from server.domain.pace import GAPS, Quote
from server.domain.tickets import Leg
from server.services.shapes import EstimatedWait, HoursOfWait

MINUTES_WITHOUT_SERVICE = 20.0  # Of a queue that has no service left in the office file.
LONGEST_HEAD_START = timedelta(days=1)  # A key that is further ahead is that of somebody whom the cap puts first.
AT_ONCE = WaitRange(0, STEP_MIN)  # Nobody is ahead and a counter is free.
CLOCK_STEP = timedelta(minutes=30)  # What is said in hours is not said to the minute by the clock either.


@dataclass(frozen=True, slots=True)
class Wait:
    """What is said: `estimate` is None while no counter that serves is open. `opens_at` is then when the counters
    open, in the office's zone; None within its hours: they have not opened yet. `quote` is what the range was made
    of, to be kept beside it. `shares_counters`: the open counters that serve call people of other queues too, so that
    these may be ahead."""

    estimate: EstimatedWait | None = None
    opens_at: datetime | None = None
    quote: Quote | None = None
    shares_counters: bool = False


def wait_of(work: UnitOfWork, leg: Leg, ahead: int, open_counters: Collection[int]) -> Wait:
    """Return what to say to the citizen of this waiting leg, who has so many people ahead."""
    if leg.bound is None:
        serving = serving_counters(work.office, leg.queue, open_counters)
    else:
        serving = [leg.bound] if leg.bound in open_counters else []
    return _wait(work, leg.queue, calling.key_of(leg, work.office.rule), ahead, serving)


def wait_of_a_newcomer(work: UnitOfWork, queue: str, ahead: int, serving: Collection[int]) -> Wait:
    """Return what to say to somebody who would come to that queue now, of which these open counters serve it."""
    return _wait(work, queue, work.now, ahead, serving)


def serving_counters(office: Office, queue: str, open_counters: Collection[int]) -> list[int]:
    """Return the numbers of the open counters that serve that queue."""
    return [
        counter.number for counter in office.counters if queue in counter.queues and counter.number in open_counters
    ]


def _wait(work: UnitOfWork, queue: str, key: datetime, ahead: int, serving: Collection[int]) -> Wait:
    if not serving:
        return Wait(opens_at=hours.next_hours(work.office, work.now))
    made = estimated_wait(work, queue, key, ahead, serving)
    is_now = not ahead and _is_free(work, serving)
    wait = AT_ONCE if is_now else made.printed
    return Wait(
        _said(work.office, wait, work.now, is_now=is_now), quote=made.quote,
        shares_counters=any(set(each.queues) - {queue} for each in work.office.counters if each.number in serving),
    )  # fmt: skip


def estimated_wait(work: UnitOfWork, queue: str, key: datetime, ahead: int, serving: Collection[int]) -> Estimate:
    """Return how long somebody of that queue will wait who has this key and so many people ahead (DESIGN 6).

    While the queue is new it leans on the other queues of its counters: on their pace, and, because those ahead may be
    theirs, on their standard minutes.
    """
    pace = work.paces.of(queue, work.day)
    beside = () if pace.gaps_seen >= GAPS else _others(work.office, queue, serving)
    return estimate(
        pace,
        ahead=ahead,
        open_counters=len(serving),
        service_minutes=_standard_minutes(work.office, [queue, *beside] if ahead else [queue]),
        beside=[work.paces.of(other, work.day) for other in beside],
        first_in_line_waited=_first_waited(work, queue, key) if ahead else None,
        now=work.now,
    )


def _others(office: Office, queue: str, serving: Collection[int]) -> list[str]:
    """The other queues that these counters serve and that have services."""
    served = {each for counter in office.counters if counter.number in serving for each in counter.queues}
    return sorted((served & office.mean_service_minutes.keys()) - {queue})


def _standard_minutes(office: Office, queues: Sequence[str]) -> float:
    return fmean([office.mean_service_minutes.get(queue, MINUTES_WITHOUT_SERVICE) for queue in queues])


def _first_waited(work: UnitOfWork, queue: str, key: datetime) -> timedelta | None:
    """How long the first in line has waited, less what whoever has this key is ahead of them by head start; None if
    nobody of this queue is before them."""
    first = work.legs.first_in(queue)
    if first is None or first[0] == key:  # With their own key they are the first themselves.
        return None
    first_key, joined_at = first
    is_capped = joined_at - first_key > LONGEST_HEAD_START
    return max(timedelta(0), work.now - joined_at if is_capped else key - first_key)


def _is_free(work: UnitOfWork, counters: Iterable[int]) -> bool:
    return not set(counters) <= work.legs.busy_counters()


def _said(office: Office, wait: WaitRange, now: datetime, *, is_now: bool) -> EstimatedWait:
    here = now.astimezone(office.zone)
    begins, ends = here + timedelta(minutes=wait.low_min), here + timedelta(minutes=wait.high_min)
    closes = hours.closes_on_the_day_of(office, now)
    spoken = in_hours(wait)
    if spoken is not None:
        begins, ends = max(here, _half_hour(begins)), _half_hour(ends + CLOCK_STEP - timedelta.resolution)
    return EstimatedWait(
        wait.low_min, wait.high_min, hours=HoursOfWait(*spoken) if spoken else None, now=is_now,
        perhaps_not_today=closes is not None and here + timedelta(minutes=wait.high_min) > closes,
        begins_at=begins, ends_at=ends,
    )  # fmt: skip


def _half_hour(moment: datetime) -> datetime:
    """The half hour that the moment is in, at its beginning."""
    return moment.replace(minute=moment.minute // 30 * 30, second=0, microsecond=0)
