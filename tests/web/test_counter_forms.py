"""The officer's screen and the citizen's page as plain forms: every command, with honest and with hostile values."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import msgspec
import pytest
import requests

from server.services.commands import OF_COUNTER, OF_TICKET
from tests.web.office import OWN_PAGE, Answer, Office

OFFICER, COUNTER = "officer6", 6
HOSTILE = [
    "", " ", "no-such", "-1", "0", "9" * 30, "1e9", "null", "[]", "\x00", "\x07", "\ud83d\ude00"[:1], "x" * 5000,
    "<script>alert(1)</script>", "' or 1=1 --", "../../etc", "\u202e", "%00", "{number}", "{{ 7 * 7 }}",
]  # fmt: skip
AT_COUNTER = {name: known for name, known in OF_TICKET.items() if known.right != "reprint"}  # The others: reception.
FIELDS = sorted(
    {name for known in (*OF_COUNTER.values(), *AT_COUNTER.values()) for name in known.body.__struct_fields__}
)


@pytest.fixture(scope="module")
def officer(office: Office) -> Iterator[requests.Session]:
    with office.logged_in(OFFICER) as browser:
        post(office, browser, "open")
        yield browser
        post(office, browser, "close")


@pytest.fixture
def serving(office: Office, officer: requests.Session) -> Iterator[str]:
    """Somebody is served at the counter; afterwards it is free again."""
    ticket = str(office.json("POST", "/tickets", "kiosk", {"service": "complaint"})["id"])
    post(office, officer, "call", ticket=ticket, reason="unwell")
    post(office, officer, f"tickets/{ticket}/start")
    yield ticket
    free_the_counter(office, officer)


@pytest.mark.parametrize("command", [*OF_COUNTER, *AT_COUNTER])
def test_every_command_has_a_form_of_its_own_on_the_page(
    office: Office, officer: requests.Session, serving: str, command: str
) -> None:
    page = officer.get(f"{office.url}/counter", timeout=10).text

    path = rf"/counter/{COUNTER}/(tickets/\d+/)?{command}"
    form = re.search(rf'<form[^>]*action="{path}"[^>]*>.*?</form>', page, flags=re.DOTALL)
    assert form, command
    assert 'method="post"' in form[0]
    assert 'name="request_id"' in form[0]
    shape = {**OF_COUNTER, **OF_TICKET}[command].body
    offered = set(re.findall(r'name="(\w+)"', form[0]))
    assert offered <= set(shape.__struct_fields__)
    required = {field.name for field in msgspec.structs.fields(shape) if field.required}
    assert required <= offered


def test_a_visit_that_goes_every_way_by_forms_alone(office: Office, officer: requests.Session) -> None:
    first = str(office.json("POST", "/tickets", "kiosk", {"service": "complaint"})["id"])
    ways = [
        ("call", {"ticket": first, "reason": "unwell"}, "called"),
        (f"tickets/{first}/recall", {}, "called"),
        (f"tickets/{first}/no-show", {}, "no_show"),
        (f"tickets/{first}/return", {}, "waiting"),
        ("call", {"ticket": first, "reason": "unwell"}, "called"),
        (f"tickets/{first}/start", {}, "serving"),
        (f"tickets/{first}/hold", {}, "held"),
        (f"tickets/{first}/resume", {}, "serving"),
        (f"tickets/{first}/add-service", {"service": "birth"}, "serving"),
        (f"tickets/{first}/transfer", {"queue": "M", "service": "", "counter": ""}, "waiting"),
        (f"tickets/{first}/undo", {}, "serving"),
        (f"tickets/{first}/cancel", {"reason": "papers_missing"}, "cancelled"),
        (f"tickets/{first}/undo", {}, "serving"),
        (f"tickets/{first}/finish", {}, "finished"),
    ]

    for path, fields, state in ways:
        answer = post(office, officer, path, **fields)
        assert answer.status_code == 303, f"{path}: {answer.status_code} {notice(answer)}"
        assert office.json("GET", f"/tickets/{first}", "manager")["state"] == state, path


def test_a_no_show_and_a_second_service_are_asked_about_by_forms_alone(
    office: Office, officer: requests.Session, serving: str
) -> None:
    again = post(office, officer, f"tickets/{serving}/add-service", service="complaint")
    post(office, officer, f"tickets/{serving}/undo")
    early = post(office, officer, f"tickets/{serving}/no-show", sure="false")
    meant = post(office, officer, f"tickets/{serving}/no-show", sure="true")

    assert (again.status_code, early.status_code, meant.status_code) == (409, 409, 303)
    for page, chooser, fields in ((again, "again", {"service": "complaint"}), (early, "no-show", {})):
        asked = re.search(rf'<dialog[^>]*id="choose-{chooser}"[^>]* open .*?</dialog>', page.text, flags=re.DOTALL)
        assert asked
        for name, value in ({"sure": "true"} | fields).items():
            assert f'name="{name}" value="{value}"' in asked[0]
        assert len(re.findall(r"<dialog[^>]* open ", page.text)) == 1
    assert office.json("GET", f"/tickets/{serving}", "manager")["state"] == "no_show"


def test_a_program_that_calls_a_no_show_at_once_is_taken_at_its_word(office: Office, officer: requests.Session) -> None:
    """It has its own screen, or its own reasons; the office's screen is what asks."""
    for body in ({}, {"request_id": "no-show at once"}, None):
        ticket = str(office.json("POST", "/tickets", "kiosk", {"service": "complaint"})["id"])
        post(office, officer, "call", ticket=ticket, reason="unwell")

        assert office.json("POST", f"/tickets/{ticket}/no-show", "officer 6", body)["state"] == "no_show"


