"""What every screen says, thing by thing, beside what the API says of it: two that differ are a contradiction.

A thing is a key such as `state of A001`; who says it and what they say stand under it. A screen that does not show a
thing says nothing of it.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from server.web.words import Catalogue
from tests.running import RunningOffice

Said = dict[str, dict[str, Any]]
"""By the thing, then by who says it."""

BOARD = """async (anew) => {
  const page = anew
    ? new DOMParser().parseFromString(await (await fetch(location.href, {cache: "no-store"})).text(), "text/html")
    : document;
  const text = (at, root = page) => root.querySelector(at)?.textContent.trim().replace(/\\s+/g, " ") ?? "";
  const now = page.querySelector("#now");
  return {
    number: text("#now-number"), counter: text("#now-counter"),
    is_open: !now.hasAttribute("data-last") && !now.hasAttribute("data-empty"),
    recent: [...page.querySelectorAll("#recent > li")].map((row) =>
      [text(".recent-number", row), text(".recent-counter", row)]),
    missed: [...page.querySelectorAll("#missed > .missed-ticket")].map((row) => row.textContent.trim()),
    queues: [...page.querySelectorAll("#queues > .queue")].map((row) =>
      ({id: row.dataset.queue, waiting: text(".queue-waiting", row), wait: text(".queue-wait", row)})),
  };
}"""

COUNTER = """() => {
  const numbers = (at) => [...document.querySelectorAll(at)].map((each) => each.textContent.trim());
  const desk = document.querySelector("#desk");
  return {
    mode: desk.dataset.mode, number: document.querySelector("#number").textContent.trim(),
    waiting: numbers("#waiting > [data-ticket] th.number"),
    count: document.querySelector("#waiting-count").textContent.trim(),
    held: numbers("#held > [data-ticket] .row-number"), missed: numbers("#missed > [data-ticket] .row-number"),
  };
}"""

TABLET = """() => {
  const tablet = document.querySelector("#tablet");
  return {scene: tablet.dataset.scene, number: document.querySelector("#number").textContent.trim()};
}"""

PHONE = """() => {
  const text = (at) => document.querySelector(at)?.textContent.trim().replace(/\\s+/g, " ") ?? "";
  const phone = document.querySelector(".phone");
  return {
    number: text("h1.number"), state: [...phone.classList].find((name) => name.startsWith("phone-"))?.slice(6),
    counter: text(".phone-counter .number"), facts: text("[data-part=facts]"),
    ahead: text("[data-part=facts] dd .number"), wait: text("[data-wait]"),
  };
}"""

KIOSK = """() => {
  const text = (at) => document.querySelector(at)?.textContent.trim().replace(/\\s+/g, " ") ?? "";
  const ticket = document.querySelector("#ticket");
  return ticket && {
    id: ticket.dataset.ticket, number: text(".ticket-number"), ahead: text("#ahead"), wait: text("#wait"),
  };
}"""

REPORT = """() => [...document.querySelectorAll(".ticket-rows tbody tr")].map((row) => [
  row.querySelector("th").textContent.trim(),
  [...row.querySelectorAll("td")].map((cell) => cell.textContent.trim().replace(/\\s+/g, " ")),
])"""

LIVE_SECONDS = 4.0
"""News takes a moment to arrive: only after so long does a difference between two screens count."""
TAKEN_OUT = "document.dispatchEvent(new Event('visibilitychange'))"
"""A phone asks every 15 seconds, and at once when it is taken out of the pocket."""

OPEN_MODES = ("called", "serving")
"""What a counter's screen calls the states in which a number is in hand."""


