"""Who listens where. A room's name is made here only; a screen never names its own."""

from dataclasses import dataclass

NAMESPACE = "/live"
AUDIENCES = ("kiosk", "display", "rating", "staff", "managers")

_OF_ROLE = {
    "kiosk": "kiosk",
    "display": "display",
    "rating": "rating",
    "officer": "staff",
    "reception": "staff",
    "manager": "managers",
    "assessor": "managers",
    "administrator": "managers",
}


@dataclass(frozen=True, slots=True)
class Room:
    """One audience of one office; rating tablets hear their own counter only."""

    office_id: int
    audience: str
    counter: int | None = None

    @property
    def name(self) -> str:
        """The name that Socket.IO knows it by."""
        return f"{self.office_id}:{self.audience}" + (f":{self.counter}" if self.counter is not None else "")


def room_of_one(office_id: int, name: str) -> Room:
    """Return the room of one device, person or session by its name (`device:7`), in which nothing is told: so that it
    can be hung up on."""
    return Room(office_id, name)


def room_of(office_id: int, role: str, counter: int | None) -> Room | None:
    """Return the room of that role, or None for one that hears nothing."""
    audience = _OF_ROLE.get(role)
    if audience is None:
        return None
    return room_for(office_id, audience, counter)


def room_for(office_id: int, audience: str, counter: int | None) -> Room:
    """Return the audience's room; the counter matters to rating tablets only."""
    return Room(office_id, audience, counter if audience == "rating" else None)
