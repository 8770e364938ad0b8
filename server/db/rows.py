"""The tables. Rows end in `Row`; every constraint has a name; uniqueness is the table's promise."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from server.db.types import (
    Code,
    Day,
    Identifier,
    Json,
    Moment,
    OfficeKey,
    PerhapsCode,
    PerhapsCodes,
    PerhapsJson,
    PerhapsMoment,
    WideInteger,
)

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# On SQLite a table with a key of several columns is two trees unless told otherwise; each tree costs every commit.
_ONE_TREE = {"sqlite_with_rowid": False}


# A partial index serves a statement that repeats its condition to the letter, so both take it from here.
IN_HAND_CONDITION = "state in ('called','serving')"
HELD_CONDITION = "state = 'held'"
UNPRINTED_CONDITION = "state in ('queued','sending')"
ASKED_CONDITION = "state in ('unknown','failed','dropped')"


class Base(DeclarativeBase):
    """The base of all rows; names constraints by table and columns."""

    metadata = MetaData(naming_convention=_NAMES)


class OfficeRow(Base):
    """An office, its event number, and what has to advance together with it.

    Every command locks this row first (on SQLite the writer lock is it), so numbers and `seq` are exact.
    """

    __tablename__ = "offices"
    id: Mapped[Identifier]
    code: Mapped[Code]
    seq: Mapped[int] = mapped_column(WideInteger, default=0)
    last_hash: Mapped[Code] = mapped_column(default="")
    last_at: Mapped[PerhapsMoment]
    configuration_version: Mapped[int] = mapped_column(default=1)
    closed_before: Mapped[str | None] = mapped_column(String(10))  # Every earlier business day has been closed.
    __table_args__ = (UniqueConstraint("code"),)


class ConfigurationRow(Base):
    """What the office configured, a row a version; never changed, so an old figure keeps its old rule."""

    __tablename__ = "configurations"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    in_force_from: Mapped[Moment]
    document: Mapped[Json]


class AccountRow(Base):
    """A person who logs in. The name lies here only: events know an opaque actor."""

    __tablename__ = "accounts"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    user: Mapped[Code]
    role: Mapped[Code]
    password_hash: Mapped[Json]
    counter: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    may_call_out_of_order: Mapped[bool] = mapped_column(default=True, server_default=true())
    services: Mapped[PerhapsCodes]  # Those this officer gives; null for all.
    created_at: Mapped[Moment]
    __table_args__ = (
        UniqueConstraint("user"),
        CheckConstraint("role in ('administrator','manager','assessor','reception','officer')", name="role"),
    )


class DeviceRow(Base):
    """A paired kiosk, display, rating tablet, key pad or print agent.

    `prints_at` is the agent that prints this kiosk's slips, null for the office's own printer; `journal` names the
    file in which an agent keeps what it has begun, as it was when it last asked.
    """

    __tablename__ = "devices"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    kind: Mapped[Code]
    name: Mapped[PerhapsCode]
    counter: Mapped[int | None]
    prints_at: Mapped[int | None] = mapped_column(ForeignKey("devices.id"), type_=WideInteger)
    journal: Mapped[PerhapsCode]
    created_at: Mapped[Moment]
    revoked_at: Mapped[PerhapsMoment]
    __table_args__ = (CheckConstraint("kind in ('kiosk','display','rating','agent','keypad')", name="kind"),)


class DeviceStateRow(Base):
    """How a device does, by its heartbeats. `seen_at` is the machine's own time, for a silence is as long as it is."""

    __tablename__ = "device_states"
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    office_id: Mapped[OfficeKey]
    state: Mapped[Code]
    since: Mapped[Moment]
    seen_at: Mapped[Moment]
    version: Mapped[PerhapsCode]
    sound: Mapped[bool | None]
    __table_args__ = (_ONE_TREE,)


class PairingRow(Base):
    """A device that asks to be let in: the short code on its glass, and the digest of what only it knows."""

    __tablename__ = "pairings"
    digest: Mapped[Code] = mapped_column(primary_key=True)
    office_id: Mapped[OfficeKey]
    code: Mapped[Code]
    kind: Mapped[PerhapsCode]
    expires_at: Mapped[Moment]
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"), type_=WideInteger)
    __table_args__ = (UniqueConstraint("office_id", "code"),)


