"""`saduak device list | link | pair | revoke`, as an administrator types them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from server.cli import device
from server.domain.errors import Unauthorized
from server.services import heartbeats
from server.services.entering import Gate
from server.services.pairing import Pairing
from server.services.setting_clock import confirm_clock
from server.settings import ROOT
from tests.services.office import Founder, OfficeAtWork, document


@pytest.fixture
def office(found_on_sqlite: Founder) -> OfficeAtWork:
    return found_on_sqlite(document("strict"))


@pytest.fixture
def types(office: OfficeAtWork, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("SADUAK_DATABASE_URL", office.url)
    monkeypatch.setenv("SADUAK_CONFIG", str(ROOT / "config/offices/strict.toml"))
    return lambda *words: CliRunner().invoke(device, [str(each) for each in words])


def test_every_device_is_listed_with_how_it_does(office: OfficeAtWork, types: Callable[..., Result]) -> None:
    heartbeats.beat(office.db, office.kiosk, version="build1")

    listed = types("list").output.splitlines()

    assert listed[0].startswith("1: kiosk: ok, seen 0 s ago")
    assert listed[2] == "3: rating counter 1: never_seen, never seen"


def test_a_device_is_paired_by_its_code(office: OfficeAtWork, types: Callable[..., Result]) -> None:
    office.clock.now = datetime.now(UTC)  # The command has the machine's own time.
    confirm_clock(office.db, office.person("administrator"))
    pairing = Pairing(office.db)
    asked = pairing.ask(office.id)

    said = types("pair", asked.code, "--kind", "rating", "--counter", 2, "--name", "ซ้าย")

    assert said.exit_code == 0, said.output
    found = pairing.claim(office.id, asked.secret)
    assert found is not None
    assert (found.kind, found.counter, found.name) == ("rating", 2, "ซ้าย")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pair", "333333", "--kind", "kiosk"), "pairing_unknown"),
        (("pair", "333333"), "--kind"),
        (("revoke", 999), "unknown_device"),
        (("revoke", "x"), "not a valid integer"),
        (("link", "rating", "--counter", 99), "there is no rating"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    office: OfficeAtWork, types: Callable[..., Result], words: tuple[object, ...], says: str
) -> None:
    before = office.picture()

    said = types(*words)

    assert said.exit_code != 0
    assert says in said.output
    assert office.picture() == before


def test_a_revoked_device_is_nobody(office: OfficeAtWork, types: Callable[..., Result]) -> None:
    said = types("revoke", office.kiosk.device)

    assert said.exit_code == 0, said.output
    with pytest.raises(Unauthorized):
        Gate(office.db, lambda work: work()).of_device(office.kiosk.device or 0)
