"""A visit begun in English is answered in English: its refusal, and the phone page that its QR opens."""

from __future__ import annotations

from io import BytesIO

import pytest
import segno

from server.web.slips import phone_address
from tests.web.office import Office


def test_a_refused_english_ticket_is_refused_in_english_whatever_the_program_reads(office: Office) -> None:
    asked = {"service": "no-such", "language": "en"}

    refused = office.ask("POST", "/tickets", "kiosk", json=asked, headers={"Accept-Language": "th"})

    assert (refused.status_code, refused.json()["title"]) == (422, "This service is not on the list")


@pytest.mark.parametrize(("spoken", "asked"), [("en", "?lang=en"), ("th", "?lang=th")])
def test_the_code_on_the_glass_opens_the_phone_page_in_the_language_of_the_visit(
    office: Office, spoken: str, asked: str
) -> None:
    code = office.json("POST", "/tickets", "kiosk", {"service": "id_renew", "language": spoken})["code"]
    drawn = BytesIO()
    opens = phone_address(office.url, code, "en" if spoken == "en" else "th")
    segno.make(opens, micro=False, error="m").save(
        drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False
    )

    with office.browser() as phone:
        picture = phone.get(f"{office.url}/t/{code}/qr.svg{asked}", timeout=10).content
        page = phone.get(opens, timeout=10).text

    assert picture == drawn.getvalue()
    assert f'<html lang="{spoken}"' in page
