"""Which connections there is room for. Descriptors run out for everybody at once: so a reserve is kept, who only
waits makes room for who comes, and nobody holds a half request for ever."""

import contextlib
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import Any

from server.loop import Loop

log = logging.getLogger("saduak.listening")

Address = tuple[Any, ...]
LOOK_SECONDS = 0.5
ROOM_FOR = 16  # So many go at once, for each takes a turn of the loop to close.
HELD_UP_SECONDS = 2.0
TELL_SECONDS = 10.0  # A flood is a line each so often, not one for each of its connections.


class Doing(Enum):
    """What a connection is busy with; the value is how many seconds it may be, None for ever."""

    SENDING_A_REQUEST = 10.0  # Half a request, or none yet.
    JOINING = 5.0  # A socket that was let in and has not said who it is.
    WAITING = 75.0  # Between two requests.
    BEING_ANSWERED = 90.0  # A long poll is answered after 40 s; the rest is for who reads slowly.
    LISTENING = None  # A screen: engineio's pings tell whether it is there.


# Who goes first where there is no room: whoever has shown nothing yet, before a screen that may come back.
MAY_BE_DROPPED = (Doing.SENDING_A_REQUEST, Doing.JOINING, Doing.WAITING)


class Connection:
    """One accepted connection."""

    __slots__ = ("_owner", "address", "doing", "is_leaving", "since", "sock")

    def __init__(self, owner: "Connections", sock: Any, address: Address, now: float) -> None:
        self._owner = owner
        self.sock = sock
        self.address = address
        self.doing = Doing.SENDING_A_REQUEST
        self.since = now
        self.is_leaving = False

    def now(self, doing: Doing) -> None:
        """Note what it does from now on."""
        self._owner.note(self, doing)

    def drop(self, why: str) -> None:
        """End it; whoever serves it sees the end of what it reads, and closes."""
        self._owner.drop(self, why)


class Connections:
    """All that are open in this process, `most` at once and `most_an_address` from one that is not `trusted`.

    Safe from every thread. Nothing here waits.
    """

    def __init__(
        self, most: int, most_an_address: int, trusted: frozenset[str], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self._most_an_address = most_an_address
        self._trusted = trusted
        self._now = now
        self._lock = threading.RLock()
        self._open: dict[Address, Connection] = {}
        self._leaving = 0  # Asked to go, and not closed yet.
        self._by_doing: dict[Doing, dict[Connection, None]] = {doing: {} for doing in Doing}  # The oldest first.
        self._by_host: dict[str, dict[Connection, None]] = {}
        self._untold: Counter[str] = Counter()
        self._hosts: Counter[str] = Counter()
        self._told_at = -TELL_SECONDS
        self._looked_at = now()

    def __len__(self) -> int:
        """Return how many descriptors are in use, of connections on their way out too."""
        return len(self._open)

    def make_room(self) -> bool:
        """Return whether one more may be accepted; where not, some that only wait were asked to go."""
        with self._lock:
            if len(self._open) < self.most:
                return True
            for _ in range(ROOM_FOR - self._leaving):
                self._drop_one(lambda doing: self._by_doing[doing], "no_room")
            return False

    def admit(self, sock: Any, address: Address) -> Connection | None:
        """Return the connection, or None where its address has as many as it may: then the caller closes it."""
        host = str(address[0])
        with self._lock:
            self.forget(address)  # Closed already, and not told.
            beside = self._by_host.setdefault(host, {})
            if host not in self._trusted and len(beside) >= self._most_an_address:
                self._count("address_full", host)
                self._drop_one(lambda doing: {each: None for each in beside if each.doing is doing}, "address_full")
                return None
            connection = Connection(self, sock, address, self._now())
            self._open[address] = connection
            self._by_doing[connection.doing][connection] = None
            beside[connection] = None
            return connection

    def of(self, address: Address) -> Connection | None:
        """Return the open connection from there."""
        return self._open.get(address)

    def forget(self, address: Address, sock: Any = None) -> None:
        """Take out what was closed."""
        with self._lock:
            connection = self._open.get(address)
            if connection is None or (sock is not None and connection.sock is not sock):
                return
            del self._open[address]
            self._leaving -= connection.is_leaving
            self._by_doing[connection.doing].pop(connection, None)
            host = str(address[0])
            beside = self._by_host.get(host, {})
            beside.pop(connection, None)
            if not beside:
                self._by_host.pop(host, None)

    def note(self, connection: Connection, doing: Doing) -> None:
        """Note what it does from now on; the clock starts anew."""
        with self._lock:
            if self._by_doing[connection.doing].pop(connection, self) is self:
                return  # It was dropped or closed meanwhile.
            connection.doing = doing
            connection.since = self._now()
            self._by_doing[doing][connection] = None

    def drop(self, connection: Connection, why: str) -> None:
        """End it, once."""
        with self._lock:
            if connection.is_leaving:
                return
            connection.is_leaving = True
            self._leaving += 1
            self._by_doing[connection.doing].pop(connection, None)
            self._count(why, str(connection.address[0]))
        with contextlib.suppress(OSError):  # Its peer was quicker.
            connection.sock.shutdown(socket.SHUT_RDWR)

    def look(self) -> None:
        """End whoever does one thing for longer than it may; forget whoever is closed; tell what happened."""
        now = self._now()
        was_held_up, self._looked_at = now - self._looked_at > HELD_UP_SECONDS, now
        if was_held_up:
            return  # This process did nothing for a while: whoever has sent meanwhile is read first.
        with self._lock:
            late = [
                connection
                for doing in Doing
                if doing.value is not None
                for connection in _until(self._by_doing[doing], now - doing.value)
            ]
            closed = [each for each in self._open.values() if each.sock.fileno() < 0]
        for connection in late:
            connection.drop(f"late_{connection.doing.name.lower()}")
        for connection in closed:
            self.forget(connection.address, connection.sock)
        self._tell(now)

    def no_descriptor(self, error: OSError) -> None:
        """Note that the system would give no descriptor: something else than connections has used the reserve up."""
        with self._lock:
            self._count(f"accept_failed_{error.errno}", "")
            self._drop_one(lambda doing: self._by_doing[doing], "no_descriptor")

    def run(self, loop: Loop, also: Callable[[], None]) -> None:
        """Look for ever; `also` is called each time."""
        while not loop.stopping:
            loop.sleep(LOOK_SECONDS)
            try:
                self.look()
                also()
            except Exception:  # because a flood must not end what stands against floods.
                log.exception("look_failed")

    def _drop_one(self, of: Callable[[Doing], dict[Connection, None]], why: str) -> None:
        for doing in MAY_BE_DROPPED:
            for connection in of(doing):
                self.drop(connection, why)
                return

    def _count(self, why: str, host: str) -> None:
        self._untold[why] += 1
        self._hosts[host] += 1

    def _tell(self, now: float) -> None:
        with self._lock:
            if not self._untold or now - self._told_at < TELL_SECONDS:
                return
            counts = " ".join(f"{why}={number}" for why, number in sorted(self._untold.items()))
            host, number = self._hosts.most_common(1)[0]
            self._untold.clear()
            self._hosts.clear()
            self._told_at = now
            open_now = len(self._open)
        log.warning("connections_dropped %s open=%d most=%d worst=%s (%d)", counts, open_now, self.most, host, number)


def _until(connections: dict[Connection, None], when: float) -> list[Connection]:
    found = []
    for connection in connections:
        if connection.since > when:
            break
        found.append(connection)
    return found
