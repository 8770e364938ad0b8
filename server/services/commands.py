"""Every command that a person gives about a ticket or a counter: what it is called, takes, needs, and does.

The API, its description, the screens' forms and the table of states all come from here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from server.db.people import Identity
from server.db.work import Database
from server.services import moving, serving, slips, staffing, summoning, undoing
from server.services.paper_shapes import AskAgainRequest
from server.services.repeating import Answered
from server.services.rights import Right
from server.services.shapes import (
    AddServiceRequest,
    BreakRequest,
    CallRequest,
    CancelRequest,
    Command,
    NoShowRequest,
    TransferRequest,
    WalkUpRequest,
)

Plain = Callable[[Database, Identity, int, str | None], Any]
Done = Answered[Any] | None


@dataclass(frozen=True, slots=True)
class Known:
    """A command: the shape of its request, the right it needs, and the service that does it.

    `do(db, asker, about, request)` gives the answer, None when a call found nobody; `about` is a ticket's id or a
    counter's number.
    """

    body: type[msgspec.Struct]
    right: Right
    do: Callable[[Database, Identity, int, Any], Done]
    tells: str


def _plain(do: Plain, right: Right, tells: str) -> Known:
    def run(db: Database, asker: Identity, about: int, request: Command) -> Done:
        answered: Done = do(db, asker, about, request.request_id)
        return answered

    return Known(Command, right, run, tells)


def _pause(db: Database, asker: Identity, number: int, request: BreakRequest) -> Done:
    return staffing.pause_counter(db, asker, number, request.reason, request.request_id)


OF_TICKET: dict[str, Known] = {
    "recall": _plain(serving.recall, "work_counter", "Call the ticket in hand again"),
    "start": _plain(serving.start, "work_counter", "Begin the service of the ticket in hand"),
    "hold": _plain(serving.hold, "work_counter", "Put the visit in hand aside; the counter is free"),
    "resume": _plain(serving.resume, "work_counter", "Go on with a held visit"),
    "add-service": Known(AddServiceRequest, "work_counter", serving.add_service,
                         "Go on with another service for the visit in hand, at this counter"),
    "finish": _plain(serving.finish, "work_counter", "End the service of the ticket in hand"),
    "no-show": Known(NoShowRequest, "work_counter", serving.no_show, "Nobody came to the call"),
    "return": _plain(moving.come_back, "move_ticket", "Put a no-show who came back into the line again"),
    "transfer": Known(TransferRequest, "move_ticket", moving.transfer,
                      "Send the visit on to another service, queue or counter"),
    "cancel": Known(CancelRequest, "move_ticket", moving.cancel, "End the visit without service"),
    "print": Known(AskAgainRequest, "reprint", slips.ask_again,
                   "Print the slip again: a copy where an earlier one may be on paper"),
    "slip-came": Known(Command, "reprint", slips.it_came, "The slip whose outcome was unknown did come out"),
    "undo": _plain(undoing.undo, "move_ticket", "Take the last step of the ticket back"),
}  # fmt: skip
OF_COUNTER: dict[str, Known] = {
    "open": _plain(staffing.open_counter, "work_counter", "Open a counter, or come back from a break"),
    "close": _plain(staffing.close_counter, "work_counter", "Close a counter"),
    "break": Known(BreakRequest, "work_counter", _pause, "Take a break at a counter"),
    "call-next": _plain(summoning.call_next, "work_counter", "Call the next in line"),
    "call": Known(CallRequest, "work_counter", summoning.call_out_of_order, "Call a ticket out of order"),
    "walk-up": Known(WalkUpRequest, "work_counter", summoning.walk_up, "Serve somebody without a ticket at once"),
}
