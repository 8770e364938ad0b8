"""Work that may never come back, done aside, so that only a thread of its own is lost with it."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from hardware.native import threads

T = TypeVar("T")

IDLE_SECONDS = 30.0  # A printer is asked every few seconds; a thread nobody needs ends.


class StuckError(Exception):
    """The work has not ended in its time, or an earlier one still has not."""


class NotBegunError(StuckError):
    """The work was not even begun, for an earlier one has not ended."""


class Aside:
    """A native thread that does one thing at a time for whoever waits, each with a time limit.

    What hangs cannot be stopped in Python: the thread is left behind with it, one thread and no more, for until it
    comes back every further call is answered at once with StuckError. When it does come back, what it brings is
    handed to `late` or forgotten, and the next call is served as ever. The thread never keeps the process from ending.
    """

    def __init__(self) -> None:
        self._turn = threads.allocate_lock()
        self._wake = threads.allocate_lock()
        self._wake.acquire()
        self._has_thread = False
        self._call: _Call[Any] | None = None
        self._is_stuck = False

    @property
    def is_stuck(self) -> bool:
        """Whether an earlier call has still not come back."""
        return self._is_stuck

    def run(
        self,
        work: Callable[[], T],
        timeout: float,
        late: Callable[[T], object] | None = None,
        turn_seconds: float | None = None,
    ) -> T:
        """Return what `work` returns, or raise what it raises, within `timeout` seconds; else raise StuckError.

        The time includes waiting for one's turn, unless that may take `turn_seconds` of its own; NotBegunError says
        that the turn never came. `late` is called in the other thread with what came too late.
        """
        begun = time.monotonic()
        if self._is_stuck:
            raise NotBegunError("an earlier call has not come back")
        patience = timeout if turn_seconds is None else turn_seconds
        if not self._turn.acquire(True, max(patience, 0.0)):
            raise NotBegunError(f"no turn within {patience:.1f} s")
        deadline = (begun if turn_seconds is None else time.monotonic()) + timeout
        call = _Call(work, late)
        self._call = call
        if not self._has_thread:
            self._has_thread = True
            threads.start_new_thread(self._serve, ())
        self._wake.release()
        if not call.ended.acquire(True, max(deadline - time.monotonic(), 0.0)) and self._left_behind(call):
            raise StuckError(f"did not come back within {timeout:.1f} s")
        return call.answer()

    def _left_behind(self, call: "_Call[Any]") -> bool:
        """Leave the call to itself, unless it has ended at this very moment."""
        with call.lock:
            call.is_left = not call.has_ended
            self._is_stuck = call.is_left
        return call.is_left

    def _serve(self) -> None:
        # As `threading` does for its own: else neither a debugger nor the coverage of the tests follows here.
        sys.settrace(threading.gettrace())
        while True:
            if self._wake.acquire(True, IDLE_SECONDS):
                call, self._call = self._call, None
                if call is not None:
                    self._do(call)
                del call  # Else what it holds lives until the next one.
            elif self._turn.acquire(False):
                self._has_thread = False
                self._turn.release()
                return

    def _do(self, call: "_Call[Any]") -> None:
        call.do()
        with call.lock:
            call.has_ended = True
            self._is_stuck = False
        if call.is_left:
            call.come_late()
        self._turn.release()
        call.ended.release()


class _Call(Generic[T]):
    """One piece of work and how it ended."""

    def __init__(self, work: Callable[[], T], late: Callable[[T], object] | None) -> None:
        self.lock = threads.allocate_lock()
        self.ended = threads.allocate_lock()
        self.ended.acquire()
        self.has_ended = False
        self.is_left = False
        self._work = work
        self._late = late
        self._result: T | None = None
        self._error: BaseException | None = None

    def do(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - because whatever it is belongs to whoever waits.
            self._error = error

    def come_late(self) -> None:
        try:
            if self._late is not None and self._error is None:
                self._late(cast(T, self._result))
        except Exception:  # noqa: BLE001, S110 - because nobody is left to be told, and the thread must live.
            pass

    def answer(self) -> T:
        if self._error is not None:
            raise self._error
        return cast(T, self._result)
