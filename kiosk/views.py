"""The kiosk: choose a service, get a number. Reads the form, asks one service, shows the answer."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.domain.errors import QueueError
from server.domain.office import Language
from server.services import issuing, looking
from server.services.shapes import IssueRequest, PrintState
from server.web.askers import device_of
from server.web.context import new_request_id
from server.web.desk import desk
from server.web.language import language, speak_as_the_visit
from server.web.plain import plain
from server.web.refusing import refused

WARN_SECONDS = 20
IDLE_SECONDS = 30 + WARN_SECONDS  # Long enough to read the list of services twice, slowly; then "still there?".
RETURN_SECONDS = 20
PHOTO_SECONDS = 60  # To find the phone, open its camera, and photograph or scan; the button gives more.
# What is said while no slip can be counted on: photograph the number.
PHOTO = frozenset({"paper", "slow", "failed", "unknown", "none"})
LONGEST_FIELD = 64

kiosk = Blueprint("kiosk", __name__, template_folder="templates")


@kiosk.get("/kiosk")
def start() -> str:
    """Show what there is to choose from."""
    return _start_page()


@kiosk.post("/kiosk/tickets")
def take_number() -> BaseResponse:
    """Issue the ticket and show it; refused, the start page says why."""
    device = device_of("kiosk")
    spoken: Language = "en" if request.form.get("language") == "en" else "th"
    speak_as_the_visit(spoken)
    wanted = IssueRequest(
        service=request.form.get("service", "")[:LONGEST_FIELD],
        priority=bool(request.form.get("priority")),
        language=spoken,
        request_id=request.form.get("request_id", "")[:LONGEST_FIELD] or None,
    )
    try:
        ticket = issuing.issue_ticket(desk().db, device, wanted, prints=desk().prints).value
    except QueueError as refusal:
        return refused(refusal, lambda notice: _start_page(notice=notice))
    return redirect(f"/kiosk/tickets/{ticket.id}" + ("?lang=en" if spoken == "en" else ""), 303)


@kiosk.get("/kiosk/tickets/<int:ticket_id>")
def show_number(ticket_id: int) -> str:
    """Show the number large, whatever the printer does."""
    ticket = looking.ticket(desk().db, device_of("kiosk"), ticket_id)
    office = desk().office
    message = print_message(ticket.print)
    return render_template(
        "kiosk/ticket.html",
        ticket=plain(ticket),
        service=office.known_service(ticket.service),
        queue=office.known_queue(ticket.queue),
        qr_svg_path=f"/t/{ticket.code}/qr.svg?lang={ticket.language}" if desk().settings.phone_base else None,
        print_state=message,
        is_photo=message in PHOTO,
        photo_states=sorted(PHOTO),
        return_seconds=RETURN_SECONDS,
        photo_seconds=PHOTO_SECONDS,
    )


def print_message(slip: PrintState) -> str:
    """Return which message fits: a slip that waits for a printer in trouble is not on its way."""
    if slip.detail is not None:
        return "paper" if slip.detail == "paper_out" else "failed"
    return "none" if slip.state == "dropped" else slip.state


def _start_page(notice: dict[str, str] | None = None) -> str:
    offered = plain(looking.services(desk().db, device_of("kiosk"), prints=desk().prints))
    prefixes = {queue.id: queue.prefix for queue in desk().office.queues}
    groups: list[dict[str, Any]] = [
        {
            "queue": queue | {"prefix": prefixes[queue["id"]]},
            "services": [each for each in offered["services"] if each["queue"] == queue["id"]],
        }
        for queue in offered["queues"]
    ]
    return render_template(
        "kiosk/start.html",
        groups=[group for group in groups if group["services"]],
        request_id=new_request_id(),
        chosen_lang=language() != "th",
        notice=notice,
        trouble=offered["printer"]["trouble"],
        idle_seconds=IDLE_SECONDS,
        warn_seconds=WARN_SECONDS,
    )
