"""Devices at a real server: paired, heard of, and shut out, sockets and all."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
import requests
import socketio

from tests.live.outside import NAMESPACE, Ear, Payload, Voice
from tests.live.people import People
from tests.running import ROOT, RunningOffice

SHUT_OUT_WITHIN_SECONDS = 3.0
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


class Administrator:
    """The administrator's browser, on the device page."""

    def __init__(self, office: RunningOffice) -> None:
        self.url = office.url
        self._session = requests.Session()
        self._session.trust_env = False
        self.posts("/login", **office.credentials["administrator"])

    def posts(self, path: str, **form: str) -> requests.Response:
        answer = self._session.post(self.url + path, data=form, headers=OWN_PAGE, timeout=10)
        assert answer.ok, answer.text
        return answer

    def pairs(self, code: str, kind: str, **more: str) -> str:
        """Confirm the code; return the device's id."""
        answer = self.posts("/settings/devices/pair", code=code, kind=kind, really="1", **more)
        return answer.url.rpartition("=")[2]

    def revokes(self, device: str) -> None:
        self.posts(f"/settings/devices/{device}/revoke")


class NewBrowser:
    """The browser of a machine that asks to be paired."""

    def __init__(self, office: RunningOffice) -> None:
        self.url = office.url
        self._session = requests.Session()
        self._session.trust_env = False
        page = self._session.post(f"{self.url}/pair", headers=OWN_PAGE, timeout=10).text
        self.code = page.partition('data-code="')[2].partition('"')[0]

    def claims(self) -> requests.Response:
        headers = {**OWN_PAGE, "Accept": "application/json"}
        return self._session.post(f"{self.url}/pair/claim", headers=headers, timeout=10)

    def gets(self, path: str) -> requests.Response:
        return self._session.get(self.url + path, timeout=10)

    def ear(self, **auth: Any) -> Ear:
        """Listen as the page does: with the session's cookie."""
        ear = Ear(self.url, auth)
        cookie = "; ".join(f"{each.name}={each.value}" for each in self._session.cookies)
        ear._client.connect(
            self.url, auth=auth, headers={"Cookie": cookie}, namespaces=[NAMESPACE], transports=["websocket"]
        )
        ear.hears("hello")
        return ear


def is_hung_up_on(ear: Ear, *, within: float = SHUT_OUT_WITHIN_SECONDS) -> bool:
    deadline = time.monotonic() + within
    while NAMESPACE in ear._client.namespaces and time.monotonic() < deadline:
        time.sleep(0.02)
    return NAMESPACE not in ear._client.namespaces


def a_program(people: People, office: RunningOffice, kind: str, **more: str) -> tuple[str, str]:
    """A program that has been paired: its device id and its token."""
    asked = requests.post(f"{people.url}/api/v1/pairings", json={"kind": kind}, timeout=10).json()
    device = Administrator(office).pairs(asked["code"], kind, **more)
    given: Payload = requests.post(
        f"{people.url}/api/v1/pairings/claim", json={"secret": asked["secret"]}, timeout=10
    ).json()
    return device, str(given["token"])


def test_a_paired_browser_hears_as_its_device_and_is_hung_up_on_when_it_is_revoked(
    office_in_each_mode: RunningOffice, people_in_each_mode: People
) -> None:
    office, people = office_in_each_mode, people_in_each_mode
    administrator, browser = Administrator(office), NewBrowser(office)
    assert browser.claims().status_code == 202
    with people.ear("manager") as manager, people.ear("display") as other:
        device = administrator.pairs(browser.code, "display", name="second")
        assert browser.claims().json() == {"go": "/display"}
        paired = manager.hears("device_changed", device=f"device:{device}", state="paired")
        ear = browser.ear(screen="display")
        with people.officer_at(1):
            ear.hears("counter_opened")

        administrator.revokes(device)

        assert is_hung_up_on(ear)
        manager.hears("device_changed", device=f"device:{device}", state="revoked")
        time.sleep(1.2)  # Who a session is, is remembered for a second.
        answer = browser.gets("/display")
        with pytest.raises(socketio.exceptions.ConnectionError):
            browser.ear(screen="display")
        assert answer.status_code == 401
        assert "/pair" in answer.text
        assert "device_changed" not in other.names, "a display hears of no device"
        assert not is_hung_up_on(other, within=0.2)
        assert (paired["device_kind"], paired["counter"]) == ("display", None)


