"""Reasons are ids of the office's lists: what a person may choose, and nothing that they could write."""

from collections.abc import Iterable

from server.domain.errors import QueueError
from server.domain.office import Reason


def known_reason(given: str | None, listed: Iterable[Reason], refusal: type[QueueError]) -> str:
    """Return the reason if it is on the list, or raise `refusal` with the ids that are."""
    ids = [reason.id for reason in listed]
    if given not in ids:
        raise refusal(reasons=", ".join(ids))
    return given
