"""Sessions of people: rows that end at log-out, after a working day, with the password or the account, or by hand."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from server.db.login_attempts import Slowed
from server.db.people import Identity, People
from server.db.sessions import OpenSession, Sessions
from server.db.work import SYSTEM, Actor, ClockUnconfirmed, Database, UnitOfWork
from server.domain.errors import UnknownSession
from server.domain.events import AccountChanged, LoginEased, SessionEnd, SessionEnded
from server.services import rights

LASTS = timedelta(hours=12)  # A working day with its early and late hours; whoever comes tomorrow logs in tomorrow.
KNOWN_FOR = timedelta(days=90)  # So long a browser is known again at which its person has not logged in.


def sessions_of(db: Database, asker: Identity) -> list[OpenSession]:
    """Return the office's sessions that go on, the newest first."""
    rights.require(asker, "set_up")
    wall = db.wall()
    with db.read(asker.office_id) as work:
        return [each for each in work.sessions.all() if each.expires_at > wall]


def end_by_administrator(db: Database, asker: Identity, session: int) -> None:
    """End somebody's session. Raises UnknownSession for one that has ended or is another office's."""
    rights.require(asker, "set_up")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        known = work.sessions.at(session)
        if known is None:
            raise UnknownSession(session=session)
        _end(work, [known], "administrator", db.wall())


def log_out(db: Database, somebody: Identity) -> None:
    """End the session by which this person came; nothing where it has ended or there is none."""
    if somebody.session is None:
        return
    try:
        with db.work(somebody.office_id, Actor(somebody.key)) as work:
            known = work.sessions.at(somebody.session)
            _end(work, [known] if known else [], "logout", db.wall())
    except ClockUnconfirmed:  # People may go; that is told by no event, which would be dated by that clock.
        with db.writing(somebody.office_id) as connection:
            Sessions(connection, somebody.office_id).end(somebody.session, "logout", db.wall())


def end_expired(db: Database, office_id: int) -> None:
    """End the sessions whose time is over, so that what they listen with is hung up on."""
    wall = db.wall()
    with db.read(office_id) as work:
        if not work.sessions.expired(wall):
            return
    with db.work(office_id) as work:
        _end(work, work.sessions.expired(wall), "expired", wall)
        work.sessions.forget_before(wall - KNOWN_FOR)


def change_password(db: Database, office_id: int, name: str, password_hash: str) -> None:
    """Give the account of that name another password: every session of it ends. LookupError for nobody's name."""
    somebody = _account(db, office_id, name)
    with db.work(office_id, SYSTEM) as work:
        work.people.change_password(somebody, password_hash)
        password_changed(work, somebody, db.wall())


def remove_account(db: Database, office_id: int, name: str) -> None:
    """Remove the account of that name: its sessions and tokens end. LookupError for nobody's name."""
    account = _account(db, office_id, name).account or 0
    with db.work(office_id, SYSTEM) as work:
        work.people.close_account(account)
        work.record(AccountChanged(account=account, change="removed"))
        _end(work, work.sessions.of(account), "removed", db.wall())


def password_changed(work: UnitOfWork, of: Identity, wall: datetime) -> None:
    """End the sessions of whose password was just changed, and tell; `wall` is the machine's own time."""
    account = of.account or 0
    work.record(AccountChanged(account=account, change="password"))
    _end(work, work.sessions.of(account), "password", wall)


def slowed_down(db: Database, asker: Identity) -> list[Slowed]:
    """Return the places from which log-ins of the office's people have to wait."""
    rights.require(asker, "set_up")
    with db.read(asker.office_id) as work:
        return work.login_attempts(db.wall()).slowed(asker.office_id)


def ease(db: Database, asker: Identity, key: str) -> None:
    """Let log-ins from that place, and from the address it is at, go on at once. Nothing where none is slowed down."""
    rights.require(asker, "set_up")
    with db.work(asker.office_id, Actor(asker.key)) as work:
        slowed = work.login_attempts(db.wall()).slowed(asker.office_id)
        known = next((each for each in slowed if each.key == key), None)
        if known is None:
            return
        beside = {each.key for each in slowed if each.kind == "address" and each.address == known.address}
        work.login_attempts(db.wall()).forget({key} | beside)
        work.record(LoginEased(account=known.account))


def _end(work: UnitOfWork, sessions: Iterable[OpenSession], reason: SessionEnd, wall: datetime) -> None:
    for each in sessions:
        work.sessions.end(each.id, reason, wall)
        work.record(SessionEnded(session=each.id, account=each.account, reason=reason))


def _account(db: Database, office_id: int, name: str) -> Identity:
    with db.engine.connect() as connection:
        known = People(connection).login(name)
    if known is None or known.identity.office_id != office_id or known.identity.account is None:
        raise LookupError("nobody of that name")
    return known.identity
