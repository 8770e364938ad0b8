"""When a ticket may be given: opening hours, lunch, holidays, the last issue before closing."""

from datetime import datetime, timedelta

from server.domain.errors import OfficeClosed, QuotaFull, ServiceClosed
from server.domain.office import Office, Opening, Service


def refuse_if_closed(office: Office, now: datetime) -> None:
    """Raise OfficeClosed outside the hours and in a break, ServiceClosed after the last issue; `now` is aware."""
    if office.always_open:
        return
    local = now.astimezone(office.zone)
    opening = opening_on(office, local)
    if opening is None:
        raise OfficeClosed(opens=None)
    if not opening.opens <= local.time() < opening.closes:
        raise OfficeClosed(opens=f"{opening.opens:%H:%M}", closes=f"{opening.closes:%H:%M}")
    for pause in opening.breaks:
        if pause.starts <= local.time() < pause.ends:
            raise OfficeClosed(opens=f"{pause.ends:%H:%M}", closes=f"{pause.starts:%H:%M}")
    if local >= last_issue(office, opening, local):
        raise ServiceClosed(last=f"{last_issue(office, opening, local):%H:%M}")


def opening_on(office: Office, local: datetime) -> Opening | None:
    """Return the hours of that local day, or None on a holiday or a day without any."""
    if local.date() in office.holidays:
        return None
    return next((each for each in office.openings if local.weekday() in each.weekdays), None)


def last_issue(office: Office, opening: Opening, local: datetime) -> datetime:
    """Return the moment of that local day from which no ticket is given any more."""
    closes = local.replace(hour=opening.closes.hour, minute=opening.closes.minute, second=0, microsecond=0)
    return closes - office.last_issue_before_close


def refuse_if_full(service: Service, issued_today: int) -> None:
    """Raise QuotaFull when the service's tickets of the day are all given out."""
    if service.quota_per_day is not None and issued_today >= service.quota_per_day:
        raise QuotaFull(service=service.id, quota=service.quota_per_day)


def until_next_day(local: datetime) -> timedelta:
    """Return how long the local day still lasts."""
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0) - local
