"""A server whose Thai would come out wrong on paper: it starts, says why and what to do, prints nothing, and issues."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.hardware.broken_fonts import fake_package, sarabun_without
from tests.running import RunningOffice, running_office

SAYS_SO_WITHIN_SECONDS = 20.0
WOULD_PRINT_WITHIN_SECONDS = 6.0  # Longer than the worker's turn: a slip that is to come has come by then.


def marks_that_collide(folder: Path) -> Path:
    """Put a Sarabun first that has lost the tables by which marks find their places."""
    return fake_package(sarabun_without("GSUB", "GPOS", into=folder / "fonts"), folder / "packages")


def no_font(folder: Path) -> Path:
    """Put a font package first whose folder is empty."""
    (folder / "fonts").mkdir()
    return fake_package(folder / "fonts", folder / "packages")


def no_typesetter(folder: Path) -> Path:
    """Put a typst first that cannot be loaded."""
    (folder / "packages").mkdir()
    (folder / "packages" / "typst.py").write_text('raise ImportError("libtypst is broken")\n', encoding="utf-8")
    return folder / "packages"


BREAKS: dict[Callable[[Path], Path], tuple[str, str]] = {
    marks_that_collide: ("thai_marks_collide", "pip install --force-reinstall fontpkg-sarabun"),
    no_font: ("thai_font_missing", "pip install --force-reinstall fontpkg-sarabun"),
    no_typesetter: ("typesetter_missing", "pip install --force-reinstall typst"),
}


@pytest.fixture(params=BREAKS, ids=lambda broken: broken.__name__)
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[RunningOffice, str, str]]:
    """A running office on a machine where something is broken; the code of it, and how it is mended."""
    packages = request.param(tmp_path)
    with running_office(tmp_path, environment={"PYTHONPATH": str(packages)}) as office:
        yield office, *BREAKS[request.param]


def test_numbers_are_given_on_glass_and_the_log_says_what_to_mend(broken: tuple[RunningOffice, str, str]) -> None:
    office, code, mend = broken

    status, ticket = office.ask("POST", "/tickets", office.credentials["devices"]["kiosk"]["token"],
                                {"service": "id_renew", "priority": False, "language": "th"})  # fmt: skip
    number = number_on_glass(office)

    assert status == 201
    assert ticket["number"] == "A001"
    assert number == "A002"
    [refusal] = lines_with("printing_refused", office)
    assert f"code={code}" in refusal
    assert mend in refusal
    assert "`make clean setup`" in refusal
    time.sleep(WOULD_PRINT_WITHIN_SECONDS)
    assert list((office.data / "slips").glob("*.png")) == []
    assert office.is_ready()
    _, now = office.ask("GET", f"/tickets/{ticket['id']}", office.credentials["devices"]["kiosk"]["token"])
    assert (now["state"], now["print"]["state"]) == ("waiting", "queued")
    assert len(lines_with("printing_refused", office)) == 1, "it is said once, not for every slip"


def number_on_glass(office: RunningOffice) -> str:
    """Take a number at the kiosk's page, as a browser without scripts does, and return what it shows large."""
    browser = requests.Session()
    browser.trust_env = False
    assert office.enters(browser).ok
    start = browser.get(f"{office.url}/kiosk", timeout=10).text
    request_id = re.search(r'name="request_id" value="([^"]+)"', start)
    assert request_id
    page = browser.post(
        f"{office.url}/kiosk/tickets", data={"service": "id_renew", "request_id": request_id[1]}, timeout=10
    )
    assert page.status_code == 200
    shown = re.search(r">\s*([A-Z]\d{3,})\s*<", page.text)
    assert shown, page.text
    return shown[1]


def lines_with(word: str, office: RunningOffice) -> list[str]:
    """Wait for the log to have that word, and return its lines."""
    deadline = time.monotonic() + SAYS_SO_WITHIN_SECONDS
    while True:
        found = [line for line in office.log.read_text(encoding="utf-8").splitlines() if word in line]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.2)