@dataclass
class Agreement:
    """The screens of one office."""

    office: RunningOffice
    events: Callable[[str], list[dict[str, Any]]]
    words: Catalogue
    board: Page | None = None
    counters: dict[int, Page] = field(default_factory=dict)
    tablets: dict[int, Page] = field(default_factory=dict)
    phones: dict[str, Page] = field(default_factory=dict)
    """By the ticket's id."""
    kiosk: Page | None = None
    report: Page | None = None
    compared: int = 0
    """How many things were found to be said alike by two or more."""

    def holds(self) -> Said:
        """Wait until no two screens differ, and return what is said; AssertionError where they go on differing."""
        began = time.monotonic()
        while differences := contradictions(said := self.said()):
            waited = time.monotonic() - began
            assert waited < LIVE_SECONDS, "screens contradict each other:\n" + "\n".join(differences)
            for phone in self.phones.values():
                phone.evaluate(TAKEN_OUT)
            time.sleep(0.15)
        self.compared += sum(1 for by in said.values() if len(by) > 1)
        return said

    def said(self) -> Said:
        """Return what everybody says just now."""
        said: Said = defaultdict(dict)
        display = self._api("GET", "/display/state", "display")
        _api_says(said, display)
        if self.board:
            for who, anew in (("board", False), ("board loaded anew", True)):
                _board_says(said, who, self.board.evaluate(BOARD, anew), self._says_a_counter_is_closed)
        for number, page in self.counters.items():
            state = self._api("GET", f"/counters/{number}/state", number)
            _api_says_of_counter(said, number, state)
            _counter_says(said, number, page.evaluate(COUNTER))
        for number, page in self.tablets.items():
            slot = self._api("GET", f"/rating/{number}/state", f"rating{number}")["slot"]
            seen = page.evaluate(TABLET)
            said[f"slot at counter {number}"]["API"] = slot["number"] if slot else None
            said[f"slot at counter {number}"]["tablet"] = seen["number"] if seen["scene"] == "awake" else None
        for ticket_id, page in self.phones.items():
            self._phone_says(said, ticket_id, page.evaluate(PHONE))
        if self.kiosk and (glass := self.kiosk.evaluate(KIOSK)):
            self._kiosk_says(said, glass)
        if self.report:
            self._report_says(said, self.report.evaluate(REPORT))
        return said

    def _phone_says(self, said: Said, ticket_id: str, phone: dict[str, Any]) -> None:
        ticket = self._api("GET", f"/tickets/{ticket_id}", "manager")
        number = ticket["number"]
        state, ahead = said[f"state of {number}"], said[f"people ahead of {number}"]
        state["API"], state["phone"] = ticket["state"], phone["state"]
        assert phone["number"] == number, f"the phone of {number} shows {phone['number']}"
        if ticket["state"] == "waiting":
            ahead["API"], ahead["phone"] = ticket["ahead"], int(phone["ahead"] or 0)
            said[f"wait quoted to {number}"]["phone"] = phone["wait"]
        if ticket["state"] in (*OPEN_MODES, "held"):
            said[f"counter of {number}"]["API"] = ticket["counter"]
            said[f"counter of {number}"]["phone"] = int(phone["counter"] or 0)

    def _says_a_counter_is_closed(self, wait: str) -> bool:
        """Whether these words say that no counter is open yet, or when one opens."""
        said = [self.words.say(language, "wait.no_counter") for language in ("th", "en")]
        opens = [self.words.say(language, "wait.opens_at", time="@").partition("@")[0] for language in ("th", "en")]
        return wait in said or wait.startswith(tuple(opens))

    def _kiosk_says(self, said: Said, glass: dict[str, Any]) -> None:
        ticket = self._api("GET", f"/tickets/{glass['id']}", "manager")
        number = ticket["number"]
        assert glass["number"] == number
        if ticket["state"] == "waiting":
            said[f"people ahead of {number}"]["API"] = ticket["ahead"]
            said[f"people ahead of {number}"]["kiosk"] = _first_number(glass["ahead"])
            said[f"wait quoted to {number}"]["kiosk"] = glass["wait"]
            said[f"a wait was promised to {number}"]["API"] = ticket["estimate"] is not None
            said[f"a wait was promised to {number}"]["kiosk"] = not self._says_a_counter_is_closed(glass["wait"])

    def _report_says(self, said: Said, rows: list[tuple[str, list[str]]]) -> None:
        """A ticket that was sent on has a row for each wait; one of them says how it is now."""
        for ticket_id, number in self.issued().items():
            ticket = self._api("GET", f"/tickets/{ticket_id}", "manager")
            word = self.words.say("th", f"common.state_{ticket['state']}")
            said[f"state of {number} in the report"]["API"] = True
            said[f"state of {number} in the report"]["its row"] = any(
                cell.startswith(word) for of, cells in rows if of == number for cell in cells
            )
        report = self._api("GET", "/reports/waiting", "manager")
        finished = self.words.say("th", "common.state_finished")
        said["services finished today"]["API's report"] = report["all"]["finished"]
        said["services finished today"]["report's rows"] = sum(finished in cells for _, cells in rows)
        said["services finished today"]["events"] = len(self.events("service_finished")) - len(
            [each for each in self.events("step_undone") if each["payload"].get("kind") == "service_finished"]
        )

    def issued(self) -> dict[str, str]:
        """Return every ticket's number by its id."""
        return {str(each["payload"]["ticket"]): each["payload"]["number"] for each in self.events("ticket_issued")}

    def _api(self, method: str, path: str, who: str | int) -> Any:
        status, answer = self.office.ask(method, path, self._token_of(who))
        assert status == 200, (path, answer)
        return answer

    def _token_of(self, who: str | int) -> str:
        known = self.office.credentials
        if isinstance(who, int):
            return str(known["officers"][who - 1]["token"])
        if who.startswith("rating"):
            return str(known["devices"]["rating"][int(who[6:]) - 1]["token"])
        return str((known["devices"] | known)[who]["token"])


