"""`outreach reach`: what is known of people and a channel, and the ids by which they are known."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from outreach.bootstrap import numbered
from outreach.campaigns.introducing import AddressBook, Asked
from outreach.cli.carrier_accounts import addressed
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, fresh, progress
from outreach.cli.reach_words import (
    forgotten,
    introduced_json,
    kept_json,
    reject_rows,
    show_introduced,
    show_kept,
)
from outreach.cli.reading_options import Columns, Encoding, Header, Sheet, roles
from outreach.cli.streams import emit
from outreach.cli.words import words
from outreach.domain.campaign import Role
from outreach.domain.errors import NotFoundError
from outreach.files import Reading
from outreach.reports.files import write_rows
from outreach.settings import Account
from outreach.store import accounts
from outreach.store.reach import Kept
from outreach.store.rejects import Rejected

app = typer.Typer()

_File = Annotated[
    Path,
    typer.Argument(help="A file with phone numbers and user ids, as `audience import` takes it."),
]
_Account = Annotated[str, typer.Option(help="The account whose carrier gave the ids.")]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would become of the rows; store nothing.")
]
_RejectsOut = Annotated[
    Path | None, typer.Option(help="Write every rejected row to this CSV, for mending.")
]
_Number = Annotated[str, typer.Argument(help="A phone number, in any spelling.")]
_Why = Annotated[str, typer.Option(help="Why; it is written down with your name.")]


@app.callback()
def reach() -> None:
    """See to the ids by which a carrier knows people, and to who has or wants no Zalo."""


@app.command(
    "import",
    epilog="Example: outreach reach import oa-users.xlsx --account zalo_uid"
    " --column user_id='Mã người dùng' --dry-run",
)
def import_file(
    ctx: typer.Context,
    file: _File,
    *,
    account: _Account,
    dry_run: _DryRun = False,
    rejects_out: _RejectsOut = None,
    column: Columns = None,
    header: Header = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Learn from a file by which user id an account's carrier knows each phone number.

    A Zalo official account exports those who wrote to it or follow it. Whoever is known can be
    sent to by id; who refuses Zalo still does. The ids have to be text in the file: a spreadsheet
    keeps 15 digits of a number. What is known already stays as it is, so that an import that was
    interrupted is given again.
    JSON: account, dry_run, rows, new, changed (known by another id before), known, rejected,
    rejected_by_reason, rejects (line, reason, number: masked; the first ten), columns (phone,
    user_id: place, header), notes; with --rejects-out also rejects_out (path, rows).
    """
    out = fresh(rejects_out) if rejects_out else None
    write = partial(_write_rejects, out) if out else None
    asked = Asked(file, Reading(sheet, encoding, roles(column), header), dry_run, write)
    with opened(ctx) as office, progress(file.name) as step:
        book, its = _book(office), _account(office, account)
        with office.database.write() as conn:
            number = numbered(conn, [*office.settings.accounts, its])[its.name]
        done = book.import_file(asked, its.channel, number, lambda rows: step(rows, None))
    if as_json:
        found = {"path": str(out), "rows": done.written} if out else None
        more = {"rejects_out": found} if found else {}
        emit({"account": its.name, "dry_run": dry_run, **introduced_json(done), **more})
        return
    show_introduced(done, its.name, options(ctx).lang, dry_run=dry_run)
    if out:
        told = words(options(ctx).lang)("rejects_out", rows=done.written, path=out)
        console().print(told, soft_wrap=True)


@app.command(epilog="Example: outreach reach show 0325550101 --why 'complaint 7'")
def show(ctx: typer.Context, number: _Number, why: _Why, as_json: Json = False) -> None:
    """Say what is known of one number: its user ids, and whether a channel leads to it.

    The answer masks number and ids. Accounts of one official account know the same: it stands
    under the first of them.
    JSON: number (masked), known (account, channel, user_id: masked or null, user_id_at, reach:
    open, absent or refuses, reach_at: null where nobody told, why_not: why nothing is sent there,
    or null).
    """
    with opened(ctx) as office:
        _answer(ctx, office, *_book(office).show(number, why), as_json=as_json)


@app.command(epilog="Example: outreach reach forget 0325550101 --why 'asked by phone'")
def forget(ctx: typer.Context, number: _Number, why: _Why, as_json: Json = False) -> None:
    """Forget what is known of one number, its refusals of Zalo too.

    For a person who asks for that, an id that is somebody else's, or one who wants Zalo again. A
    later import, or word of the carrier, teaches it anew: to keep a number from being written to
    at all, use `outreach suppression add`.
    JSON: as `show`, with what was known.
    """
    with opened(ctx) as office:
        masked, found = _book(office).forget(number, why)
        if not as_json:
            console().print(forgotten(options(ctx).lang), soft_wrap=True)
        _answer(ctx, office, masked, found, as_json=as_json)


def _book(office: Office) -> AddressBook:
    user = office.user(Role.OPERATOR, Role.ADMIN)
    return AddressBook(office.database, office.settings.prefixes, user, office.now_ms())


def _account(office: Office, name: str) -> Account:
    """The account of that name, enabled or not yet; NotFoundError says which ones take ids."""
    found = {each.name: each for each in addressed(office.settings)}
    if name not in found:
        known = ", ".join(found) or "none"
        raise NotFoundError(
            f"account '{name}' does not send by user ids, or is none; accounts that do: {known}"
        )
    return found[name]


def _write_rejects(out: Path, rejected: Iterator[Rejected]) -> int:
    return write_rows(out, reject_rows(rejected)) - 1


def _answer(
    ctx: typer.Context, office: Office, masked: str, found: Sequence[Kept], *, as_json: bool
) -> None:
    with office.database.read() as conn:
        names = {number: name for number, (name, _) in accounts.names(conn).items()}
    now = office.now_ms()
    if as_json:
        emit({"number": masked, "known": [kept_json(each, names, now) for each in found]})
        return
    show_kept(masked, found, names, now, options(ctx).lang)
