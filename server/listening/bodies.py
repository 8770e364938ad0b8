"""The body of a request, read whole before anybody is asked: a slow sender holds up itself, not the application."""

import re
from typing import Any

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")
_LONGEST_LINE = 1024
_MOST_TRAILERS = 20
PIECE = 16 * 1024


class BodyUnreadable(ValueError):
    """The pieces do not follow their own lengths, or the sender went away in the middle."""


def read_chunked(stream: Any, most: int) -> bytes | None:
    """Return the body that comes in pieces, None where it is longer than `most`; BodyUnreadable where it is none."""
    body = bytearray()
    while True:
        told = _SIZE_LINE.fullmatch(stream.readline(_LONGEST_LINE))
        if told is None:
            raise BodyUnreadable("size")
        size = int(told[1], 16)
        if size == 0:
            _read_trailers(stream)
            return bytes(body)
        if len(body) + size > most:
            return None
        body += _exactly(stream, size)
        if _exactly(stream, 2) != b"\r\n":
            raise BodyUnreadable("end")


def read_counted(stream: Any, length: int) -> bytes:
    """Return a body of that length; BodyUnreadable where the sender went away before its end."""
    return _exactly(stream, length)


def _exactly(stream: Any, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        piece = stream.read(min(PIECE, size - len(found)))
        if not piece:
            raise BodyUnreadable("cut")
        found += piece
    return bytes(found)


def _read_trailers(stream: Any) -> None:
    for _ in range(_MOST_TRAILERS):
        line = stream.readline(_LONGEST_LINE)
        if line == b"\r\n":
            return
        if not line.endswith(b"\n"):
            break
    raise BodyUnreadable("trailers")
