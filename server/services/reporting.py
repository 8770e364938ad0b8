"""The manager's figures: wait, walk, service and total, by whatever they are asked by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from server.db.engine import begin
from server.db.events import last_seqs
from server.db.measures import MeasuredLeg, legs_of_days
from server.db.people import Identity, People
from server.domain.errors import InvalidValue
from server.domain.measuring import Figures, Spans, figures, spans
from server.domain.office import Office
from server.services import rights
from server.services.shapes import GROUPINGS, Grouping, SpanFigures, WaitingReport, WaitingRow

MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the days `first` to `last`, both counted, and by what the figures are grouped."""

    first: date
    last: date
    by: Grouping


@dataclass(frozen=True, slots=True)
class Answer:
    """The report, and the legs behind its figures, oldest first."""

    report: WaitingReport
    legs: list[MeasuredLeg]


def question(first: date | None, last: date | None, by: str, *, today: date) -> Question:
    """Return what is asked; a day left out is today. Raises InvalidValue."""
    last = last or max(first or today, today)
    first = first or min(last, today)
    if first > last or (last - first).days > MOST_DAYS:
        raise InvalidValue(field="period", value=f"{first} {last}")
    return Question(first, last, _grouping(by))


def waiting_report(engine: Engine, asker: Identity, office: Office, asked: Question, *, now: datetime) -> Answer:
    """Return the waiting report of these days. Runs long: call it off the loop, with an engine without a pool."""
    rights.require(asker, "see_reports")
    with engine.connect() as connection:
        begin(connection)
        seq = last_seqs(connection)[asker.office_id]
        users = People(connection).users(asker.office_id)
        legs = list(legs_of_days(connection, asker.office_id, asked.first, asked.last))
    rows = grouped(legs, key_by(asked.by, office, users))
    report = WaitingReport(
        from_=asked.first, to=asked.last, by=asked.by, rows=rows, all=row_of("all", legs), seq=seq,
        at=now.astimezone(office.zone),
    )  # fmt: skip
    return Answer(report, legs)


def grouped(legs: Iterable[MeasuredLeg], key: Callable[[MeasuredLeg], str | None]) -> list[WaitingRow]:
    """Return one row a key, keys in order; legs without a key (never called, by officer) are left out."""
    groups: dict[str, list[MeasuredLeg]] = {}
    for leg in legs:
        name = key(leg)
        if name is not None:
            groups.setdefault(name, []).append(leg)
    return [row_of(name, groups[name]) for name in sorted(groups, key=natural)]


def row_of(key: str, legs: list[MeasuredLeg]) -> WaitingRow:
    """Return the row of these legs: how many, and the figures of each span."""
    measured = [spans(leg.times) for leg in legs]
    states = [leg.state for leg in legs]
    return WaitingRow(
        key=key,
        n=sum(each.wait_s is not None for each in measured),
        issued=len(legs),
        finished=states.count("finished"),
        no_show=states.count("no_show"),
        waiting=states.count("waiting"),
        wait=_figures(measured, lambda each: each.wait_s),
        walk=_figures(measured, lambda each: each.walk_s),
        service=_figures(measured, lambda each: each.service_s),
        total=_figures(measured, lambda each: each.total_s),
    )


def key_by(grouping: Grouping, office: Office, users: dict[str, str]) -> Callable[[MeasuredLeg], str | None]:
    """Return what names a leg's row. Hours (00-23) and weekdays (1 Monday - 7 Sunday) are
    those of the joining, in the office's zone."""
    keys: dict[Grouping, Callable[[MeasuredLeg], str | None]] = {
        "service": lambda leg: leg.service,
        "queue": lambda leg: leg.queue,
        "class": lambda leg: leg.ticket_class,
        "counter": lambda leg: None if leg.counter is None else str(leg.counter),
        "officer": lambda leg: users.get(leg.officer, leg.officer) if leg.officer else None,
        "hour": lambda leg: _hour(leg, office.zone),
        "weekday": lambda leg: str(date.fromisoformat(leg.day).isoweekday()),
    }
    return keys[grouping]


def _hour(leg: MeasuredLeg, zone: ZoneInfo) -> str:
    return f"{leg.times.joined_at.astimezone(zone):%H}"


def _grouping(by: str) -> Grouping:
    for grouping in GROUPINGS:
        if by == grouping:
            return grouping
    raise InvalidValue(field="by", value=by[:40])


def _figures(measured: list[Spans], span: Callable[[Spans], float | None]) -> SpanFigures:
    found: Figures = figures(span(each) for each in measured)
    return SpanFigures(found.mean_s, found.median_s, found.p90_s, found.max_s)


def natural(key: str) -> tuple[int, str]:
    """Return what sorts keys of rows: numbers by their value, the rest by their letters."""
    return (int(key), "") if key.isdecimal() else (0, key)
