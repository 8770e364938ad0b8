"""Coming in by browser: login, its throttle, the one-time link, and the cookie that both leave."""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from server.app import create_app
from server.db.engine import open_engine
from server.db.migrating import migrate
from server.domain.patience import FOR_ACCOUNT_AND_ADDRESS
from server.services.founding import found_office
from server.settings import load_settings
from tests.web.office import OWN_PAGE, Answer, Office


def log_in(office: Office, user: str, password: str, browser: requests.Session | None = None) -> Answer:
    return (browser or office.browser()).post(
        f"{office.url}/login",
        data={"user": user, "password": password},
        headers={**OWN_PAGE},
        allow_redirects=False,
        timeout=20,
    )


def press(link: str, browser: requests.Session) -> Answer:
    """Press the button of a one-time link."""
    address, _, code = link.partition("?code=")
    return browser.post(address, data={"code": code}, headers=OWN_PAGE, timeout=20)


def test_a_login_leaves_a_cookie_that_no_script_reads_and_no_other_site_sends(office: Office) -> None:
    answer = log_in(office, "officer1", office.password_of("officer1"))

    flags = {each.strip().split("=")[0].lower() for each in answer.headers["Set-Cookie"].split(";")}
    assert {"httponly", "samesite", "path"} <= flags
    assert "samesite=lax" in answer.headers["Set-Cookie"].lower()
    assert answer.headers["Location"] == "/counter"


def test_behind_https_the_cookie_is_sent_over_https_only(tmp_path: Path) -> None:
    here = {"SADUAK_DATA": str(tmp_path), "SADUAK_PRINTER": "none", "SADUAK_ASYNC": "threading"}
    plain = load_settings(here)
    engine = open_engine(plain.database_url)
    migrate(engine)
    found_office(engine, plain.document, tmp_path, now=plain.clock(), hash_password=lambda _: "")

    secure = create_app(load_settings({**here, "SADUAK_PUBLIC_URL": "https://queue.example.go.th/"})).app
    insecure = create_app(plain).app

    assert (secure.config["SESSION_COOKIE_SECURE"], insecure.config["SESSION_COOKIE_SECURE"]) == (True, False)


def test_a_forged_cookie_is_nobodys(office: Office) -> None:
    for forged in ("nonsense", "eyJhY2NvdW50IjoxfQ.aaaaaa.bbbbbb", "", "é" * 50, "x" * 3000):
        headers = {"Cookie": b"saduak=" + forged.encode()}
        answer = office.browser().get(f"{office.url}/api/v1/events", headers=headers, timeout=10)
        assert answer.status_code == 401


def test_a_wrong_password_says_so_in_place_and_not_which_was_wrong(office: Office) -> None:
    known = log_in(office, "officer2", "wrong")
    unknown = log_in(office, "nobody", "wrong")

    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.text.replace("officer2", "") == unknown.text.replace("nobody", "")
    assert "Set-Cookie" not in known.headers


def test_ten_wrong_passwords_keep_nobody_out_of_their_own_browser(fresh_office: Office) -> None:
    own, prankster = fresh_office.browser(), fresh_office.browser()
    right = fresh_office.password_of("officer3")
    assert log_in(fresh_office, "officer3", right, own).status_code == 303
    own.post(f"{fresh_office.url}/logout", headers=OWN_PAGE, timeout=10)

    answers = [log_in(fresh_office, "officer3", "wrong", prankster).status_code for _ in range(10)]
    stranger = log_in(fresh_office, "officer3", right)

    assert answers == [401] * FOR_ACCOUNT_AND_ADDRESS.most + [429] * (10 - FOR_ACCOUNT_AND_ADDRESS.most)
    assert stranger.status_code == 429
    assert "{" not in stranger.text.split("<main", 1)[1].split("</main>")[0], "a fact is missing in the sentence"
    assert log_in(fresh_office, "officer3", right, own).status_code == 303
    assert log_in(fresh_office, "officer5", fresh_office.password_of("officer5")).status_code == 303
    assert len(fresh_office.ended("login_slowed")) == 1

    administrator = fresh_office.logged_in("administrator")
    page = administrator.get(f"{fresh_office.url}/settings/sessions?lang=en", timeout=10).text
    key = re.findall(r'name="key" value="(\w+)"', page)[0]
    eased = administrator.post(f"{fresh_office.url}/settings/sessions/ease", data={"key": key}, headers=OWN_PAGE,
                               timeout=10)  # fmt: skip
    assert eased.ok
    assert log_in(fresh_office, "officer3", right).status_code == 303


def test_a_guesser_gains_nothing_by_guessing_at_once(fresh_office: Office) -> None:
    answers: Counter[int] = Counter()
    guesses = [
        threading.Thread(target=lambda: answers.update([log_in(fresh_office, "officer6", "wrong").status_code]))
        for _ in range(20)
    ]

    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()

    assert answers[401] <= FOR_ACCOUNT_AND_ADDRESS.most
    assert answers[401] + answers[429] == 20


