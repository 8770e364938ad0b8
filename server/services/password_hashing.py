"""Passwords as Argon2id hashes, one at a time: each takes memory, and strangers may ask for as many as they like."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.domain.errors import LoginBusy

# Twice what OWASP asks at least. More than 32 MiB: the C library gives back at once what is larger than that, and keeps
# a piece of everything smaller in each thread that ever had one.
_hasher = PasswordHasher(time_cost=2, memory_cost=36 * 1024, parallelism=1)
NOBODY = _hasher.hash("nobody has this password")  # So that an unknown user costs as long as a known one.
STRANGERS_WAITING = 4
KNOWN_WAITING = 40  # Every officer of a large office at half past eight.

RunBlocking = Callable[[Callable[[], Any]], Any]


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password. Takes tens of milliseconds: call it off the loop."""
    return _hasher.hash(password)


def fits(stored: str, password: str) -> bool:
    """Return whether that is the password of the stored hash. Takes as long."""
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def newer(stored: str, password: str) -> str | None:
    """Return a hash by today's measure where the stored one was made by another, else None. Takes as long."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(stored) else None


class Turns:
    """Lets one log-in at a time try its password; browsers that are known never wait behind a crowd of strangers."""

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._waiting = {True: 0, False: 0}

    @contextmanager
    def turn(self, *, known: bool) -> Iterator[None]:
        """Wait for the turn, and have it for the block. Raises LoginBusy where too many wait already."""
        if self._waiting[known] >= (KNOWN_WAITING if known else STRANGERS_WAITING):
            raise LoginBusy()
        self._waiting[known] += 1
        try:
            with self._one:
                yield
        finally:
            self._waiting[known] -= 1
