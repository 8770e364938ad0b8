"""A print agent beside a printer elsewhere, as processes: paired by a code, and each slip once whoever is killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from hardware.keypad import Key
from hardware.keypad_simulator import SimulatedSerialPad
from hardware.simulator import PrinterSimulator
from tests.bench.kills import AgentProcess, run_kills
from tests.live.complaints import complaints
from tests.live.outside import Payload, Voice
from tests.live.people import People
from tests.running import ROOT, RunningOffice, running_office

HEARD_WITHIN_SECONDS = 10.0  # DESIGN: reception hears of a change within 10 s.
PRINTED_WITHIN_SECONDS = 20.0  # Processes start in between, on a busy machine.


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(tmp_path_factory.mktemp("agent"), printer="none") as office:
        yield office
    assert complaints(office) == []


@pytest.fixture(scope="module")
def printer() -> Iterator[PrinterSimulator]:
    printer = PrinterSimulator(384)
    printer.start()
    yield printer
    printer.stop()
    assert printer.errors == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("beside") / "agent"


@pytest.fixture(scope="module")
def token(office: RunningOffice, folder: Path) -> str:
    """The token of an agent that was paired as people do it."""
    pair_by_code(office, folder, kind="agent", name="ตู้หน้า")
    return (folder / "token").read_text().strip()


def pair_by_code(office: RunningOffice, folder: Path, *, kind: str, name: str, counter: str = "") -> None:
    """A program shows a code, and an administrator types it in the office's settings."""
    command = [
        sys.executable,
        "-m",
        "server",
        "agent",
        "pair",
        "--kind",
        kind,
        "--server",
        office.url,
        "--data",
        str(folder),
    ]
    pairing = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert pairing.stdout is not None
    try:
        while not re.fullmatch(r"(\w   ){3}-(   \w){3}", line := pairing.stdout.readline().strip()):
            assert pairing.poll() is None, "it ended without a code"
        confirmed = requests.post(
            f"{office.url}/settings/devices/pair",
            data={"code": line.replace(" ", ""), "kind": kind, "name": name, "counter": counter, "really": "1"},
            headers={"Authorization": f"Bearer {office.credentials['administrator']['token']}"},
            allow_redirects=False,
            timeout=10,
        )
        assert confirmed.status_code == 303, confirmed.text
        rest, _ = pairing.communicate(timeout=15)
    finally:
        pairing.kill()
        pairing.wait()
    assert f"Paired as {name}" in rest


@pytest.fixture
def agent(office: RunningOffice, printer: PrinterSimulator, folder: Path, token: str) -> Iterator[AgentProcess]:
    """The agent, running; the printer is in order."""
    agent = AgentProcess(office, token, printer.address, folder)
    agent.start()
    yield agent
    printer.behave()
    assert agent.stop() == 0
    assert "Traceback" not in agent.log.read_text()


@pytest.fixture
def people(office: RunningOffice) -> People:
    return People(office.url, office.credentials)


def print_of(people: People, ticket: Payload) -> Payload:
    state: Payload = people.kiosk.get(f"/tickets/{ticket['id']}")["print"]
    return state


def becomes(is_so: Callable[[], bool], within: float) -> bool:
    deadline = time.monotonic() + within
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return is_so()


def is_printed_once(people: People, printer: PrinterSimulator, before: int, *tickets: Payload) -> bool:
    """Whether these tickets' slips are printed soon, and nothing else came out since `before`."""
    states = ["printed"] * len(tickets)
    return becomes(
        lambda: [print_of(people, each)["state"] for each in tickets] == states, PRINTED_WITHIN_SECONDS
    ) and [each.is_whole for each in printer.slips[before:]] == [True] * len(tickets)


def test_a_number_taken_at_the_kiosk_comes_out_of_the_agents_printer(
    agent: AgentProcess, people: People, printer: PrinterSimulator
) -> None:
    before = len(printer.slips)

    taken = people.takes_a_number()

    assert is_printed_once(people, printer, before, taken)


