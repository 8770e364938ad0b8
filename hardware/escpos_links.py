"""What every wire to a printer offers, and the two rules that hold for all of them.

Every step has a time limit, also where the system call beneath it has none; and `write` says how much may have gone
out before it failed, for that decides whether a slip may be tried again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from hardware import interface
from hardware.aside import Aside, StuckError

PIECE_BYTES = 4096
CLOSE_SECONDS = 0.3
GRACE_SECONDS = 0.3


class LinkError(Exception):
    """The wire failed; the message is the system's own, and `code` one of `interface.PROBLEM_CODES`."""

    def __init__(self, reason: str, code: str = interface.UNREACHABLE) -> None:
        super().__init__(reason)
        self.code = code


class Link(Protocol):
    """An open wire to a printer."""

    def write(self, message: bytes, timeout: float) -> int:
        """Return how many bytes may have gone out within `timeout` seconds; fewer than all: it failed."""

    def read(self, timeout: float) -> bytes:
        """Return what has come, waiting at most `timeout` seconds; b"" if nothing did.

        Raises LinkError when the wire was cut.
        """

    def settle(self, timeout: float) -> bool:
        """Return whether everything written has left this machine's own buffers within `timeout` seconds."""

    def forget(self) -> None:
        """Have the printer forget half a slip, where the wire has a way to say so; never raises."""

    def close(self) -> None:
        """Hang up; never raises."""


class Wire(Protocol):
    """How a printer is connected; nothing is opened before it is asked."""

    @property
    def name(self) -> str:
        """The setting that names it, for the log."""

    def open(self, timeout: float) -> Link:
        """Return an open link within `timeout` seconds, or raise LinkError."""

    def look(self, timeout: float) -> None:
        """Raise LinkError if the printer is plainly not there; disturbs nothing that it is printing."""

    def seconds_for(self, message: bytes) -> float:
        """Return how long so many bytes need on this wire, beyond what any wire needs."""

    @property
    def begins_anew(self) -> bool:
        """Whether a new connection is a new conversation; else half a picture takes what follows for its ink."""


class OneWayLink:
    """What a link is like on which nothing ever comes back."""

    def read(self, timeout: float) -> bytes:
        """Nothing ever comes back."""
        return b""

    def settle(self, timeout: float) -> bool:
        """What was taken is out of this machine's hands."""
        return True


class SpoolLink(OneWayLink):
    """One slip on its way into a system's spooler; what that does with it later is not known."""

    def forget(self) -> None:
        """The spooler has it, and decides."""

    def close(self) -> None:
        """Nothing is held."""


class SpoolWire:
    """What a wire into a system's spooler is like."""

    __slots__ = ()

    def seconds_for(self, message: bytes) -> float:
        """A spooler takes a slip faster than any wire."""
        return 0.0

    @property
    def begins_anew(self) -> bool:
        """Each slip is a job of its own."""
        return True


class BoundedLink:
    """A link, each step of which is done aside: what hangs is left behind, and closed when it comes back."""

    def __init__(self, wire: Wire, aside: Aside, timeout: float) -> None:
        self._aside = aside
        try:
            self._link = aside.run(lambda: wire.open(timeout), _patience(timeout), late=_hang_up)
        except StuckError as error:
            raise LinkError(str(error), interface.STUCK) from error

    def write(self, message: bytes, timeout: float) -> int:
        try:
            return self._aside.run(lambda: self._link.write(message, timeout), _patience(timeout), self._late)
        except StuckError:
            return len(message) - 1  # Who knows how many; perhaps all, when it comes back.

    def read(self, timeout: float) -> bytes:
        try:
            return self._aside.run(lambda: self._link.read(timeout), _patience(timeout), self._late)
        except StuckError as error:
            raise LinkError(str(error), interface.STUCK) from error

    def settle(self, timeout: float) -> bool:
        try:
            return self._aside.run(lambda: self._link.settle(timeout), _patience(timeout), self._late)
        except StuckError:
            return False

    def forget(self) -> None:
        self._at_the_end(self._link.forget)

    def close(self) -> None:
        self._at_the_end(self._link.close)

    def _at_the_end(self, step: Callable[[], None]) -> None:
        with suppress(StuckError):  # Whatever hangs closes the link when it comes back.
            self._aside.run(step, CLOSE_SECONDS)

    def _late(self, _result: object) -> None:
        self._link.close()


def _patience(timeout: float) -> float:
    """A link keeps its own time limit, and needs a moment to say so; only one that does not is left behind."""
    return timeout + GRACE_SECONDS


def _hang_up(link: Link) -> None:
    link.close()


def written_in_pieces(message: bytes, timeout: float, write_piece: Callable[[bytes, float], int]) -> int:
    """Return how many bytes may have gone out; a piece that failed may have gone in part, one that took 0 ends it."""
    deadline, sent = time.monotonic() + timeout, 0
    try:
        while sent < len(message) and (left := deadline - time.monotonic()) > 0:
            taken = write_piece(message[sent : sent + PIECE_BYTES], left)
            if taken == 0:
                break
            sent += taken
    except OSError:
        return min(sent + 1, len(message) - 1)
    return sent


def comes_true(is_so: Callable[[], bool], timeout: float, every: float = 0.01) -> bool:
    """Return whether it is so within `timeout` seconds, looking `every` so many."""
    deadline = time.monotonic() + timeout
    while not is_so():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True
