"""A key at the counter: each press reaches the server once, soon, or not at all."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from enum import Enum

import pytest

from hardware import agent_keypad
from hardware.agent_keypad import PadWatch
from hardware.agent_link import ServerLink
from hardware.interface import DeviceError
from tests.hardware.fake_server import FakeServer, comes_true, fake_server

PRESS = "/api/v1/keypad/press"


class Key(Enum):
    """The keys of a pad."""

    NEXT = "next"
    RECALL = "recall"


class FakePad:
    """A key pad whose keys a test presses, and whose cable it pulls."""

    def __init__(self) -> None:
        self.pressed: queue.Queue[Key] = queue.Queue()
        self.is_gone = False

    def presses(self, timeout: float) -> list[Key]:
        if self.is_gone:
            raise DeviceError("printer_unreachable", "serial:/dev/ttyUSB1")
        try:
            return [self.pressed.get(timeout=timeout)]
        except queue.Empty:
            return []


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


@pytest.fixture
def pad(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePad]:
    """A key pad that is being watched, with a test's patience."""
    monkeypatch.setattr(agent_keypad, "TOLD_WITHIN_SECONDS", 1.0)
    monkeypatch.setattr(agent_keypad, "ONE_TRY_SECONDS", 0.3)
    monkeypatch.setattr(agent_keypad, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(agent_keypad, "LISTEN_SECONDS", 0.1)
    monkeypatch.setattr(agent_keypad, "LOST_PAD_PAUSE_SECONDS", 0.1)
    pad, stop = FakePad(), threading.Event()
    watch = threading.Thread(target=PadWatch(ServerLink(server.url, "secret"), pad, 3).run, args=(stop,), daemon=True)
    watch.start()
    yield pad
    stop.set()
    watch.join(3.0)
    assert not watch.is_alive()


def test_each_press_is_told_once_in_order(pad: FakePad, server: FakeServer) -> None:
    for key in (Key.NEXT, Key.RECALL, Key.NEXT):
        pad.pressed.put(key)

    assert comes_true(lambda: len(server.said(PRESS)) == 3)
    assert [each["key"] for each in server.said(PRESS)] == ["next", "recall", "next"]
    assert len({each["request_id"] for each in server.said(PRESS)}) == 3


@pytest.mark.parametrize("manner", ["drop", "500", "nonsense", "hang", "silent"])
def test_a_press_whose_answer_is_lost_is_told_again_as_the_same_press(
    pad: FakePad, server: FakeServer, manner: str
) -> None:
    server.manners.append(manner)
    pad.pressed.put(Key.NEXT)

    assert comes_true(lambda: len(server.said(PRESS)) == 2)
    first, second = server.said(PRESS)
    assert first == second


def test_a_press_that_nobody_takes_is_dropped_and_the_next_one_is_told(
    pad: FakePad, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.always = "500"
    pad.pressed.put(Key.NEXT)
    assert comes_true(lambda: "press_dropped counter=3 key=next" in caplog.text)
    tries = len(server.said(PRESS))

    server.always = ""
    time.sleep(0.3)

    assert len(server.said(PRESS)) == tries
    pad.pressed.put(Key.RECALL)
    assert comes_true(lambda: server.said(PRESS)[-1]["key"] == "recall")


def test_presses_made_while_the_server_hangs_do_not_come_late(pad: FakePad, server: FakeServer) -> None:
    server.always = "hang"
    for _ in range(3):
        pad.pressed.put(Key.NEXT)
    time.sleep(1.2)

    server.always = ""
    heard = len(server.said(PRESS))
    time.sleep(0.5)

    assert len(server.said(PRESS)) == heard


@pytest.mark.parametrize("manner", ["401", "404"])
def test_a_refused_press_is_not_repeated(
    pad: FakePad, server: FakeServer, manner: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.always = manner
    pad.pressed.put(Key.NEXT)

    assert comes_true(lambda: "press_dropped" in caplog.text)
    assert len(server.said(PRESS)) == 1


def test_a_pad_that_was_pulled_out_is_named_once_and_used_when_it_is_back(
    pad: FakePad, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    pad.is_gone = True
    assert comes_true(lambda: "keypad_lost counter=3" in caplog.text)
    time.sleep(0.3)
    pad.is_gone = False
    pad.pressed.put(Key.NEXT)

    assert comes_true(lambda: len(server.said(PRESS)) == 1)
    assert caplog.text.count("keypad_lost") == 1
