"""The pages that belong to no single screen: the list of screens, login, one-time links, the citizen's phone page."""

import re
from io import BytesIO

import segno
from flask import Blueprint, Response, redirect, render_template, request, session
from werkzeug.wrappers import Response as BaseResponse

from server.db.tickets import office_and_ticket_of_code
from server.domain.errors import QueueError, Unauthorized, UnknownTicket
from server.services.describing import known_leg, ticket_of
from server.services.entering import Browser
from server.services.moving import cancel_own
from server.services.rating import phone_rating, rate_own
from server.services.rights import Right, may
from server.services.setting_clock import confirm_clock
from server.web.addresses import counted_address, program_of
from server.web.askers import keep_devices, person, session_identities
from server.web.desk import desk
from server.web.language import language
from server.web.plain import plain
from server.web.refusing import refused
from server.web.slips import phone_address

PHONE_REFRESH_SECONDS = 15
LONGEST_FIELD = 200
SCREENS: tuple[tuple[str, str, Right], ...] = (
    ("/kiosk", "kiosk", "issue"),
    ("/reception", "reception", "see_slips"),
    ("/counter", "counter", "work_counter"),
    ("/display", "display", "see_display"),
    ("/rating", "rating", "rate"),
    ("/reports", "reports", "see_reports"),
    ("/settings", "settings", "see_devices"),
)
HOMES = {"officer": "/counter", "reception": "/reception", "manager": "/reports", "assessor": "/reports"}
"""Where a person goes after log-in, by role."""

pages = Blueprint("pages", __name__, template_folder="templates")


@pages.get("/")
def index() -> str:
    """List the screens, and which of them this browser may open."""
    known = list(session_identities())
    screens = [
        {"path": path, "key": key, "allowed": any(may(each, right) for each in known)} for path, key, right in SCREENS
    ]
    return render_template("web/index.html", screens=screens, user=_user())


@pages.get("/login")
def login_page() -> str:
    """Ask for user and password."""
    return render_template("web/login.html", notice=None, user="", next=_next(request.args.get("next")))


@pages.post("/login")
def login() -> BaseResponse:
    """Let a person in, or say in place that user and password do not fit."""
    user = request.form.get("user", "")[:LONGEST_FIELD].strip()
    password = request.form.get("password", "")[:LONGEST_FIELD]
    before = person()
    try:
        came = desk().gate.login(user, password, browser())
    except QueueError as refusal:
        onward = _next(request.form.get("next"))
        return refused(refusal, lambda notice: render_template("web/login.html", notice=notice, user=user, next=onward))
    if before is not None:
        desk().gate.log_out(before)
    session.pop("account", None)  # Of the version before: a person's session was the cookie itself.
    session["person"], session["browser"] = came.token, came.browser
    session.permanent = True
    return redirect(_next(request.form.get("next")) or HOMES.get(came.identity.role, "/"), 303)


@pages.post("/logout")
def logout() -> BaseResponse:
    """Let the person go; the browser stays the devices it is, and is known again at the next log-in."""
    somebody = person()
    if somebody is not None:
        desk().gate.log_out(somebody)
    session.pop("person", None)
    return redirect("/", 303)


@pages.post("/clock/confirm")
def confirm_the_clock() -> BaseResponse:
    """Let a person of the office say that a clock which jumped ahead is right."""
    somebody = person()
    if somebody is None:
        raise Unauthorized()
    confirm_clock(desk().db, somebody)
    return redirect(HOMES.get(somebody.role, "/"), 303)


@pages.get("/enter")
def entry_page() -> str:
    """Show what a one-time link would make of this browser, and the button; programs that look at links change nothing.

    A link that was used, or never was, is refused here already.
    """
    code = request.args.get("code", "")[:LONGEST_FIELD]
    return render_template("web/enter.html", code=code, devices=desk().gate.look_at_entry_code(code))