def test_a_flood_of_log_ins_takes_little_memory_and_holds_nothing_up(fresh_office: Office) -> None:
    before = fresh_office.running.memory_mb()
    stop = time.monotonic() + 4

    def floods(client: int) -> None:
        browser, n = fresh_office.browser(), 0
        while time.monotonic() < stop:
            log_in(fresh_office, f"new {client} {n}", "guess", browser)
            n += 1

    clients = [threading.Thread(target=floods, args=(client,)) for client in range(40)]
    for client in clients:
        client.start()
    highest, issued = 0.0, 0
    while time.monotonic() < stop:
        highest = max(highest, fresh_office.running.memory_mb())
        issued += fresh_office.ask("POST", "/tickets", "kiosk", json={"service": "birth"}).ok
    for client in clients:
        client.join()

    assert highest - before <= 50
    assert issued >= 1  # One machine plays forty clients at once and the kiosk.


def test_an_administrator_ends_a_session_and_a_copied_cookie_ends_with_it(office: Office) -> None:
    officer, administrator = office.logged_in("officer4"), office.logged_in("administrator")
    copy = office.browser()
    copy.cookies.update(officer.cookies)
    address = f"{office.url}/api/v1/counters/4/state"
    assert copy.get(address, timeout=10).status_code == 200
    page = administrator.get(f"{office.url}/settings/sessions", timeout=10).text
    session = max(int(each) for each in re.findall(r"/settings/sessions/(\d+)/end", page.split("officer4")[1]))

    ended = administrator.post(f"{office.url}/settings/sessions/{session}/end", headers=OWN_PAGE, timeout=10)
    again = administrator.post(f"{office.url}/settings/sessions/{session}/end", headers=OWN_PAGE, timeout=10)

    assert (ended.status_code, again.status_code) == (200, 404)
    statuses = {each.get(address, timeout=10).status_code for each in (officer, copy)}
    assert statuses == {401}


def test_a_cookie_of_the_version_before_keeps_its_devices_and_asks_the_person_to_log_in(office: Office) -> None:
    with closing(sqlite3.connect(office.running.data / "saduak.sqlite3")) as database:
        (kiosk,) = database.execute("select id from devices where kind = 'kiosk'").fetchone()
        (manager,) = database.execute("select id from accounts where user = 'manager'").fetchone()
    app = Flask("saduak")
    app.secret_key = (office.running.data / "session.key").read_bytes()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    cookie = signer.dumps({"account": manager, "devices": [kiosk], "_permanent": True})
    headers = {"Cookie": f"saduak={cookie}"}

    assert office.browser().get(f"{office.url}/kiosk", headers=headers, timeout=10).status_code == 200
    reports = office.browser().get(f"{office.url}/reports", headers=headers, timeout=10, allow_redirects=False)
    assert reports.headers["Location"].startswith("/login")


def test_after_logout_the_browser_is_a_stranger_again(office: Office) -> None:
    browser, copy = office.logged_in("manager"), office.browser()
    copy.cookies.update(browser.cookies)
    assert copy.get(f"{office.url}/api/v1/events", timeout=10).status_code == 200

    browser.post(f"{office.url}/logout", headers=OWN_PAGE, timeout=10)

    for each in (browser, copy):  # A cookie that somebody copied before ends too.
        assert each.get(f"{office.url}/api/v1/events", timeout=10).status_code == 401


def test_a_person_whose_account_was_closed_is_out_at_once(office: Office) -> None:
    browser = office.logged_in("reception")
    address = f"{office.url}/api/v1/services"
    assert browser.get(address, timeout=10).status_code == 200

    office.sql("update accounts set active = 0 where user = 'reception'")
    try:
        for _ in range(40):
            if (status := browser.get(address, timeout=10).status_code) == 401:
                break
            threading.Event().wait(0.05)
        assert status == 401
    finally:
        office.sql("update accounts set active = 1 where user = 'reception'")


def test_an_entry_code_lets_in_once(office: Office) -> None:
    link = a_link(office)
    first, second = office.browser(), office.browser()

    for looked in (second.head(link, timeout=10), second.get(link, timeout=10)):
        assert (looked.status_code, dict(second.cookies)) == (200, {})  # As a mail program does before the person.
    entered = press(link, first)
    again = press(link, second)

    assert entered.status_code == 200
    assert first.get(f"{office.url}/display", timeout=10).status_code == 200
    assert again.status_code == 410
    assert second.get(f"{office.url}/display", timeout=10).status_code == 401


