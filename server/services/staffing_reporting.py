"""The manager's report of staffing: who was at which counter, in breaks, busy and idle. Nobody is ranked."""

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import convert
from sqlalchemy import Engine

from server.db.engine import one_moment
from server.db.events import last_of
from server.db.people import Identity, People
from server.domain.office import Office
from server.domain.shifts import BreakTaken, Floor, Shift, Work, together
from server.services import rights
from server.services.describing import local, reason_name
from server.services.happenings import bounds, tell_days
from server.services.report_shapes import (
    BreakReasonRow,
    BreakRow,
    ShiftRow,
    StaffingReport,
    WorkFigures,
    WorkRow,
)
from server.services.reporting import Question, natural
from server.services.verifying import OfficeAt


def staffing_report(engine: Engine, asker: Identity, office: Office, asked: Question, office_at: OfficeAt, *,
                    now: datetime) -> StaffingReport:  # fmt: skip
    """Return the report of staffing of these days. Runs long: call it off the loop, with an engine without a pool."""
    rights.require(asker, "see_reports")
    floor, days = Floor(), (asked.first, asked.last)
    with one_moment(engine) as connection:
        seq, _ = last_of(connection, asker.office_id)
        impossible = tell_days(connection, asker.office_id, office.zone, days, office_at, floor)
        users = People(connection).users(asker.office_id)
    begin, end = bounds(office.zone, days)
    shifts = floor.shifts(begin, min(end, now))

    def officer(shift: Shift) -> str:
        return users.get(shift.officer, shift.officer)

    return StaffingReport(
        from_=asked.first, to=asked.last, shifts=[_shift(office, officer(each), each) for each in shifts],
        counters=_rows(shifts, lambda shift: str(shift.counter)), officers=_rows(shifts, officer),
        breaks=_breaks(office, shifts), all=_row("all", shifts), impossible=impossible, seq=seq,
        at=now.astimezone(office.zone),
    )  # fmt: skip


def _shift(office: Office, officer: str, shift: Shift) -> ShiftRow:
    return ShiftRow(
        counter=shift.counter, officer=officer, opened_at=shift.opened_at.astimezone(office.zone),
        ended_at=local(office, shift.ended_at), closed_by=shift.closed_by,
        breaks=[_break(office, each) for each in shift.breaks], work=_figures(shift.work),
    )  # fmt: skip


def _break(office: Office, taken: BreakTaken) -> BreakRow:
    return BreakRow(taken.reason, reason_name(taken.reason, office.reasons.pause),
                    taken.began_at.astimezone(office.zone), local(office, taken.ended_at), taken.seconds)  # fmt: skip


def _rows(shifts: Iterable[Shift], key: Callable[[Shift], str]) -> list[WorkRow]:
    """One row a key, in order of the keys: not of the figures, which would be a ranking."""
    groups: dict[str, list[Shift]] = {}
    for shift in shifts:
        groups.setdefault(key(shift), []).append(shift)
    return [_row(name, groups[name]) for name in sorted(groups, key=natural)]


def _row(key: str, shifts: list[Shift]) -> WorkRow:
    work = together(each.work for each in shifts)
    return WorkRow(key, len(shifts), sum(len(each.breaks) for each in shifts), _figures(work))


def _breaks(office: Office, shifts: list[Shift]) -> list[BreakReasonRow]:
    taken = [each for shift in shifts for each in shift.breaks]
    reasons = [each.id for each in office.reasons.pause]
    reasons += sorted({each.reason for each in taken} - set(reasons))  # Those of an earlier list.
    return [
        BreakReasonRow(reason, reason_name(reason, office.reasons.pause), len(seconds), round(sum(seconds), 1))
        for reason in reasons
        if (seconds := [each.seconds for each in taken if each.reason == reason])
    ]


def _figures(work: Work) -> WorkFigures:
    return convert(work, WorkFigures, from_attributes=True)
