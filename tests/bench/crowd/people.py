"""The crowd itself: kiosks that issue and officers that call, start and finish, some of them hasty."""

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from tests.bench.crowd.caller import Answer, Caller, Facts

NOBODY_WAITS_SECONDS = 0.5  # Officers who ask without a pause would only hold the kiosks up.
PRIORITY_EVERY = 5
HASTY_EVERY = 10  # Every tenth citizen taps twice.


class Habit(Enum):
    """How an officer presses the key."""

    CALM = "once"
    RETRIES = "once, and sends the same again as if the answer had been lost"
    ECHOES = "once, but it arrives on two connections at the same moment"
    TAPS_TWICE = "twice at the same moment, on two connections"


@dataclass
class Notes:
    """What the clients were told: the acknowledged tickets, calls and finishes; and what was wrong with it."""

    issued: list[int] = field(default_factory=list)
    called: list[tuple[int, int]] = field(default_factory=list)  # Ticket and counter.
    finished: list[int] = field(default_factory=list)
    call_seconds: list[float] = field(default_factory=list)
    repeats: int = 0
    asked_again: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Kiosk:
    """A kiosk at one server. `services` are the ids to choose from."""

    port: int
    token: str
    services: list[str]
    notes: Notes

    def issues(self, turns: Iterator[int]) -> None:
        """Issue a ticket for each turn that is left; `turns` is shared with the other kiosks."""
        here = Caller(self.port, self.token)
        for turn in turns:
            wanted = {
                "service": self.services[turn % len(self.services)], "priority": turn % PRIORITY_EVERY == 0,
                "language": "th", "request_id": str(uuid.uuid4()),
            }  # fmt: skip
            first = here.post("/tickets", **wanted)
            if first.status != 201 and not here.asked_again:
                self.notes.faults.append(f"a kiosk was answered {first.status}: {first.said}")
                continue
            self.notes.issued.append(int(first.said["id"]))
            if turn % HASTY_EVERY == 0:
                again = here.post("/tickets", **wanted)
                self.notes.repeats += 1
                if (again.status, again.said["id"]) != (200, first.said["id"]):
                    self.notes.faults.append(f"a second tap gave {again.status} {again.said}, not {first.said['id']}")
        self.notes.asked_again += here.asked_again


@dataclass
class Officer:
    """An officer at one counter; the second connection may be to another server of the same office."""

    counter: int
    ports: tuple[int, int]
    token: str
    habit: Habit
    notes: Notes

    def works(self, issuing_is_over: threading.Event) -> None:
        """Call, start and finish until nobody waits and nobody else will come."""
        here, beside = (Caller(port, self.token) for port in self.ports)
        self._must(here.post(f"/counters/{self.counter}/open"), "open")
        while True:
            was_over = issuing_is_over.is_set()
            ticket = self._calls(here, beside)
            if ticket is None and was_over:
                break
            if ticket is None:
                time.sleep(NOBODY_WAITS_SECONDS)
                continue
            self._must(here.post(f"/tickets/{ticket}/start", request_id=str(uuid.uuid4())), "start")
            if self._must(here.post(f"/tickets/{ticket}/finish", request_id=str(uuid.uuid4())), "finish"):
                self.notes.finished.append(ticket)
        self.notes.asked_again += here.asked_again + beside.asked_again

    def _calls(self, here: Caller, beside: Caller) -> int | None:
        """Press the key by habit; return the ticket, or None when nobody waits."""
        path, press = f"/counters/{self.counter}/call-next", {"request_id": str(uuid.uuid4())}
        began = time.monotonic()
        if self.habit in (Habit.CALM, Habit.RETRIES):
            answers = [here.post(path, **press)]
            seconds = time.monotonic() - began
            if self.habit is Habit.RETRIES and answers[0].status == 200:
                answers.append(here.post(path, **press))
        else:
            other = press if self.habit is Habit.ECHOES else {"request_id": str(uuid.uuid4())}
            here.send("POST", path, press)
            beside.send("POST", path, other)
            answers = [here.answer()]
            seconds = time.monotonic() - began
            answers.append(beside.answer())
        ticket = self._one_ticket(answers)
        if ticket is not None:
            self.notes.called.append((ticket, self.counter))
            self.notes.call_seconds.append(seconds)
        return ticket

    def _one_ticket(self, answers: list[Answer]) -> int | None:
        """Return the one ticket that these answers give; anything else is a fault."""
        busy = 409 if self.habit is Habit.TAPS_TWICE else 204
        given = {int(each.said["id"]) for each in answers if each.status == 200}
        strange = [each for each in answers if each.status not in (200, 204, busy)]
        self.notes.repeats += len(answers) - 1
        if strange or len(given) > 1:
            self.notes.faults.append(f"counter {self.counter} ({self.habit.value}) was answered {answers}")
        return min(given, default=None)

    def _must(self, answer: Answer, command: str) -> bool:
        if answer.status != 200:
            self.notes.faults.append(f"counter {self.counter}: {command} was answered {answer.status} {answer.said}")
        return answer.status == 200


class Turns(Iterator[int]):
    """The numbers from `first` up to `end`, given out to many threads, each number once."""

    def __init__(self, first: int, end: int) -> None:
        self._left = iter(range(first, end))
        self._one = threading.Lock()

    def __next__(self) -> int:
        with self._one:
            return next(self._left)


def all_at_once(stories: Iterable[Callable[[], object]]) -> list[threading.Thread]:
    """Start each in a thread of its own and return the threads."""
    threads = [threading.Thread(target=story, daemon=True) for story in stories]
    for thread in threads:
        thread.start()
    return threads


def every_event(port: int, token: str) -> list[Facts]:
    """Read all events of the office over HTTP, in order."""
    manager, after, found = Caller(port, token), 0, list[Facts]()
    while True:
        page = manager.get(f"/events?after={after}").said
        found += page["events"]
        after = page["next"]
        if not page["more"]:
            return found
