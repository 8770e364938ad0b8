"""Hangs up on who was shut out. Each process hears of it by the event and closes its own sockets."""

import json
from collections.abc import Callable, Iterable

from server.db.events import StoredEvent
from server.live.rooms import room_of_one


class ShuttingOut:
    """Takes every event as it is told. `forget` drops what is remembered of a name, `hang_up` closes a room."""

    def __init__(self, forget: Callable[[str], None], hang_up: Callable[[str], None]) -> None:
        self._forget = forget
        self._hang_up = hang_up
        self._shut_out: set[str] = set()

    def take(self, event: StoredEvent) -> None:
        """Hang up if the event says that a device is no longer paired, a session has ended, an account is removed."""
        name = _shut_out_by(event)
        if name is not None:
            self._shut_out.add(name)  # First: whoever is just being let in is asked about after this.
            self._forget(name)
            self._hang_up(room_of_one(event.office_id, name).name)

    def is_shut_out(self, names: Iterable[str]) -> bool:
        """Return whether one of these was shut out since this process began; one shut out before is nobody anyway."""
        return not self._shut_out.isdisjoint(names)


def _shut_out_by(event: StoredEvent) -> str | None:
    """The name of whom this event shuts out, None for nobody."""
    if event.kind not in ("device_changed", "session_ended", "account_changed"):
        return None
    said = json.loads(event.payload)
    if event.kind == "session_ended":
        return f"session:{said['session']}"
    if event.kind == "account_changed":
        return f"account:{said['account']}" if said["change"] == "removed" else None
    device = str(said["device"])
    return device if said["state"] == "revoked" and device.startswith("device:") else None
