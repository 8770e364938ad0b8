"""Pages and forms against those who mean harm: other sites, forged links, and texts that would be code."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

import pytest
import requests

from tests.web.office import OWN_PAGE, Answer, Office, assert_refused

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
FORMS = ["/login", "/logout", "/kiosk/tickets", "/rating/ratings", "/t/unknown/rate", "/counter/9/open",
         "/counter/9/tickets/0/start", "/reception/print", "/reception/tickets/0/print"]  # fmt: skip
PAGES = ["/", "/login", "/kiosk", "/display", "/rating", "/nothing-here", "/enter?code=wrong", "/t/unknown"]


@pytest.fixture(scope="module")
def devices(office: Office) -> Iterator[requests.Session]:
    """A browser that is every device of the office, with officer 4 logged in."""
    browser = office.logged_in("officer4")
    assert office.running.enters(browser).ok
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def manager(office: Office) -> Iterator[requests.Session]:
    with office.logged_in("manager") as browser:
        yield browser


# -- Other sites


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"},
        {"Origin": "OWN.evil.example"},
        {"Origin": "https://evil.example/OWN"},
    ],
    ids=str,
)
def test_a_form_on_another_site_is_refused(
    office: Office, devices: requests.Session, form: str, headers: dict[str, str]
) -> None:
    sent = {name: value.replace("OWN", f"http://{office.host}") for name, value in headers.items()}

    with office.nothing_changes():
        answer = devices.post(office.url + form, data={"service": "id_renew"}, headers=sent, timeout=10)

    assert answer.status_code == 403
    assert "cross_site" in answer.text


def test_another_sites_script_cannot_use_the_api_with_this_browsers_session(
    office: Office, devices: requests.Session
) -> None:
    body = {"service": "id_renew"}
    with office.nothing_changes():
        answer = devices.post(
            f"{office.url}/api/v1/tickets", json=body, headers={"Origin": "https://evil.example"}, timeout=10
        )
        asked = devices.options(
            f"{office.url}/api/v1/tickets",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
            timeout=10,
        )

    assert_refused(answer, 403, "cross_site")
    assert not [name for name in (*answer.headers, *asked.headers) if name.startswith("Access-Control")]


def test_our_own_forms_work_also_in_browsers_that_send_an_origin_only(
    office: Office, devices: requests.Session
) -> None:
    for headers in (OWN_PAGE, {"Origin": f"http://{office.host}"}, {}):
        form = {"service": "id_renew", "language": "th"}
        answer = devices.post(f"{office.url}/kiosk/tickets", data=form, headers=headers, timeout=10)
        assert answer.status_code == 200
        assert "/kiosk/tickets/" in answer.url


def test_nothing_is_done_by_looking(office: Office, devices: requests.Session) -> None:
    with office.nothing_changes():
        for path in (*FORMS, "/counter", *PAGES, "/counter/4/open", "/counter/4/call-next", "/counter/4/close"):
            devices.get(office.url + path, timeout=10)


# -- Forms with anything in them


NONSENSE = [
    "",
    "x",
    "9" * 40,
    "9" * 5000,
    "-1",
    "๑",
    "\x00",
    "a\x00b",
    "\ud7ff",
    SCRIPT,
    "{0.__class__}",
    "%s%n",
    "é" * 300,
]


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: ascii(value)[:20])
def test_no_form_breaks_whatever_its_fields_hold(office: Office, devices: requests.Session, value: str) -> None:
    fields = ("service", "priority", "language", "request_id", "slot", "score", "counter", "user", "password", "next")
    form = dict.fromkeys(fields, value)

    with office.nothing_changes():
        for path in FORMS:
            if path != "/logout":
                answer = devices.post(office.url + path, data=form, headers=OWN_PAGE, timeout=10)
                assert answer.status_code < 500, path
                assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "number", ["9" * 40, "9" * 5000, str(2**63), str(2**64), "-1", "๑", "%00", "a"], ids=lambda n: n[:20]
)
def test_no_address_of_a_page_breaks_whatever_number_it_holds(
    office: Office, devices: requests.Session, number: str
) -> None:
    asked = [f"/kiosk/tickets/{number}", f"/rating?counter={number}", f"/counter?counter={number}", f"/t/{number}",
             f"/t/{number}/qr.svg", f"/reports?from={number}", f"/?lang={number}"]  # fmt: skip
    posted = [f"/counter/{number}/open", f"/counter/4/tickets/{number}/start", f"/counter/{number}/tickets/{number}/x"]

    with office.nothing_changes():
        answers = [devices.get(office.url + path, timeout=10) for path in asked]
        answers += [devices.post(office.url + path, headers=OWN_PAGE, timeout=10) for path in posted]

    assert [answer.url for answer in answers if answer.status_code >= 500] == []


def test_a_body_too_large_or_not_a_form_is_refused(office: Office, devices: requests.Session) -> None:
    with office.nothing_changes():
        for path in FORMS[2:]:
            large = devices.post(office.url + path, data={"service": "x" * 100_000}, headers=OWN_PAGE, timeout=10)
            assert large.status_code == 413, path
            for media in ("multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain"):
                headers = {**OWN_PAGE, "Content-Type": media}
                answer = devices.post(office.url + path, data=b"--x\r\nnonsense", headers=headers, timeout=10)
                assert answer.status_code < 500, (path, media)


# -- Texts that would be code


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("POST", "/login", {"user": SCRIPT, "password": "x", "next": "/" + SCRIPT}),
        ("GET", "/login?next=/" + quote(SCRIPT), {}),
        ("GET", "/?lang=" + quote(SCRIPT), {}),
        ("GET", "/" + quote(SCRIPT), {}),
        ("GET", "/login?" + quote(SCRIPT) + "=" + quote(SCRIPT), {}),
        ("GET", "/enter?code=" + quote(SCRIPT), {}),
        ("GET", "/t/" + quote(SCRIPT, safe=""), {}),
        ("GET", "/kiosk?lang=" + quote(SCRIPT), {}),
        ("POST", "/kiosk/tickets", {"service": SCRIPT, "request_id": SCRIPT, "language": SCRIPT}),
        ("POST", "/rating/ratings", {"slot": SCRIPT, "score": SCRIPT}),
        ("POST", "/counter/4/open", {"request_id": SCRIPT}),
        ("GET", "/reports?by=" + quote(SCRIPT), {}),
        ("GET", "/reports?from=" + quote(SCRIPT), {}),
    ],
    ids=str,
)
def test_what_a_person_sends_comes_back_as_text(
    office: Office,
    devices: requests.Session,
    manager: requests.Session,
    method: str,
    path: str,
    form: dict[str, str],
) -> None:
    browser = manager if path.startswith("/reports") else devices
    answer = browser.request(method, office.url + path, data=form or None, headers=OWN_PAGE, timeout=10)

    assert answer.status_code < 500
    found = Markup.of(answer.text)
    assert "img" not in found.tags or path.startswith("/t/")
    assert found.scripts.count("") == len(found.scripts) - 1, "a script beside the import map"
    assert found.handlers == set()


# -- Links that lead away


LEADING_AWAY = [
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "/\r/evil.example", " //evil.example", "javascript:alert(1)", "data:text/html,x",
    "http:evil.example", "/\x00/evil.example", "///evil.example", "/%2f/evil.example", "/%5cevil.example",
    "/./\\evil.example", "/.//evil.example", "/x/..//evil.example", "/a\r\nSet-Cookie: saduak=stolen",
    "/a\r\n\r\n<script>", "/" + "a" * 3_000, "evil.example", "?next=//evil.example", "/@evil.example", "/é", "",
]  # fmt: skip


@pytest.mark.parametrize("wanted", LEADING_AWAY, ids=lambda wanted: ascii(wanted)[:30])
def test_the_login_page_keeps_no_way_but_to_our_own_pages(office: Office, wanted: str) -> None:
    answer = office.browser().get(f"{office.url}/login", params={"next": wanted}, timeout=10)

    kept = re.findall(r'name="next" value="([^"]*)"', answer.text)
    assert len(kept) == 1
    assert as_a_browser_reads(office.url, html.unescape(kept[0])) == office.host


@pytest.mark.parametrize("wanted", ["//evil.example", "/\t/evil.example", "/a\r\nSet-Cookie: saduak=stolen"], ids=ascii)
def test_a_login_leads_to_our_own_pages_only(office: Office, wanted: str) -> None:
    form = {"user": "manager", "password": office.password_of("manager"), "next": wanted}
    answer = office.browser().post(
        f"{office.url}/login", data=form, headers=OWN_PAGE, allow_redirects=False, timeout=10
    )

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/reports"
    assert "stolen" not in str(answer.headers["Set-Cookie"])


@pytest.mark.parametrize("wanted", ["/counter", "/reports?from=2026-01-01&by=queue"])
def test_a_login_goes_on_to_where_the_person_was_going(office: Office, wanted: str) -> None:
    form = {"user": "manager", "password": office.password_of("manager"), "next": wanted}
    answer = office.browser().post(
        f"{office.url}/login", data=form, headers=OWN_PAGE, allow_redirects=False, timeout=10
    )

    assert answer.headers["Location"] == wanted


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "//evil.example/%2e%2e", "/\\evil.example", "///evil.example", "/%5Cevil.example"]
)
def test_no_link_of_a_page_leads_away(office: Office, path: str) -> None:
    answer = raw_get(office, path)

    links = [html.unescape(each) for each in re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)]
    assert links
    assert {as_a_browser_reads(office.url, each) for each in links} == {office.host}


@pytest.mark.parametrize("host", ["evil.example", 'evil"><script>alert(1)</script>', "evil.example:80@x", ""])
def test_a_forged_host_is_put_into_no_page(office: Office, devices: requests.Session, host: str) -> None:
    for path in PAGES:
        answer = devices.get(office.url + path, headers={"Host": host}, allow_redirects=False, timeout=10)
        assert answer.status_code < 500
        assert "evil" not in answer.text
        assert "evil" not in answer.headers.get("Location", "")


# -- What every page carries


def pages_and_more(office: Office, browser: requests.Session) -> list[Answer]:
    """Every kind of answer there is: pages, forms refused, files, the API, the machine's own."""
    shown = [browser.get(office.url + path, timeout=10) for path in [*PAGES, "/counter"]]
    asset = asset_paths(shown[0].text)[0]
    others = ["/api/v1/services", "/api/v1/nothing", "/healthz", "/readyz", "/metrics", "/static/x/nothing.css", asset]
    shown += [browser.get(office.url + path, timeout=10) for path in others]
    shown.append(browser.post(f"{office.url}/login", data={"user": "x"}, headers=OWN_PAGE, timeout=10))
    shown.append(browser.post(f"{office.url}/kiosk/tickets", data={}, headers=OWN_PAGE, timeout=10))
    shown.append(browser.get(f"{office.url}/login", params={"next": "/counter"}, timeout=10))
    return shown


