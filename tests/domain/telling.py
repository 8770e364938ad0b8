"""Tells a day at an office as its events would, to whoever adds them up."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Protocol, cast

from server.domain import events
from server.domain.calling import How
from server.domain.office import Office, TicketClass
from server.domain.replaying import Happened
from tests.domain.making import MONDAY, at

ANONG = "account:1"


class Listener(Protocol):
    def take(self, happened: Happened) -> None: ...


@dataclass
class Day:
    """Each method is one event at that time of the day; it returns what later events name."""

    listener: Listener
    office: Office
    day: date = MONDAY
    officer: str = ANONG
    numbers: dict[int, str] = field(default_factory=dict)
    _seqs: "count[int]" = field(default_factory=lambda: count(1))
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def happens(self, when: str, event: events.Event, actor: str | None = None) -> int:
        seq = next(self._seqs)
        moment = datetime.fromisoformat(when) if "T" in when else at(when, self.day)
        self.listener.take(Happened(seq, event, moment, actor or self.officer, self.office))
        return seq

    def issues(
        self, when: str, number: str, ticket_class: TicketClass = "regular", quoted: tuple[int, int] = (0, 5)
    ) -> int:
        leg = next(self._ids)
        self.numbers[leg] = number
        self.happens(when, events.TicketIssued(
            ticket=leg, visit=leg, leg=leg, number=number, service="id_renew", queue="A", ticket_class=ticket_class,
            language="th", day=self.day, ahead=0, low_min=quoted[0], high_min=quoted[1],
        ), "device:1")  # fmt: skip
        return leg

    def calls(self, when: str, leg: int, how: str = "turn", reason: str | None = None, counter: int = 1) -> int:
        return self.happens(when, events.TicketCalled(
            ticket=leg, leg=leg, number=self.numbers[leg], service="id_renew", queue="A", counter=counter,
            call_id=leg, times=1, language="th", how=cast(How, how), reason=reason,
        ))  # fmt: skip

    def starts(self, when: str, leg: int, counter: int = 1) -> int:
        return self.happens(when, events.ServiceStarted(ticket=leg, leg=leg, number=self.numbers[leg], counter=counter))

    def finishes(self, when: str, leg: int, counter: int = 1) -> int:
        return self.happens(when, events.ServiceFinished(ticket=leg, leg=leg, number=self.numbers[leg],
                                                         counter=counter))  # fmt: skip

    def serves(self, when: str, leg: int, until: str, how: str = "turn", reason: str | None = None) -> int:
        """Call, start at once, finish; return the number of the call."""
        call = self.calls(when, leg, how, reason)
        self.starts(when, leg)
        self.finishes(until, leg)
        return call

    def misses(self, when: str, leg: int, counter: int = 1) -> int:
        return self.happens(when, events.TicketNoShow(ticket=leg, leg=leg, number=self.numbers[leg], counter=counter))

    def holds(self, when: str, leg: int, counter: int = 1) -> int:
        return self.happens(when, events.TicketHeld(ticket=leg, leg=leg, number=self.numbers[leg], counter=counter))

    def resumes(self, when: str, leg: int, counter: int = 1) -> int:
        return self.happens(when, events.TicketResumed(ticket=leg, leg=leg, number=self.numbers[leg], counter=counter))

    def leaves(self, when: str, leg: int) -> int:
        return self.happens(
            when,
            events.TicketCancelled(
                ticket=leg,
                leg=leg,
                number=self.numbers[leg],
                queue="A",
                counter=None,
                state="left",
                by="staff",
                reason="left",
            ),
        )

    def closes_ticket(self, when: str, leg: int, counter: int | None = None) -> int:
        return self.happens(when, events.TicketClosed(ticket=leg, leg=leg, number=self.numbers[leg], queue="A",
                                                      counter=counter), "system")  # fmt: skip

    def sends_on(self, when: str, leg: int, counter: int | None = None) -> int:
        onward = next(self._ids)
        self.numbers[onward] = self.numbers[leg]
        self.happens(
            when,
            events.TicketTransferred(
                ticket=leg,
                leg=leg,
                next_leg=onward,
                number=self.numbers[leg],
                service="id_renew",
                queue="A",
                counter=counter,
                bound=None,
            ),
        )
        return onward

    def adds_a_service(self, when: str, leg: int, counter: int = 1) -> int:
        onward = next(self._ids)
        self.numbers[onward] = self.numbers[leg]
        self.happens(when, events.ServiceAdded(ticket=leg, leg=leg, next_leg=onward, number=self.numbers[leg],
                                               service="id_renew", queue="A", counter=counter))  # fmt: skip
        return onward

    def serves_a_walk_up(self, when: str, until: str, reason: str = "quick_question", number: str = "A900") -> int:
        leg = next(self._ids)
        self.numbers[leg] = number
        self.happens(when, events.WalkUpStarted(
            ticket=leg, visit=leg, leg=leg, number=number, service="id_renew", queue="A", ticket_class="regular",
            language="th", day=self.day, counter=1, reason=reason,
        ))  # fmt: skip
        self.finishes(until, leg)
        return leg

    def undoes(self, when: str, leg: int, undone: int, step: str, counter: int | None = 1) -> int:
        return self.happens(
            when,
            events.StepUndone(
                ticket=leg,
                leg=leg,
                number=self.numbers[leg],
                queue="A",
                counter=counter,
                undone=undone,
                step=step,
                state="waiting",
            ),
        )

    def opens(self, when: str, counter: int = 1, officer: str | None = None) -> int:
        return self.happens(when, events.CounterOpened(counter=counter), officer)

    def pauses(self, when: str, reason: str = "lunch", counter: int = 1) -> int:
        return self.happens(when, events.CounterPaused(counter=counter, reason=reason))

    def closes(self, when: str, counter: int = 1) -> int:
        return self.happens(when, events.CounterClosed(counter=counter))

    def day_ends(self, when: str, counter: int = 1, actor: str = "system") -> int:
        return self.happens(when, events.CounterClosed(counter=counter, reason="day_end"), actor)
