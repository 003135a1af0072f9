"""`outreach user`: who may act."""

import os
from typing import Annotated

import typer
from sqlalchemy import Connection

from outreach.cli.office import Office, opened
from outreach.cli.options import Json
from outreach.cli.output import console
from outreach.cli.streams import emit
from outreach.domain.campaign import Role
from outreach.domain.errors import NotAllowedError
from outreach.store import audit, users
from outreach.store.users import User

app = typer.Typer()


@app.callback()
def user() -> None:
    """Look after the people who may act."""


@app.command(epilog="Example: outreach user add binh --role approver")
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits, and . _ @ -")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    carrier: Annotated[
        str | None,
        typer.Option(help="With --role carrier: whose statements his program hands in."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a user and print the credential: once, for OUTREACH_CREDENTIAL.

    The first user must be an admin; later ones are added by an admin. A user with the role
    carrier hands in that carrier's monthly figures by POST /api/statements, and does nothing else.
    JSON: user (name, role, carrier), credential.
    """
    with opened(ctx) as office, office.database.write() as conn:
        whose = office.settings.reporting.carrier(carrier).name if carrier else ""
        credential = _add(conn, office, User(name, role, whose))
    if as_json:
        user = {"name": name, "role": role, "carrier": whose or None}
        emit({"user": user, "credential": credential})
        return
    if whose:
        console().print(f"{name} hands in the figures of {whose}. The credential, shown this once:")
        print(credential)
        return
    console().print(f"{name} is {role}. The credential is shown this once:")
    print(f"export OUTREACH_CREDENTIAL='{credential}'")


def _add(conn: Connection, office: Office, new: User) -> str:
    actor = _actor(conn, new)
    credential = users.add(conn, new, office.now_ms())
    detail = {"role": new.role.value} | ({"carrier": new.carrier} if new.carrier else {})
    entry = audit.Entry(office.now_ms(), actor, "user.add", f"user:{new.name}", detail)
    audit.write(conn, entry)
    return credential


def _actor(conn: Connection, new: User) -> str:
    """Who adds the user: an admin, or the first admin himself."""
    if not users.count(conn):
        if new.role is not Role.ADMIN:
            raise NotAllowedError("the first user must be an admin: use --role admin")
        return new.name
    credential = os.environ.get("OUTREACH_CREDENTIAL")
    if not credential:
        raise NotAllowedError(
            "there are users already, so an admin adds the next: set OUTREACH_CREDENTIAL to his"
            " name:secret"
        )
    actor = users.known_by(conn, credential)
    if actor.role is not Role.ADMIN:
        raise NotAllowedError(f"'{actor.name}' is {actor.role}; only an admin adds users")
    return actor.name
