"""A citizen takes a number."""

import re
from datetime import UTC, datetime

import pytest

from server.domain.errors import Forbidden, OfficeClosed, QuotaFull, ServiceClosed, UnknownService
from server.services import issuing
from server.services.shapes import IssueRequest, Words
from tests.services.office import Founder, OfficeAtWork, document


def test_a_tap_gives_a_number_that_waits_in_the_services_queue(office: OfficeAtWork) -> None:
    service = office.config.services[0]

    ticket = office.takes_a_number(service.id, language="en")

    assert (ticket.number, ticket.state, ticket.ticket_class, ticket.language) == ("A001", "waiting", "regular", "en")
    assert (ticket.service, ticket.queue) == (service.id, service.queue)
    assert ticket.service_name == Words(service.name.th, service.name.en)
    assert ticket.issued_at == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert ticket.issued_at.utcoffset() == office.clock.now.astimezone(office.config.zone).utcoffset()
    assert (ticket.called_at, ticket.started_at, ticket.finished_at, ticket.counter) == (None, None, None, None)
    assert (ticket.calls, ticket.ahead, ticket.estimate) == (0, 0, None)
    assert re.fullmatch("[23456789abcdefghjkmnpqrstuvwxyz]{12}", str(ticket.code))


def test_numbers_go_up_by_one_in_each_queue(office: OfficeAtWork) -> None:
    first_of = {service.queue: service.id for service in office.config.services}

    numbers = [office.takes_a_number(first_of[queue]).number for queue in ("A", "A", "F", "A", "F", "R")]

    assert numbers == ["A001", "A002", "F001", "A003", "F002", "R001"]


def test_after_a999_comes_a1000(office: OfficeAtWork) -> None:
    with office.db.work(office.id) as work:
        assert work.tickets.take_numbers("A", work.day, first=1, count=998) == 1

    numbers = [office.takes_a_number().number for _ in range(3)]

    assert numbers == ["A999", "A1000", "A1001"]


def test_a_block_of_numbers_can_be_reserved_and_is_given_to_nobody_else(office: OfficeAtWork) -> None:
    office.takes_a_number()
    with office.db.work(office.id) as work:
        assert work.tickets.take_numbers("A", work.day, first=1, count=50) == 2

    assert office.takes_a_number().number == "A052"


def test_numbers_begin_again_each_business_day_at_midnight_in_bangkok(office: OfficeAtWork) -> None:
    office.clock.stands_at("23:59:59")
    late = [office.takes_a_number().number for _ in range(2)]

    office.clock.moves(seconds=1)
    early = [office.takes_a_number().number for _ in range(2)]

    assert late == early == ["A001", "A002"]
    assert [event.payload[event.payload.index('"day"') :][:18] for event in office.events("ticket_issued")] == [
        '"day":"2026-11-23"',
        '"day":"2026-11-23"',
        '"day":"2026-11-24"',
        '"day":"2026-11-24"',
    ]


def test_a_queues_first_number_is_the_offices_choice(strict: OfficeAtWork) -> None:
    assert strict.takes_a_number("certified_copy").number == "L501"
    assert strict.takes_a_number("marriage").number == "L502"
    assert strict.takes_a_number("id_renew").number == "K001"


def test_a_refused_tap_uses_no_number_up(strict: OfficeAtWork) -> None:
    strict.takes_a_number("id_renew")
    with strict.refuses(UnknownService, service="passport"):
        strict.takes_a_number("passport")
    strict.clock.stands_at("12:30")
    with strict.refuses(OfficeClosed, opens="13:00"):
        strict.takes_a_number("id_renew")

    strict.clock.stands_at("13:00")

    assert strict.takes_a_number("id_renew").number == "K002"


@pytest.mark.parametrize(
    ("when", "refusal"),
    [
        ("2026-11-23T08:29:59+07:00", OfficeClosed),
        ("2026-11-23T12:00:00+07:00", OfficeClosed),
        ("2026-11-23T16:15:00+07:00", ServiceClosed),
        ("2026-11-23T16:30:00+07:00", OfficeClosed),
        ("2026-11-27T10:00:00+07:00", OfficeClosed),
        ("2026-11-28T10:00:00+07:00", OfficeClosed),
        ("2026-11-23T22:00:00+00:00", OfficeClosed),
    ],
)
def test_a_closed_office_gives_no_number(strict: OfficeAtWork, when: str, refusal: type[OfficeClosed]) -> None:
    strict.clock.stands_at(when)

    with strict.refuses(refusal):
        strict.takes_a_number("id_renew", request_id="tap")


