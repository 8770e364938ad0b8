"""The one ordered publisher: reads committed events by `seq` and tells the rooms. The event table is its outbox.

Each server process tells its own sockets only, so several processes need no broker to agree; Redis merely wakes them.
"""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.db.events import StoredEvent, events_after, last_seqs, last_told
from server.live.rooms import Room, room_for
from server.live.telling import Table, kinds_by_audience, on_the_wire
from server.loop import Bell, Loop

log = logging.getLogger("saduak.live")

AT_ONCE = 200
LOOK_SECONDS = 1.0  # Another process (the command line, a second server) may have written; nobody rings for that.


class Emitter(Protocol):
    """What carries an event to a room."""

    def emit(self, name: str, facts: dict[str, object], room: str) -> None:
        """Send one event to everybody in that room."""

    def is_heard(self, room: str) -> bool:
        """Return whether anybody is in that room."""


class Publisher:
    """Tells rooms what was committed, in order, each event once per process."""

    def __init__(
        self, engine: Engine, table: Table, emitter: Emitter, zone_of: Callable[[int], ZoneInfo], loop: Loop
    ) -> None:
        self._engine = engine
        self._table = table
        self._kinds = kinds_by_audience(table)
        self._emitter = emitter
        self._zone_of = zone_of
        self._loop = loop
        self._bell = Bell()
        self._turn = threading.Lock()
        self._last: dict[Room, int] = {}
        self._fresh: dict[int, deque[StoredEvent]] = {}
        with engine.connect() as connection:
            self._told = last_seqs(connection)
        self._committed = dict(self._told)
        self.told: list[Callable[[StoredEvent], None]] = []  # What else this process does for its own screens.

    def ring(self, office_id: int, seq: int, events: Sequence[StoredEvent] = ()) -> None:
        """Say that the office's events up to `seq` are committed, `events` among them; they are told at once."""
        self._fresh.setdefault(office_id, deque(maxlen=10 * AT_ONCE)).extend(events)
        self._committed[office_id] = max(seq, self._committed.get(office_id, 0))
        self._bell.ring()

    def run(self) -> None:
        """Tell what is committed, for ever."""
        failing = False
        while not self._loop.stopping:
            try:
                if not self._bell.wait(LOOK_SECONDS):
                    self._look()
                self.tell_all()
                failing = False
            except SQLAlchemyError:
                if not failing:
                    log.exception("publisher_failed")  # Safe in their table, the events are told by a later look.
                failing = True
                self._loop.sleep(LOOK_SECONDS)

    def tell_all(self) -> None:
        """Tell every event that is known to be committed and not told yet."""
        with self._turn:
            for office_id, seq in list(self._committed.items()):
                while self._told.get(office_id, 0) < seq:
                    batch = self._next_events(office_id)
                    for event in batch:
                        self._tell_or_skip(event)
                    if not batch:
                        break
                    self._loop.sleep(0)  # Whoever reads is written to before there is more.

    def greet(self, room: Room, welcome: Callable[[int], None]) -> None:
        """Call `welcome` with the last `seq` told to that room, so that nothing is told in between."""
        with self._turn:
            welcome(self._last_of(room))

    def _look(self) -> None:
        """See what other processes have committed."""
        with self._engine.connect() as connection:
            self._committed |= last_seqs(connection)

    def _next_events(self, office_id: int) -> list[StoredEvent]:
        """Return the events to tell next: as handed over by this process's own commits where they follow on,
        else read from their table."""
        told = self._told.get(office_id, 0)
        fresh = self._fresh.get(office_id)
        while fresh:
            event = fresh.popleft()
            if event.seq == told + 1:
                return [event]
        with self._engine.connect() as connection:
            return events_after(connection, office_id, told, most=AT_ONCE)

    def _tell_or_skip(self, event: StoredEvent) -> None:
        """Tell the event; one that cannot be told must not silence all that come after it."""
        try:
            self._tell(event)
        except SQLAlchemyError:
            raise
        except Exception:  # because the next event's `previous` then names this one, and every screen looks anew.
            log.exception("event_untold seq=%s kind=%s", event.seq, event.kind)
            for audience in self._table.get(event.kind, {}):
                self._last[room_for(event.office_id, audience, event.counter)] = event.seq
            self._told[event.office_id] = event.seq

    def _tell(self, event: StoredEvent) -> None:
        said = None
        for audience, telling in self._table.get(event.kind, {}).items():
            room = room_for(event.office_id, audience, event.counter)
            if self._emitter.is_heard(room.name):
                said = said or json.loads(event.payload)
                zone = self._zone_of(event.office_id)
                at = event.occurred_at.astimezone(zone).isoformat()
                place = {"seq": event.seq, "previous": self._last_of(room), "at": at}
                self._emitter.emit(event.kind, on_the_wire(telling(said), zone) | place, room.name)
                self._last[room] = event.seq
            elif room in self._last:
                self._last[room] = event.seq
        self._told[event.office_id] = event.seq
        for hear in self.told:
            hear(event)

    def _last_of(self, room: Room) -> int:
        if room not in self._last:
            with self._engine.connect() as connection:
                self._last[room] = last_told(
                    connection,
                    room.office_id,
                    sorted(self._kinds.get(room.audience, ())),
                    room.counter,
                    until=self._told.get(room.office_id, 0),
                )
        return self._last[room]
