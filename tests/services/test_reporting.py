"""The manager's figures, recomputed by hand, and compared with what the events alone say."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.errors import Forbidden, InvalidValue, QueueError
from server.services.reporting import question, waiting_report
from server.services.shapes import GROUPINGS, SpanFigures, WaitingReport, WaitingRow
from server.services.verifying import verify
from tests.services.office import Founder, OfficeAtWork

MONDAY = date(2026, 11, 23)


def report(office: OfficeAtWork, by: str = "service", first: date | None = None, last: date | None = None,
           user: str = "manager") -> WaitingReport:  # fmt: skip
    """The waiting report as the manager asks for it."""
    today = office.clock().astimezone(office.config.zone).date()
    asked = question(first, last, by, today=today)
    return waiting_report(office.engine, office.person(user), office.config, asked, now=office.clock()).report


def rows(office: OfficeAtWork, by: str, **days: Any) -> dict[str, WaitingRow]:
    return {row.key: row for row in report(office, by, **days).rows}


@pytest.fixture
def morning(strict: OfficeAtWork) -> OfficeAtWork:
    """Four tickets of a Monday: two cards served at counter 1, a copy missed at counter 2, a complaint that waits."""
    office = strict
    office.clock.stands_at("08:50")
    office.opens(1)
    office.opens(2)
    office.takes_a_number("id_renew")
    office.clock.stands_at("08:55")
    office.takes_a_number("id_renew", priority=True)
    office.takes_a_number("certified_copy")
    office.clock.stands_at("09:00")
    first = office.calls_somebody(1)  # The priority ticket: 5 minutes of wait.
    office.clock.moves(seconds=30)
    office.starts(first)
    missed = office.calls_somebody(2)
    office.misses(missed, 2)
    office.clock.stands_at("09:10:30")
    office.finishes(first)
    office.rates(5)
    second = office.calls_somebody(1)  # 20 minutes and 30 seconds.
    office.clock.stands_at("09:12")
    office.recalls(second)  # The call that was answered: 22 minutes.
    office.clock.stands_at("09:13")
    office.starts(second)
    office.clock.stands_at("09:33")
    office.finishes(second)
    office.takes_a_number("complaint")
    return office


def test_the_morning_by_hand(morning: OfficeAtWork) -> None:
    whole = report(morning)

    assert (whole.from_, whole.to, whole.by) == (MONDAY, MONDAY, "service")
    assert (whole.all.n, whole.all.issued, whole.all.finished, whole.all.no_show, whole.all.waiting) == (2, 4, 2, 1, 1)
    assert whole.all.wait == SpanFigures(mean_s=810.0, median_s=810.0, p90_s=1320.0, max_s=1320.0)
    assert whole.all.walk == SpanFigures(mean_s=45.0, median_s=45.0, p90_s=60.0, max_s=60.0)
    assert whole.all.service == SpanFigures(mean_s=900.0, median_s=900.0, p90_s=1200.0, max_s=1200.0)
    assert whole.all.total == SpanFigures(mean_s=1755.0, median_s=1755.0, p90_s=2580.0, max_s=2580.0)
    assert whole.seq == len(morning.events())
    assert whole.at == morning.clock.now


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("service", {"certified_copy": (0, 1), "complaint": (0, 1), "id_renew": (2, 2)}),
        ("queue", {"K": (2, 2), "L": (0, 1), "R": (0, 1)}),
        ("counter", {"1": (2, 2), "2": (0, 1)}),
        ("officer", {"officer1": (2, 2), "officer2": (0, 1)}),
        ("hour", {"08": (2, 3), "09": (0, 1)}),
        ("weekday", {"1": (2, 4)}),
        ("class", {"priority": (1, 1), "regular": (1, 3)}),
    ],
)
def test_the_morning_by_each_grouping(morning: OfficeAtWork, by: str, expected: dict[str, tuple[int, int]]) -> None:
    found = rows(morning, by)

    assert {key: (row.n, row.issued) for key, row in found.items()} == expected
    assert list(found) == sorted(found, key=lambda key: (len(key), key) if key.isdecimal() else (0, key))


def test_every_grouping_of_the_contract_is_tested_here() -> None:
    assert set(GROUPINGS) == {"service", "queue", "counter", "officer", "hour", "weekday", "class"}


def test_the_hour_and_the_weekday_are_the_offices_own(office: OfficeAtWork) -> None:
    office.clock.stands_at("2026-11-22T17:30:00+00:00")  # Sunday in London, half past midnight on Monday here.
    office.takes_a_number()

    assert list(rows(office, "hour")) == ["00"]
    assert list(rows(office, "weekday")) == ["1"]


def test_a_leg_belongs_to_the_day_on_which_it_was_issued(office: OfficeAtWork) -> None:
    office.opens(1)
    office.clock.stands_at("23:50")
    office.takes_a_number()
    office.clock.moves(minutes=20)
    office.serves(1)
    tuesday = date(2026, 11, 24)

    assert report(office, first=MONDAY, last=MONDAY).all.finished == 1
    assert report(office, first=tuesday, last=tuesday).all.issued == 0
    assert report(office, first=MONDAY, last=tuesday).all.finished == 1


def test_days_are_counted_both_and_today_is_meant_where_none_is_given(office: OfficeAtWork) -> None:
    for _ in range(3):
        office.takes_a_number()
        office.clock.moves(days=1)
    office.clock.moves(days=-1)

    assert report(office).all.issued == 1
    assert report(office, first=MONDAY).all.issued == 3
    assert report(office, last=date(2026, 11, 24)).all.issued == 1
    assert report(office, first=MONDAY, last=date(2026, 11, 24)).all.issued == 2


def test_an_empty_day_has_no_rows_and_no_figures(office: OfficeAtWork) -> None:
    empty = report(office)

    assert empty.rows == []
    assert (empty.all.n, empty.all.wait) == (0, SpanFigures(None, None, None, None))


@pytest.mark.parametrize(
    ("by", "first", "last"),
    [
        ("mood", None, None),
        ("", None, None),
        ("Service", None, None),
        ("service", date(2026, 11, 24), date(2026, 11, 23)),
        ("service", date(2000, 1, 1), date(2026, 1, 1)),
        ("service", date.min, date.max),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(by: str, first: date | None, last: date | None) -> None:
    with pytest.raises(InvalidValue):
        question(first, last, by, today=MONDAY)


@pytest.mark.parametrize("user", ["officer1", "reception"])
def test_who_may_not_see_reports_is_refused(office: OfficeAtWork, user: str) -> None:
    with office.refuses(Forbidden):
        report(office, user=user)


COMMANDS = ["issue", "issue", "issue", "priority", "open", "close", "call", "call", "call", "recall", "start", "start",
            "finish", "finish", "miss", "rate", "wait", "midnight", "clock back"]  # fmt: skip


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(st.tuples(st.sampled_from(COMMANDS), st.integers(1, 3), st.integers(0, 4)), min_size=10, max_size=50)
)
def test_after_any_story_the_events_alone_give_every_figure_again(
    found: Founder, story: list[tuple[str, int, int]]
) -> None:
    found.end()
    office = found()
    for command, counter, number in story:
        with suppress(QueueError):  # A refusal is a part of the story, too.
            act(office, command, counter, number)

    verdict = verify(office.engine, office.id, office.config)

    assert verdict.differences == []
    assert verdict.events == len(office.events())
    for by in GROUPINGS:
        whole = report(office, by, first=MONDAY, last=date(2027, 11, 23))
        assert whole.all.issued == len(office.events("ticket_issued"))
        if by not in {"counter", "officer"}:  # Who was never called has neither.
            assert sum(row.issued for row in whole.rows) == whole.all.issued


def act(office: OfficeAtWork, command: str, counter: int, number: int) -> None:
    """Do it; with a ticket in hand, if that command needs one."""
    match command:
        case "issue" | "priority":
            office.takes_a_number(office.config.services[number * 3].id, priority=command == "priority")
        case "open":
            office.opens(counter)
        case "close":
            office.closes(counter)
        case "call":
            office.opens(counter)
            office.calls(counter)
        case "rate":
            office.rates(number + 1, counter, slot=str(number + 1))
        case "wait":
            office.clock.moves(seconds=number * 47)
        case "midnight":
            office.clock.moves(hours=9)
        case "clock back":
            office.clock.moves(minutes=-number)
        case _:
            act_on_what_is_in_hand(office, command, counter)


def act_on_what_is_in_hand(office: OfficeAtWork, command: str, counter: int) -> None:
    """Recall, start, finish or miss it; nothing if the counter's hands are free."""
    does = {"recall": office.recalls, "start": office.starts, "finish": office.finishes, "miss": office.misses}
    ticket = office.in_hand(counter)
    if ticket is not None:
        does[command](ticket, counter)
