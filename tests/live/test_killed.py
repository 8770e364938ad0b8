"""`kill -9` at any moment, under load: whatever was acknowledged is there once; whatever was not may be asked again."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from tests.live.complaints import complaints
from tests.live.outside import Payload, Voice
from tests.live.people import People
from tests.running import ROOT, RunningOffice, running_office

ROUNDS = 3
COUNTERS = (1, 2, 3)
SERVICES = ("id_renew", "id_lost", "move_in", "birth")
SEED = 13


@dataclass
class Asked:
    """One command as it was sent, and its answer, if one came."""

    voice: Voice
    path: str
    body: Payload
    answer: Payload | None = None
    status: int | None = None

    @property
    def is_acknowledged(self) -> bool:
        return self.status in {200, 201}

    def send(self) -> requests.Response:
        return self.voice.ask("POST", self.path, json=self.body, timeout=5)


@dataclass
class Book:
    """What was asked in one round; `lines` are in the order of asking."""

    lines: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, voice: Voice, path: str, **facts: Any) -> Payload | None:
        """Send a command once; None when it was refused or the server died over it."""
        asked = Asked(voice, path, {"request_id": str(uuid.uuid4()), **facts})
        self.lines.append(asked)
        try:
            answer = asked.send()
        except requests.RequestException:
            self.over.set()
            return None
        asked.status = answer.status_code
        asked.answer = answer.json() if answer.content else None
        return asked.answer if asked.is_acknowledged else None


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(tmp_path_factory.mktemp("killed"), printer="none") as office:
        yield office
    assert complaints(office) == []


@pytest.fixture(scope="module")
def rounds(office: RunningOffice) -> list[Book]:
    """Several rounds of a busy morning, each ended by `kill -9`; afterwards the server runs again."""
    chance = random.Random(SEED)
    books = []
    for _ in range(ROUNDS):
        books.append(a_busy_moment(office, lasting=chance.uniform(0.7, 2.0)))
        office.start()
    return books


def a_busy_moment(office: RunningOffice, lasting: float) -> Book:
    """Citizens, officers and ratings all at once, until the server is killed after so many seconds."""
    people, book = People(office.url, office.credentials), Book()
    work: list[Callable[[], None]] = [
        *(lambda service=service: citizens(people.voice("kiosk"), service, book) for service in SERVICES),
        *(lambda counter=counter: an_officer(people, counter, book) for counter in COUNTERS),
    ]
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    time.sleep(lasting)
    office.kill9()
    book.over.set()
    for thread in threads:
        thread.join()
    return book


def citizens(kiosk: Voice, service: str, book: Book) -> None:
    while not book.over.is_set():
        book.ask(kiosk, "/tickets", service=service, priority=bool(len(book.lines) % 5 == 0))


def an_officer(people: People, counter: int, book: Book) -> None:
    officer, tablet = people.voice("officer", counter), people.voice("rating", counter)
    opened = book.ask(officer, f"/counters/{counter}/open")
    in_hand = opened["ticket"] if opened else None  # Left from before the last kill.
    while not book.over.is_set():
        ticket = in_hand or book.ask(officer, f"/counters/{counter}/call-next")
        in_hand = None
        if ticket and ticket["state"] == "called":
            book.ask(officer, f"/tickets/{ticket['id']}/start")
        if ticket and book.ask(officer, f"/tickets/{ticket['id']}/finish"):
            rate(tablet, counter, book)


def rate(tablet: Voice, counter: int, book: Book) -> None:
    try:
        slot = tablet.ask("GET", f"/rating/{counter}/state").json()["slot"]
    except requests.RequestException:
        return
    if slot:
        book.ask(tablet, "/ratings", slot=slot["id"], score=1 + int(slot["id"]) % 5)


def test_the_load_was_a_load(rounds: list[Book]) -> None:
    lines = [each for book in rounds for each in book.lines]
    done = Counter(each.path.rpartition("/")[2] for each in lines if each.is_acknowledged)
    # Over all rounds: on a busy machine a single one may be killed before much was called.
    assert done["tickets"] > 30, done
    assert done["call-next"] > 6, done
    assert done["ratings"] > 2, done
    assert any(each.status is None for book in rounds for each in book.lines), "nothing was ever under way"


def test_a_retry_of_what_was_acknowledged_gets_the_same_answer(rounds: list[Book]) -> None:
    for book in rounds:
        for asked in book.lines:
            if asked.is_acknowledged:
                again = asked.send()
                assert (again.status_code, again.json()) == (200, asked.answer), asked.path


def test_a_retry_of_what_got_no_answer_is_done_once(office: RunningOffice, rounds: list[Book]) -> None:
    people = People(office.url, office.credentials)
    unanswered = [each for book in rounds for each in book.lines if each.status is None and each.path == "/tickets"]

    first = [asked.send().json() for asked in unanswered]
    second = [asked.send().json() for asked in unanswered]

    assert second == first
    issued = Counter(str(each["payload"]["ticket"]) for each in people.manager.events() if is_issue(each))
    assert [issued[ticket["id"]] for ticket in first] == [1] * len(first)


def test_every_acknowledged_ticket_call_and_rating_is_in_the_events_once(
    office: RunningOffice, rounds: list[Book]
) -> None:
    events = People(office.url, office.credentials).manager.events()
    issued = Counter(str(each["payload"]["ticket"]) for each in events if is_issue(each))
    called = Counter(str(each["payload"]["ticket"]) for each in events if each["kind"] == "ticket_called")
    rated = Counter(str(each["payload"]["slot"]) for each in events if each["kind"] == "rating_given")
    scores = {str(each["payload"]["slot"]): each["payload"]["score"] for each in events if "score" in each["payload"]}

    for asked in (each for book in rounds for each in book.lines if each.is_acknowledged and each.answer):
        assert asked.answer
        if asked.path == "/tickets":
            assert issued[asked.answer["id"]] == 1
        if asked.path.endswith("/call-next"):
            assert called[asked.answer["id"]] == 1
        if asked.path == "/ratings":
            assert rated[asked.answer["slot"]] == 1
            assert scores[asked.answer["slot"]] == asked.answer["score"]
    assert set(issued.values()) == set(called.values()) == set(rated.values()) == {1}


def test_numbers_and_seqs_have_neither_doubles_nor_holes(office: RunningOffice, rounds: list[Book]) -> None:
    assert rounds
    events = People(office.url, office.credentials).manager.events()
    numbers: dict[tuple[str, str], list[int]] = {}
    for each in filter(is_issue, events):
        said = each["payload"]
        numbers.setdefault((said["day"], said["queue"]), []).append(int(said["number"][1:]))

    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    for given in numbers.values():
        assert given == list(range(1, len(given) + 1))


def test_verify_finds_nothing_amiss(office: RunningOffice, rounds: list[Book]) -> None:
    assert rounds
    done = subprocess.run(
        [sys.executable, "-m", "server", "verify"],
        cwd=ROOT,
        env=office.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 differ" in done.stdout


def is_issue(event: Payload) -> bool:
    return bool(event["kind"] == "ticket_issued")
