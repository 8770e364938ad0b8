"""What is said of a wait, in the same words on slip, kiosk, phone and board.

`waitRange` in @ui/words.js says the same; a browser test compares them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from server.web import formats

Say = Callable[..., str]
"""Says the sentence of a key in one language, with these facts."""


def wait_said(say: Say, language: str, of: Mapping[str, Any], today: str) -> str:
    """Return the wait of a ticket or queue (an API shape, as plain values); `today` is the office's date."""
    estimate = of["estimate"]
    if estimate is None:
        return _closed(say, language, of["opens_at"], today)
    if estimate["now"]:
        return say("wait.now")
    low, high, unit = estimate["low_min"], estimate["high_min"], "minutes"
    if estimate["hours"]:
        low, high, unit = estimate["hours"]["low"], estimate["hours"]["high"], "hours"
    said = say(f"wait.{unit}" if low else f"wait.{unit}_up_to", low=low, high=high)
    return say("wait.not_today", said=said) if estimate["perhaps_not_today"] else said


def wait_detail(say: Say, of: Mapping[str, Any]) -> str:
    """Return the second line: when the call is expected by the clock, or whom to ask; nothing for a wait of none."""
    estimate = of["estimate"]
    if estimate is None or estimate["now"]:
        return ""
    if estimate["perhaps_not_today"]:
        return say("wait.ask")
    return say("wait.clock", begins=formats.hhmm(estimate["begins_at"]), ends=formats.hhmm(estimate["ends_at"]))


def wait_sentences(say: Say) -> dict[str, str]:
    """Return the sentences that `waitRange` fills in, by the name of their data attribute."""
    return {f"wait-{name.replace('_', '-')}": say(f"wait.{name}") for name in SENTENCES}


SENTENCES = (
    "now",
    "minutes",
    "minutes_up_to",
    "hours",
    "hours_up_to",
    "not_today",
    "no_counter",
    "opens_at",
    "opens_on",
)


def _closed(say: Say, language: str, opens_at: str | None, today: str) -> str:
    if opens_at is None:
        return say("wait.no_counter")
    time = formats.hhmm(opens_at)
    if opens_at.startswith(today):
        return say("wait.opens_at", time=time)
    return say("wait.opens_on", day=formats.day(opens_at, language), time=time)
