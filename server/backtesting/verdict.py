"""Scores a back-test, pooled and per office, and holds it to what the estimate promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from server.backtesting.estimators import ESTIMATORS, PRODUCT, SINGLES
from server.backtesting.log import LoggedTicket
from server.backtesting.replay import Tried
from server.backtesting.scores import Scores, score

POOLED = "all offices"
FIRST_HOUR_MIN = 60
MANY_TICKETS = 1000  # An office with fewer says too little of an estimator.
AT_MOST_WORSE = 1.10
COVERAGE = (75.0, 90.0)  # Per cent.

Table = Mapping[str, Mapping[str, Scores]]
"""Office, or POOLED, then estimator."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing the estimate promises, whether it held, and by what figures."""

    says: str
    holds: bool
    figures: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The scores of tickets that waited (called later than they came), and of all; the promises are of the former.
    `waited_early` and `early` are of the first hour of each queue and day, apart."""

    waited: Table
    everyone: Table
    waited_early: Table
    early: Table
    promises: tuple[Promise, ...]

    @property
    def holds(self) -> bool:
        """Whether every promise held."""
        return all(each.holds for each in self.promises)


def judge(tried: Sequence[Tried]) -> Verdict:
    """Return the verdict on a back-test of at least one ticket."""
    waited = _table(_those_who_waited(tried))
    everyone = _table(tried)
    early = _of_the_first_hour(tried)
    tickets = {office: scores[PRODUCT].tickets for office, scores in everyone.items()}
    promises = (_beats_singles(waited), *_no_office_far_worse(waited, tickets), _covers(waited)) if waited else ()
    return Verdict(waited, everyone, _table(_those_who_waited(early)), _table(early), promises)


def _those_who_waited(tried: Sequence[Tried]) -> list[Tried]:
    return [each for each in tried if each.ticket.wait_min > 0]


def _of_the_first_hour(tried: Sequence[Tried]) -> list[Tried]:
    """Those who came within an hour of the first who came to their queue that day."""
    begins: dict[tuple[str, str, date], float] = {}
    for ticket in (each.ticket for each in tried):
        place = (ticket.office, ticket.queue, ticket.day)
        begins[place] = min(begins.get(place, ticket.arrival_min), ticket.arrival_min)

    def minutes_after(ticket: LoggedTicket) -> float:
        return ticket.arrival_min - begins[ticket.office, ticket.queue, ticket.day]

    return [each for each in tried if minutes_after(each.ticket) < FIRST_HOUR_MIN]


def _table(tried: Sequence[Tried]) -> Table:
    if not tried:
        return {}
    offices = sorted({each.ticket.office for each in tried})
    groups = {POOLED: tried} | {office: [each for each in tried if each.ticket.office == office] for office in offices}
    return {name: _scores(group) for name, group in groups.items()}


def _scores(tried: Sequence[Tried]) -> dict[str, Scores]:
    waits = [each.ticket.wait_min for each in tried]
    return {name: score(waits, [each.said[place] for each in tried]) for place, name in enumerate(ESTIMATORS)}


def _beats_singles(waited: Table) -> Promise:
    ours, (best, its) = _against_best_single(waited[POOLED])
    return Promise("pooled error below each single estimator's", ours < its, f"{ours:.2f}, {best} {its:.2f} min")


def _no_office_far_worse(waited: Table, tickets: Mapping[str, int]) -> list[Promise]:
    promises = []
    for office in (name for name in waited if name != POOLED and tickets[name] > MANY_TICKETS):
        ours, (best, its) = _against_best_single(waited[office])
        says = f"{office}: at most 10 % worse than its best single one"
        promises.append(Promise(says, ours <= its * AT_MOST_WORSE, f"{ours:.2f}, {best} {its:.2f} min"))
    return promises


def _covers(waited: Table) -> Promise:
    ours = waited[POOLED][PRODUCT]
    says = f"pooled coverage of the unrounded range {COVERAGE[0]:.0f} to {COVERAGE[1]:.0f} %"
    figures = f"{ours.coverage:.1f} %; printed {ours.printed_coverage:.1f} %"
    return Promise(says, COVERAGE[0] <= ours.coverage <= COVERAGE[1], figures)


def _against_best_single(scores: Mapping[str, Scores]) -> tuple[float, tuple[str, float]]:
    best = min(SINGLES, key=lambda name: scores[name].error)
    return scores[PRODUCT].error, (best, scores[best].error)
