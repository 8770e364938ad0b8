"""Every sentence can be said: its facts are given by whoever says it, and the keys that are put together exist."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest

import server.app  # because it imports every module that has an error.
from hardware.interface import Cover, Paper
from hardware.simulator_condition import FAULTS
from server.administration.slip_texts import FLAGS, LONGEST
from server.administration.views import DONE
from server.domain import steps
from server.domain.errors import QueueError
from server.domain.gaps import GAP_STATES
from server.domain.office import LANGUAGES
from server.reports.definitions import TERMS
from server.reports.views import PAGES as REPORT_PAGES
from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.device_shapes import DeviceStateName
from server.services.pairing import KINDS
from server.services.report_shapes import WhyName
from server.services.shapes import GROUPINGS, CounterStateName, PrintStateName, TicketClassName, TicketState
from server.settings import ROOT
from server.web.pages import SCREENS
from server.web.paper_words import PRINTER_CODES, WHY_CODES
from server.web.problems import _OF_HTTP
from server.web.words import Catalogue

CATALOGUE = Catalogue(ROOT / folder for folder in server.app.WORDS)
PACKAGES = ("server", "kiosk", "counter", "display")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TEMPLATES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.html") if "templates" in path.parts
)
SAID_ATTRIBUTES = {"alt", "title", "aria-label", "placeholder", "label", "aria-roledescription"}
TICKET_STATES = get_args(TicketState)
PRINT_STATES = get_args(PrintStateName)
COMMANDS = [name.replace("-", "_") for name in (*OF_COUNTER, *OF_TICKET)]
# Reception gives these, at a screen of its own; the officer's screen has the others.
OF_SLIP = [name.replace("-", "_") for name, known in OF_TICKET.items() if known.right == "reprint"]
AT_COUNTER = [name for name in COMMANDS if name not in OF_SLIP]
CHOOSERS = ("transfer", "add_service", "cancel", "break", "walk_up", "call", "no_show", "again")
PUT_TOGETHER = {
    "common.state_": [
        *TICKET_STATES,
        "transferred",
        *PRINT_STATES,
        *get_args(CounterStateName),
        *get_args(TicketClassName),
    ],
    "common.class_": get_args(TicketClassName),
    "common.command_": COMMANDS,
    "common.clock_": [f"{kind}_{part}" for kind in ("jumped", "behind") for part in ("title", "detail")],
    "phone.state_": TICKET_STATES,
    "phone.detail_": TICKET_STATES,
    "kiosk.shut_": ("office_closed", "service_closed", "quota_full", "numbers_exhausted"),
    "reports.by_": GROUPINGS,
    "reports.nav_": [word for word, _ in REPORT_PAGES],
    "terms.": [f"{term}{part}" for term in TERMS for part in ("", "_text")],
    "fairness.why_": get_args(WhyName),
    "fairness.how_": ("out_of_order", "walk_up"),
    "fairness.quoted_": ("inside", "below", "above"),
    "reports.period_": ("today", "yesterday", "week", "month", "month_before"),
    "reports.weekday_": ["1", "2", "3", "4", "5", "6", "7"],
    "rating.score_": ["1", "2", "3", "4", "5"],
    "counter.action_": [name for name in AT_COUNTER if name != "call"],  # Its button stands in each row of the line.
    "counter.said_": AT_COUNTER,
    "reception.do_": [*OF_SLIP, "find", "return", "issue"],
    "reception.said_": [*OF_SLIP, "find", "return", "issue"],
    "printer.": PRINTER_CODES,
    "paper.state_": ("ok", "paper_near_end", "attention"),
    "paper.paper_": get_args(Paper),
    "slip.state_": PRINT_STATES,
    "slip.why_": WHY_CODES,
    "counter.choose_": CHOOSERS,
    "counter.confirm_": CHOOSERS,
    "counter.undo_": sorted(steps.UNDOABLE),
    "index.": [f"{key}_{part}" for _, key, _ in SCREENS for part in ("name", "what", "who")],
    "devices.kind_": [*KINDS, "browser"],
    "settings.state_": get_args(DeviceStateName),
    "settings.meaning_": GAP_STATES,
    "settings.cover_": get_args(Cover),
    "settings.done_": [*(each for each in DONE if each != "paired"), "ended", "eased"],
    "settings.role_": ["administrator", "manager", "assessor", "reception", "officer"],
    "settings.fault_": list(FAULTS),
    "slip_texts.in_": LANGUAGES,
    "slip_texts.": [*LONGEST, *(f"{key}_what" for key in LONGEST), *FLAGS],
    "settings.page_": ["devices", "devices_what", "slip", "slip_what", "sessions", "sessions_what"],
    "kiosk.print_": [
        f"{state}_{part}"
        for state in ("queued", "sent", "printed", "failed", "unknown", "none", "slow", "paper")
        for part in ("title", "detail")
    ],
}


@pytest.mark.parametrize("key", [start + end for start, ends in PUT_TOGETHER.items() for end in ends])
def test_a_key_that_is_put_together_exists(key: str) -> None:
    assert CATALOGUE.has("th", key)
    assert CATALOGUE.has("en", key)


def test_every_key_that_a_template_puts_together_is_checked_above() -> None:
    found = {
        start
        for template in TEMPLATES
        for start in re.findall(r"""\bt\(\s*["']([a-z_0-9.]+)["']\s*~""", template.read_text(encoding="utf-8"))
    }

    local = {"reports."}  # Put together from a list that stands beside them.
    assert found - local <= set(PUT_TOGETHER)


def test_every_fact_in_a_refusals_sentence_is_given_by_whoever_refuses() -> None:
    given = refusals()
    missing = []
    for error in all_errors(QueueError):
        wanted = placeholders(f"errors.{error.code}.title") | placeholders(f"errors.{error.code}.detail")
        missing += [f"{where}: {error.code} lacks {wanted - facts}" for where, facts in given.get(error.__name__, [])
                    if wanted - facts]  # fmt: skip

    assert missing == []
    assert sum(map(len, given.values())) > 30


@pytest.mark.parametrize("code", sorted({*_OF_HTTP.values(), "server_error"}))
def test_a_refusal_of_the_web_server_itself_has_no_facts_to_miss(code: str) -> None:
    assert placeholders(f"errors.{code}.title") | placeholders(f"errors.{code}.detail") == set()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_in_an_attribute_that_is_shown_or_read_out(template: Path) -> None:
    reader = Attributes()
    reader.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL))

    assert [text for text in reader.said if re.search(r"[A-Za-z\u0e00-\u0e7f]{2,}", text)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_fact_that_a_template_gives_is_one_that_the_sentence_takes(template: Path) -> None:
    """A fact with another name than the placeholder's would leave the placeholder on the glass."""
    text = template.read_text(encoding="utf-8")
    wrong = []
    for key, rest in re.findall(
        r"""\bt\(\s*["']([a-z_0-9.]+[a-z0-9])["']\s*((?:,[^()]*(?:\([^()]*\)[^()]*)*)?)\)""", text
    ):
        given = set(re.findall(r"[,(]\s*(\w+)\s*=(?!=)", rest))
        wanted = placeholders(key) if CATALOGUE.has("th", key) else set()
        if wanted - given and "data-" not in text[max(0, text.find(key) - 80) : text.find(key)]:
            wrong.append(f"{key} wants {wanted}, is given {given}")

    assert wrong == []


class Attributes(HTMLParser):
    """Collects the attributes that a person sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [value for name, value in attrs if name in SAID_ATTRIBUTES and value]


def refusals() -> dict[str, list[tuple[str, set[str]]]]:
    """Where each error is made, and with which facts, by its class's name."""
    found: dict[str, list[tuple[str, set[str]]]] = {}
    names = {error.__name__ for error in all_errors(QueueError)}
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in names:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found.setdefault(name, []).append((where, {each.arg for each in keywords if each.arg}))
    return found


def placeholders(key: str) -> set[str]:
    return {
        name
        for language in ("th", "en")
        for _, name, _, _ in string.Formatter().parse(CATALOGUE.say(language, key))
        if name
    }


def all_errors(error: type[QueueError]) -> Iterable[type[QueueError]]:
    for each in error.__subclasses__():
        yield each
        yield from all_errors(each)
