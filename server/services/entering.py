"""Who comes in: tokens, logins, one-time links."""

import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.db.people import Identity, People
from server.db.work import Database
from server.domain.errors import EntryCodeInvalid, TooManyAttempts, Unauthorized, WrongPassword

ENTRY_CODE_LASTS = timedelta(hours=24)
REMEMBERED_SECONDS = 1.0  # A revoked token works this much longer; asking the database each time costs a tenth more.
ATTEMPTS = 10
ATTEMPTS_WITHIN_SECONDS = 300.0

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")  # So that an unknown user costs as long as a known one.


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password. Takes tens of milliseconds: call it off the loop."""
    return _hasher.hash(password)


class Gate:
    """Tells whose token or session this is, and remembers it for a moment."""

    def __init__(self, db: Database, run_blocking: Callable[[Callable[[], bool]], bool]) -> None:
        self._db = db
        self._run_blocking = run_blocking
        self._seen: dict[str, tuple[float, Identity]] = {}
        self._failures: dict[str, deque[float]] = defaultdict(deque)

    def of_token(self, token: str) -> Identity:
        """Return whose token this is, or raise Unauthorized."""
        return self._remembered(f"token:{token}", lambda people: people.of_token(token, self._db.clock()))

    def of_account(self, account: int) -> Identity:
        """Return the account of a session, or raise Unauthorized if it was closed."""
        return self._remembered(f"account:{account}", lambda people: people.account(account))

    def of_device(self, device: int) -> Identity:
        """Return the device of a session, or raise Unauthorized if it was revoked."""
        return self._remembered(f"device:{device}", lambda people: people.device(device))

    def forget_device(self, device: int) -> None:
        """Look anew who this is before it is let in again: it was revoked."""
        for key in [key for key, (_, known) in list(self._seen.items()) if known.device == device]:
            self._seen.pop(key, None)

    def login(self, user: str, password: str) -> Identity:
        """Return the account, or raise WrongPassword, or TooManyAttempts after ten failures in five minutes."""
        failures = self._recent_failures(user)
        if len(failures) >= ATTEMPTS:
            raise TooManyAttempts(minutes=int(ATTEMPTS_WITHIN_SECONDS // 60))
        failures.append(time.monotonic())  # Before it is known to be one: guesses made at once count too.
        with self._db.engine.connect() as connection:
            found = People(connection).login(user)
        stored = found.password_hash if found else _NOBODY
        fits = self._run_blocking(lambda: _fits(stored, password))
        if not fits or found is None:
            raise WrongPassword()
        failures.clear()
        return found.identity

    def make_entry_code(self, office_id: int, devices: list[int]) -> str:
        """Return a one-time code that makes a browser these devices; it lasts a day."""
        code = secrets.token_urlsafe(16)
        with self._db.writing() as connection:
            People(connection).add_entry_code(
                code, office_id=office_id, devices=devices, expires_at=self._db.clock() + ENTRY_CODE_LASTS
            )
        return code

    def use_entry_code(self, code: str) -> list[Identity]:
        """Use the one-time code up and return its devices, or raise EntryCodeInvalid."""
        with self._db.writing() as connection:
            people = People(connection)
            let_in = people.use_entry_code(code, self._db.clock()) or []
            devices = [device for device in map(people.device, let_in) if device]
            if not devices:  # Used, too old, or of devices that were revoked since.
                raise EntryCodeInvalid()
            return devices

    def devices(self, office_id: int) -> list[Identity]:
        """Return the office's paired devices."""
        with self._db.engine.connect() as connection:
            return People(connection).devices(office_id)

    def _remembered(self, key: str, look: Callable[[People], Identity | None]) -> Identity:
        known = self._seen.get(key)
        if known and time.monotonic() - known[0] < REMEMBERED_SECONDS:
            return known[1]
        with self._db.engine.connect() as connection:
            identity = look(People(connection))
        if identity is None:
            self._seen.pop(key, None)
            raise Unauthorized()
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen[key] = (time.monotonic(), identity)
        return identity

    def _recent_failures(self, user: str) -> deque[float]:
        if len(self._failures) > 10_000:
            self._failures.clear()
        failures = self._failures[user]
        while failures and time.monotonic() - failures[0] > ATTEMPTS_WITHIN_SECONDS:
            failures.popleft()
        return failures


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
