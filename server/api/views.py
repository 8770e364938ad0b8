"""The addresses under /api/v1. Each reads its request, asks one service, and answers."""

from collections.abc import Callable, Iterable

import msgspec
from flask import Blueprint, Response, request

from hardware.simulator_condition import FAULTS
from server.api.devices import devices
from server.api.openapi import openapi
from server.api.wire import answer, body_as, nothing
from server.db.events import StoredEvent, events_after
from server.domain.errors import InvalidValue, NoPrinterHere, UnknownSlot, UnknownTicket
from server.services import heartbeats, issuing, keypads, looking, looking_at_counter, paper, rating, rights
from server.services.commands import OF_COUNTER, OF_TICKET, Known
from server.services.paper_shapes import AgentAnswer, AgentReport, KeyPress, SimulatorNow, SimulatorRequest, SlipEnd
from server.services.repeating import refuse_unkept
from server.services.shapes import EventList, EventOut, IssueRequest, Nothing, RatingRequest
from server.web.askers import asker, askers
from server.web.desk import desk, now
from server.web.language import speak_as_the_visit
from server.web.numerals import whole_number
from server.web.report_reading import asked_for, fairness_of, grouping_asked, staffing_of, waiting_of

EVENTS_AT_ONCE = 1000
api = Blueprint("api", __name__, url_prefix="/api/v1")
api.register_blueprint(devices)


def _listed(commands: Iterable[str]) -> str:
    """Return the names as an address lists them: it then knows which methods which of them takes."""
    return ", ".join(f'"{name}"' for name in commands)


@api.get("/openapi.json")
def description() -> Response:
    """Describe this API, with the ids that the office has configured."""
    return Response(msgspec.json.encode(openapi(desk().office)), content_type="application/json")


@api.get("/services")
def services() -> Response:
    """List what a number can be taken for."""
    return answer(looking.services(desk().db, asker("see_services"), prints=desk().prints))


@api.post("/tickets")
def issue() -> Response:
    """Take a number: 201, or 200 when this request_id already has one."""
    kiosk, wanted = asker("issue"), body_as(IssueRequest)
    if wanted.language == "en":  # Thai is what a body without a language says, too.
        speak_as_the_visit("en")
    issued = issuing.issue_ticket(desk().db, kiosk, wanted, prints=desk().prints)
    return answer(issued.value, 200 if issued.repeated else 201)


@api.get("/tickets/<ticket>")
def ticket(ticket: str) -> Response:
    """Show a ticket."""
    return answer(looking.ticket(desk().db, asker("see_ticket"), _ticket_id(ticket)))


@api.post(f"/tickets/<ticket>/<any({_listed(OF_TICKET)}):command>")
def command(ticket: str, command: str) -> Response:
    """Do one step with a ticket."""
    return _done(OF_TICKET, command, lambda: _ticket_id(ticket))


@api.post(f"/counters/<int:number>/<any({_listed(OF_COUNTER)}):command>")
def command_counter(number: int, command: str) -> Response:
    """Do something at a counter; a call that finds nobody is 204."""
    return _done(OF_COUNTER, command, lambda: number)


@api.get("/office")
def office() -> Response:
    """Show what the office has configured: its rule in force, queues, counters, reasons."""
    return answer(looking.office(desk().db, next(iter(askers()), None) or asker("see_services")))


@api.get("/counters/<int:number>/state")
def counter_state(number: int) -> Response:
    """Show a counter's whole picture."""
    return answer(looking_at_counter.counter_state(desk().db, asker("see_counter"), number))


@api.get("/display/state")
def display_state() -> Response:
    """Show the waiting room's whole picture."""
    return answer(looking.display_state(desk().db, asker("see_display")))


@api.get("/rating/<int:number>/state")
def rating_state(number: int) -> Response:
    """Show a rating tablet's whole picture."""
    return answer(looking.rating_state(desk().db, asker("see_rating", counter=number), number))


@api.post("/ratings")
def rate() -> Response:
    """Take the one tap of a visit: 201, or 200 when this request_id already gave it."""
    asker("rate")
    wanted = body_as(RatingRequest)
    unknown = UnknownSlot(slot=str(wanted.slot))
    # One browser may be the tablets of several counters; the slot tells which one was tapped.
    for tablet in (each for each in askers() if rights.may(each, "rate")):
        try:
            given = rating.give_rating(desk().db, tablet, wanted)
        except UnknownSlot:
            continue
        return answer(given.value, 200 if given.repeated else 201)
    raise unknown


