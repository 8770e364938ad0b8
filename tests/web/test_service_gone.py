"""A service that the office no longer gives: every page and answer about its old tickets goes on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.app import House, create_app
from server.db.engine import open_engine
from server.db.migrating import migrate
from server.domain.office import Text
from server.services import moving
from server.services.configuring import change_configuration
from server.services.entering import Browser
from server.services.founding import found_office
from server.settings import ROOT, load_settings
from tests.services.office import document, hash_quickly


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The demo office, wired, on a fresh SQLite."""
    settings = load_settings({"SADUAK_DATA": str(tmp_path), "SADUAK_PRINTER": "none", "SADUAK_ASYNC": "threading",
                              "SADUAK_CONFIG": str(ROOT / "config/offices/pasang.toml")})  # fmt: skip
    engine = open_engine(settings.database_url)
    migrate(engine)
    found_office(engine, document(), tmp_path, now=settings.clock(), hash_password=hash_quickly)
    house = create_app(settings)
    yield house
    house.db.engine.dispose()
    engine.dispose()


@pytest.fixture
def browser(house: House, tmp_path: Path) -> FlaskClient:
    """A browser that is the kiosk, with the manager logged in."""
    browser = house.app.test_client()
    manager = json.loads((tmp_path / "credentials.json").read_text(encoding="utf-8"))["manager"]
    identities = house.desk.gate.devices(house.desk.office_id)
    with browser.session_transaction() as session:
        session["devices"] = [each.device for each in identities if each.role == "kiosk"]
        session["person"] = house.desk.gate.login(manager["user"], manager["password"], Browser()).token
    return browser


def without_complaints() -> dict[str, Any]:
    """The demo office without queue R and what belongs to it."""
    demo = document()
    counters = [row | {"queues": [each for each in row["queues"] if each != "R"]} for row in demo["counters"]]
    return demo | {
        "queues": [row for row in demo["queues"] if row["id"] != "R"],
        "services": [row for row in demo["services"] if row["queue"] != "R"],
        "counters": [row for row in counters if row["queues"]],
    }


def test_every_page_of_an_old_ticket_goes_on(house: House, browser: FlaskClient, tmp_path: Path) -> None:
    devices = json.loads((tmp_path / "credentials.json").read_text(encoding="utf-8"))["devices"]
    kiosk = {"Authorization": f"Bearer {devices['kiosk']['token']}"}
    ticket = browser.post("/api/v1/tickets", json={"service": "complaint"}, headers=kiosk).json
    assert ticket is not None
    moving.cancel_own(house.db, ticket["code"])

    assert change_configuration(house.db, house.desk.office_id, without_complaints()) == 2

    assert house.desk.office.known_service("complaint").name != Text("complaint", "complaint")
    for page in (f"/t/{ticket['code']}", f"/kiosk/tickets/{ticket['id']}", "/kiosk", "/reports?by=service",
                 "/reports?by=queue", "/reports?by=counter"):  # fmt: skip
        assert browser.get(page).status_code == 200, page
    seen = browser.get(f"/api/v1/tickets/{ticket['id']}", headers=kiosk).json
    assert seen is not None
    assert seen["service_name"] == ticket["service_name"]
