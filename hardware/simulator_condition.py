"""What state a simulated printer is in: paper, cover, cutter, and how well it minds its manners.

Plain values, read by the simulator's own thread and set by anyone at any time.
"""

from hardware.interface import Cover, Paper

NONSENSE_ANSWER = b"\xff"  # Breaks the fixed bits of every status byte.


class PrinterCondition:
    """A printer in good order until a fault is switched on."""

    def __init__(self) -> None:
        self.behave()

    def behave(self) -> None:
        """End every fault; a simulator that is off stays off."""
        self._paper: Paper = "ok"
        self._cover: Cover = "closed"
        self._cutter_jammed = False
        self._is_silent = False
        self._talks_nonsense = False
        self._slow_seconds = 0.0
        self._cut_after_bytes: int | None = None
        self._paper_ends_after_bytes: int | None = None

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
        return self._paper != "out" and self._cover == "closed" and not self._cutter_jammed

    def _status_byte(self, number: int) -> int:
        """Return the answer to DLE EOT `number`."""
        said = {
            1: ((0x08, not self._is_ready()),),
            2: ((0x04, self._cover == "open"), (0x20, self._paper == "out"), (0x40, self._cutter_jammed)),
            3: ((0x08, self._cutter_jammed),),
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
