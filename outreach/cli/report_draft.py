"""`outreach report monthly`: every edition of a month as a draft, without a number."""

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.months import MonthTold, month_told
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, progress
from outreach.cli.report_ledger import show_ledger
from outreach.cli.report_options import setting
from outreach.cli.report_words import say
from outreach.cli.streams import emit
from outreach.domain.window import LOCAL
from outreach.reports import issuing, ledgers
from outreach.reports.files import replacing

EPILOG = "Example: outreach report monthly 2026-11 --out reports"


def monthly(
    ctx: typer.Context,
    month: MonthTold,
    out: Annotated[Path, typer.Option(help="The folder to write to; made if missing.")],
    edition: Annotated[
        str | None, typer.Option(help="Only this one of config/reporting.toml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a month's report as drafts (DOCX, PDF, XLSX, CSV, JSON), and print a summary.

    Nothing is stored; `report issue` makes the real one. JSON: paths, and all that `report
    ledger` gives.
    """
    when = month_told(month)
    with opened(ctx) as office:
        told = setting(office)
        wanted = told.reporting.editions if edition is None else (told.reporting.edition(edition),)
        with office.database.read() as conn:
            made = ledgers.of_month(conn, when, told)
    paths: list[Path] = []
    with progress(str(out)) as step:
        for n, terms in enumerate(wanted, 1):
            step(n - 1, len(wanted))
            paths += write(out, issuing.draft(made, terms, told, told.now.astimezone(LOCAL).date()))
    if as_json:
        emit({"paths": [str(path) for path in paths], **made.to_json()})
        return
    lang = options(ctx).lang
    show_ledger(made, lang)
    console().print(say(lang, "drafts"))
    for path in paths:
        console().print(str(path), soft_wrap=True)


def write(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write files into a folder, each whole or not at all; OSError names the one that is not."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        try:
            with replacing(folder / name) as unfinished:
                unfinished.write_bytes(body)
        except OSError as fault:
            fault.filename = str(folder / name)  # nobody knows the unfinished one by its name
            raise
    return [folder / name for name in files]
