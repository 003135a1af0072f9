"""`outreach audience import`: a file becomes an audience, or its dry run."""

import contextlib
import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text
from sqlalchemy.exc import DBAPIError

from outreach.campaigns.audience import Wish
from outreach.campaigns.audience import import_file as import_audience
from outreach.campaigns.trial import Findings, dry_run, findings
from outreach.cli.audience_words import (
    findings_json,
    first_json,
    rejects_json,
    show_findings,
    show_first,
    show_origin,
    show_rejects,
)
from outreach.cli.clean import clean
from outreach.cli.office import opened
from outreach.cli.options import Json, Options, options
from outreach.cli.output import Step
from outreach.cli.reading_options import Columns, Encoding, Header, Sheet, roles
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.campaign import Role
from outreach.files import Reading, TwoNumbers
from outreach.store.filelock import BlockedError

EPILOG = "Example: outreach audience import quan-1.xlsx --name quan-1 --dry-run"

_EXAMPLES = 5


_File = Annotated[
    Path, typer.Argument(help="CSV, XLSX, XLSM, XLS, ODS, or a ZIP of one such file.")
]
_Name = Annotated[str, typer.Option(help="What the audience is called from now on.")]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show how the file is understood; store nothing.")
]
_Two = Annotated[
    TwoNumbers,
    typer.Option(help="A cell with two numbers; `both` makes it count as two rows."),
]
_NotIn = Annotated[
    list[str] | None,
    typer.Option(metavar="AUDIENCE", help="Leave out the numbers of another audience."),
]
_Again = Annotated[
    bool, typer.Option("--again", help="Although there is an audience of this file.")
]


def import_file(
    ctx: typer.Context,
    file: _File,
    *,
    name: _Name,
    dry_run: _DryRun = False,
    column: Columns = None,
    header: Header = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    two_numbers: _Two = TwoNumbers.REFUSE,
    not_in: _NotIn = None,
    again: _Again = False,
    as_json: Json = False,
) -> None:
    """Copy the people of a file in: each row is imported, joined or rejected with its reason.

    Joined is a further person behind a number that an earlier row has. An import that was
    interrupted goes on when the same command is given again.
    JSON: audience (id, name, source, state, rows, imported, joined, rejected, created_at,
    created_by), origin (file, asked, not_in, prefixes; other names if it comes from no file),
    rejected_by_reason, recipients_by_network; with --dry-run also dry_run, first (number: masked,
    network, declared, district, params) and rejects (line, reason, number: masked), five each.
    """
    reading = Reading(sheet, encoding, roles(column), header, two_numbers)
    wish = Wish(name, file, reading, not_in or [], again)
    if dry_run:
        _try(ctx, wish, as_json=as_json)
    else:
        _import(ctx, wish, as_json=as_json)


def _import(ctx: typer.Context, wish: Wish, *, as_json: bool) -> None:
    told = options(ctx)
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # rows leave no cycles behind
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR)
        with _comforted(told, as_json=as_json), _progress(wish.path.name, told.lang) as step:
            done = import_audience(
                office.database, office.settings.prefixes, user, wish, office.now_ms(), step
            )
        found = findings(office.database, done, 0)
    if as_json:
        emit(findings_json(found))
        return
    show_findings(found, told.lang)


def _try(ctx: typer.Context, wish: Wish, *, as_json: bool) -> None:
    told = options(ctx)
    with opened(ctx) as office, _progress(wish.path.name, told.lang) as step:
        found = dry_run(
            *(office.database, office.settings.prefixes, wish, office.now_ms(), _EXAMPLES, step)
        )
    if as_json:
        more = {"first": first_json(found), "rejects": rejects_json(found)}
        emit({"dry_run": True, **findings_json(found), **more})
        return
    _show_trial(found, told.lang)


def _show_trial(found: Findings, lang: Lang) -> None:
    show_origin(found.audience, lang)
    show_first(found, lang)
    show_findings(found, lang, "would_import")
    show_rejects(found, lang)


@contextlib.contextmanager
def _comforted(told: Options, *, as_json: bool) -> Iterator[None]:
    """Say that nothing is lost when something outside ends an import."""
    try:
        yield
    except (KeyboardInterrupt, DBAPIError, BlockedError, ChildProcessError):
        if not as_json:
            print(words(told.lang)("goes_on"), file=sys.stderr)
        raise


@contextlib.contextmanager
def _progress(label: str, lang: Lang) -> Iterator[Step]:
    """Show rows, rows a second, and how long it takes, if a person is watching."""
    shown = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        _Rate(lang),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with shown:
        task = shown.add_task(clean(label), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


class _Rate(ProgressColumn):
    """Rows, and rows a second."""

    def __init__(self, lang: Lang) -> None:
        super().__init__()
        self._lang = lang

    def render(self, task: Task) -> Text:
        """Write the figures."""
        done, rate = count(int(task.completed), self._lang), count(int(task.speed or 0), self._lang)
        return Text(f"{done} ({rate}/s)")
