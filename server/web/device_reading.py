"""Reads how the office's devices do, off the loop where it takes long; pages and API alike."""

from datetime import date, datetime

from server.db.people import Identity
from server.services import devices
from server.services.device_shapes import DeviceList, GapReport
from server.web.desk import desk


def devices_of(asker: Identity, moment: datetime, *, with_gaps: bool = True) -> DeviceList:
    """Return the devices, with today's gaps unless nobody wants them (they cost most), and the printers."""
    today = moment.date()
    gaps = gaps_between(asker, (today, today), moment) if with_gaps else None
    return devices.device_list(desk().db, asker, gaps, build=desk().build)


def gaps_between(asker: Identity, days: tuple[date, date], moment: datetime) -> GapReport:
    """Return the gaps of these days, both counted."""
    parts = desk()
    office, office_at = parts.office, parts.db.configurations.of(parts.office_id)
    return parts.loop.run_blocking(
        lambda: devices.gap_report(parts.reports_engine, asker, office, office_at, days, now=moment)
    )
