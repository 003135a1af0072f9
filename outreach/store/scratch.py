"""A database for a moment, for work that is to leave nothing behind."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outreach.store import tables
from outreach.store.database import Database


@contextmanager
def scratch() -> Iterator[Database]:
    """An empty database in the folder for temporary files; it is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="outreach-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        try:
            tables.metadata.create_all(database.engine)
            yield database
        finally:
            database.close()
