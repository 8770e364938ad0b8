"""An office is made once, with its people, its devices and secrets that exist nowhere else in clear."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from server.db.digests import digest
from server.db.engine import open_engine
from server.db.migrating import migrate
from server.db.rows import AccountRow, Base, OfficeRow, TokenRow
from server.domain.office_file import OfficeFileError
from server.services.founding import CREDENTIALS, AlreadyFounded, found_office, found_office_id
from server.services.password_hashing import hash_password
from tests.services.office import Founder, HandMovedClock, document, hash_quickly


@pytest.fixture
def engine(found_on_sqlite: Founder) -> Iterator[Engine]:
    """A database with tables and nothing in them. (Every test that uses an office founds one on PostgreSQL, too.)"""
    engine = open_engine(found_on_sqlite.empty())
    migrate(engine)
    yield engine
    engine.dispose()


def make(engine: Engine, data: Path, wanted: dict[str, Any] | None = None) -> int:
    return found_office(engine, wanted or document(), data, now=HandMovedClock().now, hash_password=hash_quickly)


def credentials(data: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((data / CREDENTIALS).read_text(encoding="utf-8"))
    return read


def everything(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {name: list(connection.execute(select(table)).all()) for name, table in Base.metadata.tables.items()}


def test_credentials_are_for_their_owner_only_and_of_the_promised_shape(engine: Engine, tmp_path: Path) -> None:
    make(engine, tmp_path)

    assert stat.S_IMODE((tmp_path / CREDENTIALS).stat().st_mode) == 0o600
    found = credentials(tmp_path)
    assert set(found) == {"administrator", "manager", "reception", "officers", "devices"}
    for person in (found["administrator"], found["manager"], found["reception"]):
        assert set(person) == {"user", "password", "token"}
    assert [set(each) for each in found["officers"]] == [{"user", "password", "token", "counter"}] * 6
    assert [each["counter"] for each in found["officers"]] == [1, 2, 3, 4, 5, 6]
    assert set(found["devices"]) == {"kiosk", "display", "rating"}
    assert [set(each) for each in found["devices"]["rating"]] == [{"token", "counter"}] * 6


def secrets_in(found: dict[str, Any]) -> list[str]:
    people = [found["administrator"], found["manager"], found["reception"], *found["officers"]]
    devices = [found["devices"]["kiosk"], found["devices"]["display"], *found["devices"]["rating"]]
    return [each[kind] for each in people + devices for kind in ("password", "token") if kind in each]


def test_no_secret_is_like_another_or_lies_in_the_database(engine: Engine, tmp_path: Path) -> None:
    make(engine, tmp_path)

    found = secrets_in(credentials(tmp_path))
    assert len(found) == len(set(found)) == 2 * 9 + 8
    assert min(map(len, found)) >= 16
    stored = repr(everything(engine))
    assert not [secret for secret in found if secret in stored]


def test_tokens_are_kept_as_digests_and_passwords_as_argon2(engine: Engine, tmp_path: Path) -> None:
    found_office(engine, document("strict"), tmp_path, now=HandMovedClock().now, hash_password=hash_password)

    found = credentials(tmp_path)
    with engine.connect() as connection:
        digests = set(connection.execute(select(TokenRow.digest)).scalars())
        hashes = list(connection.execute(select(AccountRow.password_hash)).scalars())
    assert digest(found["devices"]["kiosk"]["token"]) in digests
    assert digest(found["manager"]["token"]) in digests
    assert len(digests) == 6 + 5
    assert len(set(hashes)) == 6
    assert all(each.startswith("$argon2id$v=19$m=36864,t=2,p=1$") for each in hashes)


def test_two_offices_founded_alike_have_nothing_secret_in_common(
    engine: Engine, found_on_sqlite: Founder, tmp_path: Path
) -> None:
    other = open_engine(found_on_sqlite.empty())
    migrate(other)
    for name, each in (("one", engine), ("two", other)):
        (tmp_path / name).mkdir()
        make(each, tmp_path / name)
    other.dispose()

    assert not set(secrets_in(credentials(tmp_path / "one"))) & set(secrets_in(credentials(tmp_path / "two")))


def test_a_second_office_is_refused_and_nothing_changed(engine: Engine, tmp_path: Path) -> None:
    make(engine, tmp_path)
    rows, written = everything(engine), (tmp_path / CREDENTIALS).read_bytes()

    with pytest.raises(AlreadyFounded):
        make(engine, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(AlreadyFounded):
        make(engine, tmp_path / "elsewhere", document("strict"))

    assert everything(engine) == rows
    assert (tmp_path / CREDENTIALS).read_bytes() == written
    assert not (tmp_path / "elsewhere" / CREDENTIALS).exists()


@pytest.mark.parametrize("found_there", ["", "{}", "my own notes"])
def test_a_file_in_the_place_of_the_credentials_is_never_overwritten(
    engine: Engine, tmp_path: Path, found_there: str
) -> None:
    (tmp_path / CREDENTIALS).write_text(found_there)

    with pytest.raises(AlreadyFounded):
        make(engine, tmp_path)

    assert (tmp_path / CREDENTIALS).read_text() == found_there
    assert found_office_id(engine) is None


def test_a_link_in_the_place_of_the_credentials_is_not_followed(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / CREDENTIALS).symlink_to(tmp_path / "nowhere")

    with pytest.raises(FileExistsError):
        make(engine, tmp_path)

    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / CREDENTIALS).is_symlink()
    assert found_office_id(engine) is None


def test_when_the_office_cannot_be_saved_its_secrets_do_not_stay_and_the_next_attempt_succeeds(
    engine: Engine, tmp_path: Path
) -> None:
    def fails(_connection: object) -> None:
        raise RuntimeError("the disk is full")

    event.listen(engine, "commit", fails)
    with pytest.raises(RuntimeError, match="the disk is full"):
        make(engine, tmp_path)
    event.remove(engine, "commit", fails)
    engine.dispose()  # As when the command ends.

    assert list(tmp_path.iterdir()) == []
    assert found_office_id(engine) is None
    assert make(engine, tmp_path) == found_office_id(engine)


def test_an_office_file_with_mistakes_makes_nothing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(OfficeFileError):
        make(engine, tmp_path, document(queues=[]))

    assert list(tmp_path.iterdir()) == []
    assert found_office_id(engine) is None


def test_a_founded_office_is_what_its_file_says(engine: Engine, tmp_path: Path) -> None:
    office_id = make(engine, tmp_path, document("strict"))

    with engine.connect() as connection:
        (office,) = connection.execute(select(OfficeRow)).all()
        users = connection.execute(select(AccountRow.user, AccountRow.role, AccountRow.counter)).all()
    assert (office.id, office.code, office.seq, office.configuration_version) == (office_id, "thotsop", 0, 1)
    assert sorted(tuple(row) for row in users if row.role == "officer") == [
        ("officer1", "officer", 1),
        ("officer2", "officer", 2),
        ("officer3", "officer", 3),
    ]
    assert {row.role for row in users} == {"administrator", "manager", "reception", "officer"}


def test_an_office_whose_name_cannot_be_printed_is_not_founded(engine: Engine, tmp_path: Path) -> None:
    wanted = document()
    wanted["office"]["name"]["th"] = "สำนักทะเบียน 😀"

    with pytest.raises(OfficeFileError, match=r"office\.name\.th: cannot be printed"):
        make(engine, tmp_path, wanted)
    assert not (tmp_path / "credentials.json").exists()
