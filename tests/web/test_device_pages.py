"""Pairing, the device page and its forms: by those who may, by those who may not, and by those who mean harm."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from PIL import Image

from hardware.simulator_condition import FAULTS
from server.services.pairing import MOST_OPEN, WRONG_CODES
from tests.live.complaints import complaints
from tests.running import running_office
from tests.web.office import OWN_PAGE, Answer, Office, assert_refused
from tests.web.test_hostile_pages import NONSENSE, SCRIPT, Markup

PAGE = "/settings/devices"
FORGOTTEN_SECONDS = 1.2  # Who a session is, is remembered for a second.
FORMS = [
    f"{PAGE}/pair", f"{PAGE}/1/name", f"{PAGE}/1/printer", f"{PAGE}/1/link", f"{PAGE}/1/revoke",
    f"{PAGE}/printers/0/self-test", f"{PAGE}/simulator",
]  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of its own, with the simulated printer: its devices come and go."""
    with running_office(tmp_path_factory.mktemp("devices")) as running:
        yield Office(running)
    assert complaints(running) == []


@pytest.fixture(scope="module")
def administrator(office: Office) -> Iterator[requests.Session]:
    with office.logged_in("administrator") as browser:
        yield browser


def sends(office: Office, browser: requests.Session, path: str, **form: str) -> Answer:
    return browser.post(office.url + path, data={"lang": "en", **form}, headers=OWN_PAGE, timeout=10)


def asks_for_a_code(office: Office) -> tuple[requests.Session, str]:
    """A new machine's browser, and the code that it shows."""
    browser = office.browser()
    shown = sends(office, browser, "/pair").text
    found = re.search(r'data-code="([^"]+)"', shown)
    assert found, shown
    return browser, found[1]


def claims(office: Office, browser: requests.Session) -> Answer:
    headers = {**OWN_PAGE, "Accept": "application/json"}
    return browser.post(f"{office.url}/pair/claim", headers=headers, timeout=10)


def is_paired(office: Office, administrator: requests.Session, kind: str, **more: str) -> tuple[requests.Session, str]:
    """A browser that has become a device, and the device's id."""
    browser, code = asks_for_a_code(office)
    answer = sends(office, administrator, f"{PAGE}/pair", code=code, kind=kind, really="1", **more)
    assert claims(office, browser).status_code == 200
    return browser, str(re.findall(r"device=(\d+)", answer.url)[0])


def beats(office: Office, browser: requests.Session, **said: Any) -> Answer:
    return browser.post(f"{office.url}/heartbeat", json={"screen": "kiosk", **said}, headers=OWN_PAGE, timeout=10)


