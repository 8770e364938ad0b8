"""The fixtures that found offices, for every folder of tests that needs one."""

from collections.abc import Iterator

import pytest

from tests.services.office import Founder, OfficeAtWork, document


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def founder(request: pytest.FixtureRequest) -> Founder:
    """Whoever founds the offices of this run, on SQLite and then on PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_founder")  # type: ignore[no-any-return]  # because pytest gives Any.


@pytest.fixture
def found(founder: Founder) -> Iterator[Founder]:
    """Founds any number of offices, each in a fresh database."""
    yield founder
    founder.end()


@pytest.fixture
def office(found: Founder) -> OfficeAtWork:
    """The demo office in a fresh database; it is Monday, nine in the morning."""
    return found()


@pytest.fixture
def strict(found: Founder) -> OfficeAtWork:
    """The office with strict hours, lunch, holidays and quotas; it is Monday, nine in the morning."""
    return found(document("strict"))


@pytest.fixture(scope="session")
def sqlite_founder(tmp_path_factory: pytest.TempPathFactory) -> Founder:
    """Founds on SQLite only."""
    return Founder(tmp_path_factory.mktemp("sqlite"), None)


@pytest.fixture(scope="session")
def postgres_founder(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Founder:
    """Founds on PostgreSQL only."""
    return Founder(tmp_path_factory.mktemp("postgres"), postgres_url.rsplit("/", 1)[0])


@pytest.fixture
def found_on_sqlite(sqlite_founder: Founder) -> Iterator[Founder]:
    """Founds offices on SQLite, for what PostgreSQL has not (one file, one writer)."""
    yield sqlite_founder
    sqlite_founder.end()


@pytest.fixture
def found_on_postgres(postgres_founder: Founder) -> Iterator[Founder]:
    """Founds offices on PostgreSQL, for what SQLite has not (a server that can go away); mark the test `postgres`."""
    yield postgres_founder
    postgres_founder.end()
