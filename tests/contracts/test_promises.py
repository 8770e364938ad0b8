"""What the documents promise: every event and setting is described, every decision numbered, no machine named."""

import re
import subprocess
from pathlib import Path

import pytest

from server.app import WHO_IS_TOLD
from server.domain.events import ALL
from server.live.rooms import AUDIENCES
from server.settings import EXAMPLES, ROOT

PATH_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.]+")
REGISTRY = re.compile(r"(?:pypi|npmjs|pythonhosted|debian)\.(?:org|com)", re.IGNORECASE)


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_every_event_says_whom_it_is_told_to() -> None:
    assert set(WHO_IS_TOLD) == set(ALL)
    assert {audience for tellings in WHO_IS_TOLD.values() for audience in tellings} == set(AUDIENCES)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_every_event_is_documented(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "server/live/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_setting_is_documented(name: str) -> None:
    assert f"SADUAK_{name}" in (ROOT / "config/README.md").read_text(encoding="utf-8")


def test_every_key_of_an_office_file_is_documented_in_both_languages() -> None:
    reader = (ROOT / "server/domain/office_file.py").read_text(encoding="utf-8")
    keys = set(
        re.findall(
            r"\.(?:number|perhaps_number|short|text|texts|words|flag|clock|rows|table|read)\(\s*\"(\w+)\"", reader
        )
    )
    english, thai = (ROOT / "config/README.md").read_text(encoding="utf-8").split("## สำหรับผู้ดูแลระบบ")

    assert len(keys) > 40
    assert keys - named_in_code(english) == set()
    assert keys - named_in_code(thai) == set()


def named_in_code(page: str) -> set[str]:
    """Every word between backticks."""
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", page))))


def test_decisions_are_numbered_without_gaps() -> None:
    pages = sorted(path.name for path in (ROOT / "server/decisions").glob("*.md"))

    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))


def test_nothing_names_a_registry_or_a_path_of_a_machine() -> None:
    named = []
    for path in committed():
        if path == Path(__file__) or path.suffix in {".png", ".wav"}:
            continue
        text = path.read_text(encoding="utf-8")
        named += [
            f"{path.relative_to(ROOT)}: {found}" for found in PATH_OF_A_MACHINE.findall(text) + REGISTRY.findall(text)
        ]

    assert named == []


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json"]
)
def test_lock_files_hold_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "sha256:" in text or '"integrity": "sha512-' in text
    assert "://" not in re.sub(r'"url": "https://[^"]+"', "", text)


def test_every_link_in_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert [link for link in links if not (ROOT / link).exists()] == []
    assert len(links) > 10
