"""Work done aside: in its time, in its turn, and left behind when it does not come back."""

import threading
import time
from pathlib import Path

import pytest

from hardware.aside import Aside, NotBegunError, StuckError


def test_what_work_returns_or_raises_reaches_whoever_waits() -> None:
    aside = Aside()

    assert aside.run(lambda: 7, 1) == 7
    with pytest.raises(ZeroDivisionError):
        aside.run(lambda: 1 // 0, 1)
    assert aside.run(lambda: 8, 1) == 8


def test_one_thing_is_done_at_a_time_by_one_thread() -> None:
    aside, together, most, seen = Aside(), [0], [0], set()

    def work() -> None:
        seen.add(threading.get_ident())
        together[0] += 1
        most[0] = max(most[0], together[0])
        time.sleep(0.01)
        together[0] -= 1

    callers = [threading.Thread(target=lambda: aside.run(work, 5)) for _ in range(10)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert most == [1]
    assert len(seen) == 1
    assert seen != {threading.get_ident()}


def test_what_hangs_costs_one_thread_and_what_it_brings_late_is_handed_on() -> None:
    aside, let_go, brought = Aside(), threading.Event(), list[object]()

    with pytest.raises(StuckError, match="did not come back"):
        aside.run(lambda: let_go.wait(20) and "late", 0.05, late=brought.append)
    before = threads_here()
    for _ in range(5):
        with pytest.raises(NotBegunError):
            aside.run(lambda: "never", 5)
    stuck, more = aside.is_stuck, threads_here() - before
    let_go.set()
    while aside.is_stuck:
        time.sleep(0.005)

    assert stuck
    assert more == 0
    assert aside.run(lambda: "again", 1) == "again"
    assert brought == ["late"]


def test_a_turn_that_does_not_come_is_told_from_work_that_hangs() -> None:
    aside, let_go, begun = Aside(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        let_go.wait(20)

    busy = threading.Thread(target=lambda: aside.run(work, 20))
    busy.start()
    begun.wait(5)

    with pytest.raises(NotBegunError, match="no turn"):
        aside.run(lambda: None, 0.05)
    is_stuck = aside.is_stuck
    let_go.set()
    busy.join()

    assert not is_stuck


def test_a_thread_that_nobody_needs_ends_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.aside.IDLE_SECONDS", 0.05)
    before, aside = threads_here(), Aside()

    aside.run(lambda: None, 1)
    busy = threads_here()
    for _ in range(200):
        if threads_here() == before:
            break
        time.sleep(0.01)

    assert busy == before + 1
    assert threads_here() == before
    assert aside.run(lambda: "again", 1) == "again"


def threads_here() -> int:
    """How many threads the system sees in this process; Python's own list knows only its own."""
    return len(list(Path("/proc/self/task").iterdir()))


def test_waiting_for_the_turn_may_have_a_time_of_its_own() -> None:
    aside, begun = Aside(), threading.Event()

    def work() -> None:
        begun.set()
        time.sleep(0.2)

    busy = threading.Thread(target=lambda: aside.run(work, 5))
    busy.start()
    begun.wait(5)

    assert aside.run(lambda: "done", 0.1, turn_seconds=5) == "done"
    busy.join()
