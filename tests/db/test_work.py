"""The unit of work: all or nothing, one after the other, and nothing that yields inside."""

import logging
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from server.db.counters import CounterNow
from server.db.events import StoredEvent
from server.db.rows import OfficeRow
from server.db.types import from_microseconds, to_microseconds
from server.db.work import Database, YieldInsideWork
from server.domain.errors import QueueError
from server.domain.events import CounterClosed, CounterOpened, DeviceChanged
from server.loop import Loop
from tests.services.office import OfficeAtWork


def test_what_is_recorded_together_is_saved_together(office: OfficeAtWork) -> None:
    with office.db.work(office.id) as work:
        first = work.record(CounterOpened(counter=1), counter=1)
        second = work.record(CounterClosed(counter=1), counter=1)
        assert (first, second, work.seq, work.next_seq) == (1, 2, 2, 3)

    assert [(event.seq, event.kind, event.counter) for event in office.events()] == [
        (1, "counter_opened", 1),
        (2, "counter_closed", 1),
    ]


@pytest.mark.parametrize("reason", [QueueError, RuntimeError, KeyboardInterrupt])
def test_whatever_is_raised_inside_leaves_nothing_behind(office: OfficeAtWork, reason: type[BaseException]) -> None:
    before = office.picture()

    with pytest.raises(reason):
        opens_and_fails(office, reason)

    assert office.picture() == before
    office.takes_a_number()
    assert [event.seq for event in office.events()] == [1]


def opens_and_fails(office: OfficeAtWork, reason: type[BaseException]) -> None:
    with office.db.work(office.id) as work:
        work.counters.save(CounterNow(number=1, state="open", account=1, opened_at=work.now))
        work.record(CounterOpened(counter=1))
        raise reason


def test_others_are_told_after_the_commit_and_only_if_something_happened(office: OfficeAtWork) -> None:
    heard: list[tuple[int, int, int]] = []

    def listener(office_id: int, seq: int) -> None:
        with office.db.read(office_id) as look:  # A work that is still open would refuse this.
            heard.append((office_id, seq, look.seq))

    office.db.told.append(listener)
    with office.db.work(office.id) as work:
        work.record(CounterOpened(counter=1))
        work.record(CounterClosed(counter=1))
        assert heard == []
    with office.db.work(office.id):
        pass
    with pytest.raises(QueueError):
        opens_and_fails(office, QueueError)

    assert heard == [(office.id, 2, 2)]


def test_what_was_committed_is_handed_on_as_it_will_be_read(office: OfficeAtWork) -> None:
    handed: list[StoredEvent] = []
    office.db.committed = lambda _office, _seq, events: handed.extend(events)

    office.opens(2)
    office.takes_a_number(request_id="abc")
    office.serves(2)

    assert handed == office.events()


def test_a_work_inside_a_work_is_refused_and_so_is_a_look(office: OfficeAtWork) -> None:
    with office.db.work(office.id):
        with pytest.raises(YieldInsideWork), office.db.work(office.id):
            pass
        with pytest.raises(YieldInsideWork), office.db.read(office.id):
            pass
        with pytest.raises(YieldInsideWork), office.db.writing():
            pass
    with office.db.work(office.id) as work:
        work.record(CounterOpened(counter=1))

    assert len(office.events()) == 1


def test_whatever_yields_is_refused_inside_a_work(office: OfficeAtWork) -> None:
    loop = Loop(guard=office.db.refuse_inside_work)

    with office.db.work(office.id):
        with pytest.raises(YieldInsideWork):
            loop.sleep(0)
        with pytest.raises(YieldInsideWork):
            loop.run_blocking(lambda: "printed")

    loop.sleep(0)
    assert loop.run_blocking(lambda: "printed") == "printed"


def test_an_open_work_refuses_nobody_elsewhere(office: OfficeAtWork) -> None:
    seen: list[int] = []

    def look() -> None:
        with office.db.read(office.id) as work:
            seen.append(work.seq)

    with office.db.work(office.id) as work:
        work.record(CounterOpened(counter=1))
        other = threading.Thread(target=look)
        other.start()
        other.join(10)

    assert seen == [0]


