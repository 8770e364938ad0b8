"""What the events say has to stand in the tables, compared with what does, column by column (`server/db/told.py`)."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.engine import Connection

from server.db.configurations import digest_of
from server.db.events import StoredEvent
from server.db.leg_rows import before_written
from server.db.printers import OWN
from server.db.rows import (
    Base,
    ConfigurationRow,
    CounterRow,
    DeviceRow,
    DeviceStateRow,
    EventRow,
    LegRow,
    NumberRow,
    OfficeRow,
    PrintJobRow,
    QuotaRow,
    RatingSlotRow,
    TicketRow,
    VisitRow,
)
from server.db.told import TOLD, By
from server.db.types import MICROSECOND
from server.domain import events
from server.domain.calling import key_of
from server.domain.office import Office
from server.domain.replaying import Happened, Record
from server.domain.tickets import Leg, State, business_day

Key = tuple[object, ...]
Row = dict[str, object]
AT_A_TIME = 2000
# Rows may be there of which nothing has been told yet: what is on its way to a printer, what was there at the founding.
MAY_BE_UNTOLD = frozenset({PrintJobRow, DeviceRow, DeviceStateRow, ConfigurationRow})


@dataclass
class Retelling:
    """Takes each event after the record has taken it. `differences` are found on the way, and by `compare_all`."""

    connection: Connection
    office_id: int
    record: Record
    differences: list[str] = field(default_factory=list)
    _rows: defaultdict[type[Base], dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    _arrived: dict[type[Base], set[Key]] = field(default_factory=lambda: {VisitRow: set(), TicketRow: set()})
    _keys: dict[int, datetime] = field(default_factory=dict)
    _legs_of: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _as_kept: dict[int, Leg] = field(default_factory=dict)
    _issued_at: dict[int, datetime] = field(default_factory=dict)
    _last: Happened | None = None

    def take(self, stored: StoredEvent, happened: Happened) -> None:
        """Add what that event tells of the rows."""
        said: Any = happened.event
        self._last = happened
        self._rows[OfficeRow][(self.office_id,)] = {
            "id": self.office_id, "code": happened.office.code, "seq": stored.seq, "last_at": stored.recorded_at,
            "configuration_version": stored.rule_version,
        }  # fmt: skip
        if teller := _TELLERS.get(type(happened.event)):
            teller(self, happened, said)
        self._note_keys(happened, said)
        if len(self._rows[TicketRow]) >= AT_A_TIME:
            self._compare_arrived()

    def compare_all(self, last_hash: str, office: Office) -> None:
        """Compare every table; `last_hash` is that of the last event, `office` as it is configured now."""
        self._rows[OfficeRow].setdefault((self.office_id,), {"id": self.office_id, "seq": 0, "last_at": None})
        self._rows[OfficeRow][(self.office_id,)]["last_hash"] = last_hash
        self._believe_the_close_of_a_day(office)
        self._compare_arrived()
        for arrived in (VisitRow, TicketRow):
            self._compare_no_more(arrived)
        legs = self.record.legs
        self._compare(LegRow, (self._leg(leg, office) for leg in legs.values()))
        for row in (OfficeRow, DeviceRow, DeviceStateRow, NumberRow, QuotaRow, CounterRow,
                    RatingSlotRow, PrintJobRow):  # fmt: skip
            self._compare(row, self._rows[row].values())

    def compare_configured(self) -> None:
        """Compare the offices there are, and what each version of the configuration says with its event's digest.

        Without any rule, for the rules are in what is compared.
        """
        here = select(OfficeRow.id)
        for (office,) in self.connection.execute(
            select(EventRow.office_id).where(EventRow.office_id.not_in(here)).limit(1)
        ):
            self.differences.append(f"offices.id {office}: events tell of it, and it is not stored")
        kind = events.ConfigurationChanged.kind()
        told = select(EventRow).where(EventRow.office_id == self.office_id, EventRow.kind == kind)
        for event in self.connection.execute(told.order_by(EventRow.seq)):
            said = events.from_payload(kind, json.loads(event.payload))
            assert isinstance(said, events.ConfigurationChanged)  # because of its kind.
            row = self.row(ConfigurationRow, said.configuration, version=said.configuration,
                           in_force_from=said.since or event.occurred_at)  # fmt: skip
            if said.digest is not None:
                row["document"] = said.digest
        self._compare(ConfigurationRow, self._rows[ConfigurationRow].values())

    def row(self, row: type[Base], *key: object, **facts: object) -> Row:
        """Return what is told so far of the row of that key, with these facts added."""
        told = self._rows[row].setdefault(key, {} if row is OfficeRow else {"office_id": self.office_id})
        told.update(facts)
        return told

    def forget(self, row: type[Base], *key: object) -> None:
        """That row is there no longer."""
        self._rows[row].pop(key, None)

    def rows_of(self, row: type[Base]) -> Iterable[Row]:
        """Return all that is told so far of that table."""
        return self._rows[row].values()

    def issued_at(self, ticket: int) -> datetime | None:
        """Return when that ticket was issued, None if nothing tells."""
        return self._issued_at.get(ticket)

    def arrived(self, ticket: int, leg: int, at: datetime) -> None:
        """Note when that ticket was issued, with its first leg."""
        self._issued_at[ticket] = at
        self._legs_of[ticket].append(leg)

    def goes_on(self, ticket: int, leg: int) -> None:
        """Note a further leg of that ticket."""
        self._legs_of[ticket].append(leg)

    def _believe_the_close_of_a_day(self, office: Office) -> None:
        """The close of a day on which nothing was left open moves the office's time on, and no event tells it."""
        told = self._rows[OfficeRow][(self.office_id,)]
        row = self.connection.execute(select(OfficeRow).where(OfficeRow.id == self.office_id)).one_or_none()
        if row is None or row.last_at is None or row.closed_before != business_day(office, row.last_at).isoformat():
            return
        before: Any = told["last_at"]
        if before is None or business_day(office, before) < business_day(office, row.last_at):
            told["last_at"] = row.last_at

    def _note_keys(self, happened: Happened, said: Any) -> None:
        """Keep the key of each leg that this event changed, by the rule of then: one that is over keeps it."""
        for leg_id in self._legs_of.get(getattr(said, "ticket", 0), ()):
            leg = self.record.legs.get(leg_id)
            if leg is not None and self._as_kept.get(leg_id) is not leg:
                self._as_kept[leg_id] = leg
                self._keys[leg_id] = key_of(leg, happened.office.rule)

    def _leg(self, leg: Leg, office: Office) -> Row:
        key = key_of(leg, office.rule) if leg.state is State.WAITING else self._keys.get(leg.id)
        return {
            "id": leg.id, "office_id": self.office_id, "visit_id": leg.visit, "ticket_id": leg.ticket,
            "day": leg.day.isoformat(), "label": leg.number, "queue": leg.queue, "service": leg.service,
            "ticket_class": leg.ticket_class, "language": leg.language, "state": leg.state.value,
            "joined_at": leg.joined_at, "place_at": leg.place_at, "key_at": key, "waits_since": leg.waits_since,
            "passed": leg.passed, "returns": leg.returns, "bound": leg.bound, "counter": leg.counter,
            "officer": leg.officer, "calls": leg.calls, "call_id": leg.call_id, "called_at": leg.called_at,
            "started_at": leg.started_at, "held_at": leg.held_at, "held_us": leg.held_for // MICROSECOND,
            "finished_at": leg.finished_at, "last_seq": leg.last_seq, "before": before_written(leg.before),
        }  # fmt: skip

    def _compare_arrived(self) -> None:
        """Compare the tickets and visits of a while at once: what never changes need not be kept to the end."""
        for row in (VisitRow, TicketRow):
            told = self._rows.pop(row, {})
            self._arrived[row] |= told.keys()
            ids = [key[0] for key in told]
            self._compare(row, told.values(), _table(row).c.id.in_(ids))

    def _compare_no_more(self, row: type[Base]) -> None:
        table = _table(row)
        there = self.connection.execute(select(table.c.id).where(table.c.office_id == self.office_id))
        self.differences += [
            f"{table.name}.id {each}: it is stored, and no event tells of it"
            for (each,) in there
            if (each,) not in self._arrived[row]
        ]

    def _compare(self, row: type[Base], told: Iterable[Row], which: ColumnElement[bool] | None = None) -> None:
        table = _table(row)
        keys = [column.name for column in table.primary_key]
        expected = {tuple(each[name] for name in keys): each for each in told}
        of_office = (table.c.id if row is OfficeRow else table.c.office_id) == self.office_id
        wanted = select(table).where(of_office if which is None else of_office & which)
        for stored in self.connection.execute(wanted).mappings():
            key = tuple(stored[name] for name in keys)
            facts = expected.pop(key, None)
            if facts is not None:
                self._compare_row(row, stored, facts)
            elif row not in MAY_BE_UNTOLD:
                named = ", ".join(f"{table.name}.{name} {stored[name]}" for name in keys)
                self.differences.append(f"{named}: it is stored, and no event tells of it")
            else:
                self._compare_row(row, stored, _untold(self, row, stored))
        for key in expected:
            named = ", ".join(f"{table.name}.{name} {each}" for name, each in zip(keys, key, strict=True))
            self.differences.append(f"{named}: events tell of it, and it is not stored ({table.name}.office_id?)")

    def _compare_row(self, row: type[Base], stored: Mapping[Any, Any], facts: Row) -> None:
        table = row.__tablename__
        for name, told in facts.items():
            how = TOLD[row][name]
            assert isinstance(how, By), f"{table}.{name} is told by an event, so server/db/told.py has to say so"
            there = _READ.get((row, name), _as_it_is)(stored, name)
            if there != told and not (how.unless_empty and stored[name] is None):
                which = stored.get("label") or " ".join(str(stored[each.name]) for each in _table(row).primary_key)
                day = f" of {stored['day']}" if "day" in stored and "label" in stored else ""
                self.differences.append(f"{table}.{name} of {which}{day}: it is {there}, its events say {told}")


