"""Issue and call with a thousand waiting and a million past visits, against an office without either."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.bench.figures import Row, median, percentile
from tests.services.office import Founder, OfficeAtWork, document, with_counters
from tests.services.past import COUNTERS, live_through

PAST_VISITS = 1_000_000
PAST_DAYS = 730
WAITING = 1_000
ARRIVAL_SECONDS = 7  # A thousand within two hours: a bad day in a large office.
WARM_UP, TURNS = 20, 400
MOST_RATIO = 1.25
SERVICES = [service["id"] for service in document()["services"]]
T = TypeVar("T")


@dataclass
class Side:
    """One of the two offices, and the milliseconds that its commands took."""

    office: OfficeAtWork
    issue: list[float] = field(default_factory=list)
    call: list[float] = field(default_factory=list)

    def takes_a_turn(self, turn: int) -> None:
        """Issue one ticket and call one, both timed; then serve it, so that the counter is free and as many wait."""
        office, counter = self.office, turn % COUNTERS + 1
        office.clock.moves(seconds=ARRIVAL_SECONDS)
        _, issued = _timed(lambda: _arrives(office, turn))
        called, took = _timed(lambda: office.calls_somebody(counter))
        office.starts(called, counter)
        office.finishes(called, counter)
        if turn >= WARM_UP:
            self.issue.append(issued)
            self.call.append(took)


def rows() -> list[Row]:
    """Measure both offices in turn, in one process and durably, and return the table's rows."""
    with tempfile.TemporaryDirectory(prefix="saduak-history-") as folder:
        founder = Founder(Path(folder), None)
        empty, full = Side(founder(with_counters(COUNTERS))), Side(founder(with_counters(COUNTERS)))
        today = full.office.clock.now.date()
        live_through(full.office.engine, full.office.config, full.office.id, visits=PAST_VISITS, days=PAST_DAYS,
                     until=today)  # fmt: skip
        for side in (empty, full):
            for counter in range(1, COUNTERS + 1):
                side.office.opens(counter)
        for number in range(WAITING):
            full.office.clock.moves(seconds=ARRIVAL_SECONDS)
            _arrives(full.office, number)
        empty.office.clock.now = full.office.clock.now
        for turn in range(WARM_UP + TURNS):
            for side in (empty, full) if turn % 2 else (full, empty):
                side.takes_a_turn(turn)
        founder.end()
    return [_row("issue", empty.issue, full.issue), _row("call", empty.call, full.call)]


def _arrives(office: OfficeAtWork, turn: int) -> None:
    office.takes_a_number(SERVICES[turn % len(SERVICES)], priority=turn % 5 == 0)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    done = work()
    return done, (time.perf_counter() - began) * 1000


def _row(command: str, empty: list[float], full: list[float]) -> Row:
    ratio = median(full) / median(empty)
    told = (
        f"{ratio:.2f} x (p50 {median(full):.1f} against {median(empty):.1f} ms, p99 {percentile(full, 0.99):.1f} "
        f"against {percentile(empty, 0.99):.1f})"
    )
    what = f"{command}: {WAITING} waiting and {PAST_VISITS} past visits"
    return Row(what, told, f"<= {MOST_RATIO:g} x", ratio <= MOST_RATIO)