class PrinterRow(Base):
    """What a printer last said of itself; `printer` is 0 for the server's own, else the device id of its agent.

    `asked_at` is the machine's own time, `state` is `ok`, a warning, or the code of what must be mended.
    """

    __tablename__ = "printers"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    printer: Mapped[int] = mapped_column(WideInteger, primary_key=True, autoincrement=False)
    state: Mapped[Code]
    since: Mapped[Moment]
    asked_at: Mapped[Moment]
    paper: Mapped[Code]
    cover: Mapped[Code]
    connection: Mapped[str] = mapped_column(String(200))
    width_dots: Mapped[int]
    last_slip_at: Mapped[PerhapsMoment]
    __table_args__ = (_ONE_TREE,)


class TokenRow(Base):
    """A bearer token, stored as its SHA-256 only; belongs to one account or one device."""

    __tablename__ = "tokens"
    digest: Mapped[Code] = mapped_column(primary_key=True)
    office_id: Mapped[OfficeKey]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    created_at: Mapped[Moment]
    expires_at: Mapped[PerhapsMoment]
    revoked_at: Mapped[PerhapsMoment]
    __table_args__ = (CheckConstraint("(account_id is null) <> (device_id is null)", name="one_owner"),)


class SessionRow(Base):
    """A person logged in at a browser. Its digests are of what the browser's cookie holds: of this session alone, and
    of the browser, by which it is known again at the next log-in. Times are the machine's own."""

    __tablename__ = "sessions"
    id: Mapped[Identifier]
    digest: Mapped[Code]
    office_id: Mapped[OfficeKey]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), type_=WideInteger)
    browser: Mapped[Code]
    address: Mapped[Code]
    program: Mapped[Code]
    began_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    ended_at: Mapped[PerhapsMoment]
    reason: Mapped[PerhapsCode]
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("(ended_at is null) = (reason is null)", name="reason"),
        Index("ix_sessions_known", "account_id", "browser"),
        Index("ix_sessions_open", "office_id", "expires_at",
              sqlite_where=text("ended_at is null"), postgresql_where=text("ended_at is null")),
    )  # fmt: skip


class LoginAttemptRow(Base):
    """How many wrong passwords are still counted of one place (`server/domain/patience.py`); `key` is the digest of
    what they are counted by, `account_id` null for a whole address or an unknown name. Times are the machine's own."""

    __tablename__ = "login_attempts"
    key: Mapped[Code] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), type_=WideInteger)
    address: Mapped[Code]
    level: Mapped[float] = mapped_column(Float)
    at: Mapped[Moment]
    told_at: Mapped[PerhapsMoment]
    __table_args__ = (CheckConstraint("kind in ('pair','browser','address')", name="kind"), _ONE_TREE)


class EntryCodeRow(Base):
    """A one-time link by which a browser becomes devices; `devices` is a JSON list of ids."""

    __tablename__ = "entry_codes"
    digest: Mapped[Code] = mapped_column(primary_key=True)
    office_id: Mapped[OfficeKey]
    devices: Mapped[Json]
    expires_at: Mapped[Moment]
    used_at: Mapped[PerhapsMoment]


class VisitRow(Base):
    """One citizen's presence, from first contact to rating. No name, no number of a card."""

    __tablename__ = "visits"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    day: Mapped[Day]
    arrived_at: Mapped[Moment]
    ticket_class: Mapped[Code]
    language: Mapped[Code]
    __table_args__ = (CheckConstraint("ticket_class in ('regular','priority','appointment')", name="ticket_class"),)


class NumberRow(Base):
    """The allocator of a queue's numbers on a business day; `next` is the number to be given next."""

    __tablename__ = "numbers"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    day: Mapped[Day] = mapped_column(primary_key=True)
    queue: Mapped[Code] = mapped_column(primary_key=True)
    next: Mapped[int]
    __table_args__ = (_ONE_TREE,)