def _table(row: type[Base]) -> Table:
    return Base.metadata.tables[row.__tablename__]


def _as_it_is(stored: Mapping[Any, Any], name: str) -> object:
    return stored[name]


_READ: dict[tuple[type[Base], str], Callable[[Mapping[Any, Any], str], object]] = {
    (LegRow, "waits_since"): lambda stored, _name: stored["waits_since"] or stored["joined_at"],
    (ConfigurationRow, "document"): lambda stored, _name: digest_of(stored["document"]),
    (PrintJobRow, "state"): lambda stored, _name: "queued" if stored["state"] == "sending" else stored["state"],
}


def _untold(retelling: Retelling, row: type[Base], stored: Mapping[Any, Any]) -> Row:
    """What has to stand in a row of which nothing has been told yet."""
    if row is DeviceRow:
        return {"revoked_at": None}
    if row is PrintJobRow:
        queued_at = retelling.issued_at(stored["ticket_id"] or 0)
        return {"state": "queued", "ended_at": None} | ({"queued_at": queued_at} if queued_at else {})
    return {}


def _issued(retelling: Retelling, happened: Happened, said: events.TicketIssued) -> None:
    _arrived(retelling, happened, said)
    retelling.row(TicketRow, said.ticket, low_min=said.low_min, high_min=said.high_min, ahead=said.ahead)


