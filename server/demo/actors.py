"""Those who act on the simulated day, each with its own token: kiosk, officers, rating tablets, display."""

import queue
import threading
from datetime import timedelta
from typing import Any

from server.demo.client import Answer, Refused
from server.demo.ear import Ear
from server.demo.floor import Floor
from server.demo.plan import Visitor
from server.domain.office import Rule

LOOK_AGAIN = timedelta(minutes=10)  # In case an event was missed; an officer glances at the screen now and then.
LOOK_AGAIN_AT_LEAST_SECONDS = 2.0


class Kiosk:
    """Gives each visitor of the plan a number when they come."""

    def __init__(self, floor: Floor, token: str) -> None:
        self._floor = floor
        self._client = floor.client(token)

    def work(self) -> None:
        """Issue the day's tickets, then close the doors."""
        try:
            for visitor in self._floor.plan.visitors:
                self._floor.time.sleep_until(visitor.arrives_at)
                if self._floor.doors_closed.is_set():
                    return
                self._issue(visitor)
        finally:
            self._floor.close_doors()

    def _issue(self, visitor: Visitor) -> None:
        try:
            answer = self._client.post(
                "/tickets", service=visitor.service, priority=visitor.priority, language=visitor.language
            )
        except Refused as refused:
            self._floor.troubles.append(f"kiosk: visitor {visitor.number} ({visitor.service}): {refused}")
            return
        self._floor.give_number(answer.body, visitor)
        self._floor.journal.write(
            "kiosk",
            "issue",
            ticket=answer.body["id"],
            number=answer.body["number"],
            service=visitor.service,
            visitor=visitor.number,
            **_receipt(answer),
        )


class Officer:
    """Works one counter: calls, recalls who does not come, starts, finishes; sleeps while nobody waits."""

    def __init__(self, floor: Floor, token: str, counter: int, rule: Rule) -> None:
        self._floor = floor
        self._name = f"officer {counter}"
        self.counter = counter
        self._rule = rule
        self._client = floor.client(token)
        self._awake = threading.Event()
        auth = {"token": token, "screen": "counter", "counter": counter}
        self._ear = Ear(floor.base_url, auth, self._hear, floor.stop)
        floor.wake_with(self._awake.set)

    def work(self) -> None:
        """Open the counter, serve until the day is over, close it."""
        self._ear.open()
        self._command("open")
        try:
            while self._serve_next():
                pass
            self._command("close")
        finally:
            self._ear.close()

    def _hear(self, name: str, payload: dict[str, Any]) -> None:
        if name in ("hello", "ticket_issued", "ticket_returned", "ticket_transferred", "ticket_cancelled"):
            self._awake.set()

    def _serve_next(self) -> bool:
        """Serve one visit, or wait for one; False when the day is over."""
        # Both in this order: what happens after these lines sets them again, so no ticket is slept through.
        self._awake.clear()
        last_look = self._floor.doors_closed.is_set()
        if self._floor.counters_closing.is_set():
            return False
        answer = self._client.post(f"/counters/{self.counter}/call-next")
        if answer.status == 204:
            if not last_look:
                self._awake.wait(max(LOOK_AGAIN_AT_LEAST_SECONDS, self._floor.time.real_seconds(LOOK_AGAIN)))
            return not last_look and not self._floor.stop.is_set()
        self._write("call", answer)
        visitor = self._floor.holder_of(answer.body["id"])
        self._serve(answer.body["id"], visitor)
        self._floor.time.sleep(visitor.officer_pause)
        return True

    def _serve(self, ticket: object, visitor: Visitor) -> None:
        calls = 1
        while calls != visitor.answers_call:
            self._floor.time.sleep(self._rule.recall_interval)
            if calls > self._rule.recall_limit:
                self._write("no_show", self._client.post(f"/tickets/{ticket}/no-show"))
                return
            self._write("recall", self._recall(ticket))
            calls += 1
        self._floor.time.sleep(visitor.walk)
        self._write("start", self._client.post(f"/tickets/{ticket}/start"))
        self._floor.time.sleep(visitor.service_time)
        self._write("finish", self._client.post(f"/tickets/{ticket}/finish"))

    def _recall(self, ticket: object) -> Answer:
        # A restarted server's clock may stand a moment earlier than the one this officer waited by.
        for _ in range(5):
            try:
                return self._client.post(f"/tickets/{ticket}/recall")
            except Refused as refused:
                if refused.code != "recall_too_soon":
                    raise
            self._floor.time.sleep(self._rule.recall_interval)
        return self._client.post(f"/tickets/{ticket}/recall")

    def _command(self, word: str) -> None:
        answer = self._client.post(f"/counters/{self.counter}/{word}")
        self._floor.journal.write(self._name, word, counter=self.counter, **_receipt(answer))

    def _write(self, action: str, answer: Answer) -> None:
        self._floor.journal.write(
            self._name,
            action,
            ticket=answer.body["id"],
            number=answer.body["number"],
            counter=self.counter,
            **_receipt(answer),
        )


