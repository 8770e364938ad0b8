"""Two server processes on one PostgreSQL: each tells its own screens everything, in order, woken by Redis or not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis
import requests

from tests.live.complaints import complaints
from tests.live.outside import Ear, Payload
from tests.live.people import People
from tests.live.test_devices import Administrator, NewBrowser, is_hung_up_on
from tests.running import RunningOffice, running_office
from tests.services_running import a_redis

AT_ONCE_SECONDS = 0.6  # Less than the second after which a server looks by itself.
LOOKS_WITHIN_SECONDS = 2.5
ANSWERS_WITHIN_SECONDS = 1.0
ROUNDS = 6


@dataclass(frozen=True)
class Pair:
    """The same office at two servers."""

    here: RunningOffice
    there: RunningOffice

    @property
    def people_here(self) -> People:
        return People(self.here.url, self.here.credentials)

    @property
    def people_there(self) -> People:
        return People(self.there.url, self.here.credentials)


@contextmanager
def a_pair(folder: Path, environment: Mapping[str, str]) -> Iterator[Pair]:
    """Run two servers on one data folder and one database."""
    with running_office(folder, printer="none", environment=environment) as here:
        there = RunningOffice(here.data, {**here.environment, **environment})
        there.environment["SADUAK_PORT"] = str(there.port)
        there.log = folder / "there.log"
        there.start()
        try:
            yield Pair(here, there)
        finally:
            there.stop()
    assert complaints(here) + complaints(there) == []


@pytest.fixture(scope="module")
def database(postgres_url: str) -> str:
    """An empty database of its own."""
    url = postgres_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CREATE DATABASE two_servers")
    return postgres_url.rpartition("/")[0] + "/two_servers"


@pytest.fixture(scope="module")
def own_redis() -> Iterator[str]:
    """A Redis that a test may stop; everybody else's goes on."""
    with a_redis() as url:
        yield url


