"""An administrator puts a changed office file in force while the office works."""

import hashlib
import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.db.rows import ConfigurationRow
from server.db.work import Database
from server.domain.errors import ConfigurationInUse, DemoFixed, NumbersExhausted, OfficeCodeFixed, UnknownService
from server.domain.office_file import OfficeFileError
from server.services import looking
from server.services.configuring import change_configuration
from server.services.reporting import question, waiting_report
from server.services.shapes import Words
from server.services.verifying import verify
from tests.services.office import OfficeAtWork, document

Document = dict[str, Any]


@pytest.fixture
def file() -> Document:
    """The strict office's file, as it was founded by."""
    return deepcopy(document("strict"))


def without(file: Document, part: str, **wanted: object) -> Document:
    """The file without the rows of that part that have these values."""
    ((key, value),) = wanted.items()
    return file | {part: [row for row in file[part] if row[key] != value]}


def without_complaints(file: Document) -> Document:
    """The file without queue R, its service, and what serves it."""
    changed = without(without(file, "queues", id="R"), "services", id="complaint")
    counters = [row | {"queues": [queue for queue in row["queues"] if queue != "R"]} for row in changed["counters"]]
    return changed | {"counters": counters}


def change(office: OfficeAtWork, file: Document) -> int | None:
    return change_configuration(office.db, office.id, file)


def test_a_changed_file_is_the_next_dated_version_and_the_one_before_is_kept(
    strict: OfficeAtWork, file: Document
) -> None:
    strict.clock.moves(hours=1)
    file["rule"]["cap"] = 5

    assert change(strict, file) == 2

    assert (strict.config.version, strict.config.rule.version, strict.config.rule.cap) == (2, 2, 5)
    with strict.engine.connect() as connection:
        stored = connection.execute(select(ConfigurationRow).order_by(ConfigurationRow.version)).all()
    assert [json.loads(row.document)["rule"]["cap"] for row in stored] == [3, 5]
    assert stored[1].in_force_from == strict.clock.now
    (event,) = strict.events()
    assert (event.kind, event.actor, event.rule_version) == ("configuration_changed", "system", 2)
    digest = hashlib.sha256(stored[1].document.encode()).hexdigest()
    assert json.loads(event.payload) == {
        "configuration": 2, "digest": digest, "since": strict.clock.now.isoformat(),
    }  # fmt: skip


def test_the_same_file_again_makes_no_version(strict: OfficeAtWork, file: Document) -> None:
    strict.takes_a_number("id_renew")
    before = strict.picture()

    assert change(strict, file) is None

    assert strict.picture() == before
    file["rating"]["expires_seconds"] = 30
    assert change(strict, file) == 2
    assert change(strict, file) is None


def test_a_running_server_takes_the_new_version_with_its_next_command(strict: OfficeAtWork, file: Document) -> None:
    command_line = Database(strict.engine, strict.clock, steady=strict.clock.steady)
    strict.takes_a_number("id_renew")
    file["services"][0]["quota_per_day"] = 1
    file["services"][0]["name"]["en"] = "Identity card, renewed"

    change_configuration(command_line, strict.id, file)

    offered = {each.id: each for each in looking.services(strict.db, strict.kiosk).services}
    assert (offered["id_renew"].name.en, offered["id_renew"].open) == ("Identity card, renewed", False)
    assert strict.config.version == 2


def test_the_waiting_stand_as_the_new_rule_says(strict: OfficeAtWork, file: Document) -> None:
    strict.opens(1)
    ordinary = strict.takes_a_number("id_renew")
    strict.clock.moves(minutes=10)
    urgent = strict.takes_a_number("id_renew", priority=True)
    with strict.db.read(strict.id) as look:
        assert [leg.number for leg in look.legs.waiting(["K"], most=9)] == [urgent.number, ordinary.number]

    file["rule"]["head_start_minutes"]["priority"] = 5
    change(strict, file)

    with strict.db.read(strict.id) as look:
        assert [leg.number for leg in look.legs.waiting(["K"], most=9)] == [ordinary.number, urgent.number]
    assert strict.calls_somebody(1).number == ordinary.number


def test_every_mistake_in_the_file_is_told_and_nothing_is_changed(strict: OfficeAtWork, file: Document) -> None:
    before = strict.picture()
    file["rule"]["cap"] = 0
    file["holidays"]["country"] = "XX"

    with pytest.raises(OfficeFileError) as refused:
        change(strict, file)

    assert [mistake.partition(" = ")[0] for mistake in refused.value.mistakes] == ["rule.cap", "holidays.country"]
    assert strict.picture() == before


def test_another_offices_file_is_refused(strict: OfficeAtWork, file: Document) -> None:
    file["office"]["code"] = "pasang"

    with strict.refuses(OfficeCodeFixed, code="thotsop", given="pasang"):
        change(strict, file)


def test_an_office_becomes_no_demonstration(strict: OfficeAtWork, file: Document) -> None:
    file["office"]["demo"] = True

    with strict.refuses(DemoFixed, kept="false"):
        change(strict, file)


def test_a_queue_and_service_for_which_somebody_waits_stay(strict: OfficeAtWork, file: Document) -> None:
    strict.takes_a_number("complaint")

    with strict.refuses(ConfigurationInUse, queues="R", services="complaint", counters="–", numbers="–"):
        change(strict, without_complaints(file))


