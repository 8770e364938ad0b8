"""What the office's printers last said of themselves."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection

from server.db.rows import DeviceRow, PrinterRow

OWN = 0
"""The key of the printer that the server itself speaks to; an agent's has the agent's device id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterNow:
    """A printer as it was when it was last asked. `asked_at` is the machine's own time, the others the office's."""

    printer: int
    state: str
    since: datetime
    asked_at: datetime
    paper: str
    cover: str
    connection: str
    width_dots: int
    last_slip_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AgentJournal:
    """The name of an agent's journal, and the question with which it was last given a slip: 0 for one uncounted."""

    name: str
    turn: int


_COLUMNS = [getattr(PrinterRow, each.name) for each in fields(PrinterNow)]
_ALL = select(*_COLUMNS).where(PrinterRow.office_id == bindparam("office")).order_by(PrinterRow.printer)
_ONE = _ALL.where(PrinterRow.printer == bindparam("wanted"))
_AGENTS = (
    select(DeviceRow.id, DeviceRow.name)
    .where(DeviceRow.office_id == bindparam("office"), DeviceRow.kind == "agent", DeviceRow.revoked_at.is_(None))
    .order_by(DeviceRow.id)
)
_JOURNAL = select(DeviceRow.journal).where(DeviceRow.id == bindparam("device"))


class Printers:
    """The printers of one office, inside a transaction."""

    def __init__(self, connection: Connection, office_id: int) -> None:
        self._connection = connection
        self._office = office_id

    def all(self) -> list[PrinterNow]:
        """Return every printer that was heard of, the server's own first."""
        rows = self._connection.execute(_ALL, {"office": self._office}).mappings()
        return [PrinterNow(**row) for row in rows]

    def at(self, printer: int) -> PrinterNow | None:
        """Return that printer, or None if nothing was heard of it yet."""
        row = self._connection.execute(_ONE, {"office": self._office, "wanted": printer}).mappings().one_or_none()
        return None if row is None else PrinterNow(**row)

    def save(self, printer: PrinterNow) -> None:
        """Save what the printer said."""
        values = {each.name: getattr(printer, each.name) for each in fields(printer) if each.name != "printer"}
        if self._change(printer.printer, values) == 0:
            values |= {"office_id": self._office, "printer": printer.printer}
            self._connection.execute(insert(PrinterRow).values(values))

    def slip_came(self, printer: int, at: datetime) -> None:
        """Note when the printer's last slip came."""
        self._change(printer, {"last_slip_at": at})

    def forget(self, printer: int) -> None:
        """Leave out a printer that is no longer there."""
        self._connection.execute(
            delete(PrinterRow).where(PrinterRow.office_id == self._office, PrinterRow.printer == printer)
        )

    def agents(self) -> list[int]:
        """Return the device ids of the agents that are paired, the oldest first."""
        return list(self.names())

    def names(self) -> dict[int, str]:
        """Return what the agents that are paired are called, by device id, the oldest first."""
        rows = self._connection.execute(_AGENTS, {"office": self._office})
        return {row.id: row.name or f"agent {row.id}" for row in rows}

    def journal_of(self, agent: int) -> AgentJournal | None:
        """Return the journal with which this agent last asked, None before it ever did."""
        kept = self._connection.execute(_JOURNAL, {"device": agent}).scalar_one_or_none()
        if kept is None:
            return None
        name, _, turn = kept.partition(":")
        return AgentJournal(name, int(turn or 0))

    def keep_journal(self, agent: int, journal: AgentJournal) -> None:
        """Save the agent's journal; its name has at most 40 characters and no colon."""
        kept = f"{journal.name}:{journal.turn}" if journal.turn else journal.name
        self._connection.execute(update(DeviceRow).where(DeviceRow.id == agent).values(journal=kept))

    def _change(self, printer: int, values: dict[str, object]) -> int:
        found = update(PrinterRow).where(PrinterRow.office_id == self._office, PrinterRow.printer == printer)
        return self._connection.execute(found.values(values)).rowcount
