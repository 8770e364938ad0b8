"""When devices did not do what they are there for: small days, recomputed by hand."""

from datetime import datetime

from server.domain.events import DeviceChanged
from server.domain.gaps import Gap, at_work, gaps_of, seconds_within
from server.domain.shifts import BreakTaken, Shift, Work
from tests.domain.making import at

TABLET = "device:7"
NO_WORK = Work(open_s=0, break_s=0, busy_s=0, idle_s=0, served=0, sent_on=0, no_shows=0)


def changed(clock: str, state: str, device: str = TABLET, since: str | None = None) -> tuple[datetime, DeviceChanged]:
    return at(clock), DeviceChanged(device=device, state=state, since=at(since) if since else None)


def gaps(*told: tuple[datetime, DeviceChanged], begin: str = "08:00", end: str = "17:00") -> list[tuple[str, str, str]]:
    """Each gap of the tablet as its state, beginning and end."""
    found = gaps_of(told, at(begin), at(end)).get(TABLET, [])
    return [(gap.state, clock(gap.began_at), clock(gap.ended_at) + ("+" if gap.goes_on else "")) for gap in found]


def clock(moment: datetime) -> str:
    return f"{moment.astimezone(at('00:00').tzinfo).hour + 7:02}:{moment.minute:02}"


def a_shift(opened: str, ended: str | None, *breaks: tuple[str, str | None], counter: int = 3) -> Shift:
    taken = [BreakTaken("rest", at(began), at(over) if over else None, 0.0) for began, over in breaks]
    return Shift(counter=counter, officer="account:1", opened_at=at(opened), ended_at=at(ended) if ended else None,
                 closed_by=None, breaks=taken, work=NO_WORK)  # fmt: skip


def test_a_silence_begins_when_the_device_was_last_heard_of_not_when_it_was_noticed() -> None:
    assert gaps(changed("08:10", "ok"), changed("09:01", "silent", since="09:00"), changed("09:30", "ok")) == [
        ("silent", "09:00", "09:30")
    ]


def test_a_tablet_that_is_hidden_and_then_silent_has_two_gaps_side_by_side() -> None:
    told = (changed("08:10", "ok"), changed("10:00", "hidden"), changed("10:20", "silent", since="10:15"))

    assert gaps(*told, changed("11:00", "ok")) == [("hidden", "10:00", "10:15"), ("silent", "10:15", "11:00")]


def test_what_goes_on_is_counted_until_the_end_and_says_so() -> None:
    assert gaps(changed("08:10", "ok"), changed("16:00", "no_sound")) == [("no_sound", "16:00", "17:00+")]


def test_what_began_before_is_counted_from_the_beginning() -> None:
    assert gaps(changed("06:00", "silent", since="05:59"), changed("08:30", "ok")) == [("silent", "08:00", "08:30")]


def test_what_ended_only_after_the_time_asked_had_not_ended_in_it() -> None:
    told = (changed("09:00", "hidden"), changed("12:00", "ok"))

    assert gaps(*told, end="10:00") == [("hidden", "09:00", "10:00+")]
    assert gaps(*told, begin="12:00", end="13:00") == []


def test_a_silence_noticed_after_the_time_asked_still_lay_in_it() -> None:
    assert gaps(changed("08:10", "ok"), changed("12:01", "silent", since="11:00"), end="12:00") == [
        ("silent", "11:00", "12:00+")
    ]


def test_a_device_that_was_paired_and_never_heard_of_has_no_gap() -> None:
    assert gaps(changed("08:00", "paired")) == []


def test_a_gap_ends_when_the_device_is_revoked() -> None:
    assert gaps(changed("09:00", "silent"), changed("09:05", "revoked")) == [("silent", "09:00", "09:05")]


def test_a_silence_cannot_begin_before_the_device_last_said_something_else() -> None:
    assert gaps(changed("09:00", "ok"), changed("09:05", "silent", since="08:00"), changed("09:10", "ok")) == [
        ("silent", "09:00", "09:10")
    ]


def test_devices_and_printers_are_told_apart() -> None:
    told = (changed("09:00", "silent"), changed("09:00", "paper_out", "printer"), changed("09:10", "ok", "device:8"))

    assert set(gaps_of([*told, changed("09:20", "ok")], at("08:00"), at("17:00"))) == {TABLET}


def test_a_counter_is_at_work_while_it_is_open_and_not_on_a_break() -> None:
    shifts = [a_shift("08:30", "12:00", ("09:00", "09:10"), ("11:50", None)), a_shift("13:00", None)]

    assert at_work(shifts, at("17:00")) == {
        3: [
            (at("08:30"), at("09:00")),
            (at("09:10"), at("11:50")),
            (at("13:00"), at("17:00")),
        ]
    }


def test_of_a_gap_the_time_within_the_shift_is_counted_by_hand() -> None:
    # Silent 08:50 to 09:30: 10 minutes until the break, 20 after it.
    gap = Gap("silent", at("08:50"), at("09:30"), False)

    assert seconds_within(gap, at_work([a_shift("08:30", "12:00", ("09:00", "09:10"))], at("17:00"))[3]) == 1800
    assert gap.seconds == 2400
    assert seconds_within(gap, []) == 0