def test_an_officer_who_logs_out_leaves_no_counter_open_and_no_visit_in_hand(office: Office) -> None:
    state = "/counters/4/state"
    with office.logged_in("officer4") as browser:
        office.json("POST", "/counters/4/open", "officer 4", {})
        office.json("POST", "/counters/4/walk-up", "officer 4", {"service": "birth", "reason": "quick_question"})
        busy = browser.post(f"{office.url}/counter/4/log-out", headers=OWN_PAGE, timeout=10)
        ticket = office.json("GET", state, "officer 4")["ticket"]["id"]
        office.json("POST", f"/tickets/{ticket}/cancel", "officer 4", {})
        browser.post(f"{office.url}/counter/4/log-out", headers=OWN_PAGE, timeout=10)
        after = browser.get(f"{office.url}/counter", timeout=10)

    assert busy.status_code == 409
    assert "officer4" in busy.text
    assert office.json("GET", state, "officer 4")["counter"]["state"] == "closed"
    assert "/login" in after.url


def test_an_officer_on_a_break_logs_out_and_the_break_goes_on(office: Office) -> None:
    with office.logged_in("officer4") as browser:
        office.json("POST", "/counters/4/open", "officer 4", {})
        office.json("POST", "/counters/4/break", "officer 4", {"reason": "lunch"})
        browser.post(f"{office.url}/counter/4/log-out", headers=OWN_PAGE, timeout=10)

    assert office.json("GET", "/counters/4/state", "officer 4")["counter"]["state"] == "break"
    office.json("POST", "/counters/4/open", "officer 4", {})
    office.json("POST", "/counters/4/close", "officer 4", {})


def test_a_walk_up_and_a_break_by_forms_alone(office: Office, officer: requests.Session) -> None:
    assert post(office, officer, "walk-up", service="complaint", reason="quick_question").status_code == 303
    state = office.json("GET", f"/counters/{COUNTER}/state", "officer 6")
    assert state["ticket"]["state"] == "serving"
    free_the_counter(office, officer)

    assert post(office, officer, "break", reason="meeting").status_code == 303
    state = office.json("GET", f"/counters/{COUNTER}/state", "officer 6")
    assert (state["counter"]["state"], state["counter"]["pause_reason"]) == ("break", "meeting")
    assert post(office, officer, "open").status_code == 303


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: ascii(value)[:24])
@pytest.mark.parametrize("field", FIELDS)
def test_a_hostile_value_in_any_field_is_refused_on_the_page_and_changes_nothing(
    office: Office, officer: requests.Session, serving: str, field: str, value: str
) -> None:
    honest = {"service": "no-such", "reason": "no-such", "ticket": serving, "queue": "no-such"}
    with office.nothing_changes():
        for command, known in OF_COUNTER.items():
            if field in known.body.__struct_fields__ and len(known.body.__struct_fields__) > 1:
                assert_refused_in_place(post(office, officer, command, **(honest | {field: value})))
        for command, known in AT_COUNTER.items():
            if command == "cancel" and not value:
                continue  # A mistake of nobody's has no reason; the page's own form asks for one.
            if field in known.body.__struct_fields__ and len(known.body.__struct_fields__) > 1:
                path = f"tickets/{serving}/{command}"
                assert_refused_in_place(post(office, officer, path, **(honest | {field: value})))


@pytest.mark.parametrize(
    ("command", "fields", "words"),
    [
        ("break", {}, "เลือกเหตุผล"),
        ("walk-up", {"service": "complaint"}, "เลือกเหตุผล"),
        ("tickets/{ticket}/transfer", {}, ""),
        ("tickets/{ticket}/transfer", {"counter": "3"}, ""),
        ("tickets/{ticket}/recall", {}, ""),
        ("call-next", {}, ""),
        ("close", {}, ""),
    ],
)
def test_a_refusal_is_said_on_the_page_with_title_and_detail(
    office: Office, officer: requests.Session, serving: str, command: str, fields: dict[str, str], words: str
) -> None:
    with office.nothing_changes():
        answer = post(office, officer, command.format(ticket=serving), **fields)

    assert_refused_in_place(answer)
    title, detail = notice(answer)
    assert title
    assert detail
    assert "{" not in title + detail
    assert words in title


