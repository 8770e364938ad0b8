"""The publisher goes on, whatever one event is like."""

from typing import Any

import pytest

from server.app import WHO_IS_TOLD
from server.live.publisher import Publisher
from server.loop import Loop
from tests.services.office import Founder, OfficeAtWork


class Ears:
    """Hears what the display is told, and breaks once at an event of that kind."""

    def __init__(self, breaks_at: str) -> None:
        self.heard: list[tuple[str, int, int]] = []
        self._breaks_at = breaks_at

    def is_heard(self, room: str) -> bool:
        return room.endswith(":display")

    def emit(self, name: str, facts: dict[str, Any], room: str) -> None:
        if name == self._breaks_at:
            raise TypeError("this event cannot be written")
        self.heard.append((name, facts["seq"], facts["previous"]))


@pytest.fixture
def office(tmp_path: Any) -> OfficeAtWork:
    """The demo office."""
    return Founder(tmp_path, None)()


def test_an_event_that_cannot_be_told_silences_none_after_it_and_every_screen_looks_anew(office: OfficeAtWork) -> None:
    ears = Ears("ticket_called")
    publisher = Publisher(office.engine, WHO_IS_TOLD, ears, lambda _office: office.config.zone, Loop())
    office.db.committed = publisher.ring
    office.opens(1)
    office.takes_a_number()
    called = office.calls_somebody(1)
    office.starts(called)

    publisher.tell_all()

    call = office.events("ticket_called")[0].seq
    assert [name for name, _, _ in ears.heard] == ["counter_opened", "ticket_issued", "service_started"]
    _, _, previous = ears.heard[-1]
    assert previous == call