def test_every_answer_keeps_a_browser_from_what_it_need_not_do(office: Office, devices: requests.Session) -> None:
    for answer in pages_and_more(office, devices):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "object-src 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


def test_no_page_has_a_script_or_style_of_its_own_but_the_import_map(office: Office, devices: requests.Session) -> None:
    for answer in pages_and_more(office, devices):
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert len(inline) == 1
        assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
        found = Markup.of(answer.text)
        assert "style" not in found.tags
        assert found.handlers == set()


def test_only_files_are_kept_by_a_browser(office: Office, devices: requests.Session) -> None:
    for answer in pages_and_more(office, devices):
        kept = answer.headers.get("Cache-Control", "")
        is_file = answer.ok and urlsplit(answer.url).path.startswith("/static/")
        assert ("immutable" in kept and "max-age=31536000" in kept) if is_file else "no-store" in kept, answer.url


def test_every_file_that_a_page_names_is_there_and_kept_for_good(office: Office, devices: requests.Session) -> None:
    pages = ("/", "/kiosk", "/display", "/rating", "/counter", "/login")
    files = {file for path in pages for file in asset_paths(devices.get(office.url + path, timeout=10).text)}

    assert len(files) > 10
    for file in sorted(files):
        answer = devices.get(office.url + file, timeout=10)
        assert answer.status_code == 200, file
        again = devices.get(office.url + file, headers={"If-None-Match": answer.headers["ETag"]}, timeout=10)
        assert again.status_code == 304, file


