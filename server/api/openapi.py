"""The API's description, made from the same shapes that read and write it, so that it cannot say anything else."""

import operator
from typing import Any

import msgspec

from server.domain.office import Office
from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.device_shapes import (
    ClaimRequest,
    DeviceList,
    GapReport,
    PairedAnswer,
    PairingAnswer,
    PairingRequest,
)
from server.services.paper_shapes import (
    AgentAnswer,
    AgentReport,
    KeyPress,
    PaperState,
    SimulatorNow,
    SimulatorRequest,
    SlipEnd,
)
from server.services.report_shapes import FairnessReport, StaffingReport
from server.services.shapes import (
    GROUPINGS,
    OF_THE_OFFICE,
    CounterState,
    DisplayState,
    EventList,
    IssueRequest,
    Nothing,
    OfficeDescription,
    Problem,
    Rating,
    RatingRequest,
    RatingState,
    ServiceList,
    Ticket,
    WaitingReport,
)

_SHAPES: tuple[type[msgspec.Struct], ...] = (
    AgentAnswer, AgentReport, CounterState, DisplayState, EventList, FairnessReport, IssueRequest, KeyPress, Nothing,
    OfficeDescription, PaperState, Problem, Rating, RatingRequest, RatingState, ServiceList, SimulatorNow,
    SimulatorRequest, SlipEnd, StaffingReport,
    Ticket, WaitingReport,
    ClaimRequest, DeviceList, GapReport, PairedAnswer, PairingAnswer, PairingRequest,
    *dict.fromkeys(command.body for command in (*OF_TICKET.values(), *OF_COUNTER.values())),
)  # fmt: skip
_NEEDED = ("reasons.pause", "reasons.out_of_order", "reasons.walk_up")  # Without a reason these are refused.
_TEMPLATE = "#/components/schemas/{name}"
_NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
_JOB = {"name": "job", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
_TICKET = {"name": "ticket", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}


def openapi(office: Office) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description, with the ids that this office has configured."""
    _, components = msgspec.json.schema_components(_SHAPES, ref_template=_TEMPLATE)
    for shape in components.values():
        _name_what_the_office_has(shape, office)
    components["TransferRequest"]["anyOf"] = [{"required": [part], "properties": {part: {"not": {"type": "null"}}}}
                                              for part in ("service", "queue", "counter")]  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Saduak",
            "version": "1",
            "description": "Queue and service points of a district office. Every POST takes an optional request_id: "
            "the same one from the same token gets the same answer until the end of the day.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": components,
            "responses": {"Problem": _json("Refused: RFC 9457", "Problem", "application/problem+json")},
        },
        "paths": _paths(components),
    }


def _name_what_the_office_has(shape: dict[str, Any], office: Office) -> None:
    """Put the office's ids where a shape only says of which list a value is; without one nothing is on it."""
    for name, described in shape.get("properties", {}).items():
        kinds = described.get("anyOf", [described])
        for kind in kinds:
            listed = kind.pop(OF_THE_OFFICE, None)
            if listed is None:
                continue
            kind["enum"] = [each.id for each in operator.attrgetter(listed)(office)]
            if listed in _NEEDED:
                shape.setdefault("required", []).append(name)
                shape["properties"][name] = kind


def _paths(components: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/openapi.json": {"get": _operation("Describe this API", {"200": {"description": "OpenAPI 3.1"}}, open_=True)},
        "/office": {"get": _operation("What the office has configured", _gives("OfficeDescription"))},
        "/services": {"get": _operation("List the services", _gives("ServiceList"))},
        "/tickets": {"post": _operation("Take a number", _gives("Ticket", made=True), body="IssueRequest")},
        "/tickets/{ticket}": {"get": _operation("Show a ticket", _gives("Ticket"), _TICKET)},
        "/display/state": {"get": _operation("The waiting room's picture", _gives("DisplayState"))},
        "/counters/{number}/state": {"get": _operation("A counter's picture", _gives("CounterState"), _NUMBER)},
        "/rating/{number}/state": {"get": _operation("A rating tablet's picture", _gives("RatingState"), _NUMBER)},
        "/ratings": {"post": _operation("Rate a visit", _gives("Rating", made=True), body="RatingRequest")},
        "/slips": {"get": _operation("How the paper does, and which slips need a person", _gives("PaperState"))},
        "/agent/next": {"post": _operation("A print agent asks for its next slip", _gives("AgentAnswer")
                                           | {"204": {"description": "None in that time"}}, body="AgentReport")},
        "/agent/slips/{job}": {"post": _operation("A print agent says what became of a slip", _gives("Nothing"), _JOB,
                                                  body="SlipEnd")},
        "/simulator": {"post": _operation("Let the simulated printer of a demonstration go wrong, or right again",
                                          _gives("SimulatorNow"), body="SimulatorRequest")},
        "/keypad/press": {"post": _operation("A key of a counter's key pad was pressed", _gives("Ticket")
                                             | {"204": {"description": "Nobody waits"}}, body="KeyPress")},
        "/devices": {"get": _operation("How the devices and printers do, with today's gaps", _gives("DeviceList"))},
        "/devices/gaps": {"get": _operation("When devices were silent, hidden or without sound", _gives("GapReport"),
                                            _date("from"), _date("to"))},
        "/pairings": {"post": _operation("A program asks to be paired", {"201": _json("Made", "PairingAnswer")},
                                         body="PairingRequest", open_=True)},
        "/pairings/claim": {"post": _operation("A program asks whether its code was confirmed", _gives("PairedAnswer")
                                               | {"202": _json("Not yet", "Nothing")}, body="ClaimRequest",
                                               open_=True)},
        "/reports/waiting": {"get": _operation("Wait, walk, service and total", _gives("WaitingReport"),
                                               _date("from"), _date("to"), _BY)},
        "/reports/fairness": {"get": _operation("Who overtook whom, and why; wait by class", _gives("FairnessReport"),
                                                _date("from"), _date("to"))},
        "/reports/staffing": {"get": _operation("Shifts, breaks, busy and idle time", _gives("StaffingReport"),
                                                _date("from"), _date("to"))},
        "/events": {"get": _operation("What happened after a seq", _gives("EventList"), _AFTER)},
    }  # fmt: skip
    for name, command in OF_TICKET.items():
        paths[f"/tickets/{{ticket}}/{name}"] = {
            "post": _operation(command.tells, _gives("Ticket"), _TICKET, body=command.body.__name__)
        }
    for name, command in OF_COUNTER.items():
        gives = _gives("CounterState" if name in {"open", "close", "break"} else "Ticket")
        if name == "call-next":
            gives |= {"204": {"description": "Nobody waits"}}
        paths[f"/counters/{{number}}/{name}"] = {
            "post": _operation(command.tells, gives, _NUMBER, body=command.body.__name__)
        }
    for operations in paths.values():
        for operation in operations.values():
            if body := operation.get("requestBody"):
                shape = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                body["required"] = bool(components[shape].get("required"))
    return paths


_BY = {"name": "by", "in": "query", "schema": {"enum": list(GROUPINGS), "default": "service"}}
_AFTER = {
    "name": "after",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1, "default": 0},
}


def _date(name: str) -> dict[str, Any]:
    told = "In the office's zone, counted; today if left out. A Buddhist year is understood."
    return {"name": name, "in": "query", "schema": {"anyOf": [{"type": "string", "format": "date"}, {"const": ""}]},
            "description": told}  # fmt: skip


def _operation(summary: str, responses: dict[str, Any], *parameters: dict[str, Any], body: str | None = None,
               open_: bool = False) -> dict[str, Any]:  # fmt: skip
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": responses | {"default": {"$ref": "#/components/responses/Problem"}},
    }
    if parameters:
        operation["parameters"] = list(parameters)
    if body:
        operation["requestBody"] = {
            "content": {"application/json": {"schema": {"$ref": _TEMPLATE.format(name=body)}}},
        }
    if open_:
        operation["security"] = []
    return operation


def _gives(shape: str, *, made: bool = False) -> dict[str, Any]:
    if made:
        return {"201": _json("Made", shape), "200": _json("Made before by the same request_id", shape)}
    return {"200": _json("Done", shape)}


def _json(description: str, shape: str, media: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {media: {"schema": {"$ref": _TEMPLATE.format(name=shape)}}}}
