"""Values in an address's query, read the same way by pages and API."""

from datetime import date

from flask import request

from server.domain.dates import read_date
from server.domain.errors import InvalidValue


def date_of(name: str) -> date | None:
    """Return the date in the query, None if there is none; raises InvalidValue for what is no date."""
    written = request.args.get(name)
    if not written:
        return None
    try:
        return read_date(written)
    except ValueError:
        raise InvalidValue(field=name, value=written[:40]) from None
