"""The data folder: private, in one piece after a clean end, one server's; what is lost or damaged is a sentence."""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from server.cli import cli
from server.db.file import refuse_damaged
from server.loop import Loop
from tests.live.people import People
from tests.running import ROOT, RunningOffice

DATABASE = "saduak.sqlite3"
FILES = ("credentials.json", DATABASE, f"{DATABASE}.lock", "session.key")


@pytest.fixture(autouse=True)
def _our_own_umask() -> Iterator[None]:
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after a server that was used ended cleanly; it is copied, never changed."""
    folder = tmp_path_factory.mktemp("folder")
    office = RunningOffice(folder / "office", {"SADUAK_PRINTER": "none"})
    office.start()
    people = People(office.url, office.credentials)
    people.takes_a_number()
    people.takes_a_number()
    office.stop()
    return office.data


@pytest.fixture(scope="module")
def serving(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    """A server on a copy of that folder."""
    folder = tmp_path_factory.mktemp("serving")
    office = RunningOffice(Path(shutil.copytree(lived_in, folder / "office")), {"SADUAK_PRINTER": "none"})
    office.start()
    yield office
    office.stop()


@pytest.fixture
def data(lived_in: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lived_in, tmp_path / "office"))


def types(data: Path, *words: str) -> Result:
    """Type a command that is to fail before anything is served."""

    def serves(*_: object) -> None:
        raise AssertionError("it was served")

    environment = {"SADUAK_DATA": str(data), "SADUAK_PORT": "0", "SADUAK_PRINTER": "none"}
    return CliRunner().invoke(cli, words, obj={"loop": Loop(), "serve": serves}, env=environment)


def refuses(data: Path, *words: str) -> str:
    """Type the command, see one sentence and exit code 1, and return the sentence."""
    gc.collect()  # What the last command held, as when its process ends.
    answer = types(data, *words)
    assert (answer.exit_code, type(answer.exception)) == (1, SystemExit), answer.output or answer.exception
    lines = answer.output.strip().splitlines()
    assert len(lines) == 1, answer.output
    assert lines[0].startswith("Error: ")
    return lines[0]


def picture(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.iterdir() if not path.name.endswith(("-shm", ".lock"))}


def test_after_a_clean_end_the_whole_office_is_in_the_one_file(lived_in: Path, tmp_path: Path) -> None:
    alone = shutil.copy(lived_in / DATABASE, tmp_path / "alone.sqlite3")

    with closing(sqlite3.connect(alone)) as copy:
        assert copy.execute("select label from tickets order by id").fetchall() == [("A001",), ("A002",)]
    assert all(journal.stat().st_size == 0 for journal in lived_in.glob("*-wal"))


def test_the_folder_is_its_owners_only_and_so_is_every_file_in_it(lived_in: Path) -> None:
    assert stat.S_IMODE(lived_in.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in lived_in.iterdir()} == dict.fromkeys(
        [path.name for path in lived_in.iterdir()], 0o600
    )


def test_what_was_readable_is_not_any_more_but_a_folder_with_other_things_in_it_stays_as_it_is(data: Path) -> None:
    data.chmod(0o755)
    (data / DATABASE).chmod(0o644)
    (data / "session.key").write_bytes(b"")  # So that nothing is served.

    refuses(data, "serve")
    assert (stat.S_IMODE(data.stat().st_mode), stat.S_IMODE((data / DATABASE).stat().st_mode)) == (0o700, 0o600)

    data.chmod(0o755)
    (data / "holiday pictures").mkdir()
    refuses(data, "serve")
    assert stat.S_IMODE(data.stat().st_mode) == 0o755


@pytest.mark.parametrize("command", [("serve",), ("serve", "--demo"), ("init",)])
def test_secrets_without_their_database_are_told_and_nothing_is_made_in_its_place(
    data: Path, command: tuple[str, ...]
) -> None:
    (data / DATABASE).unlink()
    before = picture(data)

    said = refuses(data, *command)

    assert "has the secrets of an office (credentials.json) but not the office" in said
    assert "put it back from a backup" in said
    assert picture(data) == before


def test_a_database_without_its_secrets_is_told_and_new_ones_can_be_made(data: Path) -> None:
    old = json.loads((data / "credentials.json").read_text())
    (data / "credentials.json").unlink()

    assert "credentials.json is gone" in refuses(data, "serve")
    assert "credentials.json is gone" in refuses(data, "init")
    assert types(data, "credentials").exit_code == 0

    new = json.loads((data / "credentials.json").read_text())
    assert [*new] == [*old]
    assert (new["manager"]["user"], len(new["officers"])) == ("manager", len(old["officers"]))
    assert not set(_secrets(new)) & set(_secrets(old))
    with closing(sqlite3.connect(data / DATABASE)) as database:
        valid = "select count(*) from tokens where revoked_at is null"
        assert database.execute(valid).fetchone() == (len([each for each in _secrets(new) if len(each) > 20]),)
    assert "there is an office" in refuses(data, "init")
    assert "credentials.json is there" in refuses(data, "credentials")


def _secrets(found: object) -> list[str]:
    if isinstance(found, dict):
        return [
            each
            for key, value in found.items()
            for each in ([value] if key in ("password", "token") else _secrets(value))
        ]
    return [each for part in found for each in _secrets(part)] if isinstance(found, list) else []


def _with_holes(content: bytes) -> bytes:
    """The same from the middle on, each second page or part of it overwritten."""
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)] or [b""]
    return b"".join(b"\xa5" * (len(page) or 9) if n % 2 or len(pages) == 1 else page for n, page in enumerate(pages))


def _a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "rubbish": lambda file: file.write_bytes(b"rubbish" * 600),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 or 5] or b"x"),
    "holes": lambda file: file.write_bytes(_with_holes(file.read_bytes())),
    "a folder": _a_folder,
}
# It is empty, or as good as; and any 32 bytes are a key, if not the one that the browsers' cookies were signed with.
HARMLESS = {("empty", f"{DATABASE}.lock"), ("cut off", f"{DATABASE}.lock"), ("holes", "session.key")}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", DAMAGE)
def test_each_file_of_the_folder_damaged_in_turn_is_one_sentence_that_names_it(data: Path, name: str, how: str) -> None:
    if (how, name) in HARMLESS:
        return
    DAMAGE[how](data / name)

    said = refuses(data, "serve")

    assert name in said
    assert "Traceback" not in said
    if name == DATABASE:
        for command in ("init", "verify", "configure config/offices/pasang.toml", "device list", "migrate"):
            assert name in refuses(data, *command.split()) or how == "empty"


def test_a_damaged_journal_of_a_killed_server_is_told_and_a_whole_one_is_taken(data: Path) -> None:
    journal = data / f"{DATABASE}-wal"
    with closing(sqlite3.connect(data / DATABASE)) as database:
        database.execute("pragma journal_mode=wal")
        database.execute("update offices set code = 'kept' where id = 1")
        database.commit()
        whole = journal.read_bytes()
        aside = (data / DATABASE).read_bytes()
    (data / DATABASE).write_bytes(aside)

    for damaged in (b"\xa5" * 64 + whole[64:], whole[:20]):
        journal.write_bytes(damaged)
        assert f"{DATABASE}-wal is damaged" in refuses(data, "serve")
        assert f"{DATABASE}-wal is damaged" in refuses(data, "verify")
    journal.write_bytes(whole)
    refuse_damaged(data / DATABASE)
    with closing(sqlite3.connect(data / DATABASE)) as database:
        assert database.execute("select code from offices").fetchone() == ("kept",)


def test_every_file_that_a_server_leaves_is_damaged_in_that_test(lived_in: Path) -> None:
    left = {path.name for path in lived_in.iterdir()} - {f"{DATABASE}-wal", f"{DATABASE}-shm"}

    assert left == set(FILES)


def test_a_folder_that_cannot_be_made_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    for command in ("serve", "init"):
        assert "nothing can be written there" in refuses(tmp_path / "file" / "office", command)
        assert "nothing can be written there" in refuses(Path("/proc/saduak"), command)


def test_verify_tells_all_damage_before_it_compares(data: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as database:
        (root,) = database.execute("select rootpage from sqlite_master where name = 'ix_legs_day'").fetchone()
    with (data / DATABASE).open("r+b") as file:
        file.seek((root - 1) * 4096 + 3900)
        file.write(b"\xff" * 190)

    said = refuses(data, "verify")

    assert f"{DATABASE} is damaged" in said


def test_commands_without_an_office_say_so_and_make_no_file(tmp_path: Path) -> None:
    for command in ("verify", "device list", "migrate", "serve"):
        refuses(tmp_path / "office", *command.split())
    assert not (tmp_path / "office" / DATABASE).exists()


def test_a_database_of_a_newer_version_is_told(data: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as database:
        database.execute("update alembic_version set version_num = '9999'")
        database.commit()

    assert "made by a newer version of Saduak" in refuses(data, "serve")


FULL = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from server.__main__ import main
main()
"""