def test_slips_wait_for_a_server_that_was_killed_and_come_out_once(
    agent: AgentProcess, office: RunningOffice, people: People, printer: PrinterSimulator
) -> None:
    before = len(printer.slips)
    taken = [people.takes_a_number() for _ in range(3)]

    office.kill9()
    office.start()

    assert is_printed_once(people, printer, before, *taken)
    assert "server_gone" in agent.log.read_text()


def test_slips_wait_for_an_agent_that_was_killed_and_come_out_once(
    agent: AgentProcess, people: People, printer: PrinterSimulator
) -> None:
    assert is_printed_once(people, printer, len(printer.slips), people.takes_a_number())
    agent.kill9()
    before = len(printer.slips)

    taken = [people.takes_a_number() for _ in range(2)]
    agent.start()

    assert is_printed_once(people, printer, before, *taken)


def test_out_of_paper_the_ticket_says_so_and_its_slip_comes_once_with_the_new_roll(
    agent: AgentProcess, people: People, printer: PrinterSimulator
) -> None:
    before = len(printer.slips)
    printer.paper_out()
    taken = people.takes_a_number()

    assert becomes(lambda: print_of(people, taken)["detail"] == "paper_out", HEARD_WITHIN_SECONDS)
    assert print_of(people, taken)["state"] == "queued"
    with_reception = people.voice("reception").get("/slips")["printers"]
    assert [each["state"] for each in with_reception] == ["paper_out"]

    printer.refill()

    assert is_printed_once(people, printer, before, taken)


def test_reception_hears_of_an_agent_that_is_gone(agent: AgentProcess, people: People) -> None:
    reception = people.voice("reception")
    assert becomes(lambda: [each["state"] for each in reception.get("/slips")["printers"]] == ["ok"], 10.0)
    agent.kill9()

    assert becomes(
        lambda: [each["state"] for each in reception.get("/slips")["printers"]] == ["agent_silent"],
        HEARD_WITHIN_SECONDS + 1.0,
    )

    agent.start()
    assert becomes(lambda: [each["state"] for each in reception.get("/slips")["printers"]] == ["ok"], 10.0)


def test_a_key_pad_calls_starts_and_finishes_without_a_printer_beside_it(
    office: RunningOffice, people: People, tmp_path: Path
) -> None:
    pair_by_code(office, tmp_path, kind="keypad", name="แป้นช่อง 1", counter="1")
    pad = SimulatedSerialPad()
    command = [sys.executable, "-m", "server", "agent", "--server", office.url, "--data", str(tmp_path),
               "--printer", "none", "--keypad", pad.setting, "--counter", "1"]  # fmt: skip
    with people.officer_at(1) as officer, (tmp_path / "log").open("wb") as log:
        watching = subprocess.Popen(command, cwd=ROOT, stderr=log)
        try:
            assert becomes(lambda: "agent_started" in (tmp_path / "log").read_text(), 10.0)
            people.takes_a_number()
            for state in ("called", "serving"):
                time.sleep(1.1)  # Nearer together, two presses are one.
                pad.press(Key.NEXT)
                assert becomes(lambda: in_hand(officer) == state, 5.0), (tmp_path / "log").read_text()  # noqa: B023
            watching.terminate()
            assert watching.wait(5.0) == 0
        finally:
            watching.kill()
            watching.wait()
            pad.unplug()


def in_hand(officer: Voice) -> str | None:
    """The state of the visit at counter 1."""
    ticket = officer.get("/counters/1/state")["ticket"]
    return ticket and str(ticket["state"])


def test_kill_9_of_agent_or_server_while_slips_are_printed_loses_none_and_doubles_none(tmp_path: Path) -> None:
    """The small one; `make kills` is the large one."""
    account = run_kills(tmp_path, agent_kills=9, server_kills=3)

    assert account.mistakes == [], account.lines()
    assert account.kills.total() == 12
    assert account.states["printed"] > 0
