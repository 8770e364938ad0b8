"""Who may do what (DESIGN 9): every address of the API, asked by every role."""

from __future__ import annotations

import re

import pytest

from tests.web.office import Office, assert_refused

READERS = {"manager", "assessor", "administrator"}
ROLES = ("kiosk", "display", "rating", "rating 3", "officer", "reception", "manager", "assessor", "administrator")
MAY = {
    "GET /office": set(ROLES),
    "GET /services": {"kiosk", "officer", "reception", *READERS},
    "POST /tickets": {"kiosk", "reception"},
    "GET /tickets/{ticket}": {"kiosk", "officer", "reception", *READERS},
    "POST /tickets/{ticket}/recall": {"officer"},
    "POST /tickets/{ticket}/start": {"officer"},
    "POST /tickets/{ticket}/finish": {"officer"},
    "POST /tickets/{ticket}/no-show": {"officer"},
    "POST /tickets/{ticket}/hold": {"officer"},
    "POST /tickets/{ticket}/resume": {"officer"},
    "POST /tickets/{ticket}/add-service": {"officer"},
    "POST /tickets/{ticket}/return": {"officer", "reception"},
    "POST /tickets/{ticket}/transfer": {"officer", "reception"},
    "POST /tickets/{ticket}/cancel": {"officer", "reception"},
    "POST /tickets/{ticket}/undo": {"officer", "reception"},
    "POST /counters/2/open": {"officer"},
    "POST /counters/2/close": {"officer"},
    "POST /counters/2/call-next": {"officer"},
    "POST /counters/2/break": {"officer"},
    "POST /counters/2/call": {"officer"},
    "POST /counters/2/walk-up": {"officer"},
    "GET /counters/1/state": {"officer", "reception", *READERS},
    "GET /display/state": {"display", "officer", "reception", *READERS},
    "GET /rating/1/state": {"rating", *READERS},
    "POST /ratings": {"rating", "rating 3"},
    "GET /reports/waiting": READERS,
    "GET /reports/fairness": READERS,
    "GET /reports/staffing": READERS,
    "GET /events": READERS,
    "GET /slips": {"reception", *READERS},
    "POST /tickets/{ticket}/print": {"reception"},
    "POST /tickets/{ticket}/slip-came": {"reception"},
    "POST /agent/next": set(),  # Programs beside a printer or a key pad; tests/services/ has theirs.
    "POST /agent/slips/1": set(),
    "POST /keypad/press": set(),
    "POST /simulator": {"administrator"},
    "GET /devices": READERS,
    "GET /devices/gaps": READERS,
}
OF_ANYBODY = {"GET /openapi.json", "POST /pairings", "POST /pairings/claim"}  # A new device has no token yet.


def test_every_address_of_the_api_has_its_row_in_this_table(office: Office) -> None:
    described = office.json("GET", "/openapi.json", "manager")
    paths = {
        f"{method.upper()} {path}".replace("{number}", "N").replace("{job}", "N")
        for path, methods in described["paths"].items()
        for method in methods
    }

    assert {re.sub(r"/\d+", "/N", address) for address in MAY} == paths - OF_ANYBODY


@pytest.fixture(scope="module")
def assessor(office: Office) -> str:
    return office.add_account("assessor")


@pytest.fixture(scope="module")
def ticket(office: Office) -> str:
    issued = office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
    return str(issued["id"])


@pytest.mark.parametrize("address", MAY)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_it_is_there_for_and_nothing_else(
    office: Office, assessor: str, ticket: str, address: str, role: str
) -> None:
    method, path = address.format(ticket=ticket).split()
    token = assessor if role == "assessor" else role
    body = None if method == "GET" else {"service": "no-such-service", "slot": "999999", "score": 3}

    if role in MAY[address]:
        assert office.ask(method, path, token, json=body).status_code not in {401, 403}
    else:
        with office.nothing_changes():
            assert_refused(office.ask(method, path, token, json=body), 403, "forbidden")


@pytest.mark.parametrize("address", MAY)
def test_nobody_may_do_anything(office: Office, ticket: str, address: str) -> None:
    method, path = address.format(ticket=ticket).split()

    with office.nothing_changes():
        answer = office.ask(method, path, json={} if method == "POST" else None)

    assert_refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("address", MAY)
def test_who_asks_is_looked_at_before_what_is_asked(office: Office, ticket: str, address: str) -> None:
    method, path = address.format(ticket=ticket).split()
    if method == "POST":
        assert_refused(office.ask(method, path, data=b"{"), 401, "unauthorized")
        assert_refused(office.ask(method, path, "display", data=b"{"), 403, "forbidden")


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer wrong", "Bearer ", "Bearer", "bearer  ", "Basic b2ZmaWNlcjE6eA==", "Bearer a b", "Token x", "",
        "Bearer " + "x" * 3000, "Bearer \xff\xfe", "Bearer ' or 1=1 --",
    ],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_a_wrong_token_is_nobodys(office: Office, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}

    assert_refused(office.ask("GET", "/services", headers=headers), 401, "unauthorized")


def test_a_token_of_limited_time_ends(office: Office) -> None:
    expired = office.add_account("assessor", token_expires_at=1)

    assert_refused(office.ask("GET", "/events", expired), 401, "unauthorized")


def test_a_kiosk_does_not_even_learn_that_another_ones_ticket_exists(office: Office) -> None:
    others = office.json("POST", "/tickets", "reception", {"service": "id_renew"})["id"]

    assert_refused(office.ask("GET", f"/tickets/{others}", "kiosk"), 404, "unknown_ticket")


def test_a_tablet_sees_and_rates_its_own_counter_only(office: Office) -> None:
    assert_refused(office.ask("GET", "/rating/3/state", "rating 1"), 403, "forbidden")
    assert office.ask("GET", "/rating/3/state", "rating 3").status_code == 200


def test_a_wrong_bearer_token_is_not_made_good_by_the_browsers_session(office: Office) -> None:
    browser = office.logged_in("manager")

    good = browser.get(f"{office.url}/api/v1/events", timeout=10)
    wrong = browser.get(f"{office.url}/api/v1/events", headers={"Authorization": "Bearer wrong"}, timeout=10)

    assert (good.status_code, wrong.status_code) == (200, 401)


def test_an_officer_learns_of_no_rating_anywhere(office: Office) -> None:
    for path in ("/rating/1/state", "/events", "/reports/waiting", "/reports/fairness"):
        assert_refused(office.ask("GET", path, "officer"), 403, "forbidden")
