"""The demo's own server: a process with the simulated clock, started again when it dies in mid-day."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import requests

READY_WITHIN_SECONDS = 60.0
ENDS_WITHIN_SECONDS = 10.0
WATCH_EVERY_SECONDS = 0.1
MOST_RESTARTS = 20
HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[2]  # Whatever folder the demo is run in, the server is this one.


class ServerFailed(Exception):
    """The server could not be set up, or did not become ready; the message ends with its last lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the demo office lives."""

    data: Path
    office_file: Path
    port: int
    log: Path
    speed: float


class ServerProcess:
    """Starts, watches and stops the server. `restarted` is told after each unplanned start."""

    def __init__(self, place: Installation, now: Callable[[], datetime]) -> None:
        self.base_url = f"http://{HOST}:{place.port}"
        self.restarts = 0
        self.troubles: list[str] = []
        self._place = place
        self._now = now
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The process number of the running server."""
        assert self._process is not None
        return self._process.pid

    def set_up(self) -> None:
        """Create the demo office with its accounts and tokens, or raise ServerFailed."""
        done = self.run("init")
        if done.returncode:
            raise ServerFailed(f"saduak init failed: {done.stdout}{done.stderr}")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another saduak command on the demo's data."""
        return subprocess.run(
            _command(*arguments),
            cwd=ROOT,
            env=self._environment(self._now()),
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        """Start the server at the simulated time of now, and return when it answers."""
        self._output = self._place.log.open("ab")
        self._process = subprocess.Popen(
            _command("serve"),
            cwd=ROOT,
            env=self._environment(self._now()),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(f"the server did not start:\n{self._last_lines()}")
            if self._stopping.wait(0.05):
                return

    def watch(self, *, died: Callable[[], None], restarted: Callable[[], None]) -> None:
        """From now on, start the server again whenever it ends before `stop`; tell of both."""

        def keep_alive() -> None:
            while not self._stopping.wait(WATCH_EVERY_SECONDS):
                if self._process is not None and self._process.poll() is not None:
                    died()
                    try:
                        self._start_again(restarted)
                    except ServerFailed as failed:
                        self.troubles.append(str(failed))
                        return

        self._watcher = threading.Thread(target=keep_alive, name="watcher", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End the server: politely, and after ten seconds not."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(ENDS_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._output is not None:
            self._output.close()

    def complaints(self) -> list[str]:
        """Return what the server logged as an error; a day on which it did is not one without errors."""
        found, in_traceback = [], False
        for line in self._place.log.read_text(encoding="utf-8", errors="replace").splitlines():
            if in_traceback and line and not line.startswith(" "):
                in_traceback = False
                found.append(line)
            elif line.startswith("Traceback"):
                in_traceback = True
            elif " ERROR " in line:
                found.append(line)
        return [f"the server logged: {line}" for line in found]

    def _start_again(self, restarted: Callable[[], None]) -> None:
        self.restarts += 1
        if self.restarts > MOST_RESTARTS:
            raise ServerFailed(f"the server ended {self.restarts} times:\n{self._last_lines()}")
        try:
            self.start()
        except ServerFailed:
            if self._was_killed:
                return  # Killed while it started: the next look starts it once more.
            raise
        if not self._stopping.is_set():
            restarted()

    @property
    def _was_killed(self) -> bool:
        return self._process is not None and (self._process.poll() or 0) < 0

    def _environment(self, at: datetime) -> dict[str, str]:
        # Nothing of a real installation leaks in, above all not its database; only the async mode is taken over.
        others = {name: value for name, value in os.environ.items() if name == "SADUAK_ASYNC" or name[:7] != "SADUAK_"}
        return others | {
            "SADUAK_HOST": HOST,
            "SADUAK_PORT": str(self._place.port),
            "SADUAK_DATA": str(self._place.data),
            "SADUAK_CONFIG": str(self._place.office_file),
            "SADUAK_PRINTER": "simulator",
            "SADUAK_CLOCK": f"{at.isoformat(timespec='milliseconds')}x{self._place.speed:g}",
        }

    def _is_ready(self) -> bool:
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.get(f"{self.base_url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def _last_lines(self) -> str:
        return "\n".join(self._place.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "server", *arguments]
