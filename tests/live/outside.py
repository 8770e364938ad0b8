"""The outside client: it knows the contract (DESIGN 9), plain HTTP and Socket.IO, and nothing else of the house."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import requests
import socketio

NAMESPACE = "/live"
HEARD_WITHIN_SECONDS = 5.0

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of /live, and when it came (monotonic)."""

    name: str
    payload: Payload
    at: float


class Voice:
    """Asks the API for one token."""

    def __init__(self, url: str, token: str) -> None:
        self._api = f"{url}/api/v1"
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy of the machine has no part in talking to this machine.
        self._session.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send one request as it is."""
        return self._session.request(method, self._api + path, **{"timeout": 10, **more})

    def get(self, path: str, **query: str | int) -> Payload:
        """Return what is there; a refusal fails the test."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        found: Payload = answer.json()
        return found

    def post(self, path: str, **facts: Any) -> Payload:
        """Carry out a command; a refusal fails the test, and nothing to say is an empty answer."""
        answer = self.ask("POST", path, json={"request_id": str(uuid.uuid4()), **facts})
        assert answer.status_code in {200, 201, 204}, answer.text
        found: Payload = answer.json() if answer.content else {}
        return found

    def events(self, after: int = 0) -> list[Payload]:
        """Return every event after that seq."""
        found: list[Payload] = []
        while True:
            page = self.get("/events", after=after)
            found += page["events"]
            after = page["next"]
            if not page["more"]:
                return found


class Ear:
    """Hears what /live tells one audience, in the order in which it is told."""

    def __init__(self, url: str, auth: Payload, *, transports: tuple[str, ...] = ("websocket",)) -> None:
        self.heard: list[Heard] = []
        self._url = url
        self._auth = auth
        self._transports = list(transports)
        self._news = threading.Condition()
        self._client = socketio.Client(reconnection=False)
        self._client.on("*", self._take, namespace=NAMESPACE)

    def connect(self) -> None:
        """Connect and hear `hello`; raises socketio's ConnectionError when refused."""
        self._client.connect(
            self._url, auth=self._auth, namespaces=[NAMESPACE], transports=self._transports, wait_timeout=10
        )
        self.hears("hello")

    def close(self) -> None:
        """Hang up as a browser does that is switched off: no farewell, for gevent's server leaves ours unanswered."""
        wire = getattr(self._client.eio.ws, "sock", None)
        if wire:
            wire.shutdown(socket.SHUT_RDWR)
            self._client.eio.wait()
        self._client.disconnect()

    def hears(self, name: str, *, within: float = HEARD_WITHIN_SECONDS, **facts: Any) -> Payload:
        """Return the first such message, heard already or soon; else fail with what was heard instead."""
        deadline = time.monotonic() + within
        with self._news:
            while True:
                for each in self.heard:
                    if each.name == name and facts.items() <= each.payload.items():
                        return each.payload
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    raise AssertionError(f"{name} {facts} was not heard within {within:g} s; heard: {self.names}")

    def hears_number(self, name: str, number: str, *, within: float = HEARD_WITHIN_SECONDS) -> Heard:
        """Return the message of that name about that number, and when it came."""
        return self.hears_seq(self.hears(name, within=within, number=number)["seq"])

    def hears_seq(self, seq: int, *, within: float = HEARD_WITHIN_SECONDS) -> Heard:
        """Return the message of that seq, heard already or soon."""
        deadline = time.monotonic() + within
        with self._news:
            while True:
                for each in self.heard:
                    if each.name != "hello" and each.payload["seq"] == seq:
                        return each
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    raise AssertionError(f"seq {seq} was not heard within {within:g} s; heard: {self.chain}")

    def heard_until(self, seq: int) -> list[Heard]:
        """Return what was heard up to that seq."""
        with self._news:
            return [each for each in self.heard if each.payload["seq"] <= seq]

    @property
    def names(self) -> list[str]:
        """What was heard, by name."""
        return [each.name for each in self.heard]

    @property
    def chain(self) -> list[tuple[int | None, int]]:
        """What was heard as (previous, seq); `hello` has no previous."""
        return [(each.payload.get("previous"), each.payload["seq"]) for each in self.heard]

    @property
    def has_a_gap(self) -> bool:
        """Whether a message's `previous` is not the seq heard last: the client then fetches the snapshot."""
        chain = self.chain
        return any(previous != last for (_, last), (previous, _) in pairwise(chain))

    def _take(self, name: str, payload: Payload) -> None:
        with self._news:
            self.heard.append(Heard(name, payload, time.monotonic()))
            self._news.notify_all()


@contextmanager
def listening(url: str, **auth: Any) -> Iterator[Ear]:
    """Listen with this auth until the block ends."""
    ear = Ear(url, auth)
    ear.connect()
    try:
        yield ear
    finally:
        ear.close()
