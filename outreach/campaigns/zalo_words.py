"""zalo.toml: which template at Zalo, and what fills its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.campaigns.fields import LINK, Field, Kind
from outreach.campaigns.strict import Table
from outreach.domain.text import nfc

LONGEST = {
    "name": 30,
    "phone": 15,
    "address": 200,
    "code": 30,
    "label": 30,
    "status": 30,
    "contact": 50,
    "gender": 5,
    "product": 200,
    "amount": 20,
    "time": 20,
    "otp": 10,
    "url": 200,
    "vnd": 12,
    "bank_note": 90,
}
"""The types of parameters that Zalo knows, each with its greatest length (wire-formats.md 1.6)."""


@dataclass(frozen=True, slots=True)
class ZaloParam:
    """A parameter that Zalo's template declares: filled from a field, or always the same."""

    name: str
    kind: str
    max: int
    source: str | None
    """The field it is filled from, or the message's link."""
    value: str
    """What it always is; with a source, what stands in where the field is blank."""


@dataclass(frozen=True, slots=True)
class ZaloWords:
    """A template that lies with Zalo, and all of its parameters."""

    template: str
    params: tuple[ZaloParam, ...]


def zalo_words(table: Table, fields: Mapping[str, Field]) -> ZaloWords:
    """Read zalo.toml; BadInputError names file and key."""
    params = table.table("params")
    words = ZaloWords(
        table.text("template"), tuple(_param(name, each, fields) for name, each in params.tables())
    )
    table.end()
    return words


def _param(name: str, block: Table, fields: Mapping[str, Field]) -> ZaloParam:
    kind = block.choice("type", LONGEST)
    most = block.whole("max", LONGEST[kind], LONGEST[kind])
    if ("from" in block) is ("value" in block):
        block.refuse("from", "or value is needed, one of the two")
    if "from" not in block:
        param = ZaloParam(name, kind, most, None, _fixed(block, "value", most))
    elif (source := block.choice("from", [*_single(fields), LINK])) == LINK:
        param = ZaloParam(name, kind, most, LINK, "")
    else:
        field = fields[source]
        needed = field.default == ""
        default = _fixed(block, "default", most) if needed or "default" in block else ""
        param = ZaloParam(name, kind, most, field.name, default)
    block.end()
    return param


def _single(fields: Mapping[str, Field]) -> list[str]:
    return [field.name for field in fields.values() if field.kind is not Kind.NAMES]


def _fixed(block: Table, key: str, most: int) -> str:
    value = nfc(block.text(key))
    if len(value) > most:
        block.refuse(key, f"has {len(value)} characters; at most {most} are allowed")
    return value
