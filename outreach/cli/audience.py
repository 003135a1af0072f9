"""`outreach audience`: the sets of people that campaigns address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns.discard import discard as discard_audience
from outreach.campaigns.trial import findings
from outreach.cli import audience_derive, audience_import
from outreach.cli.audience_words import (
    audience_json,
    findings_json,
    reason,
    rejects_json,
    show_findings,
    show_origin,
    show_rejects,
)
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, fresh, local_ms, show_table
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.campaign import Role
from outreach.reports.files import Cell, write_rows
from outreach.store import audiences, rejects
from outreach.store.audiences import Audience

app = typer.Typer()

_MOST_REJECTS = 10
_Name = Annotated[str, typer.Argument(help="Name or number.")]


@app.callback()
def audience() -> None:
    """Import audiences and look at them."""


app.command("import", epilog=audience_import.EPILOG)(audience_import.import_file)
app.command("derive", epilog=audience_derive.EPILOG)(audience_derive.derive)


@app.command("list", epilog="Example: outreach audience list")
def list_audiences(ctx: typer.Context, as_json: Json = False) -> None:
    """List every audience.

    JSON: audiences, each as in `import`.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = audiences.listed(conn)
    if as_json:
        emit({"audiences": [audience_json(each) for each in found]})
        return
    columns = ("Name", "State", "Rows", "Imported", "Joined", "Rejected", "Created", "By")
    show_table(columns, [_row(each) for each in found], numeric=[2, 3, 4, 5])


def _row(found: Audience) -> tuple[object, ...]:
    return (
        *(found.name, found.state, found.rows, found.imported, found.joined, found.rejected),
        *(local_ms(found.created_at), found.created_by),
    )


@app.command(epilog="Example: outreach audience show quan-1 --rejects-out quan-1-rejects.csv")
def show(
    ctx: typer.Context,
    name: _Name,
    rejects_out: Annotated[
        Path | None, typer.Option(help="Write every rejected row to this CSV, for mending.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show one audience: how its file was read, its networks, and why rows were rejected.

    JSON: as `import`, and rejects (line, reason, number: masked), the first ten; with
    --rejects-out also rejects_out (path, rows).
    """
    told = options(ctx)
    with opened(ctx) as office:
        with office.database.read() as conn:
            audience = audiences.find(conn, name)
        found = findings(office.database, audience, _MOST_REJECTS)
        written = _write_rejects(office, audience, fresh(rejects_out)) if rejects_out else 0
    if as_json:
        out = {"rejects_out": {"path": str(rejects_out), "rows": written}} if rejects_out else {}
        emit({**findings_json(found), "rejects": rejects_json(found), **out})
        return
    show_findings(found, told.lang)
    show_origin(audience, told.lang)
    show_rejects(found, told.lang)
    if rejects_out:
        rows = count(written, told.lang)
        console().print(words(told.lang)("rejects_out", rows=rows, path=rejects_out))


def _write_rejects(office: Office, audience: Audience, out: Path) -> int:
    def lines() -> Iterator[tuple[Cell, ...]]:
        yield "Dòng", "Mã lý do", "Lý do", "Reason", "Số (đã che)"
        for line, why, raw in rejects.every(conn, audience.id):
            yield line, why, reason(why, Lang.VI), reason(why, Lang.EN), raw

    with office.database.read() as conn:
        return write_rows(out, lines()) - 1


@app.command(epilog="Example: outreach audience discard quan-1")
def discard(
    ctx: typer.Context,
    name: _Name,
    why: Annotated[str, typer.Option(help="Needed to remove one that is ready.")] = "",
    as_json: Json = False,
) -> None:
    """Remove an import that did not end, or an audience that nothing needs.

    JSON: audience, as it was; see `import`.
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR)
        found = discard_audience(office.database, user, name, why, office.now_ms())
    if as_json:
        emit({"audience": audience_json(found)})
        return
    lang = options(ctx).lang
    console().print(words(lang)("discarded", name=found.name, rows=count(found.rows, lang)))
