"""Many at the same moment: nobody gets two numbers, nobody is called twice, nobody is lost."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable

from server.domain.errors import (
    AlreadyRated,
    CounterTaken,
    RequestIdReused,
    TicketCalledAlready,
    TicketServingAlready,
    WrongState,
)
from server.services import issuing, staffing
from server.services.shapes import IssueRequest, Ticket
from server.services.verifying import verify
from tests.services.office import Founder, OfficeAtWork, with_counters


def at_once(stories: Iterable[Callable[[], None]]) -> None:
    """Run each in a thread of its own, all from the same moment; what any of them raises is raised here."""
    told = list(stories)
    together = threading.Barrier(len(told))
    failures: list[BaseException] = []

    def run(story: Callable[[], None]) -> None:
        together.wait(30)
        try:
            story()
        except BaseException as failure:  # noqa: BLE001  # because a thread's failure must fail the test.
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(story,)) for story in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for failure in failures:
        raise failure


def test_sixteen_taps_with_one_request_id_give_one_ticket(office: OfficeAtWork) -> None:
    tickets: list[Ticket] = []

    at_once([lambda: tickets.append(office.takes_a_number(request_id="tap", prints=True))] * 16)

    assert len(tickets) == 16
    assert all(ticket == tickets[0] for ticket in tickets)
    picture = office.picture()
    assert [len(picture[table]) for table in ("visits", "tickets", "legs", "print_jobs", "events", "requests")] == [
        1
    ] * 6


def test_sixteen_citizens_at_sixteen_kiosks_get_sixteen_numbers_in_a_row(office: OfficeAtWork) -> None:
    numbers: list[str] = []

    at_once([lambda: numbers.append(office.takes_a_number().number)] * 16)

    assert sorted(numbers) == [f"A{number:03}" for number in range(1, 17)]
    assert [event.seq for event in office.events()] == list(range(1, 17))


def test_one_request_id_with_two_bodies_at_once_gives_one_ticket_and_one_refusal(office: OfficeAtWork) -> None:
    answers: list[str] = []

    def tap(priority: bool) -> None:
        wanted = IssueRequest(service=office.config.services[0].id, priority=priority, request_id="tap")
        try:
            answers.append(issuing.issue_ticket(office.db, office.kiosk, wanted, prints=False).value.number)
        except RequestIdReused as refusal:
            answers.append(refusal.code)

    at_once([lambda: tap(True), lambda: tap(False)] * 4)

    assert Counter(answers) == {"A001": 4, "request_id_reused": 4}
    assert len(office.picture()["tickets"]) == 1


def test_eight_officers_call_two_hundred_tickets_and_nobody_twice_and_nobody_lost(found: Founder) -> None:
    office = found(with_counters(8))
    issued = [office.takes_a_number(priority=number % 7 == 0).number for number in range(200)]
    called: list[tuple[str, int]] = []

    def officer(counter: int) -> None:
        office.opens(counter)
        while (ticket := office.calls(counter)) is not None:
            assert (ticket.counter, ticket.state) == (counter, "called")
            called.append((ticket.number, counter))
            office.misses(ticket, counter)

    at_once([lambda counter=counter: officer(counter) for counter in range(1, 9)])  # type: ignore[misc]  # because mypy cannot type a lambda's default.

    assert sorted(number for number, _ in called) == sorted(issued)
    assert len({counter for _, counter in called}) == 8
    seqs = [event.seq for event in office.events()]
    assert seqs == list(range(1, 200 + 8 + 2 * 200 + 1))
    assert verify(office.engine, office.id, office.config).differences == []


def test_a_hurried_officer_who_presses_call_eight_times_gets_one_visit(office: OfficeAtWork) -> None:
    office.opens(1)
    for _ in range(8):
        office.takes_a_number()
    answers: list[str] = []

    def press() -> None:
        called = office.calls(1, request_id="one press")
        assert called
        answers.append(called.number)

    at_once([press] * 8)

    assert answers == ["A001"] * 8
    assert office.kinds().count("ticket_called") == 1


def test_two_officers_who_open_one_counter_at_once_do_not_share_it(office: OfficeAtWork) -> None:
    answers: list[str] = []

    def open_as(user: int) -> None:
        try:
            staffing.open_counter(office.db, office.officer(user), 1, None)
            answers.append("open")
        except CounterTaken as refusal:
            answers.append(refusal.code)

    at_once([lambda: open_as(1), lambda: open_as(2)])

    assert sorted(answers) == ["counter_taken", "open"]
    assert office.kinds() == ["counter_opened"]


def test_two_taps_on_two_faces_at_once_give_one_rating(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    office.serves(1)
    slot = office.open_slot(1)
    answers: list[int | str] = []

    def tap(score: int) -> None:
        try:
            answers.append(office.rates(score, slot=slot).score)
        except AlreadyRated as refusal:
            answers.append(refusal.code)

    at_once([lambda: tap(1), lambda: tap(5)])

    assert sorted(map(str, answers))[1] == "already_rated"
    assert len(office.events("rating_given")) == 1


def test_a_tap_on_the_tablet_and_one_on_the_phone_at_once_give_one_rating(office: OfficeAtWork) -> None:
    office.opens(1)
    office.takes_a_number()
    served = office.serves(1)
    slot = office.open_slot(1)
    answers: list[str] = []

    def tap(rates: Callable[[], object]) -> None:
        try:
            rates()
            answers.append("taken")
        except AlreadyRated as refusal:
            answers.append(refusal.code)

    at_once(
        [lambda: tap(lambda: office.rates(5, slot=slot)), lambda: tap(lambda: office.rates_on_the_phone(1, served))]
    )

    assert sorted(answers) == ["already_rated", "taken"]
    assert len(office.events("rating_given")) == 1


def test_issuing_calling_and_looking_at_once_never_disturb_each_other(office: OfficeAtWork) -> None:
    citizens, called, looks = 24, list[str](), list[int]()

    def kiosk() -> None:
        for number in range(citizens // 2):
            office.takes_a_number(priority=number % 3 == 0)

    def officer(counter: int) -> None:
        office.opens(counter)
        while len(called) < citizens:
            ticket = office.calls(counter)
            if ticket:
                called.append(ticket.number)
                office.misses(ticket, counter)

    def display() -> None:
        while len(called) < citizens:
            with office.db.read(office.id) as look:
                waiting = sum(look.legs.waiting_by_queue().values())
                assert waiting == len(look.legs.waiting([queue.id for queue in look.office.queues], most=1000))
                looks.append(look.seq)

    at_once([kiosk, kiosk, lambda: officer(1), lambda: officer(2), display])

    assert len(called) == len(set(called)) == citizens
    assert looks == sorted(looks)


def test_two_officers_who_call_one_ticket_out_of_order_at_once_do_not_share_it(found: Founder) -> None:
    office = found(with_counters(2))
    office.opens(1)
    office.opens(2)
    ticket = office.takes_a_number()
    answers: list[str] = []

    def call(counter: int) -> None:
        try:
            answers.append(office.calls_out_of_order(ticket, counter=counter).state)
        except TicketCalledAlready as refusal:
            answers.append(refusal.code)

    at_once([lambda: call(1), lambda: call(2)])

    assert sorted(answers) == ["called", "ticket_called"]
    assert len(office.events("ticket_called")) == 1


def test_two_officers_who_go_on_with_one_held_visit_at_once_do_not_share_it(found: Founder) -> None:
    office = found(with_counters(3))
    for counter in (1, 2, 3):
        office.opens(counter)
    office.takes_a_number()
    held = office.holds(office.starts(office.calls_somebody(3), 3), 3)
    office.closes(3)
    answers: list[str] = []

    def resume(counter: int) -> None:
        try:
            answers.append(office.resumes(held, counter).state)
        except TicketServingAlready as refusal:
            answers.append(refusal.code)

    at_once([lambda: resume(1), lambda: resume(2)])

    assert sorted(answers) == ["serving", "ticket_serving"]
    assert len(office.events("ticket_resumed")) == 1
    assert office.verdict().differences == []


def test_a_call_and_a_cancel_at_once_leave_one_of_them_done(found: Founder) -> None:
    office = found(with_counters(1))
    office.opens(1)
    ticket = office.takes_a_number()

    at_once([lambda: perhaps(lambda: office.calls(1)), lambda: perhaps(lambda: office.cancels(ticket))])

    assert office.ticket(ticket).state in {"called", "cancelled"}
    assert office.verdict().differences == []


def perhaps(do: Callable[[], object]) -> None:
    try:
        do()
    except WrongState:
        return
