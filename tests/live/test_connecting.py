"""Who may listen at /live: a valid token or this browser's session; everybody else is told a stable code."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

import pytest
import requests
import socketio
from flask import Flask
from flask_socketio import SocketIO
from sqlalchemy.exc import OperationalError

from server.db.people import Identity
from server.live.publisher import Publisher
from server.live.sockets import Live
from tests.live.outside import NAMESPACE, Ear, listening
from tests.live.people import People
from tests.running import RunningOffice

REVOKED_WITHIN_SECONDS = 1.5  # A token is remembered for a second.


STRANGERS = [
    {"token": "not-a-token-of-this-office"},
    {"token": ""},
    {},
    None,
    {"token": 7},
    {"token": ["a"]},
    {"token": {"$ne": None}},
    {"screen": "display"},
    ["token"],
    "token",
    {"token": "ก" * 200},
    {"token": "a\x00b"},
]


@pytest.mark.parametrize("auth", STRANGERS, ids=repr)
def test_a_stranger_is_refused_with_a_stable_code(office: RunningOffice, auth: Any) -> None:
    assert refusal_of(office, auth) == "unauthorized"


def test_a_wrong_token_is_refused_in_every_mode(office_in_each_mode: RunningOffice) -> None:
    assert refusal_of(office_in_each_mode, {"token": "wrong"}) == "unauthorized"


def test_a_revoked_token_is_refused_and_the_others_are_not(office: RunningOffice, people: People) -> None:
    tablet, token = people.tokens.of("rating", 6), people.tokens.of("rating", 5)
    with listening(office.url, token=tablet):
        pass

    revoke_tablet(office, counter=6)

    assert refusal_of(office, {"token": tablet}) == "unauthorized"
    assert people.voice("rating", 6).ask("GET", "/rating/6/state").status_code == 401
    with listening(office.url, token=token) as ear:
        assert ear.names == ["hello"]


def test_the_token_decides_the_room_whatever_the_client_asks_for(people: People) -> None:
    display = people.tokens.of("display")
    wishes = {"screen": "staff", "counter": 1, "room": "1:managers", "office": 1, "role": "manager"}
    with people.officer_at(1), listening(people.url, token=display, **wishes) as ear:
        taken = people.takes_a_number()
        people.voice("officer").post("/counters/1/call-next")

        assert "ticket" not in ear.hears("ticket_called", number=taken["number"])
        assert ear.hears("ticket_issued").keys() == {"queue", "seq", "previous", "at"}


def test_a_client_cannot_speak_or_join_a_room(people: People) -> None:
    with people.officer_at(1), people.ear("display") as ear, people.ear("manager") as manager:
        for name in ("ticket_called", "join", "join_room", "hello", "connect", "rating_given"):
            ear._client.emit(name, {"room": "1:managers", "number": "X999"}, namespace=NAMESPACE)
        people.takes_a_number()
        people.voice("officer").post("/counters/1/call-next")
        manager.hears("ticket_called")
        ear.hears("ticket_called")

        assert "X999" not in str(ear.heard) + str(manager.heard)
        assert all("ticket" not in each.payload for each in ear.heard)


def test_only_the_live_namespace_is_there(people: People) -> None:
    client = socketio.Client(reconnection=False)

    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(
            people.url, auth={"token": people.tokens.of("display")}, namespaces=["/"], transports=["websocket"]
        )
    client.disconnect()


def test_long_polling_hears_the_same(people_in_each_mode: People) -> None:
    people = people_in_each_mode
    ear = Ear(people.url, {"token": people.tokens.of("display")}, transports=("polling",))
    ear.connect()
    try:
        with people.officer_at(1):
            people.a_visit(score=None)
        ear.hears("counter_closed")
    finally:
        ear.close()

    assert ear.names[:6] == [
        "hello", "counter_opened", "ticket_issued", "ticket_called", "service_started", "service_finished",
    ]  # fmt: skip
    assert not ear.has_a_gap


def test_another_sites_page_cannot_listen_with_this_browsers_cookie(office: RunningOffice, cookie: str) -> None:
    for transport in ("websocket", "polling"):
        client = socketio.Client(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            client.connect(
                office.url,
                headers={"Cookie": cookie, "Origin": "https://evil.example"},
                auth={"screen": "display"},
                namespaces=[NAMESPACE],
                transports=[transport],
            )
        client.disconnect()


@pytest.mark.parametrize(
    ("auth", "hears_calls", "hears_ratings"),
    [
        ({"screen": "display"}, True, False),
        ({"screen": "rating", "counter": 1}, False, True),
        ({"screen": "rating", "counter": 2}, False, False),
    ],
    ids=repr,
)
def test_a_browser_that_is_a_device_hears_as_that_device(
    office: RunningOffice, people: People, cookie: str, auth: dict[str, Any], hears_calls: bool, hears_ratings: bool
) -> None:
    ear = Ear(office.url, auth)
    ear._client.connect(
        office.url, auth=auth, headers={"Cookie": cookie}, namespaces=[NAMESPACE], transports=["websocket"]
    )
    try:
        ear.hears("hello")
        with people.officer_at(1), people.ear("manager") as manager:
            people.a_visit(score=3)
            manager.hears("rating_given")
        time.sleep(0.2)

        assert ("ticket_called" in ear.names) is hears_calls
        assert ("rating_opened" in ear.names) is hears_ratings
    finally:
        ear.close()


@pytest.mark.parametrize("auth", [{"screen": "counter"}, {"screen": "reports"}, {"screen": "rating", "counter": 99}])
def test_a_browser_that_is_devices_only_does_not_hear_as_a_person(
    office: RunningOffice, cookie: str, auth: dict[str, Any]
) -> None:
    assert refusal_of(office, auth, headers={"Cookie": cookie}) == "forbidden"


def test_a_database_in_trouble_refuses_a_screen_which_then_comes_again() -> None:
    """Without an answer the browser's library would wait for ever, and the board stay dark until somebody reloads."""

    def recognise(_auth: dict[str, Any]) -> Identity:
        raise OperationalError("select", {}, ConnectionError("the database is gone"))

    app = Flask("in trouble")
    sockets = SocketIO(app, async_mode="threading")
    sockets.on_namespace(Live(cast(Publisher, None), recognise))

    client = sockets.test_client(app, namespace=NAMESPACE)

    assert not client.is_connected(NAMESPACE)


