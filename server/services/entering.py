"""Who comes in: tokens, sessions, log-ins, one-time links."""

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from server.db.digests import digest
from server.db.login_attempts import LoginAttempts, Place
from server.db.people import Credentials, Identity, People
from server.db.sessions import Sessions, has_logged_in_at
from server.db.work import Actor, ClockUnconfirmed, Database
from server.domain.errors import EntryCodeInvalid, TooManyAttempts, Unauthorized, WrongPassword
from server.domain.events import LoginSlowed, SessionOpened
from server.services import sessions
from server.services.password_hashing import NOBODY, RunBlocking, Turns, fits, newer

log = logging.getLogger("saduak.entering")

ENTRY_CODE_LASTS = timedelta(hours=24)
REMEMBERED_SECONDS = 1.0  # A revoked token works this much longer; asking the database each time costs a tenth more.
TOLD_AGAIN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a log-in comes from: its address, what its program calls itself, and the id that the browser keeps from its
    first log-in on, None before."""

    address: str = ""
    program: str = ""
    id: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody came in: what their browser has to keep, the session's token and its own id."""

    identity: Identity
    token: str
    browser: str


class Gate:
    """Tells whose token or session this is, and remembers it for a moment."""

    def __init__(self, db: Database, run_blocking: RunBlocking) -> None:
        self._db = db
        self._run_blocking = run_blocking
        self._turns = Turns()
        self._seen: dict[str, tuple[float, Identity]] = {}

    def of_token(self, token: str) -> Identity:
        """Return whose token this is, or raise Unauthorized."""
        return self._remembered(f"token:{token}", lambda people: people.of_token(token, self._db.clock()))

    def of_session(self, token: str) -> Identity:
        """Return whose session this is, or raise Unauthorized if it has ended."""
        return self._remembered(f"session:{token}", lambda people: people.of_session(token, self._db.wall()))

    def of_device(self, device: int) -> Identity:
        """Return the device of a session, or raise Unauthorized if it was revoked."""
        return self._remembered(f"device:{device}", lambda people: people.device(device))

    def forget(self, name: str) -> None:
        """Look anew who this is before it is let in again, by one of its names: it was shut out."""
        for key in [key for key, (_, known) in list(self._seen.items()) if name in known.names]:
            self._seen.pop(key, None)

    def login(self, user: str, password: str, browser: Browser) -> LoggedIn:
        """Let this person in, for a working day.

        Raises WrongPassword; TooManyAttempts where wrong ones came too often from there; LoginBusy where too many
        strangers log in at this moment. One password is tried at a time, and each is counted before it is known to be
        wrong, so that guesses made at once count too.
        """
        found, places = self._where(user, browser)
        known = places[0].kind == "browser"
        with self._db.engine.connect() as connection:
            _refuse_impatience(LoginAttempts(connection, self._db.wall()).wait_seconds(places))
        with self._turns.turn(known=known):
            with self._db.writing() as connection:
                wait = LoginAttempts(connection, self._db.wall()).take(places)
            _refuse_impatience(wait)
            stored = found.password_hash if found else NOBODY
            is_right, better = self._run_blocking(lambda: _tried(stored, password))
        if found is None or not is_right:
            self._tell(found, places)
            raise WrongPassword()
        return self._opened(found.identity, browser, places, better)

    def log_out(self, somebody: Identity) -> None:
        """End the session by which this person came."""
        sessions.log_out(self._db, somebody)
        self.forget(f"session:{somebody.session}")

    def end_session(self, asker: Identity, session: int) -> None:
        """End somebody's session as an administrator. Raises UnknownSession."""
        sessions.end_by_administrator(self._db, asker, session)
        self.forget(f"session:{session}")

    def make_entry_code(self, office_id: int, devices: list[int]) -> str:
        """Return a one-time code that makes a browser these devices; it lasts a day."""
        code = secrets.token_urlsafe(16)
        with self._db.writing() as connection:
            People(connection).add_entry_code(
                code, office_id=office_id, devices=devices, expires_at=self._db.clock() + ENTRY_CODE_LASTS
            )
        return code

    def look_at_entry_code(self, code: str) -> list[Identity]:
        """Return the devices of a one-time code that may still be used, and leave it so; or raise EntryCodeInvalid."""
        with self._db.engine.connect() as connection:
            people = People(connection)
            return _paired(people, people.entry_code(code, self._db.clock()))

    def use_entry_code(self, code: str) -> list[Identity]:
        """Use the one-time link up and return its devices, or raise EntryCodeInvalid."""
        with self._db.writing() as connection:
            people = People(connection)
            return _paired(people, people.use_entry_code(code, self._db.clock()))

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

    def _where(self, user: str, browser: Browser) -> tuple[Credentials | None, list[Place]]:
        """Return what the log-in is checked against, and the places by which its tries are counted."""
        with self._db.engine.connect() as connection:
            found = People(connection).login(user)
            account = found.identity.account if found else None
            if account and browser.id and has_logged_in_at(connection, account, digest(browser.id)):
                return found, [Place("browser", f"{account} {digest(browser.id)}", browser.address, account)]
        pair = Place("pair", f"{user} {browser.address}", browser.address, account)
        return found, [pair, Place("address", browser.address, browser.address)]

    def _tell(self, found: Credentials | None, places: list[Place]) -> None:
        """Tell, once in a while, that tries from there have to wait from now on."""
        with self._db.writing() as connection:
            if not LoginAttempts(connection, self._db.wall()).to_tell(places, TOLD_AGAIN_AFTER):
                return
        account = found.identity.account if found else None
        log.warning("login_slowed account=%s address=%s", account or "unknown", places[0].address)
        if found is not None and account is not None:
            with suppress(ClockUnconfirmed), self._db.work(found.identity.office_id) as work:
                work.record(LoginSlowed(account=account))

    def _opened(self, identity: Identity, browser: Browser, places: list[Place], better: str | None) -> LoggedIn:
        token, kept = secrets.token_urlsafe(32), browser.id or secrets.token_urlsafe(32)
        assert identity.account is not None  # because only accounts have a password.
        account, began_at = identity.account, self._db.wall()

        def save(attempts: LoginAttempts, people: People, opened: Sessions) -> int:
            attempts.give_back(places)
            if better is not None:
                people.change_password(identity, better)
            return opened.add(
                digest=digest(token), account=account, browser=digest(kept), address=browser.address,
                program=browser.program, began_at=began_at, expires_at=began_at + sessions.LASTS,
            )  # fmt: skip

        office_id = identity.office_id
        try:
            with self._db.work(office_id, Actor(identity.key)) as work:
                session = save(work.login_attempts(began_at), work.people, work.sessions)
                work.record(SessionOpened(session=session, account=account))
        except ClockUnconfirmed:  # Whoever is to confirm it has to come in first, and no event may be dated so.
            with self._db.writing(office_id) as connection:
                session = save(LoginAttempts(connection, began_at), People(connection), Sessions(connection, office_id))
        return LoggedIn(replace(identity, session=session), token, kept)


def _refuse_impatience(wait_seconds: float) -> None:
    if wait_seconds > 0:
        raise TooManyAttempts(seconds=int(wait_seconds) + 1)


def _tried(stored: str, password: str) -> tuple[bool, str | None]:
    """Whether the password is right, and a hash by today's measure where the stored one is of another."""
    is_right = fits(stored, password)
    return is_right, newer(stored, password) if is_right else None


def _paired(people: People, devices: list[int] | None) -> list[Identity]:
    found = [device for device in map(people.device, devices or []) if device]
    if not found:  # Used, too old, or of devices that were revoked since.
        raise EntryCodeInvalid()
    return found
