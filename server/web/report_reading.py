"""Reads what report an address asks for, and has it answered off the loop; pages and API alike."""

from flask import request

from server.db.people import Identity
from server.services import reporting
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
