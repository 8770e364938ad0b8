"""Who hears what: each audience every event it may know of, once, in order, linked by `previous`; and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.live.outside import Heard, Payload
from tests.live.people import People

SEQ = {"seq", "previous", "at"}
PLACE = {"number", "counter"}
CALL = {"call_id", "number", "counter", "queue", "language", "times"}
TICKET = {"ticket", "number"}
STAFF: dict[str, set[str]] = {
    "ticket_issued": {
        *TICKET,
        "service",
        "queue",
        "class",
        "language",
        "day",
        "ahead",
        "low_min",
        "high_min",
        "place_at",
    },
    "ticket_called": {*CALL, "ticket", "service", "passed", "how", "reason"},
    "ticket_recalled": {*CALL, "ticket"},
    "service_started": {"ticket", *PLACE},
    "service_finished": {"ticket", *PLACE},
    "ticket_no_show": {"ticket", *PLACE},
    "counter_opened": {"counter", "services"},
    "counter_closed": {"counter", "reason"},
    "device_changed": {"device", "state", "device_kind", "counter", "since"},
    "slip_printed": {"ticket", "job", "state", "copy"},
    "slip_failed": {"ticket", "job", "state", "reason", "copy"},
}
MAY_KNOW: dict[str, Mapping[str, set[str]]] = {
    "display": {
        "ticket_issued": {"queue"},
        "ticket_called": CALL,
        "ticket_recalled": CALL,
        "service_started": PLACE,
        "service_finished": PLACE,
        "ticket_no_show": PLACE,
        "counter_opened": {"counter"},
        "counter_closed": {"counter"},
    },
    "kiosk": {
        "ticket_issued": {"queue"},
        "ticket_called": {"queue"},
        "counter_opened": {"counter"},
        "counter_closed": {"counter"},
        "slip_printed": {"ticket", "state"},
        "slip_failed": {"ticket", "state", "reason"},
        "device_changed": {"device", "state"},
    },
    "rating": {
        "rating_opened": {"slot", "number", "expires_at"},
        "rating_given": {"slot"},
        "rating_ended": {"slot"},
    },
    "officer": STAFF,
    "reception": STAFF,
    "manager": STAFF
    | {
        "rating_opened": {"slot", "ticket", "number", "counter", "expires_at"},
        "rating_given": {"slot", "counter", "score"},
        "rating_ended": {"slot", "counter"},
    },
}


@dataclass(frozen=True)
class Morning:
    """What every audience heard of a few visits, and what the events say about them."""

    heard: Mapping[str, list[Heard]]
    events: list[Payload]


@pytest.fixture(scope="module")
def morning(people_in_each_mode: People) -> Morning:
    """Two counters, a recall, a no-show, two slots, one rating."""
    people = people_in_each_mode
    audiences = {role: (role, 1) for role in MAY_KNOW} | {"other tablet": ("rating", 3)}
    with people.ears(**audiences) as ears:
        with people.officer_at(1) as first, people.officer_at(3) as second:
            people.a_visit(1, "id_renew", score=5)
            people.a_visit(3, "move_in", score=None)
            taken = people.takes_a_number("id_lost", priority=True, language="en")
            first.post("/counters/1/call-next")
            first.post(f"/tickets/{taken['id']}/recall")
            first.post(f"/tickets/{taken['id']}/no-show")
            stays = people.takes_a_number("move_in")
            second.post("/counters/3/call-next")
            ears["kiosk"].hears("slip_printed", within=20, ticket=stays["id"])
        events = people.manager.events()
        for name, ear in ears.items():
            if due := due_to(name, events, after=ear.heard[0].payload["seq"]):
                ear.hears_seq(due[-1])
        last = events[-1]["seq"]  # The printer goes on meanwhile.
        return Morning({name: ear.heard_until(last) for name, ear in ears.items()}, events)


def due_to(name: str, events: list[Payload], *, after: int) -> list[int]:
    """The seqs that this audience is to hear, by the events themselves."""
    kinds = MAY_KNOW["rating" if name == "other tablet" else name]
    counter = {"rating": 1, "other tablet": 3}.get(name)
    return [
        each["seq"]
        for each in events
        if each["seq"] > after and each["kind"] in kinds and counter in (None, each["payload"].get("counter"))
    ]


@pytest.mark.parametrize("name", [*MAY_KNOW, "other tablet"])
def test_an_audience_hears_every_event_that_is_its_own_once_and_in_order(morning: Morning, name: str) -> None:
    hello, *rest = morning.heard[name]

    assert hello.name == "hello"
    assert [each.payload["seq"] for each in rest] == due_to(name, morning.events, after=hello.payload["seq"])


@pytest.mark.parametrize("name", [*MAY_KNOW, "other tablet"])
def test_each_message_names_the_last_one_that_this_audience_got(morning: Morning, name: str) -> None:
    hello, *rest = morning.heard[name]
    seqs = [hello.payload["seq"], *(each.payload["seq"] for each in rest)]

    assert [each.payload["previous"] for each in rest] == seqs[:-1]
    assert seqs == sorted(set(seqs))


@pytest.mark.parametrize("name", [*MAY_KNOW, "other tablet"])
def test_an_audience_hears_what_it_may_know_and_not_a_fact_more(morning: Morning, name: str) -> None:
    hello, *rest = morning.heard[name]
    facts = MAY_KNOW["rating" if name == "other tablet" else name]

    assert hello.payload.keys() == {"seq"}
    assert rest
    for each in rest:
        assert each.payload.keys() == facts[each.name] | SEQ, each.name


def test_a_tablet_hears_its_own_counter_only(morning: Morning) -> None:
    rated = {name: {each.name for each in morning.heard[name][1:]} for name in ("rating", "other tablet")}
    numbers = {name: numbers_told(morning.heard[name]) for name in rated}

    assert rated == {"rating": {"rating_opened", "rating_given"}, "other tablet": {"rating_opened", "rating_ended"}}
    assert not numbers["rating"] & numbers["other tablet"]


def test_nobody_behind_a_counter_hears_of_a_rating(morning: Morning) -> None:
    for name in ("officer", "reception", "display", "kiosk"):
        assert not [each.name for each in morning.heard[name] if "rating" in each.name], name
        assert not [each for each in morning.heard[name] if "score" in each.payload or "slot" in each.payload], name


def test_ids_are_texts_on_the_wire_as_in_the_api(morning: Morning) -> None:
    told = [each.payload for heard in morning.heard.values() for each in heard]

    assert {type(each[name]) for each in told for name in ("ticket", "slot") if name in each} == {str}


def test_a_message_says_when_it_happened_in_the_offices_zone(morning: Morning) -> None:
    occurred = {each["seq"]: each["occurred_at"] for each in morning.events}

    for heard in morning.heard.values():
        for each in heard[1:]:
            assert each.payload["at"] == occurred[each.payload["seq"]]


def numbers_told(heard: list[Heard]) -> set[str]:
    return {each.payload["number"] for each in heard if "number" in each.payload}
