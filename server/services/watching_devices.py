"""Notices the devices that are no longer heard of."""

import time
from datetime import datetime, timedelta

from server.db.devices import DeviceNow, Devices
from server.db.work import Database, UnitOfWork
from server.domain.events import DeviceChanged

SILENT_AFTER = timedelta(seconds=60)
HIDDEN_SILENT_AFTER = timedelta(seconds=150)  # A browser lets the timers of a hidden page run once a minute.
HEARD_OF_WHEN_USED = frozenset({"keypad"})  # It says nothing until somebody presses a key, and that is no silence.
JUMP = timedelta(seconds=10)  # The machine's clock was set, or the machine slept: nobody was silent meanwhile.


class DeviceWatch:
    """Watches one office. Several processes may: the office's lock lets one of them tell.

    A silence counts from when this watch began: while the server was away, nobody could be heard.
    """

    def __init__(self, db: Database, office_id: int) -> None:
        self._db = db
        self._office = office_id
        self._looked: tuple[datetime, float] | None = None
        self._listens_since: datetime | None = None

    def look(self) -> None:
        """Tell of every device that has been silent for too long; only reads unless there is one."""
        now, steady = self._db.wall(), time.monotonic()
        if self._looked is None or abs((now - self._looked[0]) - timedelta(seconds=steady - self._looked[1])) > JUMP:
            self._listens_since = now
        self._looked = now, steady
        look(self._db, self._office, listens_since=self._listens_since)


def look(db: Database, office_id: int, *, listens_since: datetime | None = None) -> None:
    """Tell of every device that has been silent for too long; only reads unless there is one.

    `listens_since` is from when on somebody would have heard them, by the machine's own time; None for always.
    """
    now = db.wall()
    with db.engine.connect() as connection:
        if not any(_is_silent(each, now, listens_since) for each in Devices(connection, office_id).paired()):
            return
    with db.work(office_id) as work:
        for each in work.devices.paired():
            if _is_silent(each, now, listens_since):
                _tell(work, each, now)


def _is_silent(device: DeviceNow, now: datetime, listens_since: datetime | None) -> bool:
    """Whether nobody has heard of it for too long. One never heard of is not silent: it was never there."""
    if device.seen_at is None or device.state == "silent" or device.kind in HEARD_OF_WHEN_USED:
        return False
    quiet_since = max(device.seen_at, listens_since) if listens_since else device.seen_at
    return now - quiet_since > (HIDDEN_SILENT_AFTER if device.state == "hidden" else SILENT_AFTER)


def _tell(work: UnitOfWork, device: DeviceNow, now: datetime) -> None:
    assert device.seen_at is not None  # because one never heard of is not silent.
    # The machine's clock and the office's run side by side: what lies that far back here lies so there.
    last_seen = work.now - max(now - device.seen_at, timedelta(0))
    work.record(
        DeviceChanged(
            device=device.key, state="silent", device_kind=device.kind, counter=device.counter, since=last_seen
        )
    )
    work.devices.keep_state(device.id, state="silent", since=last_seen, seen_at=device.seen_at, version=device.version,
                            sound=device.sound)  # fmt: skip
