"""Who is refused outside office hours is told when tickets are given again, by their own calendar."""

import pytest

from server.app import WORDS
from server.settings import ROOT
from server.web.problems import sentence
from server.web.words import Catalogue

CATALOGUE = Catalogue(ROOT / folder for folder in WORDS)


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ("th", "ออกบัตรคิวอีกครั้งวันจันทร์ที่ 4 มกราคม 2570 เวลา 08:30 น."),
        ("en", "Tickets are issued again on Monday 4 January 2027 at 08:30."),
    ],
)
def test_the_next_opening_is_told_with_its_weekday_and_year(spoken: str, said: str) -> None:
    facts: dict[str, object] = {"opens": None, "next_opens": "2027-01-04T08:30:00+07:00"}

    _, detail = sentence(CATALOGUE, "office_closed", facts, spoken)

    assert said in detail


@pytest.mark.parametrize("spoken", ["th", "en"])
@pytest.mark.parametrize("code", ["office_closed", "service_closed"])
def test_an_office_without_a_next_opening_says_to_ask(spoken: str, code: str) -> None:
    _, detail = sentence(CATALOGUE, code, {"last": "16:15", "next_opens": None}, spoken)

    assert "None" not in detail
    assert CATALOGUE.say(spoken, "common.next_opens_unknown") in detail
