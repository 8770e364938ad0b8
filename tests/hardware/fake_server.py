"""A small server that speaks the agent's protocol, and can be told to misbehave."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from tests.hardware.slips import a_picture

Payload = dict[str, Any]
HANGS_SECONDS = 30.0
LONGEST_POLL_SECONDS = 0.1  # A test need not wait as long as an agent would.


@dataclass
class Job:
    """A slip and what became of it."""

    png: str
    state: str = "queued"
    reason: str | None = None


@dataclass
class FakeServer:
    """`manners` are taken one for each request; "" is to behave. `heard` has every request, path and body."""

    jobs: dict[int, Job] = field(default_factory=dict)
    manners: deque[str] = field(default_factory=deque)
    always: str = ""
    heard: list[tuple[str, Payload]] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    pairings: int = 0
    claims: deque[tuple[int, Payload | None]] = field(default_factory=deque)
    """What the questions after a pairing's token are answered, one after the other."""
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, picture: Image.Image | None = None, png: str | None = None) -> int:
        """Queue a slip and return its number."""
        job = len(self.jobs) + 1
        self.jobs[job] = Job(png if png is not None else as_png(picture or a_picture(height=20 + 2 * job)))
        return job

    def states(self) -> list[str]:
        return [job.state for job in self.jobs.values()]

    def comes_to(self, *states: str, within: float = 8.0) -> bool:
        """Whether the slips are in these states soon."""
        return comes_true(lambda: self.states() == list(states), within)

    def said(self, path: str) -> list[Payload]:
        """The bodies that came to that path."""
        return [body for heard, body in self.heard if heard == path]

    # What the protocol asks of a server.

    def answer(self, path: str, body: Payload) -> tuple[int, Payload | None]:
        if path.endswith("/agent/next"):
            return self._next(body)
        if path.endswith("/keypad/press"):
            return 204, None
        if path.endswith("/pairings"):
            self.pairings += 1
            return 201, {"code": f"34{self.pairings}-CDF", "secret": f"secret {self.pairings}"}
        if path.endswith("/pairings/claim"):
            return self.claims.popleft()
        return self._end(int(path.rpartition("/")[2]), body)

    def _next(self, body: Payload) -> tuple[int, Payload | None]:
        with self.lock:
            for number, job in self.jobs.items():
                if job.state == "sending" and number not in body["in_hand"]:
                    job.state = "queued"
        deadline = time.monotonic() + min(body["wait_s"], LONGEST_POLL_SECONDS)
        while time.monotonic() < deadline:
            with self.lock:
                ready = [number for number, job in self.jobs.items() if job.state == "queued"]
                if ready and body["printer"]["state"] in ("ok", "paper_near_end"):
                    self.jobs[ready[0]].state = "sending"
                    self.given.append(ready[0])
                    return 200, {"slip": {"job": ready[0], "png": self.jobs[ready[0]].png, "copy": False}}
            time.sleep(0.01)
        return 204, None

    def _end(self, number: int, body: Payload) -> tuple[int, Payload | None]:
        with self.lock:
            job = self.jobs.get(number)
            if job is None:
                return 404, {"code": "unknown_slip"}
            if body["state"] == "refused":
                job.state = "queued" if job.state == "sending" else job.state
            elif job.state in ("queued", "sending"):
                job.state, job.reason = body["state"], body["reason"]
        return 200, {}


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    """Run one until the block ends."""
    server = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.heard.append((self.path, body))
            manner = server.manners.popleft() if server.manners else server.always
            misbehave(manner, self, lambda: server.answer(self.path, body))

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Listener(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever hung up is no news."""

    listener = Listener(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()


def misbehave(manner: str, handler: BaseHTTPRequestHandler, answer: Callable[[], tuple[int, Payload | None]]) -> None:
    """Answer as that manner is; "" is as one should."""
    connection, content = handler.connection, b""
    match manner:
        case "silent":
            handler.close_connection = True
            return
        case "500" | "503" | "401" | "403" | "404" | "302":
            status, content = int(manner), b"<html>no JSON</html>"
        case "409":
            status, content = 409, b'{"code": "agent_elsewhere"}'
        case "nonsense":
            status, content = 200, b"\xff{]"
        case "no slip":
            status, content = 200, b'{"slip": {"job": "seven"}}'
        case "rubbish":
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
            handler.close_connection = True
            return
        case "hang":
            time.sleep(HANGS_SECONDS)
            return
        case "drip":
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000:
                connection.sendall(bytes([byte]))
                time.sleep(0.05)
            return
        case _:
            status, said = answer()
            content = b"" if said is None else json.dumps(said).encode()
    if manner == "drop":  # It was done; nobody hears of it.
        handler.close_connection = True
        return
    if manner == "half":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + content[: len(content) // 2])
        handler.close_connection = True
        return
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    connection.sendall((head.encode() + content) * (2 if manner == "twice" else 1))


def as_png(picture: Image.Image) -> str:
    """The picture as it goes over the wire."""
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    return base64.b64encode(drawn.getvalue()).decode()


def comes_true(is_so: Callable[[], bool], within: float = 8.0) -> bool:
    """Whether it is so before the time is over."""
    deadline = time.monotonic() + within
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_so()
