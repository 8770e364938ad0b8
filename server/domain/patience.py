"""How often a wrong password may be tried from one place: some at once, then one now and then. Nobody is locked out."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """So many tries at once; each `seconds_each` gives one back."""

    most: int
    seconds_each: float

    def after(self, level: float, at: datetime, now: datetime) -> float:
        """Return how much of a level of tries that was so at that moment is still counted now."""
        return max(0.0, level - max(0.0, (now - at).total_seconds()) / self.seconds_each)

    def wait_seconds(self, level: float) -> float:
        """Return how long the next try has to wait at that level; 0 for not at all."""
        return max(0.0, (level + 1 - self.most) * self.seconds_each)


FOR_ACCOUNT_AND_ADDRESS = Patience(5, 60.0)
FOR_KNOWN_BROWSER = Patience(10, 5.0)  # Nobody else can use its tries up, so that no prank keeps its person out.
FOR_ADDRESS = Patience(20, 5.0)  # An office behind one address comes in on a Monday morning; a flood does not.
