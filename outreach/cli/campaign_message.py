"""`outreach campaign message`: what was sent to one number, word by word."""

from typing import Annotated

import typer

from outreach.campaigns.shown_again import Answer, Shown, shown_again
from outreach.carriers.base import Text
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.key import MessageId
from outreach.reports.columns import state_title
from outreach.store.lookups import Try, Word

EPILOG = "Example: outreach campaign message nov-1 0325550101 --why 'complaint 7'"


def message(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number of the campaign.")],
    number: Annotated[str, typer.Argument(help="The phone number, in any spelling.")],
    why: Annotated[str, typer.Option(help="Why; it is written down with your name.")],
    as_json: Json = False,
) -> None:
    """Show what was sent to one number: every message of the campaign and of its resends.

    The words are made anew from the campaign's frozen texts and the recipient's fields. The
    audience is read to find the number.
    JSON: number (masked), messages (campaign, message, step, channel, account, network, state,
    reason, parts, day, template (name, version), text or zalo (template, values), doubt,
    attempts (n, at, account, outcome, code, reference, took_ms), receipts (at, account, status,
    code, effect)).
    """
    with opened(ctx) as office:
        answer = shown_again(office.database, office.settings, office.user(), name, number, why)
    if as_json:
        messages = [_json(each, answer) for each in answer.messages]
        emit({"number": answer.number, "messages": messages})
        return
    lang = options(ctx).lang
    nothing = "chưa có tin nào" if lang is Lang.VI else "no message yet"
    console().print(answer.number if answer.messages else f"{answer.number}: {nothing}")
    for each in answer.messages:
        _show(each, answer, lang)


def _json(shown: Shown, answer: Answer) -> dict[str, object]:
    message, content = shown.message, shown.content
    told = {
        "campaign": shown.campaign.name,
        "message": message.id,
        "step": MessageId.of(message.id).step,
        "channel": shown.channel and shown.channel.name.lower(),
        "account": shown.account or None,
        "network": message.network.title,
        "state": message.state.label,
        "reason": message.reason,
        "parts": message.parts,
        "day": message.day or None,
        "template": {"name": shown.template.name, "version": shown.template.version},
        "text": content.body if isinstance(content, Text) else None,
        "zalo": None,
        "doubt": shown.doubt or None,
        "attempts": [_try_json(each, answer) for each in shown.tries],
        "receipts": [_word_json(each, answer) for each in shown.words],
    }
    if content is not None and not isinstance(content, Text):
        told["zalo"] = {"template": content.template, "values": dict(content.values)}
    return told


def _try_json(each: Try, answer: Answer) -> dict[str, object]:
    done = each.attempt
    return {
        "n": each.n,
        "at": iso(done.at),
        "account": answer.accounts.get(each.account),
        "outcome": done.outcome.name.lower(),
        "code": done.code,
        "reference": done.reference,
        "took_ms": done.took_ms,
    }


def _word_json(each: Word, answer: Answer) -> dict[str, object]:
    return {
        "at": iso(each.at),
        "account": answer.accounts.get(each.account),
        "status": each.status.name.lower(),
        "code": each.code,
        "effect": each.effect,
    }


def _show(shown: Shown, answer: Answer, lang: Lang) -> None:
    found, out = shown.message, console()
    state = state_title(found.state) if lang is Lang.VI else found.state.label.replace("_", " ")
    way = f"{shown.channel.name if shown.channel else '-'} {shown.account}".strip()
    why = f" ({found.reason})" if found.reason else ""
    words = "mẫu" if lang is Lang.VI else "words"
    version = f"{words} {shown.template.name} {shown.template.version}"
    out.print(f"\n{shown.campaign.name}: {way}: {state}{why}; {version}", soft_wrap=True)
    if isinstance(shown.content, Text):
        out.print(shown.content.body, soft_wrap=True)
    elif shown.content is not None:
        show_table((f"Zalo {shown.content.template}", ""), shown.content.values.items())
    if shown.doubt:
        out.print(f"! {shown.doubt}", soft_wrap=True)
    rows = [_try_row(each, answer) for each in shown.tries]
    rows += [_word_row(each, answer) for each in shown.words]
    if rows:
        columns = ("Lúc", "Tài khoản", "Việc", "Mã", "Tham chiếu")
        show_table(columns if lang is Lang.VI else _COLUMNS, rows)


_COLUMNS = ("At", "Account", "What", "Code", "Reference")


def _try_row(each: Try, answer: Answer) -> tuple[object, ...]:
    done = each.attempt
    account = answer.accounts.get(each.account)
    return (local_ms(done.at), account, done.outcome.name.lower(), done.code, done.reference)


def _word_row(each: Word, answer: Answer) -> tuple[object, ...]:
    told = f"receipt: {each.status.name.lower()}, {each.effect}"
    return local_ms(each.at), answer.accounts.get(each.account), told, each.code, None
