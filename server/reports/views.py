"""The manager's pages: waiting times, fairness, counters and shifts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.db.measures import MeasuredLeg
from server.db.people import Identity
from server.domain.errors import InvalidValue
from server.domain.measuring import spans
from server.domain.office import Office
from server.reports.definitions import REPORTS, TERMS, reports_with, words_of
from server.services import reporting
from server.services.describing import words
from server.services.report_shapes import FairnessReport, StaffingReport
from server.services.shapes import GROUPINGS, WaitingReport
from server.web.askers import asker, person
from server.web.desk import desk, now
from server.web.language import language
from server.web.plain import plain
from server.web.problems import STATUS
from server.web.refusing import notice_of
from server.web.report_reading import asked_for, fairness_of, grouping_asked, staffing_of, waiting_of

MOST_TICKETS = 500  # A page that lists more cannot be read; the figures above count them all.
LONGEST_DATE = 20
R = TypeVar("R", reporting.Answer, FairnessReport, StaffingReport)
Reported = Callable[[Identity, reporting.Question, datetime], R]

reports = Blueprint("reports", __name__, template_folder="templates", url_prefix="/reports")
PAGES = (
    ("waiting", "/reports"), ("fairness", "/reports/fairness"), ("staffing", "/reports/staffing"),
    ("definitions", "/reports/definitions"),
)  # fmt: skip
"""The pages, by the word that names each in the way between them."""


@reports.get("")
def waiting() -> BaseResponse | str:
    """Show the waiting report of the asked days, today by service if none are asked."""
    return _report_page("waiting", "/reports", waiting_of, _waiting, by=grouping_asked())


@reports.get("/fairness")
def fairness() -> BaseResponse | str:
    """Show who overtook whom and why, and the wait by class, today if no days are asked."""
    return _report_page("fairness", "/reports/fairness", fairness_of, _fairness)


@reports.get("/staffing")
def staffing() -> BaseResponse | str:
    """Show shifts, breaks, busy and idle time, today if no days are asked."""
    return _report_page("staffing", "/reports/staffing", staffing_of, _staffing)


@reports.get("/definitions")
def definitions() -> BaseResponse | str:
    """Show every word of the reports' figures, with its one meaning."""
    at = "/reports/definitions"
    if person() is None:
        return redirect(f"/login?next={at}", 303)
    asker("see_reports")
    return render_template("reports/definitions.html", at=at, report_pages=PAGES, terms=TERMS,
                           reports_with=reports_with)  # fmt: skip


def _report_page(
    name: str, at: str, reported: Reported[R], facts: Callable[[R], dict[str, Any]], *, by: str = "service"
) -> BaseResponse | str:
    """Return the page of that report at its address; a refused filter is told in place, over today's figures."""
    if person() is None:
        return redirect(f"/login?next={at}", 303)
    manager, moment = asker("see_reports"), now()
    notice, status, typed = None, 200, None
    try:
        asked = asked_for(moment, by)
    except InvalidValue as refusal:
        notice, status = notice_of(refusal), STATUS[refusal.code]
        asked = reporting.question(None, None, "service", today=moment.date())
        typed = {name: request.args.get(name, "")[:LONGEST_DATE] for name in ("from", "to")}
    report = reported(manager, asked, moment)
    page = render_template(f"reports/{name}.html", at=at, from_=asked.first, to=asked.last, notice=notice, typed=typed,
                           today=moment.date(), periods=_periods(moment.date()), report_pages=PAGES,
                           terms=REPORTS[name], term=words_of(name, _say), **facts(report))  # fmt: skip
    return Response(page, status, content_type="text/html; charset=utf-8")


def _say(key: str) -> str:
    return desk().words.say(language(), key)


def _periods(today: date) -> list[tuple[str, date, date]]:
    """Return the periods that managers ask for, each with its first and last day."""
    month = today.replace(day=1)
    month_before = month - timedelta(days=1)
    return [
        ("today", today, today), ("yesterday", today - timedelta(days=1), today - timedelta(days=1)),
        ("week", today - timedelta(days=6), today), ("month", month, today),
        ("month_before", month_before.replace(day=1), month_before),
    ]  # fmt: skip


def _fairness(report: FairnessReport) -> dict[str, Any]:
    latest = sorted(report.unexplained, key=lambda each: -each.seq)
    return {
        "title_key": "fairness.title",
        "report": plain(report),
        "unexplained": [plain(each) for each in latest[:MOST_TICKETS]],
    }


def _staffing(report: StaffingReport) -> dict[str, Any]:
    latest = sorted(report.shifts, key=lambda shift: (shift.opened_at.date(), -shift.counter), reverse=True)
    return {
        "title_key": "staffing.title",
        "report": plain(report),
        "shifts": [plain(each) for each in latest[:MOST_TICKETS]],
    }


def _waiting(answer: reporting.Answer) -> dict[str, Any]:
    office, report = desk().office, answer.report
    return {
        "title_key": "reports.title",
        "by": report.by,
        "groupings": GROUPINGS,
        "rows": [row | {"name": _name(office, report, row["key"])} for row in _in_office_order(office, report)],
        "totals": plain(report.all),
        "tickets": [_ticket(office, leg) for leg in answer.legs[: -MOST_TICKETS - 1 : -1]],
    }


def _in_office_order(office: Office, report: WaitingReport) -> list[dict[str, Any]]:
    """Return the rows: services and queues as people meet them at the kiosk, then those that the office has no more;
    the rest in order of their keys."""
    met = {"service": [each.id for each in office.services], "queue": [each.id for each in office.queues]}
    places = {key: place for place, key in enumerate(met.get(report.by, []))}
    rows: list[dict[str, Any]] = plain(report)["rows"]
    return sorted(rows, key=lambda row: places.get(row["key"], len(places)))


def _name(office: Office, report: WaitingReport, key: str) -> Any:
    """Return what the row is called where its key is only an id, else None."""
    if report.by == "service":
        return plain(words(office.known_service(key).name))
    return plain(words(office.known_queue(key).name)) if report.by == "queue" else None


def _ticket(office: Office, leg: MeasuredLeg) -> dict[str, Any]:
    times, span = leg.times, spans(leg.times)
    is_finished = leg.state == "finished"
    moments = {
        "issued_at": times.joined_at, "called_at": times.called_at, "started_at": times.started_at,
        "finished_at": times.finished_at if is_finished else None,
        "ended_at": None if is_finished else times.finished_at,  # Missed, left, cancelled: nothing was finished.
    }  # fmt: skip
    return {name: moment.astimezone(office.zone) if moment else None for name, moment in moments.items()} | {
        "number": leg.number, "day": leg.day, "service_name": plain(words(office.known_service(leg.service).name)),
        "queue": leg.queue, "class": leg.ticket_class, "state": leg.state, "counter": leg.counter,
        "score": leg.score, "wait_s": span.wait_s, "walk_s": span.walk_s, "service_s": span.service_s,
        "total_s": span.total_s,
    }  # fmt: skip
