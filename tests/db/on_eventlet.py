"""Runs in a process of its own, patched by eventlet before anything else, and says as JSON what it saw.

python -m tests.db.on_eventlet STORY DATABASE_URL
"""

import json
import os
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.services.office import OfficeAtWork


def main(story: str, url: str) -> None:
    """Tell one story on green threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import eventlet

        eventlet.monkey_patch()
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"

    from tests.services.office import HandMovedClock, OfficeAtWork

    office = OfficeAtWork(url, HandMovedClock(), sleep=eventlet.sleep, cooperative=True)
    sys.stdout.write(json.dumps(STORIES[story](office, eventlet.sleep)))


def somebody_sleeps_inside_a_work(office: "OfficeAtWork", sleep: Callable[[float], None]) -> object:
    """The mistake that the unit of work is on the watch for."""

    def sleeper() -> None:
        with office.db.work(office.id):
            sleep(0.05)

    in_turns(sleeper, lambda: office.takes_a_number())
    return {"yields_seen": office.db.yields_seen, "kinds": office.kinds()}


def the_loop_is_asked_inside_a_work(office: "OfficeAtWork", sleep: Callable[[float], None]) -> object:
    """Our own loop refuses before it yields."""
    import eventlet.tpool

    from server.db.work import YieldInsideWork
    from server.loop import Loop

    loop = Loop(sleeping=sleep, blocking=eventlet.tpool.execute, cooperative=True, guard=office.db.refuse_inside_work)
    refused = []

    def attempt() -> None:
        for name, yields in (("sleep", lambda: loop.sleep(0)), ("run_blocking", lambda: loop.run_blocking(int))):
            try:
                with office.db.work(office.id):
                    yields()
            except YieldInsideWork:
                refused.append(name)

    in_turns(attempt, lambda: office.takes_a_number())
    return {"refused": refused, "yields_seen": office.db.yields_seen, "outside": loop.run_blocking(lambda: 7)}


def an_ordinary_hour(office: "OfficeAtWork", sleep: Callable[[float], None]) -> object:
    """Citizens, officers, tablets and a display, all at once, through the real services."""
    from server.services import looking
    from server.services.verifying import verify

    citizens, counters = 24, range(1, 5)
    served: list[str] = []
    breaths = 0

    def citizen(number: int) -> None:
        for _ in range(2):  # A double tap.
            office.takes_a_number(request_id=f"tap {number}", priority=number % 5 == 0)
            sleep(0)

    def officer(counter: int) -> None:
        office.opens(counter)
        while len(served) < citizens:
            called = office.calls(counter)
            if called is None:
                sleep(0.001)
                continue
            served.append(called.number)
            sleep(0)
            office.starts(called, counter)
            sleep(0)
            office.finishes(called, counter)
            office.rates(4, counter)
        office.closes(counter)

    def display() -> None:
        nonlocal breaths
        while len(served) < citizens:
            looking.display_state(office.db, office.display)
            breaths += 1
            sleep(0)

    in_turns(
        display,
        *(partial(citizen, number) for number in range(citizens)),
        *(partial(officer, counter) for counter in counters),
    )
    return {
        "yields_seen": office.db.yields_seen,
        "served": sorted(served),
        "breaths": breaths,
        "differences": verify(office.engine, office.id, office.config).differences,
    }


def in_turns(*stories: Callable[[], object]) -> None:
    """Run each in a green thread of its own, to the end of all."""
    green = [threading.Thread(target=story) for story in stories]
    for each in green:
        each.start()
    for each in green:
        each.join()


STORIES: dict[str, Callable[["OfficeAtWork", Callable[[float], None]], object]] = {
    story.__name__: story
    for story in (somebody_sleeps_inside_a_work, the_loop_is_asked_inside_a_work, an_ordinary_hour)
}

if __name__ == "__main__":
    main(*sys.argv[1:])
