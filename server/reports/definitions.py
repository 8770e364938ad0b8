"""What the figures of the reports are called and mean: one table, which the reports' own headings use.

A report's heading is `term("wait")`; the page of definitions, and the list under each report, are made from the same
rows. The words and their meanings stand in `words/terms.*.toml`, once.
"""

from collections.abc import Callable

REPORTS: dict[str, tuple[str, ...]] = {
    "waiting": (
        "issued", "came", "no_show", "wait", "walk", "service", "total", "mean", "median", "p90", "max", "source",
    ),
    "fairness": (
        "in_line", "overtaking", "reason", "class_rule", "per_100", "came", "wait", "median", "p90", "max",
        "not_served", "no_show", "promise", "quoted", "small", "event", "source",
    ),
    "staffing": (
        "shift", "open", "break", "in_hand", "idle", "finished", "sent_on", "unanswered", "day_end", "no_ranking",
        "source",
    ),
}  # fmt: skip
"""Each report with its terms, in the order in which they are explained under it."""

TERMS = tuple(dict.fromkeys(term for terms in REPORTS.values() for term in terms))
"""Every term once: what two reports say with one word means one thing."""


def reports_with(term: str) -> tuple[str, ...]:
    """Return the reports in which that term stands."""
    return tuple(report for report, terms in REPORTS.items() if term in terms)


def words_of(report: str, say: Callable[[str], str]) -> Callable[[str], str]:
    """Return what names a term in that report; a term that is not explained under it is a KeyError."""

    def term(name: str) -> str:
        if name not in REPORTS[report]:
            raise KeyError(f"{report} does not explain {name}")
        return say(f"terms.{name}")

    return term
