"""Refusals as RFC 9457 problem+json for programs, as a page for people; the same code and sentence for both."""

import logging
from datetime import datetime
from http import HTTPStatus

import msgspec
from flask import Flask, Response, render_template, request
from sqlalchemy.exc import DatabaseError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from server.db.work import named_refusal
from server.domain.errors import QueueError
from server.web import formats
from server.web.desk import desk
from server.web.language import language
from server.web.words import Catalogue

log = logging.getLogger("saduak.web")

STATUS = {
    "unknown_service": 422, "service_closed": 409, "office_closed": 409, "quota_full": 409, "unknown_ticket": 404,
    "unknown_counter": 404, "wrong_state": 409, "ticket_not_at_counter": 409, "counter_closed": 409,
    "counter_busy": 409, "counter_taken": 409, "officer_elsewhere": 409, "recall_too_soon": 409, "recall_limit": 409,
    "unknown_slot": 404, "slot_expired": 409, "slot_ended": 409, "rating_day_over": 409,
    "already_rated": 409, "invalid_score": 422, "request_id_reused": 409,
    "forbidden": 403, "unauthorized": 401, "wrong_password": 401, "too_many_attempts": 429, "entry_code_invalid": 410,
    "ticket_waiting": 409, "ticket_called": 409, "ticket_serving": 409, "ticket_held": 409, "ticket_finished": 409,
    "ticket_no_show": 409, "ticket_left": 409, "ticket_cancelled": 409, "ticket_closed": 409,
    "ticket_of_another_day": 409, "not_served_here": 409, "reason_needed": 422, "out_of_order_forbidden": 403,
    "counter_awaited": 409, "nowhere_to_go": 409, "unknown_queue": 422, "nothing_to_undo": 409, "cannot_undo": 409,
    "service_given_now": 409, "no_show_early": 409, "undo_too_late": 409, "not_your_step": 403,
    "numbers_exhausted": 409, "office_code_fixed": 409, "demo_fixed": 409, "configuration_in_use": 409,
    "configuration_moved": 409, "clock_unconfirmed": 409, "clock_not_ahead": 409,
    "pairing_unknown": 404, "pairing_confirmed": 409, "pairing_mismatch": 409, "pairing_expired": 410,
    "pairings_full": 429, "too_many_codes": 429, "counter_needed": 422, "unknown_device": 404, "device_revoked": 401,
    "slip_waiting": 409, "slip_not_asked": 409, "no_printer_here": 409, "unknown_slip": 404, "unknown_number": 404,
    "agent_elsewhere": 409, "login_busy": 429, "unknown_session": 404,
    "invalid_value": 422, "malformed_body": 400, "body_too_large": 413, "not_found": 404, "method_not_allowed": 405,
    "malformed_request": 400, "unknown_host": 421,
    "unsupported_media_type": 415, "cross_site": 403, "database_busy": 503, "database_damaged": 503,
    "database_gone": 503, "storage_full": 507, "server_error": 500,
}  # fmt: skip
_OF_HTTP = {400: "malformed_body", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large",
            415: "unsupported_media_type"}  # fmt: skip
_SCREENS_OF_DEVICES = ("/kiosk", "/display", "/rating")


class MalformedBody(QueueError):
    """The body is not the JSON or the form that this address takes."""

    code = "malformed_body"


class UnsupportedMediaType(QueueError):
    """The body is not JSON."""

    code = "unsupported_media_type"


class MalformedRequest(QueueError):
    """Nobody can say for sure where this request ends."""

    code = "malformed_request"


class UnknownHost(QueueError):
    """The request asks for a host that this server is not."""

    code = "unknown_host"


class CrossSite(QueueError):
    """Another site's page sent this."""

    code = "cross_site"


def sentence(words: Catalogue, code: str, facts: dict[str, object], spoken: str) -> tuple[str, str]:
    """Return title and detail of a refusal in that language; states and commands by their words, not their codes."""
    key = f"errors.{code}.{facts.get('field')}"  # A field that people fill in has words of its own.
    key = key if words.has(spoken, f"{key}.title") else f"errors.{code}"
    facts = {name: _named(words, name, value, spoken) for name, value in facts.items()}
    return words.say(spoken, f"{key}.title", **facts), words.say(spoken, f"{key}.detail", **facts)


