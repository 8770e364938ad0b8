"""The back-test in words and figures, for the terminal."""

import textwrap
from collections.abc import Iterator

from server.backtesting.log import Log
from server.backtesting.scores import Scores
from server.backtesting.verdict import Table, Verdict

NOTES = (
    "Error is the mean of |estimate - wait|, bias of estimate - wait, in minutes. Covered: waits within the 10 to 90 % "
    "range, unrounded; printed: within the same rounded outward to five minutes; width: of the unrounded one, minutes. "
    "Interval: the mean interval score at 80 % (Gneiting and Raftery 2007), width plus ten times the minutes outside. "
    "First hour: tickets of the 60 minutes from the first arrival of each queue and day. "
    "Pinball loss at 10, 50 and 90 %. Nothing is known before it happened: a wait counts from its call on. People "
    "ahead are counted from the log (came before, not called yet). Simple estimators get their range as ours does."
)
COLUMNS = (
    f"{'':4}{'':<14}{'error':>8}{'bias':>8}{'covered':>10}{'printed':>10}{'width':>8}{'interval':>10}"
    f"{'p10':>8}{'p50':>8}{'p90':>8}"
)


def report(log: Log, verdict: Verdict) -> list[str]:
    """Return the whole report, line by line."""
    return [
        *textwrap.wrap(NOTES, 100),
        *(f"left out: {number} rows, {why}" for why, number in log.left_out.items()),
        *_table("Tickets that waited (called_min > arrival_min)", verdict.waited),
        *_table("All tickets", verdict.everyone),
        *_table("The first hour of each queue and day: tickets that waited", verdict.waited_early),
        *_table("The first hour of each queue and day: all tickets", verdict.early),
        "",
        *(f"{'holds' if each.holds else 'FAILS':<7}{each.says}: {each.figures}" for each in verdict.promises),
        *([] if verdict.promises else ["nobody waited: there is nothing to promise"]),
    ]


def _table(title: str, table: Table) -> Iterator[str]:
    yield from ("", title)
    for office, by_estimator in table.items():
        one = next(iter(by_estimator.values()))
        yield f"  {office}: {one.tickets} tickets, mean wait {one.mean_wait:.1f} min"
        yield COLUMNS
        yield from (f"{'':4}{name:<14}{_figures(scores)}" for name, scores in by_estimator.items())


def _figures(one: Scores) -> str:
    return (
        f"{one.error:>8.2f}{one.bias:>+8.2f}{one.coverage:>8.1f} %{one.printed_coverage:>8.1f} %{one.width:>8.1f}"
        f"{one.interval:>10.2f}{one.pinball_10:>8.2f}{one.pinball_50:>8.2f}{one.pinball_90:>8.2f}"
    )
