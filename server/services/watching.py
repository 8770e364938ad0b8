"""Looks, every two seconds, for what nobody reports by itself: slips grown too old, agents and devices gone silent."""

import logging
from collections.abc import Callable, Sequence

from server.domain.errors import QueueError
from server.loop import Loop

log = logging.getLogger("saduak.watching")

LOOK_SECONDS = 2.0

Look = Callable[[], None]


class Watching:
    """Several processes may watch: each look finds and changes under the office's lock, so a change is told once."""

    def __init__(self, loop: Loop, looks: Sequence[Look]) -> None:
        self._loop = loop
        self._looks = looks

    def run(self) -> None:
        """Watch, for ever; a database that is busy or gone is tried again."""
        while not self._loop.stopping:
            for look in self._looks:
                try:
                    look()
                except QueueError as refusal:
                    log.warning("watching_waits code=%s", refusal.code)
                except Exception:  # because one look that fails must not end the others.
                    log.exception("watching_failed")
            self._loop.sleep(LOOK_SECONDS)
