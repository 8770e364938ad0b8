"""The office's devices: how each does, when it did not, and what an administrator changes."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine

from server.db.devices import DeviceNow, Devices, changes_from
from server.db.engine import one_moment
from server.db.events import StoredEvent, last_of
from server.db.past import first_seq_from
from server.db.people import Identity
from server.db.work import SYSTEM, Actor, Database, UnitOfWork
from server.domain.errors import InvalidValue, UnknownDevice
from server.domain.events import DeviceChanged, from_payload
from server.domain.gaps import Gap, Span, at_work, gaps_of, seconds_within
from server.domain.office import Office
from server.domain.shifts import Floor
from server.services import rights, slips
from server.services.device_shapes import DeviceGaps, DeviceList, DeviceOut, DeviceStateName, GapOut, GapReport
from server.services.happenings import bounds, tell_days
from server.services.pairing import clean_name, known_kind
from server.services.paper import paper_state
from server.services.verifying import OfficeAt

# What a device was at the beginning is told by its last change before. Mostly that is of the day before; after days on
# which the office was closed it lies further back, and further than a month nobody looks.
LOOK_BACK = (timedelta(days=1), timedelta(days=5), timedelta(days=31))


def device_list(db: Database, asker: Identity, today: GapReport | None, *, build: str) -> DeviceList:
    """Return the devices, how they do, with today's gaps (none of them where None is given), and the printers."""
    rights.require(asker, "see_devices")
    paper, wall = paper_state(db, asker), db.wall()
    office = db.configurations.current(asker.office_id)
    gaps = {each.device: each.gaps for each in today.devices} if today else {}
    with db.engine.connect() as connection:
        paired = Devices(connection, asker.office_id).paired()
    return DeviceList(
        devices=[_device(each, office, wall, build, gaps.get(each.key, [])) for each in paired],
        printers=paper.printers, build=build, seq=today.seq if today else paper.seq, at=paper.at,
    )  # fmt: skip


def gap_report(engine: Engine, asker: Identity, office: Office, office_at: OfficeAt, days: tuple[date, date], *,
               now: datetime) -> GapReport:  # fmt: skip
    """Return the gaps of every device on these days, both counted, from the events.

    Runs long: call it off the loop, with an engine without a pool.
    """
    rights.require(asker, "see_devices")
    begin, end = bounds(office.zone, days)
    end, floor = max(begin, min(end, now)), Floor()
    with one_moment(engine) as connection:
        seq, _ = last_of(connection, asker.office_id)
        devices = [each for each in Devices(connection, asker.office_id).ever() if _was_there(each, begin, end)]
        changes = _changes(connection, asker.office_id, devices, begin)
        found = gaps_of([*_longer_ago(devices, changes), *changes], begin, end)
        # Going through the days costs more than all else here: only for tablets that have a gap in them.
        if any(each.kind == "rating" and found.get(each.key) for each in devices):
            tell_days(connection, asker.office_id, office.zone, days, office_at, floor)
    shifts = at_work(floor.shifts(begin, end), end)
    return GapReport(
        from_=days[0], to=days[1], seq=seq, at=now.astimezone(office.zone),
        devices=[_gaps(each, found.get(each.key, []), shifts, office) for each in devices],
    )  # fmt: skip


def one(db: Database, asker: Identity, device: int) -> DeviceNow:
    """Return the paired device of that id. Raises UnknownDevice."""
    rights.require(asker, "see_devices")
    with db.read(asker.office_id) as work:
        return known_device(work, device)


def revoke(db: Database, asker: Identity, device: int, *, has_own_printer: bool) -> None:
    """Shut the device out, for good: its tokens, its sessions and, as each process hears of it, its sockets.

    What an agent was to print goes to another printer. Raises UnknownDevice.
    """
    rights.require(asker, "set_up")
    _revoke(db, asker.office_id, Actor(asker.key), device)
    slips.reroute(db, asker.office_id, has_own_printer)


def revoke_here(db: Database, office_id: int, device: int, *, has_own_printer: bool) -> None:
    """Do so for whoever may give commands on this machine; raises the same."""
    _revoke(db, office_id, SYSTEM, device)
    slips.reroute(db, office_id, has_own_printer)


def rename(db: Database, asker: Identity, device: int, name: str) -> None:
    """Save what people call the device; nothing for what it is. Raises UnknownDevice, InvalidValue."""
    rights.require(asker, "set_up")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        work.devices.rename(known_device(work, device).id, clean_name(name))


