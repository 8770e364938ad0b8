"""Writes the comparison as a table for whoever decides about the rule: plain English, minutes, no jargon."""

from collections.abc import Iterator, Sequence

from server.simulating.comparing import Comparison, Outcome, Waits
from server.simulating.orders import FIRST_COME, OURS, STRICT

_MEANS = {FIRST_COME: "first-come: all in turn", STRICT: "strict priority: they go first"}
_LINE = "{:<34}{:>10}{:>8}{:>11}{:>8}{:>12}{:>16}"


def report(comparisons: Sequence[Comparison]) -> list[str]:
    """Return the lines to print; at least one comparison, all of the same office but for the share of priority."""
    first = comparisons[0]
    load, rule = first.load, first.rule
    lines = [
        f"{_plural(load.counters, 'counter')}, {load.arrivals_per_hour:g} arrivals an hour, {load.service_minutes:g} "
        f"minutes' service: the counters are busy {load.busy_share:.0%} of the time.",
        f"{_plural(first.days, 'day')} of {load.hours:g} hours (seed {first.seed}); people come at random (Poisson), "
        "service times vary (exponential).",
        "Whoever holds a number at closing time is still served.",
    ]
    for comparison in comparisons:
        lines += ["", *_table(comparison)]
    return [
        *lines,
        "",
        "How to read it: a wait is from taking the number to the call; 95 of 100 people waited no longer than P95.",
        "Most overtaken: how often one ticket, the unluckiest, saw a later one called first; our rule promises at most "
        f"{rule.cap}.",
        "",
        *(_verdict(comparison) for comparison in comparisons),
    ]


def _table(comparison: Comparison) -> Iterator[str]:
    waits = comparison.outcomes[0].waits
    yield (
        f"{comparison.load.priority_share:.0%} priority: {waits['regular'].people} ordinary and "
        f"{waits['priority'].people} priority tickets. Wait in minutes."
    )
    yield _LINE.format("", "ordinary", "", "priority", "", "tickets", "most overtaken")
    yield _LINE.format("order of calling", "mean", "P95", "mean", "P95", "overtaken", "(one ticket)")
    for outcome in comparison.outcomes:
        yield _row(_name(comparison, outcome), outcome)


def _name(comparison: Comparison, outcome: Outcome) -> str:
    head_start = comparison.rule.priority_head_start.total_seconds() / 60
    ours = f"{OURS}: {head_start:g} min earlier, cap {comparison.rule.cap}"
    return _MEANS.get(outcome.order, ours)


def _row(name: str, outcome: Outcome) -> str:
    regular, priority = outcome.waits["regular"], outcome.waits["priority"]
    return _LINE.format(name, *_figures(regular), *_figures(priority), f"{outcome.overtaken_share:.0%}",
                        f"{outcome.most_overtaken} x")  # fmt: skip


def _figures(waits: Waits) -> tuple[str, str]:
    return _minutes(waits.mean), _minutes(waits.p95)


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _verdict(comparison: Comparison) -> str:
    share, cap, most = comparison.load.priority_share, comparison.rule.cap, comparison.of(OURS).most_overtaken
    if comparison.keeps_the_cap:
        return f"{share:.0%} priority: kept. Under our rule nobody was overtaken more than {most} times (cap {cap})."
    return f"{share:.0%} priority: BROKEN. Under our rule somebody was overtaken {most} times (cap {cap})."


def _plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