@api.get("/slips")
def slips() -> Response:
    """Show how the paper does, and which slips need a person."""
    return answer(paper.paper_state(desk().db, asker("see_slips"), desk().drawing.failed()))


@api.post("/agent/next")
def next_slip() -> Response:
    """Give a print agent its next slip; 204 when there is none for as long as it would wait."""
    given = desk().agents.next_slip(asker("print_slips"), body_as(AgentReport))
    return nothing() if given is None else answer(AgentAnswer(given))


@api.post("/agent/slips/<int:job>")
def end_slip(job: int) -> Response:
    """Take from a print agent what became of a slip."""
    desk().agents.end(asker("print_slips"), job, body_as(SlipEnd))
    return answer(Nothing())


@api.post("/simulator")
def tell_simulator() -> Response:
    """Let the simulated printer of a demonstration go wrong, or right again."""
    rights.require(asker("set_up"), "set_up")
    simulator, wanted = desk().simulator, body_as(SimulatorRequest)
    refuse_unkept(wanted.request_id)
    if simulator is None:
        raise NoPrinterHere()
    if wanted.fault is None:
        simulator.behave()
    elif wanted.fault in FAULTS:
        simulator.fail(wanted.fault)
    else:
        raise InvalidValue(field="fault", value=ascii(wanted.fault[:40]))
    state = simulator.state()
    return answer(SimulatorNow(faults=list(state.faults), slips=state.slips))


@api.post("/keypad/press")
def press_key() -> Response:
    """Do what a key of a counter's key pad means; 204 when nobody waits."""
    pad, pressed = asker("press_key"), body_as(KeyPress)
    heartbeats.beat(desk().db, pad, version=None)
    ticket = keypads.press(desk().db, pad, pressed)
    return nothing() if ticket is None else answer(ticket)


@api.get("/reports/waiting")
def waiting_report() -> Response:
    """Report wait, walk, service and total."""
    manager, moment = asker("see_reports"), now()
    return answer(waiting_of(manager, asked_for(moment, grouping_asked()), moment).report)


@api.get("/reports/fairness")
def fairness_report() -> Response:
    """Report who overtook whom and why, and the wait by class."""
    manager, moment = asker("see_reports"), now()
    return answer(fairness_of(manager, asked_for(moment), moment))


@api.get("/reports/staffing")
def staffing_report() -> Response:
    """Report shifts, breaks, busy and idle time."""
    manager, moment = asker("see_reports"), now()
    return answer(staffing_of(manager, asked_for(moment), moment))


@api.get("/events")
def events() -> Response:
    """List what happened after a `seq`, a thousand at a time."""
    identity = asker("see_events")
    rights.require(identity, "see_events")
    written = request.args.get("after", "0")
    after = whole_number(written)
    if after is None:
        raise InvalidValue(field="after", value=written[:40])
    with desk().db.engine.connect() as connection:
        found = events_after(connection, identity.office_id, after, most=EVENTS_AT_ONCE + 1)
    page = found[:EVENTS_AT_ONCE]
    return answer(
        EventList(
            events=[_event(each) for each in page],
            next=page[-1].seq if page else after,
            more=len(found) > EVENTS_AT_ONCE,
        )
    )


def _done(commands: dict[str, Known], name: str, about: Callable[[], int]) -> Response:
    known = commands[name]
    somebody, wanted = asker(known.right), body_as(known.body)
    done = known.do(desk().db, somebody, about(), wanted)
    return nothing() if done is None else answer(done.value)


def _ticket_id(written: str) -> int:
    ticket_id = whole_number(written)
    if ticket_id is None:
        raise UnknownTicket(ticket=written[:40])
    return ticket_id


def _event(event: StoredEvent) -> EventOut:
    zone = desk().office.zone
    return EventOut(
        seq=event.seq, kind=event.kind, version=event.version, payload=msgspec.Raw(event.payload.encode()),
        occurred_at=event.occurred_at.astimezone(zone), recorded_at=event.recorded_at.astimezone(zone),
        actor=event.actor, device=event.device, request_id=event.request_id, rule_version=event.rule_version,
        previous_hash=event.previous_hash,
    )  # fmt: skip
