"""A server that phones cannot reach, as far as it knows, shows and prints no code that leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import segno

from tests.browser.slip_reading import printed_slip
from tests.running import running_office
from tests.web.office import OWN_PAGE, Office


@pytest.mark.parametrize(("public_url", "is_reached"), [("", False), ("http://192.0.2.10", True)])
def test_a_code_is_printed_and_shown_where_the_server_knows_how_phones_reach_it_and_else_it_says_so(
    tmp_path: Path, public_url: str, is_reached: bool
) -> None:
    with running_office(tmp_path, environment={"SADUAK_HOST": "0.0.0.0", "SADUAK_PUBLIC_URL": public_url}) as running:
        office, kiosk = Office(running), Office(running).browser()
        assert ("SADUAK_PUBLIC_URL" in running.log.read_text(encoding="utf-8")) != is_reached
        issued = office.json("POST", "/tickets", "kiosk", {"service": "id_renew"})
        code = running.entry_link.partition("code=")[2]
        assert kiosk.post(f"{office.url}/enter", {"code": code}, headers=OWN_PAGE, timeout=10).ok

        page = kiosk.get(f"{office.url}/kiosk/tickets/{issued['id']}", timeout=10).text
        slip = printed_slip(running.data / "slips")

    assert issued["number"] in page
    assert ("qr.svg" in page) == is_reached
    for base in ("http://127.0.0.1", f"http://127.0.0.1:{running.port}", f"http://0.0.0.0:{running.port}"):
        assert not slip.shows_qr(matrix(f"{base}/t/{issued['code']}"))
    assert slip.shows_qr(matrix(f"http://192.0.2.10/t/{issued['code']}")) == is_reached


def matrix(url: str) -> list[bytes]:
    return [bytes(row) for row in segno.make(url, micro=False, error="m", mask=0).matrix]