def contradictions(said: Said) -> list[str]:
    """Return a line for each thing of which two say different things."""
    return [
        f"{thing}: " + ", ".join(f"{who} says {what!r}" for who, what in by.items())
        for thing, by in sorted(said.items())
        if len({repr(what) for what in by.values()}) > 1
    ]


def _api_says(said: Said, display: dict[str, Any]) -> None:
    said["calls that stand"]["API"] = {(call["number"], call["counter"]) for call in _called(display)}
    said["missed"]["API"] = {each["number"] for each in display["missed"]}
    for queue in display["queues"]:
        said[f"people waiting in {queue['id']}"]["API"] = queue["waiting"]
        said[f"a wait is promised in {queue['id']}"]["API"] = queue["estimate"] is not None


def _called(display: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (call for call in display["calls"] if call["state"] == "called")


def _board_says(said: Said, who: str, board: dict[str, Any], is_closed: Callable[[str], bool]) -> None:
    said["missed"][who] = set(board["missed"])
    for queue in board["queues"]:
        said[f"people waiting in {queue['id']}"][who] = _first_number(queue["waiting"])
        said[f"a wait is promised in {queue['id']}"][who] = not is_closed(queue["wait"])
        said[f"words of the wait in {queue['id']}"][who] = queue["wait"]
    listed = [number for number, _ in board["recent"]]
    assert board["number"] not in listed, f"{board['number']} stands large and in the list: {who}"
    if board["is_open"]:
        number = board["number"]
        said[f"state of {number}"][who] = "called"
        said[f"counter of {number}"][who] = int(board["counter"])


def _api_says_of_counter(said: Said, counter: int, state: dict[str, Any]) -> None:
    ticket = state["ticket"]
    said[f"in hand at counter {counter}"]["API"] = ticket["number"] if ticket else None
    if ticket:
        said[f"state of {ticket['number']}"]["API"] = ticket["state"]
        said[f"counter of {ticket['number']}"]["API"] = counter


def _counter_says(said: Said, counter: int, seen: dict[str, Any]) -> None:
    in_hand = seen["mode"] in OPEN_MODES
    said[f"in hand at counter {counter}"]["its screen"] = seen["number"] if in_hand else None
    if in_hand:
        said[f"state of {seen['number']}"][f"counter {counter}"] = seen["mode"]
        said[f"counter of {seen['number']}"][f"counter {counter}"] = counter


def _first_number(words: str) -> int:
    found = re.search(r"\d+", words)
    return int(found[0]) if found else 0