class QuotaRow(Base):
    """How many tickets of a service were issued on a business day."""

    __tablename__ = "quotas"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    day: Mapped[Day] = mapped_column(primary_key=True)
    service: Mapped[Code] = mapped_column(primary_key=True)
    issued: Mapped[int]
    __table_args__ = (_ONE_TREE,)


class TicketRow(Base):
    """A number, unique per office, business day and queue.

    The digest is that of the code which opens the citizen's phone page; `earlier_digest` that of a code which stands
    on a slip of before the server could make codes again, or had another key.
    """

    __tablename__ = "tickets"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    day: Mapped[Day]
    queue: Mapped[Code]
    number: Mapped[int]
    label: Mapped[Code]
    code_digest: Mapped[Code]
    earlier_digest: Mapped[PerhapsCode]
    issued_at: Mapped[Moment]
    issued_by: Mapped[Code]
    low_min: Mapped[int | None]  # Null where no wait could be promised: no counter that serves was open.
    high_min: Mapped[int | None]
    ahead: Mapped[int | None]  # What the estimate was made of, to be compared with the wait that came.
    blend_min: Mapped[float | None] = mapped_column(Float)
    steady_min: Mapped[float | None] = mapped_column(Float)
    plain_min: Mapped[float | None] = mapped_column(Float)
    __table_args__ = (
        UniqueConstraint("office_id", "day", "queue", "number"),
        UniqueConstraint("code_digest"),
        Index("uq_tickets_earlier_digest", "earlier_digest", unique=True,
              sqlite_where=text("earlier_digest is not null"), postgresql_where=text("earlier_digest is not null")),
    )  # fmt: skip


class PaceRow(Base):
    """What a queue remembers between calls, of which the estimates are made (`server/domain/estimating.py`)."""

    __tablename__ = "paces"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    queue: Mapped[Code] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger)  # Another one at each change: what is kept in memory asks for it.
    recent: Mapped[Json]
    bands: Mapped[Json]  # Longer, and changed by fewer calls.
    __table_args__ = (_ONE_TREE,)


class LegRow(Base):
    """One wait and service of a visit at one queue."""

    __tablename__ = "legs"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    day: Mapped[Day]
    label: Mapped[Code]
    queue: Mapped[Code]
    service: Mapped[Code]
    ticket_class: Mapped[Code]
    language: Mapped[Code]
    state: Mapped[Code]
    joined_at: Mapped[Moment]
    place_at: Mapped[Moment]
    key_at: Mapped[Moment]
    waits_since: Mapped[PerhapsMoment]  # Null until it comes into the line again: since it joined.
    passed: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0, server_default="0")
    bound: Mapped[int | None]
    counter: Mapped[int | None]
    officer: Mapped[PerhapsCode]
    calls: Mapped[int] = mapped_column(default=0)
    call_id: Mapped[int | None] = mapped_column(WideInteger)
    called_at: Mapped[PerhapsMoment]
    started_at: Mapped[PerhapsMoment]
    held_at: Mapped[PerhapsMoment]
    held_us: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # Microseconds of ended holds.
    finished_at: Mapped[PerhapsMoment]
    last_seq: Mapped[int | None] = mapped_column(WideInteger)
    before: Mapped[PerhapsJson]  # What the last step changed, as it was: for an undo.
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting','called','serving','held','finished','no_show','left','cancelled','closed',"
            "'transferred','undone')",
            name="state",
        ),
        CheckConstraint("counter is not null or "
                        "state in ('waiting','left','cancelled','closed','transferred','undone')",
                        name="called_to_a_counter"),
        Index("ix_legs_waiting", "office_id", "queue", "key_at", "id", "state",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("ix_legs_bound", "office_id", "bound", "key_at", "id",
              sqlite_where=text("state = 'waiting' and bound is not null"),
              postgresql_where=text("state = 'waiting' and bound is not null")),
        Index("ix_legs_held", "office_id", "counter",
              sqlite_where=text(HELD_CONDITION), postgresql_where=text(HELD_CONDITION)),
        # The table's promise that a counter never has two visits in hand.
        Index("uq_legs_in_hand", "office_id", "counter", unique=True,
              sqlite_where=text(IN_HAND_CONDITION), postgresql_where=text(IN_HAND_CONDITION)),
        Index("ix_legs_called", "office_id", "call_id",
              sqlite_where=text("call_id is not null"), postgresql_where=text("call_id is not null")),
        Index("ix_legs_day", "office_id", "day"),
        Index("ix_legs_ticket", "ticket_id"),
    )  # fmt: skip