def _arrived(retelling: Retelling, happened: Happened, said: events.TicketIssued | events.WalkUpStarted) -> None:
    day, queue = said.day.isoformat(), happened.office.known_queue(said.queue)
    number = int(said.number.removeprefix(queue.prefix))
    retelling.arrived(said.ticket, said.leg, happened.at)
    retelling.row(VisitRow, said.visit, id=said.visit, day=day, arrived_at=happened.at, language=said.language,
                  ticket_class=said.ticket_class)  # fmt: skip
    retelling.row(TicketRow, said.ticket, id=said.ticket, visit_id=said.visit, day=day, queue=said.queue,
                  number=number, label=said.number, issued_at=happened.at, issued_by=happened.actor)  # fmt: skip
    retelling.row(NumberRow, day, said.queue, day=day, queue=said.queue, next=number + 1)
    if happened.office.known_service(said.service).quota_per_day is not None:
        counted: Any = retelling.row(QuotaRow, day, said.service, day=day, service=said.service)
        counted["issued"] = counted.get("issued", 0) + 1


def _onward(retelling: Retelling, happened: Happened, said: events.TicketTransferred | events.ServiceAdded) -> None:
    retelling.goes_on(said.ticket, said.next_leg)


def _opened(retelling: Retelling, happened: Happened, said: events.CounterOpened) -> None:
    before = retelling.row(CounterRow, said.counter, number=said.counter)
    before.update(
        state="open", account_id=_account_of(happened.actor), since=happened.at, pause_reason=None,
        opened_at=before.get("opened_at") or happened.at,
        services=None if said.services is None else frozenset(said.services),
    )  # fmt: skip


