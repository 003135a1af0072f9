"""A SQLite database on a disk that can be filled, and given room again."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, event

from outreach.store import schema
from outreach.store.database import Database

_ROOMY = 1 << 30


@dataclass
class Disk:
    """How many pages the file of a database may have."""

    database: Database
    pages: int = _ROOMY

    def fill(self) -> None:
        """Leave no room for another page."""
        with self.database.read() as conn:
            self.pages = int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())

    def clear(self) -> None:
        """Make room."""
        self.pages = _ROOMY


def small_disk(folder: Path) -> Disk:
    """Make a database at the present schema; its disk has room at first."""
    database = Database(f"sqlite:///{folder / 'small.db'}")
    schema.upgrade(database)
    disk = Disk(database)

    @event.listens_for(database.engine, "begin")
    def _bounded(conn: Connection) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {disk.pages}")

    return disk
