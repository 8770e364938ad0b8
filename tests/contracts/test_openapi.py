"""The API's description is true: it names every address there is, and every real answer is as it says."""

import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from server.api.openapi import openapi
from server.domain.office_file import read_office
from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.entering import REMEMBERED_SECONDS
from server.settings import DEMO_OFFICE
from tests.running import RunningOffice, running_office

DESCRIPTION = openapi(read_office(tomllib.loads(DEMO_OFFICE.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(tmp_path_factory.mktemp("office"), printer="none") as office:
        yield office


class Client:
    """Asks the running office, and holds each answer against the description."""

    def __init__(self, office: RunningOffice) -> None:
        self.office = office
        self.seen: set[tuple[str, str, int]] = set()

    def ask(self, method: str, template: str, token: str, body: object = None, **parts: object) -> Any:
        path = template.format(**parts)
        answer = requests.request(
            method,
            f"{self.office.url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        self.seen.add((method.lower(), template.split("?")[0], answer.status_code))
        self.hold(answer, method.lower(), template.split("?")[0])
        return answer.json() if answer.content else None

    @staticmethod
    def hold(answer: requests.Response, method: str, template: str) -> None:
        said = DESCRIPTION["paths"][template][method]["responses"]
        described = said.get(str(answer.status_code), said["default"])
        if "$ref" in described:
            described = DESCRIPTION["components"]["responses"]["Problem"]
        if "content" not in described:
            assert answer.content == b"" or template == "/openapi.json"
            return
        ((media, content),) = described["content"].items()
        assert answer.headers["Content-Type"].split(";")[0] == media
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **content["schema"],
                  "components": DESCRIPTION["components"]}  # fmt: skip
        Draft202012Validator(schema).validate(answer.json())


def test_a_whole_visit_answers_as_described(office: RunningOffice) -> None:
    client = Client(office)
    devices, officer = office.credentials["devices"], office.credentials["officers"][0]["token"]
    kiosk, manager = devices["kiosk"]["token"], office.credentials["manager"]["token"]

    client.ask("GET", "/services", kiosk)
    wanted = {"service": "id_renew", "priority": True, "language": "en", "request_id": "one"}
    ticket = client.ask("POST", "/tickets", kiosk, wanted)
    client.ask("POST", "/tickets", kiosk, wanted)
    client.ask("POST", "/tickets", kiosk, {"service": "nothing"})
    client.ask("GET", "/tickets/{ticket}", kiosk, ticket=ticket["id"])
    client.ask("POST", "/counters/{number}/call-next", officer, {}, number=1)
    client.ask("POST", "/counters/{number}/open", officer, {}, number=1)
    client.ask("POST", "/counters/{number}/call-next", officer, {}, number=1)
    for command in ("recall", "start", "finish", "no-show"):
        client.ask("GET", "/counters/{number}/state", officer, number=1)
        client.ask("POST", "/tickets/{ticket}/" + command, officer, {}, ticket=ticket["id"])
    tablet = devices["rating"][0]["token"]
    slot = client.ask("GET", "/rating/{number}/state", tablet, number=1)["slot"]
    rating = {"slot": slot["id"], "score": 5, "request_id": "tap"}
    client.ask("POST", "/ratings", tablet, rating)
    client.ask("POST", "/ratings", tablet, rating)
    client.ask("POST", "/ratings", tablet, {"slot": slot["id"], "score": 4})
    client.ask("GET", "/tickets/{ticket}", kiosk, ticket="999")
    client.ask("GET", "/display/state", devices["display"]["token"])
    client.ask("POST", "/counters/{number}/call-next", officer, {}, number=1)
    a_visit_by_the_longer_way(client, kiosk, officer, office.credentials["reception"]["token"])
    client.ask("POST", "/counters/{number}/close", officer, {}, number=1)
    client.ask("GET", "/reports/waiting", manager)
    client.ask("GET", "/reports/fairness", manager)
    client.ask("GET", "/reports/staffing", manager)
    client.ask("GET", "/events", manager)
    agent, keypad = a_program_is_paired(client, office), a_program_is_paired(client, office, "keypad")
    a_slip_goes_every_way(client, kiosk, office.credentials["reception"]["token"], agent)
    client.ask("POST", "/keypad/press", keypad, {"key": "next"})
    client.ask("POST", "/keypad/press", keypad, {"key": "dance"})
    client.ask("POST", "/simulator", office.credentials["administrator"]["token"], {"fault": "paper_out"})
    client.ask("GET", "/devices", manager)
    client.ask("GET", "/devices/gaps", manager)

    described = {(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods}
    assert {(method, path) for method, path, _ in client.seen} == described - {("get", "/openapi.json")}
    assert {status for _, _, status in client.seen} >= {200, 201, 204, 404, 409, 422}


def a_program_is_paired(client: Client, office: RunningOffice, kind: str = "agent") -> str:
    """A program asks, an administrator types its code, it comes for its token; a second time there is none. Return the
    token."""
    asked = client.ask("POST", "/pairings", "", {"kind": kind})
    client.ask("POST", "/pairings/claim", "", {"secret": asked["secret"]})
    administrator = office.credentials["administrator"]
    with requests.Session() as browser:
        browser.post(f"{office.url}/login", data=administrator, timeout=10)
        form = {"code": asked["code"], "kind": kind, "counter": "1" if kind == "keypad" else "", "really": "1"}
        browser.post(f"{office.url}/settings/devices/pair", data=form, timeout=10)
    given = client.ask("POST", "/pairings/claim", "", {"secret": asked["secret"]})
    assert client.ask("POST", "/pairings/claim", "", {"secret": asked["secret"]})["code"] == "pairing_expired"
    client.ask("GET", "/office", given["token"])
    return str(given["token"])


def a_slip_goes_every_way(client: Client, kiosk: str, reception: str, agent: str) -> None:
    """One slip is printed by the agent and asked for again; of the copy nobody knows whether it came, until it did."""
    report = {"journal": "journal of a test", "width_dots": 576, "printer": {"state": "ok"}}
    client.ask("POST", "/agent/next", agent, report)
    time.sleep(REMEMBERED_SECONDS)  # The kiosk may be remembered as one of an office that does not print.
    ticket = client.ask("POST", "/tickets", kiosk, {"service": "id_renew"})
    for ended in ("printed", "unknown"):
        slip = client.ask("POST", "/agent/next", agent, report)["slip"]
        told = {
            "journal": "journal of a test",
            "state": ended,
            "reason": None if ended == "printed" else "not_confirmed",
        }
        client.ask("POST", "/agent/slips/{job}", agent, told, job=slip["job"])
        if ended == "printed":
            client.ask("POST", "/tickets/{ticket}/slip-came", reception, {}, ticket=ticket["id"])
            client.ask("POST", "/tickets/{ticket}/print", reception, {}, ticket=ticket["id"])
            client.ask("POST", "/tickets/{ticket}/print", reception, {}, ticket=ticket["id"])
    asked = client.ask("GET", "/slips", reception)["asked"]
    assert [(each["number"], each["state"], each["copy"]) for each in asked] == [(ticket["number"], "unknown", True)]
    came = client.ask("POST", "/tickets/{ticket}/slip-came", reception, {}, ticket=ticket["id"])
    assert came["print"]["state"] == "printed"
    client.ask("POST", "/agent/slips/{job}", agent, told, job=999)


def a_visit_by_the_longer_way(client: Client, kiosk: str, officer: str, reception: str) -> None:
    """Every other command once, each answered with what it makes of the visit."""

    def does(command: str, token: str, body: dict[str, object] | None = None) -> None:
        client.ask("POST", "/tickets/{ticket}/" + command, token, body or {}, ticket=ticket["id"])

    client.ask("GET", "/office", kiosk)
    client.ask("POST", "/counters/{number}/break", officer, {"reason": "rest"}, number=1)
    client.ask("POST", "/counters/{number}/open", officer, {}, number=1)
    ticket = client.ask("POST", "/tickets", kiosk, {"service": "id_renew"})
    client.ask("POST", "/counters/{number}/call", officer, {"ticket": ticket["id"], "reason": "unwell"}, number=1)
    does("undo", officer)
    client.ask("POST", "/counters/{number}/call-next", officer, {}, number=1)
    does("no-show", officer)
    does("return", reception)
    client.ask("POST", "/counters/{number}/call-next", officer, {}, number=1)
    does("start", officer)
    does("hold", officer)
    does("resume", officer)
    does("add-service", officer, {"service": "id_first"})
    does("transfer", officer, {"service": "death"})
    does("cancel", reception, {"reason": "left"})
    walk_up = {"service": "id_renew", "reason": "quick_question"}
    ticket = client.ask("POST", "/counters/{number}/walk-up", officer, walk_up, number=1)
    does("finish", officer)


def test_the_description_is_served_to_anybody(office: RunningOffice) -> None:
    answer = requests.get(f"{office.url}/api/v1/openapi.json", timeout=10)

    assert answer.json() == DESCRIPTION


def test_every_address_is_described(tmp_path: Path) -> None:
    from flask import Flask

    from server.api.views import api

    app = Flask("rules")
    app.register_blueprint(api)
    found = set()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1"):
            continue
        for path in spelled_out(rule.rule.removeprefix("/api/v1")):
            found |= {(method.lower(), path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}

    assert found == {(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods}


def spelled_out(rule: str) -> list[str]:
    """Return the rule's paths as OpenAPI writes them, one for each command that there is."""
    path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule)
    commands = OF_TICKET if path.startswith("/tickets") else OF_COUNTER
    return [path.replace("{command}", each) for each in commands] if "{command}" in path else [path]
