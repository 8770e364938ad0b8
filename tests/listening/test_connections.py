"""Who may stay: half requests end, the oldest of those that only wait make room, one address has its share."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from server.listening.connections import Connection, Connections, Doing

TRUSTED = "127.0.0.1"


@dataclass
class Room:
    """A table of connections on real sockets, and a clock that a test sets."""

    most: int = 100
    most_an_address: int = 100
    now: float = 0.0
    ends: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.table = Connections(self.most, self.most_an_address, frozenset({TRUSTED}), lambda: self.now)

    def looks_at(self, now: float) -> None:
        """Look twice a second until then, as the server does."""
        while self.now < now:
            self.now = min(now, self.now + 0.5)
            self.table.look()

    def comes(self, host: str = TRUSTED) -> Connection | None:
        ours, theirs = socket.socketpair()
        theirs.settimeout(1)
        self.ends += [ours, theirs]
        return self.table.admit(ours, (host, len(self.ends)))

    def is_open(self, connection: Connection | None) -> bool:
        """Return whether its peer sees it open."""
        assert connection is not None
        peer = self.ends[self.ends.index(connection.sock) + 1]
        peer.setblocking(False)
        try:
            return peer.recv(1) != b""
        except BlockingIOError:
            return True


@pytest.fixture
def rooms() -> Iterator[list[Room]]:
    made: list[Room] = []
    yield made
    for room in made:
        for end in room.ends:
            end.close()


@pytest.mark.parametrize(
    ("doing", "seconds"),
    [(Doing.SENDING_A_REQUEST, 10), (Doing.JOINING, 5), (Doing.WAITING, 75), (Doing.BEING_ANSWERED, 90)],
)
def test_whoever_does_one_thing_for_too_long_is_ended(rooms: list[Room], doing: Doing, seconds: float) -> None:
    rooms.append(room := Room())
    connection = room.comes()
    assert connection is not None
    connection.now(doing)

    room.looks_at(seconds - 0.1)
    assert room.is_open(connection)

    room.looks_at(seconds)
    assert not room.is_open(connection)


def test_a_screen_that_listens_stays(rooms: list[Room]) -> None:
    rooms.append(room := Room())
    connection = room.comes()
    assert connection is not None
    connection.now(Doing.LISTENING)

    room.looks_at(600)

    assert room.is_open(connection)


def test_a_half_request_goes_before_a_screen_between_two_requests(rooms: list[Room]) -> None:
    rooms.append(room := Room(most=3))
    kept, half, listens = room.comes(), room.comes(), room.comes()
    assert kept is not None
    assert listens is not None
    kept.now(Doing.WAITING)
    listens.now(Doing.LISTENING)

    assert not room.table.make_room()

    assert [room.is_open(each) for each in (half, listens)] == [False, True]


def test_there_is_room_again_when_who_was_dropped_is_closed(rooms: list[Room]) -> None:
    rooms.append(room := Room(most=2))
    first, _second = room.comes(), room.comes()
    assert first is not None
    assert not room.table.make_room()

    room.table.forget(first.address)

    assert room.table.make_room()


def test_one_address_has_its_share_and_a_trusted_proxy_has_no_end(rooms: list[Room]) -> None:
    rooms.append(room := Room(most_an_address=3))

    assert [room.comes("10.0.0.7") is not None for _ in range(4)] == [True, True, True, False]
    assert room.comes("10.0.0.8") is not None
    assert all(room.comes(TRUSTED) for _ in range(10))


def test_a_flood_is_one_line_in_the_log_that_names_its_address(
    rooms: list[Room], caplog: pytest.LogCaptureFixture
) -> None:
    rooms.append(room := Room(most_an_address=1))
    for _ in range(50):
        room.comes("10.0.0.7")

    room.table.look()
    room.table.look()

    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    assert "address_full=50" in lines[0]
    assert "worst=10.0.0.7" in lines[0]


def test_whoever_sent_while_this_process_was_held_up_is_read_first(rooms: list[Room]) -> None:
    rooms.append(room := Room())
    connection = room.comes()

    room.now = 30.0
    room.table.look()
    assert room.is_open(connection)

    room.now = 30.5
    room.table.look()
    assert not room.is_open(connection)
