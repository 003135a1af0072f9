"""`outreach audience`: the sets of people that campaigns address."""

from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns.audience import DUPLICATE, import_csv
from outreach.campaigns.audience_file import Fault
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, Options, options
from outreach.cli.output import console, emit, iso, local_ms, progress, show_table
from outreach.cli.words import Lang, count, words
from outreach.domain.campaign import Role
from outreach.domain.msisdn import Reason
from outreach.domain.network import Network
from outreach.store import audiences
from outreach.store.audiences import Audience

app = typer.Typer()

_MOST_REJECTS = 10


@app.callback()
def audience() -> None:
    """Import audiences and look at them."""


@app.command("import", epilog="Example: outreach audience import quan-1.csv --name quan-1")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, UTF-8 or UTF-16, with a header.")],
    name: Annotated[str, typer.Option(help="What the audience is called from now on.")],
    as_json: Json = False,
) -> None:
    """Copy the people of a CSV file in: each row is imported, or rejected with its reason.

    JSON: audience (id, name, source, state, rows, imported, rejected, created_at, created_by),
    rejected_by_reason, recipients_by_network.
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR)
        with progress(file.name) as step:
            found = import_csv(
                office.database,
                office.settings.prefixes,
                user,
                name,
                file,
                office.now_ms(),
                lambda rows: step(rows, None),
            )
        _report(office, found, options(ctx), as_json=as_json)


@app.command("list", epilog="Example: outreach audience list")
def list_audiences(ctx: typer.Context, as_json: Json = False) -> None:
    """List every audience.

    JSON: audiences, each as in `import`.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = audiences.listed(conn)
    if as_json:
        emit({"audiences": [_json(each) for each in found]})
        return
    rows = [
        (e.name, e.state, e.rows, e.imported, e.rejected, local_ms(e.created_at), e.created_by)
        for e in found
    ]
    columns = ("Name", "State", "Rows", "Imported", "Rejected", "Created", "By")
    show_table(columns, rows, numeric=[2, 3, 4])


@app.command(epilog="Example: outreach audience show quan-1")
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number.")],
    as_json: Json = False,
) -> None:
    """Show one audience: its networks, and why rows were rejected.

    JSON: as `import`, and rejects (line, reason, number: masked), the first ten.
    """
    with opened(ctx) as office:
        with office.database.read() as conn:
            found = audiences.find(conn, name)
        _report(office, found, options(ctx), as_json=as_json, examples=_MOST_REJECTS)


def _report(
    office: Office, found: Audience, told: Options, *, as_json: bool, examples: int = 0
) -> None:
    with office.database.read() as conn:
        reasons = audiences.rejects_by_reason(conn, found.id)
        networks = {
            Network(number).title: people
            for number, people in sorted(audiences.count_by_network(conn, found.id).items())
        }
        rejects = audiences.rejects(conn, found.id, examples)
    if as_json:
        lines = [{"line": line, "reason": why, "number": raw} for line, why, raw in rejects]
        counts = {"rejected_by_reason": reasons, "recipients_by_network": networks}
        emit({"audience": _json(found), **counts, **({"rejects": lines} if examples else {})})
        return
    _show(found, reasons, networks, told.lang)
    if rejects:
        rows = [(line, raw, _reason(why, told.lang)) for line, why, raw in rejects]
        show_table(("Line", "Number", "Reason"), rows, numeric=[0])


def _show(found: Audience, reasons: dict[str, int], networks: dict[str, int], lang: Lang) -> None:
    say = words(lang)
    console().print(
        say(
            "imported",
            name=found.name,
            rows=count(found.rows, lang),
            imported=count(found.imported, lang),
            rejected=count(found.rejected, lang),
        )
    )
    people = [(title, count(number, lang)) for title, number in networks.items()]
    show_table((say("network"), say("recipients")), people, numeric=[1])
    if reasons:
        rows = [(_reason(why, lang), count(number, lang)) for why, number in reasons.items()]
        show_table((say("rejected_for"), say("rows")), rows, numeric=[1])


def _reason(stored: str, lang: Lang) -> str:
    """Why a row was rejected, in words."""
    if stored == DUPLICATE:
        return words(lang)("duplicate")
    known: Fault | Reason = Fault(stored) if stored in set(Fault) else Reason(stored)
    return known.vi if lang is Lang.VI else known.en


def _json(found: Audience) -> dict[str, object]:
    return {
        "id": found.id,
        "name": found.name,
        "source": found.source,
        "state": found.state,
        "rows": found.rows,
        "imported": found.imported,
        "rejected": found.rejected,
        "created_at": iso(found.created_at),
        "created_by": found.created_by,
    }
