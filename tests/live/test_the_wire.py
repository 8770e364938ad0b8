"""What comes on the wire: a request of doubtful length ends its connection, one in pieces is read, names are ours."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.live.people import People
from tests.running import RunningOffice, running_office

SECOND = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
DOUBTFUL = {
    "the length twice": (b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(SECOND), SECOND),
    "a space before the colon": (b"Content-Length : %d\r\n" % len(SECOND), SECOND),
    "two kinds of length": (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + SECOND),
    "a folded line": (b"X: a\r\n Content-Length: 9\r\n", SECOND),
    "a bare carriage return": (b"X: a\rContent-Length: %d\r\n" % len(SECOND), SECOND),
    "a piece of signed size": (b"Transfer-Encoding: chunked\r\n", b"+2\r\n{}\r\n0\r\n\r\n" + SECOND),
    "a host twice": (b"Host: evil.example\r\nContent-Length: 0\r\n", SECOND),
}


@pytest.mark.parametrize("address", ["/api/v1/tickets", "/socket.io/?EIO=4&transport=polling"])
@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_a_doubtful_request_is_refused_and_its_body_is_no_second_request(
    office_in_each_mode: RunningOffice, doubt: str, address: str
) -> None:
    fields, body = DOUBTFUL[doubt]

    said, is_closed = answers(office_in_each_mode, post(office_in_each_mode, fields, address) + body)

    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1 ") == 1
    assert is_closed
    if address.startswith("/api/"):
        assert json.loads(said.split(b"\r\n\r\n", 1)[1])["code"] == "malformed_request"


def test_json_in_pieces_is_read_as_one_and_the_next_request_is_answered(
    office_in_each_mode: RunningOffice, people_in_each_mode: People
) -> None:
    body = json.dumps({"service": "id_renew"}).encode()
    pieces = b"5\r\n" + body[:5] + b"\r\n%x;note=1\r\n" % (len(body) - 5) + body[5:] + b"\r\n0\r\nX-After: 1\r\n\r\n"

    said, _ = answers(
        office_in_each_mode, post(office_in_each_mode, b"Transfer-Encoding: chunked\r\n") + pieces + SECOND
    )

    assert said.startswith(b"HTTP/1.1 201 ")
    ticket = json.loads(said.split(b"\r\n\r\n", 1)[1].split(b"HTTP/1.1 ", 1)[0])
    people_in_each_mode.voice("reception").post(f"/tickets/{ticket['id']}/cancel")
    if b"Connection: close" not in said:  # werkzeug's server keeps no connection.
        assert b"HTTP/1.1 200 " in said


@pytest.mark.parametrize("length", [100_000, 3_000_000])
def test_a_body_that_is_too_large_is_refused_and_is_no_second_request(office: RunningOffice, length: int) -> None:
    said, _ = answers(office, post(office, b"Content-Length: %d\r\n" % length) + b"x" * length + SECOND)

    assert said.startswith(b"HTTP/1.1 413 ")
    assert said.count(b"HTTP/1.1 ") == (2 if length < 1_000_000 else 1)


def test_half_a_body_changes_nothing(office: RunningOffice, people: People) -> None:
    before = max((each["seq"] for each in people.manager.events()), default=0)

    with socket.create_connection(("127.0.0.1", office.port), timeout=5) as wire:
        wire.sendall(post(office, b"Content-Length: 400\r\n") + b'{"service": "id_renew"}')
        wire.shutdown(socket.SHUT_WR)
        wire.recv(65536)

    assert not [each for each in people.manager.events(before) if each["kind"] == "ticket_issued"]


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PUT", "/api/v1/tickets", {"OPTIONS", "POST"}),
        ("DELETE", "/api/v1/services", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/kiosk", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/socket.io/?EIO=4&transport=polling", {"GET", "OPTIONS", "POST"}),
    ],
)
def test_a_method_that_is_not_allowed_is_told_which_are(
    office: RunningOffice, method: str, address: str, allowed: set[str]
) -> None:
    said, _ = answers(office, f"{method} {address} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert said.startswith(b"HTTP/1.1 405 ")
    told = next(line for line in said.split(b"\r\n") if line.startswith(b"Allow: ")).decode()
    assert set(told.removeprefix("Allow: ").split(", ")) == allowed


@pytest.fixture(scope="module")
def known_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    """An office that knows its public name, and one name more."""
    environment = {"SADUAK_PUBLIC_URL": "https://queue.example.go.th", "SADUAK_HOSTS": "queue.lan, kiosk.lan"}
    with running_office(tmp_path_factory.mktemp("known"), printer="none", environment=environment) as office:
        yield office


@pytest.mark.parametrize("path", ["/kiosk", "/api/v1/services", "/healthz", "/socket.io/?EIO=4&transport=polling"])
@pytest.mark.parametrize("host", ["evil.example", "queue.example.go.th.evil.example", "10.9.8.7", ""])
def test_an_unknown_host_is_refused_where_a_public_url_is_set(
    known_office: RunningOffice, host: str, path: str
) -> None:
    said, _ = answers(known_office, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert said.startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize(
    "host", ["queue.example.go.th", "Queue.Example.go.th:443", "queue.lan", "kiosk.lan:8000", "localhost", "127.0.0.1"]
)
def test_a_known_host_is_answered(known_office: RunningOffice, host: str) -> None:
    said, _ = answers(known_office, f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert said.startswith(b"HTTP/1.1 200 ")


def test_without_a_public_url_every_host_is_answered(office: RunningOffice) -> None:
    said, _ = answers(office, b"GET /healthz HTTP/1.1\r\nHost: any.example\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 200 ")


def post(office: RunningOffice, fields: bytes, address: str = "/api/v1/tickets") -> bytes:
    """Return the head of a kiosk's request with these fields beside its own."""
    token = office.credentials["devices"]["kiosk"]["token"]
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    return head.encode() + b"Content-Type: application/json\r\n" + fields + b"\r\n"


def answers(office: RunningOffice, sent: bytes, quiet_seconds: float = 0.3) -> tuple[bytes, bool]:
    """Send it; return all that was answered until the server closed or was quiet, and whether it closed."""
    with socket.create_connection(("127.0.0.1", office.port), timeout=5) as wire:
        wire.sendall(sent)
        said = b""
        while True:
            try:
                piece = wire.recv(65536)
            except TimeoutError:
                return said, False
            if not piece:
                return said, True
            said += piece
            wire.settimeout(quiet_seconds)
