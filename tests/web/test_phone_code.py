"""Over HTTP: with what staff may read, nobody can act as the citizen."""

import pytest

from tests.web.office import OWN_PAGE, Office


@pytest.mark.parametrize("role", ["manager", "administrator", "officer 1", "officer 2", "reception"])
def test_staff_read_no_code_in_anything_they_may_get(office: Office, role: str) -> None:
    issued = office.json("POST", "/tickets", "kiosk", {"service": "birth"})
    paths = [f"/tickets/{issued['id']}", *(f"/counters/{n}/state" for n in range(1, 7)), "/display/state", "/services"]
    if role in {"manager", "administrator"}:
        paths += ["/reports/waiting", "/rating/1/state"]

    answers = {path: office.ask("GET", path, role) for path in paths}
    events = office.json("GET", "/events?after=0", "manager")

    assert answers[f"/tickets/{issued['id']}"].status_code == 200
    assert "code" not in answers[f"/tickets/{issued['id']}"].json()
    assert [path for path, answer in answers.items() if issued["code"] in answer.text] == []
    assert issued["code"] not in str(events)
    assert office.json("GET", f"/tickets/{issued['id']}", "kiosk")["code"] == issued["code"]


def test_the_office_cancels_as_itself_and_the_citizen_by_the_slip(office: Office) -> None:
    issued = office.json("POST", "/tickets", "kiosk", {"service": "birth"})

    for guess in (issued["id"], issued["number"], "None", "undefined"):
        answer = office.browser().post(f"{office.url}/t/{guess}/cancel", headers=OWN_PAGE, timeout=10)
        assert answer.status_code == 404
    office.browser().post(f"{office.url}/t/{issued['code']}/cancel", headers=OWN_PAGE, timeout=10)

    assert office.json("GET", f"/tickets/{issued['id']}", "kiosk")["state"] == "cancelled"
