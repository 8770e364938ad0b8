"""How the server waits and works beside itself, whichever async mode it runs in. Only `__main__` names eventlet."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


def _in_place(work: Callable[[], Any]) -> Any:
    """Threads may block where they are."""
    return work()


@dataclass
class Loop:
    """Sleeps, starts background tasks, and runs what blocks off the loop.

    `cooperative` tells that green threads share one real thread, so that nothing may yield inside a unit of work.
    `native_lock` makes a lock that real threads share: a green one must not be waited for from another thread.
    `guard` is asked before anything that yields; it raises when a unit of work is open here.
    """

    sleeping: Callable[[float], None] = time.sleep
    blocking: Callable[[Callable[[], Any]], Any] = _in_place
    cooperative: bool = False
    native_lock: Callable[[], Any] = threading.RLock
    guard: Callable[[], None] = field(default=lambda: None)
    stopping: bool = False

    def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        self.guard()
        self.sleeping(seconds)

    def run_blocking(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, run where it blocks nobody: reports, typesetting, passwords, devices."""
        self.guard()
        result: T = self.blocking(work)
        return result

    def start(self, task: Callable[[], None], name: str) -> None:
        """Start a background task that ends with the process."""
        threading.Thread(target=task, name=name, daemon=True).start()


class Bell:
    """Wakes one waiting task, from the same loop; ringing twice before it looks is one ring."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Return True when rung, False after so many seconds without."""
        rung = self._event.wait(seconds)
        self._event.clear()
        return rung
