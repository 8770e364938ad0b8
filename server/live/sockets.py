"""The /live namespace: who connects is asked by token or session, and put into a room by the server."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from flask_socketio import ConnectionRefusedError, Namespace, SocketIO, emit, join_room, rooms
from sqlalchemy.exc import SQLAlchemyError

from server.db.people import Identity
from server.domain.errors import QueueError
from server.live.publisher import Publisher
from server.live.rooms import NAMESPACE, room_of, room_of_one

log = logging.getLogger("saduak.live")

Recognise = Callable[[dict[str, Any]], Identity]


class Live(Namespace):  # type: ignore[misc]  # because flask_socketio ships no types.
    """Greets each screen with the last `seq` of its audience; afterwards the publisher speaks."""

    def __init__(
        self, publisher: Publisher, recognise: Recognise, is_shut_out: Callable[[Iterable[str]], bool] = lambda _: False
    ) -> None:
        super().__init__(NAMESPACE)
        self._publisher = publisher
        self._recognise = recognise
        self._is_shut_out = is_shut_out

    def on_connect(self, auth: object = None) -> None:
        """Let a known device or person listen; anybody else is refused with a stable code."""
        if len(rooms()) > 1:
            return  # A client sent an event of this name: it is in its audience's room already, beside its own.
        try:
            identity = self._recognise(auth if isinstance(auth, dict) else {})
        except QueueError as refusal:
            raise ConnectionRefusedError(refusal.code) from None
        except SQLAlchemyError:
            log.exception("connect_failed")  # Refused, a screen comes again; with no answer it would wait for ever.
            raise ConnectionRefusedError("database_busy") from None
        room = room_of(identity.office_id, identity.role, identity.counter)
        if room is None:
            raise ConnectionRefusedError("forbidden")

        def welcome(seq: int) -> None:
            # No event is told meanwhile: who was revoked before is known by now, who is revoked later is in the room.
            if self._is_shut_out(identity.names):
                raise ConnectionRefusedError("unauthorized")
            for name in identity.names:
                join_room(room_of_one(identity.office_id, name).name)
            join_room(room.name)
            emit("hello", {"seq": seq})

        self._publisher.greet(room, welcome)


class SocketEmitter:
    """Carries events to the sockets of this process."""

    def __init__(self, socketio: SocketIO) -> None:
        self._server = socketio.server

    def emit(self, name: str, facts: dict[str, object], room: str) -> None:
        """Send one event to everybody in that room."""
        self._server.emit(name, facts, to=room, namespace=NAMESPACE)

    def hang_up(self, room: str) -> None:
        """Close every socket in that room."""
        for sid, _ in list(self._server.manager.get_participants(NAMESPACE, room)):
            self._server.disconnect(sid, namespace=NAMESPACE)

    def is_heard(self, room: str) -> bool:
        """Return whether anybody is in that room."""
        return bool(self._server.manager.rooms.get(NAMESPACE, {}).get(room))
