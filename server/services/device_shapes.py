"""What the API tells of devices and takes from them. Times carry the office's offset; durations are in seconds."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from server.domain.gaps import GapState
from server.services.pairing import Kind, ProgramKind
from server.services.paper_shapes import PrinterOnPaper

DeviceStateName = Literal["never_seen", "ok", "silent", "hidden", "no_sound"]


class GapOut(Struct, frozen=True, kw_only=True):
    """A span in which a device was silent, hidden, or without sound; `goes_on` if it has not ended.

    `in_shift_s` is how much of it lay within the shift of its counter, None for what stands at none.
    """

    state: GapState
    began_at: datetime
    ended_at: datetime
    goes_on: bool
    seconds: float
    in_shift_s: float | None


class DeviceOut(Struct, frozen=True, kw_only=True):
    """A paired device. `device` is what events call it; `seen_s` how many seconds ago it was last heard of.

    `is_older` tells that it runs another version than the server serves, None where it said none. `prints_at` is the
    agent that prints what a kiosk gives out, None for the office's own printer.
    """

    id: str
    device: str
    kind: Kind
    name: str | None
    counter: int | None
    state: DeviceStateName
    since: datetime
    seen_s: float | None
    version: str | None
    is_older: bool | None
    sound: bool | None
    prints_at: str | None
    gaps: list[GapOut]


class DeviceList(Struct, frozen=True, kw_only=True):
    """The office's devices with today's gaps, and its printers; `build` is what this server serves."""

    devices: list[DeviceOut]
    printers: list[PrinterOnPaper]
    build: str
    seq: int
    at: datetime


class DeviceGaps(Struct, frozen=True, kw_only=True):
    """The gaps of one device; `revoked` if it is no longer paired. `in_shift_s` as in each gap."""

    device: str
    kind: Kind
    name: str | None
    counter: int | None
    revoked: bool
    gaps: list[GapOut]
    seconds: float
    in_shift_s: float | None


class GapReport(Struct, frozen=True, kw_only=True):
    """The gaps of every device on the days `from` to `to`, both counted; those without any have none."""

    from_: date = field(name="from")
    to: date
    devices: list[DeviceGaps]
    seq: int
    at: datetime


class PairingRequest(Struct, frozen=True, kw_only=True):
    """A program asks to be paired: an agent, or a counter's key pad."""

    kind: ProgramKind


class PairingAnswer(Struct, frozen=True, kw_only=True):
    """The code for a person to type in settings, and the secret with which to ask what became of it."""

    code: str
    secret: str
    expires_at: datetime


class ClaimRequest(Struct, frozen=True, kw_only=True):
    """A program asks whether its code was confirmed."""

    secret: Annotated[str, Meta(max_length=200)]


class PairedDevice(Struct, frozen=True, kw_only=True):
    """What the program was let in as."""

    id: str
    device: str
    kind: Kind
    name: str | None
    counter: int | None


class PairedAnswer(Struct, frozen=True, kw_only=True):
    """The token, told this once, and what it is the token of."""

    token: str
    device: PairedDevice


class Beat(Struct, frozen=True, kw_only=True):
    """A page says that it is there: which screen, the build it was made with, whether it is seen, and may sound."""

    screen: Literal["kiosk", "display", "rating"]
    counter: int | None = None
    version: Annotated[str, Meta(max_length=64)] | None = None
    visible: bool = True
    sound: bool | None = None
