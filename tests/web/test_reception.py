"""The reception screen as plain forms: print again, it came out, by number; with honest and with hostile values."""

from __future__ import annotations

import html
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from tests.live.complaints import complaints
from tests.running import running_office
from tests.web.office import OWN_PAGE, Answer, Office

HOSTILE = [
    "", " ", "no-such", "-1", "0", "9" * 30, "1e9", "null", "[]", "\x00", "A\x00", "\x07", "x" * 5000, "A" * 64,
    "<script>alert(1)</script>", "' or 1=1 --", "../../etc", "\u202e", "%00", "{number}", "{{ 7 * 7 }}", "๑",
]  # fmt: skip
FORGED = [
    "done=print", "done=print&ticket=9999", "done=cancel&ticket=1", "done=print&ticket=-1", "done=__class__&ticket=1",
    "done=print&ticket=%00", "done=%3Cscript%3E",
]  # fmt: skip
LOGIN = "/login?next=/reception"


@pytest.fixture(scope="module")
def printing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose printer is simulated and in good order."""
    with running_office(tmp_path_factory.mktemp("reception")) as running:
        yield Office(running)
    assert complaints(running) == []


@pytest.fixture(scope="module")
def reception(printing: Office) -> Iterator[requests.Session]:
    with printing.logged_in("reception") as browser:
        yield browser


def an_asked_slip(office: Office, state: str = "unknown", reason: str = "not_confirmed") -> dict[str, Any]:
    """A ticket whose slip ended so: it was printed in truth, and the record says otherwise."""
    ticket: dict[str, Any] = office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
    deadline = time.monotonic() + 10
    while office.json("GET", f"/tickets/{ticket['id']}", "manager")["print"]["state"] != "printed":
        assert time.monotonic() < deadline, "the slip was not printed"
        time.sleep(0.05)
    office.sql("update print_jobs set state = ?, reason = ? where ticket_id = ?", state, reason, ticket["id"])
    return ticket


def a_silent_agent(office: Office, name: str) -> int:
    """A paired agent that was heard of once, long ago; return its device id."""
    office.sql("insert into devices (office_id, kind, name, created_at) values (1, 'agent', ?, 0)", name)
    with closing(sqlite3.connect(office.running.data / "saduak.sqlite3", timeout=10)) as database:
        agent = int(database.execute("select max(id) from devices").fetchone()[0])
    office.sql(
        "insert into printers (office_id, printer, state, since, asked_at, paper, cover, connection, width_dots) "
        "values (1, ?, 'agent_silent', 0, 0, 'unknown', 'unknown', 'cups:slips', 384)",
        agent,
    )
    return agent


def jobs(office: Office, ticket: dict[str, Any]) -> list[bool]:
    """Of each of the ticket's slips, whether it is a copy."""
    with closing(sqlite3.connect(office.running.data / "saduak.sqlite3", timeout=10)) as database:
        rows = database.execute("select is_copy from print_jobs where ticket_id = ? order by id", (ticket["id"],))
        return [bool(row[0]) for row in rows]


def post(office: Office, browser: requests.Session, path: str, **fields: str) -> Answer:
    body = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
    return browser.post(
        f"{office.url}/reception/{path}?lang=th", data=body, headers=OWN_PAGE, allow_redirects=False, timeout=10
    )


def page(office: Office, browser: requests.Session, path: str = "/reception") -> str:
    answer = browser.get(f"{office.url}{path}", timeout=10)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def row(text: str, ticket: dict[str, Any]) -> str:
    """What the page has of that ticket's slip, nothing if it is not there."""
    found = re.search(rf'<article class="slip-row[^>]*data-ticket="{ticket["id"]}".*?</article>', text, flags=re.DOTALL)
    return found[0] if found else ""


def notice(text: str) -> str:
    """Title and detail of the refusal on the page."""
    found = re.search(r'class="notice-title">([^<]*)</p>\s*<p class="notice-detail">([^<]*)<', text)
    assert found, text[:300]
    return html.unescape(found[1] + found[2])


