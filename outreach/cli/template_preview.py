"""`outreach template preview`: what recipients would read, and which of them stand out."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import orjson
import typer
from sqlalchemy import Connection

from outreach.campaigns.compose import ACCENTED, PLAIN, Params, Renderer, Sized, Terms
from outreach.campaigns.preview import Fault, Preview, Seen, Shown, oddity_words
from outreach.campaigns.preview import preview as previewed
from outreach.campaigns.readers import ENGLISH
from outreach.campaigns.templates import LANGUAGE, TemplateSet
from outreach.carriers.base import Text
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import Step, console, progress, watched
from outreach.cli.streams import emit
from outreach.cli.template_accounts import links, parts_words
from outreach.cli.words import Lang, count
from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import mask, mask_text
from outreach.domain.network import Channel
from outreach.settings import Account, Settings
from outreach.store import audiences
from outreach.store.audiences import Audience
from outreach.store.people import people

EPILOG = (
    "Example: outreach template preview install-guide --field full_name='Lê An'\n\n"
    "Example: outreach template preview install-guide --audience quan-1 --account viettel"
)


def preview(
    ctx: typer.Context,
    purpose: Annotated[str, typer.Argument(help="A folder of templates/messages/.")],
    field: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, instead of the sample's.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option(help="Render all of an audience, and show what stands out.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="On this account; the first for SMS without it.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, max=100, help="How many of each sort.")] = 5,
    seed: Annotated[int, typer.Option(help="Draws the same sample again.")] = 1,
    as_json: Json = False,
) -> None:
    """Show what recipients would read: the sample on every channel, or an audience's extremes.

    JSON: name, version, sms, sms_plain and sms_en (body, encoding, units, segments; sms_en may be
    null), zalo (template, values) or null. With --audience: name, version, audience, account,
    messages, by_parts, oddities, faults (reason, count, first: places in the audience), longest,
    shortest, strangest, sample: each a list of n, phone (masked), body or values, encoding,
    units, parts, oddities.
    """
    renderer = Renderer(
        TemplateSet.load(options(ctx).templates, purpose), links(options(ctx).config)
    )
    if audience is None:
        _one(renderer, _fields(field or []), options(ctx).lang, as_json=as_json)
        return
    with opened(ctx) as office, office.database.read() as conn:
        way = _account(office.settings, account)
        found = audiences.find(conn, audience)
        with progress(purpose) as step:
            seen = previewed(renderer, _rows(conn, found, step), way, sample, seed)
    head = {"name": purpose, "version": renderer.templates.version, "audience": found.name}
    if as_json:
        emit(head | _json(seen))
    else:
        _show(seen, options(ctx).lang)


def _account(settings: Settings, name: str | None) -> Account:
    if name is not None:
        return settings.account(name)
    for account in settings.accounts:
        if account.channel is Channel.SMS:
            return account
    raise BadInputError("config/accounts/ has no account for SMS; name one with --account")


def _rows(conn: Connection, audience: Audience, step: Step) -> Iterator[Seen]:
    for person in watched(people(conn, audience.id), audience.imported, step):
        yield Seen(person.n, person.msisdn, orjson.loads(person.params))


def _fields(told: Iterable[str]) -> dict[str, str]:
    values = {}
    for each in told:
        name, equals, value = each.partition("=")
        if not equals:
            raise BadInputError(f"--field {each}: expected NAME=VALUE")
        values[name] = value
    return values


def _one(renderer: Renderer, told: Params, lang: Lang, *, as_json: bool) -> None:
    """Show one recipient's message in every way it could be sent."""
    templates = renderer.templates
    values = {**templates.sample, **told}
    shown: dict[str, dict[str, object] | None] = {
        "sms": _sms(renderer, values, ACCENTED),
        "sms_plain": _sms(renderer, values, PLAIN),
        "sms_en": None,
        "zalo": None,
    }
    if ENGLISH in templates.files:
        shown["sms_en"] = _sms(renderer, {**values, LANGUAGE: "en"}, PLAIN)
    if templates.zalo is not None:
        message = renderer.zalo(values)
        shown["zalo"] = {"template": message.template, "values": dict(message.values)}
    if as_json:
        emit({"name": templates.name, "version": templates.version, **shown})
        return
    console().print(templates.title[lang], style="bold")
    for way, said in shown.items():
        if said is not None:
            console().print(way, style="bold")
            for name, value in said.items():
                console().print(f"  {name}: {value}", soft_wrap=True)