def device(office: Office, id: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = office.json("GET", "/devices", "manager")["devices"]
    return next(each for each in found if each["id"] == id)


# -- Pairing


def test_a_new_browser_becomes_a_tablet_of_counter_2_and_is_shut_out_again(
    office: Office, administrator: requests.Session
) -> None:
    browser, code = asks_for_a_code(office)
    waits = claims(office, browser)
    before = sends(office, administrator, f"{PAGE}/pair", code=code.lower(), kind="rating", counter="2", name="ซ้าย")
    after = sends(office, administrator, f"{PAGE}/pair", code=code, kind="rating", counter="2", name="ซ้าย", really="1")
    goes_on = claims(office, browser)
    tablet = browser.get(f"{office.url}/rating?counter=2", timeout=10)

    assert (waits.status_code, waits.json()) == (202, {"go": "/pair"})
    for page in (before.text, after.text):  # What will be paired is said before, and what was paired after.
        assert "ซ้าย" in page
        assert re.search(r"ช่องบริการ 2|Counter 2", page)
    assert code in before.text
    assert "done=paired" in after.url
    assert (goes_on.status_code, goes_on.json()) == (200, {"go": "/rating?counter=2"})
    assert claims(office, browser).status_code == 410
    assert tablet.status_code == 200
    assert beats(office, browser, screen="rating", counter=2, version="build1").status_code == 204
    paired = after.url.rpartition("=")[2]
    assert (device(office, paired)["state"], device(office, paired)["version"]) == ("ok", "build1")

    asked = administrator.get(f"{office.url}{PAGE}/{paired}/revoke", timeout=10)
    assert device(office, paired)["state"] == "ok", "asking does nothing yet"
    sends(office, administrator, f"{PAGE}/{paired}/revoke")
    time.sleep(FORGOTTEN_SECONDS)
    shut_out = browser.get(f"{office.url}/rating?counter=2&lang=en", timeout=10)

    assert "ซ้าย" in asked.text
    assert shut_out.status_code == 401
    assert "no longer paired" in shut_out.text
    assert 'href="/pair"' in shut_out.text
    assert beats(office, browser, screen="rating", counter=2).status_code == 401


def test_a_browser_without_scripts_is_paired_by_plain_forms(office: Office, administrator: requests.Session) -> None:
    browser, code = asks_for_a_code(office)
    waits = sends(office, browser, "/pair/claim")
    sends(office, administrator, f"{PAGE}/pair", code=code, kind="display", really="1")
    goes_on = sends(office, browser, "/pair/claim")

    assert waits.url == f"{office.url}/pair"
    assert code.replace("-", " ") in waits.text
    assert goes_on.url == f"{office.url}/display"


def test_a_browser_shows_the_code_that_it_has_until_that_ends(office: Office) -> None:
    browser, code = asks_for_a_code(office)

    assert code in sends(office, browser, "/pair").text
    assert code in browser.get(f"{office.url}/pair", timeout=10).text


def test_the_page_says_in_both_languages_where_the_code_is_typed(office: Office) -> None:
    browser, _ = asks_for_a_code(office)

    for language in ("th", "en"):
        page = browser.get(f"{office.url}/pair?lang={language}", timeout=10).text
        assert f"{office.url}{PAGE}" in page
        assert "พิมพ์รหัสนี้" in page
        assert "type this code" in page


def test_a_wrong_code_is_refused_in_place_and_what_was_typed_stands(
    office: Office, administrator: requests.Session
) -> None:
    with office.nothing_changes():
        answer = sends(office, administrator, f"{PAGE}/pair?lang=en", code="333444", kind="rating", counter="3")

    assert answer.status_code == 404
    assert "333-444" in answer.text
    assert 'value="333444"' in answer.text
    assert f'href="{PAGE}?lang=' in answer.text, "the other language is offered where the page is"
    assert '<option value="3" selected>' in answer.text


def test_a_device_paired_anew_forgets_that_it_was_another_one(office: Office, administrator: requests.Session) -> None:
    browser, first = is_paired(office, administrator, "kiosk")
    sends(office, administrator, f"{PAGE}/{first}/revoke")
    time.sleep(FORGOTTEN_SECONDS)
    code = re.findall(r'data-code="([^"]+)"', sends(office, browser, "/pair").text)[0]
    sends(office, administrator, f"{PAGE}/pair", code=code, kind="kiosk", really="1")
    claims(office, browser)

    assert browser.get(f"{office.url}/kiosk", timeout=10).status_code == 200
    assert browser.get(f"{office.url}/rating?lang=en", timeout=10).status_code == 401
    assert "no longer paired" not in browser.get(f"{office.url}/rating?lang=en", timeout=10).text


# -- The page


def test_who_is_not_logged_in_is_asked_to(office: Office) -> None:
    for path in ("/settings", PAGE, f"{PAGE}/1/revoke"):
        answer = office.browser().get(office.url + path, timeout=10)
        assert answer.url.startswith(f"{office.url}/login?next=/settings")


def test_a_manager_looks_and_touches_nothing(office: Office) -> None:
    with office.logged_in("manager") as browser:
        assert f'href="{PAGE}"' in browser.get(f"{office.url}/settings", timeout=10).text
        page = browser.get(office.url + PAGE, timeout=10)
        with office.nothing_changes():
            answers = [sends(office, browser, form, really="1") for form in FORMS]

    assert page.status_code == 200
    assert "form" not in Markup.of(page.text).tags
    assert [answer.status_code for answer in answers] == [403] * len(FORMS)


@pytest.mark.parametrize("user", ["officer1", "reception", None])
def test_nobody_else_sees_or_changes_a_device(office: Office, user: str | None) -> None:
    with office.logged_in(user) if user else office.browser() as browser, office.nothing_changes():
        answers = [sends(office, browser, form, really="1") for form in FORMS]
        pages = [browser.get(office.url + path, timeout=10) for path in (PAGE, "/settings", f"{PAGE}/1/revoke")]

    assert {answer.status_code for answer in answers} == {403 if user else 401}
    assert all(page.status_code == 403 or "/login" in page.url for page in pages)


def test_the_page_comes_without_the_gaps_where_only_the_rest_is_wanted(
    office: Office, administrator: requests.Session
) -> None:
    whole, rest = (administrator.get(office.url + PAGE + ask, timeout=10).text for ask in ("", "?gaps=no"))

    assert 'data-part="gaps"' in whole
    assert 'data-part="gaps"' not in rest
    assert 'data-cards="devices"' in rest


def test_nothing_is_done_by_looking(office: Office, administrator: requests.Session) -> None:
    with office.nothing_changes():
        for path in ("/pair", "/pair/claim", "/heartbeat", "/settings", PAGE, *FORMS):
            assert administrator.get(office.url + path, timeout=10).status_code < 500


@pytest.mark.parametrize("form", [*FORMS, "/pair", "/pair/claim", "/heartbeat"])
def test_a_form_on_another_site_is_refused(office: Office, administrator: requests.Session, form: str) -> None:
    with office.nothing_changes():
        answer = administrator.post(
            office.url + form, data={"fault": "paper_out"}, headers={"Sec-Fetch-Site": "cross-site"}, timeout=10
        )

    assert answer.status_code == 403
    assert "cross_site" in answer.text


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: ascii(value)[:20])
def test_no_form_breaks_whatever_its_fields_hold(office: Office, value: str) -> None:
    fields = ("code", "kind", "counter", "name", "request_id", "printer", "fault")
    with office.logged_in("administrator") as administrator:
        for path in (*FORMS[:3], FORMS[5].replace("0", "9"), *([FORMS[6]] if value else [])):
            form = dict.fromkeys(fields, value) | ({"name": "x" * 41} if path.endswith("name") else {})
            answer = sends(office, administrator, path, **form)
            assert answer.status_code < 500, path
            assert answer.status_code >= 400 or (path == FORMS[2] and not value), path  # The office's own printer.
            assert "<script>alert" not in answer.text
        for address in (f"{PAGE}?done={value}&device={value}", f"{PAGE}?lang={value}"):
            assert administrator.get(office.url + address, timeout=10).status_code < 500


