"""The stage on which the engine is tried."""

from collections.abc import Iterator

import pytest

from outreach.store.database import Database
from tests.delivery.stage import Stage


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    """A small house on a fresh database of each kind."""
    stage = Stage(database)
    yield stage
    stage.close()