@pages.post("/enter")
def enter() -> BaseResponse:
    """Make this browser the devices of a one-time link, and use the link up."""
    devices = desk().gate.use_entry_code(request.form.get("code", "")[:LONGEST_FIELD])
    keep_devices(*[device.device for device in devices])
    return redirect(home_of(devices[0].role) if len(devices) == 1 else "/", 303)


def home_of(kind: str) -> str:
    """Return the screen of a device of that kind."""
    return {"kiosk": "/kiosk", "display": "/display", "rating": "/rating"}.get(kind, "/")


@pages.get("/t/<code>")
def phone(code: str) -> str:
    """Show a citizen their own ticket, by the code on the slip; nothing of anybody else."""
    return _phone(code)


@pages.post("/t/<code>/cancel")
def give_up(code: str) -> BaseResponse:
    """Let the citizen give the place in line up; a refusal is said on the same page."""
    try:
        cancel_own(desk().db, code[:LONGEST_FIELD])
    except UnknownTicket:
        raise
    except QueueError as refusal:
        return refused(refusal, lambda notice: _phone(code, notice=notice))
    return redirect(f"/t/{code}?lang={language()}", 303)


@pages.post("/t/<code>/rate")
def rate(code: str) -> BaseResponse:
    """Take the citizen's tap on the own phone; a refusal is said on the same page."""
    score = request.form.get("score", "")
    try:
        rate_own(desk().db, code[:LONGEST_FIELD], int(score) if score.isdecimal() and len(score) == 1 else 0)
    except UnknownTicket:
        raise
    except QueueError as refusal:
        return refused(refusal, lambda notice: _phone(code, notice=notice))
    return redirect(f"/t/{code}?lang={language()}", 303)


def _phone(code: str, notice: dict[str, str] | None = None) -> str:
    with desk().db.engine.connect() as connection:
        # PostgreSQL takes no text with a null character, not even to look for it.
        found = office_and_ticket_of_code(connection, code[:LONGEST_FIELD]) if code.isalnum() else None
    if found is None:
        raise UnknownTicket()
    office_id, ticket_id = found
    with desk().db.read(office_id) as work:
        leg = known_leg(work, ticket_id)
        ticket = ticket_of(work, leg)
        service = work.office.known_service(ticket.service)
        queue = work.office.known_queue(ticket.queue)
        rating = phone_rating(work, leg)
    waits_again = leg.returns > 0 or leg.joined_at > ticket.issued_at
    return render_template("web/phone.html", ticket=plain(ticket), code=code, service=service, queue=queue,
                           waits_again=waits_again, rating=rating, notice=notice,
                           refresh_seconds=PHONE_REFRESH_SECONDS)  # fmt: skip


@pages.get("/t/<code>/qr.svg")
def phone_code(code: str) -> Response:
    """Draw the QR of a phone page, as it stands on the slip."""
    picture = segno.make(phone_url(code[:LONGEST_FIELD]), micro=False, error="m")
    drawn = BytesIO()
    picture.save(drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False)
    return Response(drawn.getvalue(), content_type="image/svg+xml")


def phone_url(code: str) -> str:
    """Return the address of a phone page as citizens reach it, in the language of this request."""
    return phone_address(desk().public_url or request.host_url.rstrip("/"), code, language())


def browser() -> Browser:
    """Return what is known of the browser that asks, for a log-in."""
    kept = session.get("browser")
    return Browser(address=counted_address(), program=program_of(request.user_agent.string),
                   id=kept if isinstance(kept, str) else None)  # fmt: skip


def _user() -> dict[str, str] | None:
    somebody = person()
    return None if somebody is None else {"name": somebody.name, "role": somebody.role}


def _next(wanted: str | None) -> str | None:
    """Return a path of our own to go on to, or None: a link must not lead a person away after login.

    A browser takes a backslash for a slash and drops tabs and line ends, so `/<tab>/elsewhere` would lead away too.
    """
    return wanted if wanted and re.fullmatch(r"/(?!/)[^\\\x00-\x20\x7f]*", wanted) else None