@pytest.mark.parametrize("path", ["nothing", "tickets/1/nothing", "tickets/99999999999999999999/start", "__class__"])
def test_a_command_that_is_not_there_changes_nothing(office: Office, officer: requests.Session, path: str) -> None:
    with office.nothing_changes():
        assert post(office, officer, path).status_code in {303, 404}


def test_who_is_not_logged_in_is_asked_to_before_anything_else(office: Office) -> None:
    with office.browser() as stranger, office.nothing_changes():
        for command in OF_COUNTER:
            answer = post(office, stranger, command)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/counter")


def test_an_officer_without_the_right_is_not_offered_what_it_is_for(office: Office) -> None:
    office.sql("update accounts set may_call_out_of_order = 0 where user = 'officer5'")
    with office.logged_in("officer5") as officer:
        page = officer.get(f"{office.url}/counter", timeout=10).text
        with office.nothing_changes():
            refused = officer.post(
                f"{office.url}/counter/5/walk-up",
                data={"service": "complaint", "reason": "quick_question"},
                headers=OWN_PAGE,
                timeout=10,
            )

    assert "choose-call" not in page
    assert "choose-walk-up" not in page
    assert "choose-break" in page
    assert refused.status_code == 403


# -- The citizen's own page


@pytest.mark.parametrize("path", ["/t/wrongcode234", "/t/", "/t", "/t/wrong/code"])
def test_a_wrong_phone_code_leads_to_help_and_not_to_the_staffs_index(office: Office, path: str) -> None:
    with office.browser() as phone:
        answers = {lang: phone.get(f"{office.url}{path}?lang={lang}", timeout=10) for lang in ("th", "en")}

    assert {each.status_code for each in answers.values()} == {404}
    assert "จุดแรกรับ" in answers["th"].text
    assert "reception" in answers["en"].text
    assert not any('href="/"' in each.text for each in answers.values())


@pytest.mark.parametrize("path", ["/kiosk/nothing", "/display/nothing", "/rating/nothing"])
def test_no_public_screen_leads_to_the_staffs_index(office: Office, path: str) -> None:
    with office.browser() as anybody:
        answer = anybody.get(f"{office.url}{path}", timeout=10)

    assert answer.status_code == 404
    assert 'href="/"' not in answer.text


def test_a_citizen_gives_the_place_up_once(office: Office) -> None:
    issued = office.json("POST", "/tickets", "kiosk", {"service": "birth"})
    address = f"{office.url}/t/{issued['code']}"
    with office.browser() as phone:
        shown = phone.get(address, timeout=10).text
        given_up = phone.post(f"{address}/cancel", headers=OWN_PAGE, allow_redirects=False, timeout=10)
        again = phone.post(f"{address}/cancel", headers=OWN_PAGE, allow_redirects=False, timeout=10)

    assert f'action="/t/{issued["code"]}/cancel' in shown
    assert given_up.status_code == 303
    assert given_up.headers["Location"].startswith(f"/t/{issued['code']}")
    assert again.status_code == 409
    assert all(notice(again))
    assert office.json("GET", f"/tickets/{issued['id']}", "manager")["state"] == "cancelled"


def test_a_phones_form_is_taken_from_a_browser_that_names_its_origin_only(office: Office) -> None:
    """Over plain HTTP a phone says no Sec-Fetch-Site; with the page's referrer policy it says its Origin."""
    issued = office.json("POST", "/tickets", "kiosk", {"service": "birth"})
    address = f"{office.url}/t/{issued['code']}"
    with office.browser() as phone:
        shown = phone.get(address, timeout=10)
        answer = phone.post(f"{address}/cancel", headers={"Origin": office.url}, allow_redirects=False, timeout=10)
        elsewhere = phone.post(f"{address}/cancel", headers={"Origin": "null"}, allow_redirects=False, timeout=10)

    assert "no-referrer" not in shown.text.replace("no-referrer-when", "")
    assert (answer.status_code, elsewhere.status_code) == (303, 403)


@pytest.fixture
def finished(office: Office, officer: requests.Session) -> dict[str, str]:
    """A ticket whose visit has just been finished."""
    ticket: dict[str, str] = office.json("POST", "/tickets", "kiosk", {"service": "complaint"})
    post(office, officer, "call", ticket=ticket["id"], reason="unwell")
    for step in ("start", "finish"):
        post(office, officer, f"tickets/{ticket['id']}/{step}")
    return ticket


