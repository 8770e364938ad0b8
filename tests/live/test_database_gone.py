"""The database goes away and comes back: whatever is asked meanwhile is refused by name, and nobody reloads a page."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import requests
import socketio
from sqlalchemy import make_url

from tests.live.outside import Ear
from tests.live.people import People
from tests.running import RunningOffice, running_office

BACK_WITHIN_SECONDS = 5.0


class Wire:
    """A relay between the server and its database, which a test can cut."""

    def __init__(self, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listener.getsockname()[1]
        self._is_cut = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and refuse new ones until `mend`."""
        self._is_cut = True
        while self._open:
            end = self._open.pop()
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    def _listen(self) -> None:
        while True:
            near, _ = self._listener.accept()
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(self._to)
            self._open += [near, far]
            threading.Thread(target=self._relay, args=(near, far), daemon=True).start()

    @staticmethod
    def _relay(near: socket.socket, far: socket.socket) -> None:
        with near, far:
            while True:
                ready, _, _ = select.select([near, far], [], [])
                for end in ready:
                    try:
                        said = end.recv(65536)
                        (far if end is near else near).sendall(said)
                    except OSError:
                        return
                    if not said:
                        return


@pytest.fixture(scope="module")
def wire(postgres_url: str) -> Wire:
    url = postgres_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE DATABASE gone")
    return Wire(make_url(postgres_url).port or 5432)


@pytest.fixture(scope="module")
def office(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    url = f"postgresql+psycopg://saduak@127.0.0.1:{wire.port}/gone"
    folder = tmp_path_factory.mktemp("gone")
    with running_office(folder, printer="none", environment={"SADUAK_DATABASE_URL": url}) as office:
        yield office


@contextmanager
def gone(wire: Wire) -> Iterator[None]:
    wire.cut()
    try:
        yield
    finally:
        wire.mend()


@pytest.mark.postgres
def test_without_its_database_the_server_says_so_and_comes_back_by_itself(office: RunningOffice, wire: Wire) -> None:
    people = People(office.url, office.credentials)
    display = Ear(office.url, {"token": people.tokens.of("display")})
    display.connect()
    body = {"service": "id_renew", "request_id": "while it was gone"}
    before = people.takes_a_number()

    with gone(wire):
        refused = people.kiosk.ask("POST", "/tickets", json=body)
        seen = people.manager.ask("GET", "/events")
        pages = [requests.get(office.url + path, timeout=10) for path in ("/", "/login", "/t/nobody")]
        ready = requests.get(f"{office.url}/readyz", timeout=10)
        alive = requests.get(f"{office.url}/healthz", timeout=10)
        with pytest.raises(socketio.exceptions.ConnectionError):
            Ear(office.url, {"token": people.tokens.of("kiosk")}).connect()
    came_back = until_answered(people, body)

    for answer in (refused, seen):
        assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
        assert answer.headers["Retry-After"]
    assert [page.status_code for page in pages] == [503] * 3
    assert all("database_busy" in page.text for page in pages)
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert came_back["number"] > before["number"]
    with people.officer_at(1) as officer:
        called = officer.post("/counters/1/call-next")
        display.hears("ticket_called", number=called["number"])
    assert not display.has_a_gap
    assert office.log.read_text(encoding="utf-8").count("publisher_failed") == 1
    assert [each["seq"] for each in people.manager.events()] == list(range(1, len(people.manager.events()) + 1))
    display.close()


def until_answered(people: People, body: dict[str, str]) -> dict[str, str]:
    """Ask again, as a kiosk does, until the server is back."""
    deadline = time.monotonic() + BACK_WITHIN_SECONDS
    while (answer := people.kiosk.ask("POST", "/tickets", json=body)).status_code == 503:
        assert time.monotonic() < deadline, "the server did not come back"
        time.sleep(0.1)
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found
