"""Reads what report an address asks for, and has it answered off the loop; pages and API alike."""

from datetime import datetime

from flask import request

from server.db.people import Identity
from server.services import fairness_reporting, reporting, staffing_reporting
from server.services.report_shapes import FairnessReport, StaffingReport
from server.web.desk import desk
from server.web.queries import date_of


def asked_for(moment: datetime, by: str = "service") -> reporting.Question:
    """Return what `from` and `to` ask for, today where neither does, grouped by `by`; raises InvalidValue."""
    return reporting.question(date_of("from"), date_of("to"), by, today=moment.date())


def grouping_asked() -> str:
    """Return what `by` asks for, if anybody offers that or not."""
    return request.args.get("by", "service")


def waiting_of(asker: Identity, asked: reporting.Question, moment: datetime) -> reporting.Answer:
    """Return the report of waiting of these days."""
    parts = desk()
    office = parts.office
    return parts.loop.run_blocking(
        lambda: reporting.waiting_report(parts.reports_engine, asker, office, asked, now=moment)
    )


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
