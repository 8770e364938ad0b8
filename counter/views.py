"""The officer's screen. Every command is a plain form; the script only saves the reload."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.db.people import Identity
from server.domain.errors import QueueError
from server.services import looking, serving
from server.web.askers import person
from server.web.desk import desk
from server.web.language import language
from server.web.plain import plain
from server.web.problems import STATUS, sentence

LONGEST_FIELD = 64
_AT_COUNTER: dict[str, Callable[..., Any]] = {
    "open": serving.open_counter,
    "close": serving.close_counter,
    "call-next": serving.call_next,
}
_WITH_TICKET: dict[str, Callable[..., Any]] = {
    "recall": serving.recall,
    "start": serving.start,
    "finish": serving.finish,
    "no-show": serving.no_show,
}

counter = Blueprint("counter", __name__, template_folder="templates")


@counter.get("/counter")
def screen() -> BaseResponse | str:
    """Show the officer's counter; somebody not logged in is asked to."""
    officer = person()
    return redirect("/login?next=/counter", 303) if officer is None else _screen(officer)


@counter.post("/counter/<int:number>/<command>")
def command_counter(number: int, command: str) -> BaseResponse:
    """Open, close, or call the next."""
    return _commanded(_AT_COUNTER.get(command), number)


@counter.post("/counter/<int:number>/tickets/<int:ticket>/<command>")
def command_ticket(number: int, ticket: int, command: str) -> BaseResponse:
    """Recall, start, finish or no-show the ticket in hand."""
    return _commanded(_WITH_TICKET.get(command), ticket)


def _commanded(do: Callable[..., Any] | None, about: int) -> BaseResponse:
    officer = person()
    if officer is None:
        return redirect("/login?next=/counter", 303)
    if do is None:
        return redirect("/counter", 303)
    try:
        do(desk().db, officer, about, request.form.get("request_id", "")[:LONGEST_FIELD] or None)
    except QueueError as refusal:
        title, detail = sentence(desk().words, refusal.code, dict(refusal.facts), language())
        page = _screen(officer, notice={"title": title, "detail": detail})
        return Response(page, STATUS[refusal.code], content_type="text/html; charset=utf-8")
    return redirect("/counter", 303)


def _screen(officer: Identity, notice: dict[str, str] | None = None) -> str:
    number = _counter_of(officer)
    state = None
    if number is not None:
        state = plain(looking.counter_state(desk().db, officer, number, desk().printer_trouble()))
    return render_template("counter/counter.html", state=state, counter_number=number, notice=notice)


def _counter_of(officer: Identity) -> int | None:
    """Return the counter that the officer has open, else the one asked for, else their own; None for a manager."""
    with desk().db.read(officer.office_id) as work:
        held = work.counters.of_officer(officer.account) if officer.account else None
    if held:
        return held.number
    wanted = request.args.get("counter", type=int)
    known = {each.number for each in desk().office.counters}
    return wanted if wanted in known and officer.role == "officer" else officer.counter
