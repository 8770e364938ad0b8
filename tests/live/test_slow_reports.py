"""A slow report holds up its own manager and nobody else, in every async mode."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest
import requests

from tests.live.people import People
from tests.running import RunningOffice

PAST_LEGS = 40_000
LONG_AGO = "2001-01-01"


@pytest.fixture
def people_with_a_past(office_in_each_mode: RunningOffice, people_in_each_mode: People) -> People:
    """Many legs on one day long ago: no other test's report counts them, and a report of that day takes long."""
    with people_in_each_mode.officer_at(1):
        people_in_each_mode.a_visit()
    with closing(sqlite3.connect(office_in_each_mode.data / "saduak.sqlite3", timeout=10)) as database, database:
        database.execute("begin immediate")
        columns = [row[1] for row in database.execute("pragma table_info(legs)") if row[1] not in {"id", "day"}]
        names = ", ".join(columns)
        database.execute(
            f"insert into legs (day, {names}) with recursive many(n) as "
            f"(select 1 union all select n + 1 from many where n < {PAST_LEGS}) "
            f"select '{LONG_AGO}', {names} from (select * from legs where state = 'finished' limit 1), many"
        )
    return people_in_each_mode


def test_others_are_answered_while_a_slow_report_is_made(people_with_a_past: People) -> None:
    report = SlowReport(people_with_a_past)
    display = people_with_a_past.voice("display")
    display.get("/display/state")

    report.start()
    answered = []
    while not report.done.is_set():
        began = time.monotonic()
        display.get("/display/state")
        answered.append(time.monotonic() - began)
    report.join()

    assert report.answer is not None
    assert report.answer.json()["all"]["issued"] == PAST_LEGS
    # Were the report made on the loop, the first would wait for all of it and there would hardly be a second.
    assert len(answered) > 5
    assert max(answered) < report.seconds / 2


class SlowReport(threading.Thread):
    """Asks for the report of that day; `seconds` is how long it took."""

    def __init__(self, people: People) -> None:
        super().__init__()
        self.done = threading.Event()
        self.seconds = 0.0
        self.answer: requests.Response | None = None
        self._manager = people.voice("manager")

    def run(self) -> None:
        began = time.monotonic()
        try:
            query = {"from": LONG_AGO, "to": LONG_AGO, "by": "hour"}
            self.answer = self._manager.ask("GET", "/reports/waiting", params=query, timeout=60)
        finally:
            self.seconds = time.monotonic() - began
            self.done.set()
