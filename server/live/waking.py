"""Redis tells the other server processes that something was committed. Gone, they look by themselves each second."""

import logging
from collections.abc import Callable

import redis

from server.loop import Bell, Loop

log = logging.getLogger("saduak.live")
CHANNEL = "saduak:committed"
AGAIN_SECONDS = 2.0


class Waking:
    """Rings here when another process commits, and there when this one does."""

    def __init__(self, url: str, ring: Callable[[int, int], None], loop: Loop) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        self._ring = ring
        self._loop = loop
        self._untold: dict[int, int] = {}
        self._bell = Bell()
        self._gone = False

    def tell(self, office_id: int, seq: int) -> None:
        """Have the others told. No command waits for Redis: one that is silent would hold each up for seconds."""
        self._untold[office_id] = max(seq, self._untold.get(office_id, 0))
        self._bell.ring()

    def run_telling(self) -> None:
        """Tell the others, for ever; if Redis is gone this is named once, and nothing is lost."""
        while not self._loop.stopping:
            self._bell.wait(AGAIN_SECONDS)
            while self._untold:
                office_id, seq = self._untold.popitem()
                try:
                    self._client.publish(CHANNEL, f"{office_id} {seq}")
                    self._gone = False
                except (redis.RedisError, OSError) as error:
                    self._name(error)

    def run_listening(self) -> None:
        """Hear from the others, for ever."""
        while not self._loop.stopping:
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]  # because redis leaves it untyped.
                    heard.subscribe(CHANNEL)
                    while not self._loop.stopping:
                        message = heard.get_message(timeout=2.0)
                        if message:
                            office_id, seq = message["data"].split()
                            self._ring(int(office_id), int(seq))
            except (redis.RedisError, OSError) as error:
                self._name(error)
                self._loop.sleep(AGAIN_SECONDS)

    def _name(self, error: Exception) -> None:
        if not self._gone:
            log.warning("redis_gone error=%s", error)
        self._gone = True