@pytest.mark.parametrize("number", ["9" * 40, str(2**63), "-1", "๑", "%00", "a", "0"], ids=lambda n: n[:20])
def test_no_address_breaks_whatever_number_it_holds(
    office: Office, administrator: requests.Session, number: str
) -> None:
    with office.nothing_changes():
        answers = [sends(office, administrator, f"{PAGE}/{number}/{form}") for form in ("name", "link", "revoke")]
        answers += [administrator.get(f"{office.url}{PAGE}/{number}/revoke", timeout=10)]
        answers += [administrator.get(f"{office.url}{PAGE}/simulator/slips/{number}.png", timeout=10)]
        answers += [sends(office, administrator, f"{PAGE}/printers/{number}/self-test")] if number != "0" else []

    assert {answer.status_code for answer in answers} <= {404, 405, 200 if number == "0" else 404}


def test_a_name_that_would_be_code_comes_back_as_text(office: Office, administrator: requests.Session) -> None:
    _, paired = is_paired(office, administrator, "kiosk")
    name = SCRIPT[:40]
    sends(office, administrator, f"{PAGE}/{paired}/name", name=name)
    page = administrator.get(office.url + PAGE, timeout=10).text

    assert device(office, paired)["name"] == name
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_link_made_here_lets_one_browser_in_once(office: Office, administrator: requests.Session) -> None:
    _, paired = is_paired(office, administrator, "display")
    page = sends(office, administrator, f"{PAGE}/{paired}/link").text
    address = re.findall(r"http://[^ <]+/enter\?code=[\w-]+", page)[0]

    link, _, code = address.partition("?code=")

    def press() -> requests.Response:
        return sends(office, office.browser(), link.removeprefix(office.url), code=code)

    assert press().url == f"{office.url}/display"
    assert press().status_code == 410


