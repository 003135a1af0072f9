"""Bringing a database to the present schema (Alembic), and asking whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from outreach.domain.errors import BadInputError
from outreach.store.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = database.engine
    return config


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the schema up to date; returns the revisions before and after."""
    before = revision(database)
    command.upgrade(_config(database), "head")
    return before, newest(database)


def revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with database.read() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def newest(database: Database) -> str:
    """The revision that this code expects."""
    return str(ScriptDirectory.from_config(_config(database)).get_current_head())


def require_newest(database: Database) -> None:
    """Refuse to work on a database of another age; BadInputError says what to do."""
    found, expected = revision(database), newest(database)
    if found != expected:
        raise BadInputError(
            f"the database {database.url.render_as_string()} is at revision {found or 'none'},"
            f" this code needs {expected}; run `outreach db upgrade`"
        )
