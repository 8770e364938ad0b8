"""On eventlet, where all threads share one: nothing may yield inside a unit of work, and who does is caught."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.services.office import Founder, OfficeAtWork

ROOT = Path(__file__).parents[2]


def on_eventlet(story: str, office: OfficeAtWork) -> tuple[dict[str, Any], str]:
    """What the story saw, and what was logged."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.db.on_eventlet", story, office.url],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_a_sleep_inside_a_unit_of_work_is_seen_and_logged(found_on_sqlite: Founder) -> None:
    saw, log = on_eventlet("somebody_sleeps_inside_a_work", found_on_sqlite())

    assert saw["yields_seen"] == 1
    assert log.count("yield_inside_unit_of_work") == 1
    assert saw["kinds"] == ["ticket_issued"]  # The other waited its turn: late, and right.


def test_our_own_loop_refuses_to_yield_inside_a_unit_of_work(found_on_sqlite: Founder) -> None:
    saw, log = on_eventlet("the_loop_is_asked_inside_a_work", found_on_sqlite())

    assert saw == {"refused": ["sleep", "run_blocking"], "yields_seen": 0, "outside": 7}
    assert "yield_inside" not in log


def test_an_ordinary_hour_on_green_threads_yields_in_no_unit_of_work(office: OfficeAtWork) -> None:
    saw, log = on_eventlet("an_ordinary_hour", office)

    assert saw["yields_seen"] == 0
    assert saw["served"] == [f"A{number:03}" for number in range(1, 25)]
    assert saw["breaths"] > 24  # The display was drawn all along: nobody held the others up.
    assert saw["differences"] == []
    assert "Traceback" not in log
