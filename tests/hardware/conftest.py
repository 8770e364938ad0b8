"""A simulated printer for every test that asks for one."""

from collections.abc import Iterator

import pytest

from hardware.simulator import PrinterSimulator


@pytest.fixture
def simulator() -> Iterator[PrinterSimulator]:
    """A running simulator with paper of 384 dots; whatever it could not read fails the test."""
    running = PrinterSimulator(384)
    running.start()
    yield running
    running.stop()
    assert running.errors == []
