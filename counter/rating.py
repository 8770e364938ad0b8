"""The rating tablet: asleep until a service is finished at its counter, then one tap."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from server.domain.errors import QueueError
from server.services import looking, rating
from server.services.shapes import RatingRequest
from server.web.askers import device_of
from server.web.desk import desk
from server.web.plain import plain
from server.web.refusing import refused

LONGEST_FIELD = 64

tablet = Blueprint("rating", __name__, template_folder="templates")


@tablet.get("/rating")
def screen() -> str:
    """Show the tablet of this browser's counter."""
    return _screen(request.args.get("counter", type=int))


@tablet.post("/rating/ratings")
def rate() -> BaseResponse:
    """Take the tap and thank; refused, say why."""
    device = device_of("rating", request.form.get("counter", type=int))
    score = request.form.get("score", "")
    wanted = RatingRequest(
        slot=request.form.get("slot", "")[:20],
        score=int(score) if score.isdecimal() and len(score) == 1 else 0,
        request_id=request.form.get("request_id", "")[:LONGEST_FIELD] or None,
    )
    try:
        rating.give_rating(desk().db, device, wanted)
    except QueueError as refusal:
        return refused(refusal, lambda notice: _screen(device.counter, notice=notice))
    return redirect(f"/rating?counter={device.counter}&thanks=1", 303)


def _screen(counter: int | None, notice: dict[str, str] | None = None) -> str:
    device = device_of("rating", counter)
    assert device.counter is not None  # because a rating tablet is paired to a counter.
    state = plain(looking.rating_state(desk().db, device, device.counter))
    thanks = "thanks" in request.args
    return render_template(
        "counter/rating.html", state=state, counter_number=device.counter, notice=notice, thanks=thanks
    )
