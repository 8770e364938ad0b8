"""The tables of `server/domain/README.md`, made by giving every command in every state on a real office.

`python -m tests.contracts.states` writes them into the page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from server.db.printers import OWN
from server.domain.errors import QueueError
from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.printers import PrinterReport, note
from server.services.shapes import CounterState, Ticket
from server.settings import ROOT
from tests.services.office import Founder, OfficeAtWork, document

PAGE = ROOT / "server/domain/README.md"
BEGIN, END = "<!-- made by tests/contracts/states.py: begin -->", "<!-- end -->"

# The facts that a command needs besides the ticket or the counter; all of them are right.
FACTS: dict[str, dict[str, Any]] = {
    "add-service": {"service": "id_first"}, "transfer": {"service": "death"}, "call": {"reason": "wheelchair"},
    "break": {"reason": "rest"}, "walk-up": {"service": "id_renew", "reason": "quick_question"},
}  # fmt: skip


def served(office: OfficeAtWork) -> Ticket:
    return office.starts(called(office))


def called(office: OfficeAtWork) -> Ticket:
    office.takes_a_number()
    return office.calls_somebody(1)


def closed(office: OfficeAtWork) -> Ticket:
    ticket = office.takes_a_number()
    office.clock.moves(hours=20)
    office.closes(2)  # The first command of the next morning, whatever it is.
    return ticket


# How a ticket comes into each state, at counter 1, which its officer has open.
WAYS: dict[str, Callable[[OfficeAtWork], Ticket]] = {
    "waiting": lambda office: office.takes_a_number(),
    "called": called,
    "serving": served,
    "held": lambda office: office.holds(served(office)),
    "finished": lambda office: office.finishes(served(office)),
    "no_show": lambda office: office.misses(called(office)),
    "left": lambda office: office.cancels(served(office), office.officer(1), reason="left"),
    "cancelled": lambda office: office.cancels(served(office), office.officer(1)),
    "closed": closed,
}
AT_COUNTER = ("recall", "start", "hold", "resume", "add-service", "finish", "no-show")
MOVES = ("return", "transfer", "cancel", "undo")
SLIPS = ("print", "slip-came")
# The states of a print job; `no slip` is a ticket that was given while nobody prints.
SLIP_STATES = ("no slip", "queued", "sending", "printed", "sent", "unknown", "failed", "dropped")


def somebody_serves_at(counter: int, office: OfficeAtWork) -> None:
    office.opens(counter)
    office.starts(office.calls_somebody(counter), counter)


# How counter 1 comes into each state, while one waits for it; officer 1 gives the commands.
COUNTERS: dict[str, Callable[[OfficeAtWork], object]] = {
    "closed": lambda office: None,
    "open": lambda office: office.opens(1),
    "on a break": lambda office: pauses_at_once(office),
    "with a visit in hand": lambda office: somebody_serves_at(1, office),
    "another officer's": lambda office: opened_by_another(office),
}


def pauses_at_once(office: OfficeAtWork) -> None:
    office.opens(1)
    office.pauses(1)


def opened_by_another(office: OfficeAtWork) -> None:
    OF_COUNTER["open"].do(office.db, office.officer(2), 1, OF_COUNTER["open"].body())


def _on_the_phone(office: OfficeAtWork, command: str, ticket: Ticket) -> str:
    if command == "rate":
        office.rates_on_the_phone(5, ticket)
    else:
        office.gives_up(ticket)
    return office.ticket(ticket).state


@dataclass
class Asked:
    """Gives commands on offices that are all alike, and says in a word what each came to."""

    founder: Founder
    changed_by_refusals: list[str] = field(default_factory=list)
    _untouched: dict[str, tuple[OfficeAtWork, Ticket]] = field(default_factory=dict)

    def of_ticket(self, state: str, command: str, who: str) -> str:
        """What that person's command about a ticket in that state comes to: the ticket's new state, or the code."""
        office, ticket = self._with_a_ticket(state)
        if who == "citizen":
            return self._said(office, f"{command} {state}", lambda: _on_the_phone(office, command, ticket))
        known, facts = (OF_COUNTER | OF_TICKET)[command], dict(FACTS.get(command, {}))
        about = 1 if command in OF_COUNTER else int(ticket.id)
        if command == "call":
            facts["ticket"] = ticket.id

        def do() -> str:
            done = known.do(office.db, office.person(who), about, known.body(**facts))
            return office.ticket(ticket).state if done else "nobody"

        return self._said(office, f"{command} {state}", do)

    def of_slip(self, state: str, slip: str, command: str) -> str:
        """What reception's command about the slip of a ticket in that state comes to: what the slip, or the new one, is
        then, or the code."""
        office, ticket = self._with_a_slip(state, slip)
        known = OF_TICKET[command]

        def do() -> str:
            known.do(office.db, office.person("reception"), int(ticket.id), known.body())
            with office.db.read(office.id) as work:
                job = work.print_jobs.last_of(int(ticket.id))
            assert job is not None
            return f"{job.state}, a copy" if job.is_copy else job.state

        return self._said(office, f"{command} {slip} of {state}", do)

    def of_counter(self, state: str, command: str) -> str:
        """What officer 1's command at counter 1 in that state comes to: the counter's or ticket's new state, or the
        code."""
        office, waiting = self._with_a_counter(state)
        known, facts = OF_COUNTER[command], dict(FACTS.get(command, {}))
        if command == "call":
            facts["ticket"] = waiting.id

        def do() -> str:
            done = known.do(office.db, office.officer(1), 1, known.body(**facts))
            assert done is not None
            return done.value.counter.state if isinstance(done.value, CounterState) else f"ticket {done.value.state}"

        return self._said(office, f"{command} at {state}", do)

    def _with_a_ticket(self, state: str) -> tuple[OfficeAtWork, Ticket]:
        if state not in self._untouched:
            office = self.founder(document())
            office.opens(1)
            ticket = WAYS[state](office)
            assert office.ticket(ticket).state == state
            self._untouched[state] = office, ticket
        return self._untouched[state]

    def _with_a_slip(self, state: str, slip: str) -> tuple[OfficeAtWork, Ticket]:
        kept = f"{slip} of {state}"
        if kept not in self._untouched:
            office = self.founder(document())
            office.opens(1)
            ticket = WAYS[state](office)
            note(office.db, office.id, OWN, PrinterReport("ok", "ok", "closed", "simulator", 576))
            if slip != "no slip":
                with office.db.work(office.id) as work:
                    job = work.print_jobs.add(int(ticket.id), queued_at=work.now)
                    work.print_jobs.move(job, state=slip)
            self._untouched[kept] = office, ticket
        return self._untouched[kept]

    def _with_a_counter(self, state: str) -> tuple[OfficeAtWork, Ticket]:
        if state not in self._untouched:
            office = self.founder(document())
            office.takes_a_number()
            waiting = office.takes_a_number()
            COUNTERS[state](office)
            self._untouched[state] = office, waiting
        return self._untouched[state]

    def _said(self, office: OfficeAtWork, what: str, do: Callable[[], str]) -> str:
        before = office.picture()
        try:
            done = do()
        except QueueError as refusal:
            if office.picture() != before:
                self.changed_by_refusals.append(what)
            return f"`{refusal.code}`"
        self._untouched = {state: kept for state, kept in self._untouched.items() if kept[0] is not office}
        return f"→ {done}"


def table(corner: str, rows: list[str], columns: list[str], cell: Callable[[str, str], str]) -> str:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join([corner, *columns])} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {' | '.join([row, *(cell(row, column) for column in columns)])} |" for row in rows]
    return "\n".join(lines)


def tables(asked: Asked) -> str:
    """Return the tables as the page has them."""
    moves = [f"{who}: {command}" for who in ("officer", "reception") for command in MOVES] + [
        "citizen: cancel",
        "citizen: rate",
    ]

    def at_counter(state: str, command: str) -> str:
        return asked.of_ticket(state, command, "officer1")

    def about_slip(slip: str, command: str) -> str:
        return asked.of_slip("waiting", slip, command)

    def about_unknown_slip(state: str, command: str) -> str:
        return asked.of_slip(state, "unknown", command)

    def moved(state: str, move: str) -> str:
        who, command = move.split(": ")
        return asked.of_ticket(state, command, "officer1" if who == "officer" else who)

    return "\n\n".join([
        "The officer of the counter where the ticket is, or was, and which is open:",
        table("ticket is", list(WAYS), [*AT_COUNTER, "call", "call-next"], at_counter),
        "Whoever moves a visit. An undo comes at once, by whoever it is:",
        table("ticket is", list(WAYS), moves, moved),
        "Reception about the slip of a waiting ticket; `→` is what its latest slip is then:",
        table("slip is", list(SLIP_STATES), list(SLIPS), about_slip),
        "Reception about a slip that may or may not have come out:",
        table("ticket is", list(WAYS), list(SLIPS), about_unknown_slip),
        "An officer at a counter for which somebody waits:",
        table("counter is", list(COUNTERS), list(OF_COUNTER), asked.of_counter),
    ])  # fmt: skip


def in_page(page: str) -> str:
    """Return what the page has between its markers."""
    return page.split(BEGIN)[1].split(END)[0].strip()


def main() -> None:
    """Write the tables into the page."""
    with TemporaryDirectory() as folder:
        founder = Founder(Path(folder), None)
        made = tables(Asked(founder))
        founder.end()
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
