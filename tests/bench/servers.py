"""Starts what is measured: the real server on a demo office, and the bare ones."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on `port`; `credentials` are empty for a bare one."""

    port: int
    pid: int
    ready_seconds: float
    credentials: dict[str, Any]


@contextmanager
def saduak(data: Path) -> Iterator[Running]:
    """Run the real server on a new demo office without a printer."""
    port = free_port()
    environment = os.environ | {
        "SADUAK_DATA": str(data), "SADUAK_PORT": str(port), "SADUAK_PRINTER": "none", "SADUAK_ASYNC": "eventlet",
    }  # fmt: skip
    command = [sys.executable, "-m", "server"]
    subprocess.run([*command, "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    credentials = json.loads((data / "credentials.json").read_text())
    with _process([*command, "serve"], port, environment) as (pid, seconds):
        yield Running(port, pid, seconds, credentials)


@contextmanager
def bare(script: str, *arguments: str) -> Iterator[Running]:
    """Run one of the bare servers beside this file."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", str(HERE / script), str(port), *arguments]
    with _process(command, port, dict(os.environ)) as (pid, seconds):
        yield Running(port, pid, seconds, {})


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_mb(pid: int) -> float:
    """Return the process's resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def _process(command: list[str], port: int, environment: dict[str, str]) -> Iterator[tuple[int, float]]:
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() - began > READY_SECONDS or process.poll() is not None:
                    raise RuntimeError(f"{command} did not come up") from None
                time.sleep(0.01)
        yield process.pid, time.monotonic() - began
    finally:
        process.terminate()
        process.wait(timeout=10)
