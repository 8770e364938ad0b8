"""The waiting room's screen."""

from typing import Any

from flask import Blueprint, render_template

from server.services import looking
from server.web.askers import asker
from server.web.desk import desk
from server.web.plain import plain

STILL_ANNOUNCED_S = looking.STILL_ANNOUNCED.total_seconds()

display = Blueprint("display", __name__, template_folder="templates")


@display.get("/display")
def board() -> str:
    """Show the calls, the missed and the queues as they stand; the script keeps them true."""
    state = plain(looking.display_state(desk().db, asker("see_display")))
    return render_template("display/board.html", state=state, still_announced_s=STILL_ANNOUNCED_S,
                           open_call=next(filter(_may_stand_large, state["calls"]), None))  # fmt: skip


def _may_stand_large(call: dict[str, Any]) -> bool:
    """Return whether somebody is still to come to that call; board.js answers the same."""
    return bool(call["state"] == "called" and call["age_s"] <= STILL_ANNOUNCED_S)
