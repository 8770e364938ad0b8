"""Who comes to the counter: the next in line, somebody out of order for a reason, somebody without a ticket."""

from server.db.legs import Desk, Overtaken
from server.db.people import Identity
from server.db.tickets import IssuedTicket
from server.db.work import Actor, Database, UnitOfWork
from server.domain import calling, steps, tickets
from server.domain.errors import NotServedHere, OutOfOrderForbidden, ReasonNeeded
from server.domain.events import TicketCalled, WalkUpStarted
from server.domain.tickets import Leg
from server.services import rights
from server.services.at_counter import free_desk
from server.services.describing import known_leg, known_ticket, ticket_number, ticket_of
from server.services.issuing import new_visit
from server.services.rating import end_slot_of_who_has_gone
from server.services.reasons import known_reason
from server.services.repeating import Answered, once
from server.services.shapes import CallRequest, IssueRequest, Ticket, WalkUpRequest

NOBODY = Overtaken()


class _NobodyWaits(Exception):
    """The way out of a call that found nobody; nothing was changed."""


def call_next(db: Database, asker: Identity, number: int, request_id: str | None) -> Answered[Ticket] | None:
    """Call the next in line to this counter; None when nobody waits whom it may call.

    Two officers never get the same ticket: the office is locked. Raises CounterClosed, CounterBusy or CounterTaken.
    """
    rights.require(asker, "work_counter")
    try:
        with db.work(asker.office_id, Actor(asker.key)) as work:
            return once(work, request_id, ("call_next", number), Ticket, lambda: _call_next(work, asker, number))
    except _NobodyWaits:
        return None  # No answer to keep: a retry a moment later should find whoever came.


def call_for_idle_counter(db: Database, officer: Identity, number: int) -> Ticket | None:
    """Call the next to the counter of that officer, who did not ask: the event names `auto_call` as its device.

    Refused as `call_next` is; None when nobody waits.
    """
    try:
        with db.work(officer.office_id, Actor(officer.key, device="auto_call")) as work:
            return _call_next(work, officer, number)
    except _NobodyWaits:
        return None


def call_out_of_order(db: Database, asker: Identity, number: int, wanted: CallRequest) -> Answered[Ticket]:
    """Call that ticket to this counter before its turn, for a reason of the office's list.

    Raises OutOfOrderForbidden without the right, ReasonNeeded, NotServedHere, the refusal of its state unless the
    ticket waits, and as `call_next` does.
    """
    rights.require(asker, "work_counter")
    if not asker.may_call_out_of_order:
        raise OutOfOrderForbidden(officer=asker.name)
    asked = ("call", number, str(wanted.ticket), wanted.reason)
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, wanted.request_id, asked, Ticket, lambda: _call_out_of_order(work, asker, number, wanted))


def walk_up(db: Database, asker: Identity, number: int, wanted: WalkUpRequest) -> Answered[Ticket]:
    """Serve somebody without a ticket at this counter at once; they get a number, and nobody is called.

    Whoever waits for this counter is overtaken, which is written down with the reason: right and reason as for a call
    out of order. Raises UnknownService, QuotaFull, and as `call_out_of_order` does.
    """
    rights.require(asker, "work_counter")
    if not asker.may_call_out_of_order:
        raise OutOfOrderForbidden(officer=asker.name)
    asked = ("walk_up", number, wanted.service, wanted.reason, wanted.language, wanted.priority)
    with db.work(asker.office_id, Actor(asker.key)) as work:
        return once(work, wanted.request_id, asked, Ticket, lambda: _walk_up(work, asker, number, wanted))


def _call_next(work: UnitOfWork, asker: Identity, number: int) -> Ticket:
    desk = free_desk(work, asker, number)
    leg = calling.next_in_line(work.legs.candidates(desk), work.office.rule)
    if leg is None:
        raise _NobodyWaits
    how = calling.how_called(leg, work.office.rule)
    passed = NOBODY if how == "turn" else work.legs.overtaken(leg, desk)
    if passed.people and how in calling.COUNTS_TOWARD_CAP:
        work.legs.note_passed(leg, desk, work.office.rule)
    return _called(work, asker, leg, desk, how if passed.people else "turn", None, passed)