def test_a_token_revoked_at_the_command_line_is_hung_up_on_by_the_server(office: RunningOffice, people: People) -> None:
    administrator, browser = Administrator(office), NewBrowser(office)
    device = administrator.pairs(browser.code, "kiosk")
    browser.claims()
    ear = browser.ear(screen="kiosk")

    said = subprocess.run(
        [sys.executable, "-m", "server", "device", "revoke", device], cwd=ROOT, env=office.environment,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert said.returncode == 0, said.stderr
    assert is_hung_up_on(ear)


def test_a_program_s_token_works_until_it_is_revoked(office: RunningOffice, people: People) -> None:
    device, token = a_program(people, office, "agent")
    agent = Voice(people.url, token)
    works = agent.ask("GET", "/office").status_code

    Administrator(office).revokes(device)
    time.sleep(1.2)

    assert works == 200
    assert agent.ask("GET", "/office").status_code == 401


def test_a_device_that_beats_is_told_of_once(office: RunningOffice, people: People) -> None:
    administrator, browser = Administrator(office), NewBrowser(office)
    device = administrator.pairs(browser.code, "rating", counter="4")
    browser.claims()
    with people.ear("manager") as manager, people.ear("reception") as reception:
        for visible, seconds_before in ((True, 0), (True, 0), (False, 5.1), (False, 0), (True, 5.1)):
            time.sleep(seconds_before)  # One change in five seconds is told.
            said = {"screen": "rating", "counter": 4, "version": "b1", "visible": visible}
            answer = browser._session.post(f"{office.url}/heartbeat", json=said, headers=OWN_PAGE, timeout=10)
            assert answer.status_code == 204
        with people.officer_at(1):
            pass
        for ear in (manager, reception):
            ear.hears("counter_closed")
            states = [each.payload["state"] for each in ear.heard if each.name == "device_changed"]
            assert states == ["ok", "hidden", "ok"]
    found = people.manager.get("/devices")["devices"]
    assert next(each["state"] for each in found if each["id"] == device) == "ok"


@pytest.mark.parametrize("how", ["logout", "administrator", "remove"])
def test_a_session_that_ends_is_hung_up_on_at_once(office: RunningOffice, how: str) -> None:
    account = office.credentials["officers"][-1]
    person = NewBrowser(office)
    form = {"user": account["user"], "password": account["password"]}
    person._session.post(f"{office.url}/login", data=form, headers=OWN_PAGE, timeout=10)
    page, other = person.ear(), Ear(office.url, {"token": account["token"]})
    other._client.connect(office.url, auth={"token": account["token"]}, namespaces=[NAMESPACE],
                          transports=["websocket"])  # fmt: skip
    other.hears("hello")

    if how == "logout":
        person._session.post(f"{office.url}/logout", headers=OWN_PAGE, timeout=10)
    elif how == "administrator":
        administrator = Administrator(office)
        shown = administrator._session.get(f"{office.url}/settings/sessions", timeout=10).text
        session = shown.partition(account["user"])[2].partition("/settings/sessions/")[2].partition("/end")[0]
        administrator.posts(f"/settings/sessions/{session}/end")
    else:
        command = [sys.executable, "-m", "server", "user", "remove", account["user"]]
        subprocess.run(command, cwd=ROOT, env=office.environment, check=True, capture_output=True)

    assert is_hung_up_on(page)
    assert is_hung_up_on(other, within=SHUT_OUT_WITHIN_SECONDS if how == "remove" else 0.3) is (how == "remove")
