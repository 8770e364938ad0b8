"""The day's time as the actors live it: it follows the server's clock, `speed` times faster than ours."""

import threading
import time
from datetime import datetime, timedelta

STANDING_STILL_SECONDS = 0.05


class DayStopped(Exception):
    """The day was ended before its time; whoever slept goes home at once."""


class SimulatedTime:
    """Reads like a clock, and sleeps in simulated time. `stop` ends every sleep with DayStopped.

    It stands still while there is no server: a server that takes five seconds to come back would else cost the
    day five minutes, at sixty times real speed.
    """

    def __init__(self, start: datetime, speed: float, stop: threading.Event) -> None:
        self.speed = speed
        self._stop = stop
        # Replaced as one, so that no reader pairs a new moment with an old beginning. None: it stands still.
        self._anchor: tuple[datetime, float | None] = (start, None)

    def follow(self, server_time: datetime) -> None:
        """Take the server's time as now, and run on from there."""
        self._anchor = (server_time.astimezone(self._anchor[0].tzinfo), time.monotonic())

    def stand_still(self) -> None:
        """Stop at the present moment, until the next `follow`."""
        self._anchor = (self.now(), None)

    def now(self) -> datetime:
        """Return the simulated time, in the office's zone."""
        moment, since = self._anchor
        return moment if since is None else moment + timedelta(seconds=(time.monotonic() - since) * self.speed)

    def real_seconds(self, simulated: timedelta) -> float:
        """Return how long `simulated` takes on our own clock."""
        return simulated.total_seconds() / self.speed

    def sleep(self, simulated: timedelta) -> None:
        """Wait this long in simulated time."""
        self.sleep_until(self.now() + simulated)

    def sleep_until(self, moment: datetime) -> None:
        """Wait until the moment, even if a restart sets the simulated time back meanwhile."""
        while (left := moment - self.now()) > timedelta(0):
            wait = STANDING_STILL_SECONDS if self._anchor[1] is None else self.real_seconds(left)
            if self._stop.wait(wait):
                raise DayStopped
