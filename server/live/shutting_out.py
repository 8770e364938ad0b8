"""Hangs up on devices that were revoked. Each process hears of it by the event and closes its own sockets."""

import json
from collections.abc import Callable

from server.db.events import StoredEvent
from server.live.rooms import room_of_device

PREFIX = "device:"


class ShuttingOut:
    """Takes every event as it is told. `forget` drops what is remembered of a device, `hang_up` closes a room."""

    def __init__(self, forget: Callable[[int], None], hang_up: Callable[[str], None]) -> None:
        self._forget = forget
        self._hang_up = hang_up
        self._revoked: set[int] = set()

    def take(self, event: StoredEvent) -> None:
        """Hang up if the event says that a device is no longer paired."""
        if event.kind != "device_changed":
            return
        said = json.loads(event.payload)
        if said["state"] == "revoked" and str(said["device"]).startswith(PREFIX):
            device = int(said["device"].removeprefix(PREFIX))
            self._revoked.add(device)  # First: whoever is just being let in is asked about after this.
            self._forget(device)
            self._hang_up(room_of_device(event.office_id, device).name)

    def is_shut_out(self, device: int | None) -> bool:
        """Return whether this device was revoked since this process began; one revoked before is nobody anyway."""
        return device in self._revoked
