"""The agent: each slip once, whatever the server, the printer and the disk do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from hardware import agent as agent_module
from hardware.agent import Agent
from hardware.agent_journal import Journal, JournalUnwritable
from hardware.agent_link import BadAddress, ServerLink, ServerTrouble
from hardware.interface import DeviceError, Printer, PrinterStatus, PrintOutcome
from hardware.simulator import PrinterSimulator
from tests.hardware.fake_server import FakeServer, as_png, comes_true, fake_server
from tests.hardware.slips import a_picture, a_printer_at

STOPS_WITHIN_SECONDS = 5.0


class RunningAgent:
    """An agent in a thread of its own, which can be ended and started again on the same journal."""

    def __init__(self, server: FakeServer, printer: Printer, path: Path) -> None:
        self.server = server
        self.printer = printer
        self.path = path
        self.stop = threading.Event()
        self.journal = Journal(path)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        link = ServerLink(self.server.url, "secret")
        running = Agent(link, self.printer, self.journal, connection="network:192.0.2.1:9100", version="1.0")
        self._thread = threading.Thread(target=running.run, args=(self.stop,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self.stop.set()
        if self._thread is not None:
            self._thread.join(STOPS_WITHIN_SECONDS)
            assert not self._thread.is_alive(), "the agent does not end"
        self.journal.close()

    def restart(self) -> None:
        self.end()
        self.stop = threading.Event()
        self.journal = Journal(self.path)
        self.start()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's patience: the same steps, each of them shorter."""
    monkeypatch.setattr(agent_module, "ANSWER_SECONDS", 0.6)
    monkeypatch.setattr(agent_module, "WAIT_SECONDS", 0.2)
    monkeypatch.setattr(agent_module, "WAIT_IN_TROUBLE_SECONDS", 0.1)
    monkeypatch.setattr(agent_module, "STATUS_SECONDS", 0.3)
    monkeypatch.setattr(agent_module, "LAST_WORD_SECONDS", 0.6)
    monkeypatch.setattr(agent_module, "PAUSES_SECONDS", (0.05, 0.1))
    monkeypatch.setattr(agent_module, "REVOKED_PAUSE_SECONDS", 0.3)
    monkeypatch.setattr(agent_module, "AFTER_A_REFUSAL_SECONDS", 0.05)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


@pytest.fixture
def beside(server: FakeServer, simulator: PrinterSimulator, tmp_path: Path) -> Iterator[RunningAgent]:
    """An agent beside the simulated printer, not started yet."""
    running = RunningAgent(server, a_printer_at(simulator), tmp_path / "journal")
    yield running
    running.end()


def whole_slips(simulator: PrinterSimulator) -> list[int]:
    """The heights of the slips that came out whole, by which a test tells them apart."""
    return [slip.image.height for slip in simulator.slips if slip.is_whole]


def test_slips_are_printed_once_in_order_and_their_ends_told(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator
) -> None:
    for _ in range(3):
        server.add()

    beside.start()

    assert server.comes_to("printed", "printed", "printed")
    assert whole_slips(simulator) == [22, 24, 26]
    assert comes_true(lambda: beside.journal.in_hand == [])


def test_each_question_says_how_the_printer_does_and_what_is_in_hand(beside: RunningAgent, server: FakeServer) -> None:
    beside.start()

    assert comes_true(lambda: len(server.said("/api/v1/agent/next")) > 2)
    asked = server.said("/api/v1/agent/next")[0]
    assert asked == {
        "journal": beside.journal.id,
        "turn": 1_000_000_001,
        "in_hand": [],
        "printer": {"state": "ok", "paper": "ok", "cover": "closed"},
        "width_dots": 384,
        "connection": "network:192.0.2.1:9100",
        "version": "1.0",
        "wait_s": 0.2,
    }


