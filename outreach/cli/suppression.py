"""`outreach suppression`: the numbers that are not to be messaged."""

from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns.suppression import import_suppressions
from outreach.cli.office import opened
from outreach.cli.options import Json
from outreach.cli.output import console, emit, progress
from outreach.domain.campaign import Role

app = typer.Typer()


@app.callback()
def suppression() -> None:
    """Leave numbers out of every campaign."""


@app.command("import", epilog="Example: outreach suppression import khong-nhan.csv --reason DNC")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV with a column of phone numbers.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    as_json: Json = False,
) -> None:
    """Add the numbers of a CSV file; one that is known keeps its first reason and date.

    JSON: rows, added, known, rejected.
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR, Role.ADMIN)
        with progress(file.name):
            done = import_suppressions(
                office.database, office.settings.prefixes, user, file, reason, office.now_ms()
            )
    if as_json:
        emit(
            {
                "rows": done.rows,
                "added": done.added,
                "known": done.known,
                "rejected": done.rejected,
            }
        )
        return
    console().print(
        f"{done.rows} rows = {done.added} added + {done.known} known already"
        f" + {done.rejected} rejected"
    )