@pytest.fixture(scope="module")
def cookie(office: RunningOffice) -> Iterator[str]:
    """The session of a browser that opened the one-time link."""
    with requests.Session() as browser:
        browser.trust_env = False
        office.enters(browser)
        yield "; ".join(f"{each.name}={each.value}" for each in browser.cookies)


def refusal_of(office: RunningOffice, auth: Any, headers: dict[str, str] | None = None) -> str:
    """Return the code that the server refuses this connection with."""
    client = socketio.Client(reconnection=False)
    said: list[Any] = []
    client.on("connect_error", said.append, namespace=NAMESPACE)
    try:
        with pytest.raises(socketio.exceptions.ConnectionError):
            client.connect(
                office.url, auth=auth, headers=headers or {}, namespaces=[NAMESPACE], transports=["websocket"]
            )
    finally:
        client.disconnect()
    assert said, "refused without a word"
    return str(said[0]["message"] if isinstance(said[0], dict) else said[0])


def revoke_tablet(office: RunningOffice, counter: int) -> None:
    """No command revokes a token yet (issue 2), so the row says it."""
    with closing(sqlite3.connect(office.data / "saduak.sqlite3", timeout=5)) as database, database:
        changed = database.execute(
            "update tokens set revoked_at = 1 where device_id = "
            "(select id from devices where kind = 'rating' and counter = ?)",
            (counter,),
        )
        assert changed.rowcount == 1
    time.sleep(REVOKED_WITHIN_SECONDS)