@pytest.fixture(scope="module")
def pair(database: str, own_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    environment = {"SADUAK_DATABASE_URL": database, "SADUAK_REDIS_URL": own_redis}
    with a_pair(tmp_path_factory.mktemp("pair"), environment) as pair:
        yield pair


@pytest.mark.postgres
@pytest.mark.redis
def test_a_call_at_one_server_is_heard_at_once_at_the_other(pair: Pair) -> None:
    here, there = pair.people_here, pair.people_there
    with here.officer_at(1) as officer, there.ear("display") as display, here.ear("display") as beside:
        delays = []
        for _ in range(ROUNDS):
            here.takes_a_number()
            called = officer.post("/counters/1/call-next")
            answered = time.monotonic()
            announced = display.hears_number("ticket_called", called["number"])
            delays.append(announced.at - answered)
            officer.post(f"/tickets/{called['id']}/start")
            officer.post(f"/tickets/{called['id']}/finish")
        heard_all(display, here)
        heard_all(beside, here)

        assert sorted(delays)[ROUNDS // 2] < AT_ONCE_SECONDS, delays
        assert told(display) == told(beside)
        assert not display.has_a_gap


@pytest.mark.postgres
@pytest.mark.redis
def test_a_device_revoked_at_one_server_is_hung_up_on_at_the_other(pair: Pair) -> None:
    browser = NewBrowser(pair.there)
    device = Administrator(pair.here).pairs(browser.code, "display")
    assert browser.claims().status_code == 200
    ear = browser.ear(screen="display")

    Administrator(pair.here).revokes(device)

    assert is_hung_up_on(ear)
    time.sleep(AT_ONCE_SECONDS)
    assert browser.gets("/display").status_code == 401, "the other server has forgotten it, too"


@pytest.mark.postgres
@pytest.mark.redis
def test_commands_at_both_servers_at_once_are_heard_in_one_order_everywhere(pair: Pair) -> None:
    sides = [pair.people_here, pair.people_there]
    audiences = ["display", "manager"]
    with ExitStack() as stack:
        ears = {
            (at, role): stack.enter_context(people.ear(role)) for at, people in enumerate(sides) for role in audiences
        }
        for at, counter in enumerate((1, 3)):
            stack.enter_context(sides[at].officer_at(counter))
        mornings = [
            threading.Thread(target=a_morning, args=(sides[at], counter, service))
            for at, counter, service in ((0, 1, "id_renew"), (1, 3, "move_in"))
        ]
        for each in mornings:
            each.start()
        for each in mornings:
            each.join()
        for ear in ears.values():
            heard_all(ear, sides[0])

        for role in audiences:
            one, other = told(ears[0, role]), told(ears[1, role])
            assert one[-len(other) :] == other or other[-len(one) :] == one
            assert len(one) > 4 * ROUNDS
        assert not any(ear.has_a_gap for ear in ears.values())


@pytest.mark.postgres
@pytest.mark.redis
def test_one_request_id_is_one_ticket_at_whichever_server_it_arrives(pair: Pair) -> None:
    sides = [pair.people_here, pair.people_there]
    before = len(sides[0].manager.events())
    answers: list[requests.Response] = []
    body = {"service": "complaint", "request_id": "tapped-at-both"}
    taps = [
        threading.Thread(target=lambda kiosk=people.kiosk: answers.append(kiosk.ask("POST", "/tickets", json=body)))
        for people in sides * 3
    ]

    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()

    assert sorted(each.status_code for each in answers) == [200] * 5 + [201]
    assert len({each.text for each in answers}) == 1
    assert len(sides[1].manager.events()) == before + 1


@pytest.mark.postgres
@pytest.mark.redis
def test_a_null_character_which_postgresql_takes_in_no_text_is_refused_like_any_nonsense(pair: Pair) -> None:
    here, browser = pair.people_here, requests.Session()
    browser.trust_env = False
    form = {"user": "a\x00b", "password": "\x00", "next": "\x00"}
    before = here.manager.events()

    assert browser.get(f"{here.url}/t/%00", timeout=10).status_code == 404
    assert browser.get(f"{here.url}/enter?code=%00", timeout=10).status_code == 410
    assert browser.post(f"{here.url}/login", data=form, timeout=10).status_code == 401
    for facts in ({"service": "a\x00b"}, {"service": "id_renew", "request_id": "a\x00b"}):
        assert here.kiosk.ask("POST", "/tickets", json=facts).status_code == 422
    assert here.manager.ask("GET", "/reports/waiting", params={"by": "\x00"}).status_code == 422
    assert here.manager.events() == before


@pytest.mark.postgres
@pytest.mark.redis
def test_with_redis_gone_it_is_still_heard_and_the_log_says_so(pair: Pair, own_redis: str) -> None:
    here, there = pair.people_here, pair.people_there
    with here.officer_at(2) as officer, there.ear("display") as display:
        here.takes_a_number("id_first")
        stop_redis(own_redis)

        began = time.monotonic()
        called = officer.post("/counters/2/call-next")
        answered = time.monotonic()
        announced = display.hears_number("ticket_called", called["number"], within=LOOKS_WITHIN_SECONDS + 2)
        again = officer.post(f"/tickets/{called['id']}/start")
        took_again = time.monotonic() - announced.at

    assert again["state"] == "serving"
    assert announced.at - answered < LOOKS_WITHIN_SECONDS
    assert max(answered - began, took_again) < ANSWERS_WITHIN_SECONDS, "a command waited for a Redis that is gone"
    assert not display.has_a_gap
    assert "redis_gone" in pair.here.log.read_text(encoding="utf-8")


@pytest.mark.postgres
@pytest.mark.redis
def test_a_redis_that_never_answers_holds_up_no_command(pair: Pair, own_redis: str) -> None:
    here = pair.people_here
    stop_redis(own_redis)
    with a_silent_server(int(own_redis.split(":")[2].split("/")[0])), here.ear("manager") as manager:
        time.sleep(LOOKS_WITHIN_SECONDS)  # Until both servers have come back to it.
        began = time.monotonic()
        taken = [here.takes_a_number("death") for _ in range(3)]
        took = time.monotonic() - began
        manager.hears("ticket_issued", number=taken[-1]["number"])

    assert took < ANSWERS_WITHIN_SECONDS


@contextmanager
def a_silent_server(port: int) -> Iterator[None]:
    """Somebody at that port who lets everybody in and never says a word."""
    with socket.create_server(("127.0.0.1", port), backlog=50):
        yield


def a_morning(people: People, counter: int, service: str) -> None:
    for _ in range(ROUNDS):
        people.a_visit(counter, service, score=4)


def heard_all(ear: Ear, people: People) -> None:
    """Wait until everything that has happened was told to this ear, if it is one that hears of counters."""
    events: list[Payload] = people.manager.events()
    last = [each["seq"] for each in events if each["kind"] in {"service_finished", "counter_opened"}][-1]
    ear.hears_seq(last)


def told(ear: Ear) -> list[tuple[str, tuple[tuple[str, object], ...]]]:
    """What was told after `hello`, name and facts."""
    return [(each.name, tuple(sorted(each.payload.items()))) for each in ear.heard[1:]]


def stop_redis(url: str) -> None:
    with redis.Redis.from_url(url) as connection:
        try:
            connection.shutdown(nosave=True)
        except redis.ConnectionError:
            return
