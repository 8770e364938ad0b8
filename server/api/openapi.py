"""The API's description, made from the same shapes that read and write it, so that it cannot say anything else."""

from typing import Any

import msgspec

from server.services.shapes import (
    GROUPINGS,
    Command,
    CounterState,
    DisplayState,
    EventList,
    IssueRequest,
    Problem,
    Rating,
    RatingRequest,
    RatingState,
    ServiceList,
    Ticket,
    WaitingReport,
)

_SHAPES: tuple[type[msgspec.Struct], ...] = (
    Command, CounterState, DisplayState, EventList, IssueRequest, Problem, Rating, RatingRequest, RatingState,
    ServiceList, Ticket, WaitingReport,
)  # fmt: skip
_TEMPLATE = "#/components/schemas/{name}"
_NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
_TICKET = {"name": "ticket", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}


def openapi() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description."""
    _, components = msgspec.json.schema_components(_SHAPES, ref_template=_TEMPLATE)
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
        "paths": _paths(),
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/openapi.json": {"get": _operation("Describe this API", {"200": {"description": "OpenAPI 3.1"}}, open_=True)},
        "/services": {"get": _operation("List the services", _gives("ServiceList"))},
        "/tickets": {"post": _operation("Take a number", _gives("Ticket", made=True), body="IssueRequest")},
        "/tickets/{ticket}": {"get": _operation("Show a ticket", _gives("Ticket"), _TICKET)},
        "/display/state": {"get": _operation("The waiting room's picture", _gives("DisplayState"))},
        "/counters/{number}/state": {"get": _operation("A counter's picture", _gives("CounterState"), _NUMBER)},
        "/rating/{number}/state": {"get": _operation("A rating tablet's picture", _gives("RatingState"), _NUMBER)},
        "/ratings": {"post": _operation("Rate a visit", _gives("Rating", made=True), body="RatingRequest")},
        "/reports/waiting": {"get": _operation("Wait, walk, service and total", _gives("WaitingReport"),
                                               _date("from"), _date("to"), _BY)},
        "/events": {"get": _operation("What happened after a seq", _gives("EventList"), _AFTER)},
    }  # fmt: skip
    for command in ("recall", "start", "finish", "no-show"):
        paths[f"/tickets/{{ticket}}/{command}"] = {
            "post": _operation(f"{command} the ticket in hand", _gives("Ticket"), _TICKET, body="Command")
        }
    for command in ("open", "close"):
        paths[f"/counters/{{number}}/{command}"] = {
            "post": _operation(f"{command} a counter", _gives("CounterState"), _NUMBER, body="Command")
        }
    called = _gives("Ticket") | {"204": {"description": "Nobody waits"}}
    paths["/counters/{number}/call-next"] = {"post": _operation("Call the next", called, _NUMBER, body="Command")}
    return paths


_BY = {"name": "by", "in": "query", "schema": {"enum": list(GROUPINGS), "default": "service"}}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}


def _date(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "string", "format": "date"},
            "description": "In the office's zone, counted; today if left out."}  # fmt: skip


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
            "required": body != "Command",
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
