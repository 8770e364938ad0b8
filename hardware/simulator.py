"""A SIMULATED ESC/POS network printer: no paper, no ink, but the manners of a real one, faults included.

It reads the byte stream strictly (`escpos_decoder`), keeps each slip as a picture, answers DLE EOT at once
and GS r in its turn, serves one connection after the other, and while it cannot print it keeps what it
receives and prints it when it can again.

One thread owns everything that moves; the methods only set plain values that it reads, so they may be called
from any thread, native or green. It uses plain `socket`, `threading` and `time`, patched by eventlet or not.
"""

import logging
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from hardware.escpos_decoder import Cut, EscPosDecoder, Item, PaperRoll, StatusAsked, UnknownBytesError
from hardware.escpos_printer import NetworkPrinter, Timeouts
from hardware.interface import AT_THE_CUTTER, SlipEnd
from hardware.simulator_condition import PrinterCondition

log = logging.getLogger(__name__)

SLIPS_KEPT = 200
LOOK_SECONDS = 0.03  # How often it looks whether a fault was switched.


@dataclass(frozen=True, slots=True)
class SimulatedSlip:
    """A slip that came out."""

    at: datetime
    """When it was cut or torn, UTC."""
    image: Image.Image
    is_whole: bool
    """False when the connection or the power ended before the cut: half a slip, torn off by hand."""


@dataclass(frozen=True, slots=True)
class SimulatorState:
    """A small plain picture of a simulated printer, for a page."""

    faults: tuple[str, ...]
    """Names in `FAULTS`; none: it is in good order."""
    slips: int
    """How many have come out since it was started."""
    waiting: int
    """How many commands it keeps until it can print."""
    last_picture: Path | None
    """The file of the newest slip; None without a folder or a slip."""


class _HungUp:
    """Stands in the buffer where a connection ended."""


