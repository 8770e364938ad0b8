"""One kept HTTP connection for one token. An answer that was lost is asked for again, with the same request_id."""

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.05
ASK_AGAIN = {429, 503}  # Too many at once, or the database is busy; nothing was changed.

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: a status, and JSON where there is any."""

    status: int
    said: Facts


class Unanswered(Exception):
    """The server gave no usable answer for a whole minute."""


@dataclass
class Caller:
    """Speaks to the server at `port`. Belongs to one thread. `asked_again` counts what had to be sent once more."""

    port: int
    token: str
    asked_again: int = 0
    _connection: http.client.HTTPConnection | None = None
    _sent: tuple[str, str, str | None] = field(default=("", "", None))

    def post(self, path: str, **facts: Any) -> Answer:
        """Ask, and wait for the answer."""
        self.send("POST", path, facts)
        return self.answer()

    def get(self, path: str) -> Answer:
        """Look, and wait for the answer."""
        self.send("GET", path)
        return self.answer()

    def send(self, method: str, path: str, facts: Facts | None = None) -> None:
        """Ask and do not wait yet: so one thread can tap twice at the same moment, on two connections."""
        self._sent = (method, path, None if facts is None else json.dumps(facts))
        try:
            self._send()
        except OSError:
            self._hang_up()  # `answer` asks again.

    def answer(self) -> Answer:
        """Return what was answered to what was sent last, or raise Unanswered."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                found = self._received()
                if found.status not in ASK_AGAIN:
                    return found
            except (OSError, http.client.HTTPException):
                self._hang_up()
            if time.monotonic() > deadline:
                raise Unanswered(" ".join(self._sent[:2]))
            self.asked_again += 1
            time.sleep(PAUSE_SECONDS)
            try:
                self._send()
            except OSError:
                self._hang_up()

    def _send(self) -> None:
        method, path, body = self._sent
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self._connection.request(method, f"/api/v1{path}", body, headers)

    def _received(self) -> Answer:
        if self._connection is None:
            raise ConnectionError
        response = self._connection.getresponse()
        text = response.read()
        return Answer(response.status, json.loads(text) if text else {})

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
