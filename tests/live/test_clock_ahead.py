"""Case 20: the machine starts with a date that is 40 days ahead, and then with the right one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from click.testing import CliRunner

from server.cli import cli
from server.loop import Loop
from tests.running import running_office


def test_a_wrong_date_at_boot_dates_nothing_until_staff_confirm_it_and_there_is_a_way_back(tmp_path: Path) -> None:
    wrong = (datetime.now(UTC) + timedelta(days=40)).isoformat(timespec="seconds")
    with running_office(tmp_path, printer="none") as office:
        token, officer = office.credentials["devices"]["kiosk"]["token"], office.credentials["officers"][0]
        ticket = {"service": "id_renew"}
        status, first = office.ask("POST", "/tickets", token, ticket)

        office.environment["SADUAK_CLOCK"] = wrong
        office.restart()
        refused = office.ask("POST", "/tickets", token, ticket)
        browser = requests.Session()
        browser.post(f"{office.url}/login", data={"user": officer["user"], "password": officer["password"]})
        asks = browser.get(f"{office.url}/counter?lang=en").text
        public = browser.get(f"{office.url}/display").text
        confirmed = browser.post(f"{office.url}/clock/confirm", allow_redirects=False)
        ahead = office.ask("POST", "/tickets", token, ticket)
        calm = browser.get(f"{office.url}/counter?lang=en").text

        office.environment["SADUAK_CLOCK"] = "real"
        office.restart()
        behind = browser.get(f"{office.url}/counter?lang=en").text
        set_back = CliRunner().invoke(
            cli, ["clock", "back"], obj={"loop": Loop()}, env={"SADUAK_DATA": str(office.data)}
        )
        again = office.ask("POST", "/tickets", token, ticket)
        well = browser.get(f"{office.url}/counter?lang=en").text

    assert (status, refused[0], refused[1]["code"]) == (201, 409, "clock_unconfirmed")
    assert "Is it really" in asks
    assert "/clock/confirm" in asks
    assert "/clock/confirm" not in public + calm + well
    assert (confirmed.status_code, ahead[0]) == (303, 201)
    assert ahead[1]["issued_at"][:10] > first["issued_at"][:10]
    assert "saduak clock back" in behind
    assert "saduak clock back" not in well
    assert set_back.exit_code == 0, set_back.output
    assert again[1]["issued_at"][:10] == first["issued_at"][:10]
