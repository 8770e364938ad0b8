"""The demonstration day is real, whole, and carries its licence."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

CONFIG = Path(__file__).parents[2] / "config"
DEMO = CONFIG / "demo"


@pytest.fixture
def day() -> dict[str, Any]:
    return tomllib.loads((DEMO / "day.toml").read_text(encoding="utf-8"))


@pytest.fixture
def log(day: dict[str, Any]) -> list[dict[str, str]]:
    with (DEMO / day["log"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_log_is_one_office_day_of_159_tickets_in_order(log: list[dict[str, str]]) -> None:
    assert {(row["office"], row["date"]) for row in log} == {("UD_Rembertow", "2020-01-21")}
    assert len(log) == 159
    arrivals = [float(row["arrival_min"]) for row in log]
    assert arrivals == sorted(arrivals)
    assert (arrivals[0], arrivals[-1]) == (504.0, 965.0)


def test_no_ticket_of_the_log_is_there_twice(log: list[dict[str, str]]) -> None:
    assert max(Counter((row["queue"], row["ticket_no"]) for row in log).values()) == 1


def test_every_queue_of_the_log_stands_for_services_of_the_office(
    day: dict[str, Any], log: list[dict[str, str]]
) -> None:
    office = tomllib.loads((CONFIG / "offices" / f"{day['office']}.toml").read_text(encoding="utf-8"))
    mapped = [service for row in day["mapping"] for service in row["services"]]

    assert {row["log_queue"] for row in day["mapping"]} == {row["queue"] for row in log}
    assert sorted(mapped) == sorted(service["id"] for service in office["services"])


def test_the_day_is_played_on_the_same_weekday(day: dict[str, Any], log: list[dict[str, str]]) -> None:
    assert date.fromisoformat(day["date"]).weekday() == date.fromisoformat(log[0]["date"]).weekday()


def test_the_licence_travels_with_the_log(day: dict[str, Any]) -> None:
    notice = (DEMO / "NOTICE").read_text(encoding="utf-8")

    for words in (day["log"], "Copyright (c) 2019 Hanna Zdulska", "Permission is hereby granted", "AS IS"):
        assert words in notice
