"""Whatever is sent to the API: a problem with a stable code, never a 5xx, and nothing changed."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.office import Office, assert_refused

NO_IDS = ("9" * 40, "9" * 5000, "-1", "0", "1.5", "1e3", "0x1", "๑", "١", "²", "+1", "1_0", "a", "%00", "' or 1=1 --",
          str(2**31), str(2**53), str(2**63), str(2**64), "\ud7ff", "..")  # fmt: skip
NO_NUMBERS = [each for each in NO_IDS if each not in {".."}]
TICKET_COMMANDS = ("recall", "start", "hold", "resume", "finish", "no-show", "return")


def as_path(written: str) -> str:
    return quote(written, safe="%")


def short(value: object) -> str:
    return ascii(value)[:24]


# -- Bodies


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "malformed_body"),
        (b"{", 400, "malformed_body"),
        (b"[]", 400, "malformed_body"),
        (b"null", 400, "malformed_body"),
        (b'"id_renew"', 400, "malformed_body"),
        (b"{}", 400, "malformed_body"),
        (b'{"service": 7}', 400, "malformed_body"),
        (b'{"service": null}', 400, "malformed_body"),
        (b'{"service": ["id_renew"]}', 400, "malformed_body"),
        (b'{"service": NaN}', 400, "malformed_body"),
        (b'{"service": "\xff"}', 400, "malformed_body"),
        (b'{"service": "\\ud800"}', 400, "malformed_body"),
        (b"\x00\x01\x02", 400, "malformed_body"),
        (b"[" * 30_000, 400, "malformed_body"),
        (b'{"service":' * 5_000, 400, "malformed_body"),
        (b'{"x": ' + b"[" * 20_000 + b"]" * 20_000 + b', "service": "id_renew"}', 400, "malformed_body"),
        (b'{"service": "id_renew", "priority": "yes"}', 400, "malformed_body"),
        (b'{"service": "id_renew", "priority": 1e400}', 400, "malformed_body"),
        (b'{"service": "id_renew", "language": "fr"}', 400, "malformed_body"),
        (b'{"service": "id_renew", "request_id": ""}', 400, "malformed_body"),
        (b'{"service": "id_renew", "request_id": 7}', 400, "malformed_body"),
        (b'{"service": "id_renew", "request_id": "a\\u0000b"}', 422, "invalid_value"),
        (b'{"service": "id_renew", "request_id": "' + b"x" * 65 + b'"}', 400, "malformed_body"),
        (b'{"service": "' + b"x" * 65 + b'"}', 400, "malformed_body"),
        (b'{"service": "no-such-service"}', 422, "unknown_service"),
        (b'{"service": ""}', 422, "unknown_service"),
        (b'{"service": "ID_RENEW"}', 422, "unknown_service"),
        (b'{"service": "id_renew\\u0000"}', 422, "unknown_service"),
        (b'{"service": "<script>alert(1)</script>"}', 422, "unknown_service"),
        (b'{"service": "{number.__class__}"}', 422, "unknown_service"),
        (b'{"service": "' + b"x" * 100_000 + b'"}', 413, "body_too_large"),
        (b" " * 70_000, 413, "body_too_large"),
    ],
    ids=short,
)
def test_a_body_that_is_no_ticket_request_is_refused(office: Office, raw: bytes, status: int, code: str) -> None:
    with office.nothing_changes():
        answer = office.ask("POST", "/tickets", "kiosk", data=raw, headers={"Content-Type": "application/json"})

    assert_refused(answer, status, code)


@pytest.mark.parametrize(
    "media", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "text/html", None]
)
def test_a_body_that_is_not_json_is_refused(office: Office, media: str | None) -> None:
    with office.nothing_changes():
        answer = office.ask(
            "POST", "/tickets", "kiosk", data=b'{"service": "id_renew"}', headers={"Content-Type": media}
        )

    assert_refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=utf-8", "application/vnd.a+json"])
def test_any_json_will_do_and_unknown_fields_are_ignored(office: Office, media: str) -> None:
    body = {"service": "id_renew", "no_such_field": {"deep": [1, 2]}, "Service": 7}
    answer = office.ask("POST", "/tickets", "kiosk", data=json.dumps(body), headers={"Content-Type": media})

    assert answer.status_code == 201


def test_a_body_that_never_ends_is_refused(office: Office) -> None:
    with office.nothing_changes():
        for said in (b"Content-Length: 99999999999999", b"Content-Length: -5", b"Content-Length: many"):
            assert b" 40" in first_line(office, said) or b" 413" in first_line(office, said)


def test_a_command_needs_no_body_but_takes_no_wrong_one(office: Office) -> None:
    with office.nothing_changes():
        nothing = office.ask("POST", "/counters/6/close", "officer 6")
        wrong = office.ask("POST", "/counters/6/close", "officer 6", json=[])
        wrong_id = office.ask("POST", "/counters/6/close", "officer 6", json={"request_id": {}})

    assert nothing.status_code == 200
    assert_refused(wrong, 400, "malformed_body")
    assert_refused(wrong_id, 400, "malformed_body")


# -- Addresses


@pytest.mark.parametrize("ticket", NO_IDS, ids=short)
def test_what_is_no_tickets_id_is_an_unknown_ticket(office: Office, ticket: str) -> None:
    with office.nothing_changes():
        seen = office.ask("GET", f"/tickets/{as_path(ticket)}", "officer")
        done = [office.ask("POST", f"/tickets/{as_path(ticket)}/{each}", "officer") for each in TICKET_COMMANDS]

    for answer in (seen, *done):
        assert answer.status_code == 404, answer.text
        assert answer.json()["code"] in {"unknown_ticket", "not_found"}


@pytest.mark.parametrize("counter", NO_NUMBERS, ids=short)
def test_what_is_no_counters_number_is_an_unknown_counter(office: Office, counter: str) -> None:
    number = as_path(counter)
    with office.nothing_changes():
        answers = [
            office.ask("POST", f"/counters/{number}/{each}", "officer") for each in ("open", "close", "call-next")
        ]
        answers += [office.ask("GET", f"/counters/{number}/state", "officer")]
        answers += [office.ask("GET", f"/rating/{number}/state", "manager")]

    for answer in answers:
        assert answer.status_code == 404, answer.text
        assert answer.json()["code"] in {"unknown_counter", "not_found"}


@pytest.mark.parametrize(
    "query",
    ["from=x", "from=2026-13-01", "from=2026-02-30", "to=2026-1-1", "from=๒๐๒๖-๐๑-๐๑", "from=2026-W01-1",
     "from=20260101", "from=2027-01-01&to=2026-01-01", "from=0001-01-01", "to=9999-12-31", "from=%00",
     "from=" + "1" * 5000, "from=2026-01-01T00:00", "from=-2026-01-01", "by=x", "by=", "by=%00", "by=" + "a" * 5000],
    ids=short,
)  # fmt: skip
def test_a_report_of_what_cannot_be_is_refused(office: Office, query: str) -> None:
    assert_refused(office.ask("GET", f"/reports/waiting?{query}", "manager"), 422, "invalid_value")
    if not query.startswith("by"):
        assert_refused(office.ask("GET", f"/reports/fairness?{query}", "manager"), 422, "invalid_value")
        assert_refused(office.ask("GET", f"/reports/staffing?{query}", "manager"), 422, "invalid_value")


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "๑", "²", "9" * 40, "9" * 5000, str(2**63), "%00", "1 or 1=1"],
                         ids=short)  # fmt: skip
def test_events_after_what_is_no_seq_are_refused(office: Office, after: str) -> None:
    assert_refused(office.ask("GET", f"/events?after={after}", "manager"), 422, "invalid_value")


def test_events_after_the_last_are_none(office: Office) -> None:
    assert office.json("GET", f"/events?after={2**53}", "manager") == {"events": [], "next": 2**53, "more": False}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "", 404, "not_found"),
        ("GET", "/", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/nothing", 404, "not_found"),
        ("GET", "/services/", 404, "not_found"),
        ("GET", "/../v1/nothing", 404, "not_found"),
        ("GET", "/%00", 404, "not_found"),
        ("GET", "/%ff%fe", 404, "not_found"),
        ("GET", "/" + "a" * 4000, 404, "not_found"),
        ("DELETE", "/tickets/1", 405, "method_not_allowed"),
        ("PUT", "/tickets", 405, "method_not_allowed"),
        ("GET", "/tickets", 405, "method_not_allowed"),
        ("GET", "/tickets/1/start", 405, "method_not_allowed"),
        ("GET", "/counters/1/call-next", 405, "method_not_allowed"),
        ("PATCH", "/ratings", 405, "method_not_allowed"),
        ("TRACE", "/services", 405, "method_not_allowed"),
        ("NONSENSE", "/services", 405, "method_not_allowed"),
        ("POST", "/tickets/1/steal", 404, "not_found"),
        ("POST", "/counters/1/explode", 404, "not_found"),
    ],
    ids=short,
)
def test_an_unknown_path_or_method_is_a_problem(office: Office, method: str, path: str, status: int, code: str) -> None:
    with office.nothing_changes():
        assert_refused(office.ask(method, path, "officer"), status, code)


def test_even_the_bare_api_answers_as_an_api(office: Office) -> None:
    for path in ("/api", "/api/", "/api/v2/services"):
        answer = office.browser().get(office.url + path, timeout=10)
        assert_refused(answer, 404, "not_found")


@pytest.mark.parametrize("language", ["th", "en", "fr, en;q=0.5", "xx;q=nonsense", "*", "a" * 5000, "\x00"], ids=short)
def test_the_sentence_is_in_the_askers_language(office: Office, language: str) -> None:
    detail = office.ask("GET", "/services", headers={"Accept-Language": language}).json()["detail"]

    assert detail.isascii() is ("en" in language.split(";")[0])


# -- Wrong state


@pytest.fixture
def in_service(office: Office) -> Iterator[dict[str, Any]]:
    """A ticket in service at counter 5."""
    office.json("POST", "/counters/5/open", "officer 5", {})
    office.json("POST", "/tickets", "kiosk", {"service": "marriage"})
    ticket = office.json("POST", "/counters/5/call-next", "officer 5", {})
    office.json("POST", f"/tickets/{ticket['id']}/start", "officer 5", {})
    yield ticket
    office.ask("POST", f"/tickets/{ticket['id']}/finish", "officer 5")
    office.json("POST", "/counters/5/close", "officer 5", {})


def test_a_step_out_of_turn_is_refused(office: Office) -> None:
    ticket = office.json("POST", "/tickets", "kiosk", {"service": "death"})["id"]
    office.json("POST", "/counters/2/open", "officer 2", {})

    with office.nothing_changes():
        for command in TICKET_COMMANDS:
            assert_refused(office.ask("POST", f"/tickets/{ticket}/{command}", "officer 2"), 409, "ticket_waiting")
    assert office.json("GET", f"/tickets/{ticket}", "officer")["state"] == "waiting"
    office.json("POST", "/counters/2/close", "officer 2", {})


def test_a_ticket_is_started_and_finished_once(office: Office, in_service: dict[str, Any]) -> None:
    path = f"/tickets/{in_service['id']}"
    assert_refused(office.ask("POST", f"{path}/start", "officer 5"), 409, "ticket_serving")
    finished = office.json("POST", f"{path}/finish", "officer 5", {})

    with office.nothing_changes():
        for command in TICKET_COMMANDS:
            assert_refused(office.ask("POST", f"{path}/{command}", "officer 5"), 409, "ticket_finished")
    assert office.json("GET", path, "officer") == finished


def test_a_refusal_says_the_state_in_words(office: Office, in_service: dict[str, Any]) -> None:
    path = f"/tickets/{in_service['id']}/start"
    english = office.ask("POST", path, "officer 5").json()
    thai = office.ask("POST", path, "officer 5", headers={"Accept-Language": "th"}).json()

    assert (english["state"], english["command"]) == ("serving", "start")
    said = f"{english['title']} {english['detail']}".lower()
    assert "serving" not in said
    assert "being served" in said
    assert not set("abcdefghijklmnopqrstuvwxyz") & set(thai["title"] + thai["detail"])


def test_only_the_officer_who_has_the_ticket_may_go_on_with_it(office: Office, in_service: dict[str, Any]) -> None:
    office.json("POST", "/counters/6/open", "officer 6", {})
    with office.nothing_changes():
        for officer in ("officer 6", "officer 1"):
            answer = office.ask("POST", f"/tickets/{in_service['id']}/finish", officer)
            assert_refused(answer, 409, "ticket_not_at_counter")
    office.json("POST", "/counters/6/close", "officer 6", {})


def test_a_counter_is_one_officers_and_an_officer_at_one_counter(office: Office, in_service: dict[str, Any]) -> None:
    with office.nothing_changes():
        assert_refused(office.ask("POST", "/counters/5/open", "officer 6"), 409, "counter_taken")
        assert_refused(office.ask("POST", "/counters/5/close", "officer 6"), 409, "counter_taken")
        assert_refused(office.ask("POST", "/counters/5/call-next", "officer 6"), 409, "counter_taken")
        assert_refused(office.ask("POST", "/counters/6/open", "officer 5"), 409, "officer_elsewhere")
        assert_refused(office.ask("POST", "/counters/6/call-next", "officer 6"), 409, "counter_closed")
        assert_refused(office.ask("POST", "/counters/5/close", "officer 5"), 409, "counter_busy")
        assert_refused(office.ask("POST", "/counters/5/call-next", "officer 5"), 409, "counter_busy")


def test_recalls_are_limited_and_apart(office: Office) -> None:
    office.json("POST", "/counters/6/open", "officer 6", {})
    office.json("POST", "/tickets", "kiosk", {"service": "complaint"})
    path = f"/tickets/{office.json('POST', '/counters/6/call-next', 'officer 6', {})['id']}"
    office.json("POST", f"{path}/recall", "officer 6", {})

    with office.nothing_changes():
        answer = office.ask("POST", f"{path}/recall", "officer 6")
    assert_refused(answer, 409, "recall_too_soon")
    assert 0 < answer.json()["seconds"] <= 30
    office.json("POST", f"{path}/no-show", "officer 6", {})
    office.json("POST", "/counters/6/close", "officer 6", {})


# -- Ratings


@pytest.fixture
def slot(office: Office, in_service: dict[str, Any]) -> str:
    """An open slot at counter 5."""
    office.json("POST", f"/tickets/{in_service['id']}/finish", "officer 5", {})
    return str(office.json("GET", "/rating/5/state", "rating 5")["slot"]["id"])


def test_a_visit_is_rated_once(office: Office, slot: str) -> None:
    first = office.ask("POST", "/ratings", "rating 5", json={"slot": slot, "score": 5, "request_id": "tap"})
    with office.nothing_changes():
        again = office.ask("POST", "/ratings", "rating 5", json={"slot": slot, "score": 5, "request_id": "tap"})
        second = office.ask("POST", "/ratings", "rating 5", json={"slot": slot, "score": 1})
        other = office.ask("POST", "/ratings", "rating 5", json={"slot": slot, "score": 1, "request_id": "tap"})

    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert_refused(second, 409, "already_rated")
    assert_refused(other, 409, "request_id_reused")


def test_a_slot_that_has_expired_takes_no_tap(office: Office, slot: str) -> None:
    assert office.sql("update rating_slots set expires_at = opened_at where id = ?", int(slot)) == 1

    with office.nothing_changes():
        assert_refused(office.ask("POST", "/ratings", "rating 5", json={"slot": slot, "score": 5}), 409, "slot_expired")
    assert office.json("GET", "/rating/5/state", "rating 5")["slot"] is None


@pytest.mark.parametrize(
    ("score", "status", "code"),
    [(0, 422, "invalid_score"), (6, 422, "invalid_score"), (-1, 422, "invalid_score"), (10**30, 422, "invalid_score"),
     (2**63, 422, "invalid_score"), ("5", 400, "malformed_body"), (4.5, 400, "malformed_body"),
     (True, 400, "malformed_body"), (None, 400, "malformed_body"), ([5], 400, "malformed_body")],
)  # fmt: skip
def test_a_score_is_one_to_five(office: Office, slot: str, score: object, status: int, code: str) -> None:
    with office.nothing_changes():
        for more in ({}, {"request_id": f"score {score}"}):
            answer = office.ask("POST", "/ratings", "rating 5", json={"slot": slot, "score": score, **more})
            assert answer.status_code in {status, 400}
            assert answer.json()["code"] in {code, "malformed_body"}


def test_another_counters_tablet_cannot_rate_it(office: Office, slot: str) -> None:
    with office.nothing_changes():
        assert_refused(office.ask("POST", "/ratings", "rating 4", json={"slot": slot, "score": 1}), 404, "unknown_slot")


@pytest.mark.parametrize(
    "wrong",
    ["9" * 20, str(2**63), "๑", "²", "-1", "", "1 ", 0, -1, 2**63, 2**64, 10**30, "1" * 30, 1.5, None, True, [], {}],
    ids=short,
)  # fmt: skip
def test_what_is_no_slot_takes_no_tap(office: Office, wrong: object) -> None:
    with office.nothing_changes():
        for more in ({}, {"request_id": f"slot {wrong}"[:60]}):
            answer = office.ask("POST", "/ratings", "rating 5", json={"slot": wrong, "score": 5, **more})
            assert (answer.status_code, answer.json()["code"]) in {(404, "unknown_slot"), (400, "malformed_body")}


def first_line(office: Office, header: bytes) -> bytes:
    """Send headers that promise a body, and no body; return the first line of the answer."""
    with socket.create_connection(("127.0.0.1", office.running.port), timeout=10) as wire:
        wire.sendall(
            b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + office.tokens["kiosk"].encode() + b"\r\n" + header + b"\r\n\r\n"
        )
        return wire.recv(1000).split(b"\r\n")[0]
