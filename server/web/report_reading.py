"""Reads what report an address asks for, and has it answered off the loop; pages and API alike."""

from datetime import datetime

from flask import request

from server.db.people import Identity
from server.services import fairness_reporting, reporting, staffing_reporting
from server.services.report_shapes import FairnessReport, StaffingReport
from server.web.desk import desk, now
from server.web.queries import date_of


def answered_report(asker: Identity) -> reporting.Answer:
    """Return the report that `from`, `to` and `by` ask for; raises InvalidValue."""
    parts, moment = desk(), now()
    office = parts.office
    by = request.args.get("by", "service")
    asked = reporting.question(date_of("from"), date_of("to"), by, today=moment.date())
    return parts.loop.run_blocking(
        lambda: reporting.waiting_report(parts.reports_engine, asker, office, asked, now=moment)
    )


def days_asked(moment: datetime) -> reporting.Question:
    """Return the days that `from` and `to` ask for, today where neither does; raises InvalidValue."""
    return reporting.question(date_of("from"), date_of("to"), "service", today=moment.date())


def fairness_of(asker: Identity, asked: reporting.Question, moment: datetime) -> FairnessReport:
    """Return the report of fairness of these days."""
    parts = desk()
    office, office_at = parts.office, parts.db.configurations.of(parts.office_id)
    return parts.loop.run_blocking(
        lambda: fairness_reporting.fairness_report(parts.reports_engine, asker, office, asked, office_at, now=moment)
    )


def staffing_of(asker: Identity, asked: reporting.Question, moment: datetime) -> StaffingReport:
    """Return the report of staffing of these days."""
    parts = desk()
    office, office_at = parts.office, parts.db.configurations.of(parts.office_id)
    return parts.loop.run_blocking(
        lambda: staffing_reporting.staffing_report(parts.reports_engine, asker, office, asked, office_at, now=moment)
    )
