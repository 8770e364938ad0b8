"""Dates, times, durations and counts as a person reads them: Buddhist era in Thai, common era in English."""

from datetime import date, datetime, timedelta

from server.domain.dates import BUDDHIST_YEARS
from server.domain.office import Text

_MONTHS = {
    "th": ("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน",
           "ตุลาคม", "พฤศจิกายน", "ธันวาคม"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip
_UNITS = {"th": ("ชั่วโมง", "นาที", "วินาที"), "en": ("h", "min", "s")}


def day(when: date | str, language: str) -> str:
    """Return `22 พฤศจิกายน 2569` or `22 November 2026`."""
    if isinstance(when, str):
        when = date.fromisoformat(when[:10])
    year = when.year + BUDDHIST_YEARS if language == "th" else when.year
    return f"{when.day} {_MONTHS[language][when.month - 1]} {year}"


def day_first(when: date, language: str) -> str:
    """Return `22/11/2569` or `22/11/2026`, as a person types it."""
    year = when.year + BUDDHIST_YEARS if language == "th" else when.year
    return f"{when.day}/{when.month}/{year}"


def hhmm(when: datetime | str | None) -> str:
    """Return `09:05` in the zone that the time carries; a dash for None."""
    if when is None:
        return "–"
    return when[11:16] if isinstance(when, str) else f"{when:%H:%M}"


def duration(seconds: float | timedelta | None, language: str) -> str:
    """Return `1 ชั่วโมง 5 นาที`, `12 นาที 30 วินาที` or `4 s`; a dash for None."""
    if seconds is None:
        return "–"
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    hour, minute, second = _UNITS[language]
    parts = [(hours, hour), (minutes, minute)] if hours else [(minutes, minute), (left, second)]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or f"0 {second}"


def count(number: int) -> str:
    """Return the number with thousands separated: 1,234."""
    return f"{number:,}"


def tr(text: Text | dict[str, str] | None, language: str) -> str:
    """Return the text in that language, nothing for None."""
    if text is None:
        return ""
    return text.in_language(language) if isinstance(text, Text) else text[language]
