"""What every test may ask for: a fresh database of each kind, an empty Redis, real ones."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from redis import Redis

from bench.postgres import QUICK, postgres
from bench.redis import redis_server as running_redis
from outreach import settings as installed
from outreach.domain.network import PrefixTable
from outreach.store.database import Database
from tests.databases import Server, sqlite_template

settings.register_profile("outreach", deadline=None)  # two cores with much beside: no clock judges
settings.load_profile("outreach")


@pytest.fixture(scope="session")
def prefixes() -> PrefixTable:
    """The numbering plan as it is delivered."""
    return installed.prefixes(Path(__file__).parent.parent / "config" / "networks.toml")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL of this test process."""
    # A table's statistics are those of one test, whatever the tests before it have done to it.
    with postgres({**QUICK, "autovacuum": "off"}) as url:
        server = Server(url)
        yield server
        server.close()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis of this test process."""
    with running_redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of an empty Redis."""
    with Redis.from_url(redis_server) as redis:
        redis.flushall()
    return redis_server


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the present schema, to be copied."""
    return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without rows; every test that asks runs once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_file"), path)
        yield f"sqlite:///{path}"
        return
    server: Server = request.getfixturevalue("postgres_server")
    with server.lent() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database at the present schema."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def shared(postgres_server: Server) -> Iterator[Database]:
    """A PostgreSQL at the present schema, for what only several processes do."""
    with postgres_server.lent() as url:
        database = Database(url)
        yield database
        database.close()
