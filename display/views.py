"""The waiting room's screen."""

from flask import Blueprint, render_template

from server.services import looking
from server.web.askers import asker
from server.web.desk import desk
from server.web.plain import plain

display = Blueprint("display", __name__, template_folder="templates")


@display.get("/display")
def board() -> str:
    """Show the calls, the missed and the queues as they stand; the script keeps them true."""
    return render_template("display/board.html", state=plain(looking.display_state(desk().db, asker("see_display"))))