def test_whoever_works_at_reception_comes_to_its_screen(printing: Office, reception: requests.Session) -> None:
    with printing.browser() as browser:
        account = printing.running.credentials["reception"]
        answer = browser.post(
            f"{printing.url}/login", data=account, headers=OWN_PAGE, allow_redirects=False, timeout=10
        )

    assert answer.headers["Location"] == "/reception"
    assert 'href="/reception"' in page(printing, reception, "/")


@pytest.mark.parametrize(
    ("state", "reason", "says", "asks_whether_it_came", "marks_a_copy"),
    [
        ("unknown", "not_confirmed", "ไม่ยืนยัน", True, True),
        ("unknown", "server_stopped", "เครื่องแม่ข่ายหยุด", True, True),
        ("dropped", "too_old", "นานเกินเวลา", False, False),
        ("failed", "slip_unprintable", "จัดหน้าบัตรไม่ได้", False, False),
        ("unknown", "<script>alert(1)</script>", "ไม่ทราบสาเหตุ", True, True),
    ],
)
def test_a_slip_that_needs_a_person_says_why_and_what_can_be_done(
    printing: Office, reception: requests.Session, state: str, reason: str, says: str, asks_whether_it_came: bool,
    marks_a_copy: bool,
) -> None:  # fmt: skip
    ticket = an_asked_slip(printing, state, reason)

    text = row(page(printing, reception, "/reception?lang=th"), ticket)

    assert ticket["number"] in text
    assert says in text
    assert f'action="/reception/tickets/{ticket["id"]}/print"' in text
    assert (f'action="/reception/tickets/{ticket["id"]}/slip-came"' in text) is asks_whether_it_came
    assert ("ใบใหม่จะมีคำว่า “สำเนา”" in text) is marks_a_copy
    assert "<script>alert" not in text
    assert text.count('name="request_id"') == 1 + asks_whether_it_came
    post(printing, reception, f"tickets/{ticket['id']}/print")


