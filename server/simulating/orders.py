"""The orders of calling that are compared. Two are the product's own; strict priority exists only here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from server.domain.calling import next_in_line
from server.domain.office import Rule
from server.domain.tickets import Leg

FIRST_COME = "first-come"
STRICT = "strict priority"
OURS = "our rule"


@dataclass(frozen=True, slots=True)
class Order:
    """A way to choose the next of those who wait, under a rule."""

    name: str
    rule: Rule
    choose: Callable[[Sequence[Leg], Rule], Leg | None]

    def next_of(self, waiting: Sequence[Leg]) -> Leg:
        """Return who is called next; LookupError when nobody waits."""
        leg = self.choose(waiting, self.rule)
        if leg is None:
            raise LookupError("nobody waits")
        return leg


def orders(rule: Rule) -> tuple[Order, ...]:
    """Return the three orders; `rule` is the office's own, and first-come is the same without a head start."""
    first_come = replace(rule, priority_head_start=timedelta(0))
    return Order(FIRST_COME, first_come, next_in_line), Order(STRICT, rule, _strictly), Order(OURS, rule, next_in_line)


def _strictly(waiting: Sequence[Leg], _rule: Rule) -> Leg | None:
    """Choose any priority ticket before every ordinary one, however long that one has waited."""
    return min(
        waiting, key=lambda leg: (leg.ticket_class != "priority", leg.place_at, leg.order), default=None
    )  # fmt: skip
