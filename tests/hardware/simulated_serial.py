"""A SIMULATED serial cable: a pseudo-terminal at one end, the simulated network printer at the other."""

import os
import select
import socket
import threading
import time
import tty
from contextlib import suppress
from typing import Any

from hardware.simulator import PrinterSimulator

LOOK_SECONDS = 0.02


class SerialCable:
    """Bridges a pseudo-terminal to a simulator; `port` is the device to open. A printer that is off is silent."""

    def __init__(self, simulator: PrinterSimulator) -> None:
        self._simulator = simulator
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self.is_held = False
        """While True the printer holds its line: not one byte more is taken."""
        self.dtr = True
        """The printer's own line, which it drops for a moment whenever its small buffer is full."""
        self.buffer_bytes: int | None = None
        self.most_while_down = 0
        self.sent = 0
        """Counted by whoever sends, for a pseudo-terminal does not."""
        self._taken = 0
        self._since_up = 0
        self._is_stopping = False
        self._brain: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Pull the cable out."""
        self._is_stopping = True
        self._thread.join()
        self._hang_up()
        for end in (self._ours, self._theirs):
            with suppress(OSError):
                os.close(end)

    @property
    def under_way(self) -> int:
        """How many bytes were sent, by `sent`, and not taken yet."""
        return self.sent - self._taken

    def _run(self) -> None:
        while not self._is_stopping:
            if self.is_held:
                time.sleep(LOOK_SECONDS)
                continue
            ends: list[Any] = [self._ours] if self._brain is None else [self._ours, self._brain]
            ready, _, _ = select.select(ends, [], [], LOOK_SECONDS)
            if self._ours in ready:
                self._to_the_brain(os.read(self._ours, 4096))
            if self._brain is not None and self._brain in ready:
                self._from_the_brain(self._brain)

    def _to_the_brain(self, message: bytes) -> None:
        self._to_the_brain_now(message)
        self._took(len(message))

    def _to_the_brain_now(self, message: bytes) -> None:
        self._taken += len(message)
        with suppress(OSError):  # A printer that is off hears nothing.
            if self._brain is None:
                self._brain = socket.create_connection(self._simulator.address, timeout=0.2)
            self._brain.sendall(message)

    def _took(self, n_bytes: int) -> None:
        """Drop the line when the buffer is full, print for a while, and raise it again."""
        self._since_up += n_bytes
        if self.buffer_bytes is None or self._since_up < self.buffer_bytes:
            return
        self.dtr = False
        time.sleep(LOOK_SECONDS)
        while select.select([self._ours], [], [], LOOK_SECONDS)[0]:
            late = os.read(self._ours, 4096)
            self.most_while_down = max(self.most_while_down, len(late))
            self._to_the_brain_now(late)
        self._since_up, self.dtr = 0, True

    def _from_the_brain(self, brain: socket.socket) -> None:
        try:
            heard = brain.recv(64)
        except OSError:
            heard = b""
        if heard:
            os.write(self._ours, heard)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._brain is not None:
            self._brain.close()
            self._brain = None