def test_printed_again_by_a_double_tap_it_is_one_copy(printing: Office, reception: requests.Session) -> None:
    ticket = an_asked_slip(printing)
    request_id = re.findall(r'name="request_id" value="([^"]+)"', row(page(printing, reception), ticket))[-1]

    answers = [post(printing, reception, f"tickets/{ticket['id']}/print", request_id=request_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert jobs(printing, ticket) == [False, True]
    shown = page(printing, reception, answers[0].headers["Location"] + "&lang=th")
    assert f"สั่งพิมพ์บัตรคิว {ticket['number']} อีกครั้งแล้ว" in shown
    assert row(shown, ticket) == ""


def test_what_came_out_after_all_is_put_right(printing: Office, reception: requests.Session) -> None:
    ticket = an_asked_slip(printing)

    answer = post(printing, reception, f"tickets/{ticket['id']}/slip-came")
    again = post(printing, reception, f"tickets/{ticket['id']}/slip-came")

    assert answer.status_code == 303
    assert printing.json("GET", f"/tickets/{ticket['id']}", "manager")["print"]["state"] == "printed"
    assert jobs(printing, ticket) == [False]
    assert row(page(printing, reception), ticket) == ""
    assert again.status_code == 409
    assert ticket["number"] in notice(again.text)


def test_a_refusal_is_said_in_the_row_that_it_is_about(printing: Office, reception: requests.Session) -> None:
    ticket = an_asked_slip(printing)

    with printing.nothing_changes():
        answer = post(printing, reception, f"tickets/{ticket['id']}/print", printer="77")

    assert answer.status_code == 409
    assert "ไม่มีเครื่องพิมพ์ให้พิมพ์" in notice(row(answer.text, ticket))
    post(printing, reception, f"tickets/{ticket['id']}/slip-came")


def test_who_lost_the_slip_gets_a_copy_by_the_number(printing: Office, reception: requests.Session) -> None:
    ticket = an_asked_slip(printing, "printed", "")

    answer = post(
        printing, reception, "print", number=f" {ticket['number'].lower()} ", request_id=f"lost {ticket['id']}"
    )
    again = post(printing, reception, "print", number=ticket["number"], request_id=f"lost {ticket['id']}")

    assert (answer.status_code, again.status_code) == (303, 303)
    assert jobs(printing, ticket) == [False, True]


def test_with_several_printers_one_can_be_chosen(printing: Office, reception: requests.Session) -> None:
    ticket = an_asked_slip(printing)
    agent = a_silent_agent(printing, "ตู้ 2 <script>alert(1)</script>")

    shown = page(printing, reception, "/reception?lang=th")
    answer = post(printing, reception, f"tickets/{ticket['id']}/print", printer=str(agent))

    assert shown.count(f'<option value="{agent}">ตู้ 2 &lt;script&gt;') == 2  # In its row, and beside the number.
    assert "<script>alert" not in shown
    assert f'data-printer="{agent}"' in shown
    assert answer.status_code == 303
    assert printing.json("GET", f"/tickets/{ticket['id']}", "manager")["print"] == {
        "state": "queued", "detail": "agent_silent",
    }  # fmt: skip
    assert post(printing, reception, f"tickets/{ticket['id']}/print").status_code == 409  # It comes when it comes.
    printing.sql("update devices set revoked_at = 0 where id = ?", agent)


def test_nothing_green_says_that_all_is_well_under_a_red_alarm(printing: Office, reception: requests.Session) -> None:
    for ticket in re.findall(r'data-ticket="(\d+)"', page(printing, reception)):
        post(printing, reception, f"tickets/{ticket}/print")
    printing.sql("delete from printers where printer != 0")  # Those of the tests above.
    quiet = page(printing, reception)

    agent = a_silent_agent(printing, "kiosk 3")
    alarmed = page(printing, reception)
    printing.sql("update devices set revoked_at = 0 where id = ?", agent)

    assert ('class="all-well"' in quiet, "tone-bad trouble" in quiet) == (True, False)
    assert ('class="all-well"' in alarmed, "tone-bad trouble" in alarmed) == (False, True)
    assert "ไม่มีบัตรคิวที่ต้องดูแล" in alarmed


def test_a_number_that_nobody_has_is_refused_at_the_field(printing: Office, reception: requests.Session) -> None:
    with printing.nothing_changes():
        answer = post(printing, reception, "print", number="Z999")

    assert answer.status_code == 404
    assert "วันนี้ไม่มีบัตรคิวหมายเลข “Z999”" in notice(answer.text)


def test_a_slip_of_somebody_who_has_gone_is_not_printed(printing: Office, reception: requests.Session) -> None:
    ticket = an_asked_slip(printing, "printed", "")
    printing.json("POST", f"/tickets/{ticket['id']}/cancel", "reception", {})

    with printing.nothing_changes():
        answer = post(printing, reception, "print", number=ticket["number"])

    assert answer.status_code == 409
    assert "ยกเลิก" in notice(answer.text)


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
@pytest.mark.parametrize("field", ["number", "printer", "request_id"])
def test_a_hostile_value_in_any_field_is_refused_on_the_page_and_changes_nothing(
    printing: Office, reception: requests.Session, field: str, value: str
) -> None:
    if field != "number" and not value:
        return  # Left out, that is.
    with printing.nothing_changes():
        answer = post(printing, reception, "print", **({"number": "Z999", "printer": "99"} | {field: value}))

    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<script>alert(1)" not in answer.text
    assert notice(answer.text)


@pytest.mark.parametrize(
    "path",
    ["tickets/1/cancel", "tickets/1/start", "tickets/1/__class__", "tickets/99999999999999999999/print", "paper"],
)
def test_a_command_that_is_none_of_receptions_changes_nothing(
    printing: Office, reception: requests.Session, path: str
) -> None:
    with printing.nothing_changes():
        assert post(printing, reception, path).status_code in {303, 404, 405}


@pytest.mark.parametrize("query", FORGED)
def test_a_forged_address_says_nothing_that_was_not_done(
    printing: Office, reception: requests.Session, query: str
) -> None:
    assert 'class="said"' not in page(printing, reception, f"/reception?{query}")


def test_who_is_not_logged_in_is_asked_to(printing: Office) -> None:
    with printing.browser() as stranger, printing.nothing_changes():
        for path in ("/reception", "/reception/paper"):
            answer = stranger.get(printing.url + path, allow_redirects=False, timeout=10)
            assert (answer.status_code, answer.headers["Location"]) == (303, LOGIN)
        for path in ("print", "tickets/1/print"):
            answer = post(printing, stranger, path, number="A001")
            assert (answer.status_code, answer.headers["Location"]) == (303, LOGIN)


def test_an_officer_has_no_business_here(printing: Office) -> None:
    with printing.logged_in("officer1") as officer, printing.nothing_changes():
        assert officer.get(f"{printing.url}/reception", timeout=10).status_code == 403
        assert post(printing, officer, "print", number="A001").status_code == 403
        assert post(printing, officer, "tickets/1/slip-came").status_code == 403


def test_a_manager_sees_the_slips_and_decides_nothing(printing: Office) -> None:
    ticket = an_asked_slip(printing)
    with printing.logged_in("manager") as manager:
        text = page(printing, manager)
        with printing.nothing_changes():
            refused = [post(printing, manager, "print", number=ticket["number"]),
                       post(printing, manager, f"tickets/{ticket['id']}/slip-came")]  # fmt: skip

    assert ticket["number"] in row(text, ticket)
    assert "<form" not in text
    assert [answer.status_code for answer in refused] == [403, 403]


def test_reception_gives_a_number_finds_it_and_returns_it_when_it_was_missed(office: Office) -> None:
    with office.logged_in("reception") as browser:
        given = browser.post(f"{office.url}/reception/issue", data={"service": "complaint", "request_id": "r 1"},
                             headers=OWN_PAGE, timeout=10)  # fmt: skip
        again = browser.post(f"{office.url}/reception/issue", data={"service": "complaint", "request_id": "r 1"},
                             headers=OWN_PAGE, timeout=10)  # fmt: skip
        assert given.ok
        assert given.url == again.url
        ticket = given.url.rsplit("=", 1)[1]
        number = office.json("GET", f"/tickets/{ticket}", "manager")["number"]
        assert number in given.text

        office.json("POST", "/counters/6/open", "officer 6", {})
        office.json("POST", "/counters/6/call", "officer 6", {"ticket": ticket, "reason": "unwell"})
        office.json("POST", f"/tickets/{ticket}/no-show", "officer 6", {})
        office.json("POST", "/counters/6/close", "officer 6", {})
        found = browser.post(f"{office.url}/reception/find", data={"number": number}, headers=OWN_PAGE, timeout=10)
        assert f"/reception/tickets/{ticket}/return" in found.text
        browser.post(f"{office.url}/reception/return", data={"number": number}, headers=OWN_PAGE, timeout=10)
        twice = browser.post(f"{office.url}/reception/return", data={"number": number}, headers=OWN_PAGE, timeout=10)

    assert office.json("GET", f"/tickets/{ticket}", "manager")["state"] == "waiting"
    assert twice.status_code == 409


@pytest.mark.parametrize("path", ["issue", "find", "return"])
def test_reception_s_new_forms_refuse_nonsense_in_place_and_a_manager(office: Office, path: str) -> None:
    nonsense = {"service": "no-such", "number": "Z99999"}
    with office.logged_in("reception") as reception, office.logged_in("manager") as manager, office.nothing_changes():
        refused = reception.post(f"{office.url}/reception/{path}", data=nonsense, headers=OWN_PAGE, timeout=10)
        forbidden = manager.post(f"{office.url}/reception/{path}", data=nonsense, headers=OWN_PAGE, timeout=10)

    assert 400 <= refused.status_code < 500
    assert "notice-title" in refused.text
    assert forbidden.status_code == 403
