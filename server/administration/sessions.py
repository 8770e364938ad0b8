"""The settings' page of log-ins: who is logged in where, and which log-ins are slowed down."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.db.people import Identity
from server.domain.errors import QueueError
from server.services.sessions import ease, sessions_of, slowed_down
from server.web.askers import asker, person
from server.web.desk import desk
from server.web.refusing import refused

PAGE = "/settings/sessions"
DONE = ("ended", "eased")
LONGEST_FIELD = 64

sessions = Blueprint("sessions", __name__, template_folder="templates", url_prefix=PAGE)


@sessions.get("")
def page() -> BaseResponse | str:
    """List the sessions that go on, each with a button that ends it, and the log-ins that have to wait."""
    if person() is None:
        return redirect(f"/login?next={PAGE}", 303)
    done = request.args.get("done")
    return _page(asker("set_up"), done=done if done in DONE else None)


@sessions.post("/<int:session>/end")
def end(session: int) -> BaseResponse:
    """End somebody's session: their pages ask them to log in."""
    somebody = asker("set_up")
    try:
        desk().gate.end_session(somebody, session)
    except QueueError as refusal:
        return refused(refusal, lambda notice: _page(somebody, notice=notice))
    return redirect(f"{PAGE}?done=ended", 303)


@sessions.post("/ease")
def let_go_on() -> BaseResponse:
    """Let log-ins that are slowed down go on at once."""
    ease(desk().db, asker("set_up"), request.form.get("key", "")[:LONGEST_FIELD])
    return redirect(f"{PAGE}?done=eased", 303)


def _page(somebody: Identity, *, done: str | None = None, notice: dict[str, str] | None = None) -> str:
    zone = desk().office.zone
    found = [(each, each.began_at.astimezone(zone), each.expires_at.astimezone(zone))
             for each in sessions_of(desk().db, somebody)]  # fmt: skip
    return render_template("administration/sessions.html", sessions=found, own=somebody.session, done=done,
                           notice=notice, slowed=slowed_down(desk().db, somebody))  # fmt: skip
