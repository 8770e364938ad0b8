"""What server/live/README.md says of who hears what is what the table does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from server.app import WHO_IS_TOLD
from server.domain.events import ALL
from server.settings import ROOT

PAGE = (ROOT / "server/live/README.md").read_text(encoding="utf-8")
NEVER_TOLD = {"visit", "leg", "next_leg", "passed_first", "passed_last"}


def cells(line: str) -> list[str]:
    return [each.strip() for each in line.strip("|").split("|")]


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """Each event of the page's table with its cells by audience."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    audiences = cells(lines[0])[1:]
    for line in lines[2:]:
        kinds, *facts = cells(line)
        for kind in re.findall(r"`(\w+)`", kinds):
            yield kind, dict(zip(audiences, facts, strict=True))


DESCRIBED = dict(rows())


def test_the_page_has_a_row_for_every_event_and_no_other() -> None:
    assert set(DESCRIBED) == set(ALL)


@pytest.mark.parametrize("kind", sorted(ALL))
@pytest.mark.parametrize("audience", ["kiosk", "display", "rating", "staff"])
def test_an_audience_is_told_what_the_page_says(kind: str, audience: str) -> None:
    cell = DESCRIBED[kind][audience]
    telling = WHO_IS_TOLD[kind].get(audience)
    promised = facts_of(kind) if cell == "all facts" else {each.strip() for each in cell.split(",") if each.strip()}

    assert (set() if telling is None else set(telling(said(kind)))) == promised


@pytest.mark.parametrize("kind", sorted(ALL))
def test_managers_are_told_every_fact_of_every_event(kind: str) -> None:
    assert set(WHO_IS_TOLD[kind]["managers"](said(kind))) == facts_of(kind)


def test_the_codes_of_a_refused_connect_are_on_the_page() -> None:
    source = (ROOT / "server/live/sockets.py").read_text(encoding="utf-8")
    refused = {"unauthorized", *re.findall(r'ConnectionRefusedError\("(\w+)"\)', source)}

    assert {code for code in refused if f"`{code}`" not in PAGE} == set()


def said(kind: str) -> dict[str, Any]:
    return {field.name: field.name for field in fields(ALL[kind])}


def facts_of(kind: str) -> set[str]:
    """All that may be told of an event; `class` is the wire's word for the ticket's class."""
    return {{"ticket_class": "class"}.get(name, name) for name in said(kind)} - NEVER_TOLD
