"""A demo office that really runs: its own data folder, its own port, its own process group.

with running_office(tmp_path) as office:
    requests.get(f"{office.url}/readyz")
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.services_running import a_free_port, die_with_the_tests

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 30.0
STOPS_WITHIN_SECONDS = 10.0  # DESIGN 9.
# These phones are on this machine; else no QR would be shown that leads to it.
REACHED_BY_PHONES = {"SADUAK_PUBLIC_URL": "{url}"}
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RunningOffice:
    """A server that is started, stopped, killed and started again on the same data and the same port."""

    def __init__(self, data: Path, environment: Mapping[str, str], descriptors: tuple[int, int] | None = None) -> None:
        self.data = data
        self.descriptors = descriptors
        self.port = a_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.with_suffix(".log")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SADUAK_")},
            "SADUAK_DATA": str(data),
            "SADUAK_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **({"SADUAK_ASYNC": os.environ["SADUAK_ASYNC"]} if "SADUAK_ASYNC" in os.environ else {}),
            **{name: value.replace("{url}", self.url) for name, value in environment.items()},
        }
        self.server: subprocess.Popen[bytes] | None = None

    @property
    def credentials(self) -> dict[str, Any]:
        """The first accounts and tokens, as `saduak init` wrote them."""
        found: dict[str, Any] = json.loads((self.data / "credentials.json").read_text(encoding="utf-8"))
        return found

    @property
    def entry_link(self) -> str:
        """The one-time link of the latest start; it makes a browser every device of the office."""
        links: list[str] = re.findall(r"http\S+/enter\?code=\S+", self.log.read_text(encoding="utf-8"))
        return links[-1]

    def memory_mb(self) -> float:
        """What the server holds in memory now, in MB of a million bytes."""
        assert self.server is not None
        status = Path(f"/proc/{self.server.pid}/status").read_text(encoding="ascii")
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024 / 1e6

    def enters(self, browser: requests.Session) -> requests.Response:
        """Press the button of the one-time link in that browser."""
        link, _, code = self.entry_link.partition("?code=")
        headers = {"Sec-Fetch-Site": "same-origin"}
        return browser.post(link, data={"code": code}, headers=headers, timeout=10)

    def start(self) -> None:
        """Start the server (it makes the office where there is none); returns when it is ready."""
        with self.log.open("ab") as output:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", "--demo"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=self._prepare,
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self.is_ready():
            if self.server.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise AssertionError(f"the server did not become ready (exit {self.server.poll()}):\n{said}")
            time.sleep(0.05)

    def _prepare(self) -> None:
        """In the new process, before the server."""
        die_with_the_tests(signal.SIGKILL)
        if self.descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, self.descriptors)

    def is_ready(self) -> bool:
        """Whether the server says that it is."""
        try:
            with NO_PROXY.open(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:  # URLError is one.
            return False

    def stop(self) -> None:
        """End the server as a service manager would; fails when it takes longer than it may."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """Kill the whole process group at once."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again after `stop` or `kill9`, or stop and start."""
        self.stop()
        self.start()

    def ask(self, method: str, path: str, token: str, body: object | None = None) -> tuple[int, Any]:
        """Return status and JSON (None where there is none) of one request to the API; a refusal is an answer."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with NO_PROXY.open(request, timeout=10) as answer:
                status, said = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, said = refused.code, refused.read()
        return status, json.loads(said) if said else None

    def _end(self, how: signal.Signals) -> None:
        server, self.server = self.server, None
        if server is None:
            return
        if server.poll() is None:
            os.killpg(server.pid, how)
        try:
            server.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            raise AssertionError(f"the server did not end within {STOPS_WITHIN_SECONDS:g} s") from None


@contextmanager
def running_office(
    tmp_path: Path,
    *,
    printer: str = "simulator",
    clock: str = "real",
    environment: Mapping[str, str] | None = None,
    descriptors: tuple[int, int] | None = None,
) -> Iterator[RunningOffice]:
    """Run a new demo office until the block ends. `environment` has further `SADUAK_…` settings, `descriptors` are
    the soft and the hard limit of the server's open files."""
    settings = {"SADUAK_PRINTER": printer, "SADUAK_CLOCK": clock, **(environment or {})}
    office = RunningOffice(tmp_path / "office", settings, descriptors)
    office.data.mkdir()
    try:
        office.start()
        yield office
    finally:
        office.stop()