MANNERS = (
    "drop", "half", "twice", "500", "503", "nonsense", "no slip", "rubbish", "silent", "404", "302", "409", "401",
    "403", "hang", "drip",
)  # fmt: skip


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("at", ["asking", "reporting"])
def test_a_server_that_misbehaves_costs_no_slip_and_doubles_none(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator, manner: str, at: str
) -> None:
    server.add()
    server.add()
    server.manners.extend([manner] if at == "asking" else ["", manner])

    beside.start()

    assert server.comes_to("printed", "printed"), server.states()
    assert whole_slips(simulator) == [22, 24]


def test_a_server_that_only_misbehaves_is_named_once_and_served_when_it_is_well(
    beside: RunningAgent, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "hardware")
    server.always = "500"
    beside.start()

    assert comes_true(lambda: len(server.heard) > 4)
    assert caplog.text.count("server_failing") == 1

    server.always, job = "", server.add()

    assert server.comes_to("printed"), job
    assert comes_true(lambda: "server_back" in caplog.text)


def test_a_server_that_is_not_there_is_waited_for(simulator: PrinterSimulator, tmp_path: Path) -> None:
    with fake_server() as gone:
        pass
    beside = RunningAgent(gone, a_printer_at(simulator), tmp_path / "journal")
    beside.start()
    time.sleep(0.3)

    beside.end()


