"""The cable between a screen and the server: it can be pulled, which closes nothing, and plugged in again."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator


class Cable:
    """Forwards TCP to a port of this machine, as long as it is plugged in."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._plugged = threading.Event()
        self._plugged.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def is_pulled(self) -> None:
        """From now on nothing comes through in either direction, and nobody is told."""
        self._plugged.clear()

    def is_plugged_in(self) -> None:
        """What was sent meanwhile comes through now, as TCP repeats it."""
        self._plugged.set()

    def close(self) -> None:
        self._plugged.set()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # Closed: the test is over.
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        self._plugged.wait()
        with contextlib.suppress(OSError), near, socket.create_connection(("127.0.0.1", self._to)) as far:
            while True:
                for end in select.select([near, far], [], [])[0]:
                    said = end.recv(65536)
                    self._plugged.wait()
                    if not said:
                        return
                    (far if end is near else near).sendall(said)


@contextlib.contextmanager
def cable(port: int) -> Iterator[Cable]:
    """A cable to that port until the block ends."""
    laid = Cable(port)
    try:
        yield laid
    finally:
        laid.close()
