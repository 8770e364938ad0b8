"""Reads a queue log: CSV, plain or gzip, one row a ticket.

Columns: office, queue, date (YYYY-MM-DD), arrival_min, called_min (minutes after local midnight) and, if there, the
open counters as counters_open. A log rebuilt from public boards that were looked at every five minutes is right to
within about as much, and many tickets share a minute: their order is the file's.
"""

import csv
import gzip
import math
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from server.domain.dates import read_date

NEEDED = ("office", "queue", "date", "arrival_min", "called_min")
LATEST_MIN = 2880.0  # A day after the day: what is later is a slip of the pen.
GZIP_STARTS = b"\x1f\x8b"


class LogUnusable(Exception):
    """The file is no queue log; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class LoggedTicket:
    """One ticket that was called; times in minutes after its day's midnight."""

    office: str
    queue: str
    day: date
    arrival_min: float
    called_min: float
    counters: int

    @property
    def wait_min(self) -> float:
        """From taking the number to the call."""
        return self.called_min - self.arrival_min


@dataclass(frozen=True, slots=True)
class Log:
    """The tickets in the file's order, and how many rows were left out, by reason."""

    tickets: tuple[LoggedTicket, ...]
    left_out: Mapping[str, int]


def read_log(path: Path, offices: Collection[str] = ()) -> Log:
    """Return the log in that file, of these offices only if any are named, or raise LogUnusable."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_STARTS
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if packed
            else path.open(encoding="utf-8-sig", newline="") as file
        ):
            log = _log(csv.DictReader(file), frozenset(offices))
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise LogUnusable(f"{path} cannot be read as CSV: {error}") from None
    if not log.tickets:
        left_out = "".join(f"; {number} rows left out: {why}" for why, number in log.left_out.items())
        raise LogUnusable(f"{path} holds no ticket to try the estimate on{left_out}")
    return log


def _log(rows: "csv.DictReader[str]", offices: frozenset[str]) -> Log:
    missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
    if missing:
        raise LogUnusable(
            f"the log lacks the columns {', '.join(missing)}; it has {', '.join(rows.fieldnames or ['none'])}"
        )
    left_out: Counter[str] = Counter()
    return Log(tuple(_tickets(rows, offices, left_out)), left_out)


def _tickets(
    rows: Iterable[Mapping[str, str | None]], offices: frozenset[str], left_out: Counter[str]
) -> Iterable[LoggedTicket]:
    for row in rows:
        if offices and row["office"] not in offices:
            continue
        try:
            yield _ticket(row)
        except _LeftOut as why:
            left_out[str(why)] += 1


class _LeftOut(Exception):
    """This row is not tried; the message says why."""


def _ticket(row: Mapping[str, str | None]) -> LoggedTicket:
    if not row["called_min"]:
        raise _LeftOut("never called")
    try:
        day = read_date(row["date"] or "")
        arrival, called = float(row["arrival_min"] or ""), float(row["called_min"])
        counters = float(row.get("counters_open") or 1)
    except ValueError:
        raise _LeftOut("no date or no number") from None
    if not all(math.isfinite(each) and 0 <= each <= LATEST_MIN for each in (arrival, called, counters)):
        raise _LeftOut("a number beyond reason")
    if called < arrival:
        raise _LeftOut("called before arrival")
    return LoggedTicket(row["office"] or "", row["queue"] or "", day, arrival, called, max(1, int(counters)))
