"""A CUPS queue: raw bytes through `lp`, for printers that another machine or another program also uses.

python-escpos' own `LP` makes the bytes reach `lp` as well, but it waits for `lp` and `lpstat` without a time limit,
adds a line feed to every slip, and never looks how `lp` ended; so this starts `lp` itself, bounded, and feeds it the
bytes that python-escpos made.
"""

import fcntl
import os
import signal
import struct
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from hardware import interface
from hardware.escpos_links import Link, LinkError, SpoolLink, SpoolWire
from hardware.native import system

LOOK_SECONDS = 0.01
JOB_NAME = "saduak"


@dataclass(frozen=True, slots=True)
class QueueWire(SpoolWire):
    """A queue's name, as `lpstat -e` lists it."""

    queue: str

    @property
    def name(self) -> str:
        """The setting that names it."""
        return f"cups:{self.queue}"

    def open(self, timeout: float) -> Link:
        """Ask for the queue before a slip is handed over; raises LinkError where it would not be printed."""
        self.look(timeout)
        return QueueLink(self.queue)

    def look(self, timeout: float) -> None:
        """Raise LinkError if CUPS has no such queue, or the queue is stopped or refuses jobs."""
        ended, said = ran(["lpstat", "-a", self.queue, "-p", self.queue], timeout)
        if ended is None:
            raise LinkError(f"lpstat did not end within {timeout:.1f} s", interface.STUCK)
        if ended != 0:
            raise LinkError(said or "lpstat failed")
        if "not accepting requests" in said or f"{self.queue} disabled" in said:
            raise LinkError(said, interface.QUEUE_STOPPED)


class QueueLink(SpoolLink):
    """One slip on its way into a queue."""

    def __init__(self, queue: str) -> None:
        self._command = ["lp", "-s", "-d", queue, "-t", JOB_NAME, "-o", "raw"]

    def write(self, message: bytes, timeout: float) -> int:
        """Return all if `lp` took them and ended well, 0 if it certainly read none, else something between."""
        deadline = time.monotonic() + timeout
        # We keep the reading end, too: what is still in the pipe when `lp` is dead, it never read.
        reading, writing = os.pipe()
        try:
            try:
                running = _Running(self._command, reading)
            except OSError:  # No `lp` here.
                return 0
            sent = _fed(writing, message, running.has_ended, deadline)
            writing = _closed(writing)
            ended = running.result(deadline)
            if ended == 0 and sent == len(message) and _unread(reading) == 0:
                return sent
            return 0 if ended is not None and _unread(reading) == sent else min(sent, len(message) - 1)
        finally:
            _closed(writing)
            _closed(reading)


def ran(command: list[str], timeout: float) -> tuple[int | None, str]:
    """Return how a program ended (None: killed, for it did not) and what it said, within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    reading, writing = os.pipe()
    try:
        try:
            running = _Running(command, None, writing)
        except OSError as error:
            return 127, f"{command[0]}: {error.strerror}"
        writing = _closed(writing)
        os.set_blocking(reading, False)
        said = b""
        while not running.has_ended() and time.monotonic() < deadline:
            said += _heard(reading)
            time.sleep(LOOK_SECONDS)
        ended = running.result(deadline)
        return None if running.was_killed else ended, (said + _heard(reading)).decode(errors="replace").strip()
    finally:
        _closed(writing)
        _closed(reading)


class _Running:
    """A program in a process group of its own, so that what it started dies with it."""

    def __init__(self, command: list[str], stdin: int | None, output: int | None = None) -> None:
        actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = []
        for ours, theirs, flags in ((stdin, 0, os.O_RDONLY), (output, 1, os.O_WRONLY), (output, 2, os.O_WRONLY)):
            if ours is None:
                actions.append((os.POSIX_SPAWN_OPEN, theirs, os.devnull, flags, 0))
            else:
                actions.append((os.POSIX_SPAWN_DUP2, ours, theirs))
        english = {**os.environ, "LC_ALL": "C"}  # Its words are read above.
        self._pid: int = system.posix_spawnp(command[0], command, english, file_actions=actions, setpgroup=0)
        self._ended: int | None = None
        self.was_killed = False

    def has_ended(self) -> bool:
        if self._ended is None:
            try:
                pid, status = system.waitpid(self._pid, os.WNOHANG)
            except ChildProcessError:  # Somebody else in this process took its end: how it ended is lost.
                self._ended = -1
                return True
            if pid:
                self._ended = os.waitstatus_to_exitcode(status)
        return self._ended is not None

    def result(self, deadline: float) -> int | None:
        """Return how it ended, or None when it had to be killed and even then did not end."""
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        if not self.has_ended():
            self.was_killed = True
            with suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
            killed_by = time.monotonic() + 0.3  # Longer only where the kernel itself holds it.
            while not self.has_ended() and time.monotonic() < killed_by:
                time.sleep(LOOK_SECONDS)
        return self._ended


def _fed(pipe: int, message: bytes, has_ended: Callable[[], bool], deadline: float) -> int:
    """Return how many bytes the pipe has taken before the program ended or the time was over."""
    os.set_blocking(pipe, False)
    sent = 0
    while sent < len(message) and not has_ended() and time.monotonic() < deadline:
        try:
            sent += system.write(pipe, message[sent:])
        except BlockingIOError:
            time.sleep(LOOK_SECONDS)
    return sent


def _heard(pipe: int) -> bytes:
    try:
        return bytes(system.read(pipe, 4096))
    except BlockingIOError:
        return b""


def _unread(pipe: int) -> int:
    (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))
    return int(count)


def _closed(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return -1
