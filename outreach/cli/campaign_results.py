"""`outreach campaign results`: every recipient's result, one row each."""

from pathlib import Path
from typing import Annotated

import typer

from outreach import reports
from outreach.cli.office import Office, opened
from outreach.cli.options import Json
from outreach.cli.output import console, fresh, progress, watched
from outreach.cli.streams import emit
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError
from outreach.store import audit, campaigns
from outreach.store.campaigns import Campaign

EPILOG = "Example: outreach campaign results nov-1 --out nov-1.csv"


def results(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number of the campaign.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    unmask: Annotated[bool, typer.Option("--unmask", help="Whole numbers: admins only.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why whole numbers are needed.")] = None,
    as_json: Json = False,
) -> None:
    """Write every recipient's result to a CSV file, numbers masked.

    JSON: campaign, path, rows, unmasked.
    """
    fresh(out)
    with opened(ctx) as office:
        with office.database.read() as conn:
            found = campaigns.find(conn, name)
        if unmask:
            _answer_for(office, found, reason)
        rows = _write(office, found, out, unmask=unmask)
    if as_json:
        emit({"campaign": found.name, "path": str(out), "rows": rows, "unmasked": unmask})
    else:
        console().print(f"{rows} results -> {out}", soft_wrap=True)


def _answer_for(office: Office, found: Campaign, reason: str | None) -> None:
    """Write down who looks at whole numbers and why, before any is shown."""
    user = office.user(Role.ADMIN)
    if not (reason or "").strip():
        raise BadInputError("--unmask shows people's numbers: say why with --reason")
    detail = {"reason": reason}
    subject = f"campaign:{found.id}"
    with office.database.write() as conn:
        entry = audit.Entry(office.now_ms(), user.name, "campaign.unmask", subject, detail)
        audit.write(conn, entry)


def _write(office: Office, found: Campaign, out: Path, *, unmask: bool) -> int:
    with office.database.read() as conn, progress(out.name) as step:
        rows = reports.results(conn, found.id, unmask=unmask)
        return reports.write_results_csv(watched(rows, found.recipients, step), out)