@pytest.mark.parametrize("command", [("serve",), ("verify",)])
def test_a_full_disk_is_a_sentence(data: Path, command: tuple[str, ...]) -> None:
    environment = {**os.environ, "SADUAK_DATA": str(data), "SADUAK_PORT": "0", "SADUAK_PRINTER": "none"}

    ended = subprocess.run([sys.executable, "-c", FULL, "100", *command], cwd=ROOT, env=environment, text=True,
                           capture_output=True, timeout=30, check=False)  # fmt: skip

    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "disk" in ended.stderr


def readiness(office: RunningOffice) -> tuple[int, str]:
    answer = requests.get(f"{office.url}/readyz", timeout=10)
    return answer.status_code, answer.text.strip()


def becomes(office: RunningOffice, wanted: tuple[int, str]) -> None:
    deadline = time.monotonic() + 5
    while (found := readiness(office)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


def takes(office: RunningOffice) -> tuple[int, str]:
    token = office.credentials["devices"]["kiosk"]["token"]
    status, said = office.ask("POST", "/tickets", token, {"service": "id_renew"})
    return status, said.get("number") or said["code"]


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(serving: RunningOffice) -> None:
    assert "another server works with" in refuses(serving.data, "serve")
    assert "another server works with" in refuses(serving.data, "serve", "--demo")

    assert readiness(serving) == (200, "ready")


def test_a_server_is_not_ready_while_every_write_is_refused(serving: RunningOffice) -> None:
    assert serving.server
    taken = takes(serving)
    before = resource.prlimit(serving.server.pid, resource.RLIMIT_FSIZE)

    resource.prlimit(serving.server.pid, resource.RLIMIT_FSIZE, (1000, before[1]))
    becomes(serving, (503, "storage_full"))
    refused = takes(serving)
    resource.prlimit(serving.server.pid, resource.RLIMIT_FSIZE, before)

    becomes(serving, (200, "ready"))
    assert (taken[0], refused, takes(serving)[0]) == (201, (507, "storage_full"), 201)


def test_a_server_is_not_ready_and_acknowledges_nothing_while_its_file_is_gone_from_under_it(
    serving: RunningOffice,
) -> None:
    database, aside = serving.data / DATABASE, serving.data / "aside"
    before = takes(serving)

    database.rename(aside)
    becomes(serving, (503, "database_gone"))
    refused = takes(serving)
    report = serving.ask("GET", "/reports/waiting?from=2026-11-28&to=2026-11-28",
                         serving.credentials["manager"]["token"])  # fmt: skip
    another = takes_another_in_its_place(serving, aside)
    aside.rename(database)

    becomes(serving, (200, "ready"))
    after = takes(serving)
    assert (refused, another) == ((503, "database_gone"), (503, "database_gone"))
    assert report[0] == 503
    assert int(after[1][1:]) == int(before[1][1:]) + 1


def takes_another_in_its_place(office: RunningOffice, aside: Path) -> tuple[int, str]:
    """Put a copy where the file was, as a careless restore does, and ask for a number."""
    copy = office.data / DATABASE
    shutil.copy(aside, copy)
    try:
        return takes(office)
    finally:
        copy.unlink()
