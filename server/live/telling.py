"""What each audience may know of an event. A display never gets more than a number and a place."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Said = dict[str, Any]
Telling = Callable[[Said], Said]
Table = Mapping[str, Mapping[str, Telling]]

_IDS = ("ticket", "slot")
_TIMES = ("expires_at", "place_at", "since")
_INTERNAL = ("visit", "leg", "next_leg", "passed_first", "passed_last")


def only(*names: str) -> Telling:
    """Return a telling that keeps these facts and no others."""

    def tell(said: Said) -> Said:
        return {name: said[name] for name in names if name in said}

    return tell


def everything(said: Said) -> Said:
    """Tell all facts of the event; there is no personal data in any."""
    return {
        ("class" if name == "ticket_class" else name): value for name, value in said.items() if name not in _INTERNAL
    }


def on_the_wire(told: Said, zone: ZoneInfo) -> Said:
    """Return the facts as the API writes them: ids as texts, times in the office's zone."""
    return {name: _as_the_api_writes(name, value, zone) for name, value in told.items()}


def _as_the_api_writes(name: str, value: Any, zone: ZoneInfo) -> Any:
    if name in _IDS:
        return str(value)
    is_moment = name in _TIMES and value is not None
    return datetime.fromisoformat(value).astimezone(zone).isoformat() if is_moment else value


def kinds_by_audience(table: Table) -> dict[str, frozenset[str]]:
    """Return which kinds of event each audience hears."""
    audiences = {audience for tellings in table.values() for audience in tellings}
    return {
        audience: frozenset(kind for kind, tellings in table.items() if audience in tellings) for audience in audiences
    }
