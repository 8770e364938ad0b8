"""Puts a ticket's words on a slip, in the citizen's language."""

from datetime import timedelta

from hardware.slip import SlipContent
from server.domain.office import Office
from server.services.shapes import Ticket
from server.web import formats
from server.web.words import Catalogue


def slip_of(ticket: Ticket, office: Office, words: Catalogue, phone_url: str) -> SlipContent:
    """Return everything that stands on this ticket's slip; `phone_url` is what its QR opens."""
    spoken = ticket.language

    def say(key: str, **facts: object) -> str:
        return words.say(spoken, f"slip.{key}", **facts)

    service = office.known_service(ticket.service)
    return SlipContent(
        office=office.name.in_language(spoken),
        place=office.place.in_language(spoken),
        heading=office.known_queue(ticket.queue).name.in_language(spoken),
        number=ticket.number,
        service=service.name.in_language(spoken),
        priority_mark=say("priority") if ticket.ticket_class == "priority" else "",
        ahead=say("ahead", people=ticket.ahead) if ticket.ahead else say("nobody_ahead"),
        wait=_wait(ticket, words),
        documents_heading=say("documents") if service.documents else "",
        documents=tuple(each.in_language(spoken) for each in service.documents),
        date=say("date", day=formats.day(ticket.issued_at, spoken), time=formats.hhmm(ticket.issued_at)),
        qr_url=phone_url,
        qr_caption=say("qr"),
        footer=say("footer"),
        demo_mark=say("demo") if office.demo else "",
    )


def _wait(ticket: Ticket, words: Catalogue) -> tuple[str, str]:
    low, high = ticket.estimate.low_min, ticket.estimate.high_min
    begins, ends = (ticket.issued_at + timedelta(minutes=minutes) for minutes in (low, high))
    return (
        words.say(ticket.language, "slip.wait" if low else "slip.wait_up_to", low=low, high=high),
        words.say(ticket.language, "slip.clock", begins=formats.hhmm(begins), ends=formats.hhmm(ends)),
    )
