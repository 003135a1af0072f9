"""`outreach db`: the schema of the database, and the move to another kind."""

import typer

from outreach.cli import db_copy
from outreach.cli.office import load_settings
from outreach.cli.options import Json
from outreach.cli.output import console
from outreach.cli.streams import emit
from outreach.store import schema
from outreach.store.database import Database

app = typer.Typer()


@app.callback()
def db() -> None:
    """Look after the database."""


@app.command(epilog="Example: outreach db upgrade")
def upgrade(ctx: typer.Context, as_json: Json = False) -> None:
    """Bring the database to the schema that this version needs; makes an SQLite file.

    JSON: before (null for an empty database), after.
    """
    database = Database(load_settings(ctx).database_url)
    try:
        before, after = schema.upgrade(database)
    finally:
        database.close()
    if as_json:
        emit({"before": before, "after": after})
    elif before == after:
        console().print(f"already at {after}")
    else:
        console().print(f"{before or 'empty'} -> {after}")


app.command("copy", epilog=db_copy.EPILOG)(db_copy.copy)
