"""The day in words and simulated minutes, for the terminal."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from server.demo.balance import Balance
from server.demo.plan import LOG_MINUTES_ARE_RIGHT_TO, Plan
from server.demo.reckoning import Day, spread
from server.domain.office import Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything the summary tells."""

    plan: Plan
    office: Office
    speed: float
    books: Balance
    calls_heard: int
    too_late: int
    restarts: int
    troubles: tuple[str, ...]


def lines(outcome: Outcome) -> list[str]:
    """Return the summary, line by line."""
    plan, books, day = outcome.plan, outcome.books, outcome.books.day
    return [
        "",
        f"{outcome.office.name.th} · {outcome.office.name.en}",
        f"{plan.starts_at:%A %d %B %Y}, at {outcome.speed:g} times real speed; all times are simulated minutes",
        "",
        _line("tickets issued", len(day.legs)),
        _line("served", day.served),
        _line("no-show", day.no_shows),
        _line("left waiting", day.left_waiting),
        _spread_line("wait", (leg.wait_s for leg in day.legs.values())),
        _spread_line("walk", (leg.walk_s for leg in day.legs.values())),
        _spread_line("service", (leg.service_s for leg in day.legs.values())),
        _ratings_line(day, outcome.too_late),
        _line("calls on display", f"{outcome.calls_heard} heard of {books.calls_made}"),
        _line("slips", _slips(books)),
        _line("acknowledged", f"{books.acknowledged} commands"),
        *([_line("server restarts", outcome.restarts)] if outcome.restarts else []),
        "",
        *books.verdicts,
        _line("errors", len(outcome.troubles)),
        *(f"  - {trouble}" for trouble in outcome.troubles),
        "",
        *textwrap.wrap(_what_is_real(plan), 100),
    ]


def _slips(books: Balance) -> str:
    paper = books.paper
    return f"{paper.printed} of {paper.tickets} printed once; {paper.asked} asked of reception, {paper.copies} copies"


def _what_is_real(plan: Plan) -> str:
    return (
        f"Arrivals are real ({plan.source}, from Warsaw's open queue log; MIT, see config/demo/NOTICE), right to "
        f"within {LOG_MINUTES_ARE_RIGHT_TO} minutes. Service times are drawn, not observed, and so are classes, "
        f"languages, no-shows and ratings (seed {plan.seed}; config/demo/day.toml). It is no forecast for any office."
    )


def _ratings_line(day: Day, too_late: int) -> str:
    if not day.scores:
        return _line("ratings", 0)
    share = 100 * len(day.scores) / day.served
    late = f", {too_late} too late" if too_late else ""
    mean = sum(day.scores) / len(day.scores)
    return _line("ratings", f"{len(day.scores)} ({share:.0f} % of those served{late}), mean {mean:.2f} of 5")


def _spread_line(name: str, seconds: Iterable[float | None]) -> str:
    found = spread(None if value is None else value / 60 for value in seconds)
    if found is None:
        return _line(name, "none measured")
    return _line(name, f"mean {found.mean:.1f} · median {found.median:.1f} · P90 {found.p90:.1f} · max {found.max:.1f}")


def _line(name: str, value: object) -> str:
    return f"{name:<18}{value}"