def test_a_look_sees_one_moment_whatever_others_do_meanwhile(office: OfficeAtWork) -> None:
    def others() -> None:
        office.takes_a_number()
        office.opens(1)
        office.calls(1)

    office.takes_a_number()

    with office.db.read(office.id) as look:
        before = look.legs.waiting_by_queue()
        other = threading.Thread(target=others)
        other.start()
        other.join(10)
        after = look.legs.waiting_by_queue()
        counters = look.counters.all()

    assert before == after == {"A": 1}
    assert counters == {}
    assert look.seq == 1
    assert office.kinds() == ["ticket_issued", "ticket_issued", "counter_opened", "ticket_called"]


def test_what_is_recorded_in_a_look_is_thrown_away(office: OfficeAtWork) -> None:
    with office.db.read(office.id) as look:
        look.record(CounterOpened(counter=1))

    assert office.events() == []


def test_the_offices_time_never_runs_back_and_the_offset_is_noted(
    office: OfficeAtWork, caplog: pytest.LogCaptureFixture
) -> None:
    office.clock.stands_at("10:00")
    office.takes_a_number()

    office.clock.stands_at("09:00")
    with caplog.at_level(logging.WARNING, "saduak.db"):
        second = office.takes_a_number()

    assert second.issued_at == datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert office.db.clock_behind.total_seconds() == 3600
    assert "clock_behind seconds=3600.0" in caplog.messages
    with office.db.read(office.id) as look:
        assert look.now == second.issued_at
    moments = [event.occurred_at for event in office.events()]
    assert moments == sorted(moments)


def test_a_clock_that_is_right_again_leaves_no_offset(office: OfficeAtWork, caplog: pytest.LogCaptureFixture) -> None:
    office.clock.stands_at("10:00")
    office.takes_a_number()
    office.clock.moves(seconds=-2)
    office.takes_a_number()
    assert office.db.clock_behind.total_seconds() == 2
    assert not caplog.messages  # Two seconds are what clocks do.

    office.clock.stands_at("10:00:01")
    third = office.takes_a_number()

    assert office.db.clock_behind.total_seconds() == 0
    assert third.issued_at == office.clock.now


def test_two_offices_time_and_seq_are_their_own(office: OfficeAtWork) -> None:
    with office.db.writing() as connection:
        connection.execute(text("insert into offices (code, seq, last_hash, configuration_version) values "
                                "('other', 0, '', 1)"))  # fmt: skip
        connection.execute(text("insert into configurations (office_id, version, in_force_from, document) "
                                "select 2, 1, in_force_from, document from configurations"))  # fmt: skip
    office.takes_a_number()

    with office.db.work(2) as work:
        work.record(DeviceChanged(device="printer", state="ok"))

    with office.engine.connect() as connection:
        seqs = connection.execute(select(OfficeRow.code, OfficeRow.seq).order_by(OfficeRow.id)).all()
    assert [tuple(row) for row in seqs] == [("pasang", 1), ("other", 1)]
    with office.db.read(2) as look:
        assert look.legs.waiting_by_queue() == {}
        assert look.tickets.by_id(1) is None
        assert look.legs.of_ticket(1) is None


@pytest.mark.parametrize("when", ["1969-12-31T23:59:59.999999+00:00", "2026-11-23T00:00:00.000001+07:00",
                                  "2569-01-01T00:00:00+00:00"])  # fmt: skip
def test_a_moment_is_stored_to_the_microsecond_whatever_its_zone(when: str) -> None:
    moment = datetime.fromisoformat(when)

    assert from_microseconds(to_microseconds(moment)) == moment
    assert from_microseconds(to_microseconds(moment)).tzinfo is UTC


def test_a_time_without_a_zone_is_never_stored() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        to_microseconds(datetime(2026, 11, 23))  # noqa: DTZ001  # because that is the mistake.


def test_an_id_larger_than_any_table_holds_is_nobodys(office: OfficeAtWork) -> None:
    with office.db.read(office.id) as look:
        for nobody in (2**63 - 1, 2**63, 10**30):
            assert look.tickets.by_id(nobody) is None
            assert look.legs.of_ticket(nobody) is None
            assert look.ratings.by_id(nobody) is None


def test_a_database_without_the_office_is_not_opened_as_one(office: OfficeAtWork) -> None:
    db = Database(office.engine, office.clock)

    with pytest.raises(Exception, match="No row was found"), db.work(99):
        pass
    with db.work(office.id):  # The failed attempt left nothing locked.
        pass
