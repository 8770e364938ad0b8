"""The pages of fairness and of staffing: who may see them, and what they say to a filter that cannot be."""

from __future__ import annotations

import re

import pytest
import requests

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
    assert re.search(r'name="from" required value="20\d\d-\d\d-\d\d"', answer.text)


@pytest.mark.parametrize("report", ["fairness", "staffing"])
def test_who_asks_is_looked_at_before_which_days(office: Office, report: str) -> None:
    assert_refused(office.ask("GET", f"/reports/{report}?from=x", "officer"), 403, "forbidden")
    assert_refused(office.ask("GET", f"/reports/{report}?from=x"), 401, "unauthorized")


def test_days_left_out_are_today(office: Office) -> None:
    waiting = office.json("GET", "/reports/waiting", "manager")

    for report in ("fairness", "staffing"):
        asked = office.json("GET", f"/reports/{report}", "manager")
        assert (asked["from"], asked["to"]) == (waiting["from"], waiting["to"])
