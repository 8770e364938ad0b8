"""Who comes when, for what, and how long it takes: one real day's arrivals, all else drawn from a seed.

Pure: rows and tables in, a Plan out; the same seed always gives the same Plan. Only the arrival times are
observed (and right to within about 5 minutes); every other number here is drawn.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from server.domain.office import Language, Office, Service

LOG_MINUTES_ARE_RIGHT_TO = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One citizen of the day: what the log tells (the arrival), and what is drawn (the rest)."""

    number: int
    arrives_at: datetime
    service: str
    priority: bool
    language: Language
    answers_call: int
    """Which call brings them: 1 the first, 2 the first recall; 0 means none, a no-show."""
    walk: timedelta
    service_time: timedelta
    officer_pause: timedelta
    """How long the officer takes after this visit before calling the next."""
    score: int | None
    rating_delay: timedelta


@dataclass(frozen=True, slots=True)
class Mishap:
    """What the printer does wrong at a time of the day, and for how long."""

    at: datetime
    fault: str
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole day, in order of arrival."""

    office: str
    source: str
    seed: int
    starts_at: datetime
    visitors: tuple[Visitor, ...]
    mishaps: tuple[Mishap, ...] = ()

    @property
    def last_arrival(self) -> datetime:
        """When the last visitor of the day takes a number."""
        return self.visitors[-1].arrives_at


def make_plan(
    log: Sequence[Mapping[str, str]], day: Mapping[str, Any], office: Office, *, seed: int | None = None
) -> Plan:
    """Return the day that this log, the demo's settings (config/demo/day.toml) and the seed describe."""
    chosen_seed = day["seed"] if seed is None else seed
    midnight = datetime.combine(date.fromisoformat(day["date"]), time(), tzinfo=office.zone)
    shares = {row["log_queue"]: row["services"] for row in day["mapping"]}
    rows = sorted(log, key=lambda row: float(row["arrival_min"]))
    visitors = tuple(
        # A generator of its own for each person: a change to one leaves every other as they were.
        _visitor(number, row, midnight, shares[row["queue"]], day, office, Random(f"{chosen_seed}/{number}"))
        for number, row in enumerate(rows, start=1)
    )
    first = visitors[0].arrives_at
    return Plan(
        office=office.code,
        source=f"{log[0]['office']}, {log[0]['date']}",
        seed=chosen_seed,
        starts_at=first - timedelta(minutes=first.minute % 10, seconds=first.second, microseconds=first.microsecond),
        visitors=visitors,
        mishaps=_mishaps(day, midnight),
    )


def _mishaps(day: Mapping[str, Any], midnight: datetime) -> tuple[Mishap, ...]:
    found = []
    for row in day.get("paper", []):
        hours, minutes = map(int, row["at"].split(":"))
        at = midnight + timedelta(hours=hours, minutes=minutes)
        found.append(Mishap(at, row["fault"], timedelta(minutes=row["minutes"])))
    return tuple(sorted(found, key=lambda each: each.at))


def _visitor(
    number: int,
    row: Mapping[str, str],
    midnight: datetime,
    shares: Mapping[str, float],
    day: Mapping[str, Any],
    office: Office,
    random: Random,
) -> Visitor:
    service = office.service(_weighted(random, shares))
    absence = random.random()
    late = absence < day["absent_share"] + day["late_share"]
    return Visitor(
        number=number,
        arrives_at=midnight + timedelta(minutes=float(row["arrival_min"])),
        service=service.id,
        priority=random.random() < day["priority_share"],
        language="en" if random.random() < day["english_share"] else "th",
        answers_call=0 if absence < day["absent_share"] else 2 if late else 1,
        walk=_seconds(random, day["walk_seconds"]),
        service_time=_service_time(random, service, day),
        officer_pause=_seconds(random, day["between_visits_seconds"]),
        score=_score(random, day),
        rating_delay=_seconds(random, day["rating_seconds"]),
    )


def mean_service_minutes(service: Service, day: Mapping[str, Any]) -> float:
    """The mean that a service's times are drawn around."""
    if service.standard_minutes is None:
        return float(day["service_mean_minutes_without_standard"])
    return float(service.standard_minutes * day["service_mean_of_standard"])


def _service_time(random: Random, service: Service, day: Mapping[str, Any]) -> timedelta:
    sigma = day["service_log_sigma"]
    # The mean of a log-normal is exp(mu + sigma²/2); solved for mu, so that the mean is the one asked for.
    mu = math.log(mean_service_minutes(service, day)) - sigma**2 / 2
    return timedelta(seconds=round(60 * random.lognormvariate(mu, sigma)))


def _score(random: Random, day: Mapping[str, Any]) -> int | None:
    answers = random.random() < day["rating_share"]
    score = random.choices(range(1, 6), weights=day["score_weights"])[0]
    return score if answers else None


def _weighted(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(list(shares), weights=list(shares.values()))[0]


def _seconds(random: Random, bounds: Iterable[int]) -> timedelta:
    low, high = bounds
    return timedelta(seconds=random.randint(low, high))
