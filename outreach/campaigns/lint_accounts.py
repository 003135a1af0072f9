"""What the texts measure on every configured account, and whether it takes them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from outreach.campaigns.compose import (
    ACCENTED,
    PLAIN,
    Renderer,
    RenderError,
    Sized,
    Terms,
    size_in_bytes,
    terms,
)
from outreach.campaigns.findings import Finding, error
from outreach.campaigns.readers import ENGLISH, readers
from outreach.campaigns.templates import TemplateSet
from outreach.domain.link import Links
from outreach.domain.network import Channel
from outreach.domain.text import Encoding, left
from outreach.settings import Account

SPELLINGS = {"sms.j2": ACCENTED, "sms_plain.j2": PLAIN, ENGLISH: PLAIN}
"""The SMS texts, each with the terms of a carrier that takes all the standard allows."""

MAX_SENDER = 11
"""Characters of a brandname (Nghị định 91/2020, Điều 23)."""


@dataclass(frozen=True, slots=True)
class Length:
    """What a text measures on an account, for one of the recipients it is tried on."""

    account: str
    file: str
    reader: str
    """`sample`, `longest` or `blank`."""
    encoding: Encoding
    units: int
    parts: int
    left: int
    """Units that may be added without one more part."""


def lengths(
    templates: TemplateSet, accounts: Iterable[Account], links: Links | None = None
) -> list[Length]:
    """Measure every text on every SMS account; what cannot be sent there is left out."""
    renderer = Renderer(templates, links)
    found = []
    for account, file, wanted in _ways(templates, accounts):
        for reader, params in readers(templates, file):
            try:
                message = renderer.sms(params, wanted)
            except RenderError:
                continue
            found.append(_length(account, file, reader, message, wanted))
    return found


def _length(account: Account, file: str, reader: str, message: Sized, wanted: Terms) -> Length:
    size = message.size
    assert size is not None
    rest = left(size, wanted.steps)
    if wanted.max_bytes is not None:
        each = 2 if size.encoding is Encoding.UCS2 else 1
        rest = min(rest, (wanted.max_bytes - size_in_bytes(size)) // each)
    parts = message.content.parts
    return Length(account.name, file, reader, size.encoding, size.units, parts, rest)


def _ways(
    templates: TemplateSet, accounts: Iterable[Account]
) -> Iterator[tuple[Account, str, Terms]]:
    """Every text that an SMS account may be given, with its terms."""
    for account in accounts:
        if account.channel is not Channel.SMS:
            continue
        for file in SPELLINGS:
            if file not in templates.files or (account.plain_only and file == "sms.j2"):
                continue
            plain_only = file == "sms_plain.j2"
            wanted = terms(account, templates, plain_only=plain_only)
            if wanted.ours or file != "sms_en.j2":
                yield account, file, wanted


def check_accounts(renderer: Renderer, accounts: Iterable[Account]) -> Iterator[Finding]:
    """Whether every text can be sent on every account that would carry it."""
    templates, known = renderer.templates, list(accounts)
    for account in known:
        if account.channel is Channel.SMS and len(account.sender) > MAX_SENDER:
            yield error(
                f"config/accounts/{account.name}.toml",
                f"tên định danh '{account.sender}' dài quá {MAX_SENDER} ký tự",
                f"the sender '{account.sender}' is longer than {MAX_SENDER} characters",
            )
    for account, file, wanted in _ways(templates, known):
        for _, params in readers(templates, file):
            try:
                renderer.sms(params, wanted)
            except RenderError as fault:
                where = f"{file}, account {account.name}"
                yield error(where, f"không gửi được qua tài khoản này: {fault}", str(fault))
                break
