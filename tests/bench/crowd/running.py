"""A crowd at a real office: servers are started, tickets issued and called, and everything is counted at the end."""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from server.db.engine import open_engine, sqlite_url
from server.db.migrating import migrate
from server.services.founding import found_office
from tests.bench.crowd.counting import Counts, counted
from tests.bench.crowd.people import Habit, Kiosk, Notes, Officer, Turns, all_at_once, every_event
from tests.live.complaints import complaints
from tests.running import ROOT, RunningOffice
from tests.services.office import hash_quickly, with_counters

KIOSKS = 8
BEFORE_SHARE = 2  # Half of the tickets wait when the officers come; the others are issued meanwhile.
HABITS = tuple(Habit)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many; `processes` serve the office together."""

    tickets: int = 10_000
    officers: int = 64
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it. `verified` is what `saduak verify` said; `calling_seconds` from the first call to the last."""

    counts: Counts
    notes: Notes
    calling_seconds: float
    verified: str
    agrees: bool

    @property
    def is_right(self) -> bool:
        """Whether nothing at all is off."""
        return self.counts.is_right and self.agrees


def gathers(crowd: Crowd, database_url: str | None = None, redis_url: str | None = None) -> Result:
    """Let the crowd loose on a new office: on SQLite, or on the empty database of that address."""
    with tempfile.TemporaryDirectory(prefix="saduak-crowd-") as folder:
        data = Path(folder) / "office"
        data.mkdir()
        url = database_url or sqlite_url(data)
        _found(url, data, crowd.officers)
        environment = {"SADUAK_PRINTER": "none", "SADUAK_DATABASE_URL": url}
        environment |= {"SADUAK_REDIS_URL": redis_url} if redis_url else {}
        with _servers(data, environment, crowd.processes) as servers:
            notes, seconds = _a_morning(crowd, servers)
            counts = counted(every_event(servers[0].port, servers[0].credentials["manager"]["token"]), notes)
            verified = _verify(servers[0])
        counts.faults += [said for server in servers for said in complaints(server)]
    said = verified.stdout.strip().splitlines() or verified.stderr.strip().splitlines()[-1:]
    return Result(counts, notes, seconds, said[-1], verified.returncode == 0)


def _found(url: str, data: Path, counters: int) -> None:
    engine = open_engine(url)
    migrate(engine)
    found_office(engine, with_counters(counters), data, now=datetime.now(UTC), hash_password=hash_quickly)
    engine.dispose()


@contextmanager
def _servers(data: Path, environment: dict[str, str], processes: int) -> Iterator[list[RunningOffice]]:
    with ExitStack() as stack:
        servers = []
        for number in range(processes):
            server = RunningOffice(data, environment)
            server.log = data.parent / f"server{number}.log"
            stack.callback(server.stop)
            server.start()
            servers.append(server)
        yield servers


def _a_morning(crowd: Crowd, servers: list[RunningOffice]) -> tuple[Notes, float]:
    credentials, notes, issuing_is_over = servers[0].credentials, Notes(), threading.Event()
    ports = [server.port for server in servers]
    services = [service["id"] for service in with_counters(1)["services"]]
    kiosks = [
        Kiosk(ports[number % len(ports)], credentials["devices"]["kiosk"]["token"], services, notes)
        for number in range(KIOSKS)
    ]
    officers = [
        Officer(each["counter"], (ports[at % len(ports)], ports[(at + 1) % len(ports)]), each["token"],
                HABITS[at // len(ports) % len(HABITS)], notes)
        for at, each in enumerate(credentials["officers"])
    ]  # fmt: skip
    before = crowd.tickets // BEFORE_SHARE
    first = Turns(0, before)
    _joined(all_at_once(_noting(notes, kiosk.issues, first) for kiosk in kiosks))
    began = time.monotonic()
    working = all_at_once(_noting(notes, officer.works, issuing_is_over) for officer in officers)
    later = Turns(before, crowd.tickets)
    _joined(all_at_once(_noting(notes, kiosk.issues, later) for kiosk in kiosks))
    issuing_is_over.set()
    _joined(working)
    return notes, time.monotonic() - began


def _noting(notes: Notes, work: Callable[[T], None], given: T) -> Callable[[], None]:
    """Return that work as a thread's story; what it raises is noted as a fault."""

    def story() -> None:
        try:
            work(given)
        except Exception as failure:  # noqa: BLE001  # because a thread's failure must reach the counts.
            notes.faults.append(repr(failure))

    return story


def _joined(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


def _verify(server: RunningOffice) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "verify"]
    return subprocess.run(command, cwd=ROOT, env=server.environment, capture_output=True, text=True, check=False)
