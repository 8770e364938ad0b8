"""What citizens are told of their wait: nothing while nobody could call them, and the same on every screen."""

from datetime import datetime

import pytest

from server.domain.tickets import State
from server.services import looking
from server.services.paper import paper_state
from server.services.shapes import EstimatedWait, HoursOfWait, QueueOnDisplay, Ticket
from tests.services.office import OfficeAtWork


def now(office: OfficeAtWork, ticket: Ticket) -> Ticket:
    """The ticket as the kiosk, the phone and a reprint see it."""
    return looking.ticket(office.db, office.person("reception"), int(ticket.id))


def on_the_board(office: OfficeAtWork, queue: str) -> QueueOnDisplay:
    return next(each for each in looking.display_state(office.db, office.display).queues if each.id == queue)


def test_nothing_is_promised_while_no_counter_that_serves_the_queue_is_open(strict: OfficeAtWork) -> None:
    strict.opens(2)  # It serves L and R, not K.

    ticket = strict.takes_a_number("id_renew")

    for seen in (ticket, now(strict, ticket), on_the_board(strict, "K")):
        assert (seen.estimate, seen.opens_at) == (None, None)  # It is nine: they have not opened yet.
    assert '"low_min":null' in strict.events("ticket_issued")[-1].payload
    assert on_the_board(strict, "L").estimate


@pytest.mark.parametrize("leave", ["closes", "pauses"])
def test_a_range_is_taken_back_when_the_last_counter_closes_and_given_when_one_opens(
    strict: OfficeAtWork, leave: str
) -> None:
    early = strict.takes_a_number("id_renew")
    strict.opens(1)
    promised = strict.takes_a_number("id_renew")
    opened: list[Ticket | QueueOnDisplay] = [now(strict, early), now(strict, promised), on_the_board(strict, "K")]

    getattr(strict, leave)(1)
    shut: list[Ticket | QueueOnDisplay] = [now(strict, early), now(strict, promised), on_the_board(strict, "K")]

    assert all(seen.estimate for seen in opened)
    assert [seen.estimate for seen in shut] == [None] * 3
    assert strict.verdict().differences == []


def test_outside_the_hours_every_screen_says_when_the_counters_open(strict: OfficeAtWork) -> None:
    ticket = strict.takes_a_number("id_renew")

    strict.clock.stands_at("12:30")
    at_lunch = {seen.opens_at for seen in (now(strict, ticket), on_the_board(strict, "K"))}
    strict.clock.stands_at("16:40")
    in_the_evening = {seen.opens_at for seen in (now(strict, ticket), on_the_board(strict, "K"))}

    assert at_lunch == {datetime.fromisoformat("2026-11-23T13:00+07:00")}
    assert in_the_evening == {datetime.fromisoformat("2026-11-24T08:30+07:00")}


def test_who_was_sent_to_one_counter_is_promised_nothing_while_that_one_is_closed(strict: OfficeAtWork) -> None:
    strict.opens(1)
    strict.opens(3)
    sent = strict.transfers(strict.takes_a_number("id_renew"), counter=3)
    before = now(strict, sent).estimate
    strict.pauses(3)

    assert before
    assert now(strict, sent).estimate is None


def test_nobody_waiting_and_a_counter_free_is_now(strict: OfficeAtWork) -> None:
    strict.opens(1)
    free = on_the_board(strict, "K").estimate
    mine = strict.takes_a_number("id_renew")
    behind = strict.takes_a_number("id_renew")
    strict.calls(1)
    busy = now(strict, behind)

    assert mine.estimate
    assert free
    assert (free.now, mine.estimate.now, mine.ahead) == (True, True, 0)
    assert behind.estimate
    assert not behind.estimate.now  # Somebody was ahead.
    assert busy.estimate
    assert (busy.ahead, busy.estimate.now) == (0, False)  # The counter has somebody in hand.


def test_a_long_wait_is_said_in_hours_and_one_past_closing_time_is_perhaps_not_today(strict: OfficeAtWork) -> None:
    strict.opens(1)
    for _ in range(8):
        strict.takes_a_number("id_renew")

    in_the_morning = strict.takes_a_number("id_renew").estimate
    strict.clock.stands_at("15:00")
    in_the_afternoon = strict.takes_a_number("id_renew").estimate

    assert in_the_morning
    assert in_the_morning.high_min > 90
    low, high = in_the_morning.low_min // 60, -(-in_the_morning.high_min // 60)
    assert in_the_morning.hours == HoursOfWait(low, high)
    assert in_the_morning.ends_at
    assert in_the_morning.ends_at.minute in (0, 30)
    assert not in_the_morning.perhaps_not_today
    assert in_the_afternoon
    assert in_the_afternoon.perhaps_not_today
    board = on_the_board(strict, "K").estimate
    assert board
    assert board.perhaps_not_today
    told = paper_state(strict.db, strict.person("reception")).perhaps_not_today
    assert "K" in {queue.id for queue in told}


def test_a_wait_that_is_over_is_not_estimated(strict: OfficeAtWork) -> None:
    strict.opens(1)
    strict.takes_a_number("id_renew")

    called = strict.calls_somebody(1)

    assert (called.state, called.estimate) == (State.CALLED, None)


def test_the_range_goes_down_as_those_ahead_are_called(strict: OfficeAtWork) -> None:
    strict.opens(1)
    tickets = [strict.takes_a_number("id_renew") for _ in range(4)]
    first = tickets[-1].estimate
    for _ in range(3):
        strict.serves(1, minutes=10)

    last = now(strict, tickets[-1]).estimate

    assert first
    assert last
    assert last.high_min < first.high_min
    assert isinstance(last, EstimatedWait)


def test_the_first_ticket_of_a_queue_leans_on_those_who_wait_elsewhere_at_its_counters(strict: OfficeAtWork) -> None:
    strict.opens(1)  # K alone, at six minutes each.
    for _ in range(26):
        strict.takes_a_number("id_renew")
    for _ in range(20):
        strict.serves(1, minutes=6)
    strict.pauses(1)
    strict.opens(3)  # K, L and R; nobody of R was ever called.

    first = strict.takes_a_number("complaint")

    assert first.ahead == 6
    assert first.estimate
    # Six and a half times about six minutes; by its own standard minutes alone it was up to 215.
    assert first.estimate.low_min <= 6.5 * 6 <= first.estimate.high_min <= 110
