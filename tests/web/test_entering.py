"""Coming in by browser: login, its throttle, the one-time link, and the cookie that both leave."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import Counter
from pathlib import Path

import pytest
import requests

from server.app import create_app
from server.db.engine import open_engine
from server.db.migrating import migrate
from server.services.founding import found_office
from server.settings import load_settings
from tests.web.office import OWN_PAGE, Answer, Office

ATTEMPTS = 10


def log_in(office: Office, user: str, password: str, browser: requests.Session | None = None) -> Answer:
    return (browser or office.browser()).post(
        f"{office.url}/login",
        data={"user": user, "password": password},
        headers={**OWN_PAGE},
        allow_redirects=False,
        timeout=20,
    )


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


def test_after_ten_wrong_passwords_even_the_right_one_waits(office: Office) -> None:
    for _ in range(ATTEMPTS):
        assert log_in(office, "officer3", "wrong").status_code == 401

    right = log_in(office, "officer3", office.password_of("officer3"))

    assert right.status_code == 429
    assert "{" not in right.text.split("<main", 1)[1].split("</main>")[0], "a fact is missing in the sentence"
    assert log_in(office, "officer5", office.password_of("officer5")).status_code == 303


def test_a_guesser_gains_nothing_by_guessing_at_once(office: Office) -> None:
    answers: Counter[int] = Counter()
    guesses = [
        threading.Thread(target=lambda: answers.update([log_in(office, "officer6", "wrong").status_code]))
        for _ in range(2 * ATTEMPTS)
    ]

    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()

    assert answers[401] <= ATTEMPTS
    assert answers[401] + answers[429] == 2 * ATTEMPTS


def test_after_logout_the_browser_is_a_stranger_again(office: Office) -> None:
    browser = office.logged_in("manager")
    assert browser.get(f"{office.url}/api/v1/events", timeout=10).status_code == 200

    browser.post(f"{office.url}/logout", headers=OWN_PAGE, timeout=10)

    assert browser.get(f"{office.url}/api/v1/events", timeout=10).status_code == 401


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

    entered = first.get(link, timeout=10)
    again = second.get(link, timeout=10)

    assert entered.status_code == 200
    assert first.get(f"{office.url}/display", timeout=10).status_code == 200
    assert again.status_code == 410
    assert second.get(f"{office.url}/display", timeout=10).status_code == 401


def test_an_entry_code_used_by_many_at_once_lets_in_one(office: Office) -> None:
    link = a_link(office)
    statuses: list[int] = []
    browsers = [
        threading.Thread(target=lambda: statuses.append(office.browser().get(link, timeout=10).status_code))
        for _ in range(8)
    ]

    for each in browsers:
        each.start()
    for each in browsers:
        each.join()

    assert sorted(statuses) == [200] + [410] * 7


def test_an_expired_entry_code_lets_nobody_in(office: Office) -> None:
    link = a_link(office, expires_at=1)

    assert office.browser().get(link, timeout=10).status_code == 410


@pytest.mark.parametrize("code", ["", "wrong", "%00", "%ff%fe", "x" * 4000, "' or 1=1 --"], ids=lambda code: code[:12])
def test_a_wrong_entry_code_lets_nobody_in(office: Office, code: str) -> None:
    browser = office.browser()

    answer = browser.get(f"{office.url}/enter?code={code}", timeout=10)

    assert answer.status_code == 410
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
