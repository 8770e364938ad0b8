"""Answers as plain values, the very ones that the API would send, so that a page and its script see the same."""

from typing import Any

import msgspec


def plain(shape: msgspec.Struct) -> Any:
    """Return the answer as dicts, lists and texts; times are ISO 8601 with their offset."""
    return msgspec.to_builtins(shape)
