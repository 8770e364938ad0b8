"""What state a simulated printer is in: paper, cover, cutter, and how well it minds its manners.

Plain values, read by the simulator's own thread and set by anyone at any time. `FAULTS` at the end is the table of
everything that it can be told to do wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hardware.interface import Cover, Paper

NONSENSE_ANSWER = b"\xff"  # Breaks the fixed bits of every status byte.


class PrinterCondition:
    """A printer in good order until a fault is switched on."""

    def __init__(self) -> None:
        self._has_power = True
        self._be_in_good_order()

    def behave(self) -> None:
        """End every fault, and switch it on."""
        self._has_power = True
        self._be_in_good_order()

    def _be_in_good_order(self) -> None:
        self._paper: Paper = "ok"
        self._cover: Cover = "closed"
        self._cutter_jammed = False
        self._is_hot = False
        self._is_silent = False
        self._is_stalled = False
        self._talks_nonsense = False
        self._slow_seconds = 0.0
        self._cut_after_bytes: int | None = None
        self._paper_ends_after_bytes: int | None = None

    def fail(self, fault: str) -> None:
        """Switch on one of `FAULTS`; raises KeyError for a name that is none. `behave()` ends it."""
        FAULTS[fault].switch_on(self)

    @property
    def faults_on(self) -> tuple[str, ...]:
        """The names of what is wrong with it now."""
        return tuple(name for name, fault in FAULTS.items() if fault.is_on(self))

    def power_off(self) -> None:
        """Refuse connections and forget what was received."""
        self._has_power = False

    def power_on(self) -> None:
        """Accept connections again."""
        self._has_power = True

    def paper_out(self, after_bytes: int | None = None) -> None:
        """End the roll: now, or when so many bytes more have been received."""
        if after_bytes is None:
            self._paper = "out"
        self._paper_ends_after_bytes = after_bytes

    def paper_near_end(self) -> None:
        """Let the roll run low; it still prints."""
        self._paper = "near_end"

    def refill(self) -> None:
        """Put in a new roll; what was kept is printed now."""
        self._paper = "ok"

    def open_cover(self) -> None:
        """Open the cover; nothing prints."""
        self._cover = "open"

    def close_cover(self) -> None:
        """Close the cover; what was kept is printed now."""
        self._cover = "closed"

    def jam_cutter(self) -> None:
        """Stop with a cutter error until `behave()`."""
        self._cutter_jammed = True

    def overheat(self) -> None:
        """Rest until the head has cooled: `cool_down()`."""
        self._is_hot = True

    def cool_down(self) -> None:
        """Go on printing what was kept."""
        self._is_hot = False

    def stall(self) -> None:
        """Accept connections and take not one byte more, until `behave()`."""
        self._is_stalled = True

    def silent(self) -> None:
        """Accept everything and answer nothing, until `behave()`."""
        self._is_silent = True

    def nonsense_status(self) -> None:
        """Answer every question with a byte that means nothing, until `behave()`."""
        self._talks_nonsense = True

    def cut_connection_after(self, n_bytes: int) -> None:
        """Break the connection, once, when so many bytes more have been received."""
        self._cut_after_bytes = n_bytes

    def slow(self, seconds: float) -> None:
        """Take so long over every slip; questions out of order are still answered at once."""
        self._slow_seconds = seconds

    def _is_ready(self) -> bool:
        return self._paper != "out" and self._cover == "closed" and not self._has_error

    @property
    def _has_error(self) -> bool:
        return self._cutter_jammed or self._is_hot

    def _status_byte(self, number: int) -> int:
        """Return the answer to DLE EOT `number`."""
        said = {
            1: ((0x08, not self._is_ready()),),
            2: ((0x04, self._cover == "open"), (0x20, self._paper == "out"), (0x40, self._has_error)),
            3: ((0x08, self._cutter_jammed), (0x40, self._is_hot)),
            4: ((0x0C, self._paper != "ok"), (0x60, self._paper == "out")),
        }
        return sum((bit for bit, holds in said[number] if holds), start=0x12)

    def _paper_byte(self) -> int:
        """Return the answer to GS r 1."""
        return 0x03 if self._paper == "near_end" else 0x00

    def _spoken(self, status: int) -> bytes:
        return NONSENSE_ANSWER if self._talks_nonsense else bytes([status])

    def _before_the_cut(self, received: bytes) -> tuple[bytes, bool]:
        """Return what still gets through, and whether the connection breaks after it."""
        if self._cut_after_bytes is None:
            return received, False
        kept = received[: self._cut_after_bytes]
        self._cut_after_bytes -= len(kept)
        if self._cut_after_bytes > 0:
            return kept, False
        self._cut_after_bytes = None
        return kept, True

    def _around_the_paper_end(self, received: bytes) -> tuple[bytes, bytes | None]:
        """Return what comes before the roll ends and what after; None where it does not end yet."""
        if self._paper_ends_after_bytes is None:
            return received, None
        if len(received) < self._paper_ends_after_bytes:
            self._paper_ends_after_bytes -= len(received)
            return received, None
        end, self._paper_ends_after_bytes = self._paper_ends_after_bytes, None
        return received[:end], received[end:]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something a simulated printer can be told to do wrong."""

    switch_on: Callable[[PrinterCondition], None]
    is_on: Callable[[PrinterCondition], bool]


INSIDE_A_SLIP_BYTES = 1_000  # After the questions, before the cut of even a small slip with a picture.
SLOW_SECONDS = 2.0  # Slow, and yet within every limit.

FAULTS = {
    "paper_out": Fault(lambda it: it.paper_out(), lambda it: it._paper == "out"),
    "paper_out_inside_a_slip": Fault(
        lambda it: it.paper_out(INSIDE_A_SLIP_BYTES), lambda it: it._paper_ends_after_bytes is not None
    ),
    "paper_near_end": Fault(lambda it: it.paper_near_end(), lambda it: it._paper == "near_end"),
    "cover_open": Fault(lambda it: it.open_cover(), lambda it: it._cover == "open"),
    "cutter_jammed": Fault(lambda it: it.jam_cutter(), lambda it: it._cutter_jammed),
    "overheated": Fault(lambda it: it.overheat(), lambda it: it._is_hot),
    "stalled": Fault(lambda it: it.stall(), lambda it: it._is_stalled),
    "silent": Fault(lambda it: it.silent(), lambda it: it._is_silent),
    "connection_cut": Fault(
        lambda it: it.cut_connection_after(INSIDE_A_SLIP_BYTES), lambda it: it._cut_after_bytes is not None
    ),
    "nonsense": Fault(lambda it: it.nonsense_status(), lambda it: it._talks_nonsense),
    "slow": Fault(lambda it: it.slow(SLOW_SECONDS), lambda it: it._slow_seconds > 0),
    "power_off": Fault(lambda it: it.power_off(), lambda it: not it._has_power),
}
"""Every fault by its name, for a test of each and a button for each; `behave()` ends them all."""