def test_a_citizen_rates_on_the_own_phone_and_a_double_tap_is_one(office: Office, finished: dict[str, str]) -> None:
    address = f"{office.url}/t/{finished['code']}"
    office.ended("rating_given")
    with office.browser() as phone:
        asked = phone.get(f"{address}?lang=en", timeout=10).text
        taps = [rated(phone, address, score) for score in ("4", "4", "1")]
        thanked = phone.get(f"{address}?lang=en", timeout=10).text

    faces = [html.unescape(each) for each in re.findall(r'name="score".*?<span>(.*?)</span>', asked, re.S)]
    assert faces == ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied", "Very dissatisfied"]
    assert f'action="/t/{finished["code"]}/rate' in asked
    assert [each.status_code for each in taps] == [303, 303, 409]
    assert all(notice(taps[2]))
    assert 'name="score"' not in thanked
    assert "Your rating has been saved" in thanked
    (event,) = office.ended("rating_given")
    assert (event["payload"]["score"], event["actor"], event["device"]) == (4, "citizen", "phone")
    assert finished["code"] not in str(event)


@pytest.mark.parametrize("score", ["", "0", "6", "-1", "5.0", "²", "x" * 5000, "\x00", "' or 1=1", None])
def test_a_phones_tap_on_no_face_is_told_so(office: Office, finished: dict[str, str], score: str | None) -> None:
    with office.browser() as phone, office.nothing_changes():
        answer = rated(phone, f"{office.url}/t/{finished['code']}", score)

    assert answer.status_code == 422
    assert all(notice(answer))


@pytest.mark.parametrize("user", [None, "manager", "officer6"])
def test_nobody_rates_without_the_code_of_the_slip(office: Office, finished: dict[str, str], user: str | None) -> None:
    with office.logged_in(user) if user else office.browser() as somebody, office.nothing_changes():
        answers = [
            rated(somebody, f"{office.url}/t/{code}", "5")
            for code in (finished["id"], finished["number"], "None", "wrongcode234", "%00", "a%2Fb", "x" * 3000)
        ]

    assert {each.status_code for each in answers} <= {404, 414}
    assert not any('name="score"' in each.text for each in answers)


def test_a_refused_phone_page_without_script_goes_back_to_the_ticket(office: Office, finished: dict[str, str]) -> None:
    with office.browser() as phone:
        refused = rated(phone, f"{office.url}/t/{finished['code']}", "9")

    (onward,) = re.findall(r'http-equiv="refresh" content="\d+;url=([^"]+)"', refused.text)
    assert onward.startswith(f"/t/{finished['code']}?")


def rated(phone: requests.Session, address: str, score: str | None) -> Answer:
    fields = {} if score is None else {"score": score}
    return phone.post(f"{address}/rate?lang=en", data=fields, headers=OWN_PAGE, allow_redirects=False, timeout=10)


@pytest.mark.parametrize("code", ["unknown", "x" * 3000, "%00", "' or 1=1", "%F0%9F%98%80", "..", "a%2Fb"])
def test_nobodys_place_can_be_given_up_by_guessing(office: Office, code: str) -> None:
    with office.browser() as phone, office.nothing_changes():
        answer = phone.post(f"{office.url}/t/{code}/cancel", headers=OWN_PAGE, timeout=10)

    assert answer.status_code in {404, 405, 414}


def post(office: Office, browser: requests.Session, path: str, **fields: str) -> Answer:
    body = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
    return browser.post(
        f"{office.url}/counter/{COUNTER}/{path}?lang=th", data=body, headers=OWN_PAGE, allow_redirects=False, timeout=10
    )


def free_the_counter(office: Office, officer: requests.Session) -> None:
    ticket = office.json("GET", f"/counters/{COUNTER}/state", "officer 6")["ticket"]
    if ticket:
        post(office, officer, f"tickets/{ticket['id']}/cancel", reason="mistake")


def assert_refused_in_place(answer: Answer) -> None:
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.headers.get('Location')}"
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<script>alert(1)" not in answer.text


def notice(answer: Answer) -> tuple[str, str]:
    """Title and detail of the refusal on the page."""
    on_counter = re.search(r'id="refusal-title">([^<]*)<.*?id="refusal-detail">([^<]*)<', answer.text, flags=re.DOTALL)
    if on_counter:
        return html.unescape(on_counter[1]), html.unescape(on_counter[2])
    found = re.search(r'class="notice-title">([^<]*)<.*?class="notice-detail">([^<]*)<', answer.text, flags=re.DOTALL)
    assert found, answer.text[:300]
    return html.unescape(found[1]), html.unescape(found[2])
