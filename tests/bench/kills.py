"""`make kills`: `kill -9` of agent or server while slips are printed, and every slip is accounted for.

A real server, a real agent, real sockets; only the paper is simulated. Numbers are taken without pause, processes are
killed at random (seeded) moments of a slip's way, and started again. In half of the agent's kills its machine goes
with it: what the system still had to send never reaches the printer. At the end each ticket's slip is printed, once
and whole, or it is `unknown` and reception is asked.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from hardware.simulator import PrinterSimulator, SimulatedSlip
from hardware.slip import qr_matrix
from server.clock import Clock
from server.db.engine import open_engine
from server.db.work import Database
from server.services.pairing import Pairing, Wanted
from tests.running import REACHED_BY_PHONES, ROOT, RunningOffice, running_office
from tests.services_running import die_with_the_tests

KILLS = 100
SEED = 4
WAITING_AT_MOST = 4  # Slips in line: enough that there is always one to print.
CHUNK_BYTES = 512
SECONDS_A_CHUNK = 0.005  # About 100 KB a second: a slip is on its way for as long as a real one is printed.
CUTTING_SECONDS = 0.1
LONGEST_MOMENT_SECONDS = 0.45  # After the first byte of a slip: a slip and a bit of the next.
AT_WORK_WITHIN_SECONDS = 30.0
SETTLED_WITHIN_SECONDS = 90.0
A_SLIP_BYTES = 200  # More than any question before it.
SERVICES = ("id_renew", "id_lost", "move_in", "birth")
MODULE_DOTS = 4  # Of a QR on 58 mm paper.
FINDER_EDGE = b"\xff" + b"\x00" * 7 * MODULE_DOTS + b"\xff" * MODULE_DOTS  # The upper edge of its upper left corner.
IS_DARK = bytes.maketrans(b"\x00\xff", b"\x01\x00")

Matrix = tuple[bytes, ...]


class Cable:
    """A slow cable between agent and printer, which knows where a slip is, and can be cut."""

    def __init__(self, printer: tuple[str, int]) -> None:
        self.slips_begun = 0
        self._printer = printer
        self._passed = 0
        self._waits = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def where(self) -> str:
        """Where a slip is now."""
        if not self._open:
            return "between slips"
        if self._passed < A_SLIP_BYTES:
            return "asking the printer"
        return "slip half sent" if self._waits else "slip sent, not confirmed"

    def cut(self) -> None:
        """Lose whatever is on the way."""
        for each in list(self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Accept no more, and cut."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                agent, _ = self._listener.accept()
                # Little is buffered, so that what passes here is about what the agent has sent.
                agent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                threading.Thread(target=self._carry, args=(agent,), daemon=True).start()

    def _carry(self, agent: socket.socket) -> None:
        try:
            printer = socket.create_connection(self._printer, timeout=5.0)
        except OSError:
            agent.close()
            return
        self._passed = 0
        self._open += [agent, printer]
        back = threading.Thread(target=_carry_back, args=(printer, agent), daemon=True)
        back.start()
        try:
            while chunk := agent.recv(CHUNK_BYTES):
                before, self._passed = self._passed, self._passed + len(chunk)
                self.slips_begun += before < A_SLIP_BYTES <= self._passed
                time.sleep(SECONDS_A_CHUNK)
                printer.sendall(chunk)
                self._waits = bool(select.select([agent], [], [], 0)[0])
        except OSError:
            pass  # Cut.
        finally:
            for each in (agent, printer):
                self._open.remove(each)
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            back.join(5.0)
            agent.close()
            printer.close()


def _carry_back(printer: socket.socket, agent: socket.socket) -> None:
    with suppress(OSError):
        while answer := printer.recv(64):
            agent.sendall(answer)


class AgentProcess:
    """`saduak agent` as a process, on the same folder after each kill."""

    def __init__(self, office: RunningOffice, token: str, printer: tuple[str, int], folder: Path) -> None:
        self.log = folder.with_suffix(".log")
        self._command = [
            sys.executable, "-m", "server", "agent", "--server", office.url, "--data", str(folder),
            "--printer", "network:{}:{}".format(*printer), "--paper", "58",
        ]  # fmt: skip
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("SADUAK_")}
        self._environment["SADUAK_AGENT_TOKEN"] = token
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: die_with_the_tests(signal.SIGKILL),
            )

    def kill9(self) -> None:
        assert self.process is not None
        assert self.process.poll() is None, f"the agent ended by itself:\n{self.log.read_text()[-2000:]}"
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Tell it to end, and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(15.0)
        finally:
            self.process.kill()
            self.process.wait()


@dataclass
class Visitors:
    """People who take numbers for as long as the line of slips is short; what was acknowledged is in `tickets`."""

    office: RunningOffice
    roll: Roll
    over: threading.Event = field(default_factory=threading.Event)
    tickets: dict[str, str] = field(default_factory=dict)
    """The code of each ticket's phone page, by the ticket's id."""

    def run(self) -> None:
        while not self.over.is_set():
            # An unknown slip may be whole or not: counting whole ones lets in a few more, and that does no harm.
            if len(self.tickets) - self.roll.came >= WAITING_AT_MOST:
                time.sleep(0.02)
                continue
            self._takes_a_number({"service": SERVICES[len(self.tickets) % len(SERVICES)], "priority": False,
                                  "language": "th", "request_id": str(uuid.uuid4())})  # fmt: skip

    def _takes_a_number(self, body: dict[str, object]) -> None:
        kiosk = self.office.credentials["devices"]["kiosk"]["token"]
        while True:
            try:
                status, said = self.office.ask("POST", "/tickets", kiosk, body)
            except (OSError, ValueError):  # The server was killed over it: the same request again.
                time.sleep(0.05)
                continue
            assert status in (200, 201), said
            self.tickets[said["id"]] = said["code"]
            return


class Roll:
    """All that came out of the printer, which itself keeps only the last 200."""

    def __init__(self, simulator: PrinterSimulator) -> None:
        self.slips: list[SimulatedSlip] = []
        self._simulator = simulator
        self._seen: set[int] = set()

    @property
    def came(self) -> int:
        return len(self.slips)

    def look(self) -> None:
        """Take over what is new; it stays referred to, so that no other slip gets its identity."""
        for slip in self._simulator.slips:
            if id(slip) not in self._seen:
                self._seen.add(id(slip))
                self.slips.append(slip)

    def run(self, over: threading.Event) -> None:
        while not over.wait(0.05):
            self.look()
        self.look()


@dataclass
class Account:
    """What became of every slip."""

    kills: Counter[str] = field(default_factory=Counter)
    """By who was killed and where a slip was."""
    tickets: int = 0
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unknown_on_paper: int = 0
    halves: int = 0
    mistakes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """The table."""
        return [
            f"{self.kills.total()} kills in {self.seconds:.0f} s, {self.tickets} tickets",
            *(f"  {where}: {count}" for where, count in sorted(self.kills.items())),
            f"slips: {dict(self.states)}; unknown because: {dict(self.reasons)}",
            f"of the unknown ones {self.unknown_on_paper} had come out whole; {self.halves} half slips were torn off",
            *(f"MISTAKE {each}" for each in self.mistakes),
            "every slip is accounted for" if not self.mistakes else f"{len(self.mistakes)} mistakes",
        ]


def run_kills(folder: Path, *, agent_kills: int, server_kills: int, seed: int = SEED) -> Account:
    """Kill so often, and return what became of every slip."""
    began = time.monotonic()
    with (
        running_office(folder, printer="none", environment=REACHED_BY_PHONES) as office,
        a_slow_printer() as (simulator, cable),
    ):
        agent = AgentProcess(office, pair(office), ("127.0.0.1", cable.port), folder / "agent")
        visitors = Visitors(office, Roll(simulator))
        account = Account()
        over = threading.Event()
        threads = [
            threading.Thread(target=visitors.run, daemon=True),
            threading.Thread(target=visitors.roll.run, args=(over,), daemon=True),
        ]
        agent.start()
        for each in threads:
            each.start()
        try:
            account.kills = kill_at_random(office, agent, cable, agent_kills, server_kills, random.Random(seed))
            visitors.over.set()
            threads[0].join(30.0)
            settle(office, visitors.tickets)
        finally:
            visitors.over.set()
            code = agent.stop()
            over.set()
            threads[1].join(5.0)
        read_the_roll(account, office, visitors)
        account.mistakes += simulator.errors
        if code != 0 or "Traceback" in agent.log.read_text(encoding="utf-8"):
            account.mistakes.append(f"the agent ended with {code}; its log: {agent.log.read_text()[-1500:]}")
    account.seconds = time.monotonic() - began
    return account


@contextmanager
def a_slow_printer() -> Iterator[tuple[PrinterSimulator, Cable]]:
    simulator = PrinterSimulator(384)
    simulator.start()
    simulator.slow(CUTTING_SECONDS)
    cable = Cable(simulator.address)
    try:
        yield simulator, cable
    finally:
        cable.close()
        simulator.stop()


def pair(office: RunningOffice) -> str:
    """Let a print agent in, as the settings page does, and return its token."""
    pairing = Pairing(Database(open_engine(f"sqlite:///{office.data / 'saduak.sqlite3'}"), Clock()))
    asked = pairing.ask(1, "agent")
    pairing.confirm_here(1, Wanted(code=asked.code, kind="agent", name="ตู้หน้า"))
    claimed = pairing.claim_token(1, asked.secret)
    assert claimed is not None
    return claimed[0]


def kill_at_random(
    office: RunningOffice, agent: AgentProcess, cable: Cable, agent_kills: int, server_kills: int, chance: random.Random
) -> Counter[str]:
    """Kill and start again; return where a slip was at each kill."""
    kills: Counter[str] = Counter()
    victims = ["agent"] * agent_kills + ["server"] * server_kills
    chance.shuffle(victims)
    for victim in victims:
        wait_for_a_slip(cable, agent)
        time.sleep(chance.uniform(0.0, LONGEST_MOMENT_SECONDS))
        where = cable.where()
        if victim == "server":
            office.kill9()
            office.start()
        else:
            agent.kill9()
            if chance.random() < 0.5:
                cable.cut()
                victim = "agent and its machine"
            agent.start()
        kills[f"{victim} killed, {where}"] += 1
    return kills


def wait_for_a_slip(cable: Cable, agent: AgentProcess) -> None:
    """Return when the first byte of the next slip passes."""
    begun, deadline = cable.slips_begun, time.monotonic() + AT_WORK_WITHIN_SECONDS
    while cable.slips_begun == begun:
        if time.monotonic() > deadline:
            raise AssertionError(f"nothing is printed any more:\n{agent.log.read_text()[-2000:]}")
        time.sleep(0.002)


def settle(office: RunningOffice, tickets: dict[str, str]) -> None:
    """Return when no slip waits or is on its way."""
    deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
    open_ones = list(tickets)
    while open_ones and time.monotonic() < deadline:
        open_ones = [ticket for ticket in open_ones if print_state(office, ticket) == "queued"]
        time.sleep(0.2 if open_ones else 0.0)
    assert not open_ones, f"slips of these tickets still wait: {open_ones}"


def print_state(office: RunningOffice, ticket: str) -> str:
    status, said = office.ask("GET", f"/tickets/{ticket}", office.credentials["reception"]["token"])
    assert status == 200, said
    return str(said["print"]["state"])


def read_the_roll(account: Account, office: RunningOffice, visitors: Visitors) -> None:
    """Find each ticket's slip on the roll, by the code of its phone page, and judge."""
    tickets = {qr_matrix(f"{office.url}/t/{code}"): ticket for ticket, code in visitors.tickets.items()}
    whole = [slip.image for slip in visitors.roll.slips if slip.is_whole]
    account.tickets, account.halves = len(tickets), visitors.roll.came - len(whole)
    came = Counter(ticket_on(picture, tickets) for picture in whole)
    if came[None]:
        account.mistakes.append(f"{came[None]} slips came out that are no ticket's")
    for ticket in tickets.values():
        state = print_state(office, ticket)
        account.states[state] += 1
        account.unknown_on_paper += state == "unknown" and came[ticket] == 1
        if came[ticket] > 1 or state not in ("printed", "unknown") or (state == "printed" and came[ticket] != 1):
            account.mistakes.append(f"ticket {ticket}: {state}, and {came[ticket]} whole slips came out")
    account.reasons = reasons(office)
    if account.halves > account.states["unknown"] - account.unknown_on_paper:
        account.mistakes.append("more half slips than slips that reception is asked about")
    if account.reasons.total() != account.states["unknown"]:
        account.mistakes.append("the events tell of another number of unknown slips")


