"""The manager's report of fairness: the events of the days asked, told once more, and added up."""

from datetime import datetime
from typing import TypeVar

from msgspec import convert
from sqlalchemy import Engine

from server.db.engine import one_moment
from server.db.events import last_of
from server.db.past import in_force_from
from server.db.people import Identity, People
from server.domain.fairness import Fairness, OutOfTurn, fairness
from server.domain.ledger import Ledger
from server.domain.office import Office
from server.domain.replaying import Overtaking
from server.services import rights
from server.services.describing import local, reason_name
from server.services.happenings import tell_days
from server.services.looking import rule_in_force
from server.services.report_shapes import (
    AgainstCapFigures,
    ClassWaitRow,
    ExplainedRow,
    FairnessReport,
    OutOfTurnRow,
    PromiseFigures,
    QuotedFigures,
    RuleOfDays,
    ShareFigure,
    UnexplainedOvertaking,
)
from server.services.reporting import Question
from server.services.verifying import OfficeAt

T = TypeVar("T")


def fairness_report(engine: Engine, asker: Identity, office: Office, asked: Question, office_at: OfficeAt, *,
                    now: datetime) -> FairnessReport:  # fmt: skip
    """Return the report of fairness of these days. Runs long: call it off the loop, with an engine without a pool."""
    rights.require(asker, "see_reports")
    ledger, days = Ledger(), (asked.first, asked.last)
    with one_moment(engine) as connection:
        seq, _ = last_of(connection, asker.office_id)
        impossible = tell_days(connection, asker.office_id, office.zone, days, office_at, ledger)
        found = fairness(ledger, *days, office.zone)
        users = People(connection).users(asker.office_id)
        since = in_force_from(connection, asker.office_id, [each.version for each in found.rules])
    return FairnessReport(
        from_=asked.first, to=asked.last, legs=found.legs, waiting=found.waiting,
        without_reason_never=_of(found.without_reason_never, ShareFigure),
        at_all_never=_of(found.at_all_never, ShareFigure),
        overtakings=found.overtakings, taken=found.taken, per_100=found.per_100,
        explained=[_of(each, ExplainedRow) for each in found.explained],
        cap=_of(found.cap, AgainstCapFigures), out_of_turn=[_out_of_turn(office, each) for each in found.out_of_turn],
        classes=[_of(each, ClassWaitRow) for each in found.classes], promise=_promise(office, found),
        quoted=_of(found.quoted, QuotedFigures),
        unexplained=[_unexplained(office, users, each) for each in found.unexplained],
        rules=[RuleOfDays(rule_in_force(each), local(office, since.get(each.version))) for each in found.rules],
        impossible=impossible, seq=seq, at=now.astimezone(office.zone),
    )  # fmt: skip


def _of(figures: object, shape: type[T]) -> T:
    """The domain's figures as the answer carries them: the same names."""
    return convert(figures, shape, from_attributes=True)


def _out_of_turn(office: Office, row: OutOfTurn) -> OutOfTurnRow:
    listed = office.reasons.walk_up if row.how == "walk_up" else office.reasons.out_of_order
    return OutOfTurnRow(row.how, row.reason, reason_name(row.reason, listed), row.times, row.passed)


def _promise(office: Office, found: Fairness) -> PromiseFigures:
    minutes = office.promised_wait.total_seconds() / 60 if office.promised_wait else None
    return PromiseFigures(minutes, _of(found.promise.over, ShareFigure), found.promise.not_served_over)


def _unexplained(office: Office, users: dict[str, str], each: Overtaking) -> UnexplainedOvertaking:
    return UnexplainedOvertaking(
        seq=each.seq, at=each.at.astimezone(office.zone), counter=each.counter,
        officer=users.get(each.officer, each.officer), passed=each.passed_number, taken=each.by_number,
    )  # fmt: skip
