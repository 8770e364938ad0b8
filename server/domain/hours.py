"""When a ticket may be given: opening hours, lunch, holidays, the last issue before closing, quotas and ranges."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from server.domain.errors import NumbersExhausted, OfficeClosed, QuotaFull, ServiceClosed
from server.domain.office import Office, Opening, Queue, Service

DEMO_MAY_LIE_FOR = timedelta(days=14)  # Open at all hours, and nobody is there: a demonstration lies unused for days.
LOOKS_AHEAD_DAYS = 366  # An office that has no opening in a year is closed for good.


def refuse_if_closed(office: Office, now: datetime) -> None:
    """Raise OfficeClosed outside the hours and in a break, ServiceClosed after the last issue; `now` is aware.

    Both tell `next_opens`, in ISO 8601 and the office's zone, None if there is none within a year.
    """
    if office.always_open:
        return
    local = now.astimezone(office.zone)
    opening = opening_on(office, local)
    opening = opening_on(office, local.date())
    if opening is None:
        raise OfficeClosed(opens=None, next_opens=_told(office, now))
    if not opening.opens <= local.time() < opening.closes:
        raise OfficeClosed(
            opens=f"{opening.opens:%H:%M}", closes=f"{opening.closes:%H:%M}", next_opens=_told(office, now)
        )
    for pause in opening.breaks:
        if pause.starts <= local.time() < pause.ends:
            raise OfficeClosed(
                opens=f"{pause.ends:%H:%M}", closes=f"{pause.starts:%H:%M}", next_opens=_told(office, now)
            )
    last = last_issue(office, opening, local.date())
    if local.replace(tzinfo=None) >= last:
        raise ServiceClosed(last=f"{last:%H:%M}", next_opens=_told(office, now))


def next_opening(office: Office, now: datetime) -> datetime | None:
    """Return the first moment after `now` at which the giving of tickets begins or, after a break, begins again.

    In the office's zone; None for an office that never closes, and where nothing opens within a year.
    """
    if office.always_open:
        return None
    today = now.astimezone(office.zone).date()
    for ahead in range(LOOKS_AHEAD_DAYS + 1):
        for begins in _beginnings(office, today + timedelta(days=ahead)):
            if begins.astimezone(UTC) > now:
                return begins
    return None


def next_hours(office: Office, now: datetime) -> datetime | None:
    """Return when the counters' hours begin, or begin again after a break, in the office's zone.

    None within the hours, for an office that never closes, and where nothing opens within a year.
    """
    return None if _is_within_hours(office, now) else next_opening(office, now)


def explain_silence(office: Office, since: datetime, until: datetime) -> bool:
    """Return whether the hours explain that nothing happened between: no day on which the office works was left out.

    A night, a weekend and a row of holidays are; a whole working day is not, be it that the server was off or that its
    clock is wrong.
    """
    if office.demo:
        return until - since <= DEMO_MAY_LIE_FOR
    first, last = (each.astimezone(office.zone).date() for each in (since, until))
    between = min((last - first).days - 1, LOOKS_AHEAD_DAYS)
    days = (first + timedelta(days=1 + each) for each in range(between))
    return not any(office.always_open or opening_on(office, day) is not None for day in days)


def closes_on_the_day_of(office: Office, now: datetime) -> datetime | None:
    """Return when the office closes on the day of `now`; None for one that never does, and on a day without hours."""
    day = now.astimezone(office.zone).date()
    opening = None if office.always_open else opening_on(office, day)
    return None if opening is None else datetime.combine(day, opening.closes, office.zone)


def _is_within_hours(office: Office, now: datetime) -> bool:
    if office.always_open:
        return True
    local = now.astimezone(office.zone)
    opening = opening_on(office, local.date())
    if opening is None or not opening.opens <= local.time() < opening.closes:
        return False
    return not any(pause.starts <= local.time() < pause.ends for pause in opening.breaks)


def opening_on(office: Office, day: date) -> Opening | None:
    """Return the hours of that day, or None on a holiday or a day without any."""
    if office.holiday_on(day) is not None:
        return None
    return next((each for each in office.openings if day.weekday() in each.weekdays), None)


def last_issue(office: Office, opening: Opening, day: date) -> datetime:
    """Return from when on no ticket is given that day, as the office's own clock shows it (without a zone)."""
    return datetime.combine(day, opening.closes) - office.last_issue_before_close


def _beginnings(office: Office, day: date) -> Iterator[datetime]:
    """The moments of that day at which the giving of tickets begins, in their order."""
    opening = opening_on(office, day)
    if opening is None:
        return
    last = last_issue(office, opening, day)
    for begins in sorted({opening.opens, *(pause.ends for pause in opening.breaks)}):
        in_a_break = any(pause.starts <= begins < pause.ends for pause in opening.breaks)
        if not in_a_break and datetime.combine(day, begins) < last:
            yield datetime.combine(day, begins, office.zone)


def _told(office: Office, now: datetime) -> str | None:
    opens = next_opening(office, now)
    return None if opens is None else opens.isoformat()


def refuse_if_full(service: Service, issued_today: int) -> None:
    """Raise QuotaFull when the service's tickets of the day are all given out."""
    if service.quota_per_day is not None and issued_today >= service.quota_per_day:
        raise QuotaFull(service=service.id, quota=service.quota_per_day)


def refuse_if_exhausted(queue: Queue, number: int) -> None:
    """Raise NumbersExhausted when that number, the next of the queue's day, is beyond its range."""
    if not queue.has_number(number):
        raise NumbersExhausted(queue=queue.id, last=queue.last)
