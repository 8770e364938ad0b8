"""The pages of fairness and of staffing: who may see them, and what they say to a filter that cannot be."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qs, quote

import pytest
import requests
from markupsafe import escape

from server.reports.definitions import TERMS
from tests.web.office import Office, assert_refused

PAGES = ("/reports/fairness", "/reports/staffing")
NO_DAYS = ("from=x", "from=2026-02-30", "to=2026-1-1", "from=2027-01-01&to=2026-01-01", "from=0001-01-01", "from=%00",
           "from=%3Cscript%3Ealert(1)%3C/script%3E", "to=" + "1" * 5000)  # fmt: skip


@pytest.fixture(scope="module")
def manager(office: Office) -> requests.Session:
    return office.logged_in("manager")


@pytest.mark.parametrize("page", PAGES)
def test_a_report_is_for_those_who_may_see_reports(office: Office, page: str) -> None:
    stranger, officer = office.browser(), office.logged_in("officer2")

    assert stranger.get(office.url + page, timeout=10).url == f"{office.url}/login?next={page}"
    assert officer.get(office.url + page, timeout=10).status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["th", "en"])
def test_a_report_opens_in_both_languages_and_leads_to_the_others(
    office: Office, manager: requests.Session, page: str, lang: str
) -> None:
    office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
    answer = manager.get(f"{office.url}{page}?from=2026-01-01&to=2030-12-31&lang={lang}", timeout=20)

    assert answer.status_code == 200
    assert f'lang="{lang}"' in answer.text
    assert set(re.findall(r'href="(/reports[^"?]*)\?from=2026-01-01&amp;to=2030-12-31"', answer.text)) == {
        "/reports", "/reports/fairness", "/reports/staffing",
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", NO_DAYS, ids=lambda query: query[:30])
def test_a_filter_that_cannot_be_is_told_in_place_over_todays_figures(
    office: Office, manager: requests.Session, page: str, query: str
) -> None:
    answer = manager.get(f"{office.url}{page}?{query}&lang=en", timeout=10)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script>alert" not in answer.text
    typed = parse_qs(query).get("from", [""])[0][:20]
    assert f'name="from" required value="{escape(typed)}"' in answer.text


@pytest.mark.parametrize("report", ["fairness", "staffing"])
def test_who_asks_is_looked_at_before_which_days(office: Office, report: str) -> None:
    assert_refused(office.ask("GET", f"/reports/{report}?from=x", "officer"), 403, "forbidden")
    assert_refused(office.ask("GET", f"/reports/{report}?from=x"), 401, "unauthorized")


def test_days_left_out_are_today(office: Office) -> None:
    waiting = office.json("GET", "/reports/waiting", "manager")

    for report in ("fairness", "staffing"):
        asked = office.json("GET", f"/reports/{report}", "manager")
        assert (asked["from"], asked["to"]) == (waiting["from"], waiting["to"])


@pytest.mark.parametrize(
    "written", ["2026-11-23", "2569-11-23", "23/11/2569", "23/11/2026", "๒๓/๑๑/๒๕๖๙", "23.11.2569"]
)
def test_a_buddhist_year_sent_or_typed_asks_for_the_same_day(
    office: Office, manager: requests.Session, written: str
) -> None:
    days = f"from={quote(written)}&to={quote(written)}"
    for report in ("waiting", "fairness", "staffing"):
        asked = office.json("GET", f"/reports/{report}?{days}", "manager")
        assert (asked["from"], asked["to"]) == ("2026-11-23", "2026-11-23")
    for page in ("/reports", *PAGES):
        answer = manager.get(f"{office.url}{page}?{days}&lang=th", timeout=10)
        assert answer.status_code == 200
        assert "23 พฤศจิกายน 2569" in answer.text


def test_the_days_of_devices_gaps_are_read_like_those_of_the_reports(office: Office) -> None:
    common = office.json("GET", "/devices/gaps?from=2026-11-23", "manager")

    assert office.json("GET", "/devices/gaps?from=2569-11-23", "manager")["from"] == common["from"] == "2026-11-23"


@pytest.mark.parametrize(
    ("lang", "shown", "said"),
    [
        ("th", "5/1/2569", "ไม่ใช่วันที่ที่มีจริง โปรดเขียน วัน/เดือน/ปี พ.ศ."),
        ("en", "5/1/2026", "is no date. Write day/month/year"),
    ],
)
def test_a_date_field_is_day_first_in_the_pages_own_era(
    office: Office, manager: requests.Session, lang: str, shown: str, said: str
) -> None:
    page = manager.get(f"{office.url}/reports?from=2026-01-05&to=2026-01-05&lang={lang}", timeout=10).text
    refused = manager.get(f"{office.url}/reports?from=31/2/2569&to=1/3/2569&lang={lang}", timeout=10)

    assert 'type="date"' not in page  # Its order and era are the browser's.
    assert page.count(f'required value="{shown}"') == 2
    assert refused.status_code == 422
    assert said in refused.text
    assert 'value="31/2/2569"' in refused.text  # What was typed is there to be mended.


def test_a_period_often_asked_for_is_one_press(office: Office, manager: requests.Session) -> None:
    today = date.fromisoformat(office.json("GET", "/reports/waiting", "manager")["to"])

    page = manager.get(f"{office.url}/reports?by=queue&lang=en", timeout=10).text

    assert f'href="/reports?from={today.replace(day=1)}&amp;to={today}&amp;by=queue"' in page


def test_the_end_of_what_was_not_finished_does_not_stand_under_finished(
    office: Office, manager: requests.Session
) -> None:
    """A no-show, a cancelled and a left ticket have one end, told by `ended_at`, beside the word for it."""
    ticket = office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
    ended = office.json("POST", f"/tickets/{ticket['id']}/cancel", "reception")

    page = manager.get(f"{office.url}/reports?lang=en", timeout=10).text

    assert ended["finished_at"] is None
    assert ended["ended_at"]
    row = next(row for row in page.split("<tr>") if f">{ticket['number']}</th>" in row)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    assert cells[2].startswith("Cancelled <time")
    assert ended["ended_at"][11:16] in cells[2]
    assert cells[6] == "–"  # Finished.


@pytest.mark.parametrize("lang", ["th", "en"])
def test_the_page_of_definitions_has_each_word_of_the_reports_once(
    office: Office, manager: requests.Session, lang: str
) -> None:
    page = manager.get(f"{office.url}/reports/definitions?lang={lang}", timeout=10).text
    defined = re.findall(r'<tr id="\w+"><th[^>]*>([^<]+)</th>', page)

    assert len(set(defined)) == len(defined) == len(TERMS)
    for address in ("/reports", *PAGES):
        report = manager.get(f"{office.url}{address}?lang={lang}", timeout=10).text
        explained = re.findall(r"<dt>([^<]+)</dt><dd>", report.split('id="definitions"')[1])
        assert len(explained) > 8
        assert set(explained) <= set(defined)
