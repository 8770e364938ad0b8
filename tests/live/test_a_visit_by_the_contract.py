"""A visit from tap to figure, done by a program that knows only the contract (DESIGN 9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.live.outside import Ear, Payload
from tests.live.people import People

SPANS = ("wait", "walk", "service", "total")
OF_DISPLAY_CALL = {"call_id", "number", "counter", "queue", "language", "times"}
OF_EVERY_MESSAGE = {"seq", "previous", "at"}


def test_an_outside_client_takes_a_visit_from_the_tap_to_the_report(people_in_each_mode: People) -> None:
    people = people_in_each_mode
    before = people.manager.get("/reports/waiting", by="service")["all"]
    offered = people.kiosk.get("/services")["services"]
    service = next(each for each in offered if each["id"] == "id_renew")
    with people.officer_at(1) as officer, people.ears(display=("display", 1), tablet=("rating", 1)) as ears:
        display, tablet = ears["display"], ears["tablet"]

        taken = people.takes_a_number(service["id"], language="en")
        called = officer.post("/counters/1/call-next")
        announced = display.hears("ticket_called", number=taken["number"])
        recalled = officer.post(f"/tickets/{called['id']}/recall")
        again = display.hears("ticket_recalled", number=taken["number"])
        shown = people.voice("display").get("/display/state")["calls"][0]
        started = officer.post(f"/tickets/{called['id']}/start")
        finished = officer.post(f"/tickets/{called['id']}/finish")
        opened = tablet.hears("rating_opened", number=taken["number"])
        slot = people.voice("rating").get("/rating/1/state")["slot"]
        rating = people.voice("rating").post("/ratings", slot=opened["slot"], score=4)
        tablet.hears("rating_given", slot=opened["slot"])

    assert (taken["state"], called["state"], recalled["calls"]) == ("waiting", "called", 2)
    assert (started["state"], finished["state"], finished["counter"]) == ("serving", "finished", 1)
    assert announced.keys() == again.keys() == OF_DISPLAY_CALL | OF_EVERY_MESSAGE
    assert (announced["counter"], announced["queue"], announced["language"], announced["times"]) == (1, "A", "en", 1)
    assert (again["times"], shown["call_id"], shown["times"]) == (2, again["call_id"], 2)
    assert slot == {"id": opened["slot"], "number": taken["number"], "expires_at": opened["expires_at"]}
    assert (rating["slot"], rating["score"]) == (opened["slot"], 4)
    report_tells_of_one_more(before, people.manager.get("/reports/waiting", by="service"), service["id"])
    events_tell_the_visit(people.manager.events(), taken["id"])
    assert people.voice("officer").get(f"/tickets/{taken['id']}")["finished_at"] == finished["finished_at"]


def test_the_kiosk_hears_that_its_slip_is_printed(people_in_each_mode: People) -> None:
    people = people_in_each_mode
    with people.officer_at(1), people.ear("kiosk") as kiosk:
        taken = people.takes_a_number()
        printed = kiosk.hears("slip_printed", within=15, ticket=taken["id"])
        people.voice("officer").post("/counters/1/call-next")

    assert printed.keys() == {"ticket", "state"} | OF_EVERY_MESSAGE
    assert people.kiosk.get(f"/tickets/{taken['id']}")["print"]["state"] == printed["state"] == "printed"


def test_times_are_in_the_offices_zone_and_in_order(people: People) -> None:
    with people.officer_at(1):
        finished = people.a_visit()

    moments = [datetime.fromisoformat(finished[f"{step}_at"]) for step in ("issued", "called", "started", "finished")]
    assert moments == sorted(moments)
    assert {moment.utcoffset() for moment in moments} == {timedelta(hours=7)}


def test_one_request_id_is_one_ticket_however_often_it_is_sent(people_in_each_mode: People) -> None:
    people = people_in_each_mode
    body = {"service": "id_renew", "request_id": "tapped-twice"}
    with people.officer_at(1) as officer, people.ear("manager") as manager:
        first, second = (people.kiosk.ask("POST", "/tickets", json=body) for _ in range(2))
        other = people.kiosk.ask("POST", "/tickets", json={**body, "priority": True})
        called = officer.ask("POST", "/counters/1/call-next", json={"request_id": "pressed-twice"})
        called_again = officer.ask("POST", "/counters/1/call-next", json={"request_id": "pressed-twice"})
        busy = officer.ask("POST", "/counters/1/call-next", json={})
        manager.hears("ticket_called")

        assert (first.status_code, second.status_code, second.json()) == (201, 200, first.json())
        assert (other.status_code, other.json()["code"]) == (409, "request_id_reused")
        assert (called.status_code, called_again.status_code) == (200, 200)
        assert called_again.json() == called.json()
        assert (busy.status_code, busy.json()["code"]) == (409, "counter_busy")
        assert manager.names.count("ticket_issued") == manager.names.count("ticket_called") == 1


def test_nobody_waits_is_204_without_a_body(people: People) -> None:
    with people.officer_at(5) as officer:
        answer = officer.ask("POST", "/counters/5/call-next", json={})

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_no_show_is_told_to_the_waiting_room(people: People) -> None:
    with people.officer_at(1) as officer, people.ear("display") as display:
        taken = people.takes_a_number()
        officer.post("/counters/1/call-next")

        officer.post(f"/tickets/{taken['id']}/no-show")

        missed = display.hears("ticket_no_show", number=taken["number"])
        assert missed.keys() == {"number", "counter"} | OF_EVERY_MESSAGE
        state = people.voice("display").get("/display/state")
        assert taken["number"] in [each["number"] for each in state["missed"]]


def test_a_snapshot_carries_the_seq_that_its_audience_heard_last(people: People) -> None:
    with people.officer_at(1), people.ears(display=("display", 1), tablet=("rating", 1), staff=("officer", 2)) as ears:
        people.a_visit()
        snapshots = {
            "display": people.voice("display").get("/display/state"),
            "tablet": people.voice("rating").get("/rating/1/state"),
            "staff": people.voice("officer").get("/counters/1/state"),
        }

        for name, snapshot in snapshots.items():
            heard(ears[name], snapshot["seq"])
            assert ears[name].chain[-1][1] == snapshot["seq"], name


def heard(ear: Ear, seq: int) -> None:
    ear.hears_seq(seq)


def report_tells_of_one_more(before: Payload, report: Payload, service: str) -> None:
    row = next(each for each in report["rows"] if each["key"] == service)
    assert report["all"]["n"] == before["n"] + 1
    assert row["n"] >= 1
    for span in SPANS:
        assert row[span].keys() == {"mean_s", "median_s", "p90_s", "max_s"}
        assert all(0 <= figure < 120 for figure in row[span].values())


def events_tell_the_visit(events: list[Payload], ticket: str) -> None:
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    of_visit = [each for each in events if str(each["payload"].get("ticket")) == ticket]
    kinds = [each["kind"] for each in of_visit if not each["kind"].startswith("slip_")]
    assert kinds == [
        "ticket_issued", "ticket_called", "ticket_recalled", "service_started", "service_finished", "rating_opened",
    ]  # fmt: skip
    visit = of_visit[0]["payload"]["visit"]
    rated = [each for each in events if each["kind"] == "rating_given" and each["payload"]["visit"] == visit]
    assert [each["payload"]["score"] for each in rated] == [4]