def test_a_kiosk_prints_where_it_is_told(office: Office, administrator: requests.Session) -> None:
    _, kiosk = is_paired(office, administrator, "kiosk")
    asked = requests.post(f"{office.url}/api/v1/pairings", json={"kind": "agent"}, timeout=10).json()
    answer = sends(office, administrator, f"{PAGE}/pair", code=asked["code"], kind="agent", name="beside", really="1")
    agent = answer.url.rpartition("=")[2]

    sends(office, administrator, f"{PAGE}/{kiosk}/printer", printer=agent)
    chosen = device(office, kiosk)["prints_at"]
    sends(office, administrator, f"{PAGE}/{kiosk}/printer", printer="")
    refused = sends(office, administrator, f"{PAGE}/{kiosk}/printer", printer=kiosk)

    assert chosen == agent
    assert device(office, kiosk)["prints_at"] is None
    assert refused.status_code == 422


# -- The simulated printer


def test_every_fault_has_its_button_and_ends_with_another(office: Office, administrator: requests.Session) -> None:
    page = administrator.get(office.url + PAGE, timeout=10).text
    assert set(re.findall(r'name="fault" value="(\w*)"', page)) == {*FAULTS, ""}

    on = sends(office, administrator, f"{PAGE}/simulator", fault="paper_out").text
    off = sends(office, administrator, f"{PAGE}/simulator", fault="").text

    assert 'value="paper_out" aria-pressed="true"' in on
    assert "aria-pressed" not in off
    assert sends(office, administrator, f"{PAGE}/simulator", fault="no such fault").status_code == 404


def test_the_last_slips_are_shown_to_administrators_only(office: Office, administrator: requests.Session) -> None:
    office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
    newest = f"{office.url}{PAGE}/simulator/slips/0.png"
    deadline = time.monotonic() + 10
    while (answer := administrator.get(newest, timeout=10)).status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.1)

    with Image.open(io.BytesIO(answer.content)) as slip:
        assert slip.width == 576
    assert office.browser().get(newest, timeout=10).status_code == 401
    with office.logged_in("manager") as manager:
        assert manager.get(newest, timeout=10).status_code == 403


def test_the_test_slip_comes_out(office: Office, administrator: requests.Session) -> None:
    answer = sends(office, administrator, f"{PAGE}/printers/0/self-test")

    assert "done=self_test" in answer.url
    deadline = time.monotonic() + 10
    while not (ended := office.ended("self_test_ended")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [each["payload"]["state"] for each in ended] == ["printed"]


# -- Heartbeats


def test_only_what_is_there_beats(office: Office, administrator: requests.Session) -> None:
    assert beats(office, office.browser()).status_code == 401
    assert beats(office, administrator, screen="display").status_code == 204  # A person who looks at a display.
    browser, kiosk = is_paired(office, administrator, "kiosk")

    assert beats(office, browser, screen="display").status_code == 401
    assert beats(office, browser, screen="rating", counter=1).status_code == 401
    assert device(office, kiosk)["state"] == "never_seen"
    assert beats(office, browser, visible=False).status_code == 204
    assert device(office, kiosk)["state"] == "hidden"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"screen":"counter"}', b'{"screen":"kiosk","counter":"x"}', b"\xff\xfe", b"[" * 9999,
     b'{"screen":"kiosk","version":"' + b"x" * 65 + b'"}', b'{"screen":"kiosk","visible":3}'],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
