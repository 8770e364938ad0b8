"""The settings' pages: devices, paired by the code on their glass, looked after and shut out again."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from hardware.simulator import PrinterSimulator
from hardware.simulator_condition import FAULTS
from server.db.people import Identity
from server.domain.errors import InvalidValue, QueueError
from server.services import devices, slips
from server.services.pairing import AT_A_COUNTER, KINDS, LONGEST_NAME, Looked, Wanted
from server.services.rights import Right, may, require
from server.web.askers import asker, person
from server.web.context import new_request_id
from server.web.desk import desk, now
from server.web.device_reading import devices_of
from server.web.numerals import whole_number
from server.web.paper_words import printer_words
from server.web.plain import plain
from server.web.refusing import refused

LONGEST_FIELD = 200
SLIPS_SHOWN = 3
PAGE = "/settings/devices"
PAGES: tuple[tuple[str, str, Right], ...] = (
    ("devices", PAGE, "see_devices"),
    ("slip", "/settings/slip", "set_up"),
    ("sessions", "/settings/sessions", "set_up"),
)
"""The settings' pages, by the word that names each, and who may open them; the list of screens promises these."""
DONE = ("paired", "renamed", "printer", "revoked", "self_test", "fault")
"""What a form has done, as the page's address says it."""

administration = Blueprint("administration", __name__, template_folder="templates", url_prefix="/settings")


@administration.get("")
def index() -> BaseResponse | str:
    """List what there is to set up."""
    if person() is None:
        return redirect("/login?next=/settings", 303)
    somebody = asker("see_devices")
    shown = [(key, path) for key, path, right in PAGES if may(somebody, right)]
    return render_template("administration/index.html", pages=shown)


@administration.get("/devices")
def device_page() -> BaseResponse | str:
    """Show the devices, the printers, and the box in which a new device's code is typed.

    With `gaps=no` the part with today's gaps is left out: the page's script wants it less often than the rest.
    """
    if person() is None:
        return redirect(f"/login?next={PAGE}", 303)
    done, about = request.args.get("done"), whole_number(request.args.get("device", ""))
    with_gaps = request.args.get("gaps") != "no"
    return _page(asker("see_devices"), done=done if done in DONE else None, about=about, with_gaps=with_gaps)


@administration.post("/devices/pair")
def pair() -> BaseResponse | str:
    """First say what would be paired; sent again with `really`, pair it."""
    somebody = asker("set_up")
    counter = request.form.get("counter", "")
    wanted = Wanted(
        code=_field("code"), kind=_field("kind"), counter=whole_number(counter) if counter else None,
        name=_field("name"),
    )  # fmt: skip

    def do() -> BaseResponse | str:
        if "really" not in request.form:
            return _page(somebody, looked=desk().pairing.look(somebody, wanted))
        device = desk().pairing.confirm(somebody, wanted, _field("request_id")[:64] or None)
        return _done("paired", device)

    return _refused_in_place(somebody, do, wanted=wanted)


@administration.post("/devices/<int:device>/name")
def rename(device: int) -> BaseResponse | str:
    """Call the device something, or nothing again."""
    somebody = asker("set_up")

    def do() -> BaseResponse:
        devices.rename(desk().db, somebody, device, _field("name"))
        return _done("renamed", device)

    return _refused_in_place(somebody, do)


@administration.post("/devices/<int:device>/printer")
def choose_printer(device: int) -> BaseResponse | str:
    """Let another printer print what this kiosk gives out; an empty field is the office's own."""
    somebody = asker("set_up")

    def do() -> BaseResponse:
        written = _field("printer")
        agent = whole_number(written) if written else None
        if written and agent is None:
            raise InvalidValue(field="printer", value=ascii(written[:40]))
        devices.print_at(desk().db, somebody, device, agent)
        return _done("printer", device)

    return _refused_in_place(somebody, do)


@administration.post("/devices/<int:device>/link")
def link(device: int) -> BaseResponse | str:
    """Show a link that makes one browser this device, once, within a day."""
    somebody = asker("set_up")

    def do() -> str:
        found = devices.one(desk().db, somebody, device)
        code = desk().gate.make_entry_code(somebody.office_id, [found.id])
        base = desk().public_url or request.host_url.rstrip("/")
        return _page(somebody, link={"address": f"{base}/enter?code={code}", "device": found})

    return _refused_in_place(somebody, do)


