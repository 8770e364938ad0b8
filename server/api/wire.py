"""Bodies in, answers out: JSON by the shapes, refusals when a body is not of its shape."""

from typing import Any, TypeVar

import msgspec
from flask import Response, request

from server.web.problems import MalformedBody, UnsupportedMediaType

S = TypeVar("S", bound=msgspec.Struct)


def body_as(shape: type[S]) -> S:
    """Return the request's body; an empty one is a shape without facts. Raises MalformedBody, UnsupportedMediaType."""
    raw = request.get_data(cache=False)
    if raw and request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise UnsupportedMediaType(found=request.mimetype[:60])
    try:
        try:
            return msgspec.json.decode(raw or b"{}", type=shape)
        except msgspec.ValidationError:
            return msgspec.convert(_with_whole_numbers(msgspec.json.decode(raw)), type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(reason=str(error)[:200]) from error


def _with_whole_numbers(said: Any) -> Any:
    """Return the same with 2.0 as 2: JSON has one kind of number, and some programs write every one with a point."""
    if isinstance(said, dict):
        return {name: _with_whole_numbers(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_with_whole_numbers(value) for value in said]
    return int(said) if isinstance(said, float) and said.is_integer() else said


def answer(shape: msgspec.Struct, status: int = 200) -> Response:
    """Return the answer as JSON."""
    return Response(msgspec.json.encode(shape), status, content_type="application/json")


def nothing() -> Response:
    """Return 204."""
    return Response(status=204)