def test_the_quota_is_counted_by_service_and_business_day(strict: OfficeAtWork) -> None:
    given = [strict.takes_a_number("house_no").number for _ in range(2)]

    with strict.refuses(QuotaFull, service="house_no", quota=2):
        strict.takes_a_number("house_no", request_id="third")
    other = strict.takes_a_number("certified_copy")
    strict.clock.moves(days=1)
    tomorrow = strict.takes_a_number("house_no", request_id="third")

    assert given == ["L501", "L502"]
    assert (other.number, tomorrow.number) == ("L503", "L501")


def test_a_full_quota_stays_full_however_often_one_taps(strict: OfficeAtWork) -> None:
    for _ in range(5):
        strict.takes_a_number("marriage")

    for _ in range(3):
        with strict.refuses(QuotaFull):
            strict.takes_a_number("marriage")


def test_a_priority_ticket_counts_only_those_it_will_not_pass(office: OfficeAtWork) -> None:
    office.opens(1)
    for _ in range(3):
        office.takes_a_number()
        office.clock.moves(minutes=10)

    ordinary = office.takes_a_number()
    urgent = office.takes_a_number(priority=True)

    # They came 30, 20 and 10 minutes before; 15 minutes of head start pass one of them, and the ordinary one.
    assert (ordinary.ahead, urgent.ahead) == (3, 2)
    assert urgent.ticket_class == "priority"


def test_ahead_counts_every_queue_that_the_open_counters_serve(strict: OfficeAtWork) -> None:
    strict.takes_a_number("id_renew")
    strict.takes_a_number("certified_copy")
    strict.takes_a_number("complaint")

    nobody_open = strict.takes_a_number("complaint")
    strict.opens(2)
    with_counter_2 = strict.takes_a_number("complaint")
    strict.opens(3)
    with_counter_3 = strict.takes_a_number("complaint")

    assert nobody_open.ahead == 1  # Its own queue only.
    assert with_counter_2.ahead == 3  # Counter 2 serves L and R.
    assert with_counter_3.ahead == 5  # Counter 3 serves K too.


def test_the_estimate_is_that_of_the_queue_at_its_open_counters(strict: OfficeAtWork) -> None:
    strict.opens(1)
    for _ in range(5):
        strict.takes_a_number("id_renew")

    sixth = strict.takes_a_number("id_renew")
    strict.opens(3)
    seventh = strict.takes_a_number("id_renew")

    # 5.5 × 15 min at one counter: 82.5, times 0.195 and 1.945 of other offices. At two counters, half as long for one
    # more; those ahead may be of the other queues of counter 3, whose standard minutes count with its own.
    assert sixth.estimate
    assert (sixth.estimate.low_min, sixth.estimate.high_min) == (15, 165)
    assert seventh.estimate
    assert (seventh.estimate.low_min, seventh.estimate.high_min) == (10, 120)


@pytest.mark.parametrize(("prints", "state"), [(True, "queued"), (False, "none")])
def test_the_slip_is_queued_with_its_ticket_where_there_is_a_printer(
    office: OfficeAtWork, prints: bool, state: str
) -> None:
    ticket = office.takes_a_number(prints=prints)

    assert ticket.print.state == state
    with office.db.read(office.id) as look:
        assert look.print_jobs.waiting() == int(prints)


@pytest.mark.parametrize("user", ["officer1", "manager", "administrator"])
def test_who_may_not_give_numbers_is_refused(office: OfficeAtWork, user: str) -> None:
    with office.refuses(Forbidden):
        issuing.issue_ticket(office.db, office.person(user), IssueRequest(service="id_renew"), prints=False)


def test_reception_gives_numbers_too(office: OfficeAtWork) -> None:
    wanted = IssueRequest(service=office.config.services[0].id)

    issued = issuing.issue_ticket(office.db, office.person("reception"), wanted, prints=False)

    assert issued.value.number == "A001"
    (event,) = office.events()
    assert (event.actor, event.device) == (office.person("reception").key, None)


def test_the_event_of_a_ticket_tells_what_was_promised(office: OfficeAtWork) -> None:
    office.opens(1)
    ticket = office.takes_a_number(priority=True, language="en")

    (event,) = office.events("ticket_issued")

    assert event.payload == (
        '{"ahead":0,"day":"2026-11-23","high_min":5,"language":"en","leg":1,"low_min":0,"number":"A001",'
        f'"place_at":null,"queue":"A","service":"{ticket.service}","ticket":{ticket.id},"ticket_class":"priority","visit":1}}'
    )


def test_the_longest_names_that_an_office_file_may_have_fit_their_columns(found: Founder) -> None:
    demo = document()
    demo["queues"][0]["prefix"] = "ก" * 32
    demo["services"][0]["id"] = "ข" * 32
    office = found(demo)

    assert office.takes_a_number("ข" * 32).number == "ก" * 32 + "001"
