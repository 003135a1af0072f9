"""What a campaign is, for whoever approves it: texts, routes, hours and rules, and the code."""

from outreach.campaigns.compose import RenderError
from outreach.campaigns.preflight import Preflight
from outreach.campaigns.sampled import Sample
from outreach.carriers.base import Text
from outreach.cli.campaign_words import asked_words
from outreach.cli.output import console
from outreach.cli.template_accounts import parts_words
from outreach.cli.words import Lang

_WORDS: dict[str, tuple[str, str]] = {
    "sample": ("Sample by", "Mẫu qua"),
    "longest": ("the longest: {parts}", "dài nhất: {parts}"),
    "template": ("template {template}", "mẫu tin {template}"),
    "code": (
        "To approve exactly this: outreach campaign approve '{name}' --code {code}",
        "Để duyệt đúng nội dung này: outreach campaign approve '{name}' --code {code}",
    ),
}


def show_head(checked: Preflight, lang: Lang) -> None:
    """Print what is asked of a campaign, and the sample's message on every channel."""
    screen = console()
    for line in asked_words(checked.campaign, checked.routes, lang):
        screen.print(line, soft_wrap=True)
    for sample in checked.samples:
        screen.print(_title(sample, lang), style="bold", soft_wrap=True)
        screen.print(f"  {_said(sample, lang)}", soft_wrap=True)


def show_code(name: str, code: str, lang: Lang) -> None:
    """Print the line that an approver types."""
    console().print(_say(lang, "code", name=name, code=code), soft_wrap=True)


def samples_json(checked: Preflight) -> list[dict[str, object]]:
    """The texts under names that stay."""
    return [
        {
            "channel": sample.channel.name.lower(),
            "accounts": list(sample.accounts),
            **_message_json(sample),
            "most_parts": sample.most_parts,
        }
        for sample in checked.samples
    ]


def _message_json(sample: Sample) -> dict[str, object]:
    message = sample.message
    if isinstance(message, RenderError):
        return {"fault": str(message)}
    if isinstance(message, Text):
        return {"body": message.body, "parts": message.parts}
    return {"template": message.template, "values": dict(message.values)}


def _title(sample: Sample, lang: Lang) -> str:
    way = f"{sample.channel.name.lower()} ({', '.join(sample.accounts)})"
    told = f"{_say(lang, 'sample')} {way}"
    if not isinstance(sample.message, Text):
        return told
    longest = _say(lang, "longest", parts=parts_words(sample.most_parts, lang))
    return f"{told}: {parts_words(sample.message.parts, lang)}, {longest}"


def _said(sample: Sample, lang: Lang) -> str:
    message = sample.message
    if isinstance(message, RenderError):
        return str(message)
    if isinstance(message, Text):
        return message.body
    values = "; ".join(f"{name}: {value}" for name, value in message.values.items())
    return f"{_say(lang, 'template', template=message.template)}: {values}"


def _say(lang: Lang, key: str, **values: object) -> str:
    return _WORDS[key][lang is Lang.VI].format(**values)
