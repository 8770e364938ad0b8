"""Reads a plain form as the shape that the API takes as JSON: one command, one reading."""

from typing import TypeVar

import msgspec
from flask import request

from server.domain.errors import InvalidValue

T = TypeVar("T", bound=msgspec.Struct)


def form_as(shape: type[T]) -> T:
    """Return the form of this request as that shape; an empty field counts as left out. Raises InvalidValue."""
    written = {name: value for name, value in request.form.items() if value}
    try:
        return msgspec.convert(written, shape, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidValue(field=shape.__name__, value=str(error)[:80]) from None