def print_at(db: Database, asker: Identity, kiosk: int, agent: int | None) -> None:
    """Let that agent print what this kiosk gives out, None for the office's own. Raises UnknownDevice, InvalidValue."""
    rights.require(asker, "set_up")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        if known_device(work, kiosk).kind != "kiosk":
            raise InvalidValue(field="device", value=kiosk)
        if agent is not None and known_device(work, agent).kind != "agent":
            raise InvalidValue(field="printer", value=agent)
        work.devices.print_at(kiosk, agent)


def known_device(work: UnitOfWork, device: int) -> DeviceNow:
    """Return the paired device of that id, or raise UnknownDevice."""
    found = work.devices.at(device)
    if found is None:
        raise UnknownDevice(device=device)
    return found


def _revoke(db: Database, office_id: int, actor: Actor, device: int) -> None:
    with db.work(office_id, actor) as work:
        known = known_device(work, device)
        work.pairings.forget_device(known.id)
        work.devices.revoke(known.id, work.now)
        if known.kind == "agent":
            work.printers.forget(known.id)
        work.record(DeviceChanged(device=known.key, state="revoked", device_kind=known.kind, counter=known.counter))


def _changes(connection: Connection, office_id: int, devices: list[DeviceNow], begin: datetime
             ) -> list[tuple[datetime, DeviceChanged]]:  # fmt: skip
    """Return what changed from before `begin` on, from far enough back to tell how these devices were at `begin`."""
    changes: list[tuple[datetime, DeviceChanged]] = []
    for back in LOOK_BACK:
        from_seq = first_seq_from(connection, office_id, begin - back)
        changes = [_change(each) for each in changes_from(connection, office_id, from_seq)]
        if not _unknown_at(begin, devices, changes):
            break
    return changes


def _unknown_at(begin: datetime, devices: list[DeviceNow], changes: list[tuple[datetime, DeviceChanged]]) -> bool:
    """Whether one of them changed since, and what it was before lies further back. One without changes is as it was."""
    before = {change.device for at, change in changes if at < begin}
    since = {change.device for at, change in changes if at >= begin}
    return any(each.created_at < begin and each.key in since - before for each in devices)


def _change(stored: StoredEvent) -> tuple[datetime, DeviceChanged]:
    event = from_payload(stored.kind, json.loads(stored.payload))
    assert isinstance(event, DeviceChanged)  # because only these were asked for.
    return stored.occurred_at, event


def _longer_ago(devices: list[DeviceNow], changes: list[tuple[datetime, DeviceChanged]]
                ) -> list[tuple[datetime, DeviceChanged]]:  # fmt: skip
    """Return how those devices do, and since when, whose last change lies further back than was read."""
    told = {change.device for _, change in changes}
    return [
        (each.since, DeviceChanged(device=each.key, state=each.state))
        for each in devices
        if each.key not in told and each.since is not None and each.state is not None
    ]


def _was_there(device: DeviceNow, begin: datetime, end: datetime) -> bool:
    return device.created_at < end and (device.revoked_at is None or device.revoked_at > begin)


def _gaps(device: DeviceNow, found: list[Gap], shifts: Mapping[int, list[Span]], office: Office) -> DeviceGaps:
    here = shifts.get(device.counter or 0, []) if device.kind == "rating" else None
    gaps = [
        GapOut(
            state=each.state, began_at=each.began_at.astimezone(office.zone),
            ended_at=each.ended_at.astimezone(office.zone), goes_on=each.goes_on, seconds=each.seconds,
            in_shift_s=None if here is None else seconds_within(each, here),
        )
        for each in found
    ]  # fmt: skip
    return DeviceGaps(
        device=device.key, kind=known_kind(device.kind), name=device.name, counter=device.counter,
        revoked=device.revoked_at is not None, gaps=gaps, seconds=round(sum(each.seconds for each in gaps), 1),
        in_shift_s=None if here is None else round(sum(each.in_shift_s or 0 for each in gaps), 1),
    )  # fmt: skip


def _device(device: DeviceNow, office: Office, wall: datetime, build: str, gaps: list[GapOut]) -> DeviceOut:
    seen_s = None if device.seen_at is None else max(0.0, round((wall - device.seen_at).total_seconds(), 1))
    is_page = device.kind in {"kiosk", "display", "rating"}
    return DeviceOut(
        id=str(device.id), device=device.key, kind=known_kind(device.kind), name=device.name, counter=device.counter,
        state=_state(device), since=(device.since or device.created_at).astimezone(office.zone), seen_s=seen_s,
        version=device.version, is_older=device.version != build if is_page and device.version else None,
        sound=device.sound, prints_at=None if device.prints_at is None else str(device.prints_at), gaps=gaps,
    )  # fmt: skip


def _state(device: DeviceNow) -> DeviceStateName:
    return device.state or "never_seen"  # type: ignore[return-value]  # because only heartbeats and the watch write it.
