"""Refuses texts of an office that cannot stand on paper, and names those of the office in force that cannot."""

from collections.abc import Iterator, Mapping
from typing import Any

from hardware import slip
from hardware.drawable import why_not
from hardware.interface import LEAST_DOTS
from server.domain.office import LANGUAGES
from server.domain.office_file import OfficeFileError

CANNOT_BE_DRAWN = "it cannot be drawn"


class Unprintable(OfficeFileError):
    """Texts that cannot stand on paper; `why` says where each stands in the office file, and what is wrong."""

    def __init__(self, why: Mapping[str, str]) -> None:
        super().__init__(f"{where}: cannot be printed: {wrong}" for where, wrong in why.items())


def refuse_unprintable(document: Mapping[str, Any]) -> None:
    """Raise Unprintable for the texts of this office file, or part of one, that no slip can show."""
    if why := unprintable(document):
        raise Unprintable(why)


def refuse_undrawable(document: Mapping[str, Any]) -> None:
    """Do so, and try to draw every text; slow, plain blocking code: run it off the loop."""
    refuse_unprintable(document)
    texts = dict(_texts(document))
    failing = set(slip.failing(texts.values(), LEAST_DOTS))
    if failing:
        raise Unprintable({where: CANNOT_BE_DRAWN for where, text in texts.items() if text in failing})


def unprintable(document: Mapping[str, Any]) -> dict[str, str]:
    """Return where texts stand that slips must leave out, and why; an office of before may have some in force."""
    return {where: wrong for where, text in _texts(document) if (wrong := why_not(text))}


def _texts(document: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a language that an office file has, and where it stands."""
    if isinstance(document, dict):
        for key, value in document.items():
            here = f"{where}.{key}" if where else str(key)
            if key in LANGUAGES and isinstance(value, str):
                yield here, value
            else:
                yield from _texts(value, here)
    elif isinstance(document, list):
        for at, value in enumerate(document):
            name = value.get("id", value.get("number", at + 1)) if isinstance(value, dict) else at + 1
            yield from _texts(value, f"{where}[{name}]")
