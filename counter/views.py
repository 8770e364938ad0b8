"""The officer's screen. Every command is a plain form; the script only saves the reload."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.db.people import Identity
from server.domain.errors import QueueError
from server.services import looking_at_counter, staffing
from server.services.commands import OF_COUNTER, OF_TICKET, Known
from server.services.describing import reason_lists
from server.web.askers import person
from server.web.desk import desk
from server.web.forms import form_as
from server.web.paper_words import PRINTER_CODES
from server.web.plain import plain
from server.web.refusing import refused

counter = Blueprint("counter", __name__, template_folder="templates")


@counter.get("/counter")
def screen() -> BaseResponse | str:
    """Show the officer's counter; somebody not logged in is asked to."""
    officer = person()
    return redirect("/login?next=/counter", 303) if officer is None else _screen(officer)


@counter.post("/counter/<int:number>/log-out")
def log_out(number: int) -> BaseResponse:
    """Close the officer's open counter, and let the officer go; a counter on a break stays so."""
    officer = person()
    if officer is None:
        return redirect("/login?next=/counter", 303)
    try:
        if _is_open_by(officer, number):
            staffing.close_counter(desk().db, officer, number, None)
    except QueueError as refusal:
        return refused(refusal, lambda notice: _screen(officer, notice=notice))
    return redirect("/logout", 307)  # Still a POST.


@counter.post("/counter/<int:number>/<command>")
def command_counter(number: int, command: str) -> BaseResponse:
    """Open, close, pause, or call somebody."""
    return _commanded(OF_COUNTER.get(command), number)


@counter.post("/counter/<int:number>/tickets/<int:ticket>/<command>")
def command_ticket(number: int, ticket: int, command: str) -> BaseResponse:
    """Do one step with a ticket."""
    return _commanded(OF_TICKET.get(command), ticket)


def _commanded(command: Known | None, about: int) -> BaseResponse:
    officer = person()
    if officer is None:
        return redirect("/login?next=/counter", 303)
    if command is None:
        return redirect("/counter", 303)
    try:
        command.do(desk().db, officer, about, form_as(command.body))
    except QueueError as refusal:
        asked = {"code": refusal.code, "fields": request.form}
        return refused(refusal, lambda notice: _screen(officer, notice, asked))
    return redirect("/counter", 303)


def _screen(officer: Identity, notice: dict[str, str] | None = None, asked: dict[str, Any] | None = None) -> str:
    number = _counter_of(officer)
    state = None
    if number is not None:
        state = plain(looking_at_counter.counter_state(desk().db, officer, number))
    return render_template("counter/counter.html", state=state, counter_number=number, notice=notice,
                           asked=asked, choices=_choices(), printer_codes=PRINTER_CODES)  # fmt: skip


def _choices() -> dict[str, Any]:
    """From what the choosers choose: the office's reasons, services, queues and counters as they are now."""
    office = desk().office
    return {
        "reasons": plain(reason_lists(office)), "services": office.services, "queues": office.queues,
        "counters": office.counters,
    }  # fmt: skip


def _is_open_by(officer: Identity, number: int) -> bool:
    with desk().db.read(officer.office_id) as work:
        held = work.counters.of_officer(officer.account) if officer.account else None
    return held is not None and held.number == number and held.is_open


def _counter_of(officer: Identity) -> int | None:
    """Return the counter that the officer has open, else the one asked for, else their own; None for a manager."""
    with desk().db.read(officer.office_id) as work:
        held = work.counters.of_officer(officer.account) if officer.account else None
    if held:
        return held.number
    wanted = request.args.get("counter", type=int)
    known = {each.number for each in desk().office.counters}
    return wanted if wanted in known and officer.role == "officer" else officer.counter
