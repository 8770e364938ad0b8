"""A new device shows a short code; an administrator types it in settings, and the device is let in.

A browser keeps its secret in its session and becomes the device there; a program (an agent, a key pad) gets a token,
once. The tables keep digests only.
"""

import re
import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from server.db.devices import DeviceNow
from server.db.digests import digest
from server.db.pairings import OpenPairing
from server.db.people import Identity
from server.db.work import SYSTEM, Actor, Database, UnitOfWork
from server.domain.errors import (
    CounterNeeded,
    InvalidValue,
    PairingConfirmed,
    PairingExpired,
    PairingMismatch,
    PairingsFull,
    PairingUnknown,
    TooManyCodes,
    UnknownCounter,
)
from server.domain.events import DeviceChanged
from server.services import rights
from server.services.keyboard import as_on_latin_keys
from server.services.pairing_limits import AddressLimits
from server.services.repeating import once

Kind = Literal["kiosk", "display", "rating", "agent", "keypad"]
ProgramKind = Literal["agent", "keypad"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PROGRAMS: tuple[ProgramKind, ...] = get_args(ProgramKind)
AT_A_COUNTER = frozenset({"rating", "keypad"})

# No vowels, so that no code is a word; nothing that looks like another in print (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B).
ALPHABET = "3467CDFHJKMNPQRTVWXY"
CODE_LENGTH = 6
CODE_LASTS = timedelta(minutes=10)
MOST_OPEN = 20
WRONG_CODES = 10
WRONG_CODES_WITHIN_SECONDS = 60.0
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What a new device gets: the code to show, the secret to keep, and when both end (the machine's own time)."""

    code: str
    secret: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an administrator says of the device that shows `code`. An empty name is none."""

    code: str
    kind: str
    counter: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What would be paired: the code as it is shown, and the rest as it will be."""

    code: str
    kind: str
    counter: int | None
    name: str | None


class Pairing:
    """Lets devices in. Wrong codes, and the codes of each address, are counted in this process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._wrong: dict[str, deque[float]] = defaultdict(deque)
        self._addresses = AddressLimits(CODE_LASTS.total_seconds())

    def ask(self, office_id: int, kind: ProgramKind | None = None, *, address: str | None = None) -> Asked:
        """Return a code and a secret for a new device; `kind` None is a browser, `address` where it asks from.

        Raises PairingsFull, without writing, for too many of this office or of this address.
        """
        now = self._db.wall()
        with self._db.read(office_id) as work:  # Strangers may ask: who is refused does not hold up the office.
            _refuse_more(work, now)
        secret = secrets.token_urlsafe(32)
        if refused := self._addresses.take(address, digest(secret)):
            raise PairingsFull(most=refused[0], minutes=refused[1])
        try:
            code = self._new(office_id, digest(secret), kind, now)
        except BaseException:
            self._addresses.end(digest(secret))
            raise
        return Asked(code, secret, now + CODE_LASTS)

    def open(self, office_id: int, secret: str) -> OpenPairing | None:
        """Return how the pairing with this secret stands, None if it has ended or never was."""
        with self._db.read(office_id) as work:
            return work.pairings.of_digest(digest(secret), self._db.wall())

    def claim(self, office_id: int, secret: str) -> DeviceNow | None:
        """Let a browser in as what it was confirmed as, once; None while nobody has. Raises PairingExpired."""
        if not self._is_confirmed(office_id, secret):
            return None
        with self._db.work(office_id) as work:
            device = self._claimed(work, secret)
        self._addresses.end(digest(secret))
        return device

    def claim_token(self, office_id: int, secret: str) -> tuple[str, DeviceNow] | None:
        """Return a program's token and what it was confirmed as, once; None while nobody has. Raises PairingExpired."""
        if not self._is_confirmed(office_id, secret):
            return None
        token = secrets.token_urlsafe(32)
        with self._db.work(office_id) as work:
            device = self._claimed(work, secret)
            work.devices.add_token(device.id, digest(token), work.now)
        self._addresses.end(digest(secret))
        return token, device

    def look(self, asker: Identity, wanted: Wanted) -> Looked:
        """Return what would be paired. Raises what `confirm` raises, and changes nothing."""
        rights.require(asker, "set_up")
        self._refuse_guessing(asker)
        with self._db.read(asker.office_id) as work:
            return self._looked(work, asker.key, wanted)[0]

    def confirm(self, asker: Identity, wanted: Wanted, request_id: str | None = None) -> int:
        """Let the device that shows this code in, and return its id.

        Raises PairingUnknown, PairingConfirmed, PairingMismatch, CounterNeeded, UnknownCounter, InvalidValue, or
        TooManyCodes after ten wrong ones in a minute.
        """
        rights.require(asker, "set_up")
        self._refuse_guessing(asker)
        return self._confirmed(asker.office_id, Actor(asker.key), wanted, request_id)

    def confirm_here(self, office_id: int, wanted: Wanted) -> int:
        """Do so for whoever may give commands on this machine; raises the same."""
        return self._confirmed(office_id, SYSTEM, wanted, None)

    def _new(self, office_id: int, digest: str, kind: ProgramKind | None, now: datetime) -> str:
        """Save a new pairing and return its code."""
        with self._db.work(office_id) as work:
            work.pairings.forget_expired(now)
            _refuse_more(work, now)
            code = _new_code(work)
            work.pairings.add(digest=digest, code=code, kind=kind, expires_at=now + CODE_LASTS)
        return code

    def _confirmed(self, office_id: int, actor: Actor, wanted: Wanted, request_id: str | None) -> int:
        asked = ("pair", wanted.code, wanted.kind, wanted.counter, wanted.name)
        with self._db.work(office_id, actor) as work:
            return once(work, request_id, asked, int, lambda: self._let_in(work, wanted)).value

    def _let_in(self, work: UnitOfWork, wanted: Wanted) -> int:
        looked, pairing = self._looked(work, work.actor.key, wanted)
        device = work.devices.add(kind=looked.kind, counter=looked.counter, name=looked.name, now=work.now)
        # It has its time from now on to come for the answer.
        work.pairings.confirm(pairing.digest, device, self._db.wall() + CODE_LASTS)
        work.record(
            DeviceChanged(device=f"device:{device}", state="paired", device_kind=looked.kind, counter=looked.counter)
        )
        return device

    def _looked(self, work: UnitOfWork, asker: str, wanted: Wanted) -> tuple[Looked, OpenPairing]:
        kind = known_kind(wanted.kind)
        pairing = work.pairings.of_code(plain_code(wanted.code), self._db.wall())
        if pairing is None:
            self._wrong[asker].append(time.monotonic())
            raise PairingUnknown(code=shown_code(plain_code(wanted.code)))
        if pairing.device is not None:
            raise PairingConfirmed(code=shown_code(pairing.code))
        if (pairing.kind or "browser") != (kind if kind in PROGRAMS else "browser"):
            raise PairingMismatch(code=shown_code(pairing.code), device=pairing.kind or "browser", wanted=kind)
        looked = Looked(shown_code(pairing.code), kind, _counter(work, kind, wanted.counter), clean_name(wanted.name))
        return looked, pairing

    def _is_confirmed(self, office_id: int, secret: str) -> bool:
        """Look only: a device asks every two seconds, and mostly nobody has confirmed it yet."""
        pairing = self.open(office_id, secret)
        if pairing is None:
            raise PairingExpired()
        return pairing.device is not None

    def _claimed(self, work: UnitOfWork, secret: str) -> DeviceNow:
        pairing = work.pairings.of_digest(digest(secret), self._db.wall())
        device = work.devices.at(pairing.device) if pairing and pairing.device else None
        if pairing is None or device is None:  # Somebody was quicker, or it was revoked before it came.
            raise PairingExpired()
        work.pairings.forget(pairing.digest)
        return device

    def _refuse_guessing(self, asker: Identity) -> None:
        wrong = self._wrong[asker.key]
        while wrong and time.monotonic() - wrong[0] > WRONG_CODES_WITHIN_SECONDS:
            wrong.popleft()
        if len(wrong) >= WRONG_CODES:
            raise TooManyCodes(most=WRONG_CODES)


def plain_code(written: str) -> str:
    """Return a code as it is kept, however it was typed: in small letters, with a space or a dash, in Thai digits, or
    by a keyboard that was still on Thai."""
    return re.sub(r"[^0-9A-Z]", "", as_on_latin_keys(written).upper())[: 2 * CODE_LENGTH]


def shown_code(code: str) -> str:
    """Return a code in two groups of three, as it stands on glass."""
    return f"{code[:3]}-{code[3:]}" if len(code) == CODE_LENGTH else code


def known_kind(kind: str) -> Kind:
    """Return the kind of device, or raise InvalidValue."""
    for known in KINDS:
        if kind == known:
            return known
    raise InvalidValue(field="kind", value=ascii(kind[:40]))


def clean_name(name: str | None) -> str | None:
    """Return what people are to call a device, None for nothing. Raises InvalidValue for what cannot be kept."""
    name = (name or "").strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidValue(field="name", value=ascii(name[:LONGEST_NAME]))
    return name or None


def _counter(work: UnitOfWork, kind: Kind, counter: int | None) -> int | None:
    """Return where a device of this kind stands, None where it does not matter."""
    if kind not in AT_A_COUNTER:
        return None
    if counter is None:
        raise CounterNeeded(kind=kind)
    if counter not in {each.number for each in work.office.counters}:
        raise UnknownCounter(counter=counter)
    return counter


def _refuse_more(work: UnitOfWork, now: datetime) -> None:
    if work.pairings.count(now) >= MOST_OPEN:
        raise PairingsFull(most=MOST_OPEN, minutes=int(CODE_LASTS.total_seconds() // 60))


def _new_code(work: UnitOfWork) -> str:
    taken = work.pairings.codes()
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if code not in taken:
            return code
