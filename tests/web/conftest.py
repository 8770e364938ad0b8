"""One running office for all that may not hurt it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.complaints import complaints
from tests.running import running_office
from tests.web.office import Office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A running demo office; whatever is sent to it, its log must end without a mistake of its own."""
    with running_office(tmp_path_factory.mktemp("web"), printer="none") as running:
        yield Office(running)
    assert complaints(running) == []


@pytest.fixture
def fresh_office(tmp_path: Path) -> Iterator[Office]:
    """An office that nobody has changed yet, and that may be changed."""
    with running_office(tmp_path, printer="none") as running:
        yield Office(running)
        assert complaints(running) == []
