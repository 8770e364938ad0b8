"""Shifts, breaks, busy and idle time, told as small days and recomputed by hand."""

import pytest

from server.domain.shifts import Floor, Shift, together
from tests.domain.making import an_office, at
from tests.domain.telling import ANONG, Day

MIDNIGHT, NEXT_MIDNIGHT = at("00:00"), at("23:59:59.999999")


@pytest.fixture
def day() -> Day:
    return Day(Floor(), an_office())


def shifts(day: Day, begin: str = "00:00", end: str = "23:59:59") -> list[Shift]:
    assert isinstance(day.listener, Floor)
    return day.listener.shifts(at(begin), at(end))


def minutes(shift: Shift) -> tuple[float, float, float, float]:
    """Open, break, busy and idle."""
    work = shift.work
    return (work.open_s / 60, work.break_s / 60, work.busy_s / 60, work.idle_s / 60)


def test_a_morning_at_a_counter(day: Day) -> None:
    day.opens("08:30")
    day.serves("08:40", day.issues("08:35", "A001"), "08:50")
    missed = day.issues("08:41", "A002")
    day.calls("08:52", missed)
    day.misses("08:54", missed)
    day.pauses("09:00", "rest")
    day.opens("09:10")
    day.closes("09:30")
    (one,) = shifts(day)

    # 60 minutes open: 10 of break, 10 with A001 and 2 with A002 in hand.
    assert (one.counter, one.officer, one.opened_at, one.ended_at, one.closed_by) == (
        1, ANONG, at("08:30"), at("09:30"), "officer",
    )  # fmt: skip
    assert minutes(one) == (60, 10, 12, 38)
    assert (one.work.served, one.work.no_shows, one.work.sent_on) == (1, 1, 0)
    assert [(each.reason, each.began_at, each.ended_at, each.seconds) for each in one.breaks] == [
        ("rest", at("09:00"), at("09:10"), 600.0)
    ]


def test_a_held_visit_leaves_the_counter_idle_until_it_is_resumed(day: Day) -> None:
    day.opens("08:00")
    form = day.issues("08:00", "A001")
    day.calls("08:00", form)
    day.starts("08:01", form)
    day.holds("08:05", form)
    day.resumes("08:15", form)
    day.finishes("08:20", form)
    day.closes("08:30")
    (one,) = shifts(day)

    assert minutes(one) == (30, 0, 10, 20)


def test_a_further_service_is_one_more_and_the_time_goes_on(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    day.calls("08:00", leg)
    day.starts("08:00", leg)
    further = day.adds_a_service("08:10", leg)
    day.finishes("08:15", further)
    day.closes("08:20")
    (one,) = shifts(day)

    assert minutes(one) == (20, 0, 15, 5)
    assert one.work.served == 2


def test_a_walk_up_is_work_too(day: Day) -> None:
    day.opens("08:00")
    day.serves_a_walk_up("08:05", "08:09")
    day.closes("08:10")

    assert minutes(shifts(day)[0]) == (10, 0, 4, 6)
    assert shifts(day)[0].work.served == 1


def test_who_is_sent_on_frees_the_counter(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    day.calls("08:00", leg)
    day.starts("08:01", leg)
    day.sends_on("08:06", leg, counter=1)
    day.closes("08:10")
    (one,) = shifts(day)

    assert minutes(one) == (10, 0, 6, 4)
    assert (one.work.served, one.work.sent_on) == (0, 1)


def test_an_undone_call_was_no_work(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    call = day.calls("08:01", leg)
    day.undoes("08:02", leg, call, "ticket_called")
    day.closes("08:10")

    assert minutes(shifts(day)[0]) == (10, 0, 0, 10)


def test_work_went_on_through_an_undone_finish(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    day.calls("08:00", leg)
    day.starts("08:00", leg)
    finish = day.finishes("08:05", leg)
    day.undoes("08:06", leg, finish, "service_finished")
    day.finishes("08:08", leg)
    day.closes("08:10")
    (one,) = shifts(day)

    assert minutes(one) == (10, 0, 8, 2)
    assert one.work.served == 1


def test_where_the_days_end_closed_it_its_time_ends_with_the_officers_last_step(day: Day) -> None:
    day.opens("08:00")
    day.serves("08:10", day.issues("08:05", "A001"), "08:20")
    day.issues("15:00", "A002")  # A citizen's step is not the officer's.
    day.day_ends("2026-11-24T08:30:00+07:00", actor=ANONG)  # Her first command on the next day.
    (one,) = shifts(day)

    assert (one.ended_at, one.closed_by) == (at("08:20"), "day_end")
    assert minutes(one) == (20, 0, 10, 10)


def test_a_visit_that_nobody_finished_is_work_until_its_last_step(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    day.calls("08:01", leg)
    day.starts("08:03", leg)
    day.closes_ticket("2026-11-24T08:30:00+07:00", leg, counter=1)
    day.day_ends("2026-11-24T08:30:00+07:00")

    assert minutes(shifts(day)[0]) == (3, 0, 2, 1)


def test_a_forgotten_visit_is_no_work_where_the_counter_stays_open(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    day.calls("08:01", leg)
    day.starts("08:03", leg)
    day.closes_ticket("2026-11-24T08:30:00+07:00", leg, counter=1)

    assert minutes(shifts(day, end="09:00")[0]) == (60, 0, 2, 58)


def test_a_shift_and_a_break_that_go_on_count_until_now(day: Day) -> None:
    day.opens("08:00")
    day.pauses("08:40")
    (one,) = shifts(day, end="09:00")

    assert (one.ended_at, one.closed_by, one.breaks[0].ended_at) == (None, None, None)
    assert minutes(one) == (60, 20, 0, 40)


def test_only_the_time_asked_counts(day: Day) -> None:
    day.opens("08:00")
    day.serves("08:10", day.issues("08:05", "A001"), "08:40")
    day.serves("08:50", day.issues("08:45", "A002"), "09:20")
    day.closes("10:00")
    (one,) = shifts(day, begin="08:30", end="09:00")

    assert minutes(one) == (30, 0, 20, 10)
    assert one.work.served == 1
    assert one.ended_at is None  # At nine it went on.
    assert shifts(day, begin="10:00", end="11:00") == []


def test_two_officers_at_one_counter_have_a_shift_each(day: Day) -> None:
    day.opens("08:00")
    day.closes("09:00")
    day.officer = "account:2"
    day.opens("09:00")
    day.serves("09:10", day.issues("09:00", "A001"), "09:30")
    day.closes("10:00")
    first, second = shifts(day)

    assert [first.officer, second.officer] == [ANONG, "account:2"]
    assert minutes(first) == (60, 0, 0, 60)
    assert minutes(second) == (60, 0, 20, 40)
    whole = together([first.work, second.work])
    assert (whole.open_s, whole.busy_s, whole.idle_s, whole.served) == (7200.0, 1200.0, 6000.0, 1)


def test_nobody_came() -> None:
    assert Floor().shifts(MIDNIGHT, NEXT_MIDNIGHT) == []
    assert together([]).open_s == 0


def test_a_transfer_that_was_taken_back_leaves_the_visit_in_hand_all_the_time(day: Day) -> None:
    day.opens("08:00")
    leg = day.issues("08:00", "A001")
    day.calls("08:00", leg)
    started = day.starts("08:00", leg)
    day.sends_on("08:05", leg, counter=1)
    day.undoes("08:05:30", leg, started + 1, "ticket_transferred")
    day.finishes("08:10", leg)
    day.closes("08:30")
    (one,) = shifts(day)

    assert minutes(one) == (30, 0, 10, 20)
    assert one.work.sent_on == 0
