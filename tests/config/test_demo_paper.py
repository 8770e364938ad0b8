"""The demonstration day's count of its slips, on events written by hand."""

from datetime import timedelta
from typing import Any

from server.demo.day import CONFIG, read_plan
from server.demo.paper import count_paper


def issued(ticket: int) -> dict[str, Any]:
    return {"kind": "ticket_issued", "payload": {"ticket": ticket, "number": f"A{ticket:03}"}}


def printed(ticket: int, *, copy: bool = False) -> dict[str, Any]:
    return {"kind": "slip_printed", "payload": {"ticket": ticket, "state": "printed", "copy": copy}}


def failed(ticket: int, state: str) -> dict[str, Any]:
    return {"kind": "slip_failed", "payload": {"ticket": ticket, "state": state, "copy": False}}


def test_each_slip_is_counted_by_how_it_ended() -> None:
    told = [
        issued(1), printed(1),
        issued(2), failed(2, "queued"), printed(2),
        issued(3), failed(3, "unknown"), printed(3, copy=True),
        issued(4), failed(4, "dropped"),
    ]  # fmt: skip

    count = count_paper(told)

    assert (count.tickets, count.printed, count.copies, count.asked) == (4, 2, 1, 2)
    assert count.troubles == ()


def test_a_first_slip_that_came_twice_and_one_that_nobody_knows_of_are_errors() -> None:
    count = count_paper([issued(1), printed(1), printed(1), issued(2), failed(2, "queued")])

    assert count.troubles == (
        "the slip of A001 came twice without the mark of a copy",
        "nobody knows of a slip of A002",
    )


def test_the_days_mishaps_are_read_in_order() -> None:
    plan, _ = read_plan(CONFIG)

    assert [each.fault for each in plan.mishaps] == ["paper_out", "connection_cut", "cover_open"]
    assert plan.mishaps[0].lasts == timedelta(minutes=7)
    assert sorted(each.at for each in plan.mishaps) == [each.at for each in plan.mishaps]
