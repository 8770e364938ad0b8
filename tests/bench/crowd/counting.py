"""What the events say happened, and whether that is what the clients were told."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.bench.crowd.caller import Facts
from tests.bench.crowd.people import Notes

CALLED, STARTED, FINISHED = "ticket_called", "service_started", "service_finished"


@dataclass
class Counts:
    """Counted from the events alone; every figure but the first three and `finished` must be 0."""

    events: int = 0
    issued: int = 0
    called_once: int = 0
    called_twice: int = 0
    never_called: int = 0
    finished: int = 0
    numbers_given_twice: int = 0
    counters_with_two: int = 0
    missing_seq: int = 0
    differ_from_clients: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether no ticket was called twice, none was lost, and the clients were told the truth."""
        wrong = (self.called_twice, self.never_called, self.numbers_given_twice, self.counters_with_two,
                 self.missing_seq, self.differ_from_clients, len(self.faults))  # fmt: skip
        return not any(wrong) and self.issued == self.called_once == self.finished


def counted(events: Iterable[Facts], notes: Notes) -> Counts:
    """Count the events of an office's whole life, and compare them with what the clients noted."""
    counts = Counts(faults=list(notes.faults))
    of_kind: dict[str, list[Facts]] = {"ticket_issued": [], CALLED: [], FINISHED: []}
    in_hand: dict[int, int] = {}
    for event in events:
        counts.events += 1
        counts.missing_seq += event["seq"] != counts.events
        said, kind = event["payload"], event["kind"]
        if kind in of_kind:
            of_kind[kind].append(said)
        if kind == CALLED:
            counts.counters_with_two += said["counter"] in in_hand
            in_hand[said["counter"]] = said["ticket"]
        elif kind == FINISHED:
            counts.counters_with_two += in_hand.pop(said["counter"], None) != said["ticket"]
    issued = [said["ticket"] for said in of_kind["ticket_issued"]]
    calls = [(said["ticket"], said["counter"]) for said in of_kind[CALLED]]
    finished = [said["ticket"] for said in of_kind[FINISHED]]
    times = Counter(ticket for ticket, _ in calls)
    counts.issued, counts.finished = len(issued), len(finished)
    counts.called_once = sum(count == 1 for count in times.values())
    counts.called_twice = sum(count > 1 for count in times.values())
    counts.never_called = len(set(issued) - set(times))
    numbers = Counter((said["day"], said["queue"], said["number"]) for said in of_kind["ticket_issued"])
    counts.numbers_given_twice = sum(count > 1 for count in numbers.values())
    counts.differ_from_clients = (
        _differing(issued, notes.issued) + _differing(calls, notes.called) + _differing(finished, notes.finished)
    )
    return counts


def _differing(told: Iterable[object], noted: Iterable[object]) -> int:
    """Return how many are in one but not in the other, each as often as it is there."""
    events, clients = Counter(told), Counter(noted)
    return (events - clients).total() + (clients - events).total()
