"""Call hardware: a key pad at a counter, whose one key goes on with the visit and whose other calls it again."""

import hashlib
from datetime import timedelta

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain.errors import CounterClosed, InvalidValue
from server.domain.tickets import State
from server.services import rights, serving, summoning
from server.services.describing import known_leg, ticket_of
from server.services.paper_shapes import KEYS, KeyPress, PressPlan
from server.services.repeating import LONGEST_REQUEST_ID, once
from server.services.shapes import Ticket

ONE_PRESS = timedelta(seconds=1)  # Nobody comes to the counter, or is served, within it: a finger pressed twice.


def press(db: Database, pad: Identity, pressed: KeyPress) -> Ticket | None:
    """Do what the key means at the pad's own counter, in the name of the officer who opened it; None if nobody waits.

    `next` walks a visit: calls somebody to a free counter, starts the service of who was called, and finishes it and
    calls the next; within a second of the visit's last step it is that press's bounce and does nothing. `recall` calls
    who was called again. The same request_id does the same once, wherever the visit is by then. Raises CounterClosed,
    and whatever the step itself refuses.
    """
    rights.require(pad, "press_key")
    if pressed.key not in KEYS:
        raise InvalidValue(field="key", value=pressed.key[:40])
    request_id = pressed.request_id
    with db.work(pad.office_id, Actor(pad.key, device=pad.key)) as work:
        plan = once(work, request_id, ("press", pressed.key), PressPlan, lambda: _planned(work, pad, pressed.key)).value
    officer = Identity(key=f"account:{plan.account}", office_id=pad.office_id, role="officer", counter=plan.counter,
                       account=plan.account)  # fmt: skip

    def named(step: str) -> str | None:
        return request_id and _step_id(request_id, step)

    if plan.bounced is not None:
        with db.read(pad.office_id) as work:
            return ticket_of(work, known_leg(work, plan.bounced))
    if plan.recall is not None:
        return serving.recall(db, officer, plan.recall, named("recall")).value
    if plan.start is not None:
        return serving.start(db, officer, plan.start, named("start")).value
    if plan.finish is not None:
        serving.finish(db, officer, plan.finish, named("finish"))
    called = summoning.call_next(db, officer, plan.counter, named("call"))
    return None if called is None else called.value


def _step_id(press: str, step: str) -> str:
    """Return the request_id of one step of a press: always the same, another for another press, never too long."""
    plain = f"{press}:{step}"
    if len(plain) <= LONGEST_REQUEST_ID:
        return plain
    return f"{hashlib.sha256(press.encode()).hexdigest()[:48]}:{step}"


def _planned(work: UnitOfWork, pad: Identity, key: str) -> PressPlan:
    """What the key means now; kept, so that a press that is tried again means the same."""
    number = work.office.counter(pad.counter or 0).number
    counter = work.counters.at(number)
    if not counter.is_open or counter.account is None:
        raise CounterClosed(counter=number)
    leg = work.legs.in_hand_at(number)
    if key == "recall":
        # Without anybody called, the step itself says so.
        return PressPlan(account=counter.account, counter=number, recall=0 if leg is None else leg.ticket)
    if leg is None:
        return PressPlan(account=counter.account, counter=number)
    if work.now - (leg.started_at or leg.called_at or leg.joined_at) < ONE_PRESS:
        return PressPlan(account=counter.account, counter=number, bounced=leg.ticket)
    if leg.state is State.CALLED:
        return PressPlan(account=counter.account, counter=number, start=leg.ticket)
    return PressPlan(account=counter.account, counter=number, finish=leg.ticket)
