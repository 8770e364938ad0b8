"""Puts a ticket's words on a slip, in the citizen's language, and those of a printer's self-test."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hardware.self_test_slip import SelfTestContent
from hardware.slip import SlipContent
from server.domain.office import LANGUAGES, Language, Office, Service, Text
from server.domain.tickets import label
from server.services.shapes import EstimatedWait, PrintState, Ticket, Words
from server.web import formats
from server.web.plain import plain
from server.web.wait_words import wait_detail, wait_said
from server.web.whole import WHOLE
from server.web.words import Catalogue

SAMPLE_NUMBER = 14
SAMPLE_TIME = datetime(2026, 11, 23, 9, 41)  # noqa: DTZ001  # because it gets the zone of the office that asks.
SAMPLE_WAIT = (10, 25)  # Minutes.
SAMPLE_URL = "https://example.org/t/AbCdEfGhIjKl"
_NO_BREAK = "\u00a0"


def phone_address(base: str, code: str, spoken: Language) -> str:
    """Return the address of a ticket's phone page, which opens in the language in which the visit was begun.

    `base` is that of the server as citizens reach it; Thai needs no word, and so a smaller code.
    """
    return f"{base}/t/{code}" + ("" if spoken == "th" else f"?lang={spoken}")


def slip_of(
    ticket: Ticket,
    office: Office,
    words: Catalogue,
    phone_url: str,
    copy_at: datetime | None = None,
    documents: Sequence[Text] | None = None,
) -> SlipContent:
    """Return everything that stands on this ticket's slip; `phone_url` is what its QR opens, none where it is empty.

    `copy_at`, in the office's zone, makes it a copy of that time. `documents` are those that the citizen still lacks;
    None, when nobody has looked, is all that the service needs.
    """
    spoken = ticket.language

    def say(key: str, **facts: object) -> str:
        return words.say(spoken, f"slip.{key}", **facts)

    def ours(text: Text | None, key: str = "") -> str:
        return text.in_language(spoken) if text else say(key) if key else ""

    needed = office.known_service(ticket.service).documents if documents is None else tuple(documents)
    listed = needed if office.slips.documents else ()
    # Who was called already waits for nobody: a slip that comes late must not say so.
    waits = ticket.state == "waiting"
    return SlipContent(
        office=office.name.in_language(spoken),
        place=office.place.in_language(spoken),
        greeting=ours(office.slips.greeting),
        heading=office.known_queue(ticket.queue).name.in_language(spoken),
        number=ticket.number,
        service=office.known_service(ticket.service).name.in_language(spoken),
        priority_mark=say("priority") if ticket.ticket_class == "priority" else "",
        ahead=_ahead(ticket, words) if waits else "",
        # A copy has said it before, and with its bar would go beyond what a slip may send.
        ahead_note=words.say(spoken, "ahead.shared") if waits and ticket.shares_counters and not copy_at else "",
        wait=_wait(ticket, words) if waits and office.slips.wait else (),
        documents_heading=say("documents" if documents is None else "documents_missing") if listed else "",
        documents=tuple(each.in_language(spoken) for each in listed),
        date=_moment("slip.date", ticket.issued_at, spoken, words),
        qr_url=phone_url,
        qr_caption=ours(office.slips.qr_caption, "qr"),
        note=ours(office.slips.note),
        footer=ours(office.slips.footer, "footer"),
        copy_mark=_copy_mark(words) if copy_at else "",
        copy_time=_moment("slip.copy_time", copy_at, spoken, words) if copy_at else "",
        demo_mark=say("demo") if office.demo else "",
        whole=WHOLE,
    )


def preview_of(
    office: Office, words: Catalogue, language: Language, *, priority: bool, copy: bool, at: datetime | None = None
) -> SlipContent:
    """Return a slip such as this office would print at that time (in its zone), with the facts of an example.

    It is a number of the first queue, for its service with the most documents: what is longest shows what fits.
    """
    at = at or SAMPLE_TIME.replace(tzinfo=office.zone)
    queue = office.queues[0]
    services = [each for each in office.services if each.queue == queue.id] or [Service("-", queue.id, queue.name)]
    service = max(services, key=lambda each: len(each.documents))
    ticket = Ticket(
        id="0", number=label(queue.prefix, queue.first + SAMPLE_NUMBER - 1), service=service.id,
        service_name=Words(service.name.th, service.name.en), queue=queue.id,
        ticket_class="priority" if priority else "regular", state="waiting", language=language, issued_at=at,
        called_at=None, started_at=None, finished_at=None, counter=None, calls=0, ahead=5,
        shares_counters=any({queue.id} < set(counter.queues) for counter in office.counters),
        estimate=_from(at, *SAMPLE_WAIT), print=PrintState("none"),
    )  # fmt: skip
    return slip_of(ticket, office, words, SAMPLE_URL, at + timedelta(minutes=5) if copy else None)


def _from(at: datetime, low_min: int, high_min: int) -> EstimatedWait:
    begins, ends = (at + timedelta(minutes=minutes) for minutes in (low_min, high_min))
    return EstimatedWait(low_min, high_min, begins_at=begins, ends_at=ends)


def self_test_of(
    office: Office, words: Catalogue, at: datetime, connection: str, width_dots: int, url: str = SAMPLE_URL
) -> SelfTestContent:
    """Return what stands on the self-test slip of a printer: Thai, then English.

    `at` is in the office's zone, `connection` the setting by which the printer is reached, `url` what its QR opens.
    """

    def both(key: str, **facts: object) -> tuple[str, ...]:
        return tuple(words.say(language, f"slip.self_test.{key}", **facts) for language in LANGUAGES)

    return SelfTestContent(
        title=both("title"),
        office=office.name.th,
        facts=(
            _moment("slip.date", at, "th", words),
            words.say("th", "slip.self_test.connection", connection=connection),
            words.say("th", "slip.self_test.width", dots=width_dots),
        ),
        marks_caption=both("marks"),
        marks=both("sample"),
        edges_caption=both("edges"),
        dots_caption=both("dots"),
        qr_url=url,
        qr_caption=both("qr"),
        cutter_caption=both("cutter"),
    )


def _ahead(ticket: Ticket, words: Catalogue) -> str:
    """How many are ahead: as on the kiosk and the phone, on one line."""
    said = words.say(ticket.language, "ahead.people" if ticket.ahead else "ahead.nobody", n=ticket.ahead)
    return words.say(ticket.language, "ahead.line", label=words.say(ticket.language, "ahead.label"), said=said)


def _wait(ticket: Ticket, words: Catalogue) -> tuple[str, ...]:
    """The wait, and when the call is expected: as on the kiosk, the phone and the board of the same moment."""

    def say(key: str, **facts: object) -> str:
        return words.say(ticket.language, key, **facts)

    of = plain(ticket)
    said = wait_said(say, ticket.language, of, f"{ticket.issued_at:%Y-%m-%d}")
    is_range = ticket.estimate is not None and not ticket.estimate.now
    lines = (say("slip.wait", said=said[:1].lower() + said[1:]) if is_range else said, wait_detail(say, of))
    return tuple(line for line in lines if line)


def _moment(key: str, at: datetime, language: str, words: Catalogue) -> str:
    """Return date and time in words; a line that is too short for both is broken between them."""
    day = formats.day(at, language).replace(" ", _NO_BREAK)
    return words.say(language, key, day=day, time=formats.hhmm(at))


def _copy_mark(words: Catalogue) -> str:
    """Return the word for a copy in every language: the officer who is shown it may read another than the citizen."""
    return " / ".join(words.say(language, "slip.copy") for language in LANGUAGES)
