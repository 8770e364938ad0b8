"""Lives through a log queue by queue, and asks every estimator at every arrival."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from server.backtesting.estimators import ESTIMATORS, Called, Estimator, Joining, Said
from server.backtesting.log import LoggedTicket

# What comes first in the same minute. Calls of those who came before it: in a log of five-minute samples they often
# share their minute with an arrival, and the boards count them as called. A ticket called on arrival joins first.
_CALLED, _JOINED, _CALLED_AT_ONCE = range(3)


@dataclass(frozen=True, slots=True)
class Tried:
    """One ticket: how many were ahead of it, and what each estimator said; in the estimators' order."""

    ticket: LoggedTicket
    ahead: int
    said: tuple[Said, ...]


def back_test(tickets: Iterable[LoggedTicket], service_minutes: float) -> list[Tried]:
    """Return what every estimator would have told each ticket. `service_minutes` are the standard minutes of every
    service, for the log has none; they matter only while a queue is new."""
    queues: defaultdict[tuple[str, str], list[LoggedTicket]] = defaultdict(list)
    for ticket in tickets:
        queues[ticket.office, ticket.queue].append(ticket)
    return [tried for key in sorted(queues) for tried in _queue(queues[key], service_minutes)]


def _queue(tickets: list[LoggedTicket], service_minutes: float) -> Iterator[Tried]:
    """Yield the tickets of one queue in the order of their calls.

    `ahead` is counted here, not taken from the log: tickets of that queue that came before and are not called yet.
    """
    estimators: list[Estimator] = [make() for make in _makers()]
    waiting: dict[int, tuple[Joining, tuple[Said, ...]]] = {}  # In order of arrival.
    for ticket, number, kind in _events(tickets):
        if kind == _JOINED:
            first = next(iter(waiting.values()))[0] if waiting else None
            joining = Joining(
                day=ticket.day, at_min=ticket.arrival_min, ahead=len(waiting), counters=ticket.counters,
                first_waited_min=ticket.arrival_min - first.at_min if first else None, service_minutes=service_minutes,
            )  # fmt: skip
            waiting[number] = joining, tuple(each.asked(joining) for each in estimators)
        else:
            joining, said = waiting.pop(number)
            for each, its in zip(estimators, said, strict=True):
                each.learns(Called(joining, ticket.called_min, ticket.wait_min), its)
            yield Tried(ticket, joining.ahead, said)


def _makers() -> Iterable[Callable[[], Estimator]]:
    return ESTIMATORS.values()


def _events(tickets: list[LoggedTicket]) -> list[tuple[LoggedTicket, int, int]]:
    events = []
    for number, ticket in enumerate(tickets):
        called = _CALLED if ticket.called_min > ticket.arrival_min else _CALLED_AT_ONCE
        events.append((ticket.day, ticket.arrival_min, _JOINED, number))
        events.append((ticket.day, ticket.called_min, called, number))
    # Same-minute arrivals that are called at once go one after another: the first is called before the second joins.
    events.sort(key=lambda each: (each[0], each[1], min(each[2], _JOINED), each[3], each[2]))
    return [(tickets[number], number, kind) for _, _, kind, number in events]
