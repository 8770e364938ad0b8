"""The key that signs sessions: random, made once, kept beside the data, readable by its owner only."""

import os
import secrets
from pathlib import Path

FILE = "session.key"


def session_key(data: Path) -> bytes:
    """Return the data folder's key, made on first use."""
    path = data / FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key