def _sms(renderer: Renderer, values: Params, wanted: Terms) -> dict[str, object]:
    content, size = renderer.sms(values, wanted)
    assert isinstance(content, Text)
    assert size is not None
    return {
        "body": content.body,
        "encoding": size.encoding,
        "units": size.units,
        "segments": content.parts,
    }


def _sorts(seen: Preview) -> dict[str, list[Shown]]:
    return {
        "longest": seen.longest,
        "shortest": seen.shortest,
        "strangest": seen.strangest,
        "sample": seen.sample,
    }


def _json(seen: Preview) -> dict[str, object]:
    return {
        "account": seen.account.name,
        "messages": seen.messages,
        "by_parts": {str(parts): told for parts, told in sorted(seen.by_parts.items())},
        "oddities": dict(seen.oddities.most_common()),
        "faults": [
            {"reason": reason, "count": fault.count, "first": fault.first}
            for reason, fault in _worst(seen)
        ],
        **{sort: [_row_json(shown) for shown in rows] for sort, rows in _sorts(seen).items()},
    }


def _worst(seen: Preview) -> list[tuple[str, Fault]]:
    return sorted(seen.faults.items(), key=lambda each: -each[1].count)


def _row_json(shown: Shown) -> dict[str, object]:
    return {
        "n": shown.row.n,
        "phone": mask(str(shown.row.msisdn)),
        **_said(shown.message),
        "parts": shown.message.content.parts,
        "oddities": list(shown.oddities),
    }


def _said(message: Sized) -> dict[str, object]:
    content, size = message
    if not isinstance(content, Text):
        values = {name: mask_text(value) for name, value in content.values.items()}
        return {"values": values, "encoding": None, "units": None}
    assert size is not None
    return {"body": mask_text(content.body), "encoding": size.encoding, "units": size.units}


_TITLES = {
    "longest": ("The longest", "Dài nhất"),
    "shortest": ("The shortest", "Ngắn nhất"),
    "strangest": ("The strangest", "Lạ nhất"),
    "sample": ("A sample", "Mẫu ngẫu nhiên"),
}


def _show(seen: Preview, lang: Lang) -> None:
    vi = lang is Lang.VI
    names = oddity_words(lang)
    out = console()
    for sort, rows in _sorts(seen).items():
        out.print(_TITLES[sort][vi], style="bold")
        for shown in rows:
            out.print(f"  {_line(shown, names, lang)}", soft_wrap=True)
    for name, told in seen.oddities.most_common():
        out.print(f"{names[name]}: {count(told, lang)}")
    for parts, told in sorted(seen.by_parts.items()):
        out.print(f"{parts_words(parts, lang)}: {count(told, lang)}")
    for reason, fault in _worst(seen):
        first = ", ".join(map(str, fault.first))
        label = "không soạn được, dòng" if vi else "not rendered, recipients"
        out.print(f"{count(fault.count, lang)} {label} {first}: {reason}", soft_wrap=True)


def _line(shown: Shown, names: dict[str, str], lang: Lang) -> str:
    said = _said(shown.message)
    size = "" if said["units"] is None else f" {said['encoding']} {said['units']}"
    parts = parts_words(shown.message.content.parts, lang)
    odd = f" [{', '.join(names[name] for name in shown.oddities)}]" if shown.oddities else ""
    phone = mask(str(shown.row.msisdn))
    return f"{shown.row.n} {phone}{size} {parts}{odd}: {said.get('body', said.get('values'))}"
