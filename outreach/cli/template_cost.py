"""`outreach template cost`: what an audience would cost, accented against plain."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

import orjson
import typer
from sqlalchemy import Connection

from outreach.campaigns.compose import Params, Renderer
from outreach.campaigns.cost import FEWER, Comparison, Cost, CostLine, Routes, Saving
from outreach.campaigns.cost import cost as counted
from outreach.campaigns.templates import TemplateSet
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import Step, console, money, progress, show_table, watched
from outreach.cli.streams import emit
from outreach.cli.template_accounts import links, parts_words
from outreach.cli.words import Lang, count, words
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.settings import Account, Settings
from outreach.store import audiences
from outreach.store.audiences import Audience
from outreach.store.people import people

EPILOG = "Example: outreach template cost install-guide --audience quan-1 --channels zalo,sms"


def cost(
    ctx: typer.Context,
    purpose: Annotated[str, typer.Argument(help="A folder of templates/messages/.")],
    audience: Annotated[str, typer.Option(help="Name or number of an imported audience.")],
    channels: Annotated[str, typer.Option(help="Each as if all were sent by it.")] = "zalo,sms",
    as_json: Json = False,
) -> None:
    """Count messages, parts and đồng per network and account, accented beside plain.

    The accounts are those that would be chosen first. JSON: name, version, audience, lines
    (channel, network, account, price_per_part_dong, and accented and plain: messages, parts,
    cost_dong, by_parts, saves: characters, parts, cost_dong), totals by channel (accented and
    plain: messages, parts, cost_dong, saves), refused (channel, reason, count), unserved
    (channel, network, count).
    """
    renderer = Renderer(
        TemplateSet.load(options(ctx).templates, purpose), links(options(ctx).config)
    )
    wanted = [_channel(told) for told in channels.split(",")]
    with opened(ctx) as office, office.database.read() as conn:
        found = audiences.find(conn, audience)
        routes = _routes(office.settings, wanted)
        with progress(purpose) as step:
            costs = counted(renderer, _rows(conn, found, step), routes)
    head = {"name": purpose, "version": renderer.templates.version, "audience": found.name}
    if as_json:
        emit(head | _json(costs))
    else:
        _show(costs, options(ctx).lang)


def _channel(told: str) -> Channel:
    try:
        return Channel[told.strip().upper()]
    except KeyError:
        known = ", ".join(channel.name.lower() for channel in Channel)
        raise BadInputError(f"--channels: no channel is called '{told}'; known: {known}") from None


def _routes(settings: Settings, channels: list[Channel]) -> Routes:
    """The account that a campaign would choose first, by channel and network."""
    routes: dict[tuple[Channel, Network], Account] = {}
    for account in settings.accounts:
        for network in account.networks if account.channel in channels else ():
            routes.setdefault((account.channel, network), account)
    return routes


def _rows(conn: Connection, audience: Audience, step: Step) -> Iterator[tuple[Network, Params]]:
    for person in watched(people(conn, audience.id), audience.imported, step):
        yield person.network, orjson.loads(person.params)


def _json(costs: Cost) -> dict[str, object]:
    return {
        "lines": [_line_json(line) for line in costs.lines],
        "totals": {
            channel.name.lower(): {
                "accented": _total_json([line.accented for line in lines], lines),
                "plain": _total_json([line.plain for line in lines], lines),
            }
            for channel, lines in _by_channel(costs).items()
        },
        "refused": [
            {"channel": channel.name.lower(), "reason": reason, "count": told}
            for (channel, reason), told in costs.refused.most_common()
        ],
        "unserved": [
            {"channel": channel.name.lower(), "network": network.title, "count": told}
            for (channel, network), told in costs.unserved.most_common()
        ],
    }


def _by_channel(costs: Cost) -> dict[Channel, list[Comparison]]:
    found: dict[Channel, list[Comparison]] = {}
    for line in costs.lines:
        found.setdefault(line.accented.channel, []).append(line)
    return found


def _line_json(line: Comparison) -> dict[str, object]:
    return {
        "channel": line.accented.channel.name.lower(),
        "network": line.accented.network.title,
        "account": line.account.name,
        "price_per_part_dong": format(line.account.price_per_part, "f"),
        "accented": _spelling_json(line.accented, line),
        "plain": _spelling_json(line.plain, line),
    }


def _spelling_json(told: CostLine, line: Comparison) -> dict[str, object]:
    return {
        "messages": told.messages,
        "parts": told.parts,
        "cost_dong": format(told.cost, "f"),
        "by_parts": {str(parts): number for parts, number in told.by_parts.items()},
        "saves": [_saving_json(told.saving(fewer, line.steps)) for fewer in FEWER],
    }


def _saving_json(saving: Saving) -> dict[str, object]:
    return {
        "characters": saving.characters,
        "parts": saving.parts,
        "cost_dong": format(saving.dong, "f"),
    }


def _total_json(told: list[CostLine], lines: list[Comparison]) -> dict[str, object]:
    return {
        "messages": sum(each.messages for each in told),
        "parts": sum(each.parts for each in told),
        "cost_dong": format(_sum(told), "f"),
        "saves": [_saving_json(_saved(told, lines, fewer)) for fewer in FEWER],
    }


def _sum(told: list[CostLine]) -> Decimal:
    return sum((each.cost for each in told), Decimal(0))


def _saved(told: list[CostLine], lines: list[Comparison], fewer: int) -> Saving:
    """What a shorter text would save on all lines together."""
    each = [one.saving(fewer, line.steps) for one, line in zip(told, lines, strict=True)]
    return Saving(
        fewer, sum(one.parts for one in each), sum((one.dong for one in each), Decimal(0))
    )


def _show(costs: Cost, lang: Lang) -> None:
    say, vi = words(lang), lang is Lang.VI
    spellings = ("có dấu", "không dấu") if vi else ("accented", "plain")
    columns = [say(key) for key in ("network", "account", "messages")]
    columns += ["", say("parts"), say("cost")]
    for channel, each in _by_channel(costs).items():
        rows = [row for line in each for row in _rows_of(line, spellings, lang)]
        rows += _totals(each, spellings, lang)
        show_table(columns, rows, numeric=(2, 4, 5), title=channel.name)
    for channel, each in _by_channel(costs).items():
        if channel is Channel.SMS and any(line.accented.messages for line in each):
            _show_spelling(spellings[0], [line.accented for line in each], each, lang)
            _show_spelling(spellings[1], [line.plain for line in each], each, lang)
    out = console()
    for (channel, reason), told in costs.refused.most_common():
        label = "không soạn được" if vi else "refused"
        out.print(f"{channel.name.lower()}: {count(told, lang)} {label}: {reason}", soft_wrap=True)
    for (channel, network), told in costs.unserved.most_common():
        label = "không có tài khoản cho" if vi else "no account for"
        out.print(f"{channel.name.lower()}: {count(told, lang)} {label} {network.title}")


def _rows_of(line: Comparison, spellings: tuple[str, str], lang: Lang) -> list[tuple[str, ...]]:
    """A line of the table for each spelling, or one where there is but one."""
    head = line.accented.network.title, line.account.name
    if line.one_spelling:
        return [(*head, *_figures([line.plain], "", lang))]
    accented = *head, *_figures([line.accented], spellings[0], lang)
    return [accented, ("", "", *_figures([line.plain], spellings[1], lang))]


def _totals(
    lines: list[Comparison], spellings: tuple[str, str], lang: Lang
) -> list[tuple[str, ...]]:
    plain = [line.plain for line in lines]
    if all(line.one_spelling for line in lines):
        return [("=", "", *_figures(plain, "", lang))]
    accented = [line.accented for line in lines]
    first = "=", "", *_figures(accented, spellings[0], lang)
    return [first, ("", "", *_figures(plain, spellings[1], lang))]


def _figures(told: list[CostLine], spelling: str, lang: Lang) -> tuple[str, ...]:
    return (
        count(sum(each.messages for each in told), lang),
        spelling,
        count(sum(each.parts for each in told), lang),
        money(_sum(told), lang),
    )


def _show_spelling(
    spelling: str, told: list[CostLine], lines: list[Comparison], lang: Lang
) -> None:
    """How many messages have each number of parts, and what a shorter text would save."""
    vi, out = lang is Lang.VI, console()
    found: dict[int, int] = {}
    for each in told:
        for parts, number in each.by_parts.items():
            found[parts] = found.get(parts, 0) + number
    shares = ", ".join(f"{parts_words(n, lang)}: {count(found[n], lang)}" for n in sorted(found))
    out.print(f"sms, {spelling}: {shares}", soft_wrap=True)
    savings = [saved for fewer in FEWER if (saved := _saved(told, lines, fewer)).parts]
    if not savings:
        none = f"bớt đến {FEWER[-1]} ký tự chưa tiết kiệm được gì"
        out.print(f"  {none if vi else f'up to {FEWER[-1]} characters less saves nothing'}")
    for saved in savings:
        fewer = saved.characters
        less = f"bớt {fewer} ký tự: tiết kiệm" if vi else f"{fewer} characters less: saves"
        out.print(f"  {less} {money(saved.dong, lang)} ({parts_words(saved.parts, lang)})")
