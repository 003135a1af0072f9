"""A small template set and accounts to try texts with."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from outreach.campaigns.compose import ACCENTED, PLAIN, Params, Renderer, Terms
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Text
from outreach.domain.network import Channel, Network
from outreach.settings import Account
from outreach.settings.approvals import Approval, Approvals, Approved

ABOUT = """
class = "care"
max_parts = 3
title = { vi = "Thử", en = "Trial" }
facts = {}
sample = { name = "An", code = "1" }
[fields]
name = { type = "name", max = 20, default = "Ông/Bà" }
code = { max = 10 }
names = { type = "names", max = 20, most = 3, default = "người thân" }
count = { type = "number", max = 3, default = "1" }
"""
ZALO = """
template = "t-1"
[params]
customer = { from = "name", type = "name", max = 12 }
hotline = { value = "1900 9068", type = "phone" }
"""


def words(sms: str = "x", sms_plain: str = "x", **files: str) -> TemplateSet:
    """A set with these texts; other files by name, a double underscore for the dot."""
    given = {name.replace("__", "."): text for name, text in files.items()}
    kept = {"about.toml": ABOUT, "zalo.toml": ZALO, "sms.j2": sms, "sms_plain.j2": sms_plain}
    return TemplateSet.from_dict({"name": "trial", "files": kept | given})


def said(sms: str, wanted: Terms = ACCENTED, **params: str | list[str]) -> str:
    """What a text says to a recipient."""
    files = {"sms_plain": sms} if wanted is PLAIN else {"sms": sms}
    return text(Renderer(words(**files)), {"code": "1", **params}, wanted).body


def text(renderer: Renderer, params: Params, wanted: Terms = ACCENTED) -> Text:
    """The SMS of a recipient."""
    content = renderer.sms(params, wanted).content
    assert isinstance(content, Text)
    return content


def changed(kept: TemplateSet, file: str, old: str, new: str) -> TemplateSet:
    """The same set with one file altered."""
    assert old in kept.files[file]
    altered = kept.files[file].replace(old, new, 1)
    return with_files(kept, {file: altered})


def with_files(kept: TemplateSet, files: Mapping[str, str]) -> TemplateSet:
    """The same set with other files."""
    return TemplateSet.from_dict({"name": kept.name, "files": {**kept.files, **files}})


def approving(account: Account, kept: TemplateSet, **changes: object) -> Account:
    """An account whose carrier has approved a purpose's words, but for the changes."""
    usual = Approval(Approved.APPROVED, kept.words(account.channel))
    approval = replace(usual, **changes)  # type: ignore[arg-type] # any field of it
    return replace(account, approvals=Approvals(Approved.APPROVED, {kept.name: approval}))


def account(name: str, channel: Channel = Channel.SMS, **changes: object) -> Account:
    """An account for every network, at 600 đồng a part."""
    usual = Account(
        name=name,
        adapter=name,
        channel=channel,
        networks=frozenset(Network),
        base_url="",
        sender="SIM-CITY",
        limits=(),
        in_flight=1,
        price_per_part=Decimal(600),
        plain_only=False,
        max_parts=3,
        timeout=timedelta(seconds=1),
        receipt_deadline=timedelta(hours=1),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]
