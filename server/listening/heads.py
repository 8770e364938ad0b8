"""The head of a request, read strictly: where two readers could disagree about where it ends, it is not answered."""

import re
from collections.abc import Sequence

_FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r?\n")
_LENGTH = re.compile(rb"[0-9]{1,12}")
_ONLY_ONCE = (b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization")


def doubt_of(lines: Sequence[bytes], *, version: str) -> str | None:
    """Return why this head cannot be trusted, None where it can. `lines` are its fields as they came, each with its
    end; `version` is what the request line says, such as HTTP/1.1."""
    if not all(_FIELD.fullmatch(line) for line in lines):
        return "malformed_field"  # A space before the colon, a folded line, a control character.
    pairs = [line.split(b":", 1) for line in lines]
    names = [name.lower() for name, _ in pairs]
    values = {name.lower(): value.strip() for name, value in pairs}
    for name in _ONLY_ONCE:
        if names.count(name) > 1:
            return f"{name.decode()}_twice"
    if version != "HTTP/1.0" and b"host" not in values:
        return "host_missing"
    return _doubt_of_length(values, version)


def _doubt_of_length(values: dict[bytes, bytes], version: str) -> str | None:
    length, coding = values.get(b"content-length"), values.get(b"transfer-encoding")
    if length is not None and not _LENGTH.fullmatch(length):
        return "length_unreadable"
    if coding is None:
        return None
    if length is not None or version == "HTTP/1.0":
        return "two_lengths"
    return None if coding.lower() == b"chunked" else "coding_unknown"
