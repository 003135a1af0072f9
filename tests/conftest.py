"""What every test may ask for: a fresh database of each kind, real ones."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings

from bench.postgres import QUICK, postgres
from outreach.store import schema
from outreach.store.database import Database

settings.register_profile("outreach", deadline=None)  # two cores with much beside: no clock judges
settings.load_profile("outreach")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of this test process, with a template database at the present schema."""
    with postgres(QUICK) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE DATABASE template_outreach")
        template = Database(url.rpartition("/")[0] + "/template_outreach")
        schema.upgrade(template)
        template.close()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; every test that asks runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE template_outreach")
        yield server.rpartition("/")[0] + f"/{name}"
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")  # hundreds of them fill a disk


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database at the present schema."""
    database = Database(database_url)
    schema.upgrade(database)
    yield database
    database.close()
