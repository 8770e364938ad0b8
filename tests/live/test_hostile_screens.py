"""Who connects to /live and does not behave: one line in the log, and its connection is over. Others go on."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest
import requests
import websocket

from tests.live.people import People
from tests.running import RunningOffice

JOIN = "40/live,"
MALFORMED = {
    "a list that never ends": "42/live,[",
    "no list": '42/live,{"a": 1}',
    "nothing": "42/live",
    "a number": "42/live,7",
    "a type that there is not": "49/live,[]",
    "no type": "4x",
    "an unknown letter of the carrier": "x",
    "an empty message": "4",
    "attachments": '451-/live,["a",{"_placeholder":true,"num":0}]',
    "too many attachments": '4599999999999-/live,["a"]',
    "a long id": "42/live," + "1" * 200 + '["a"]',
    "a deep list": "42/live," + "[" * 15_000,
    "a long number": "42/live,[" + "9" * 5000 + "]",
}


@pytest.mark.parametrize("packet", MALFORMED)
@pytest.mark.parametrize("has_joined", [False, True], ids=["stranger", "screen"])
def test_a_packet_that_cannot_be_read_costs_its_sender_the_connection(
    office: RunningOffice, packet: str, has_joined: bool
) -> None:
    before = log_of(office)
    with a_socket(office) as wire:
        if has_joined:
            join(wire, office.credentials["devices"]["display"]["token"])
        wire.send(MALFORMED[packet])

        assert is_closed(wire)
    told = log_of(office)[len(before) :]
    assert told.count("\n") <= 2, told  # One of the screen, and at most one of floods in ten seconds.
    assert "Traceback" not in told


def test_two_thousand_malformed_packets_are_one_quiet_line(office_in_each_mode: RunningOffice) -> None:
    office = office_in_each_mode
    before = log_of(office)
    with a_socket(office) as wire:
        frame = websocket.ABNF.create_frame("42/live,[", websocket.ABNF.OPCODE_TEXT).format()
        assert wire.sock is not None
        with suppress(OSError):  # It is hung up on in the middle.
            wire.sock.sendall(frame * 2000)
        assert is_closed(wire)
    time.sleep(0.1)
    told = [line for line in log_of(office)[len(before) :].splitlines() if " werkzeug " not in line]
    assert len([line for line in told if "screen_cut why=unreadable" in line]) == 1
    assert len(told) <= 2, told


def test_a_malformed_packet_by_polling_ends_that_session(office_in_each_mode: RunningOffice) -> None:
    office = office_in_each_mode
    before = log_of(office)
    address = f"{office.url}/socket.io/?EIO=4&transport=polling"
    session = json.loads(requests.get(address, timeout=5).text[1:])["sid"]

    answers = [requests.post(f"{address}&sid={session}", "42/live,[", timeout=5).status_code for _ in range(3)]

    assert answers[1:] == [400, 400]
    told = log_of(office)[len(before) :]
    assert told.count("screen_cut why=unreadable") == 1
    assert "Traceback" not in told


def test_a_socket_that_never_joins_is_dropped_within_seconds_and_a_screen_stays(
    office: RunningOffice, people: People
) -> None:
    polling = f"{office.url}/socket.io/?EIO=4&transport=polling"
    with people.ear("display") as board, a_socket(office) as wire:
        session = json.loads(requests.get(polling, timeout=5).text[1:])["sid"]

        assert is_closed(wire, within=7.0)
        time.sleep(0.6)  # The session is looked at twice a second too.
        assert requests.get(f"{polling}&sid={session}", timeout=5).status_code == 400
        with people.officer_at(1):
            board.hears("counter_opened")


def test_a_browsers_other_requests_go_on_when_its_polling_session_is_cut(office: RunningOffice) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", office.port, timeout=5)) as kept:
        kept.request("GET", "/socket.io/?EIO=4&transport=polling")
        kept.getresponse().read()
        wire = kept.sock
        until = time.monotonic() + 6.5  # It never joins.
        while time.monotonic() < until:
            kept.request("GET", "/healthz")
            assert kept.getresponse().read() == b"ok\n"
            time.sleep(0.25)
        assert kept.sock is wire


def test_asking_to_join_again_and_again_without_reading_is_no_way_to_fill_the_server(office: RunningOffice) -> None:
    with a_socket(office) as wire:
        for _ in range(10):
            wire.send(JOIN + '{"token": "wrong"}')

        assert is_closed(wire)


def test_a_screen_that_does_not_read_is_cut_and_the_others_hear_all(office: RunningOffice, people: People) -> None:
    before = log_of(office)
    officer = people.voice("officer")
    with people.ear("manager") as manager, a_socket(office, buffer=4096) as slow:
        join(slow, people.tokens.of("manager"))
        while "why=slow_reader" not in log_of(office)[len(before) :] and len(manager.heard) < 3000:
            officer.post("/counters/1/open")
            officer.post("/counters/1/close")
        last = people.manager.events(manager.heard[-1].payload["seq"] - 1)[-1]

        assert "screen_cut why=slow_reader" in log_of(office)[len(before) :]
        manager.hears_seq(last["seq"])
        assert not manager.has_a_gap
        assert is_closed(slow)


@contextmanager
def a_socket(office: RunningOffice, buffer: int | None = None) -> Iterator[websocket.WebSocket]:
    """A bare WebSocket to the server; `buffer` is how many bytes the system reads for it unasked."""
    options = ((socket.SOL_SOCKET, socket.SO_RCVBUF, buffer),) if buffer else ()
    address = office.url.replace("http:", "ws:") + "/socket.io/?EIO=4&transport=websocket"
    with closing(websocket.create_connection(address, timeout=5, sockopt=options, http_no_proxy=["127.0.0.1"])) as wire:
        assert str(wire.recv()).startswith("0")
        yield wire


def join(wire: websocket.WebSocket, token: str) -> None:
    """Join as whoever has that token."""
    wire.send(JOIN + json.dumps({"token": token}))
    assert str(wire.recv()).startswith('42/live,["hello"')
    assert str(wire.recv()).startswith("40/live,")


def is_closed(wire: websocket.WebSocket, within: float = 3.0) -> bool:
    """Return whether the server hangs up in that time; what it says before is read."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        wire.settimeout(max(0.01, until - time.monotonic()))
        try:
            if not wire.recv():
                return True
        except websocket.WebSocketTimeoutException:
            return False
        except (OSError, websocket.WebSocketException):
            return True
    return False


def log_of(office: RunningOffice) -> str:
    return office.log.read_text(encoding="utf-8", errors="replace")
