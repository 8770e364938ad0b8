"""What happened, as it is kept for ever."""

import json
import re
from dataclasses import fields
from datetime import date, datetime
from typing import Any, get_args

import pytest

from server.domain import events
from server.domain.events import ALL, Event, from_payload
from tests.domain.making import MONDAY, at

VALUES: dict[str, Any] = {"day": MONDAY, "expires_at": at("09:01"), "place_at": at("08:45"), "language": "en",
                          "since": at("08:58"),
                          "ticket_class": "priority", "services": ("id_first", "id_renew"),
                          "passed_first": None}  # fmt: skip


def an_event(kind: type[Event]) -> Event:
    def value(name: str, annotation: Any) -> Any:
        if name in VALUES:
            return VALUES[name]
        return 7 if annotation is int or int in get_args(annotation) else f"some {name}"

    return kind(**{each.name: value(each.name, each.type) for each in fields(kind)})


@pytest.mark.parametrize("kind", ALL.values(), ids=lambda kind: kind.kind())
def test_an_event_comes_back_from_its_stored_payload_as_it_was(kind: type[Event]) -> None:
    event = an_event(kind)

    stored = json.dumps(event.payload())

    assert from_payload(kind.kind(), json.loads(stored)) == event


@pytest.mark.parametrize("kind", ALL.values(), ids=lambda kind: kind.kind())
def test_what_a_later_version_adds_is_ignored(kind: type[Event]) -> None:
    event = an_event(kind)

    assert from_payload(kind.kind(), event.payload() | {"said_later": 1}) == event


def test_what_an_earlier_version_did_not_say_has_its_usual_value() -> None:
    called = an_event(events.TicketCalled)
    earlier = {name: value for name, value in called.payload().items() if not name.startswith("passed")}

    restored = from_payload("ticket_called", earlier)

    assert isinstance(restored, events.TicketCalled)
    assert (restored.passed, restored.passed_first, restored.passed_last) == (0, None, None)


def test_a_kind_that_never_was_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        from_payload("ticket_eaten", {})


def test_every_event_of_the_module_is_in_the_list_by_its_wire_name() -> None:
    defined = {
        each for each in vars(events).values()
        if isinstance(each, type) and issubclass(each, Event) and each is not Event
    }  # fmt: skip

    assert set(ALL.values()) == defined
    assert ALL["ticket_no_show"] is events.TicketNoShow
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", kind) for kind in ALL)


@pytest.mark.parametrize("kind", ALL.values(), ids=lambda kind: kind.kind())
def test_no_event_has_a_place_for_a_person_or_for_free_text(kind: type[Event]) -> None:
    names = {each.name for each in fields(kind)}

    assert not names & {"name", "officer", "user", "actor", "phone", "citizen", "text", "comment", "note", "document"}


def test_times_and_days_are_written_with_what_they_mean() -> None:
    opened = an_event(events.RatingOpened).payload()
    issued = an_event(events.TicketIssued).payload()

    assert datetime.fromisoformat(opened["expires_at"]) == at("09:01")
    assert datetime.fromisoformat(opened["expires_at"]).tzinfo is not None
    assert date.fromisoformat(issued["day"]) == MONDAY
