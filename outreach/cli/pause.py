"""`outreach pause`: nothing is sent and nothing begins, whatever its state."""

from typing import Annotated

import typer

from outreach.campaigns import everything
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console
from outreach.cli.standing import everything_paused
from outreach.cli.status_json import pause_json
from outreach.cli.status_words import sentence
from outreach.cli.streams import emit
from outreach.domain.campaign import Role

app = typer.Typer()


@app.command(epilog="Example: outreach pause --why 'restored from the copy of 10:15'")
def pause(
    ctx: typer.Context,
    why: Annotated[str, typer.Option(help="The reason; everybody who looks will see it.")],
    as_json: Json = False,
) -> None:
    """Pause everything until `outreach resume`: nothing is sent, begins, falls back or reminds.

    Campaigns keep their states; receipts are settled and carriers asked as ever. It is kept in
    the database, so it holds before anything is started too: do it first after a restore.
    JSON: since, by, why.
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR, Role.APPROVER, Role.ADMIN)
        made = everything.pause(office.database, user, why, office.settings.clock)
    if as_json:
        emit(pause_json(made))
    else:
        console().print(sentence(everything_paused(made), options(ctx).lang), soft_wrap=True)
