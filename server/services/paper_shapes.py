"""What printers, print agents and key pads say and are told, and what reception sees of the paper."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hardware.interface import LEAST_DOTS, MOST_DOTS
from hardware.simulator_condition import FAULTS
from server.services.shapes import PrintStateName, QueueName, RequestId, TicketState, Words

JOURNAL_PATTERN = "^[ -9;-~]{8,40}$"  # A colon parts the names of what is kept under it.
SLIP_ENDS = ("printed", "sent", "unknown", "failed", "refused")
KEYS = ("next", "recall")


class AskAgainRequest(Struct, frozen=True, kw_only=True):
    """Print a ticket's slip again, at `printer` if one is named (0: the server's own), else where it was to be."""

    printer: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    request_id: RequestId | None = None


class PrinterSaid(Struct, frozen=True, kw_only=True):
    """What an agent's printer says: `ok`, `paper_near_end`, or the code of what must be mended."""

    state: Annotated[str, Meta(max_length=64)]
    paper: Annotated[str, Meta(max_length=64)] = "unknown"
    cover: Annotated[str, Meta(max_length=64)] = "unknown"


class AgentReport(Struct, frozen=True, kw_only=True):
    """An agent asks for a slip: what it has in hand, how its printer does, and how many seconds it will wait.

    `journal` names the file in which it notes what it begins; `in_hand` are the jobs that it began and whose end was
    not acknowledged yet. `turn` numbers its questions: each is higher than those before it, over all its starts; 0 is
    an agent that does not count.
    """

    journal: Annotated[str, Meta(max_length=64, extra_json_schema={"pattern": JOURNAL_PATTERN})]
    printer: PrinterSaid
    width_dots: Annotated[int, Meta(extra_json_schema={"minimum": LEAST_DOTS, "maximum": MOST_DOTS})]
    in_hand: Annotated[list[int], Meta(max_length=1000)] = []
    connection: Annotated[str, Meta(max_length=200)] = ""
    version: Annotated[str, Meta(max_length=64)] = ""
    wait_s: float = 0.0
    turn: Annotated[int, Meta(ge=0, lt=10**18)] = 0


class AgentSlip(Struct, frozen=True, kw_only=False):
    """A slip to print once: `png` is its picture, one bit a dot, in base64."""

    job: int
    png: str
    copy: bool


class AgentAnswer(Struct, frozen=True):
    """What an agent gets when there is something to print."""

    slip: AgentSlip


class SlipEnd(Struct, frozen=True, kw_only=True):
    """What became of a slip: printed, sent, unknown, failed, or refused (not one byte of it went out)."""

    journal: Annotated[str, Meta(max_length=64)] = ""
    state: Annotated[str, Meta(max_length=64, extra_json_schema={"enum": list(SLIP_ENDS)})]
    reason: Annotated[str, Meta(max_length=64)] | None = None


class SimulatorRequest(Struct, frozen=True, kw_only=True):
    """Let the simulated printer go wrong in one way more; without a `fault` it is in good order again."""

    fault: Annotated[str, Meta(max_length=64, extra_json_schema={"enum": list(FAULTS)})] | None = None
    request_id: RequestId | None = None


class SimulatorNow(Struct, frozen=True, kw_only=True):
    """What is wrong with the simulated printer, and how many slips came out of it since it was started."""

    faults: list[str]
    slips: int


class KeyPress(Struct, frozen=True, kw_only=True):
    """A key of a counter's key pad was pressed: `next` or `recall`."""

    key: Annotated[str, Meta(max_length=64, extra_json_schema={"enum": list(KEYS)})]
    request_id: RequestId | None = None


class PressPlan(Struct, frozen=True, kw_only=True):
    """What a key press meant when it came: the ticket to start, to finish (and then call), or to recall, if any; or
    nothing, because it `bounced` at this one."""

    account: int
    counter: int
    start: int | None = None
    finish: int | None = None
    recall: int | None = None
    bounced: int | None = None


class PrinterOnPaper(Struct, frozen=True, kw_only=True):
    """A printer as reception and the device page see it. `state` is `ok`, a warning, or a problem's code.

    `asked_s` is how many seconds ago it was last asked; `name` is that of its agent, None for the server's own.
    """

    printer: int
    name: str | None
    state: str
    prints: bool
    since: datetime
    asked_s: float
    paper: str
    cover: str
    connection: str
    width_dots: int
    last_slip_at: datetime | None
    waiting: int


class AskedSlip(Struct, frozen=True, kw_only=True):
    """A slip that somebody has to decide about: it did not come, or nobody knows whether it did."""

    ticket: str
    number: str
    service_name: Words
    ticket_state: TicketState
    state: PrintStateName
    reason: str | None
    copy: bool
    queued_at: datetime
    printer: int


class PaperState(Struct, frozen=True, kw_only=True):
    """How the office's paper does: its printers, how many slips wait, and those that need a person.

    `left_out` says which texts slips are printed without, because they cannot be drawn: where they stand in the office
    file, or the texts themselves. `perhaps_not_today` are the queues in which whoever comes now may not be called
    before the office closes: their slips say so, and send the citizen to reception.
    """

    seq: int
    at: datetime
    printers: list[PrinterOnPaper]
    waiting: int
    asked: list[AskedSlip]
    left_out: list[str]
    perhaps_not_today: list[QueueName]
