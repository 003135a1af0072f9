"""`outreach template`: the message texts, before anyone is asked to approve them."""

from typing import Annotated

import typer

from outreach.campaigns.findings import Finding, Level
from outreach.campaigns.lint import lint
from outreach.campaigns.lint_accounts import Length, lengths
from outreach.campaigns.templates import TemplateSet, purposes
from outreach.cli import template_cost, template_preview, template_versions
from outreach.cli.faults import REFUSED
from outreach.cli.options import Json, options
from outreach.cli.output import console, show_table
from outreach.cli.streams import emit
from outreach.cli.template_accounts import accounts, links
from outreach.cli.words import Lang
from outreach.domain.errors import BadInputError

app = typer.Typer()


@app.callback()
def template() -> None:
    """Look at message texts, check them, and see what they cost."""


app.command("preview", epilog=template_preview.EPILOG)(template_preview.preview)
app.command("cost", epilog=template_cost.EPILOG)(template_cost.cost)
app.command("show", epilog=template_versions.SHOW)(template_versions.show)
app.command("versions", epilog=template_versions.VERSIONS)(template_versions.versions)


@app.command("list", epilog="Example: outreach template list")
def list_templates(ctx: typer.Context, as_json: Json = False) -> None:
    """List the texts by purpose.

    JSON: templates, each with name, version, title_vi, title_en, class, max_parts, english, zalo.
    """
    sets = [TemplateSet.load(options(ctx).templates, name) for name in _names(ctx)]
    if as_json:
        emit({"templates": [_json(each) for each in sets]})
        return
    lang = options(ctx).lang
    rows = [
        (each.name, each.version, each.title[lang], each.max_parts, _more(each)) for each in sets
    ]
    show_table(("Name", "Version", "Title", "Parts", "Also"), rows, numeric=[3])


def _more(each: TemplateSet) -> str:
    """What there is beside the Vietnamese SMS."""
    found = {"en": each.sms_en is not None, "zalo": each.zalo is not None}
    return ", ".join(name for name, there in found.items() if there)


def _json(each: TemplateSet) -> dict[str, object]:
    return {
        "name": each.name,
        "version": each.version,
        "title_vi": each.title["vi"],
        "title_en": each.title["en"],
        "class": each.message_class,
        "max_parts": each.max_parts,
        "english": each.sms_en is not None,
        "zalo": each.zalo.template if each.zalo else None,
    }


@app.command("lint", epilog="Example: outreach template lint install-guide")
def lint_templates(
    ctx: typer.Context,
    purpose: Annotated[str | None, typer.Argument(help="One purpose; all without it.")] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with texts, on every configured account; exit code 1 if there is an error.

    JSON: ok, findings (template, level, where, message_vi, message_en), lengths (template,
    account, file, reader: sample, longest or blank, encoding, units, parts, left: the units that
    may be added without one more part).
    """
    known, ours = accounts(options(ctx).config), links(options(ctx).config)
    sets = [TemplateSet.load(options(ctx).templates, n) for n in [purpose] if n] or [
        TemplateSet.load(options(ctx).templates, name) for name in _names(ctx)
    ]
    found = [(each.name, finding) for each in sets for finding in lint(each, known, ours)]
    broken = {name for name, finding in found if finding.where == "*.j2"}
    measured = [
        (each.name, length)
        for each in sets
        if each.name not in broken
        for length in lengths(each, known, ours)
    ]
    bad = any(finding.level is Level.ERROR for _, finding in found)
    if as_json:
        told = [_length_json(*each) for each in measured]
        emit({"ok": not bad, "findings": [_finding(*each) for each in found], "lengths": told})
    else:
        _show(found, measured, options(ctx).lang, len(sets))
    if bad:
        raise typer.Exit(REFUSED)


def _finding(name: str, finding: Finding) -> dict[str, object]:
    return {
        "template": name,
        "level": finding.level,
        "where": finding.where,
        "message_vi": finding.message_vi,
        "message_en": finding.message_en,
    }


def _length_json(name: str, length: Length) -> dict[str, object]:
    return {
        "template": name,
        "account": length.account,
        "file": length.file,
        "reader": length.reader,
        "encoding": length.encoding,
        "units": length.units,
        "parts": length.parts,
        "left": length.left,
    }


def _show(
    found: list[tuple[str, Finding]], measured: list[tuple[str, Length]], lang: Lang, sets: int
) -> None:
    rows = [
        (name, at.file, at.account, at.reader, at.encoding, at.units, at.parts, at.left)
        for name, at in measured
    ]
    columns = ("Name", "File", "Account", "Reader", "Coding", "Units", "Parts", "Left")
    show_table(columns, rows, numeric=[5, 6, 7])
    for name, finding in found:
        words = finding.message_vi if lang is Lang.VI else finding.message_en
        console().print(f"{finding.level}: {name}/{finding.where}: {words}", soft_wrap=True)
    console().print(f"{sets} template sets checked, {len(found)} findings")


def _names(ctx: typer.Context) -> list[str]:
    folder = options(ctx).templates
    names = purposes(folder)
    if not names:
        raise BadInputError(f"{folder}: no texts there; is --config right?")
    return names