def test_a_heartbeat_that_is_none_is_refused(office: Office, administrator: requests.Session, body: bytes) -> None:
    with office.nothing_changes():
        answer = administrator.post(f"{office.url}/heartbeat", data=body, headers=OWN_PAGE, timeout=10)

    assert answer.status_code == 400


# -- Programs


@pytest.mark.parametrize("kind", ["kiosk", "rating", "", None, 3, "x" * 5000])
def test_a_program_cannot_ask_to_be_a_screen(office: Office, kind: object) -> None:
    assert_refused(office.ask("POST", "/pairings", json={"kind": kind}), 400, "malformed_body")


@pytest.mark.parametrize("secret", ["", "guess", "a\0b", "ก" * 100])
def test_a_secret_that_never_was_gets_nothing(office: Office, secret: str) -> None:
    assert_refused(office.ask("POST", "/pairings/claim", json={"secret": secret}), 410, "pairing_expired")


def test_a_report_of_gaps_needs_days_that_can_be(office: Office) -> None:
    assert office.ask("GET", "/devices/gaps?from=2026-01-01", "manager").status_code == 200
    assert_refused(office.ask("GET", "/devices/gaps?from=x", "manager"), 422, "invalid_value")
    assert_refused(office.ask("GET", "/devices/gaps?from=2026-02-01&to=2026-01-01", "manager"), 422, "invalid_value")


def test_of_a_browser_with_two_devices_only_the_revoked_one_is_shut_out(
    office: Office, administrator: requests.Session
) -> None:
    browser, kiosk = is_paired(office, administrator, "kiosk")
    code = re.findall(r'data-code="([^"]+)"', sends(office, browser, "/pair").text)[0]
    sends(office, administrator, f"{PAGE}/pair", code=code, kind="display", really="1")
    claims(office, browser)
    sends(office, administrator, f"{PAGE}/{kiosk}/revoke")
    time.sleep(FORGOTTEN_SECONDS)

    assert browser.get(f"{office.url}/display", timeout=10).status_code == 200
    assert_refused(browser.get(f"{office.url}/api/v1/services", timeout=10), 401, "device_revoked")
    assert "/pair" in browser.get(f"{office.url}/kiosk", timeout=10).text


def test_too_many_wrong_codes_are_refused_with_a_page(office: Office) -> None:
    """Among the last: the administrator cannot pair anything for a minute."""
    with office.logged_in("administrator") as browser:
        for _ in range(WRONG_CODES):
            sends(office, browser, f"{PAGE}/pair", code="333333", kind="kiosk")
        answer = sends(office, browser, f"{PAGE}/pair?lang=en", code="333333", kind="kiosk")

    assert answer.status_code == 429
    assert "too many wrong codes" in answer.text.lower()


def test_when_twenty_wait_the_next_is_told_so_by_a_page_and_a_program_by_a_problem(office: Office) -> None:
    """The last test of this office: its twenty codes stay for ten minutes."""
    answers = [office.ask("POST", "/pairings", json={"kind": "agent"}) for _ in range(MOST_OPEN + 1)]
    page = sends(office, office.browser(), "/pair?lang=en")

    assert {answer.status_code for answer in answers} == {201, 429}
    assert_refused(answers[-1], 429, "pairings_full")
    assert page.status_code == 429
    assert "Too many machines wait" in page.text
