"""An installation on SQLite, an empty PostgreSQL database, and the command between them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from outreach.store.database import Database
from tests.cli.db_copy.rows import SECRET, VARIABLE
from tests.cli.shell import Shell
from tests.databases import Server
from tests.reports import others, year


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    """The address, with a password, of a database without a schema."""
    name = postgres_server.create("template0")
    yield postgres_server.address(name).replace("postgres@", f"postgres:{SECRET}@")
    postgres_server.drop(name)


@pytest.fixture
def told(shell: Shell, empty: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Run the copy into that database; its password is never printed."""
    monkeypatch.setenv(VARIABLE, empty)
    yield lambda *more: shell(*more, "db", "copy", "--json")
    assert not any(SECRET in each for each in shell.printed)


@pytest.fixture
def file(shell: Shell) -> Path:
    """The SQLite file of an installation with two campaigns, and all that others tell of them."""
    path = shell.folder / "data" / "outreach.db"
    shell.ok("db", "upgrade")
    database = Database(f"sqlite:///{path}")
    others.build(database, year.build(database))
    database.close()
    return path
