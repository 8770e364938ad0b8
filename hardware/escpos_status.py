"""What a printer's status bytes mean, read by our own hand.

python-escpos calls a silent printer's paper "adequate"; here an answer that is missing, or that no printer
could have given, says nothing, and saying nothing is never "fine".
"""

from collections.abc import Callable

from hardware import interface
from hardware.interface import PrinterStatus

ASK_PAPER_IN_ORDER = b"\x1dr\x01"  # GS r 1: answered only when everything sent before it is done.

_ONLINE, _OFFLINE_CAUSE, _ERROR_CAUSE, _PAPER = 1, 2, 3, 4  # The n of DLE EOT n, which is answered at once.
_AT_ONCE_MASK, _AT_ONCE_BITS = 0b1001_0011, 0b0001_0010  # The same in every answer to DLE EOT.
_PUSHED_BITS = 0b0001_0000  # First of the four bytes that a printer may send unasked (automatic status back).
_IN_ORDER_MASK = 0b1001_0000  # Zero in every answer to GS r.


class UnreadableStatusError(ValueError):
    """An answer that is no status byte."""


def ask_status(ask: Callable[[bytes], int | None]) -> PrinterStatus:
    """Return what a printer says; `ask` sends a request and returns its answer of one byte, or None.

    It must answer for itself and for its paper. Some never say why they are offline or what their error is: the
    cover is unknown then, and an error is an error. After a question without an answer none is asked, for its
    late answer would be taken for the next one's.
    """
    try:
        if (online := _answer(ask, _ONLINE)) is None or (paper := _answer(ask, _PAPER)) is None:
            return PrinterStatus(fault=interface.SILENT)
        cause = _answer(ask, _OFFLINE_CAUSE)
        error = _answer(ask, _ERROR_CAUSE) if cause is not None and cause & 0x40 else 0
    except UnreadableStatusError:
        return PrinterStatus(fault=interface.NONSENSE)
    return PrinterStatus(
        online=not online & 0x08,
        paper="out" if paper & 0x60 or (cause or 0) & 0x20 else "near_end" if paper & 0x0C else "ok",
        cover="unknown" if cause is None else "open" if cause & 0x04 else "closed",
        error=bool((cause or 0) & 0x40),
        cutter_jammed=bool((error or 0) & 0x08),
        # An error that mends itself without a hand on the printer is a head that must cool down.
        overheated=bool((error or 0) & 0x40),
    )


def _answer(ask: Callable[[bytes], int | None], number: int) -> int | None:
    answer = ask(b"\x10\x04" + bytes([number]))
    if answer is not None and not is_at_once(answer):
        raise UnreadableStatusError(f"DLE EOT {number} was answered with {answer:#04x}")
    return answer


def is_at_once(answer: int) -> bool:
    """Whether a byte can be an answer to DLE EOT."""
    return answer & _AT_ONCE_MASK == _AT_ONCE_BITS


def is_pushed(answer: int) -> bool:
    """Whether a byte begins the four that a printer may send unasked (automatic status back)."""
    return answer & _AT_ONCE_MASK == _PUSHED_BITS


def confirms(answer: int) -> bool:
    """Whether a byte can be the ordered answer to GS r 1: what was sent before it is done."""
    return answer & _IN_ORDER_MASK == 0
