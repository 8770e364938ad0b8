"""Events are written once, each names the hash of the one before it, and whoever changes one is found out."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from server.db.events import events_after, last_of
from server.db.rows import EventRow, LegRow, OfficeRow, RatingSlotRow
from server.db.work import Actor, chain_hash
from server.domain.events import CounterOpened
from server.services.verifying import Verdict, verify
from tests.domain.making import at
from tests.services.office import OfficeAtWork

SERVER = Path(__file__).parents[2] / "server"


@pytest.fixture
def day(office: OfficeAtWork) -> OfficeAtWork:
    """A short day: two served, one of them rated, one missed after a recall, one in service, one waiting."""
    office.opens(1)
    for priority in (False, True, False, False, False):
        office.takes_a_number(priority=priority, request_id=f"tap {priority} {office.clock.now}")
        office.clock.moves(minutes=2)
    office.serves(1)
    office.rates(4)
    office.clock.moves(minutes=3)
    office.serves(1, minutes=7)
    missed = office.calls_somebody(1)
    office.clock.moves(seconds=40)
    office.recalls(missed)
    office.misses(missed)
    served = office.calls_somebody(1)
    office.clock.moves(seconds=20)
    office.starts(served)
    return office


def verdict(office: OfficeAtWork) -> Verdict:
    return verify(office.engine, office.id, office.config)


def test_every_event_names_the_hash_of_the_one_before_it(day: OfficeAtWork) -> None:
    events = day.events()

    previous = ""
    for number, event in enumerate(events, start=1):
        assert (event.seq, event.previous_hash) == (number, previous)
        previous = chain_hash({name: getattr(event, name) for name in event.__slots__})
        assert re.fullmatch("[0-9a-f]{64}", previous)
    with day.engine.connect() as connection:
        assert last_of(connection, day.id) == (len(events), previous)


def test_a_payload_is_canonical_json_without_a_name(day: OfficeAtWork) -> None:
    for event in day.events():
        said = json.loads(event.payload)
        assert event.payload == json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert "officer1" not in event.payload


def test_an_event_keeps_who_by_which_device_on_which_request_and_by_which_rule(day: OfficeAtWork) -> None:
    opened, issued, *_ = day.events()

    assert (opened.actor, opened.device, opened.request_id) == (day.officer(1).key, None, None)
    assert (issued.actor, issued.device) == (day.kiosk.key, day.kiosk.key)
    assert issued.request_id == "tap False 2026-11-23 02:00:00+00:00"
    assert {event.rule_version for event in day.events()} == {1}
    assert issued.occurred_at == issued.recorded_at == day.clock.now.replace(hour=2, minute=0, second=0)


def test_what_happened_at_a_counter_is_found_by_its_counter(day: OfficeAtWork) -> None:
    at_no_counter = {event.kind for event in day.events() if event.counter is None}

    assert at_no_counter == {"ticket_issued"}


def test_an_untouched_day_is_verified_figure_by_figure(day: OfficeAtWork) -> None:
    found = verdict(day)

    assert found.differences == []
    assert found.events == len(day.events()) == 20
    assert found.figures > 100


def test_a_moment_written_in_another_zone_is_the_same_in_the_chain(office: OfficeAtWork) -> None:
    office.clock.now = office.clock.now.astimezone(office.config.zone)

    office.takes_a_number()
    office.takes_a_number()

    assert verdict(office).differences == []


CHANGES: dict[str, Any] = {
    "kind": "ticket_eaten",
    "version": 2,
    "payload": "{}",
    "occurred_at": at("10:00"),
    "recorded_at": at("10:00"),
    "actor": "account:99",
    "device": "device:99",
    "request_id": "another",
    "rule_version": 2,
    "counter": 99,
    "previous_hash": "0" * 64,
}


@pytest.mark.parametrize("seq", [2, 20])
def test_whatever_is_changed_in_an_event_is_found_even_in_the_last(day: OfficeAtWork, seq: int) -> None:
    assert {"office_id", "seq", *CHANGES} == set(EventRow.__table__.columns.keys())
    event = day.events()[seq - 1]

    for column, value in CHANGES.items():
        change_event(day, seq, {column: value})
        found = verdict(day).differences
        assert any(f"event {seq}:" in each or f"event {seq + 1}:" in each for each in found), (column, found)
        change_event(day, seq, {column: getattr(event, column)})
    assert verdict(day).differences == []


def change_event(office: OfficeAtWork, seq: int, values: dict[str, Any]) -> None:
    with office.db.writing() as connection:
        connection.execute(update(EventRow).where(EventRow.seq == seq).values(values))


@pytest.mark.parametrize("seq", [1, 2, 20])
def test_an_event_taken_out_is_missed(day: OfficeAtWork, seq: int) -> None:
    with day.db.writing() as connection:
        connection.execute(delete(EventRow).where(EventRow.seq == seq))

    assert verdict(day).differences


def test_a_whole_day_taken_out_of_the_end_is_missed(day: OfficeAtWork) -> None:
    with day.db.writing() as connection:
        connection.execute(delete(EventRow).where(EventRow.seq > 5))

    assert "event 5: it is not the last that the office recorded" in verdict(day).differences


def test_an_event_put_in_is_found(day: OfficeAtWork) -> None:
    last = day.events()[-1]
    with day.db.writing() as connection:
        row = {name: getattr(last, name) for name in last.__slots__} | {"seq": last.seq + 1}
        connection.execute(insert(EventRow), row)

    assert verdict(day).differences


NONSENSE = [
    "", "nonsense", "[]", "5", "{}", '{"leg":[]}', '{"leg":1}', '{"leg":"1","day":"x","number":1}',
    '{"day":"2026-11-23","leg":1,"number":5,"queue":"A","service":"id_renew","ticket":1,"ticket_class":"regular"}',
]  # fmt: skip


def test_a_payload_that_says_nonsense_is_told_and_never_stops_the_check(day: OfficeAtWork) -> None:
    for payload in NONSENSE:
        change_event(day, 2, {"payload": payload})

        assert "event 3: the chain of hashes is broken" in verdict(day).differences


TAMPERING: dict[str, Callable[[], Any]] = {
    "a wait made shorter": lambda: update(LegRow).where(LegRow.id == 1).values(joined_at=LegRow.called_at),
    "a no-show made a finish": lambda: update(LegRow).where(LegRow.state == "no_show").values(state="finished"),
    "another counter": lambda: update(LegRow).where(LegRow.id == 1).values(counter=2),
    "another officer": lambda: update(LegRow).where(LegRow.id == 1).values(officer="account:1"),
    "another class": lambda: update(LegRow).where(LegRow.id == 1).values(ticket_class="priority"),
    "a better score": lambda: update(RatingSlotRow).where(RatingSlotRow.score == 4).values(score=5),
}


def test_a_row_that_its_events_do_not_bear_out_is_found(day: OfficeAtWork) -> None:
    before = {row: day.picture()[row.__tablename__] for row in (LegRow, RatingSlotRow)}

    for what, tampering in TAMPERING.items():
        with day.db.writing() as connection:
            assert connection.execute(tampering()).rowcount == 1
        found = verdict(day).differences
        assert any(each.startswith(("legs.", "rating_slots.")) for each in found), what
        put_back(day, before)
    assert verdict(day).differences == []


def put_back(office: OfficeAtWork, kept: dict[Any, list[tuple[Any, ...]]]) -> None:
    with office.db.writing() as connection:
        for row, values in kept.items():
            names = row.__table__.columns.keys()
            for each in values:
                connection.execute(update(row).where(row.id == each[0]).values(dict(zip(names, each, strict=True))))


def test_who_forges_the_offices_last_hash_too_must_forge_every_event(day: OfficeAtWork) -> None:
    with day.db.writing() as connection:
        connection.execute(update(OfficeRow).values(last_hash="f" * 64))

    found = verdict(day).differences
    assert found[0] == "event 20: it is not the last that the office recorded"
    assert [each.partition(":")[0] for each in found[1:]] == ["offices.last_hash of 1"]


def test_the_chain_goes_on_over_works_offices_and_actors(office: OfficeAtWork) -> None:
    for actor in (Actor("system"), Actor("account:1"), Actor("device:2", device="device:2")):
        with office.db.work(office.id, actor) as work:
            work.record(CounterOpened(counter=1), counter=1)

    assert [event.actor for event in office.events()] == ["system", "account:1", "device:2"]
    assert verdict(office).events == 3
    assert not [each for each in verdict(office).differences if each.startswith("event")]


def test_events_come_in_order_and_a_page_at_a_time(day: OfficeAtWork) -> None:
    with day.engine.connect() as connection:
        page = events_after(connection, day.id, 5, most=4)
        beyond = events_after(connection, day.id, 20, most=4)

    assert [event.seq for event in page] == [6, 7, 8, 9]
    assert beyond == []


def test_no_code_of_ours_changes_or_deletes_an_event() -> None:
    forbidden = re.compile(r"(update|delete)\s*\(\s*EventRow|(UPDATE|DELETE FROM)\s+events", re.IGNORECASE)
    guilty = [str(path) for path in SERVER.rglob("*.py") if forbidden.search(path.read_text(encoding="utf-8"))]

    assert guilty == []
