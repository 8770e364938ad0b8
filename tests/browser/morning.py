"""A believable morning at the demo office, command by command: for the pictures, and for judging every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.running import RunningOffice

BEGINS = "2026-11-23T08:30:00+07:00"
ENDS = "2026-11-23T09:14:00+07:00"

# Minute after 08:30, service, and whether somebody has priority or speaks English.
ARRIVALS: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (0.2, "id_renew", {}),
    (0.6, "move_in", {}),
    (1.5, "id_lost", {}),
    (2.2, "marriage", {}),
    (3.1, "id_first", {"priority": True}),
    (4.4, "birth", {}),
    (6.3, "id_renew", {}),
    (8.7, "certified_copy", {}),
    (11.2, "id_change", {}),
    (13.5, "name_change", {}),
    (15.8, "death", {}),
    (17.1, "person_cert", {}),
    (20.4, "id_renew", {"language": "en"}),
    (23.0, "house_no", {}),
    (25.6, "id_renew", {"priority": True}),
    (28.9, "complaint", {}),
    (30.2, "id_lost", {}),
    (32.6, "surname_marriage", {}),
    (33.3, "move_dest", {}),
    (34.7, "id_first", {}),
    (36.5, "id_change", {}),
    (37.2, "id_renew", {"language": "en"}),
    (38.1, "certified_copy", {}),
    (39.4, "id_renew", {}),
    (40.3, "id_lost", {"priority": True}),
    (41.0, "divorce", {}),
    (41.8, "id_first", {}),
    (42.1, "house_no", {}),
    (43.1, "id_renew", {}),
)

# Minute, counter, commands in a row. Counter 6 stays closed; the last calls are the ones on the screens.
WORK: tuple[tuple[float, int, tuple[str, ...]], ...] = (
    (0.0, 1, ("open",)),
    (0.0, 2, ("open",)),
    (0.0, 3, ("open",)),
    (0.1, 4, ("open",)),
    (0.1, 5, ("open",)),
    (0.8, 1, ("call-next",)),
    (1.1, 3, ("call-next",)),
    (1.3, 1, ("start",)),
    (1.9, 3, ("start",)),
    (2.0, 2, ("call-next",)),
    (2.6, 2, ("start",)),
    (3.0, 4, ("call-next",)),
    (3.4, 4, ("start",)),
    (12.4, 1, ("finish", "call-next")),
    (13.0, 1, ("start",)),
    (14.0, 3, ("finish", "call-next")),
    (14.3, 2, ("finish", "call-next")),
    (14.6, 3, ("start",)),
    (15.5, 2, ("recall",)),
    (16.5, 2, ("no-show", "call-next")),
    (17.0, 2, ("start",)),
    (17.6, 5, ("call-next",)),
    (18.2, 5, ("start",)),
    (22.0, 4, ("finish", "call-next")),
    (22.8, 4, ("start",)),
    (25.0, 1, ("finish", "call-next")),
    (25.5, 1, ("start",)),
    (27.5, 3, ("finish", "call-next")),
    (28.0, 3, ("start",)),
    (29.5, 5, ("finish", "call-next")),
    (30.1, 5, ("start",)),
    (33.0, 2, ("finish", "call-next")),
    (33.7, 2, ("start",)),
    (38.8, 1, ("finish", "call-next")),
    (39.3, 1, ("start",)),
    (40.1, 3, ("finish",)),
    (42.6, 4, ("finish", "call-next")),
    (43.0, 4, ("start",)),
    (43.3, 2, ("finish", "call-next")),
)

RATINGS = (5, 4, 5, 5, 3, 4, 5, 4, 5)


class Morning:
    """Plays the morning at the API. `wait_until` is asked before each step, with the minute after 08:30."""

    def __init__(self, office: RunningOffice, wait_until: Callable[[float], None] = lambda minute: None) -> None:
        self.office = office
        self.issued: list[dict[str, Any]] = []
        self.in_hand: dict[int, dict[str, Any]] = {}
        self.unrated: list[dict[str, Any]] = []
        self._wait_until = wait_until
        self._credentials = office.credentials
        self._scores = iter(RATINGS)

    def play(self) -> None:
        """Let everybody come, be called and be served."""
        steps: list[tuple[float, Callable[[], None]]] = [
            *((minute, self._arrival(service, facts)) for minute, service, facts in ARRIVALS),
            *((minute, self._work(counter, commands)) for minute, counter, commands in WORK),
        ]
        for minute, step in sorted(steps, key=lambda each: each[0]):
            self._wait_until(minute)
            step()

    def finish_at(self, counter: int) -> None:
        """Finish what this counter has in hand, and leave its rating tablet awake."""
        self._command(counter, "finish")

    def _arrival(self, service: str, facts: dict[str, Any]) -> Callable[[], None]:
        def come() -> None:
            token = self._credentials["devices"]["kiosk"]["token"]
            self.issued.append(self._asked("POST", "/tickets", token, {"service": service, **facts}))

        return come

    def _work(self, counter: int, commands: tuple[str, ...]) -> Callable[[], None]:
        def do() -> None:
            for command in commands:
                self._command(counter, command)
                if command == "finish":
                    self._rate(counter)

        return do

    def _command(self, counter: int, command: str) -> None:
        token = self._credentials["officers"][counter - 1]["token"]
        if command in {"open", "close", "call-next"}:
            answer = self._asked("POST", f"/counters/{counter}/{command}", token, {})
        else:
            answer = self._asked("POST", f"/tickets/{self.in_hand[counter]['id']}/{command}", token, {})
        if answer and "number" in answer and "issued_at" in answer:
            self.in_hand[counter] = answer

    def _rate(self, counter: int) -> None:
        token = self._credentials["devices"]["rating"][counter - 1]["token"]
        slot = self._asked("GET", f"/rating/{counter}/state", token)["slot"]
        score = next(self._scores, None)
        if slot and score:
            self._asked("POST", "/ratings", token, {"slot": slot["id"], "score": score})
        else:
            self.unrated.append(self.in_hand[counter])

    def _asked(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> Any:
        status, answer = self.office.ask(method, path, token, body)
        if status >= 400:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return answer
