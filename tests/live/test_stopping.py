"""Told to end, the server ends at once whoever listens; started again, it goes on where it was."""

from __future__ import annotations

import time
from contextlib import ExitStack

from tests.live.people import People
from tests.running import RunningOffice

ENDS_WITHIN_SECONDS = 10.0  # DESIGN 9.
SCREENS = [("display", 1), ("kiosk", 1), ("manager", 1), *(("officer", n) for n in range(1, 7)), ("rating", 1)]


def test_sigterm_ends_the_server_while_screens_listen_and_it_goes_on_where_it_was(
    office_in_each_mode: RunningOffice, people_in_each_mode: People
) -> None:
    office, people = office_in_each_mode, people_in_each_mode
    with people.officer_at(1), ExitStack() as stack:
        ears = [stack.enter_context(people.ear(role, counter)) for role, counter in SCREENS]
        people.a_visit(score=None)
        ears[0].hears("service_finished")
        before = ears[0].chain[-1][1]

        began = time.monotonic()
        office.stop()
        took = time.monotonic() - began
        office.start()

        assert took < ENDS_WITHIN_SECONDS
        with people.ear("display") as display:
            people.a_visit(score=None)
            display.hears("service_finished")
            assert display.chain[0][1] == before
            assert not display.has_a_gap
