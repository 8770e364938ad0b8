"""Everything that a printer can do wrong: the ticket is kept, people are told, the slip comes once, nothing hangs."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from PIL import Image

from hardware.simulator import PrinterSimulator
from hardware.simulator_condition import FAULTS
from server.services import paper, slips
from server.services.paper_shapes import AskAgainRequest, PaperState
from server.services.shapes import Command, Ticket
from server.services.slips import SlipToDraw
from tests.hardware.slips import a_printer_at
from tests.services.office import Founder, OfficeAtWork
from tests.services.test_printing import come_true, printing

TICKETS = 1000
PROMISED_SECONDS = 10.0  # Within which reception hears of a change.
BEFORE_A_SLIP = {
    "paper_out": "paper_out", "cover_open": "cover_open", "cutter_jammed": "cutter_jammed",
    "overheated": "printer_overheated", "stalled": "printer_silent", "silent": "printer_silent",
    "nonsense": "printer_nonsense", "power_off": "printer_unreachable",
}  # fmt: skip
STILL_PRINTS = {"paper_near_end": "paper_near_end", "slow": "ok"}
INSIDE_A_SLIP = {"paper_out_inside_a_slip": "paper_out", "connection_cut": "printer_unreachable"}
NOISE = random.Random(4).randbytes(384 // 8 * 250)


BITS = 12


def drawn_long(slip: SlipToDraw) -> Image.Image:
    """A slip as long as a real one, of which nothing can be left out; its number stands there in squares."""
    picture = Image.new("1", (384, 300), 255)
    assert slip.ticket
    for bit in range(BITS):
        if int(slip.ticket.number[1:]) >> bit & 1:
            picture.paste(0, (20 * bit, 10, 20 * bit + 20, 30))
    if slip.is_copy:
        picture.paste(0, (0, 36, 384, 38))
    picture.paste(Image.frombytes("1", (384, 250), NOISE), (0, 50))
    return picture


def number_on(slip: Image.Image) -> str:
    """What the squares say."""
    number = sum(1 << bit for bit in range(BITS) if slip.getpixel((20 * bit + 10, 20)) == 0)
    return f"A{number:03}" + (" copy" if slip.getpixel((0, 37)) == 0 else "")


def seen_by_reception(office: OfficeAtWork) -> PaperState:
    return paper.paper_state(office.db, office.person("reception"))


def as_the_kiosk_sees(office: OfficeAtWork, ticket: Ticket) -> tuple[str, str, str | None]:
    """The ticket's state, and how its slip does."""
    found = office.ticket(ticket)
    return found.state, found.print.state, found.print.detail


def whole_slips(simulator: PrinterSimulator) -> list[str]:
    return [number_on(slip.image) for slip in simulator.slips if slip.is_whole]


@pytest.fixture
def simulator() -> Iterator[PrinterSimulator]:
    running = PrinterSimulator(384, keep=10 * TICKETS)
    running.start()
    yield running
    running.stop()
    # A connection that broke inside a command leaves nothing that a printer could read wrongly.
    assert running.errors == []


def test_every_fault_of_the_simulator_is_tried_here() -> None:
    assert {*BEFORE_A_SLIP, *STILL_PRINTS, *INSIDE_A_SLIP} == set(FAULTS)


@pytest.mark.parametrize("fault", BEFORE_A_SLIP)
def test_a_printer_in_trouble_keeps_the_ticket_tells_everybody_and_prints_once_when_mended(
    office: OfficeAtWork, simulator: PrinterSimulator, fault: str
) -> None:
    with printing(office, a_printer_at(simulator), drawn_long):
        simulator.fail(fault)
        began = time.monotonic()
        ticket = office.takes_a_number(prints=True)
        late = ("waiting", "queued", BEFORE_A_SLIP[fault])
        assert come_true(lambda: as_the_kiosk_sees(office, ticket) == late)
        assert come_true(lambda: [each.state for each in seen_by_reception(office).printers] == [BEFORE_A_SLIP[fault]])
        assert time.monotonic() - began < PROMISED_SECONDS
        assert seen_by_reception(office).waiting == 1

        simulator.behave()
        assert come_true(lambda: as_the_kiosk_sees(office, ticket) == ("waiting", "printed", None))
        after = office.takes_a_number(prints=True)
        assert come_true(lambda: as_the_kiosk_sees(office, after)[1] == "printed")

    assert whole_slips(simulator) == ["A001", "A002"]
    assert [each.state for each in seen_by_reception(office).printers] == ["ok"]
    told = [json.loads(event.payload)["state"] for event in office.events("device_changed")]
    assert (told[0], told[-1], told.count(told[0])) == (BEFORE_A_SLIP[fault], "ok", 1), told
    assert office.verdict().differences == []


@pytest.mark.parametrize("fault", STILL_PRINTS)
def test_a_printer_that_only_warns_or_is_slow_prints(
    office: OfficeAtWork, simulator: PrinterSimulator, fault: str
) -> None:
    with printing(office, a_printer_at(simulator, confirm=6.0), drawn_long):
        simulator.fail(fault)
        tickets = [office.takes_a_number(prints=True) for _ in range(2)]
        assert come_true(lambda: all(as_the_kiosk_sees(office, each)[1] == "printed" for each in tickets))
        assert come_true(lambda: [each.state for each in seen_by_reception(office).printers] == [STILL_PRINTS[fault]])

    assert whole_slips(simulator) == ["A001", "A002"]
    assert seen_by_reception(office).asked == []


