"""The key that signs sessions: random, made once, kept beside the data, readable by its owner only."""

import os
import secrets
from pathlib import Path

FILE = "session.key"
KEY_BYTES = 32


class KeyDamaged(RuntimeError):
    """The file is there and holds no key; without one nobody could log in."""


def session_key(data: Path) -> bytes:
    """Return the data folder's key, made on first use. Raises KeyDamaged for a file that holds none."""
    path = data / FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise KeyDamaged(str(path)) from None
        return key
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())  # Else a power failure leaves an empty one.
    return key
