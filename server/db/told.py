"""What of the tables is told by events, column by column: `saduak verify` compares all of that.

A column that is missing here fails in `tests/contracts/test_told_columns.py`. `By(…)` names the events that tell it:
then `server/services/retelling.py` says from those events what has to stand there, and a test
(`tests/db/test_every_column_is_verified.py`) changes it and sees verify name it. `NoAccount("…")` says why none does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.db import rows
from server.domain import events
from server.domain.events import Event


@dataclass(frozen=True, slots=True)
class By:
    """Told by these events. `unless_empty` where rows of an earlier version of Saduak have nothing there."""

    events: tuple[type[Event], ...]
    unless_empty: bool = False


@dataclass(frozen=True, slots=True)
class NoAccount:
    """Told by no event; `because` says why that harms no figure and no citizen."""

    because: str


Column = By | NoAccount

_EVERY = By((Event,))
_ARRIVAL = By((events.TicketIssued, events.WalkUpStarted))
_ISSUED = By((events.TicketIssued,))
_PATH = By((
    events.TicketIssued, events.TicketCalled, events.WalkUpStarted, events.TicketRecalled, events.ServiceStarted,
    events.TicketHeld, events.TicketResumed, events.ServiceAdded, events.ServiceFinished, events.TicketNoShow,
    events.TicketReturned, events.TicketTransferred, events.TicketCancelled, events.TicketClosed, events.StepUndone,
))  # fmt: skip
_SINCE_UNDO = By(_PATH.events, unless_empty=True)
_COUNTER = By((events.CounterOpened, events.CounterPaused, events.CounterClosed))
_COUNTER_SINCE_BREAKS = By(_COUNTER.events, unless_empty=True)
_CONFIGURED = By((events.ConfigurationChanged,))
_DEVICE = By((events.DeviceChanged,))
_SLOT = By((events.RatingOpened, events.RatingWithdrawn))
_TAP = By((events.RatingGiven,))
_SLIP = By((events.SlipPrinted, events.SlipFailed, events.SlipAskedAgain, events.SelfTestEnded))

_PERSON = NoAccount("events know a person by an opaque key only; name, rights and password lie beside them")
_SECRET = NoAccount("a secret, or its digest, or when it ends: no event may tell one, and no figure is made of it")
_SESSION = NoAccount("who is logged in now; each log-in and its end is told by an event, and no figure is made of it")
_ATTEMPT = NoAccount("how many wrong passwords are still counted, forgotten within the hour; a slowing is told")
_ESTIMATE = NoAccount("what the printed range was made of, kept to judge it; the range itself is told")
_PACE = NoAccount("the memory of the estimates; it changes no visit, and each range made of it is told")
_HEARTBEAT = NoAccount("said anew every few seconds by the device itself; only its changes of state are told")
_RETRY = NoAccount("the answer to a retry, thrown away with the day")
_PRINTER = NoAccount("what a printer says of itself, asked anew every few seconds and forgotten when it goes")

TOLD: Mapping[type[rows.Base], Mapping[str, Column]] = {
    rows.OfficeRow: {
        "id": _EVERY,
        "code": _CONFIGURED,
        "seq": _EVERY,
        "last_hash": _EVERY,
        "last_at": _EVERY,
        "configuration_version": _CONFIGURED,
        "closed_before": NoAccount("how far the close of the days has come; each ticket that it closed is told"),
    },
    rows.ConfigurationRow: {
        "office_id": _CONFIGURED,
        "version": _CONFIGURED,
        "in_force_from": _CONFIGURED,
        "document": _CONFIGURED,
    },
    rows.AccountRow: dict.fromkeys(
        ("id", "office_id", "user", "role", "password_hash", "counter", "active", "may_call_out_of_order", "services",
         "created_at"), _PERSON),
    rows.DeviceRow: {
        "id": _DEVICE,
        "office_id": _DEVICE,
        "kind": _DEVICE,
        "name": NoAccount("what people call it; events know it by its id"),
        "counter": _DEVICE,
        "prints_at": NoAccount("where its slips are printed from now on; no figure is made of it"),
        "journal": NoAccount("an agent's own bookmark"),
        "created_at": _DEVICE,
        "revoked_at": _DEVICE,
    },
    rows.DeviceStateRow: {
        "device_id": _DEVICE,
        "office_id": _DEVICE,
        "state": _DEVICE,
        "since": _DEVICE,
        **dict.fromkeys(("seen_at", "version", "sound"), _HEARTBEAT),
    },
    rows.PairingRow: dict.fromkeys(("digest", "office_id", "code", "kind", "expires_at", "device_id"), _SECRET),
    rows.PrinterRow: dict.fromkeys(
        ("office_id", "printer", "state", "since", "asked_at", "paper", "cover", "connection", "width_dots",
         "last_slip_at"), _PRINTER),
    rows.TokenRow: dict.fromkeys(
        ("digest", "office_id", "account_id", "device_id", "created_at", "expires_at", "revoked_at"), _SECRET),
    rows.SessionRow: dict.fromkeys(
        ("id", "digest", "office_id", "account_id", "browser", "address", "program", "began_at", "expires_at",
         "ended_at", "reason"), _SESSION),
    rows.LoginAttemptRow: dict.fromkeys(("key", "kind", "account_id", "address", "level", "at", "told_at"), _ATTEMPT),
    rows.EntryCodeRow: dict.fromkeys(("digest", "office_id", "devices", "expires_at", "used_at"), _SECRET),
    rows.VisitRow: dict.fromkeys(("id", "office_id", "day", "arrived_at", "ticket_class", "language"), _ARRIVAL),
    rows.NumberRow: dict.fromkeys(("office_id", "day", "queue", "next"), _ARRIVAL),
    rows.QuotaRow: dict.fromkeys(("office_id", "day", "service", "issued"), _ARRIVAL),
    rows.TicketRow: {
        **dict.fromkeys(("id", "office_id", "visit_id", "day", "queue", "number", "label", "issued_at", "issued_by"),
                        _ARRIVAL),
        "code_digest": _SECRET,
        "earlier_digest": _SECRET,
        "low_min": _ISSUED,
        "high_min": _ISSUED,
        "ahead": By(_ISSUED.events, unless_empty=True),
        **dict.fromkeys(("blend_min", "steady_min", "plain_min"), _ESTIMATE),
    },
    rows.PaceRow: dict.fromkeys(("office_id", "queue", "mark", "recent", "bands"), _PACE),
    rows.LegRow: {
        **dict.fromkeys(
            ("id", "office_id", "visit_id", "ticket_id", "day", "label", "queue", "service", "ticket_class", "language",
             "state", "joined_at", "place_at", "key_at", "waits_since", "passed", "returns", "bound", "counter",
             "officer", "calls", "call_id", "called_at", "started_at", "held_at", "held_us", "finished_at"), _PATH),
        "last_seq": _SINCE_UNDO,
        "before": _SINCE_UNDO,
    },
    rows.CounterRow: {
        **dict.fromkeys(("office_id", "number", "state", "account_id", "opened_at", "pause_reason", "services"),
                        _COUNTER),
        "since": _COUNTER_SINCE_BREAKS,
    },
    rows.RatingSlotRow: {
        **dict.fromkeys(("id", "office_id", "visit_id", "ticket_id", "label", "counter", "opened_at"), _SLOT),
        "expires_at": _SLOT,
        "score": _TAP,
        "rated_at": _TAP,
        "ended_at": By((events.RatingEnded,)),
    },
    rows.PrintJobRow: {
        **dict.fromkeys(("id", "office_id", "ticket_id", "is_copy", "state", "reason", "ended_at"), _SLIP),
        "printer": By((events.SelfTestEnded,)),
        "queued_at": By((events.TicketIssued, events.SlipAskedAgain)),
    },
    rows.RequestRow: dict.fromkeys(("office_id", "asker", "request_id", "day", "fingerprint", "answer"), _RETRY),
    # Its own: whatever is changed in one breaks the chain of hashes at it or at the one after it.
    rows.EventRow: dict.fromkeys(
        ("office_id", "seq", "kind", "version", "payload", "occurred_at", "recorded_at", "actor", "device",
         "request_id", "rule_version", "counter", "previous_hash"), _EVERY),
}  # fmt: skip
