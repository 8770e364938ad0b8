"""The back-test on small logs made here: nothing known too early, hostile files named, promises held or not."""

import csv
import gzip
import io
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from server.backtesting import LogUnusable, back_test, judge, read_log, report
from server.backtesting.estimators import ESTIMATORS, PRODUCT, Said
from server.backtesting.log import Log, LoggedTicket
from server.backtesting.replay import Tried
from server.backtesting.scores import score
from server.backtesting.verdict import POOLED
from server.cli import backtest

MONDAY = date(2026, 11, 23)
COLUMNS = ("office", "queue", "date", "ticket_no", "arrival_min", "called_min", "counters_open", "waiting_at_arrival")


def a_ticket(
    arrival: float, called: float, *, queue: str = "A", office: str = "North", day: date = MONDAY
) -> LoggedTicket:
    return LoggedTicket(office, queue, day, arrival, called, 1)


def a_log(days: int = 3, *, office: str = "North", queue: str = "A", seed: int = 1) -> list[LoggedTicket]:
    """Busy days at one counter: somebody comes about every six minutes and takes about as long."""
    chance, tickets = random.Random(seed), []
    for number in range(days):
        comes, free = 480.0, 490.0
        for _ in range(60):
            comes = round(comes + 0.1 + chance.expovariate(1 / 6), 1)
            called = max(comes, free)
            free = round(called + chance.lognormvariate(1.6, 0.5), 1)
            tickets.append(a_ticket(comes, called, office=office, queue=queue, day=MONDAY + timedelta(days=number)))
    return tickets