class CounterRow(Base):
    """The state of a counter that was opened at least once; its number and queues are configuration."""

    __tablename__ = "counters"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[Code]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    opened_at: Mapped[PerhapsMoment]
    since: Mapped[PerhapsMoment]  # When it came into this state.
    pause_reason: Mapped[PerhapsCode]
    services: Mapped[PerhapsCodes]  # Those that the officer here gives; null for all.
    __table_args__ = (
        CheckConstraint("state in ('open','closed','break')", name="state"),
        # The table's promise that an officer is at one counter.
        Index("uq_counters_officer", "account_id", unique=True,
              sqlite_where=text("state <> 'closed'"), postgresql_where=text("state <> 'closed'")),
    )  # fmt: skip


class RatingSlotRow(Base):
    """The chance to rate one visit, and what was tapped."""

    __tablename__ = "rating_slots"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    label: Mapped[Code]
    counter: Mapped[int]
    opened_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    score: Mapped[int | None]
    rated_at: Mapped[PerhapsMoment]
    ended_at: Mapped[PerhapsMoment]
    __table_args__ = (
        UniqueConstraint("visit_id"),
        CheckConstraint("score between 1 and 5", name="score"),
        Index(None, "office_id", "counter", "expires_at"),
    )


class PrintJobRow(Base):
    """A slip to be printed, saved in its ticket's transaction. `sending` means its first byte may be out.

    `printer` is 0 for the server's own, else the device id of an agent; a self-test slip has no ticket.
    """

    __tablename__ = "print_jobs"
    id: Mapped[Identifier]
    office_id: Mapped[OfficeKey]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    printer: Mapped[int] = mapped_column(WideInteger, default=0, server_default="0")
    is_copy: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[Code]
    reason: Mapped[PerhapsCode]
    queued_at: Mapped[Moment]
    ended_at: Mapped[PerhapsMoment]
    __table_args__ = (
        CheckConstraint("state in ('queued','sending','sent','printed','failed','unknown','dropped','none')",
                        name="state"),
        Index("ix_print_jobs_open", "office_id", "id",
              sqlite_where=text(UNPRINTED_CONDITION), postgresql_where=text(UNPRINTED_CONDITION)),
        Index("ix_print_jobs_asked", "office_id", "queued_at",
              sqlite_where=text(ASKED_CONDITION), postgresql_where=text(ASKED_CONDITION)),
        Index("ix_print_jobs_ticket", "ticket_id"),
    )  # fmt: skip


class RequestRow(Base):
    """The answer that a request_id was given, kept to the end of the day so that a retry gets the same."""

    __tablename__ = "requests"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    asker: Mapped[Code] = mapped_column(primary_key=True)
    request_id: Mapped[Code] = mapped_column(primary_key=True)
    day: Mapped[Day]
    fingerprint: Mapped[Code]
    answer: Mapped[Json]
    __table_args__ = (_ONE_TREE,)


class EventRow(Base):
    """What happened, in order. Append-only: no row is ever changed, and each names the hash of the one before."""

    __tablename__ = "events"
    office_id: Mapped[OfficeKey] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(WideInteger, primary_key=True, autoincrement=False)
    kind: Mapped[Code]
    version: Mapped[int]
    payload: Mapped[Json]
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[Moment]
    actor: Mapped[Code]
    device: Mapped[PerhapsCode]
    request_id: Mapped[PerhapsCode]
    rule_version: Mapped[int]
    counter: Mapped[int | None]
    previous_hash: Mapped[Code]
    __table_args__ = (
        Index("ix_events_counter", "office_id", "counter", "seq",
              sqlite_where=text("counter is not null"), postgresql_where=text("counter is not null")),
        _ONE_TREE,
    )  # fmt: skip
