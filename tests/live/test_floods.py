"""A flood holds up only itself: kiosk, counters and board go on beside it, and all is well when it is over."""

from __future__ import annotations

import importlib.util
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.live.complaints import complaints
from tests.live.outside import listening
from tests.live.people import People
from tests.running import RunningOffice, running_office

HELD_SECONDS = 1.0
TICKET_WITHIN_SECONDS = 1.0
HALF = b"POST /api/v1/tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\nX-Slow: "


@pytest.mark.parametrize(("mode", "limit", "half_requests"), [
    ("eventlet", 1024, 1200), ("threading", 256, 300), ("gevent", 256, 300),
])  # fmt: skip
def test_more_half_requests_than_descriptors_keep_nobody_from_a_ticket(
    tmp_path: Path, mode: str, limit: int, half_requests: int
) -> None:
    with office_with_a_limit(tmp_path, mode, limit) as office, many_descriptors():
        people = People(office.url, office.credentials)
        with listening(office.url, token=people.tokens.of("display")) as board, ExitStack() as flood:
            pouring = threading.Thread(target=pour, args=(office, flood, half_requests, HALF))
            pouring.start()
            took = [seconds_for_a_ticket(people) for _ in range(10)]
            pouring.join()
            until = time.monotonic() + HELD_SECONDS
            while time.monotonic() < until:
                took.append(seconds_for_a_ticket(people))

            with people.officer_at(1) as officer:
                number = officer.post("/counters/1/call-next")["number"]
                board.hears("ticket_called", number=number)
            assert max(took) < TICKET_WITHIN_SECONDS, sorted(took)[-5:]
            assert descriptors_of(office) < limit

        assert seconds_for_a_ticket(people) < TICKET_WITHIN_SECONDS
        with ExitStack() as flood:
            pour(office, flood, limit // 4, b"")
            assert seconds_for_a_ticket(people) < TICKET_WITHIN_SECONDS
        wait_until_closed(office)
        assert "connections_dropped" in office.log.read_text(encoding="utf-8")
        assert complaints(office) == []


@contextmanager
def office_with_a_limit(tmp_path: Path, mode: str, limit: int) -> Iterator[RunningOffice]:
    """Run an office that may open so many files and no more."""
    if importlib.util.find_spec(mode) is None:
        pytest.skip(f"not run: {mode} is not installed")
    environment = {"SADUAK_ASYNC": mode}
    with running_office(tmp_path, printer="none", environment=environment, descriptors=(limit, limit)) as office:
        yield office


@contextmanager
def many_descriptors() -> Iterator[None]:
    """Let the flood itself open what it needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pour(office: RunningOffice, flood: ExitStack, number: int, first: bytes) -> None:
    """Open so many connections, send the same on each, and wait."""
    for _ in range(number):
        wire = flood.enter_context(closing(socket.create_connection(("127.0.0.1", office.port), timeout=10)))
        with suppress(OSError):  # It was dropped already.
            wire.sendall(first)


def seconds_for_a_ticket(people: People) -> float:
    began = time.monotonic()
    people.takes_a_number()
    return time.monotonic() - began


def descriptors_of(office: RunningOffice) -> int:
    """Return how many files that server has open."""
    assert office.server is not None
    return len(list(Path(f"/proc/{office.server.pid}/fd").iterdir()))


def wait_until_closed(office: RunningOffice, within: float = 20.0) -> None:
    """Wait until the server has closed the flood's connections too."""
    until = time.monotonic() + within
    while descriptors_of(office) > 60 and time.monotonic() < until:
        time.sleep(0.05)
    assert descriptors_of(office) <= 60
