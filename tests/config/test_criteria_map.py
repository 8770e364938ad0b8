"""The map from criterion to figure is complete, and claims nothing it does not show."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

GECC = Path(__file__).parents[2] / "config" / "gecc.toml"

EVIDENCED = {
    "physical": {"11", "12", "13"},
    "quality": {
        *("4.1", "4.5", "5.1", "5.2", "6.3", "7.1", "7.2", "8.1", "8.2", "8.3"),
        *("10.2", "11.1", "12.1", "15.1", "15.2", "16.1", "23"),
    },
    "outcome": {"1a", "3b"},
}


@pytest.fixture
def gecc() -> dict[str, Any]:
    return tomllib.loads(GECC.read_text(encoding="utf-8"))


def test_every_criterion_the_system_evidences_is_in_the_map_once(gecc: dict[str, Any]) -> None:
    for group, numbers in EVIDENCED.items():
        found = [row["no"] for row in gecc["criteria"] if row["group"] == group]
        assert len(found) == len(set(found))
        assert set(found) == numbers


def test_every_criterion_is_told_in_both_languages_with_its_figures_and_page(gecc: dict[str, Any]) -> None:
    for row in gecc["criteria"]:
        for text in (row["title"], row["shows"]):
            assert text["th"].strip(), row["no"]
            assert text["en"].strip(), row["no"]
        assert row["figures"], row["no"]
        assert row["page"].startswith("/reports")


def test_only_figures_of_the_criterion_are_called_available(gecc: dict[str, Any]) -> None:
    for row in gecc["criteria"]:
        assert set(row["available"]) <= set(row["figures"]), row["no"]


def test_the_two_thresholds_differ_as_the_standard_words_them(gecc: dict[str, Any]) -> None:
    thresholds = {row["no"]: row["threshold"] for row in gecc["criteria"] if "threshold" in row}

    assert thresholds["7.2"] == {"at_least_percent": 80}
    assert thresholds["1a"] == {"more_than_percent": 80}


def test_satisfaction_is_shown_by_both_formulas_and_not_under_thirty_answers(gecc: dict[str, Any]) -> None:
    assert [formula["id"] for formula in gecc["satisfaction"]["formulas"]] == ["mean", "top_two"]
    assert gecc["satisfaction"]["min_n"] == 30
