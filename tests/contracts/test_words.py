"""Every text stands in both languages, every key that a template asks for exists, and nothing is written elsewhere."""

import re
import string
from pathlib import Path

import pytest

from hardware.agent import JOURNAL_UNWRITABLE
from hardware.agent_journal import STOPPED
from hardware.interface import NOT_CONFIRMED, PAPER_NEAR_END, PROBLEM_CODES
from hardware.shaping import FAULT_CODES
from server.app import WORDS
from server.domain.errors import QueueError
from server.services.agents import JOURNAL_LOST
from server.services.printers import AGENT_SILENT
from server.services.printing import KILLED, SELF_TEST_FAILED
from server.services.slips import DEVICE_REVOKED, PRINTER_GONE, TOO_OLD, VISIT_OVER
from server.settings import ROOT
from server.web.paper_words import printer_words, why_words
from server.web.problems import STATUS
from server.web.words import Catalogue

CATALOGUE = Catalogue(ROOT / folder for folder in WORDS)
TEMPLATES = sorted(
    path for folder in ("server/web", "server/reports", "server/administration", "kiosk", "counter", "display")
    for path in (ROOT / folder / "templates").rglob("*.html")
)  # fmt: skip
SCRIPTS = sorted(
    path
    for folder in (
        "server/web/static/ui",
        "server/reports/static",
        "server/administration/static",
        "kiosk/static",
        "counter/static",
        "display/static",
    )
    for path in (ROOT / folder).glob("*.js")
)  # fmt: skip
THAI = re.compile(r"[฀-๿]")
PROPER = {"Saduak"}


def test_both_languages_have_the_same_keys() -> None:
    thai, english = CATALOGUE.keys("th"), CATALOGUE.keys("en")

    assert thai == english
    assert len(thai) > 200


def test_both_languages_have_the_same_placeholders() -> None:
    for key in sorted(CATALOGUE.keys("th")):
        assert placeholders("th", key) == placeholders("en", key), key


def test_no_text_is_empty_and_english_has_no_thai() -> None:
    for key in sorted(CATALOGUE.keys("en")):
        assert CATALOGUE.say("en", key).strip(), key
        assert CATALOGUE.say("th", key).strip(), key
        if not key.endswith("other_language"):  # It speaks the other language, on purpose.
            assert not THAI.search(CATALOGUE.say("en", key)), key


@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_refusal_has_its_sentences(code: str) -> None:
    for language in ("th", "en"):
        assert CATALOGUE.has(language, f"errors.{code}.title")
        assert CATALOGUE.has(language, f"errors.{code}.detail")


def test_every_error_of_ours_has_a_status() -> None:
    import server.app  # noqa: F401  # because it imports every module that has an error.

    codes = {error.code for error in all_errors(QueueError)} - {QueueError.code}

    assert codes - set(STATUS) == set()
    assert len(codes) > 20


# What a printer's state can be (server/services/printers.py, hardware/agent.py) …
STATES = {*PROBLEM_CODES, PAPER_NEAR_END, AGENT_SILENT, JOURNAL_UNWRITABLE, SELF_TEST_FAILED, *FAULT_CODES}
# … and why a slip did not come, besides: every constant that a module keeps for it.
REASONS = {TOO_OLD, VISIT_OVER, PRINTER_GONE, DEVICE_REVOKED, KILLED, JOURNAL_LOST, STOPPED, NOT_CONFIRMED}


@pytest.mark.parametrize("code", sorted({*STATES, "ok", "other"}))
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_state_of_a_printer_is_said_in_words_with_what_to_do(code: str, language: str) -> None:
    assert printer_words(code) == f"printer.{code}"
    assert CATALOGUE.has(language, f"printer.{code}")
    told = CATALOGUE.say(language, f"printer.{code}")
    assert len(told) > 8
    assert code == "ok" or {"th": "โปรด", "en": "."}[language] in told, "it does not say what to do"


@pytest.mark.parametrize("code", sorted({*PROBLEM_CODES, AGENT_SILENT, JOURNAL_UNWRITABLE, *REASONS}))
def test_every_reason_why_a_slip_did_not_come_has_words(code: str) -> None:
    assert why_words(code) == f"slip.why_{code}"
    assert CATALOGUE.has("th", f"slip.why_{code}")
    assert CATALOGUE.has("en", f"slip.why_{code}")


@pytest.mark.parametrize("code", ["a_code_of_tomorrow", "", "../x", "\x00"])
def test_a_code_that_nobody_knows_yet_has_words_too(code: str) -> None:
    assert printer_words(code) == "printer.other"
    assert why_words(code) == why_words(None) == "slip.why_other"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_key_that_a_template_asks_for_exists(template: Path) -> None:
    asked = re.findall(r"""\bt\(\s*["']([a-z_0-9.]+[a-z0-9])["']\s*[,)]""", template.read_text(encoding="utf-8"))

    assert [key for key in asked if not CATALOGUE.has("th", key)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_in_a_template(template: Path) -> None:
    assert letters_shown(template.read_text(encoding="utf-8")) - PROPER == set()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_thai_stands_in_a_script(script: Path) -> None:
    assert not THAI.search(script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_words_for_who_is_ahead_stand_once_and_name_each_other(language: str) -> None:
    """Slip, kiosk, phone and board take them from `ahead.*`; what is said to staff is another's sentence."""
    label = CATALOGUE.say(language, "ahead.label")
    holders = [key for key in CATALOGUE.keys(language) if label in CATALOGUE.say(language, key)]

    assert sorted(holders) == ["ahead.label", "ahead.shared"]
    for gone in ("slip.ahead", "kiosk.people_ahead", "phone.ahead"):
        assert not CATALOGUE.has(language, gone)


def test_text_in_a_template_would_be_found() -> None:
    assert letters_shown('<p class="a">{{ t("x") }} Hello</p>') == {"Hello"}


def placeholders(language: str, key: str) -> set[str]:
    text = CATALOGUE.say(language, key)
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def all_errors(error: type[QueueError]) -> set[type[QueueError]]:
    found = set(error.__subclasses__())
    return found | {deeper for each in found for deeper in all_errors(each)}


def letters_shown(template: str) -> set[str]:
    """Return the words of two letters and more that a person would see: outside Jinja and outside tags."""
    shown = re.sub(r"\{% block (?:screen|body_attributes) %\}.*?\{% endblock %\}", "", template, flags=re.DOTALL)
    shown = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", shown, flags=re.DOTALL)
    shown = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1>", "", shown, flags=re.DOTALL)
    shown = re.sub(r'[a-z-]+="[^"<>]*"(?![^<]*>)', " ", shown)  # Attributes that a macro writes.
    shown = re.sub(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", " ", shown)
    return set(re.findall(r"[A-Za-z฀-๿]{2,}", re.sub(r"&[a-z]+;", " ", shown)))