class Tablet:
    """Stands on one counter: wakes for each finished visit, and is tapped or not, as the visitor pleases."""

    def __init__(self, floor: Floor, token: str, counter: int) -> None:
        self._floor = floor
        self._name = f"tablet {counter}"
        self.counter = counter
        self._client = floor.client(token)
        self._opened: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._seen: set[object] = set()
        self.too_late = 0
        auth = {"token": token, "screen": "rating", "counter": counter}
        self._ear = Ear(floor.base_url, auth, self._hear, floor.stop)

    def work(self) -> None:
        """Take taps until `go_home`."""
        self._ear.open()
        try:
            while news := self._opened.get():
                slot = news["slot"] or self._slot_now()
                if slot and slot["id"] not in self._seen:
                    self._seen.add(slot["id"])
                    self._offer(slot)
        finally:
            self._ear.close()

    def go_home(self) -> None:
        """End after what has been heard so far."""
        self._opened.put(None)

    def _hear(self, name: str, payload: dict[str, Any]) -> None:
        if name == "rating_opened":
            self._opened.put({"slot": {"id": payload["slot"], "number": payload["number"]}})
        elif name == "hello":
            self._opened.put({"slot": None})  # Connected again: a visit may have ended meanwhile.

    def _slot_now(self) -> dict[str, Any] | None:
        slot: dict[str, Any] | None = self._client.get(f"/rating/{self.counter}/state")["slot"]
        return slot

    def _offer(self, slot: dict[str, Any]) -> None:
        visitor = self._floor.holder_of(slot["number"])
        if visitor.score is None:
            return
        self._floor.time.sleep(visitor.rating_delay)
        try:
            answer = self._client.post("/ratings", slot=slot["id"], score=visitor.score)
        except Refused as refused:
            if refused.code not in {"slot_expired", "slot_ended"}:
                raise
            self.too_late += 1
            return
        self._floor.journal.write(
            self._name,
            "rate",
            slot=slot["id"],
            number=slot["number"],
            score=visitor.score,
            **_receipt(answer),
        )


class Display:
    """Hangs in the waiting room and hears the calls."""

    def __init__(self, floor: Floor, token: str) -> None:
        self.heard: list[str] = []
        self.gaps = 0
        self._last_seq: int | None = None
        self._ear = Ear(floor.base_url, {"token": token, "screen": "display"}, self._hear, floor.stop)

    def listen(self) -> None:
        """Hear every call from now on."""
        self._ear.open()

    def close(self) -> None:
        """Hang up."""
        self._ear.close()

    def _hear(self, name: str, payload: dict[str, Any]) -> None:
        if name == "hello":
            self._last_seq = payload.get("seq")
            return
        if self._last_seq is not None and payload.get("previous") != self._last_seq:
            self.gaps += 1
        self._last_seq = payload.get("seq")
        if name == "ticket_called":
            self.heard.append(payload["number"])


def _receipt(answer: Answer) -> dict[str, Any]:
    return {"status": answer.status, "request_id": answer.request_id, "tries": answer.tries}
