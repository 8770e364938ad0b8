"""Whole numbers as an address carries them. Python's own `int` and `isdecimal` take Thai digits for numbers too."""

import re

from werkzeug.routing import IntegerConverter

_DIGITS = "[0-9]{1,18}"  # Counted before they are read; 18 of them still fit into a column of ids.


class Numeral(IntegerConverter):
    """What `<int:…>` in an address takes."""

    regex = _DIGITS


def whole_number(written: str) -> int | None:
    """Return the number that is written in plain digits, None for anything else and for one beyond every id."""
    return int(written) if re.fullmatch(_DIGITS, written) else None