def _call_out_of_order(work: UnitOfWork, asker: Identity, number: int, wanted: CallRequest) -> Ticket:
    reason = known_reason(wanted.reason, work.office.reasons.out_of_order, ReasonNeeded)
    desk = free_desk(work, asker, number)
    leg = known_leg(work, ticket_number(wanted.ticket))
    steps.must_be(leg, "call", tickets.State.WAITING)
    if not calling.may_be_called(leg, desk.counter, desk.services):
        raise NotServedHere(number=leg.number, counter=number)
    return _called(work, asker, leg, desk, "out_of_order", reason, work.legs.overtaken(leg, desk))


def _called(work: UnitOfWork, asker: Identity, leg: Leg, desk: Desk, how: calling.How, reason: str | None,
            passed: Overtaken) -> Ticket:  # fmt: skip
    counter = desk.counter.number
    call_id = work.next_seq
    called = steps.call(leg, counter=counter, officer=asker.key, call_id=call_id, now=work.now)
    work.legs.save(called, work.office.rule, seq=call_id)
    work.record(
        TicketCalled(
            ticket=leg.ticket, leg=leg.id, number=leg.number, service=leg.service, queue=leg.queue, counter=counter,
            call_id=call_id, times=called.calls, language=leg.language, how=how, reason=reason, passed=passed.people,
            passed_first=passed.first, passed_last=passed.last,
        ),
        counter=counter,
    )  # fmt: skip
    issued = known_ticket(work, leg.ticket)
    _note_pace(work, leg, issued, desk, is_in_turn=how != "out_of_order")
    return ticket_of(work, called, issued)


def _note_pace(work: UnitOfWork, leg: Leg, issued: IssuedTicket, desk: Desk, *, is_in_turn: bool) -> None:
    """Let the queues of this counter learn how fast they move, and the leg's own how good its estimate was.

    Only a first wait, ended in turn, is what an estimate was of.
    """
    waited = (work.now - leg.joined_at).total_seconds()
    is_of_quote = is_in_turn and leg.returns == 0 and leg.joined_at == issued.issued_at
    for queue in dict.fromkeys((*desk.counter.queues, leg.queue)):
        before = work.paces.of(queue, work.day)
        quoted = issued.quote if is_of_quote and queue == leg.queue else None
        work.paces.save(queue, before.called(work.now, wait_s=waited, quoted=quoted), before)


def _walk_up(work: UnitOfWork, asker: Identity, number: int, wanted: WalkUpRequest) -> Ticket:
    reason = known_reason(wanted.reason, work.office.reasons.walk_up, ReasonNeeded)
    desk = free_desk(work, asker, number)
    service = work.office.service(wanted.service)
    asked = IssueRequest(service=service.id, priority=wanted.priority, language=wanted.language)

    def served(waiting: Leg) -> Leg:
        return steps.walk_up(waiting, counter=number, officer=asker.key, now=work.now)

    leg, issued, _ = new_visit(work, asker, service, asked, served)
    passed = work.legs.overtaken(leg, desk)
    end_slot_of_who_has_gone(work, number)
    seq = work.record(
        WalkUpStarted(
            ticket=leg.ticket, visit=leg.visit, leg=leg.id, number=leg.number, service=leg.service, queue=leg.queue,
            ticket_class=leg.ticket_class, language=leg.language, day=leg.day, counter=number, reason=reason,
            passed=passed.people, passed_first=passed.first, passed_last=passed.last,
        ),
        counter=number,
    )  # fmt: skip
    work.legs.save(leg, work.office.rule, seq=seq)
    return ticket_of(work, leg, issued, print_state="none")