def written(path: Path, tickets: Sequence[LoggedTicket], *extra: str) -> Path:
    """Write the log as the command reads it, these lines after it as they are; gzip if the name says so."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, each in enumerate(tickets):
        writer.writerow([each.office, each.queue, each.day, number, each.arrival_min, each.called_min, 1, 0])
    content = "".join([text.getvalue(), *(line + "\n" for line in extra)]).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def said_of(tickets: Sequence[LoggedTicket]) -> dict[LoggedTicket, tuple[Said, ...]]:
    return {each.ticket: each.said for each in back_test(tickets, 10)}


def test_people_ahead_are_those_who_came_before_and_are_not_called_yet() -> None:
    tried = back_test([a_ticket(480, 490), a_ticket(485, 495), a_ticket(490, 500), a_ticket(491, 505)], 10)

    # The first one's call and the third one's arrival share a minute: the call is counted first.
    assert [each.ahead for each in tried] == [0, 1, 1, 2]


def test_those_called_as_they_came_were_never_in_line() -> None:
    tried = back_test([a_ticket(480, 480), a_ticket(480, 480), a_ticket(480, 485), a_ticket(480, 490)], 10)

    assert [each.ahead for each in tried] == [0, 0, 0, 1]


@settings(max_examples=25)
@given(minute=st.integers(480, 900), later=st.floats(0.5, 90), seed=st.integers(0, 20))
def test_what_happens_later_changes_nothing_that_was_said_before(minute: int, later: float, seed: int) -> None:
    tickets = a_log(2, seed=seed)
    second_day = tickets[-1].day
    changed = [
        replace(each, called_min=each.called_min + later)
        if each.day == second_day and each.called_min > minute
        else each
        for each in tickets
    ]
    said, after = said_of(tickets), said_of(changed)

    for before, now in zip(tickets, changed, strict=True):
        if before.day < second_day or before.arrival_min <= minute:
            assert said[before] == after[now]


def test_the_order_of_days_in_the_file_does_not_matter() -> None:
    first, second, third = (a_log(seed=1)[at : at + 60] for at in (0, 60, 120))

    assert said_of([*third, *first, *second]) == said_of([*first, *second, *third])


def test_a_queue_learns_nothing_from_another() -> None:
    alone, beside = a_log(queue="A"), a_log(queue="B", seed=2)

    together = said_of([*beside, *alone])

    assert {each: together[each] for each in alone} == said_of(alone)


def test_scores_by_hand() -> None:
    # Waits 10 and 30, said 20 (12 to 28) and 20 (4 to 31).
    found = score([10, 30], [Said(20, 12, 28), Said(20, 4, 31)])

    assert (found.error, found.bias, found.width) == (10, 0, 21.5)
    assert (found.coverage, found.printed_coverage) == (50, 100)  # Printed 10 to 30, and 0 to 35.
    # 16 and 27 wide; the first missed by 2 min: (16 + 10 × 2 + 27) ÷ 2.
    assert found.interval == pytest.approx(31.5)
    assert found.pinball_10 == pytest.approx((0.9 * 2 + 0.1 * 26) / 2)
    assert found.pinball_50 == pytest.approx(5)
    assert found.pinball_90 == pytest.approx((0.1 * 18 + 0.1 * 1) / 2)


def tried(office: str, number: int, *, ours: Said, others: Said) -> list[Tried]:
    said = tuple(ours if name == PRODUCT else others for name in ESTIMATORS)
    return [Tried(a_ticket(500, 520, office=office), 1, said)] * number


RIGHT, WRONG, NARROW = Said(20, 10, 30), Said(40, 30, 50), Said(21, 20.5, 21)


def failing(*groups: list[Tried]) -> list[str]:
    return [each.says for each in judge([each for group in groups for each in group]).promises if not each.holds]


def test_promises_that_hold() -> None:
    covers_85_of_100 = [*tried("North", 85, ours=RIGHT, others=WRONG), *tried("North", 15, ours=NARROW, others=WRONG)]

    assert failing(covers_85_of_100) == []


def test_a_promise_fails_when_a_single_estimator_is_better() -> None:
    assert "pooled error below each single estimator's" in failing(tried("North", 10, ours=NARROW, others=RIGHT))


def test_a_promise_fails_for_a_large_office_that_is_far_worse_and_not_for_a_small_one() -> None:
    large, small = (tried(name, n, ours=WRONG, others=RIGHT) for name, n in (("Large", 1001), ("Small", 1000)))

    found = failing(large, small)

    assert "Large: at most 10 % worse than its best single one" in found
    assert not any(says.startswith("Small") for says in found)


@pytest.mark.parametrize("ours", [RIGHT, NARROW])
def test_a_promise_fails_when_the_range_covers_too_much_or_too_little(ours: Said) -> None:
    assert failing(tried("North", 10, ours=ours, others=WRONG)) == ["pooled coverage of the unrounded range 75 to 90 %"]


def test_the_report_names_every_estimator_for_every_office_and_all_together() -> None:
    tickets = [*a_log(), *a_log(office="South", seed=2)]

    lines = report(Log(tuple(tickets), {"never called": 3}), judge(back_test(tickets, 10)))

    assert "left out: 3 rows, never called" in lines
    for office in ("North", "South", POOLED):
        assert sum(line.startswith(f"  {office}: ") for line in lines) == 4  # Who waited, all; and of the first hour.
    for name in ESTIMATORS:
        assert sum(line.strip().startswith(f"{name}  ") for line in lines) == 12
    assert sum("interval" in line for line in lines) >= 12


def test_the_first_hour_of_each_queue_and_day_is_scored_apart() -> None:
    days = [a_ticket(minute, minute + 5, queue=queue, day=day) for queue in "AB"
            for day in (MONDAY, MONDAY + timedelta(days=1)) for minute in (480, 539.9, 540, 600)]  # fmt: skip

    verdict = judge(back_test([*days, a_ticket(481, 481)], 10))

    assert verdict.everyone[POOLED][PRODUCT].tickets == 17
    assert (verdict.early[POOLED][PRODUCT].tickets, verdict.waited_early[POOLED][PRODUCT].tickets) == (9, 8)


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "packed-without-saying-so"])
def test_a_log_is_read_plain_or_packed(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "log.csv.gz" if "." not in name else tmp_path / name, a_log())
    path = path.rename(tmp_path / name)

    assert list(read_log(path).tickets) == a_log()


def test_only_the_offices_named_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [*a_log(), *a_log(office="South")])

    assert {each.office for each in read_log(path, ["South"]).tickets} == {"South"}


def test_rows_that_make_no_sense_are_left_out_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path / "log.csv", a_log(),
        "North,A,2026-11-23,1,500,499,1,0", "North,A,2026-11-23,1,500,,1,0", "North,A,yesterday,1,500,510,1,0",
        "North,A,2026-11-23,1,nan,510,1,0", "North,A,2026-11-23,1,-5,510,1,0", "North,A,2026-11-23", "North,A,,,x,y,z,",
    )  # fmt: skip

    log = read_log(path)

    assert list(log.tickets) == a_log()
    assert log.left_out == {
        "called before arrival": 1, "never called": 2, "no date or no number": 2, "a number beyond reason": 2,
    }  # fmt: skip


def test_a_log_in_the_buddhist_era_is_of_the_same_days(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("office,queue,date,arrival_min,called_min\nN,A,2569-11-23,500,510\n")

    assert [each.day for each in read_log(tmp_path / "log.csv").tickets] == [date(2026, 11, 23)]


def test_a_log_without_counters_is_one_of_single_counters(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("office,queue,date,arrival_min,called_min\nN,A,2026-11-23,500,510\n")

    assert [each.counters for each in read_log(tmp_path / "log.csv").tickets] == [1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lacks the columns office, queue"),
        (b"office,queue,date\nNorth,A,2026-11-23\n", "lacks the columns arrival_min, called_min"),
        (b"office,queue,date,arrival_min,called_min\n", "holds no ticket"),
        (b"office,queue,date,arrival_min,called_min\nN,A,2026-11-23,9,8\n", "1 rows left out: called before arrival"),
        (b"\x1f\x8bnot really packed", "cannot be read"),
        (b"\xff\xfe\x00office", "cannot be read"),
    ],
)
def test_a_file_that_is_no_log_is_refused_with_its_reason(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "log").write_bytes(content)

    with pytest.raises(LogUnusable, match=says):
        read_log(tmp_path / "log")


def test_half_a_packed_file_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "log.csv.gz", a_log()).read_bytes()
    (tmp_path / "half.csv.gz").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(LogUnusable, match="cannot be read"):
        read_log(tmp_path / "half.csv.gz")


def test_a_queue_with_one_ticket_is_tried_from_standard_minutes() -> None:
    tried_one = back_test([a_ticket(480, 500)], 10)

    assert len(tried_one) == 1
    assert judge(tried_one).waited[POOLED][PRODUCT].tickets == 1


def test_a_log_in_which_nobody_waited_promises_nothing() -> None:
    verdict = judge(back_test([a_ticket(480, 480)], 10))

    assert verdict.promises == ()
    assert "nobody waited: there is nothing to promise" in report(Log((), {}), verdict)


def test_the_command_says_what_fails_by_its_status(tmp_path: Path) -> None:
    path = written(tmp_path / "log.csv", [a_ticket(480, 500)])

    answer = CliRunner().invoke(backtest, [str(path)])

    assert answer.exit_code == 1
    assert "FAILS" in answer.output


def test_the_command_names_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    answer = CliRunner().invoke(backtest, [str(tmp_path / "none.csv")])

    assert answer.exit_code == 1
    assert "none.csv cannot be read" in answer.output
