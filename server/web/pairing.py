"""A browser becomes a device: it shows a short code until an administrator has typed it; then it says how it does."""

import msgspec
from flask import Blueprint, Response, redirect, render_template, request, session
from werkzeug.wrappers import Response as BaseResponse

from server.domain.errors import PairingExpired, QueueError, Unauthorized
from server.services import heartbeats
from server.services.device_shapes import Beat
from server.services.pairing import shown_code
from server.web.addresses import client_address
from server.web.askers import device_of, keep_devices, person, session_identities
from server.web.desk import desk
from server.web.pages import home_of
from server.web.problems import MalformedBody
from server.web.refusing import refused

pairing = Blueprint("pairing", __name__, template_folder="templates")


@pairing.get("/pair")
def page() -> str:
    """Show the code that this browser has asked for; the script asks for one where there is none."""
    return _page()


@pairing.post("/pair")
def ask() -> BaseResponse:
    """Ask for a code, unless this browser shows one already."""
    try:
        if _open() is None:
            session["pairing"] = desk().pairing.ask(desk().office_id, address=client_address()).secret
    except QueueError as refusal:
        return refused(refusal, lambda notice: _page(notice=notice))
    return redirect("/pair", 303)


@pairing.post("/pair/claim")
def claim() -> BaseResponse:
    """Become what the administrator said: on to that screen. Until then, or when the time is over, back to the page."""
    try:
        device = desk().pairing.claim(desk().office_id, str(session.get("pairing", "")))
    except PairingExpired:
        session.pop("pairing", None)
        return _go("/pair", 410)
    if device is None:
        return _go("/pair", 202)
    session.pop("pairing")
    keep_devices(device.id)
    at = f"?counter={device.counter}" if device.kind == "rating" else ""
    return _go(home_of(device.kind) + at, 200)


@pairing.post("/heartbeat")
def heartbeat() -> Response:
    """Note that a device's page is there, and how it does. A person who looks at a display is not one."""
    try:
        said = msgspec.json.decode(request.get_data(cache=False), type=Beat)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(reason=str(error)[:200]) from error
    try:
        device = device_of(said.screen, said.counter)
    except Unauthorized:
        if person() is None:
            raise
        return Response(status=204)
    heartbeats.beat(desk().db, device, version=said.version, visible=said.visible, sound=said.sound)
    return Response(status=204)


def _go(path: str, status: int) -> BaseResponse:
    """Answer the script with where to go and how it stands, a plain form with the page itself."""
    if request.accept_mimetypes.best == "application/json":
        return Response(msgspec.json.encode({"go": path}), status, content_type="application/json")
    return redirect(path, 303)


def _open() -> tuple[str, int] | None:
    """Return this browser's code and for how many seconds it lasts; None where there is none, or it was confirmed."""
    known = desk().pairing.open(desk().office_id, str(session.get("pairing", "")))
    if known is None:
        return None
    return shown_code(known.code), max(0, round((known.expires_at - desk().db.wall()).total_seconds()))


def _page(notice: dict[str, str] | None = None) -> str:
    code, seconds = _open() or (None, 0)
    settings = (desk().public_url or request.host_url.rstrip("/")) + "/settings/devices"
    already = [each for each in session_identities() if each.device is not None]
    return render_template(
        "web/pair.html", code=code, seconds=seconds, settings=settings, already=already, notice=notice
    )
