"""`outreach report`: the figures for those who have to know."""

import re
from pathlib import Path
from typing import Annotated

import typer

from outreach import reports
from outreach.cli.contracts import contracts
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, Options, options
from outreach.cli.output import console, money, show_table
from outreach.cli.streams import emit
from outreach.cli.words import count, words
from outreach.domain.errors import BadInputError
from outreach.reports import Column, MonthlyReport
from outreach.store import accounts

app = typer.Typer()


@app.callback()
def report() -> None:
    """Make reports."""


@app.command(epilog="Example: outreach report monthly 2026-11 --out reports")
def monthly(
    ctx: typer.Context,
    month: Annotated[str, typer.Argument(metavar="YYYY-MM")],
    out: Annotated[Path, typer.Option(help="The folder to write to; made if missing.")],
    as_json: Json = False,
) -> None:
    """Write a month's report as XLSX and CSV, and print a summary.

    JSON: month, paths, carriers (network, channel, and counts), total, rehearsal.
    """
    when = _month(month)
    with opened(ctx) as office:
        made = _made(office, when)
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"report-{month}.xlsx", out / f"report-{month}.csv"]
    reports.write_xlsx(made, paths[0])
    reports.write_report_csv(made, paths[1])
    if as_json:
        emit(_json(made, month, paths))
    else:
        _show(made, paths, options(ctx))


def _month(told: str) -> tuple[int, int]:
    found = re.fullmatch(r"(2[0-9]{3})-(0[1-9]|1[0-2])", told)
    if found is None:
        raise BadInputError(f"month '{told}': expected YYYY-MM, such as 2026-11")
    return int(found[1]), int(found[2])


def _made(office: Office, month: tuple[int, int]) -> MonthlyReport:
    settings = office.settings
    terms = contracts(settings)
    with office.database.read() as conn:
        return reports.monthly(
            conn,
            month,
            accounts.names(conn),
            terms.prices,
            terms.pushed,
            made_at=settings.clock(),
            agency=settings.agency,
            rehearsal=settings.rehearsal,
        )


def _json(made: MonthlyReport, month: str, paths: list[Path]) -> dict[str, object]:
    carriers = [
        {
            "network": line.network.title,
            "channel": line.channel and line.channel.name.lower(),
            **line.sums.to_json(),
        }
        for line in made.carriers
    ]
    return {
        "month": month,
        "paths": [str(path) for path in paths],
        "carriers": carriers,
        "total": made.total.to_json(),
        "rehearsal": made.rehearsal,
    }


def _show(made: MonthlyReport, paths: list[Path], told: Options) -> None:
    say, lang = words(told.lang), told.lang
    lines = [(line.network.title, line.channel, line.sums) for line in made.carriers]
    rows = [
        (
            network,
            channel.name.lower() if channel else "",
            *(
                count(number, lang)
                for number in (
                    sums.messages,
                    sums.of(Column.DELIVERED),
                    sums.of(Column.NO_FAILURE),
                    sums.parts,
                )
            ),
            money(sums.cost, lang),
        )
        for network, channel, sums in lines
    ]
    keys = ("network", "channel", "messages", "delivered", "no_failure", "parts", "cost")
    show_table([say(key) for key in keys], rows, numeric=[2, 3, 4, 5, 6])
    if not made.total.messages:
        console().print(say("empty_month"))
    if made.rehearsal:
        console().print(say("rehearsal"), style="bold yellow")
    for path in paths:
        console().print(str(path), soft_wrap=True)
