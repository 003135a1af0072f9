"""What a command works with: the settings, the database, and the person who acts."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

import typer

from outreach import settings as installed
from outreach.campaigns.control import Desk
from outreach.cli.options import options
from outreach.domain.campaign import Role
from outreach.domain.errors import NotAllowedError
from outreach.settings import Settings
from outreach.store import accounts, schema, users
from outreach.store.database import Database
from outreach.store.users import User


@dataclass(frozen=True, slots=True)
class Office:
    """An open installation."""

    settings: Settings
    database: Database

    def now_ms(self) -> int:
        """The present, as tables store it."""
        return int(self.settings.clock().timestamp() * 1000)

    def user(self, *roles: Role) -> User:
        """Who acts, by OUTREACH_CREDENTIAL; NotAllowedError if unknown or of no such role."""
        credential = os.environ.get("OUTREACH_CREDENTIAL")
        if not credential:
            raise NotAllowedError(
                "this command changes something: set OUTREACH_CREDENTIAL to the name:secret that"
                " `outreach user add` printed"
            )
        with self.database.read() as conn:
            user = users.known_by(conn, credential)
        if user.role is Role.CARRIER:
            raise NotAllowedError(
                f"'{user.name}' hands in the figures of {user.carrier}, and does nothing else"
            )
        if roles and user.role not in roles:
            who = " or ".join(roles)
            raise NotAllowedError(f"'{user.name}' is {user.role}; this is for {who}")
        return user

    def desk(self) -> Desk:
        """Where campaigns are acted on."""
        wanted = [(account.name, account.channel) for account in self.settings.accounts]
        with self.database.write() as conn:
            numbers = accounts.register(conn, wanted)
        return Desk(self.settings, self.database, numbers)


def load_settings(ctx: typer.Context) -> Settings:
    """Read the settings that --config names."""
    return installed.load(options(ctx).config)


@contextlib.contextmanager
def opened(ctx: typer.Context) -> Iterator[Office]:
    """Open the installation on a database at the present schema."""
    settings = load_settings(ctx)
    database = Database(settings.database_url)
    try:
        schema.require_newest(database)
        yield Office(settings, database)
    finally:
        database.close()