def ticket_on(picture: Image.Image, tickets: Mapping[Matrix, str]) -> str | None:
    """Return whose slip it is, by the QR on it; None if it is nobody's."""
    dots, size = picture.convert("L"), len(next(iter(tickets)))
    for top in range(dots.height - size * MODULE_DOTS):
        row, left = dots.crop((0, top, dots.width, top + 1)).tobytes(), -1
        while (left := row.find(FINDER_EDGE, left + 1)) >= 0:
            corner = left + 1, top
            code = dots.crop((*corner, corner[0] + size * MODULE_DOTS, corner[1] + size * MODULE_DOTS))
            modules = code.resize((size, size), Image.Resampling.NEAREST).tobytes().translate(IS_DARK)
            found = tickets.get(tuple(modules[at : at + size] for at in range(0, size * size, size)))
            if found is not None:
                return found
    return None


def reasons(office: RunningOffice) -> Counter[str]:
    """Why slips are unknown, as the events tell it."""
    found: Counter[str] = Counter()
    after, more = 0, True
    while more:
        status, page = office.ask("GET", f"/events?after={after}", office.credentials["manager"]["token"])
        assert status == 200, page
        for event in page["events"]:
            if event["kind"] == "slip_failed" and event["payload"]["state"] == "unknown":
                found[event["payload"]["reason"]] += 1
        after, more = page["next"], page["more"]
    return found


def main() -> int:
    """Kill as often as the options say; 1 when a slip is not accounted for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--agent", type=int, default=KILLS, help="how often the agent is killed")
    options.add_argument("--server", type=int, default=KILLS, help="how often the server is killed")
    options.add_argument("--seed", type=int, default=SEED, help="other moments")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="saduak-kills-") as folder:
        account = run_kills(Path(folder), agent_kills=chosen.agent, server_kills=chosen.server, seed=chosen.seed)
    print("\n".join(account.lines()))
    return 1 if account.mistakes else 0


if __name__ == "__main__":
    raise SystemExit(main())
