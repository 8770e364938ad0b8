"""`make crowd`: 64 officers on 10,000 tickets, on both databases; prints the counts, ends with 1 if any is off."""

import argparse
import signal
import sys
import time
from contextlib import ExitStack

import pytest

from tests.bench.crowd.running import Crowd, Result, gathers
from tests.bench.figures import percentile
from tests.services_running import a_postgres, a_redis

PROCESSES = {"sqlite": 1, "postgresql": 4}


def main() -> int:
    """Run the crowd on each database named, and print what was counted."""
    wanted = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Else servers and folders would be left behind.
    right = True
    for database in wanted.databases.split(","):
        crowd = Crowd(wanted.tickets, wanted.officers, PROCESSES[database])
        print(f"{database}: {crowd.officers} officers, {crowd.tickets} tickets, {crowd.processes} server process(es)",
              flush=True)  # fmt: skip
        began = time.monotonic()
        try:
            result = _on(database, crowd)
        except pytest.skip.Exception as absent:
            print(f"  {absent}")
            right = False
            continue
        print("\n".join(f"  {line}" for line in _lines(result)))
        print(f"  took {time.monotonic() - began:.0f} s in all\n", flush=True)
        right &= result.is_right
    return 0 if right else 1


def _arguments() -> argparse.Namespace:
    reading = argparse.ArgumentParser(prog="make crowd", description=__doc__)
    reading.add_argument("--tickets", type=int, default=10_000)
    reading.add_argument("--officers", type=int, default=64)
    reading.add_argument("--databases", default="sqlite,postgresql", help="sqlite, postgresql, or both")
    found = reading.parse_args()
    if unknown := set(found.databases.split(",")) - set(PROCESSES):
        reading.error(f"--databases: {', '.join(sorted(unknown))} is not one of {', '.join(PROCESSES)}")
    return found


def _on(database: str, crowd: Crowd) -> Result:
    if database == "sqlite":
        return gathers(crowd)
    with ExitStack() as stack:
        return gathers(crowd, stack.enter_context(a_postgres(durable=True)), stack.enter_context(a_redis()))


def _lines(result: Result) -> list[str]:
    counts, notes = result.counts, result.notes
    milliseconds = [seconds * 1000 for seconds in notes.call_seconds] or [0.0]
    rate = len(notes.called) / result.calling_seconds
    return [
        f"from {counts.events} events: issued {counts.issued}, called once {counts.called_once}, called twice "
        f"{counts.called_twice}, never called {counts.never_called}, finished {counts.finished}",
        f"numbers given twice {counts.numbers_given_twice}, counters with two visits at once "
        f"{counts.counters_with_two}, missing event numbers {counts.missing_seq}",
        f"told to the clients: {len(notes.issued)} tickets, {len(notes.called)} calls, {len(notes.finished)} "
        f"finishes; differing from the events {counts.differ_from_clients}",
        f"taps that came twice {notes.repeats}, answers asked for again {notes.asked_again}",
        f"saduak verify: {result.verified}",
        f"{rate:.0f} calls/s while {len(notes.issued) // 2} tickets were issued beside them; call-next p50 "
        f"{percentile(milliseconds, 0.5):.0f} ms, p99 {percentile(milliseconds, 0.99):.0f} ms",
        *(f"WRONG: {fault}" for fault in counts.faults[:20]),
        "no ticket called twice, none lost" if result.is_right else "NOT RIGHT",
    ]


if __name__ == "__main__":
    sys.exit(main())
