"""The reception screen: what paper needs. The screening of citizens will have its place here too.

Every command is a plain form; the script only shows what has changed meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.db.people import Identity
from server.domain.errors import QueueError, UnknownTicket
from server.services import issuing, looking, paper
from server.services.commands import OF_TICKET, Known
from server.services.finding import find_ticket
from server.services.paper_shapes import AskedSlip, PrinterOnPaper
from server.services.rights import may
from server.services.shapes import IssueRequest
from server.web.askers import person
from server.web.desk import desk
from server.web.forms import form_as
from server.web.numerals import whole_number
from server.web.paper_words import printer_words, why_words
from server.web.plain import plain
from server.web.refusing import refused

LOGIN = "/login?next=/reception"
LONGEST_FIELD = 64
COMMANDS = ("print", "slip-came", "return")
SAID = (*COMMANDS, "issue", "find")
ISSUING = "issue"  # Where a refusal belongs that is of the form that gives a number.
BY_NUMBER = "number"  # Where a refusal belongs that is of no ticket in the list.

reception = Blueprint("reception", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Notice:
    """A refusal, and the ticket in whose row (or form) it is said."""

    about: str
    title: str
    detail: str


@reception.get("/reception")
def screen() -> BaseResponse | str:
    """Show how the paper does; somebody not logged in is asked to."""
    somebody = person()
    return redirect(LOGIN, 303) if somebody is None else _screen(somebody, done=_done(somebody))


@reception.get("/reception/paper")
def paper_part() -> BaseResponse | str:
    """Show the part that changes by itself, for the script to put in its place."""
    somebody = person()
    return redirect(LOGIN, 303) if somebody is None else _render("counter/reception_paper.html", somebody)


@reception.post("/reception/tickets/<int:ticket>/<command>")
def command_slip(ticket: int, command: str) -> BaseResponse:
    """Print a slip again, or say that it came."""
    known = OF_TICKET.get(command) if command in COMMANDS else None
    return _commanded(known, command, str(ticket), lambda _: ticket)


@reception.post("/reception/print")
def print_by_number() -> BaseResponse:
    """Print the slip of a number again that a citizen says."""
    return _commanded(OF_TICKET["print"], "print", BY_NUMBER, _ticket_of_number)


@reception.post("/reception/return")
def return_by_number() -> BaseResponse:
    """Return a missed number to the line."""
    return _commanded(OF_TICKET["return"], "return", BY_NUMBER, _ticket_of_number)


@reception.post("/reception/find")
def find_by_number() -> BaseResponse:
    """Show how the ticket of that number stands."""
    return _told(BY_NUMBER, "find", _ticket_of_number)


@reception.post("/reception/issue")
def issue() -> BaseResponse:
    """Give a number to somebody who cannot or need not go to the kiosk."""
    return _told(ISSUING, "issue", lambda somebody: int(
        issuing.issue_ticket(desk().db, somebody, form_as(IssueRequest), prints=desk().prints).value.id
    ))  # fmt: skip


def _ticket_of_number(somebody: Identity) -> int:
    return int(find_ticket(desk().db, somebody, request.form.get("number", "")[:LONGEST_FIELD]).id)


def _commanded(known: Known | None, command: str, about: str, ticket_of: Callable[[Identity], int]) -> BaseResponse:
    if known is None:
        return redirect("/reception", 303)

    def do(somebody: Identity) -> int:
        ticket = ticket_of(somebody)
        known.do(desk().db, somebody, ticket, form_as(known.body))
        return ticket

    return _told(about, command, do)


def _told(about: str, command: str, do: Callable[[Identity], int]) -> BaseResponse:
    """Do it, and tell of its ticket; a refusal is said where it belongs."""
    somebody = person()
    if somebody is None:
        return redirect(LOGIN, 303)
    try:
        ticket = do(somebody)
    except QueueError as refusal:
        return refused(refusal, lambda notice: _screen(somebody, notice=Notice(about, **notice)))
    return redirect(f"/reception?done={command}&ticket={ticket}", 303)


def _screen(somebody: Identity, notice: Notice | None = None, done: dict[str, Any] | None = None) -> str:
    return _render("counter/reception.html", somebody, notice=notice, done=done)


def _render(template: str, somebody: Identity, **more: Any) -> str:
    state = paper.paper_state(desk().db, somebody, desk().drawing.failed())
    printers = [_printer(each) for each in state.printers]
    asked = [_asked(each) for each in state.asked]
    services = looking.services(desk().db, somebody, prints=desk().prints).services
    return render_template(
        template, services=[plain(each) for each in services], may_issue=may(somebody, "issue"),
        printers=printers, asked=asked, waiting=state.waiting, left_out=state.left_out,
        perhaps_not_today=plain(state)["perhaps_not_today"],
        may_print=may(somebody, "reprint"),
        in_trouble=[each for each in printers if not each["prints"]], user_name=somebody.name,
        **{"notice": None, "done": None, **more},
    )  # fmt: skip


def _printer(printer: PrinterOnPaper) -> dict[str, Any]:
    """A printer with what is to be said of it; `look` is its badge."""
    look = "ok" if printer.state == "ok" else "paper_near_end" if printer.prints else "attention"
    return plain(printer) | {"says": printer_words(printer.state), "look": look}  # type: ignore[no-any-return]


def _asked(slip: AskedSlip) -> dict[str, Any]:
    """A slip with why it is asked about; another one is a copy where an earlier one may be on paper."""
    told = {"why": why_words(slip.reason), "next_is_copy": slip.copy or slip.state == "unknown"}
    return plain(slip) | told  # type: ignore[no-any-return]


def _done(somebody: Identity) -> dict[str, Any] | None:
    """What a form has done just now, as the address says it: the command and the ticket's number, or None."""
    command, ticket = request.args.get("done"), whole_number(request.args.get("ticket", ""))
    if command not in SAID or ticket is None:
        return None
    try:
        found = looking.ticket(desk().db, somebody, ticket)
    except UnknownTicket:
        return None
    return {"command": command.replace("-", "_"), "number": found.number, "ticket": plain(found)}