@pytest.mark.parametrize("step", ["calls", "starts"])
def test_a_service_that_is_being_given_stays(strict: OfficeAtWork, file: Document, step: str) -> None:
    strict.opens(2)
    strict.takes_a_number("marriage")
    called = strict.calls_somebody(2)
    if step == "starts":
        strict.starts(called, 2)

    with strict.refuses(ConfigurationInUse, queues="–", services="marriage"):
        change(strict, without(file, "services", id="marriage"))

    strict.starts(called, 2) if step == "calls" else None
    strict.finishes(called, 2)
    assert change(strict, without(file, "services", id="marriage")) == 2


def test_a_queue_to_which_somebody_may_return_today_stays(strict: OfficeAtWork, file: Document) -> None:
    strict.opens(2)
    strict.takes_a_number("complaint")
    strict.misses(strict.calls_somebody(2), 2)

    with strict.refuses(ConfigurationInUse, queues="R", services="–"):
        change(strict, without_complaints(file))


def test_a_counter_that_is_open_stays(strict: OfficeAtWork, file: Document) -> None:
    strict.opens(1)

    with strict.refuses(ConfigurationInUse, counters="1", queues="–"):
        change(strict, without(file, "counters", number=1))

    strict.closes(1)
    assert change(strict, without(file, "counters", number=1)) == 2


def test_yesterdays_forgotten_ticket_keeps_nothing(strict: OfficeAtWork, file: Document) -> None:
    strict.takes_a_number("complaint")
    strict.clock.moves(days=1)

    assert change(strict, without_complaints(file)) == 2


def test_a_queue_never_gets_a_prefix_under_which_another_gave_the_same_number_today(
    strict: OfficeAtWork, file: Document
) -> None:
    strict.takes_a_number("id_renew")  # K001
    for queue in file["queues"]:
        queue["prefix"] = {"K": "L", "L": "K", "R": "R"}[queue["id"]]

    assert change(strict, file) == 2  # L begins at 501: K001 is not within its range.
    file["queues"][1]["first"] = 1
    with strict.refuses(ConfigurationInUse, numbers="K001", queues="–"):
        change(strict, file)

    strict.clock.moves(days=1)
    assert change(strict, file) == 3


def test_a_range_moved_up_in_the_day_goes_on_at_its_new_first_number(strict: OfficeAtWork, file: Document) -> None:
    strict.takes_a_number("id_renew")
    file["queues"][0] |= {"first": 100, "last": 101}
    change(strict, file)

    given = [strict.takes_a_number("id_renew").number for _ in range(2)]

    assert given == ["K100", "K101"]
    with strict.refuses(NumbersExhausted, queue="K"):
        strict.takes_a_number("id_renew")


def test_an_old_ticket_keeps_its_name_when_its_service_is_gone(strict: OfficeAtWork, file: Document) -> None:
    strict.opens(2)
    ticket = strict.takes_a_number("complaint")
    strict.serves(2)
    change(strict, without_complaints(file))

    seen = looking.ticket(strict.db, strict.kiosk, int(ticket.id))

    assert seen.service_name == Words(ticket.service_name.th, ticket.service_name.en)
    assert (seen.state, seen.queue) == ("finished", "R")
    assert strict.config.known_queue("R").prefix == "R"
    with strict.refuses(UnknownService, service="complaint"):
        strict.takes_a_number("complaint")


def test_reports_and_proofs_go_on_over_a_service_that_is_gone(strict: OfficeAtWork, file: Document) -> None:
    strict.opens(2)
    strict.takes_a_number("complaint")
    strict.serves(2)
    strict.clock.moves(minutes=1)
    change(strict, without_complaints(file))
    today = strict.clock.now.date()

    asked = question(today, today, "service", today=today)
    answer = waiting_report(strict.engine, strict.person("manager"), strict.config, asked, now=strict.clock.now)

    assert [(row.key, row.n) for row in answer.report.rows] == [("complaint", 1)]
    assert verify(strict.engine, strict.id, strict.config).differences == []


def test_a_service_that_comes_back_is_the_new_one(strict: OfficeAtWork, file: Document) -> None:
    change(strict, without_complaints(file))
    file["services"][-1]["name"]["en"] = "Complaints, again"
    change(strict, file)

    assert strict.takes_a_number("complaint").service_name.en == "Complaints, again"
    assert strict.config.version == 3


def changes_and_fails(office: OfficeAtWork, file: Document) -> None:
    with office.db.work(office.id) as work:
        work.put_in_force(file)
        raise RuntimeError


def test_a_change_that_is_refused_by_the_database_is_not_remembered(strict: OfficeAtWork, file: Document) -> None:
    file["rule"]["cap"] = 5
    with pytest.raises(RuntimeError):
        changes_and_fails(strict, file)
    file["rule"]["cap"] = 7

    assert change(strict, file) == 2

    assert strict.config.rule.cap == 7


def test_opening_hours_changed_at_lunch_hold_from_then_on(strict: OfficeAtWork, file: Document) -> None:
    strict.clock.stands_at("12:30")
    file["hours"][0]["breaks"] = []

    change(strict, file)

    assert strict.takes_a_number("id_renew").number == "K001"
    assert strict.clock.now - strict.events()[0].occurred_at == timedelta(0)
