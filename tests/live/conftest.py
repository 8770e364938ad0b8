"""One real server for each async mode, shared by the tests that need none of their own."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.live.complaints import complaints
from tests.live.people import People
from tests.running import RunningOffice, running_office

MODES = ("eventlet", "threading", "gevent")


@pytest.fixture(scope="session")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], RunningOffice]]:
    """Running demo offices by async mode, started when first asked for; their logs must end without a mistake."""
    with ExitStack() as stack:

        @cache
        def in_mode(mode: str) -> RunningOffice:
            if importlib.util.find_spec(mode) is None:
                pytest.skip(f"not run: {mode} is not installed")
            folder = tmp_path_factory.mktemp(mode)
            office = stack.enter_context(running_office(folder, environment={"SADUAK_ASYNC": mode}))
            started.append(office)
            return office

        started: list[RunningOffice] = []
        yield in_mode
    assert [complaints(office) for office in started] == [[] for _ in started]


@pytest.fixture(scope="session")
def office(offices: Callable[[str], RunningOffice]) -> RunningOffice:
    """A running demo office in the default mode, for what no mode could change."""
    return offices("eventlet")


@pytest.fixture(scope="session")
def people(office: RunningOffice) -> People:
    """The people of that office."""
    return People(office.url, office.credentials)


@pytest.fixture(scope="session", params=MODES)
def office_in_each_mode(request: pytest.FixtureRequest, offices: Callable[[str], RunningOffice]) -> RunningOffice:
    """The same in every async mode, for all that touches sockets, waiting or the end of the process."""
    return offices(request.param)


@pytest.fixture(scope="session")
def people_in_each_mode(office_in_each_mode: RunningOffice) -> People:
    """The people of that office."""
    return People(office_in_each_mode.url, office_in_each_mode.credentials)
