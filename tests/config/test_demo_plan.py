"""The demonstration day is real where it says so, drawn where it says so, and always the same."""

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean

import pytest

from server.demo.day import read_plan
from server.demo.plan import Plan, mean_service_minutes

CONFIG = Path(__file__).parents[2] / "config"
SETTINGS = tomllib.loads((CONFIG / "demo" / "day.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(CONFIG)[0]


@pytest.fixture(scope="module")
def many_days() -> list[Plan]:
    return [read_plan(CONFIG, seed)[0] for seed in range(40)]


def test_everybody_of_the_log_comes_at_the_logs_minute(plan: Plan) -> None:
    assert len(plan.visitors) == 159
    assert plan.visitors[0].arrives_at.isoformat() == "2026-11-24T08:24:00+07:00"
    assert plan.last_arrival.isoformat() == "2026-11-24T16:05:00+07:00"
    assert [visitor.number for visitor in plan.visitors] == list(range(1, 160))


def test_the_day_starts_a_little_before_the_first_arrival(plan: Plan) -> None:
    assert timedelta(0) <= plan.visitors[0].arrives_at - plan.starts_at < timedelta(minutes=10)


def test_the_same_seed_draws_the_same_day_and_another_seed_another(plan: Plan) -> None:
    assert read_plan(CONFIG)[0] == plan
    other = read_plan(CONFIG, seed=1)[0]
    assert other != plan
    assert [v.arrives_at for v in other.visitors] == [v.arrives_at for v in plan.visitors]


def test_service_times_are_drawn_around_four_fifths_of_the_standard(many_days: list[Plan]) -> None:
    office = read_plan(CONFIG)[1]
    for service in office.services:
        minutes = [
            visitor.service_time.total_seconds() / 60
            for day in many_days
            for visitor in day.visitors
            if visitor.service == service.id
        ]
        # The log-normal's deviation is about half its mean (sigma 0.5); four standard errors are allowed.
        allowed = 4 * 0.53 / len(minutes) ** 0.5
        assert fmean(minutes) == pytest.approx(mean_service_minutes(service, SETTINGS), rel=allowed), service.id


def test_a_service_with_a_standard_in_days_takes_twenty_minutes_at_the_counter() -> None:
    office = read_plan(CONFIG)[1]

    assert mean_service_minutes(office.service("house_no"), SETTINGS) == 20
    assert mean_service_minutes(office.service("id_renew"), SETTINGS) == pytest.approx(12)
    assert mean_service_minutes(replace(office.service("birth"), standard_minutes=50), SETTINGS) == pytest.approx(40)


def test_the_shares_are_those_of_the_settings(many_days: list[Plan]) -> None:
    people = [visitor for day in many_days for visitor in day.visitors]

    def share(count: int) -> float:
        return count / len(people)

    assert share(sum(v.priority for v in people)) == pytest.approx(0.12, abs=0.02)
    assert share(sum(v.answers_call == 0 for v in people)) == pytest.approx(0.04, abs=0.01)
    assert share(sum(v.answers_call == 2 for v in people)) == pytest.approx(0.04, abs=0.01)
    assert share(sum(v.language == "en" for v in people)) == pytest.approx(0.06, abs=0.015)
    assert share(sum(v.score is not None for v in people)) == pytest.approx(0.70, abs=0.03)


def test_ratings_are_mostly_fours_and_fives(many_days: list[Plan]) -> None:
    scores = Counter(v.score for day in many_days for v in day.visitors if v.score is not None)

    assert set(scores) == {1, 2, 3, 4, 5}
    assert (scores[4] + scores[5]) / scores.total() == pytest.approx(0.88, abs=0.03)


def test_every_service_of_the_office_is_asked_for_sooner_or_later(many_days: list[Plan]) -> None:
    office = read_plan(CONFIG)[1]

    assert {v.service for day in many_days for v in day.visitors} == {service.id for service in office.services}
