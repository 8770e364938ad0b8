"""What the libraries under `/live` leave open: who never joins, who reads too slowly, who sends what nobody can read.

The libraries' own classes are made ours in `stand_guard`: they build their parts themselves and leave no other door.
"""

import logging
import socket as sockets
import time
from collections.abc import Callable
from typing import Any

import socketio
from engineio import packet as engine_packet
from engineio import server as engine_server
from engineio import socket as engine_socket
from engineio.exceptions import EngineIOError
from flask_socketio import SocketIO
from socketio import packet

from server.listening.connections import Connection, Doing
from server.listening.protocol import CONNECTION
from server.live.rooms import NAMESPACE

log = logging.getLogger("saduak.live")

JOIN_SECONDS = 5.0
MOST_UNJOINED = 500  # A whole office's screens come back at once after a restart; each joins within a moment.
MOST_WAITING = 300  # Packets: the publisher tells 200 at once, and then lets the writers write.
STUCK_SECONDS = 15.0
MOST_JOINS = 5
MOST_SAID = 200  # A screen has nothing to say here; the contract is that it is ignored.
BUFFER_BYTES = 16 * 1024  # The system's own would hide megabytes from us of what is not read.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OverflowError)


class Screen(engine_socket.Socket):  # type: ignore[misc]  # because engineio ships no types.
    """One engine.io connection, by socket or by polling."""

    last_ping: float | None
    address: str
    connection: Connection | None
    born: float
    ping_at: float | None
    waiting_since: float
    joins: int
    said: int

    def begin(self, environ: dict[str, Any]) -> None:
        """Note what its beginning tells."""
        self.address = environ.get("REMOTE_ADDR", "")
        self.connection = None
        self.born = self.waiting_since = time.time()
        self.ping_at = None
        self.joins = self.said = 0

    def handle_get_request(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Note the connection where it is the screen's own; a poll's carries other requests too."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            self.connection = environ.get(CONNECTION)
        return super().handle_get_request(environ, start_response)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Hear what comes by polling."""
        try:
            super().handle_post_request(environ)
        except UNREADABLE as error:
            self.server.cut(self, "unreadable", error)
            raise EngineIOError from None  # Answered 400.

    def schedule_ping(self) -> None:
        """Have it pinged later. The library lets a thread sleep for each: of who is long gone too."""
        if self.last_ping:
            self.last_ping = None
            self.ping_at = time.time() + self.server.ping_interval

    def ping(self, now: float) -> None:
        """Ping it."""
        self.ping_at = None
        self.last_ping = now
        self.send(engine_packet.Packet(engine_packet.PING))

    def is_stuck(self, now: float) -> bool:
        """Return whether something has waited for it for too long."""
        return self.queue.qsize() > 0 and now - self.waiting_since > STUCK_SECONDS

    def send(self, pkt: Any) -> None:
        """Put one packet into its queue, unless it reads too slowly."""
        now, waiting = time.time(), self.queue.qsize()
        if waiting == 0:
            self.waiting_since = now
        elif (waiting >= MOST_WAITING or self.is_stuck(now)) and not self.closing:
            self.server.cut(self, "slow_reader")
            return
        super().send(pkt)

    def _websocket_handler(self, ws: Any) -> Any:
        if self.connection is not None:
            self.connection.sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, BUFFER_BYTES)
        try:
            return super()._websocket_handler(ws)
        except UNREADABLE as error:
            self.server.cut(self, "unreadable", error)
            return []


class Engine(engine_server.Server):  # type: ignore[misc]  # because engineio ships no types.
    """Every engine.io connection of this process."""

    is_joined: Callable[[str], bool]
    unjoined: dict[str, None]  # By sid, the oldest first.

    def receive_screen(self, sid: str, environ: dict[str, Any]) -> None:
        """Let one in that has not joined yet; the oldest of them goes where there are too many."""
        screen = self.sockets[sid]
        screen.__class__ = Screen
        screen.begin(environ)
        self.unjoined[sid] = None
        while len(self.unjoined) > MOST_UNJOINED:
            oldest = next(iter(self.unjoined))
            del self.unjoined[oldest]
            if oldest in self.sockets:
                self.cut(self.sockets[oldest], "not_joined")

    def cut(self, screen: Screen, why: str, error: BaseException | None = None) -> None:
        """End one connection; the log has one line of it."""
        if screen.closing or screen.closed:
            return
        reason = f" error={type(error).__name__}" if error else ""
        log.info("screen_cut why=%s address=%s%s", why, screen.address, reason)
        screen.close(wait=False, abort=True, reason=self.reason.SERVER_DISCONNECT)
        self.forget(screen.sid)
        if screen.connection is not None:
            screen.connection.drop(f"screen_{why}")

    def forget(self, sid: str) -> None:
        """Take out what has ended."""
        self.sockets.pop(sid, None)
        self.unjoined.pop(sid, None)

    def _method_not_found(self) -> Any:
        """Say which methods there are."""
        answer = super()._method_not_found()
        return answer | {"headers": [*answer["headers"], ("Allow", "GET, OPTIONS, POST")]}

    def look(self) -> None:
        """Cut whoever has not joined or does not read; ping whoever is due."""
        now = time.time()
        for screen in list(self.sockets.values()):
            if screen.closed or not isinstance(screen, Screen):
                continue
            if self.is_joined(screen.sid):
                self.unjoined.pop(screen.sid, None)
                screen.born = now  # Whoever is hung up on has this long to go.
                if screen.connection is not None and screen.connection.doing is Doing.JOINING:
                    screen.connection.now(Doing.LISTENING)
            elif now - screen.born > JOIN_SECONDS:
                self.cut(screen, "not_joined")
                continue
            if screen.is_stuck(now):
                self.cut(screen, "slow_reader")
            elif screen.ping_at is not None and screen.ping_at <= now:
                screen.ping(now)


class Server(socketio.Server):  # type: ignore[misc]  # because socketio ships no types.
    """Hears screens join, and nothing else: they ask by HTTP."""

    def begin(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """A connection is made."""
        self._handle_eio_connect(eio_sid, environ)
        self.eio.receive_screen(eio_sid, environ)

    def end(self, eio_sid: str, reason: str) -> None:
        """A connection has ended."""
        self.eio.forget(eio_sid)
        self._handle_eio_disconnect(eio_sid, reason)

    def hear(self, eio_sid: str, said: Any) -> None:
        """A message came; one that cannot be read costs its sender the connection."""
        screen = self.eio.sockets.get(eio_sid)
        if screen is None or screen.closed:
            return
        try:
            if isinstance(said, bytes):
                raise ValueError("bytes")
            self._hear(screen, self.packet_class(encoded_packet=said))
        except UNREADABLE as error:
            self.eio.cut(screen, "unreadable", error)

    def _hear(self, screen: Screen, heard: Any) -> None:
        if heard.packet_type == packet.CONNECT:
            screen.joins += 1
            if screen.joins > MOST_JOINS:
                raise ValueError("joins again and again")
            self._handle_connect(screen.sid, heard.namespace, heard.data)
        elif heard.packet_type == packet.DISCONNECT:
            self._handle_disconnect(screen.sid, heard.namespace, self.reason.CLIENT_DISCONNECT)
        elif heard.packet_type in (packet.EVENT, packet.ACK):
            screen.said += 1
            if not isinstance(heard.data, list) or screen.said > MOST_SAID:
                raise ValueError("says what nobody asked")
        else:
            raise ValueError("no packet that a screen sends")


def stand_guard(socketio_app: SocketIO) -> Engine:
    """Make the libraries' parts ours; return the engine, whose `look` is called twice a second."""
    server = socketio_app.server
    server.__class__ = Server
    engine: Engine = server.eio
    engine.__class__ = Engine
    engine.unjoined = {}
    engine.is_joined = lambda sid: server.manager.is_connected(
        server.manager.sid_from_eio_sid(sid, NAMESPACE), NAMESPACE
    )
    engine.async_handlers = False  # A message is heard where it is read: a thread for each was a flood's best friend.
    engine.on("connect", server.begin)
    engine.on("message", server.hear)
    engine.on("disconnect", server.end)
    return engine
