"""`outreach template`: the message texts, before anyone is asked to approve them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns.compose import Renderer
from outreach.campaigns.lint import Finding, Level, lint
from outreach.campaigns.templates import TemplateSet
from outreach.cli.faults import REFUSED
from outreach.cli.options import Json, options
from outreach.cli.output import console, emit, show_table
from outreach.cli.words import Lang
from outreach.domain.errors import BadInputError
from outreach.domain.text import measure

app = typer.Typer()

_Purpose = Annotated[str, typer.Argument(help="A folder of templates/messages/.")]


@app.callback()
def template() -> None:
    """Look at message texts and check them."""


@app.command("list", epilog="Example: outreach template list")
def list_templates(ctx: typer.Context, as_json: Json = False) -> None:
    """List the texts by purpose.

    JSON: templates, each with name, version, title_vi, title_en, class, max_parts, zalo.
    """
    sets = [TemplateSet.load(options(ctx).templates, name) for name in _names(ctx)]
    if as_json:
        emit({"templates": [_json(each) for each in sets]})
        return
    lang = options(ctx).lang
    rows = [
        (each.name, each.version, each.title[lang], each.max_parts, each.zalo_template or "-")
        for each in sets
    ]
    show_table(("Name", "Version", "Title", "Max parts", "Zalo"), rows, numeric=[3])


def _json(each: TemplateSet) -> dict[str, object]:
    return {
        "name": each.name,
        "version": each.version,
        "title_vi": each.title["vi"],
        "title_en": each.title["en"],
        "class": each.message_class,
        "max_parts": each.max_parts,
        "zalo": each.zalo_template,
    }


@app.command(epilog="Example: outreach template preview install-guide --field full_name='Lê An'")
def preview(
    ctx: typer.Context,
    purpose: _Purpose,
    field: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, instead of the sample's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a recipient would read, on every channel.

    JSON: name, version, sms and sms_plain (body, encoding, units, segments), zalo (template,
    values) or null.
    """
    renderer = Renderer(TemplateSet.load(options(ctx).templates, purpose))
    values = {**renderer.templates.sample, **_fields(field or [])}
    shown = _preview(renderer, values)
    if as_json:
        emit({"name": purpose, "version": renderer.templates.version, **shown})
        return
    for way, said in shown.items():
        console().print(way, style="bold")
        for name, value in (said or {}).items():
            console().print(f"  {name}: {value}", soft_wrap=True)


def _fields(told: Iterable[str]) -> dict[str, str]:
    values = {}
    for each in told:
        name, equals, value = each.partition("=")
        if not equals:
            raise BadInputError(f"--field {each}: expected NAME=VALUE")
        values[name] = value
    return values


def _preview(renderer: Renderer, values: dict[str, str]) -> dict[str, dict[str, object] | None]:
    shown: dict[str, dict[str, object] | None] = {
        "sms": _sms(renderer, values, plain_only=False),
        "sms_plain": _sms(renderer, values, plain_only=True),
        "zalo": None,
    }
    if renderer.templates.zalo_template is not None:
        message = renderer.zalo(values)
        shown["zalo"] = {"template": message.template, "values": dict(message.values)}
    return shown


def _sms(renderer: Renderer, values: dict[str, str], *, plain_only: bool) -> dict[str, object]:
    body = renderer.sms(values, plain_only=plain_only).body
    size = measure(body)
    return {
        "body": body,
        "encoding": size.encoding,
        "units": size.units,
        "segments": size.segments,
    }


@app.command("lint", epilog="Example: outreach template lint install-guide")
def lint_templates(
    ctx: typer.Context,
    purpose: Annotated[str | None, typer.Argument(help="One purpose; all without it.")] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with texts; exit code 1 if there is an error.

    JSON: ok, findings (template, level, where, message_vi, message_en).
    """
    names = [purpose] if purpose else _names(ctx)
    found = [
        (name, finding)
        for name in names
        for finding in lint(TemplateSet.load(options(ctx).templates, name))
    ]
    bad = any(finding.level is Level.ERROR for _, finding in found)
    if as_json:
        emit({"ok": not bad, "findings": [_finding(*each) for each in found]})
    else:
        _show(found, options(ctx).lang, len(names))
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


def _show(found: list[tuple[str, Finding]], lang: Lang, sets: int) -> None:
    for name, finding in found:
        words = finding.message_vi if lang is Lang.VI else finding.message_en
        console().print(f"{finding.level}: {name}/{finding.where}: {words}", soft_wrap=True)
    console().print(f"{sets} template sets checked, {len(found)} findings")


def _names(ctx: typer.Context) -> list[str]:
    folder: Path = options(ctx).templates
    names = sorted(path.parent.name for path in folder.glob("*/about.toml"))
    if not names:
        raise BadInputError(f"{folder}: no texts there; is --config right?")
    return names