def _account_of(actor: str) -> int | None:
    kind, _, number = actor.partition(":")
    return int(number) if kind == "account" else None


def _paused(retelling: Retelling, happened: Happened, said: events.CounterPaused) -> None:
    retelling.row(CounterRow, said.counter, state="break", since=happened.at, pause_reason=said.reason)


def _shut(retelling: Retelling, happened: Happened, said: events.CounterClosed) -> None:
    retelling.row(CounterRow, said.counter, number=said.counter, state="closed", account_id=None, opened_at=None,
                  since=happened.at, pause_reason=None, services=None)  # fmt: skip


def _rating_opened(retelling: Retelling, happened: Happened, said: events.RatingOpened) -> None:
    told = retelling.row(RatingSlotRow, said.slot, id=said.slot, visit_id=said.visit, ticket_id=said.ticket,
                         label=said.number, counter=said.counter, opened_at=happened.at,
                         expires_at=said.expires_at)  # fmt: skip
    told["ended_at"] = None
    told.setdefault("score", None)
    told.setdefault("rated_at", None)


def _withdrawn(retelling: Retelling, happened: Happened, said: events.RatingWithdrawn) -> None:
    for slot in retelling.rows_of(RatingSlotRow):
        expires: Any = slot["expires_at"]
        if slot["counter"] == said.counter and expires > happened.at:
            slot["expires_at"] = happened.at


def _rating_ended(retelling: Retelling, happened: Happened, said: events.RatingEnded) -> None:
    retelling.row(RatingSlotRow, said.slot, ended_at=happened.at)


def _rated(retelling: Retelling, happened: Happened, said: events.RatingGiven) -> None:
    retelling.row(RatingSlotRow, said.slot, score=said.score, rated_at=happened.at)


def _slip(retelling: Retelling, happened: Happened, said: events.SlipPrinted | events.SlipFailed) -> None:
    told = retelling.row(PrintJobRow, said.job, id=said.job, ticket_id=said.ticket, is_copy=said.copy,
                         state=said.state, reason=getattr(said, "reason", None),
                         ended_at=None if said.state == "queued" else happened.at)  # fmt: skip
    if (at := retelling.issued_at(said.ticket)) is not None:
        told.setdefault("queued_at", at)


def _asked_again(retelling: Retelling, happened: Happened, said: events.SlipAskedAgain) -> None:
    retelling.row(PrintJobRow, said.job, id=said.job, ticket_id=said.ticket, is_copy=said.copy, state="queued",
                  reason=None, queued_at=happened.at, ended_at=None)  # fmt: skip


def _self_test(retelling: Retelling, happened: Happened, said: events.SelfTestEnded) -> None:
    _, _, agent = said.device.partition(":")
    retelling.row(PrintJobRow, said.job, id=said.job, ticket_id=None, is_copy=False, state=said.state,
                  reason=said.reason, ended_at=happened.at, printer=int(agent) if agent else OWN)  # fmt: skip


def _device(retelling: Retelling, happened: Happened, said: events.DeviceChanged) -> None:
    kind, _, number = said.device.partition(":")
    if kind != "device":
        return
    device = int(number)
    told = retelling.row(DeviceRow, device, id=device)
    told.setdefault("revoked_at", None)
    if said.device_kind is not None:
        told |= {"kind": said.device_kind, "counter": said.counter}
    if said.state == "paired":
        told["created_at"] = happened.at
    elif said.state == "revoked":
        told["revoked_at"] = happened.at
        retelling.forget(DeviceStateRow, device)
    else:
        retelling.row(DeviceStateRow, device, device_id=device, state=said.state, since=said.since or happened.at)


_TELLERS: dict[type[events.Event], Callable[[Retelling, Happened, Any], None]] = {
    events.TicketIssued: _issued,
    events.WalkUpStarted: _arrived,
    events.TicketTransferred: _onward,
    events.ServiceAdded: _onward,
    events.CounterOpened: _opened,
    events.CounterPaused: _paused,
    events.CounterClosed: _shut,
    events.RatingOpened: _rating_opened,
    events.RatingWithdrawn: _withdrawn,
    events.RatingEnded: _rating_ended,
    events.RatingGiven: _rated,
    events.SlipPrinted: _slip,
    events.SlipFailed: _slip,
    events.SlipAskedAgain: _asked_again,
    events.SelfTestEnded: _self_test,
    events.DeviceChanged: _device,
}
