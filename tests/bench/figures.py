"""A row of the bench: what was measured, against what, and whether it keeps its budget."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `kept` None where the row only informs."""

    what: str
    measured: str
    budget: str
    kept: bool | None

    def line(self) -> str:
        """Return the row as it is printed."""
        verdict = {True: "kept", False: "OVER", None: ""}[self.kept]
        return f"{self.what:<58} {self.measured:<44} {self.budget:<16} {verdict}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Return the middle value, the upper one of two."""
    return percentile(values, 0.5)
