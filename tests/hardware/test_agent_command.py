"""`saduak agent` as a process: how it starts, what it says of wrong settings, how it is paired, how it ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware import agent_pairing
from hardware.agent_command import agent
from hardware.agent_journal import Journal
from hardware.simulator import PrinterSimulator
from tests.hardware.fake_server import FakeServer, comes_true, fake_server
from tests.services_running import die_with_the_tests

ROOT = Path(__file__).parents[2]
ENDS_WITHIN_SECONDS = 4.0
MOST_MEMORY_KB = 80_000
HEAVY = ("server.app", "server.cli", "flask", "sqlalchemy", "eventlet", "werkzeug")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


def an_agent(data: Path, *options: str, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start `saduak agent` with these options; its log goes into a file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SADUAK_")}
    with (log or data / "agent.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "server", "agent", "--data", str(data), *options],
            cwd=ROOT,
            env=environment | {"SADUAK_AGENT_TOKEN": "secret"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: die_with_the_tests(signal.SIGKILL),
        )


def at(server: FakeServer, simulator: PrinterSimulator) -> list[str]:
    host, port = simulator.address
    return ["--server", server.url, "--printer", f"network:{host}:{port}", "--paper", "58"]


def test_the_agent_prints_in_little_memory_and_ends_when_told(
    server: FakeServer, simulator: PrinterSimulator, tmp_path: Path
) -> None:
    server.add()
    running = an_agent(tmp_path, *at(server, simulator))

    try:
        assert server.comes_to("printed", within=15.0)
        memory_kb = int(Path(f"/proc/{running.pid}/status").read_text().split("VmRSS:")[1].split()[0])
        assert memory_kb < MOST_MEMORY_KB
        running.send_signal(signal.SIGTERM)
        assert running.wait(ENDS_WITHIN_SECONDS) == 0
    finally:
        running.kill()
        running.wait()
    assert len(simulator.slips) == 1
    assert "Traceback" not in (tmp_path / "agent.log").read_text()


def test_an_agent_that_hears_nothing_from_a_hanging_server_ends_all_the_same(
    server: FakeServer, simulator: PrinterSimulator, tmp_path: Path
) -> None:
    server.always = "hang"
    running = an_agent(tmp_path, *at(server, simulator))

    try:
        assert comes_true(lambda: bool(server.heard), 10.0)
        running.send_signal(signal.SIGTERM)
        assert running.wait(ENDS_WITHIN_SECONDS) == 0
    finally:
        running.kill()
        running.wait()


def test_a_second_agent_with_the_same_folder_is_refused_in_plain_words(
    server: FakeServer, simulator: PrinterSimulator, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "journal.sqlite3")
    second = an_agent(tmp_path, *at(server, simulator))

    assert second.wait(10.0) == 1
    said = (tmp_path / "agent.log").read_text()
    assert "another agent works with" in said
    assert "--data" in said
    journal.close()


def test_all_mistakes_are_told_at_once_each_with_an_example(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        agent, ["--server", "nowhere", "--printer", "usb", "--paper", "70", "--data", str(tmp_path)], env=no_settings()
    )

    assert told.exit_code == 1
    for expected in ("--server 'nowhere'", "--printer 'usb'", "--paper '70'", "saduak agent pair"):
        assert expected in told.output
    assert told.output.count("for example") == 3


def test_without_a_token_it_says_how_to_pair(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        agent, ["--server", "http://192.0.2.1:8000", "--printer", "file:lp", "--data", str(tmp_path)], env=no_settings()
    )

    assert told.exit_code == 1
    assert "saduak agent pair --server http://192.0.2.1:8000\n" in told.output


@pytest.mark.parametrize(("kind", "name"), [("agent", "token"), ("keypad", "keypad-token")])
def test_pairing_shows_a_code_and_keeps_the_token_for_this_user_only(
    server: FakeServer, tmp_path: Path, kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_pairing, "ASK_SECONDS", 0.01)
    server.claims.extend(
        [(202, {}), (410, {"code": "pairing_expired"}), (202, {}), (200, {"token": "t0k", "device": {"name": "ตู้หน้า"}})]
    )
    data = tmp_path / "a folder" / "not there yet"

    told = CliRunner().invoke(
        agent, ["pair", "--server", server.url, "--kind", kind, "--data", str(data)], env=no_settings()
    )

    assert told.exit_code == 0, told.output
    assert "3   4   1   -   C   D   F" in told.output
    assert "3   4   2   -   C   D   F" in told.output  # The first had expired.
    assert f"{server.url}/settings/devices" in told.output
    assert "t0k" not in told.output
    assert server.said("/api/v1/pairings") == [{"kind": kind}] * 2
    assert (data / name).read_text() == "t0k\n"
    assert stat.S_IMODE((data / name).stat().st_mode) == 0o600


def test_pairing_waits_for_a_server_that_is_gone_for_a_while(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_pairing, "ASK_SECONDS", 0.01)
    server.manners.extend(["", "silent", "503", "nonsense"])
    server.claims.append((200, {"token": "t0k", "device": {"name": None}}))

    told = CliRunner().invoke(agent, ["pair", "--server", server.url, "--data", str(tmp_path)], env=no_settings())

    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("address", ["", "nowhere"])
def test_pairing_with_no_address_says_what_one_looks_like(address: str) -> None:
    told = CliRunner().invoke(agent, ["pair", "--server", address], env=no_settings())

    assert told.exit_code == 1
    assert "for example --server https://" in told.output


def test_pairing_with_a_server_that_is_none_says_so(server: FakeServer, tmp_path: Path) -> None:
    server.always = "404"

    told = CliRunner().invoke(agent, ["pair", "--server", server.url, "--data", str(tmp_path)], env=no_settings())

    assert told.exit_code == 1
    assert "the server gives no code" in told.output


def test_the_agent_loads_nothing_of_the_server() -> None:
    asked = "import sys, server.__main__, hardware.agent_command; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not set(HEAVY) & set(loaded.stdout.split())


def no_settings() -> dict[str, str | None]:
    return {name: None for name in os.environ if name.startswith("SADUAK_")}
