"""`outreach db`: the schema of the database, and the move to another kind."""

import typer

from outreach.cli import db_copy
from outreach.cli.office import load_settings, opened
from outreach.cli.options import Json
from outreach.cli.output import console
from outreach.cli.streams import emit
from outreach.domain.campaign import Role
from outreach.domain.errors import NotAllowedError
from outreach.domain.key import KeySeal
from outreach.store import audit, installation, schema
from outreach.store.database import Database
from outreach.store.installation import SUBJECT

app = typer.Typer()


@app.callback()
def db() -> None:
    """Look after the database."""


@app.command(epilog="Example: outreach db upgrade")
def upgrade(ctx: typer.Context, as_json: Json = False) -> None:
    """Bring the database to the schema that this version needs; makes an SQLite file.

    Refused while an engine or a worker is at work on an older schema: it would go on with that.
    JSON: before (null for an empty database), after.
    """
    database = Database(load_settings(ctx).database_url)
    try:
        before, after = _upgraded(database)
    finally:
        database.close()
    if as_json:
        emit({"before": before, "after": after})
    elif before == after:
        console().print(f"already at {after}")
    else:
        console().print(f"{before or 'empty'} -> {after}")


def _upgraded(database: Database) -> tuple[str | None, str]:
    """The revisions before and after; nobody begins to work on the database meanwhile."""
    before, newest = schema.revision(database), schema.newest(database)
    if before == newest:
        return before, newest
    with database.sole_engine() as alone:
        if not alone:
            raise NotAllowedError(
                "`outreach run` or a worker is at work on this database, and would go on with the"
                f" old schema ({before}): stop it, on every machine, then begin again"
            )
        return schema.upgrade(database)


@app.command("new-secret", epilog="Example: outreach db new-secret")
def new_secret(ctx: typer.Context, as_json: Json = False) -> None:
    """Take the present OUTREACH_KEY_SECRET for this database's own, where the old one is lost.

    For an admin. Receipts and links of what was sent with the old one are not understood any more.
    Stop everything first, and give all processes the same secret.
    JSON: changed (false where it was the present one).
    """
    with opened(ctx) as office:
        user = office.user(Role.ADMIN)
        fingerprint = KeySeal(office.settings.key_secret).fingerprint
        with office.database.write() as conn:
            changed = installation.sealed_by(conn) != fingerprint
            if changed:
                installation.seal(conn, fingerprint)
                entry = audit.Entry(office.now_ms(), user.name, "secret.new", SUBJECT, {})
                audit.write(conn, entry)
    if as_json:
        emit({"changed": changed})
    else:
        console().print("taken" if changed else "it is the present one already")


app.command("copy", epilog=db_copy.EPILOG)(db_copy.copy)
