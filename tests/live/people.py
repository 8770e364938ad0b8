"""The people of a running office, each with a voice and, where they have one, an ear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.live.outside import Ear, Payload, Voice, listening

SERVICE_OF_QUEUE = {"A": "id_renew", "F": "move_in", "L": "marriage", "M": "person_cert", "R": "complaint"}


@dataclass(frozen=True)
class Tokens:
    """The tokens of `credentials.json`, by role; officers and tablets by counter."""

    found: dict[str, Any]

    def of(self, role: str, counter: int = 1) -> str:
        """Return the token of that role (at that counter)."""
        if role in {"kiosk", "display"}:
            return str(self.found["devices"][role]["token"])
        if role == "rating":
            return self._at(self.found["devices"]["rating"], counter)
        if role == "officer":
            return self._at(self.found["officers"], counter)
        return str(self.found[role]["token"])

    @staticmethod
    def _at(found: list[dict[str, Any]], counter: int) -> str:
        return next(str(each["token"]) for each in found if each["counter"] == counter)


class People:
    """Everybody of one office, at one server."""

    def __init__(self, url: str, credentials: dict[str, Any]) -> None:
        self.url = url
        self.tokens = Tokens(credentials)
        self.kiosk = self.voice("kiosk")
        self.manager = self.voice("manager")

    def voice(self, role: str, counter: int = 1) -> Voice:
        """Return that role's voice."""
        return Voice(self.url, self.tokens.of(role, counter))

    @contextmanager
    def ear(self, role: str, counter: int = 1) -> Iterator[Ear]:
        """Listen as that role until the block ends."""
        with listening(self.url, token=self.tokens.of(role, counter)) as ear:
            yield ear

    @contextmanager
    def ears(self, **roles: tuple[str, int]) -> Iterator[dict[str, Ear]]:
        """Listen as several at once, by a name of the caller's."""
        with ExitStack() as stack:
            yield {name: stack.enter_context(self.ear(role, counter)) for name, (role, counter) in roles.items()}

    @contextmanager
    def officer_at(self, counter: int) -> Iterator[Voice]:
        """An officer who has that counter open until the block ends."""
        officer = self.voice("officer", counter)
        officer.post(f"/counters/{counter}/open")
        try:
            yield officer
        finally:
            in_hand = officer.get(f"/counters/{counter}/state")["ticket"]
            if in_hand and in_hand["state"] == "called":
                officer.post(f"/tickets/{in_hand['id']}/start")
            if in_hand:
                officer.post(f"/tickets/{in_hand['id']}/finish")
            officer.post(f"/counters/{counter}/close")

    def takes_a_number(self, service: str = "id_renew", **facts: Any) -> Payload:
        """A citizen takes a number at the kiosk."""
        return self.kiosk.post("/tickets", **{"service": service, "priority": False, "language": "th", **facts})

    def a_visit(self, counter: int = 1, service: str = "id_renew", score: int | None = 5) -> Payload:
        """One visit from tap to rating; the counter must be open and nobody else waiting. Returns the ticket."""
        officer = self.voice("officer", counter)
        taken = self.takes_a_number(service)
        called = officer.post(f"/counters/{counter}/call-next")
        assert called["id"] == taken["id"], "somebody else was waiting"
        officer.post(f"/tickets/{taken['id']}/start")
        finished = officer.post(f"/tickets/{taken['id']}/finish")
        if score is not None:
            tablet = self.voice("rating", counter)
            slot = tablet.get(f"/rating/{counter}/state")["slot"]
            tablet.post("/ratings", slot=slot["id"], score=score)
        return finished
