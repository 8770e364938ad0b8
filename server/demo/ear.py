"""A screen's ear: one Socket.IO connection to /live that comes back by itself when the server does."""

import threading
from collections.abc import Callable
from typing import Any

import socketio

NAMESPACE = "/live"
Heard = Callable[[str, dict[str, Any]], None]


class Ear:
    """Tells `heard(name, payload)` of every event for this token; `hello` follows each connect: look again."""

    def __init__(self, base_url: str, auth: dict[str, Any], heard: Heard, stop: threading.Event) -> None:
        self._base_url = base_url
        self._auth = auth
        self._heard = heard
        self._stop = stop
        self._client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=1)
        self._client.on("*", self._on_event, namespace=NAMESPACE)

    def open(self) -> None:
        """Connect, trying until the server is there; afterwards the client reconnects on its own."""
        while not self._stop.is_set():
            try:
                self._client.connect(
                    self._base_url,
                    auth=self._auth,
                    namespaces=[NAMESPACE],
                    transports=["websocket"],
                    wait_timeout=10,
                )
            except socketio.exceptions.ConnectionError:
                self._stop.wait(0.2)
            else:
                return

    def close(self) -> None:
        """Hang up."""
        self._client.shutdown()

    def _on_event(self, name: str, payload: dict[str, Any] | None = None) -> None:
        self._heard(name, payload or {})
