"""Whether the queue was fair, from the events alone: who overtook whom and why, and who waited how long. Pure.

Of the legs of the days asked (a leg belongs to the day on which its ticket was issued) those count that *waited*:
they stood in a queue. Who was served at once (a walk-up, a further service at the same counter) waited for nobody.
What was undone counts for nothing. An overtaking is that of DESIGN 5 (`replaying.Overtaking`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal, get_args

from server.domain.calling import COUNTS_TOWARD_CAP
from server.domain.ledger import Ledger, Taking
from server.domain.measuring import Times, figures, spans
from server.domain.office import Rule, TicketClass
from server.domain.replaying import Overtaking, Why
from server.domain.tickets import Leg, State

SMALL = 30  # A per cent of fewer than these tells little; whoever shows one says so.
NOT_SERVED = (State.NO_SHOW, State.LEFT, State.CANCELLED, State.CLOSED, State.TRANSFERRED)
WHYS: tuple[Why, ...] = get_args(Why)
HowTaken = Literal["out_of_order", "walk_up"]


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`: as a per cent, and whether that says much."""

    k: int
    n: int

    @property
    def per_cent(self) -> float | None:
        """100 × k ÷ n, cut to one decimal, for 99.96 is not yet 100; None of nothing."""
        return 1000 * self.k // self.n / 10 if self.n else None

    @property
    def small(self) -> bool:
        """Whether so few were counted that the per cent tells little."""
        return self.n < SMALL


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits in seconds: how many, median, P90 by nearest rank, and the worst; None where n is 0."""

    n: int
    median_s: float | None
    p90_s: float | None
    max_s: float | None


@dataclass(frozen=True, slots=True)
class NotServed:
    """Those whose leg ended as `state` before any service, and how long they had waited until then.

    A no-show waited until its last call; who was closed with the day, until that day's midnight at most, for nobody
    knows when they went; all others until the leg ended. Who was `transferred` goes on waiting in another line.
    """

    state: str
    waited: Waits


@dataclass(frozen=True, slots=True)
class ClassWait:
    """One class of citizen: the wait of those whose call was answered, and beside it those who were not served."""

    ticket_class: TicketClass
    wait: Waits
    not_served: list[NotServed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """All overtakings of one explanation: how many, of how many legs, the mean of all n legs, the most of one."""

    why: Why
    overtakings: int
    legs: int
    mean: float
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstCap:
    """Overtakings by the class rule against the cap that was in force at each of them.

    `reached` waits were overtaken by it as often as the cap allows; `exceeded` more often, which the rule promises
    never to do. A visit that is sent on before it was served keeps its count. `mean` is of all n legs.
    """

    mean: float
    most: int
    reached: int
    exceeded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfTurn:
    """Calls out of order, or walk-ups, for one reason of the office's list, and whom they `passed`."""

    how: HowTaken
    reason: str | None
    times: int
    passed: int


@dataclass(frozen=True, slots=True)
class Promise:
    """The office's promised wait: those who waited `over` it, of all whose call was answered and who were promised one.

    `not_served_over` had waited longer, too, when they left, missed their call, or their leg ended otherwise.
    """

    over: Share
    not_served_over: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """The printed range of minutes and the wait that came, of every ticket's first leg whose call was answered.

    Inside: low ≤ wait ≤ high, both counted. Below: a shorter wait than printed. Above: a longer one.
    """

    inside: Share
    below: Share
    above: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """The figures of the days asked.

    `legs` (n) waited and were called or ended; `waiting` wait still, and are in no figure but the list of the
    `unexplained`. `taken` are the calls and walk-ups; overtakings per 100 are 100 × overtakings ÷ taken.
    """

    legs: int
    waiting: int
    without_reason_never: Share
    at_all_never: Share
    overtakings: int
    taken: int
    per_100: float | None
    explained: list[Explained]
    cap: AgainstCap
    out_of_turn: list[OutOfTurn]
    classes: list[ClassWait]
    promise: Promise
    quoted: Quoted
    unexplained: list[Overtaking]
    rules: list[Rule]


def fairness(ledger: Ledger, first: date, last: date, zone: tzinfo) -> Fairness:
    """Return the figures of the legs of the days `first` to `last`, both counted, in the office's `zone`."""
    asked = [leg for leg in ledger.record.legs.values() if first <= leg.day <= last and _stood_in_line(leg)]
    legs = [leg for leg in asked if leg.state is not State.WAITING]
    overtaken = ledger.overtakings_of({leg.id for leg in legs})
    bare = {each.passed for each in overtaken if not has_reason(each)}
    taken = ledger.takings_of(first, last)
    return Fairness(
        legs=len(legs), waiting=len(asked) - len(legs),
        without_reason_never=Share(len(legs) - len(bare), len(legs)),
        at_all_never=Share(len(legs) - len({each.passed for each in overtaken}), len(legs)),
        overtakings=len(overtaken), taken=len(taken),
        per_100=round(100 * len(overtaken) / len(taken), 1) if taken else None,
        explained=[_explained(why, overtaken, len(legs)) for why in WHYS],
        cap=_against_cap(ledger, overtaken, len(legs)),
        out_of_turn=_out_of_turn(taken, overtaken),
        classes=[_class_wait(name, legs, zone) for name in get_args(TicketClass)],
        promise=_promise_kept(ledger, legs, zone), quoted=_range_kept(ledger, legs),
        unexplained=[each for each in ledger.overtakings_of({leg.id for leg in asked}) if not has_reason(each)],
        rules=ledger.rules_of(first, last),
    )  # fmt: skip


