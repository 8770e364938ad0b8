"""`saduak configure FILE`, as an administrator types it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import configure
from server.settings import ROOT
from tests.services.office import Founder, OfficeAtWork, document

STRICT = (ROOT / "config/offices/strict.toml").read_text(encoding="utf-8")


@pytest.fixture
def office(found_on_sqlite: Founder) -> OfficeAtWork:
    return found_on_sqlite(document("strict"))


@pytest.fixture
def configures(office: OfficeAtWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Result]:
    """Types the command with a file of that text."""
    monkeypatch.setenv("SADUAK_DATABASE_URL", office.url)
    monkeypatch.setenv("SADUAK_CONFIG", str(ROOT / "config/offices/strict.toml"))

    def types(text: str) -> Result:
        file = tmp_path / "changed.toml"
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(configure, [str(file)])

    return types


def test_a_changed_file_is_in_force_and_the_same_again_is_not_another_version(
    office: OfficeAtWork, configures: Callable[[str], Result]
) -> None:
    changed = STRICT.replace("cap = 3", "cap = 4") + "\n[server]\nport = 8001\n"

    first, again = configures(changed), configures(changed)

    assert (first.exit_code, first.output) == (0, "Version 2 is in force.\n")
    assert (again.exit_code, again.output) == (0, "Nothing was changed: this is in force already.\n")
    assert office.config.rule.cap == 4


def test_mistakes_are_listed_all_at_once(office: OfficeAtWork, configures: Callable[[str], Result]) -> None:
    answer = configures(STRICT.replace("cap = 3", "cap = 0").replace('country = "TH"', 'country = "Siam"'))

    assert answer.exit_code == 1
    assert "rule.cap = 0: cannot be used" in answer.output
    assert "holidays.country = 'Siam': cannot be used" in answer.output
    assert office.config.version == 1


@pytest.mark.parametrize("text", ["[office", "\0"])
def test_a_file_that_is_no_toml_is_named(configures: Callable[[str], Result], text: str) -> None:
    answer = configures(text)

    assert answer.exit_code == 1
    assert "changed.toml cannot be used" in answer.output


def test_a_file_that_is_not_there_is_named(configures: Callable[[str], Result], tmp_path: Path) -> None:
    answer = CliRunner().invoke(configure, [str(tmp_path / "none.toml")])

    assert answer.exit_code == 1
    assert "No such file" in answer.output


def test_a_refusal_is_told_as_a_sentence_with_its_code(configures: Callable[[str], Result]) -> None:
    answer = configures(STRICT.replace('code = "thotsop"', 'code = "other"'))

    assert answer.exit_code == 1
    assert "(office_code_fixed)" in answer.output
    assert "Its code is other, this office's is thotsop" in answer.output


def test_a_name_that_cannot_be_printed_is_refused_with_where_it_stands(
    office: OfficeAtWork, configures: Callable[[str], Result]
) -> None:
    name = office.config.queues[0].name.th

    answer = configures(STRICT.replace(f'"{name}"', '"\u0e49"', 1))

    assert answer.exit_code == 1
    assert f"queues[{office.config.queues[0].id}].name.th: cannot be printed: a mark without a letter" in answer.output
    assert office.config.version == 1