def test_an_entry_code_used_by_many_at_once_lets_in_one(office: Office) -> None:
    link = a_link(office)
    statuses: list[int] = []
    browsers = [
        threading.Thread(target=lambda: statuses.append(press(link, office.browser()).status_code)) for _ in range(8)
    ]

    for each in browsers:
        each.start()
    for each in browsers:
        each.join()

    assert sorted(statuses) == [200] + [410] * 7


def test_an_expired_entry_code_lets_nobody_in(office: Office) -> None:
    link = a_link(office, expires_at=1)

    assert office.browser().get(link, timeout=10).status_code == 410
    assert press(link, office.browser()).status_code == 410


@pytest.mark.parametrize("code", ["", "wrong", "%00", "%ff%fe", "x" * 4000, "' or 1=1 --"], ids=lambda code: code[:12])
def test_a_wrong_entry_code_lets_nobody_in(office: Office, code: str) -> None:
    browser = office.browser()

    link = f"{office.url}/enter?code={code}"

    assert (browser.get(link, timeout=10).status_code, press(link, browser).status_code) == (410, 410)
    assert not browser.cookies


def test_a_page_asks_a_stranger_to_come_in_and_a_person_to_do_only_their_own(office: Office) -> None:
    stranger, manager = office.browser(), office.logged_in("manager")

    for path in ("/counter", "/reports"):
        assert stranger.get(office.url + path, timeout=10).url == f"{office.url}/login?next={path}"
    for path in ("/kiosk", "/display", "/rating"):
        assert stranger.get(office.url + path, timeout=10).status_code == 401
    officer = office.logged_in("officer2")
    assert officer.get(f"{office.url}/reports", timeout=10).status_code == 403
    with office.nothing_changes():
        answer = manager.post(f"{office.url}/counter/2/open", headers=OWN_PAGE, timeout=10)
    assert answer.status_code == 403


def a_link(office: Office, expires_at: int = 2**60) -> str:
    """A fresh one-time link to the display, as `saduak serve --demo` makes one for every device."""
    code = secrets.token_urlsafe(16)
    office.sql(
        "insert into entry_codes (digest, office_id, devices, expires_at) "
        "select ?, 1, '[' || id || ']', ? from devices where kind = 'display'",
        hashlib.sha256(code.encode()).hexdigest(),
        expires_at,
    )
    return f"{office.url}/enter?code={code}"


@pytest.mark.parametrize("said", [{"Referer": "http://evil.example/"}, {"Referer": "http://["}, {"Referer": ""},
                                  {"Referer": "http://evil.example/", "Origin": "own"},
                                  {"Referer": "own", "Origin": "null"}])  # fmt: skip
def test_what_another_site_s_page_sends_is_refused_by_its_referer_too(office: Office, said: dict[str, str]) -> None:
    headers = {name: office.url if value == "own" else value for name, value in said.items()}

    for path in ("/pair", "/login", "/logout", "/enter"):
        assert office.browser().post(office.url + path, headers=headers, timeout=10).status_code == 403


def test_a_form_of_our_own_page_is_taken_from_a_browser_that_sends_only_a_referer(office: Office) -> None:
    for said in ({"Referer": f"{office.url}/login"}, {"Referer": f"{office.url}/login", "Origin": office.url}, {}):
        assert office.browser().post(f"{office.url}/logout", headers=said, timeout=10).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_the_metrics_answer_this_machine_or_a_token_and_nobody_through_a_proxy(office: Office, header: str) -> None:
    through_proxy = {header: "127.0.0.1"}

    assert office.browser().get(f"{office.url}/metrics", timeout=10).status_code == 200
    assert office.browser().get(f"{office.url}/metrics", headers=through_proxy, timeout=10).status_code == 401
    for role, status in (("manager", 200), ("administrator", 200), ("kiosk", 403), ("officer", 403)):
        asked = through_proxy | {"Authorization": f"Bearer {office.tokens[role]}"}
        assert office.browser().get(f"{office.url}/metrics", headers=asked, timeout=10).status_code == status


def test_behind_a_proxy_on_this_machine_log_ins_are_counted_by_the_address_that_it_saw(fresh_office: Office) -> None:
    def from_(said: str, password: str = "wrong") -> int:
        return fresh_office.browser().post(
            f"{fresh_office.url}/login", data={"user": "officer1", "password": password},
            headers={**OWN_PAGE, "X-Forwarded-For": said}, allow_redirects=False, timeout=20,
        ).status_code  # fmt: skip

    # What stands before the last hop is whatever the stranger has written.
    answers = [from_(f"198.51.100.{n}, 192.0.2.7") for n in range(FOR_ACCOUNT_AND_ADDRESS.most + 1)]

    assert answers == [401] * FOR_ACCOUNT_AND_ADDRESS.most + [429]
    assert from_("192.0.2.7", fresh_office.password_of("officer1")) == 429
    assert from_("192.0.2.8", fresh_office.password_of("officer1")) == 303
