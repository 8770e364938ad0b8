"""A client that missed an event sees it by `previous`, and the snapshot heals it."""

from __future__ import annotations

from itertools import pairwise

from tests.live.people import People


def test_a_client_that_was_away_sees_by_hello_that_it_missed_something(people: People) -> None:
    with people.officer_at(1) as officer:
        with people.ear("display") as before:
            last_heard = before.chain[-1][1]
        taken = people.takes_a_number()
        officer.post("/counters/1/call-next")
        with people.ear("display") as after:
            hello = after.chain[0][1]
            snapshot = people.voice("display").get("/display/state")

    assert hello > last_heard
    assert snapshot["seq"] == hello
    assert snapshot["calls"][0]["number"] == taken["number"]


def test_a_client_that_lost_one_message_sees_the_gap_at_the_next(people: People) -> None:
    with people.officer_at(1), people.ear("display") as display:
        people.a_visit(score=None)
        display.hears("service_finished")
        assert not display.has_a_gap
        lost = next(each for each in display.heard if each.name == "ticket_called")

        display.heard.remove(lost)

        assert display.has_a_gap


def test_what_only_others_hear_makes_no_gap(people: People) -> None:
    with people.officer_at(1), people.ears(display=("display", 1), manager=("manager", 1)) as ears:
        people.a_visit(score=5)
        people.a_visit(score=5)
        ears["manager"].hears_seq(people.manager.events()[-1]["seq"])
        ears["display"].hears_seq(people.voice("display").get("/display/state")["seq"])

        seqs = [seq for _, seq in ears["display"].chain]
        assert any(later - earlier > 1 for earlier, later in pairwise(seqs))
        assert not ears["display"].has_a_gap
