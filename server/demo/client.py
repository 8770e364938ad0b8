"""An outside HTTP client that takes no silence for an answer: it asks again, with the same request_id."""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

ANSWER_WITHIN_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
ASK_AGAIN = {429, 503}


class Refused(Exception):
    """The server said no, with a reason: a problem+json."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')}")


class Unreachable(Exception):
    """The server gave no usable answer for a whole minute, or the day was stopped."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server replied to a command. `status` 204 has no body."""

    status: int
    body: dict[str, Any]
    request_id: str
    tries: int


class Client:
    """Speaks for one token. Belongs to one thread."""

    def __init__(self, base_url: str, token: str, stop: threading.Event, *, patience_seconds: float = 60.0) -> None:
        self._api = f"{base_url}/api/v1"
        self._stop = stop
        self._patience = patience_seconds
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy of the machine has no part in talking to this machine.
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """Return the state at `path`, or raise Refused or Unreachable."""
        return self._ask("GET", path, query=query).body

    def post(self, path: str, **facts: Any) -> Answer:
        """Carry out one command exactly once, however often it has to be sent."""
        return self._ask("POST", path, body={**facts, "request_id": str(uuid.uuid4())})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        deadline = time.monotonic() + self._patience
        pause = FIRST_PAUSE_SECONDS
        tries = 0
        while True:
            tries += 1
            try:
                response = self._session.request(
                    method, self._api + path, params=query, json=body, timeout=ANSWER_WITHIN_SECONDS
                )
                if response.status_code not in ASK_AGAIN:
                    return _answer(response, str((body or {}).get("request_id", "")), tries)
                silence = f"status {response.status_code}"
            except requests.RequestException as error:
                silence = type(error).__name__
            if time.monotonic() > deadline or self._stop.wait(pause):
                raise Unreachable(f"{method} {path}: no answer after {tries} tries ({silence})")
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _answer(response: requests.Response, request_id: str, tries: int) -> Answer:
    try:
        found: dict[str, Any] = json.loads(response.content) if response.content else {}
    except ValueError:
        found = {}  # Only ever an error page of something between us and the server; the status tells enough.
    if response.status_code >= 400:
        raise Refused(response.status_code, found)
    return Answer(response.status_code, found, request_id, tries)
