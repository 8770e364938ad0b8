"""The books at the day's end: journal, report and `saduak verify`, each held against the events."""

import threading
from dataclasses import dataclass
from typing import Any

from server.demo.client import Client
from server.demo.comparing import GROUPINGS, differences, figure_count
from server.demo.floor import Floor
from server.demo.paper import PaperCount, await_paper, count_paper
from server.demo.reckoning import Day, disagreements, reckon
from server.demo.server_process import ServerProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The day as the events tell it, and whether everybody else tells the same."""

    day: Day
    paper: PaperCount
    calls_made: int
    acknowledged: int
    verdicts: tuple[str, ...]
    troubles: tuple[str, ...]


def balance(floor: Floor, server: ServerProcess, manager_token: str) -> Balance:
    """Ask the server for its events and reports, run `saduak verify`, and compare figure by figure."""
    # A `stop` of its own: the floor's is set by now.
    manager = Client(server.base_url, manager_token, threading.Event())
    await_paper(manager)
    date = floor.plan.starts_at.date().isoformat()
    events = _all_events(manager)
    day = reckon(events)
    reports = [manager.get("/reports/waiting", **{"from": date, "to": date, "by": by}) for by in GROUPINGS]
    entries = floor.journal.entries
    lost = disagreements(entries, events)
    wrong = [text for report in reports for text in differences(day, report)]
    paper = count_paper(events)
    verified = server.run("verify")
    unverified = [f"saduak verify: {(verified.stdout + verified.stderr).strip()}"] if verified.returncode else []
    return Balance(
        day=day,
        paper=paper,
        calls_made=sum(event["kind"] == "ticket_called" for event in events),
        acknowledged=sum(entry["actor"] != "server" for entry in entries),
        verdicts=_verdicts(sum(map(figure_count, reports)), lost, wrong, unverified),
        troubles=(*lost, *wrong, *unverified, *paper.troubles),
    )


def _verdicts(figures: int, lost: list[str], wrong: list[str], unverified: list[str]) -> tuple[str, ...]:
    return (
        f"{len(lost)} acknowledged commands and events do NOT match."
        if lost
        else "Every acknowledged command is in the events exactly once.",
        f"{len(wrong)} of {figures} figures of the report do NOT match the events."
        if wrong
        else f"The report equals a second reckoning from the events, all {figures} figures.",
        "saduak verify does NOT agree with the report."
        if unverified
        else "saduak verify recomputed the report from the events: equal.",
    )


def _all_events(client: Client) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after = 0
    while True:
        page = client.get("/events", after=after)
        events += page["events"]
        if not page["more"]:
            return events
        after = page["next"]