def has_reason(overtaking: Overtaking) -> bool:
    """Return whether the rule explains it, or an officer's recorded reason does."""
    return why_of(overtaking) != "unexplained"


def why_of(overtaking: Overtaking) -> Why:
    """Return what explains it; an officer's choice without a reason is unexplained."""
    by_choice = overtaking.why in ("out_of_order", "walk_up")
    return "unexplained" if by_choice and not overtaking.reason else overtaking.why


def wait_s(leg: Leg) -> float | None:
    """Return the seconds from joining the queue to the call that was answered; None if none was."""
    return spans(Times(joined_at=leg.joined_at, called_at=leg.called_at, started_at=leg.started_at)).wait_s


def _stood_in_line(leg: Leg) -> bool:
    return leg.state is not State.UNDONE and not (leg.started_at and leg.called_at is None)


def _explained(why: Why, overtaken: list[Overtaking], n: int) -> Explained:
    of_leg = Counter(each.passed for each in overtaken if why_of(each) == why)
    return Explained(why=why, overtakings=of_leg.total(), legs=len(of_leg), mean=_mean(of_leg.total(), n),
                     most=max(of_leg.values(), default=0))  # fmt: skip


def _against_cap(ledger: Ledger, overtaken: list[Overtaking], n: int) -> AgainstCap:
    times: Counter[int] = Counter()
    reached, exceeded = set(), set()
    for each in overtaken:
        if each.why not in COUNTS_TOWARD_CAP:
            continue
        wait, cap = ledger.wait_of(each.passed), ledger.takings[each.seq].cap
        times[wait] += 1
        if times[wait] >= cap:
            reached.add(wait)
        if times[wait] > cap:
            exceeded.add(wait)
    return AgainstCap(mean=_mean(times.total(), n), most=max(times.values(), default=0), reached=len(reached),
                      exceeded=len(exceeded))  # fmt: skip


def _out_of_turn(taken: dict[int, Taking], overtaken: list[Overtaking]) -> list[OutOfTurn]:
    passed_by = Counter(each.seq for each in overtaken)
    found: dict[tuple[HowTaken, str | None], list[int]] = {}
    for seq, each in taken.items():
        if each.how in ("out_of_order", "walk_up"):
            how: HowTaken = "walk_up" if each.how == "walk_up" else "out_of_order"
            found.setdefault((how, each.reason), []).append(passed_by[seq])
    return [
        OutOfTurn(how=how, reason=reason, times=len(passed), passed=sum(passed))
        for (how, reason), passed in sorted(
            found.items(), key=lambda item: (item[0][0], -len(item[1]), str(item[0][1]))
        )
    ]


def _class_wait(name: TicketClass, legs: list[Leg], zone: tzinfo) -> ClassWait:
    of_class = [leg for leg in legs if leg.ticket_class == name]
    not_served = [
        NotServed(state.value, _waits(_in_vain_s(leg, zone) for leg in of_class if _not_served(leg, state)))
        for state in NOT_SERVED
    ]
    return ClassWait(name, _waits(wait_s(leg) for leg in of_class), not_served)


def _promise_kept(ledger: Ledger, legs: list[Leg], zone: tzinfo) -> Promise:
    promised = [(leg, limit.total_seconds()) for leg in legs if (limit := ledger.promised.get(leg.id)) is not None]
    answered = [(wait, limit) for leg, limit in promised if (wait := wait_s(leg)) is not None]
    not_served = [(leg, limit) for leg, limit in promised if _not_served(leg, *NOT_SERVED)]
    return Promise(
        Share(sum(wait > limit for wait, limit in answered), len(answered)),
        sum(_in_vain_s(leg, zone) > limit for leg, limit in not_served),
    )


def _range_kept(ledger: Ledger, legs: list[Leg]) -> Quoted:
    compared = [(wait / 60, *ledger.ranges[leg.id]) for leg in legs
                if leg.id in ledger.ranges and (wait := wait_s(leg)) is not None]  # fmt: skip
    n = len(compared)
    below = sum(wait < low for wait, low, _ in compared)
    above = sum(wait > high for wait, _, high in compared)
    return Quoted(inside=Share(n - below - above, n), below=Share(below, n), above=Share(above, n))


def _not_served(leg: Leg, *states: State) -> bool:
    return leg.state in states and leg.started_at is None


def _in_vain_s(leg: Leg, zone: tzinfo) -> float:
    """Seconds that somebody waited who was not served."""
    end = leg.finished_at or leg.joined_at
    if leg.state is State.NO_SHOW and leg.called_at:
        end = leg.called_at
    if leg.state is State.CLOSED:
        end = max(leg.joined_at, min(end, _midnight(leg.day + timedelta(days=1), zone)))
    return (end - leg.joined_at).total_seconds()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _waits(seconds: Iterable[float | None]) -> Waits:
    known = [each for each in seconds if each is not None]
    found = figures(known)
    return Waits(len(known), found.median_s, found.p90_s, found.max_s)


def _mean(total: int, n: int) -> float:
    return round(total / n, 3) if n else 0.0