@administration.get("/devices/<int:device>/revoke")
def really_revoke(device: int) -> BaseResponse | str:
    """Ask whether this device shall really be shut out."""
    if person() is None:
        return redirect(f"/login?next={PAGE}", 303)
    somebody = asker("set_up")
    return _refused_in_place(
        somebody,
        lambda: render_template("administration/revoke.html", device=devices.one(desk().db, somebody, device)),
    )


@administration.post("/devices/<int:device>/revoke")
def revoke(device: int) -> BaseResponse | str:
    """Shut the device out."""
    somebody = asker("set_up")

    def do() -> BaseResponse:
        devices.revoke(desk().db, somebody, device, has_own_printer=desk().prints)
        return _done("revoked")

    return _refused_in_place(somebody, do)


@administration.post("/devices/printers/<int:printer>/self-test")
def self_test(printer: int) -> BaseResponse | str:
    """Have that printer print its test slip."""
    somebody = asker("set_up")

    def do() -> BaseResponse:
        slips.queue_self_test(desk().db, somebody, printer)
        return _done("self_test")

    return _refused_in_place(somebody, do)


@administration.post("/devices/simulator")
def tell_simulator() -> BaseResponse | str:
    """Let the simulated printer go wrong, or right again (an empty field)."""
    require(asker("set_up"), "set_up")
    simulator, fault = _simulator(), _field("fault")
    if fault and fault not in FAULTS:
        abort(404)
    if fault:
        simulator.fail(fault)
    else:
        simulator.behave()
    return _done("fault")


@administration.get("/devices/simulator/slips/<int:back>.png")
def simulated_slip(back: int) -> Response:
    """Show a slip that the simulated printer has printed: 0 is the newest."""
    asker("set_up")
    printed = _simulator().slips
    if back >= len(printed):
        abort(404)
    drawn = BytesIO()
    printed[-1 - back].image.save(drawn, "PNG")
    return Response(drawn.getvalue(), content_type="image/png")


def _page(somebody: Identity, *, done: str | None = None, about: int | None = None, looked: Looked | None = None,
          link: dict[str, Any] | None = None, wanted: Wanted | None = None,
          notice: dict[str, str] | None = None, with_gaps: bool = True) -> str:  # fmt: skip
    found = plain(devices_of(somebody, now(), with_gaps=with_gaps))
    can_set_up = may(somebody, "set_up")
    return render_template(
        "administration/devices.html", devices=found["devices"], build=desk().build,
        printers=[each | {"word": printer_words(each["state"])} for each in found["printers"]],
        kinds=KINDS, at_a_counter=sorted(AT_A_COUNTER), counters=desk().office.counters, can_set_up=can_set_up,
        done=done, about=next((each for each in found["devices"] if each["id"] == str(about)), None), looked=looked,
        link=link, wanted=wanted, notice=notice, request_id=new_request_id(), longest_name=LONGEST_NAME,
        simulator=_simulated() if can_set_up else None, with_gaps=with_gaps,
    )  # fmt: skip


def _simulated() -> dict[str, Any] | None:
    """Return what the panel of the simulated printer shows; None where the printer is a real one."""
    simulator = desk().simulator
    if simulator is None:
        return None
    printed = simulator.slips
    return {"faults": list(FAULTS), "on": simulator.faults_on, "slips": min(SLIPS_SHOWN, len(printed)),
            "newest": f"{printed[-1].at.timestamp():.3f}" if printed else ""}  # fmt: skip


def _simulator() -> PrinterSimulator:
    simulator = desk().simulator
    if simulator is None:
        abort(404)
    return simulator


def _refused_in_place(somebody: Identity, do: Callable[[], BaseResponse | str], **shown: Any) -> BaseResponse | str:
    """Do it; refused, the page says why, above what there is."""
    try:
        return do()
    except QueueError as refusal:
        return refused(refusal, lambda notice: _page(somebody, notice=notice, **shown))


def _done(what: str, device: int | None = None) -> BaseResponse:
    return redirect(f"{PAGE}?done={what}" + (f"&device={device}" if device is not None else ""), 303)


def _field(name: str) -> str:
    return request.form.get(name, "")[:LONGEST_FIELD].strip()