def _named(words: Catalogue, fact: str, value: object, spoken: str) -> object:
    if fact == "next_opens":
        return _next_opening(words, value, spoken)
    if fact in {"last_known", "clock"} and isinstance(value, str):
        return f"{formats.day(value, spoken)} {formats.hhmm(value)}"
    key = f"common.{fact}_{value}"
    return words.say(spoken, key) if fact in {"state", "command", "role"} and words.has(spoken, key) else value


def _next_opening(words: Catalogue, value: object, spoken: str) -> str:
    """Return the sentence that tells when tickets are given again; `value` is ISO 8601, or None."""
    if not isinstance(value, str):
        return words.say(spoken, "common.next_opens_unknown")
    opens = datetime.fromisoformat(value)
    weekday = words.say(spoken, f"reports.weekday_{opens.isoweekday()}")
    return words.say(spoken, "common.next_opens_at", weekday=weekday, day=formats.day(opens, spoken),
                     time=formats.hhmm(opens))  # fmt: skip


def install_problems(app: Flask) -> None:
    """Answer every refusal, and every mistake of our own, in one shape."""

    @app.errorhandler(QueueError)
    def refused(error: QueueError) -> Response:
        log.info("refused code=%s path=%s", error.code, request.path)
        return answer(error.code, dict(error.facts))

    @app.errorhandler(DatabaseError)
    def database_refused(error: DatabaseError) -> Response:
        refusal = named_refusal(error)
        if not isinstance(refusal, QueueError):
            return our_mistake(error)
        log.warning("refused code=%s path=%s", refusal.code, request.path)
        return answer(refusal.code)

    @app.errorhandler(HTTPException)
    def http_refused(error: HTTPException) -> Response:
        if error.code is not None and 300 <= error.code < 400:
            return Response(error.get_response().response, error.code, error.get_response().headers)
        refusal = answer(
            _OF_HTTP.get(error.code or 500, "malformed_body" if (error.code or 500) < 500 else "server_error")
        )
        if isinstance(error, MethodNotAllowed):
            refusal.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return refusal

    @app.errorhandler(Exception)
    def our_mistake(error: Exception) -> Response:
        log.exception("server_error path=%s", request.path)
        return answer("server_error")


def answer(code: str, facts: dict[str, object] | None = None) -> Response:
    """Return the refusal as problem+json under /api, as a page elsewhere."""
    facts = facts or {}
    status = STATUS[code]
    spoken = language()
    title, detail = sentence(desk().words, code, facts, spoken)
    if f"{request.path}/".startswith("/api/"):
        problem = {
            "type": f"/problems/{code}", "title": title, "status": status, "detail": detail, "code": code,
            "instance": request.path,
        }  # fmt: skip
        body = msgspec.json.encode(facts | problem)
        response = Response(body, status, content_type="application/problem+json")
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
    else:
        response = Response(*_page(code, title, detail, status))
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        response.headers["Retry-After"] = "2"
    return response


def _home() -> str:
    """Where a person goes from here: whoever stands before a public screen has no business on the staff's index."""
    return next((screen for screen in _SCREENS_OF_DEVICES if request.path.startswith(f"{screen}/")), "/")


def _page(code: str, title: str, detail: str, status: int) -> tuple[str, int, None, None, str]:
    """Return the page that says it; as plain text where even the page's frame needs the database that is gone."""
    try:
        may_pair = code == "device_revoked" or (code == "unauthorized" and request.path.startswith(_SCREENS_OF_DEVICES))
        page = render_template(
            "web/error.html", code=code, title=title, detail=detail, status=status, may_pair=may_pair,
            is_citizens=f"{request.path}/".startswith("/t/"), home=_home(),
        )  # fmt: skip
    except (DatabaseError, QueueError):
        return f"{title}\n\n{detail}\n\n{code}\n", status, None, None, "text/plain; charset=utf-8"
    return page, status, None, None, "text/html; charset=utf-8"