@pytest.mark.parametrize("fault", INSIDE_A_SLIP)
def test_a_slip_that_was_interrupted_is_asked_of_reception_and_the_next_one_is_a_copy(
    office: OfficeAtWork, simulator: PrinterSimulator, fault: str
) -> None:
    with printing(office, a_printer_at(simulator), drawn_long):
        simulator.fail(fault)
        began = time.monotonic()
        ticket = office.takes_a_number(prints=True)
        assert come_true(lambda: as_the_kiosk_sees(office, ticket) == ("waiting", "unknown", None))
        [asked] = seen_by_reception(office).asked
        assert (asked.number, asked.state, asked.reason) == ("A001", "unknown", INSIDE_A_SLIP[fault])
        assert time.monotonic() - began < PROMISED_SECONDS

        simulator.behave()
        slips.ask_again(office.db, office.person("reception"), int(ticket.id), AskAgainRequest())
        assert come_true(lambda: as_the_kiosk_sees(office, ticket)[1] == "printed")

    # A printer without paper keeps what it has received, and prints it when it can: hence the mark on the second.
    kept = ["A001"] if fault == "paper_out_inside_a_slip" else []
    assert whole_slips(simulator) == [*kept, "A001 copy"]
    assert seen_by_reception(office).asked == []


def test_a_thousand_tickets_on_a_printer_gone_mad_are_all_accounted_for(
    found_on_sqlite: Founder, simulator: PrinterSimulator
) -> None:
    office, chance = found_on_sqlite(), random.Random(1112)
    stop = threading.Event()

    def go_mad() -> None:
        while not stop.is_set():
            stop.wait(chance.uniform(0.0, 0.15))
            fault = chance.choice([*FAULTS, *INSIDE_A_SLIP, *INSIDE_A_SLIP, *INSIDE_A_SLIP])
            if fault == "slow":
                simulator.slow(0.1)
            elif fault == "connection_cut":
                simulator.cut_connection_after(chance.randrange(12_000))
            elif fault == "paper_out_inside_a_slip":
                simulator.paper_out(chance.randrange(12_000))
            else:
                simulator.fail(fault)
            # Now and then for so long that slips grow too old.
            stop.wait(chance.choice([0.05, 0.05, 0.1, 0.1, 0.2, 0.3, 0.5, 2.0]))
            simulator.behave()

    madness = threading.Thread(target=go_mad)
    with printing(office, a_printer_at(simulator), drawn_long):
        madness.start()
        tickets = []
        for _ in range(TICKETS):
            tickets.append(office.takes_a_number(prints=True))
            time.sleep(chance.expovariate(1 / 0.02))
            office.clock.moves(seconds=chance.expovariate(1 / 40))
            slips.drop_old(office.db, office.id)
        stop.set()
        madness.join()
        simulator.behave()
        assert come_true(lambda: seen_by_reception(office).waiting == 0)
        _ask_again_what_is_asked(office, tickets)
        assert come_true(lambda: seen_by_reception(office).waiting == 0)
        assert come_true(lambda: not _sending(office))

    _account_for(office, simulator, tickets)


def _ask_again_what_is_asked(office: OfficeAtWork, tickets: list[Ticket]) -> None:
    """Reception has half of what it is asked printed again, and sees the slip of the others."""
    reception = office.person("reception")
    for n, ticket in enumerate(tickets):
        state = office.ticket(ticket).print.state
        if state == "unknown" and n % 2:
            slips.it_came(office.db, reception, int(ticket.id), Command())
        elif state in ("unknown", "failed"):
            slips.ask_again(office.db, reception, int(ticket.id), AskAgainRequest())


def _sending(office: OfficeAtWork) -> bool:
    with office.db.read(office.id) as work:
        return bool(work.print_jobs.sending())


def _account_for(office: OfficeAtWork, simulator: PrinterSimulator, tickets: list[Ticket]) -> None:
    on_paper = Counter(whole_slips(simulator))
    ends: Counter[str] = Counter()
    with office.db.read(office.id) as work:
        for ticket in tickets:
            first, *again = reversed(work.print_jobs.of_ticket(int(ticket.id)))
            ends[first.state + (" and asked again" if again else "")] += 1
            originals = on_paper[ticket.number]
            if first.state == "printed" and first.reason is None and not again:
                assert originals == 1 or _was_seen(office, first.id), ticket.number
            if first.state in ("dropped", "queued"):
                assert originals == 0, ticket.number
            assert originals <= 1, f"{ticket.number} twice without the mark of a copy"
            assert on_paper[f"{ticket.number} copy"] <= len(again)
    assert not set(ends) - {"printed", "unknown", "dropped", "unknown and asked again", "dropped and asked again"}
    assert ends["printed"] > TICKETS / 3, ends
    interrupted = sum('"state":"unknown"' in event.payload for event in office.events("slip_failed"))
    assert ends["dropped"], f"no slip grew too old: {ends}"
    assert interrupted >= 3, f"too few slips were interrupted: {ends}"
    assert office.verdict().differences == []


def _was_seen(office: OfficeAtWork, job: int) -> bool:
    """Whether a person said that the slip came out."""
    return any(
        event.actor.startswith("account:") and f'"job":{job},' in event.payload
        for event in office.events("slip_printed")
    )
