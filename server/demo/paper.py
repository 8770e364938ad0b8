"""Paper on the simulated day: the roll ends, a slip is cut off, reception has it printed again; and the count."""

import queue
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from server.demo.client import Client, Refused
from server.demo.ear import Ear
from server.demo.floor import Floor
from server.demo.plan import Mishap

LOOKS_AFTER = timedelta(minutes=2)  # Somebody comes to reception without a slip, and reception looks.
PRINTED_WITHIN_SECONDS = 30.0  # Of this machine, when the day is over.
NOT_ON_PAPER = ("unknown", "failed", "dropped")


class Printer:
    """Goes wrong when the day's settings say so, and is mended a while later."""

    def __init__(self, floor: Floor, administrator: str, mishaps: Iterable[Mishap]) -> None:
        self._floor = floor
        self._client = floor.client(administrator)
        self._mishaps = tuple(mishaps)

    def work(self) -> None:
        """Live through the mishaps until the doors close; in the end everything is mended."""
        for mishap in self._mishaps:
            self._floor.time.sleep_until(mishap.at)
            if self._floor.doors_closed.is_set():
                break
            self._client.post("/simulator", fault=mishap.fault)
            self._floor.time.sleep(mishap.lasts)
            self._client.post("/simulator")


class Reception:
    """Sees which slips did not come, or not for sure, and has them printed again."""

    def __init__(self, floor: Floor, token: str) -> None:
        self._floor = floor
        self._client = floor.client(token)
        self._missing: queue.Queue[str | None] = queue.Queue()
        self._ear = Ear(floor.base_url, {"token": token, "screen": "reception"}, self._hear, floor.stop)

    def work(self) -> None:
        """Help whoever has no slip, until `go_home`."""
        self._ear.open()
        try:
            while (ticket := self._missing.get()) is not None:
                self._floor.time.sleep(LOOKS_AFTER)
                self._print_again(ticket)
        finally:
            self._ear.close()

    def go_home(self) -> None:
        """End after what has been heard so far."""
        self._missing.put(None)

    def _hear(self, name: str, payload: dict[str, Any]) -> None:
        if name == "slip_failed" and payload["state"] in NOT_ON_PAPER:
            self._missing.put(str(payload["ticket"]))

    def _print_again(self, ticket: str) -> None:
        try:
            answer = self._client.post(f"/tickets/{ticket}/print")
        except Refused as refused:
            # The visit is over by now, or the slip is on its way after all.
            if not refused.code.startswith(("ticket_", "slip_waiting")):
                raise
            return
        self._floor.journal.write("reception", "print", ticket=ticket, number=answer.body["number"],
                                  status=answer.status, request_id=answer.request_id, tries=answer.tries)  # fmt: skip


def await_paper(manager: Client) -> None:
    """Wait until the last slips are printed; not for long, for a printer may be broken."""
    deadline = time.monotonic() + PRINTED_WITHIN_SECONDS
    while manager.get("/slips")["waiting"] and time.monotonic() < deadline:
        time.sleep(0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCount:
    """The day's slips as the events tell them."""

    tickets: int
    printed: int
    copies: int
    asked: int
    troubles: tuple[str, ...]


def count_paper(events: Iterable[Mapping[str, Any]]) -> PaperCount:
    """Return how the slips of these events ended, and what should not have been: a first slip printed twice."""
    firsts: Counter[str] = Counter()
    copies, asked, issued = 0, set(), {}
    ends: dict[str, list[str]] = defaultdict(list)
    for event in events:
        said = event["payload"]
        if event["kind"] == "ticket_issued":
            issued[str(said["ticket"])] = said["number"]
        elif event["kind"] == "slip_printed":
            ends[str(said["ticket"])].append(said["state"])
            copies += said["copy"]
            firsts[str(said["ticket"])] += not said["copy"]
        elif event["kind"] == "slip_failed" and said["state"] in NOT_ON_PAPER:
            ends[str(said["ticket"])].append(said["state"])
            asked.add(str(said["ticket"]))
    twice = [f"the slip of {issued[ticket]} came twice without the mark of a copy" for ticket, n in firsts.items()
             if n > 1]  # fmt: skip
    lost = [f"nobody knows of a slip of {number}" for ticket, number in issued.items() if not ends[ticket]]
    return PaperCount(tickets=len(issued), printed=len(+firsts), copies=copies, asked=len(asked),
                      troubles=(*twice, *lost))  # fmt: skip
