"""Screens that come and go, and requests that are refused, leave nothing behind. `make bench` has the long runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.bench.crossing import come_and_go
from tests.bench.servers import resident_mb
from tests.live.people import People
from tests.running import RunningOffice, running_office

WARM_UP, CROSSINGS = 1000, 1500
MOST_MB = 4.0  # Without the garbage of the moment; 4 MB for each thousand was the fault.


@pytest.fixture(scope="module")
def quiet_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    """An office of which nobody else wants anything."""
    with running_office(tmp_path_factory.mktemp("quiet"), printer="none") as office:
        yield office


def test_screens_that_come_and_go_let_in_or_refused_leave_no_memory_behind(quiet_office: RunningOffice) -> None:
    token = People(quiet_office.url, quiet_office.credentials).tokens.of("display")
    asyncio.run(come_and_go(quiet_office.port, token, WARM_UP))
    before = memory_of(quiet_office)

    asyncio.run(come_and_go(quiet_office.port, token, CROSSINGS))

    assert memory_of(quiet_office) - before <= MOST_MB


def memory_of(office: RunningOffice) -> float:
    assert office.server is not None
    return resident_mb(office.server.pid)
