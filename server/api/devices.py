"""The addresses of devices: how they do, and how programs are paired. Anybody may ask to be; a person confirms it."""

from flask import Blueprint, Response

from server.api.wire import answer, body_as
from server.services.device_shapes import (
    ClaimRequest,
    PairedAnswer,
    PairedDevice,
    PairingAnswer,
    PairingRequest,
)
from server.services.pairing import known_kind, shown_code
from server.services.reporting import question
from server.services.shapes import Nothing
from server.web.addresses import client_address
from server.web.askers import asker
from server.web.desk import desk, now
from server.web.device_reading import devices_of, gaps_between
from server.web.queries import date_of

devices = Blueprint("devices", __name__)


@devices.get("/devices")
def device_list() -> Response:
    """Show the devices with today's gaps, and the printers."""
    return answer(devices_of(asker("see_devices"), now()))


@devices.get("/devices/gaps")
def gaps() -> Response:
    """Report when each device was silent, hidden or without sound on the days asked."""
    somebody, moment = asker("see_devices"), now()
    asked = question(date_of("from"), date_of("to"), "service", today=moment.date())
    return answer(gaps_between(somebody, (asked.first, asked.last), moment))


@devices.post("/pairings")
def ask() -> Response:
    """Give a program a code to show and a secret to keep."""
    asked = desk().pairing.ask(desk().office_id, body_as(PairingRequest).kind, address=client_address())
    expires_at = asked.expires_at.astimezone(desk().office.zone)
    return answer(PairingAnswer(code=shown_code(asked.code), secret=asked.secret, expires_at=expires_at), 201)


@devices.post("/pairings/claim")
def claim() -> Response:
    """Give a program its token, once, when somebody has confirmed its code; 202 until then."""
    claimed = desk().pairing.claim_token(desk().office_id, body_as(ClaimRequest).secret)
    if claimed is None:
        return answer(Nothing(), 202)
    token, device = claimed
    paired = PairedDevice(
        id=str(device.id), device=device.key, kind=known_kind(device.kind), name=device.name, counter=device.counter
    )
    return answer(PairedAnswer(token=token, device=paired))
