"""`outreach doctor`: whether this installation can work, and what to do where it cannot."""

import secrets
from collections.abc import Sequence
from typing import Annotated

import typer

from outreach.cli.check_words import in_vietnamese
from outreach.cli.checks import Check, Grade, every_check
from outreach.cli.faults import REFUSED
from outreach.cli.options import Json, options
from outreach.cli.output import console, show_table
from outreach.cli.streams import emit
from outreach.cli.words import Lang, words

app = typer.Typer()

_NEW_SECRETS = ("OUTREACH_KEY_SECRET", "OUTREACH_CALLBACK_TOKEN")


@app.command(epilog="Example: outreach doctor\n\nExample: outreach doctor --new-secrets >> .env")
def doctor(
    ctx: typer.Context,
    new_secrets: Annotated[
        bool, typer.Option("--new-secrets", help="Print fresh secrets to export, no checks.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check this installation; exit code 1 if anything is an error. No secret is ever shown.

    JSON: ok, checks (name, grade: ok, warning or error, told, to_do); with --new-secrets an
    object from name to secret.
    """
    if new_secrets:
        _print_secrets(as_json=as_json)
        return
    checks = every_check(options(ctx).config)
    bad = any(check.grade is Grade.ERROR for check in checks)
    if as_json:
        emit({"ok": not bad, "checks": [check.to_json() for check in checks]})
    else:
        show_checks(checks, options(ctx).lang)
    if bad:
        raise typer.Exit(REFUSED)


def _print_secrets(*, as_json: bool) -> None:
    fresh = {name: secrets.token_urlsafe(32) for name in _NEW_SECRETS}
    if as_json:
        emit(fresh)
        return
    for name, secret in fresh.items():
        print(f"export {name}={secret}")


def show_checks(checks: Sequence[Check], lang: Lang) -> None:
    """Print what checks found, and below it what to do."""
    say, vietnamese = words(lang), lang is Lang.VI
    titles = ("Mục", "", "Kết quả") if vietnamese else ("Check", "", "Found")
    if vietnamese:
        checks = list(map(in_vietnamese, checks))
    show_table(titles, [(each.name, say(each.grade), each.told) for each in checks])
    for check in checks:
        if check.to_do:
            console().print(f"{check.name}: {check.to_do}", style="yellow", soft_wrap=True)
