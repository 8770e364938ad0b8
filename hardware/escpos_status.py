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
    """Return what a printer says; `ask` sends a request and returns its answer of one byte, or None."""
    try:
        online, cause, paper = (_answer(ask, number) for number in (_ONLINE, _OFFLINE_CAUSE, _PAPER))
        error = _answer(ask, _ERROR_CAUSE) if cause & 0x40 else 0
    except TimeoutError:
        return PrinterStatus(fault=interface.SILENT)
    except UnreadableStatusError:
        return PrinterStatus(fault=interface.NONSENSE)
    return PrinterStatus(
        online=not online & 0x08,
        paper="out" if paper & 0x60 or cause & 0x20 else "near_end" if paper & 0x0C else "ok",
        cover="open" if cause & 0x04 else "closed",
        error=bool(cause & 0x40),
        cutter_jammed=bool(error & 0x08),
        overheated=bool(error & 0x40),
    )


def _answer(ask: Callable[[bytes], int | None], number: int) -> int:
    answer = ask(b"\x10\x04" + bytes([number]))
    if answer is None:
        raise TimeoutError
    if answer & _AT_ONCE_MASK != _AT_ONCE_BITS:
        raise UnreadableStatusError(f"DLE EOT {number} was answered with {answer:#04x}")
    return answer


def without_pushed_status(received: bytes) -> bytes:
    """Return the answers among `received`, less the status of four bytes that a printer may send unasked."""
    answers, at = bytearray(), 0
    while at < len(received):
        if received[at] & _AT_ONCE_MASK == _PUSHED_BITS:
            at += 4
        else:
            answers.append(received[at])
            at += 1
    return bytes(answers)


def confirms(received: bytes) -> bool | None:
    """Return True if the ordered answer to GS r 1 is there, None if it may still come, False for nonsense.

    Late answers to DLE EOT and status that the printer sent unasked are passed over.
    """
    answers = without_pushed_status(received)
    ordered = [answer for answer in answers if answer & _AT_ONCE_MASK != _AT_ONCE_BITS]
    return ordered[0] & _IN_ORDER_MASK == 0 if ordered else None
