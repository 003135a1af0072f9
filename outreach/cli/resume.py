"""`outreach resume`: the end of a pause of everything."""

import typer

from outreach.campaigns import everything
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console
from outreach.cli.status_json import pause_json
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.campaign import Role

app = typer.Typer()

_DONE = ("everything goes on", "mọi việc tiếp tục")


@app.command(epilog="Example: outreach resume")
def resume(ctx: typer.Context, as_json: Json = False) -> None:
    """Let everything go on that `outreach pause` holds; a campaign paused by itself stays so.

    JSON: since, by, why: the pause that ended.
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR, Role.ADMIN)
        ended = everything.resume(office.database, user, office.settings.clock)
    if as_json:
        emit(pause_json(ended))
    else:
        console().print(_DONE[options(ctx).lang is Lang.VI])