def test_a_revoked_agent_says_how_to_pair_again_and_keeps_asking(
    beside: RunningAgent, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.always = "401"
    beside.start()

    assert comes_true(lambda: len(server.heard) > 2)
    assert caplog.text.count("saduak agent pair") == 1


def test_an_end_that_nobody_heard_is_told_after_the_next_start(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator
) -> None:
    job = server.add()
    server.manners.extend(["", *["500"] * 2])
    server.always = "500"
    beside.start()
    assert simulator.wait_for_slips(1)

    beside.restart()
    assert comes_true(lambda: server.states() == ["sending"])
    server.always = ""

    assert server.comes_to("printed")
    assert server.given == [job]
    assert whole_slips(simulator) == [22]


def test_a_slip_given_twice_is_printed_once(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator
) -> None:
    job = server.add()
    beside.journal.begin(job)  # And its end was told to nobody.
    beside.start()

    time.sleep(0.5)

    assert whole_slips(simulator) == []
    assert beside.journal.in_hand == [job]


def test_a_slip_that_the_server_does_not_know_is_forgotten(
    beside: RunningAgent, server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    beside.journal.begin(99)
    beside.restart()

    assert comes_true(lambda: beside.journal.in_hand == [])
    assert "slip_not_known_to_server job=99 state=unknown" in caplog.text


def test_what_was_begun_when_the_agent_was_killed_is_unknown_and_not_printed_again(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator
) -> None:
    job = server.add()
    server.jobs[job].state = "sending"
    beside.journal.begin(job)

    beside.restart()

    assert server.comes_to("unknown")
    assert server.jobs[job].reason == "agent_stopped"
    assert whole_slips(simulator) == []


@pytest.mark.parametrize("fault", ["paper_out", "open_cover", "jam_cutter", "silent", "nonsense_status", "power_off"])
def test_while_the_printer_is_in_trouble_slips_wait_and_the_server_is_told(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator, fault: str
) -> None:
    getattr(simulator, fault)()
    server.add()
    beside.start()

    assert comes_true(lambda: any(each["printer"]["state"] != "ok" for each in server.said("/api/v1/agent/next")))
    time.sleep(0.3)
    assert server.states() == ["queued"]

    simulator.behave()
    simulator.power_on()

    assert server.comes_to("printed")
    assert whole_slips(simulator) == [22]


def test_a_slip_whose_connection_broke_is_unknown_and_the_next_is_printed(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator
) -> None:
    server.add()
    server.add()
    simulator.cut_connection_after(40)

    beside.start()

    assert server.comes_to("unknown", "printed")
    assert whole_slips(simulator) == [24]


def test_a_printer_that_says_it_is_ready_and_refuses_is_tried_again_until_it_prints(
    server: FakeServer, tmp_path: Path
) -> None:
    server.add()
    moody = Moody(refusals=3)
    beside = RunningAgent(server, moody, tmp_path / "journal")
    beside.start()

    assert server.comes_to("printed")
    assert server.given == [1, 1, 1, 1]
    assert moody.printed == 1
    beside.end()


def test_a_driver_that_breaks_leaves_the_slip_to_a_person(server: FakeServer, tmp_path: Path) -> None:
    server.add()
    server.add()
    beside = RunningAgent(server, Moody(breaks=1), tmp_path / "journal")
    beside.start()

    assert server.comes_to("unknown", "printed")
    assert server.jobs[1].reason == "driver_failed"
    beside.end()


@pytest.mark.parametrize(
    "png",
    [
        as_png(a_picture(width_dots=576)),
        as_png(Image.new("L", (384, 20), 255)),
        as_png(Image.new("1", (384, 20_000), 255)),
        as_png(a_picture())[:60],
        "no base64 ☹",
        "R0lGODlhAQABAAAAACw=",
        "",
    ],
    ids=["too wide", "grey", "too long", "cut off", "no base64", "no PNG", "nothing"],
)
def test_what_is_no_slip_for_this_printer_fails_and_the_next_is_printed(
    beside: RunningAgent, server: FakeServer, png: str
) -> None:
    server.add(png=png)
    server.add()

    beside.start()

    assert server.comes_to("failed", "printed")
    assert server.jobs[1].reason == "slip_unprintable"


def test_nothing_is_printed_that_cannot_be_noted_and_the_server_is_told(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_room = full_disk(monkeypatch)
    server.add()
    beside.start()

    assert comes_true(
        lambda: "journal_unwritable" in [each["printer"]["state"] for each in server.said("/api/v1/agent/next")]
    )
    assert whole_slips(simulator) == []
    assert server.said("/api/v1/agent/slips/1")[0]["state"] == "refused"

    has_room.set()

    assert server.comes_to("printed")
    assert whole_slips(simulator) == [22]


def full_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let nothing be written to any journal until the event is set."""
    has_room = threading.Event()
    really: Callable[..., None] = Journal._in_one_go

    def written(journal: Journal, statements: list[tuple[str, tuple[object, ...]]]) -> None:
        if not has_room.is_set():
            raise JournalUnwritable("database or disk is full")
        really(journal, statements)

    monkeypatch.setattr(Journal, "_in_one_go", written)
    return has_room


def test_told_to_end_it_finishes_the_slip_in_hand_and_says_so(
    beside: RunningAgent, server: FakeServer, simulator: PrinterSimulator
) -> None:
    simulator.slow(0.2)  # So that it is caught in the middle of one.
    server.add()
    server.add()
    beside.start()
    assert comes_true(lambda: beside.journal.in_hand == [1])

    beside.end()

    # The second may have been given out, but once told to end the agent begins nothing.
    assert server.states()[0] == "printed"
    assert len(whole_slips(simulator)) == server.states().count("printed")


@pytest.mark.parametrize(
    "address", ["", "queue.example.go.th", "ftp://queue", "http://", "http://a:b", "http://a b", "http://x:99999"]
)
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(BadAddress):
        ServerLink(address)


def test_an_impossible_name_of_a_host_is_a_server_that_is_gone() -> None:
    with pytest.raises(ServerTrouble, match="server_gone"):
        ServerLink("http://a..b").post("/x", {}, 1.0)


class Moody:
    """A printer that always says it is ready."""

    width_dots = 384
    last_problem = None

    def __init__(self, refusals: int = 0, breaks: int = 0) -> None:
        self.refusals = refusals
        self.breaks = breaks
        self.printed = 0

    def status(self, timeout: float) -> PrinterStatus:
        return PrinterStatus(online=True, paper="ok", cover="closed")

    def print_slip(self, image: Image.Image) -> PrintOutcome:
        if self.refusals:
            self.refusals -= 1
            raise DeviceError("paper_out", "moody")
        if self.breaks:
            self.breaks -= 1
            raise RuntimeError("the driver's own mistake")
        self.printed += 1
        return PrintOutcome.PRINTED

    def close(self) -> None:
        """Nothing to let go of."""