class PrinterSimulator(PrinterCondition):
    """A printer of `width_dots` at a TCP port (0: any free one); call `start()`, and `stop()` at the end.

    Slips are also saved as PNG files when a `folder` is given; the last 200 are kept there, and `keep` in memory. Their
    numbers begin at 1 and replace what lies there, or with `counts_on` after the highest that lies there. One without a
    cutter gets no command to cut: a slip ends where it is asked for its confirmation.
    """

    def __init__(
        self,
        width_dots: int,
        port: int = 0,
        host: str = "127.0.0.1",
        folder: Path | None = None,
        *,
        counts_on: bool = False,
        keep: int = SLIPS_KEPT,
        has_cutter: bool = True,
    ) -> None:
        super().__init__()
        self.width_dots = width_dots
        self.host = host
        self.port = port
        self.folder = folder
        self.errors: list[str] = []
        """What it could not read; a real printer would have printed rubbish."""
        self._slips: deque[SimulatedSlip] = deque(maxlen=keep)
        self._slip_count = 0
        self._counts_on = counts_on
        self._has_cutter = has_cutter
        self._earlier_slips = 0
        self._last_picture: Path | None = None
        self._buffer: deque[tuple[Item | _HungUp, socket.socket]] = deque()
        self._roll = PaperRoll(width_dots)
        self._busy_until = 0.0
        self._listener: socket.socket | None = None
        self._is_stopping = False
        self._is_running = False
        self._took_power = True

    # What tests and pages see.

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, once started."""
        return self.host, self.port

    @property
    def slips(self) -> list[SimulatedSlip]:
        """The last 200 slips, oldest first."""
        return list(self._slips)

    def state(self) -> SimulatorState:
        """What a page shows of it."""
        return SimulatorState(self.faults_on, self._slip_count, len(self._buffer), self._last_picture)

    def wait_for_slips(self, count: int, timeout: float = 2.0) -> bool:
        """Return whether `count` slips have come out, waiting at most `timeout` seconds for them."""
        return _comes_true(lambda: len(self._slips) >= count, timeout)

    def start(self) -> None:
        """Begin to listen; raises OSError when the port is taken."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._counts_on:
                self._earlier_slips = max(map(_number_of, self.folder.glob("slip-*.png")), default=0)
        self._listen()
        self._is_running = True
        threading.Thread(target=self._run, name="printer-simulator", daemon=True).start()

    def stop(self) -> None:
        """Hang up and stop listening; what is in the buffer is lost. Calling it twice does no harm."""
        self._is_stopping = True
        _comes_true(lambda: not self._is_running)

    def behave(self) -> None:
        """End every fault, and switch it on; returns when it accepts connections again."""
        super().behave()
        self._await_the_switch()

    def power_off(self) -> None:
        """Refuse connections and forget what was received; returns when that is so."""
        super().power_off()
        self._await_the_switch()

    def power_on(self) -> None:
        """Accept connections again, on the same port; returns when that is so."""
        super().power_on()
        self._await_the_switch()

    def _await_the_switch(self) -> None:
        _comes_true(lambda: self._took_power == self._has_power or not self._is_running)

    # The thread that owns the rest.

    def _run(self) -> None:
        try:
            while not self._is_stopping:
                self._follow_the_switch()
                self._print_what_can_be()
                if (connection := self._next_connection()) is not None:
                    self._serve(connection)
        finally:
            self._close_listener()
            self._is_running = False

    def _follow_the_switch(self) -> None:
        if self._has_power and self._listener is None:
            self._listen()
        elif not self._has_power and self._listener is not None:
            self._close_listener()
            self._buffer.clear()
            self._tear_off_half_a_slip()
        self._took_power = self._has_power

    def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, self.port))
        listener.listen(8)
        listener.settimeout(LOOK_SECONDS)
        self.port = listener.getsockname()[1]
        self._listener = listener

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _next_connection(self) -> socket.socket | None:
        if self._listener is None:
            time.sleep(LOOK_SECONDS)
            return None
        try:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # Nobody came (TimeoutError is one), or whoever came is gone.
            return None
        connection.settimeout(LOOK_SECONDS)
        return connection

    def _serve(self, connection: socket.socket) -> None:
        decoder = EscPosDecoder(self.width_dots)
        try:
            while self._has_power and not self._is_stopping and self._receive(connection, decoder):
                self._print_what_can_be()
        except UnknownBytesError as error:
            self.errors.append(str(error))
            log.warning("simulator_cannot_read %s", error)
        finally:
            self._buffer.append((_HungUp(), connection))
            connection.close()

    def _receive(self, connection: socket.socket, decoder: EscPosDecoder) -> bool:
        """Take what comes; returns False when the connection has ended."""
        if self._is_stalled:
            time.sleep(LOOK_SECONDS)
            return True
        try:
            received = connection.recv(4096)
        except TimeoutError:
            return True
        except OSError:
            return False
        kept, is_cut = self._before_the_cut(received)
        before, after = self._around_the_paper_end(kept)
        self._read(connection, decoder, before)
        if after is not None:
            self._print_what_can_be()
            self._paper = "out"
            self._read(connection, decoder, after)
        if is_cut:
            self._print_what_can_be()
            # Linger 0 resets the connection instead of ending it in good order.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return bool(received) and not is_cut

    def _read(self, connection: socket.socket, decoder: EscPosDecoder, received: bytes) -> None:
        for item in decoder.feed(received):
            if isinstance(item, StatusAsked) and item.at_once:
                self._answer(connection, self._status_byte(item.number))
            else:
                self._buffer.append((item, connection))

    def _print_what_can_be(self) -> None:
        while self._buffer and self._is_ready() and time.monotonic() >= self._busy_until:
            item, connection = self._buffer.popleft()
            if isinstance(item, _HungUp):
                self._tear_off_half_a_slip()
            elif isinstance(item, StatusAsked):
                if not self._has_cutter and not self._roll.is_clean:  # Somebody tears it off at its end.
                    self._keep(self._roll.tear_off(), is_whole=True)
                self._answer(connection, self._paper_byte())
            elif (slip := self._roll.take(item)) is not None:
                self._keep(slip, is_whole=True)
            if isinstance(item, Cut):
                self._busy_until = time.monotonic() + self._slow_seconds

    def _tear_off_half_a_slip(self) -> None:
        if not self._roll.is_clean:
            self._keep(self._roll.tear_off(), is_whole=False)

    def _keep(self, image: Image.Image, *, is_whole: bool) -> None:
        self._slip_count += 1
        if self.folder is not None:
            number = self._earlier_slips + self._slip_count
            try:
                image.save(picture := self.folder / f"slip-{number:06}.png")
                self._last_picture = picture
                (self.folder / f"slip-{number - SLIPS_KEPT:06}.png").unlink(missing_ok=True)
            except OSError as error:  # A full disk stops no printer.
                log.warning("simulator_cannot_save folder=%s reason=%s", self.folder, error)
        self._slips.append(SimulatedSlip(datetime.now(UTC), image, is_whole))

    def _answer(self, connection: socket.socket, status: int) -> None:
        if self._is_silent:
            return
        with suppress(OSError):  # Whoever asked may have hung up.
            connection.sendall(self._spoken(status))


class SimulatedPrinter(NetworkPrinter):
    """The driver of a network printer together with a simulator that it starts and, on `close()`, stops."""

    def __init__(
        self,
        width_dots: int,
        timeouts: Timeouts | None = None,
        folder: Path | None = None,
        end: SlipEnd = AT_THE_CUTTER,
    ) -> None:
        has_cutter = end.cut != "none"
        self.simulator = PrinterSimulator(width_dots, folder=folder, has_cutter=has_cutter)
        self.simulator.start()
        super().__init__(*self.simulator.address, width_dots, timeouts, end)
        self.device = "simulator"

    def close(self) -> None:
        """Stop the simulator."""
        self.simulator.stop()


def _number_of(picture: Path) -> int:
    number = picture.stem.removeprefix("slip-")
    return int(number) if number.isdecimal() else 0


def _comes_true(is_so: Callable[[], bool], timeout: float = 1.0) -> bool:
    deadline = time.monotonic() + timeout
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.005)
    return is_so()
