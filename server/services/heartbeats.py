"""Devices say that they are there, and how they do."""

import re
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from server.db.devices import DeviceNow, Devices
from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain.events import DeviceChanged
from server.services import rights

KEPT_ANEW_AFTER = timedelta(seconds=10)  # Pages beat every 20 s, agents more often than they need be noted.
TOLD_ANEW_AFTER = timedelta(seconds=5)  # A page that is covered and seen in turns fills no book.
# When each device's last change was told, by the machine's own time. It is in this process only: of several, each
# tells as often.
_told: WeakKeyDictionary[Database, dict[int, datetime]] = WeakKeyDictionary()
_VERSION = re.compile(r"[\w.+-]{1,64}", re.ASCII)


def beat(
    db: Database, device: Identity, *, version: str | None, visible: bool = True, sound: bool | None = None
) -> None:
    """Note that this device is there: what it runs, whether its page can be seen, whether it may sound (displays).

    Nothing is written more often than every ten seconds while it says the same. Another state is told at once, unless
    one was told less than five seconds ago: then nothing is noted, and the first beat after those five tells how the
    device does by then. A page beats again after six seconds for that, and every twenty in any case. A
    device that was revoked just now is not noted. Raises Forbidden for whoever is no device.
    """
    rights.require(device, "beat")
    assert device.device is not None  # because only devices have that right.
    state = _state(device.role, visible, sound)
    said = (state, version if version and _VERSION.fullmatch(version) else None, sound)
    now = db.wall()
    with db.engine.connect() as connection:
        known = Devices(connection, device.office_id).at(device.device)
    if known is None or (_says(known) == said and known.seen_at and abs(now - known.seen_at) < KEPT_ANEW_AFTER):
        return
    if known.state != state and _told_lately(db, device.device, now):
        return
    if known.state == state:
        with db.writing() as connection:
            devices = Devices(connection, device.office_id)
            if devices.seen(device.device, state=state, seen_at=now, version=said[1], sound=sound):
                return
    with db.work(device.office_id, Actor(device.key, device=device.key)) as work:
        _note(work, device.device, said, db)


def _note(work: UnitOfWork, device: int, said: tuple[str, str | None, bool | None], db: Database) -> None:
    """Save what the device said, and tell of it if it is another state: looked at again, for now nobody else writes."""
    known = work.devices.at(device)
    if known is None:
        return
    state, version, sound = said
    if known.state != state:
        if _told_lately(db, device, db.wall()):  # By a beat that was under way at the same time.
            return
        work.record(DeviceChanged(device=known.key, state=state, device_kind=known.kind, counter=known.counter))
        _told.setdefault(db, {})[device] = db.wall()
    since = known.since if known.state == state and known.since else work.now
    work.devices.keep_state(device, state=state, since=since, seen_at=db.wall(), version=version, sound=sound)


def _told_lately(db: Database, device: int, now: datetime) -> bool:
    told = _told.get(db, {}).get(device)
    return told is not None and abs(now - told) < TOLD_ANEW_AFTER  # Either way: the clock may have been set.


def _state(kind: str, visible: bool, sound: bool | None) -> str:
    if not visible:
        return "hidden"
    return "no_sound" if kind == "display" and sound is False else "ok"


def _says(known: DeviceNow) -> tuple[str | None, str | None, bool | None]:
    return known.state, known.version, known.sound
