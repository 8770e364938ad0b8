"""The settings' page of the slip: its texts are seen before they are used, and refused where they cannot stand."""

import io

import pytest
from PIL import Image

from tests.web.office import OWN_PAGE, Office

PAGE = "/settings/slip"
FINE = {"drop_after_minutes": "20", "wait": "1", "note_th": "ปิดรับบัตรคิว 16.30 น.", "note_en": "Tickets until 16:30",
        "version": "1"}  # fmt: skip


def page_of(office: Office, **form: str) -> tuple[int, str]:
    answer = office.logged_in("administrator").post(
        f"{office.url}{PAGE}?lang=en", data=form, headers=OWN_PAGE, timeout=10
    )
    return answer.status_code, answer.text


def test_a_note_is_put_in_force_and_stands_on_the_slip(fresh_office: Office) -> None:
    before = picture(fresh_office)
    status, text = page_of(fresh_office, **FINE)

    assert status == 200
    assert 'value="Tickets until 16:30"' in text
    assert 'name="documents" value="1">' in text  # Not ticked any more.
    assert picture(fresh_office).size != before.size


def picture(office: Office, **asked: str) -> Image.Image:
    browser = office.logged_in("administrator")
    if not asked:
        # What stands in the page's own pictures.
        text = browser.get(f"{office.url}{PAGE}", timeout=10).text
        address = text.split('src="/settings/slip/preview.png?')[1].split('"')[0].replace("&amp;", "&")
        answer = browser.get(f"{office.url}{PAGE}/preview.png?{address}", timeout=10)
    else:
        answer = browser.get(f"{office.url}{PAGE}/preview.png", params=asked, timeout=10)
    assert answer.ok, answer.text
    return Image.open(io.BytesIO(answer.content))


def test_the_picture_shows_what_is_not_saved_yet(office: Office) -> None:
    plain = picture(office, paper="58", drop_after_minutes="30")
    noted = picture(office, paper="58", drop_after_minutes="30", note_th="มาใหม่", note_en="New")
    copy = picture(office, paper="80", drop_after_minutes="30", copy="1", priority="1", spoken="en")

    assert (plain.width, noted.width, copy.width) == (384, 384, 576)
    assert noted.height > plain.height


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"note_en": ""}, "note"),
        ({"greeting_th": "ก" * 61, "greeting_en": "a"}, "greeting"),
        ({"drop_after_minutes": "0"}, "drop_after_minutes"),
        ({"drop_after_minutes": "๓๐"}, "drop_after_minutes"),
        ({"drop_after_minutes": ""}, "drop_after_minutes"),
    ],
)
def test_texts_that_cannot_stand_are_marked_and_kept_in_the_form(
    office: Office, wrong: dict[str, str], part: str
) -> None:
    status, text = page_of(office, **(FINE | wrong))

    assert status == 422
    assert "Nothing was changed" in text
    assert text.count('class="mistake"') == 1 + 1  # The part, and the line for pictures, which is hidden.
    assert "ปิดรับบัตรคิว" in text


def test_two_administrators_do_not_overwrite_each_other_unseen(fresh_office: Office) -> None:
    page_of(fresh_office, **FINE)

    status, text = page_of(fresh_office, **(FINE | {"note_th": "อีกข้อความ", "note_en": "Another"}))

    assert status == 409
    assert "Somebody else has changed the slip" in text


@pytest.mark.parametrize("user", ["manager", "reception", "officer1"])
def test_nobody_but_an_administrator_may(office: Office, user: str) -> None:
    browser = office.logged_in(user)

    assert browser.get(f"{office.url}{PAGE}", timeout=10).status_code == 403
    assert browser.get(f"{office.url}{PAGE}/preview.png", timeout=10).status_code == 403
    assert browser.post(f"{office.url}{PAGE}", data=FINE, headers=OWN_PAGE, timeout=10).status_code == 403
    assert "/login" in office.browser().get(f"{office.url}{PAGE}", timeout=10).url


@pytest.mark.parametrize(
    "asked",
    [
        {"paper": "๘๐"}, {"paper": "1" * 9000}, {"note_th": "x" * 5000}, {"drop_after_minutes": "-1"},
        {"note_th": "a\x00b#{}\\", "note_en": "#eval", "drop_after_minutes": "30"}, {"spoken": "<script>"}, {},
    ],
)  # fmt: skip
def test_a_hostile_address_is_drawn_or_refused_and_never_our_mistake(office: Office, asked: dict[str, str]) -> None:
    answer = office.logged_in("administrator").get(f"{office.url}{PAGE}/preview.png", params=asked, timeout=10)

    assert answer.status_code in (200, 414, 422)