def test_a_path_of_a_file_leads_nowhere_else(office: Office) -> None:
    asset = asset_paths(office.browser().get(office.url, timeout=10).text)[0]
    build = "/".join(asset.split("/")[:3])
    outside = ["ui/../../../../pyproject.toml", "ui/%2e%2e/%2e%2e/words/th.toml", "ui/..%2f..%2fwords/th.toml",
               "ui//etc/passwd", "ui/%2fetc/passwd", "..", "ui", "ui/", "nothing/x", "ui/\\..\\..\\words", "ui/%00",
               "fonts/../../../x", "ui/tokens.css/x", "lib/../package.json"]  # fmt: skip
    for path in outside:
        answer = raw_get(office, f"{build}/{path}")
        assert answer.status_code in {400, 404}, path
    assert raw_get(office, asset.replace(build, "/static/0000000000")).status_code == 404


def test_no_page_tells_who_works_here_or_holds_a_secret(office: Office, devices: requests.Session) -> None:
    office.json("POST", "/counters/4/open", "officer 4", {})
    issued = office.json("POST", "/tickets", "kiosk", {"service": "birth"})
    called = office.json("POST", "/counters/4/call-next", "officer 4", {})
    public = office.browser()
    paths = ["/display", "/rating?counter=4", "/kiosk", f"/kiosk/tickets/{issued['id']}"]
    shown = [devices.get(office.url + path, timeout=10) for path in paths]
    shown += [public.get(office.url + path, timeout=10) for path in ("/", "/login", "/metrics", f"/t/{issued['code']}")]
    office.json("POST", f"/tickets/{called['id']}/no-show", "officer 4", {})
    office.json("POST", "/counters/4/close", "officer 4", {})
    secrets = [*office.tokens.values(), *(office.password_of(f"officer{n}") for n in range(1, 7))]

    for answer in shown:
        assert answer.status_code == 200, answer.url
        # An officer's name never stands on glass that citizens see (index and counter greet the person alone).
        assert not re.search(r"officer\d|account:|device:", answer.text), answer.url
        assert not [each for each in secrets if each in answer.text]


