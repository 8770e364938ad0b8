"""The office files say everything twice, and say nothing that contradicts itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

OFFICES = Path(__file__).parents[2] / "config" / "offices"
WEEKDAYS = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
SOURCES = {"agency_page", "unconfirmed", "office"}

# Letters whose Thai names end alike (เอ เจ เค · บี ซี ดี …) or are misheard for one another (เอ็ม เอ็น ·
# เอฟ เอส เอ็กซ์).
SOUND_ALIKE = ["AJKH", "BCDEGPTVZ", "MN", "FSX", "IY", "QUW"]
LOOK_LIKE_DIGITS = "IO"

PHOTOCOPY = re.compile(r"สำเนา|ถ่ายเอกสาร|photocop|\bcop(y|ies)\b", re.IGNORECASE)
THAI = re.compile(r"[\u0e00-\u0e7f]")

Office = dict[str, Any]


@pytest.fixture(params=["pasang", "strict"])
def office(request: pytest.FixtureRequest) -> Office:
    return read(request.param)


def read(name: str) -> Office:
    return tomllib.loads((OFFICES / f"{name}.toml").read_text(encoding="utf-8"))


def texts(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every table that has a th or an en, with the way to it."""
    if isinstance(value, dict):
        if "th" in value or "en" in value:
            yield path, value
        for key, inner in value.items():
            yield from texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{path}[{index}]")


def test_every_text_is_complete_in_both_languages(office: Office) -> None:
    found = list(texts(office))

    assert len(found) > 30
    for path, text in found:
        assert text.get("th", "").strip(), path
        assert text.get("en", "").strip(), path
        assert THAI.search(text["th"]), f"{path}: not Thai: {text['th']}"
        assert not THAI.search(text["en"]), f"{path}: not English: {text['en']}"


def test_no_service_asks_for_photocopies(office: Office) -> None:
    for service in office["services"]:
        for document in service["documents"]:
            assert not PHOTOCOPY.search(document["th"]), document
            assert not PHOTOCOPY.search(document["en"]), document


def test_every_service_belongs_to_a_queue_and_every_queue_has_a_service(office: Office) -> None:
    queues = {queue["id"] for queue in office["queues"]}

    assert {service["queue"] for service in office["services"]} == queues


def test_the_counters_together_serve_every_queue_and_no_other(office: Office) -> None:
    queues = {queue["id"] for queue in office["queues"]}

    assert {queue for counter in office["counters"] for queue in counter["queues"]} == queues


def test_one_counter_away_strands_no_queue(office: Office) -> None:
    for away in office["counters"]:
        left = {queue for counter in office["counters"] if counter is not away for queue in counter["queues"]}
        assert left == {queue["id"] for queue in office["queues"]}, away["number"]


def test_names_and_numbers_are_unique(office: Office) -> None:
    for kind, key in [("queues", "id"), ("queues", "prefix"), ("services", "id"), ("counters", "number")]:
        values = [row[key] for row in office[kind]]
        assert len(values) == len(set(values)), (kind, key)


def test_no_two_prefixes_rhyme_or_look_like_digits(office: Office) -> None:
    prefixes = [queue["prefix"] for queue in office["queues"]]

    for group in SOUND_ALIKE:
        assert sum(prefix in group for prefix in prefixes) <= 1, group
    for prefix in prefixes:
        assert re.fullmatch("[A-Z]", prefix)
        assert prefix not in LOOK_LIKE_DIGITS


def test_every_service_has_one_standard_a_fee_and_its_sources(office: Office) -> None:
    for service in office["services"]:
        assert ("standard_minutes" in service) != ("standard_days" in service), service["id"]
        assert service.get("standard_minutes", service.get("standard_days")) > 0
        assert service["fee_baht"] >= 0
        assert service["documents"]
        assert isinstance(service["confirmed"], bool)
        assert {"documents", "fee", "standard"} <= service["sources"].keys()
        assert set(service["sources"].values()) <= SOURCES
        if service["confirmed"]:
            assert set(service["sources"].values()) == {"office"}, service["id"]


def test_the_rule_has_its_numbers_and_the_promise_takes_them_from_it(office: Office) -> None:
    rule = office["rule"]

    assert (rule["cap"], rule["return_place"]) == (3, 3)
    assert rule["head_start_minutes"]["priority"] == 15
    assert rule["recall"] == {"max": 3, "every_seconds": 30}
    assert office["rating"]["expires_seconds"] == 60
    for language in ("th", "en"):
        promise = office["promise"][language]
        assert promise.format(minutes=15, cap=3) != promise
        assert not re.search(r"\d", promise)


def test_the_zone_is_known(office: Office) -> None:
    assert ZoneInfo(office["office"]["timezone"]).key == "Asia/Bangkok"


def test_hours_and_holidays_can_be_read(office: Office) -> None:
    for hours in office.get("hours", []):
        assert set(hours["weekdays"]) <= WEEKDAYS
        opens, closes = time.fromisoformat(hours["open"]), time.fromisoformat(hours["close"])
        assert opens < closes
        for pause in hours["breaks"]:
            assert opens < time.fromisoformat(pause["from"]) < time.fromisoformat(pause["to"]) < closes
    days = [date.fromisoformat(day["date"]) for day in office.get("holidays", {}).get("days", [])]
    assert days == sorted(set(days))


def test_an_office_is_always_open_or_has_hours(office: Office) -> None:
    assert office["office"]["always_open"] != bool(office.get("hours"))


def test_the_demo_office_is_pa_sang_open_always_without_quota() -> None:
    office = read("pasang")

    assert office["office"]["name"]["th"] == "สำนักทะเบียนอำเภอป่าซาง"
    assert office["office"]["place"]["th"] == "จังหวัดลำพูน"
    assert office["office"]["demo"]
    assert office["office"]["always_open"]
    assert len(office["counters"]) == 6
    assert len(office["services"]) == 16
    assert [queue["prefix"] for queue in office["queues"]] == list("AFLMR")
    assert not any("quota_per_day" in service for service in office["services"])
    assert not any(service["confirmed"] for service in office["services"])


def test_the_strict_office_has_hours_lunch_holidays_and_quotas() -> None:
    office = read("strict")

    assert not office["office"]["demo"]
    assert [row["breaks"] for row in office["hours"]] == [[{"from": "12:00", "to": "13:00"}]]
    assert office["office"]["last_issue_minutes_before_close"] == 15
    assert office["holidays"]["days"]
    assert len(office["counters"]) == 3
    assert any("quota_per_day" in service for service in office["services"])
    assert any("quota_per_day" not in service for service in office["services"])
