"""What every template may use: words, formats, asset paths, the office."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, request

from server.services.rights import may
from server.web import formats
from server.web.askers import person
from server.web.desk import desk
from server.web.language import keep_chosen_language, language, other_language
from server.web.wait_words import wait_detail, wait_said, wait_sentences
from server.web.whole import WHOLE
from server.web.words import Catalogue

SHOWN_FROM = timedelta(minutes=2)  # What is less is for the log: nobody can mend two seconds.
_PUBLIC = ("/kiosk", "/display", "/rating", "/t/", "/pair", "/login")
_FORMS_OF = ("/kiosk", "/counter", "/reception", "/settings/devices", "/settings/slip", "/settings/sessions")


def install_context(app: Flask, catalogue: Catalogue, build: str, import_map: str) -> None:
    """Give the templates their globals and filters."""
    environment = app.jinja_env

    def say(key: str, **facts: object) -> str:
        return catalogue.say(language(), key, **facts)

    def say_other(key: str, **facts: object) -> str:
        return catalogue.say(other_language(), key, **facts)

    environment.globals["t"] = say
    # A screen that two languages share says it in the other one, too.
    environment.globals["t_other"] = say_other
    environment.globals["wait_said"] = lambda of: wait_said(say, language(), of, _today())
    environment.globals["wait_said_other"] = lambda of: wait_said(say_other, other_language(), of, _today())
    environment.globals["wait_detail"] = lambda of: wait_detail(say, of)
    environment.globals["wait_sentences"] = wait_sentences
    environment.globals["asset"] = lambda path: f"/static/{build}/{path}"
    environment.globals["import_map"] = import_map
    environment.globals["lang_url"] = _lang_url
    environment.globals["whole_pattern"] = WHOLE
    environment.globals["new_request_id"] = new_request_id
    environment.globals["clock_doubtful"] = clock_doubt
    environment.filters["tr"] = lambda text: formats.tr(text, language())
    environment.filters["day"] = lambda when: formats.day(when, language())
    environment.filters["day_first"] = lambda when: formats.day_first(when, language())
    environment.filters["hhmm"] = formats.hhmm
    environment.filters["duration"] = lambda seconds: formats.duration(seconds, language())
    environment.filters["count"] = formats.count
    app.before_request(keep_chosen_language)

    @app.context_processor
    def of_this_request() -> dict[str, Any]:
        spoken = language()
        office, clock = desk().office, desk().settings.clock
        return {
            "lang": spoken,
            "other_lang": other_language(),
            "now": clock().astimezone(office.zone),
            "office": {
                "id": office.code, "name": office.name, "place": office.place, "demo": office.demo,
                "promise": office.promise, "rule": office.rule, "simulated_time": clock.is_simulated,
                "clock_factor": clock.factor,
            },
        }  # fmt: skip


def clock_doubt() -> dict[str, str] | None:
    """Return what staff have to decide about the clock: it has jumped ahead, or the office is ahead of it; else None.

    Only on pages of a person who is logged in and may: a public screen says so when it is refused something.
    """
    somebody = None if request.path.startswith(_PUBLIC) else person()
    if somebody is None or not may(somebody, "confirm_clock"):
        return None
    zone = desk().office.zone
    now, behind, jumped_from = desk().db.time_of(somebody.office_id)
    if jumped_from is None and behind < SHOWN_FROM:
        return None
    said = {"clock": now - behind, "last": jumped_from or now}
    times = {name: at.astimezone(zone) for name, at in said.items()}
    told = {name: f"{formats.day(at, language())} {formats.hhmm(at)}" for name, at in times.items()}
    return told | {"kind": "behind" if jumped_from is None else "jumped"}


def _today() -> str:
    return desk().settings.clock().astimezone(desk().office.zone).date().isoformat()


def new_request_id() -> str:
    """Return a fresh request_id for a form: pressing its button twice is one request."""
    return secrets.token_urlsafe(16)


def _lang_url(other: str) -> str:
    asked = {key: value for key, value in request.args.items() if key != "lang"}
    path = request.path
    if request.method != "GET":  # A refused form stands at its own address, where there is nothing to get.
        path = next((page for page in _FORMS_OF if path.startswith(page)), "/")
    path = "/" + quote(path.lstrip("/"))  # A browser would take `//elsewhere`, or a backslash, for another site.
    return f"{path}?{urlencode(asked | {'lang': other})}"
