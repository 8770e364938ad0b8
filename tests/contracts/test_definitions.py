"""One definition, one word: the reports' figures are named and explained from one table."""

from __future__ import annotations

import re

import pytest

from server.administration.views import PAGES as SETTINGS
from server.app import WORDS
from server.db.people import Identity
from server.reports.definitions import REPORTS, TERMS, words_of
from server.reports.views import PAGES as REPORT_PAGES
from server.services.rights import may
from server.settings import ROOT
from server.web.pages import SCREENS
from server.web.words import Catalogue

CATALOGUE = Catalogue(ROOT / folder for folder in WORDS)
TEMPLATES = ROOT / "server" / "reports" / "templates" / "reports"
LANGUAGES = ("th", "en")
SECTIONS = ("reports", "fairness", "staffing")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_terms_have_one_word_and_no_other_word_of_a_report_is_a_terms(language: str) -> None:
    words = [said(language, term) for term in TERMS]
    others = {
        key: CATALOGUE.say(language, key)
        for key in CATALOGUE.keys(language)
        if key.split(".")[0] in SECTIONS
    }  # fmt: skip

    assert len(set(words)) == len(words)
    assert {key: word for key, word in others.items() if word in words} == {}


@pytest.mark.parametrize("report", REPORTS)
def test_every_term_that_a_report_uses_is_explained_under_it(report: str) -> None:
    template = (TEMPLATES / f"{report}.html").read_text(encoding="utf-8")
    used = set(re.findall(r"""term\("(\w+)"\)""", template))
    for loop in re.findall(r"for name in \(([^)]*)\) %}<th scope=\"col\">{{ term\(name\)", template):
        used |= set(re.findall(r'"(\w+)"', loop))

    assert len(used) > 4
    assert used <= set(REPORTS[report])
    for term in used:
        assert words_of(report, lambda key: CATALOGUE.say("th", key))(term) == said("th", term)


def test_a_report_that_uses_a_term_it_does_not_explain_fails() -> None:
    with pytest.raises(KeyError, match="staffing does not explain service"):
        words_of("staffing", str)("service")


def test_every_definition_is_of_a_term_in_the_table() -> None:
    defined = {
        key.removeprefix("terms.").removesuffix("_text") for key in CATALOGUE.keys("th") if key.startswith("terms.")
    }

    assert defined - {"title", "lead", "term", "meaning", "stands_in"} == set(TERMS)


def test_a_sentence_that_names_a_button_takes_the_buttons_own_word() -> None:
    """Press “…”: what stands in the quotation marks comes from the button's key."""
    typed = []
    for folder in WORDS:
        for file in sorted((ROOT / folder).glob("*.toml")):
            for sentence in re.findall(r"^\w+ = \"(.*)\"$", file.read_text(encoding="utf-8"), re.MULTILINE):
                typed += [f"{file.name}: {sentence}" for named in presses(sentence) if "{=" not in named]

    assert typed == []


def presses(sentence: str) -> list[str]:
    """What the sentence says to press, and the words after กด where it names no button in quotation marks."""
    quoted = re.findall(r"(?:[Pp]ress|[Tt]ap|กด|แตะ|หรือกด|แล้วกด)(?:ปุ่ม)? ?“([^”]*)”", sentence)
    bare = re.findall(r"(?:โปรด|ให้|แล้ว|^| )กด(?!ปุ่มนี้|เมื่อ|คำสั่ง| “)(\S{2,})", sentence)
    return quoted + bare


def said(language: str, term: str) -> str:
    return CATALOGUE.say(language, f"terms.{term}")


def test_the_home_page_promises_the_pages_that_are_there() -> None:
    for language in LANGUAGES:
        pages = [CATALOGUE.say(language, f"settings.page_{key}") for key, _, _ in SETTINGS]
        assert CATALOGUE.say(language, "index.settings_what").split(" · ") == pages
        reports = [CATALOGUE.say(language, f"reports.nav_{word}") for word, _ in REPORT_PAGES]
        assert CATALOGUE.say(language, "index.reports_what").split(" · ") == reports


def test_the_readme_says_which_screens_the_link_opens() -> None:
    line = next(line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if "make run " in line)

    opened = {path for path, _, right in SCREENS for kind in ("kiosk", "display", "rating")
              if may(Identity(key="device:1", office_id=1, role=kind, counter=None), right)}  # fmt: skip
    assert set(re.findall(r"/\w+", line.split("link", 1)[1].split(";")[0])) == opened
