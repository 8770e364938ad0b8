"""What every request and answer passes: size, origin, and the headers that keep a page to itself."""

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, Response, request

from server.listening.whole_requests import REFUSED
from server.settings import Settings
from server.web.problems import CrossSite, MalformedRequest, UnknownHost

MOST_BYTES = 64 * 1024  # The largest honest body is a form of a few hundred bytes.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SAFE = {"GET", "HEAD", "OPTIONS"}


def install_guard(app: Flask, import_map: str) -> None:
    """Refuse what other sites send; allow no script but ours and the one import map, by its hash."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    policy = (
        f"default-src 'self'; script-src 'self' 'sha256-{digest}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )

    @app.before_request
    def refuse_what_the_listener_doubts() -> None:
        if code := request.environ.get(REFUSED):
            raise MalformedRequest() if code == MalformedRequest.code else UnknownHost()

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method not in _SAFE and not _is_own(request.headers.get("Sec-Fetch-Site")):
            raise CrossSite()

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        # Not "no-referrer": forms would come with `Origin: null`, and be refused from browsers without Sec-Fetch-Site.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")  # Files say themselves that they may be kept.
        return response


def _is_own(fetch_site: str | None) -> bool:
    """A browser says where a request comes from; a program that is no browser carries no cookie to abuse."""
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    # A browser of before Sec-Fetch-Site sends both, or the one that it knows: neither may be another site's.
    said = (request.headers.get("Origin"), request.headers.get("Referer"))
    return all(_host_of(each) == request.host for each in said if each is not None)


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).netloc
    except ValueError:  # No address at all, such as `http://[`.
        return None


def host_check(settings: Settings) -> Callable[[str, str | None], bool]:
    """Return what tells whether a `Host` is a name of ours; `here` is the address that the peer has reached.

    Without a public URL every name is, for nobody has told us ours. A name that we do not know is a page elsewhere
    that had its name point at us, or a mistake; an address that was reached cannot be made to point.
    """
    if settings.public_url is None:
        return lambda _host, _here: True
    known = {_name_of(urlsplit(settings.public_url).netloc), _name_of(settings.host), *settings.hosts, *_LOOPBACK}

    def is_ours(host: str, here: str | None) -> bool:
        name = _name_of(host)
        return name in known or (here is not None and name == here.removeprefix("::ffff:").lower())

    return is_ours


def _name_of(host: str) -> str:
    """Return the name without its port."""
    name = host.lower()
    return name[1:].split("]")[0] if name.startswith("[") else name.rsplit(":", 1)[0]