def test_a_phone_page_is_found_by_its_code_alone(office: Office) -> None:
    issued = office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
    phone = office.browser()

    page = phone.get(f"{office.url}/t/{issued['code']}", timeout=10)
    drawn = phone.get(f"{office.url}/t/{issued['code']}/qr.svg", timeout=10)

    assert issued["number"] in page.text
    assert "noindex" in page.text
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert drawn.text.startswith("<svg")
    for wrong in (issued["id"], issued["number"], issued["code"].upper() + "x", issued["code"][:-1], "%00", "a" * 4000):
        assert phone.get(f"{office.url}/t/{wrong}", timeout=10).status_code == 404
        assert phone.get(f"{office.url}/t/{wrong}/qr.svg", timeout=10).status_code in {200, 404}


@pytest.mark.parametrize("by", ["service", "queue", "counter", "officer", "hour", "weekday", "class"])
@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_report_page_opens_by_every_grouping(office: Office, manager: requests.Session, by: str, lang: str) -> None:
    answer = manager.get(f"{office.url}/reports?by={by}&lang={lang}", timeout=10)

    assert answer.status_code == 200


class Markup(HTMLParser):
    """What a browser would make of a page: its tags, its scripts' texts, and attributes that would run or style."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.scripts: list[str] = []
        self.handlers: set[str] = set()
        self._in_script = False

    @classmethod
    def of(cls, page: str) -> Markup:
        found = cls()
        found.feed(page)
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers |= {name for name, _ in attrs if name == "style" or name.startswith("on")}
        self.handlers |= {value for _, value in attrs if value and value.lower().startswith("javascript:")}
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


def as_a_browser_reads(base: str, link: str) -> str:
    """The host that a browser would go to: it drops tabs and line ends, and takes a backslash for a slash."""
    plain = re.sub(r"[\t\r\n]", "", link).strip("\x00 ").replace("\\", "/")
    return urlsplit(urljoin(base + "/", plain)).netloc


def asset_paths(page: str) -> list[str]:
    """The files that a page names."""
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', page)


def raw_get(office: Office, path: str) -> Answer:
    """Get a path exactly as it is written: requests would tidy it up."""
    prepared = requests.Request("GET", office.url).prepare()
    prepared.url = office.url + path
    return office.browser().send(prepared, allow_redirects=True, timeout=10)
