"""A purpose's texts: templates/messages/<purpose>/, read once, kept with each campaign."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.campaigns.fields import FALLBACK, LINK, Field, Kind
from outreach.campaigns.strict import Table
from outreach.campaigns.zalo_words import ZaloWords, zalo_words
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.domain.text import nfc

NEEDED = ("about.toml", "sms.j2", "sms_plain.j2")
FILES = (*NEEDED, "sms_en.j2", "zalo.toml")
MAX_PARTS = 5
LANGUAGE = "language"
"""The recipient's own language, which no text needs to declare."""

_SPELLINGS = ("sms.j2", "sms_plain.j2", "sms_en.j2")
_CLASSES = ("care", "ad")
_PURPOSE = re.compile(r"[a-z0-9][a-z0-9-]*")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = frozenset(
    {LINK, "self", "caller", "varargs", "kwargs", "loop", "true", "false", "none"}
    | {"and", "or", "not", "in", "is", "if", "else"}
)
"""Names with a meaning of their own in a text."""
_MAX_FIELD = 200
_MAX_DIGITS = 12
_MAX_NAMES = 10


@dataclass(frozen=True, slots=True)
class TemplateSet:
    """All texts of one purpose at one version."""

    name: str
    files: Mapping[str, str]
    """The content as it was read; everything else here follows from it."""
    title: Mapping[str, str]
    message_class: str
    """`care` or `ad`: an advertisement carries a label."""
    max_parts: int
    fields: Mapping[str, Field]
    facts: Mapping[str, str]
    """What each text must contain, by what it is (`domain`, `hotline`, ...)."""
    sample: Mapping[str, str | list[str]]
    sms: str
    sms_plain: str
    sms_en: str | None
    """For those whose `language` is English; everybody's own where there is none."""
    zalo: ZaloWords | None
    skips_registered: bool = False
    """Whether it is for people only who have not got the app yet, as far as we know."""

    @property
    def version(self) -> str:
        """A hash of name and content: sets of one version say the same words."""
        return version_of(self.name, self.files)

    def words(self, channel: Channel) -> str:
        """A fingerprint of what carriers of a channel register: the texts, or the Zalo template."""
        files = _SPELLINGS if channel is Channel.SMS else ("zalo.toml",)
        told = {file: self.files[file].strip() for file in files if file in self.files}
        return version_of(self.name, told)[:12]

    @classmethod
    def load(cls, root: Path, purpose: str) -> "TemplateSet":
        """Read templates/messages/<purpose>; BadInputError names the file and what is wrong."""
        folder = root / purpose
        if not _PURPOSE.fullmatch(purpose) or not folder.is_dir():
            known = ", ".join(purposes(root)) or "nothing; is --config right?"
            raise BadInputError(f"no texts for purpose '{purpose}'; {root} has: {known}")
        strange = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        if strange - set(FILES):
            listed = ", ".join(sorted(strange - set(FILES)))
            raise BadInputError(f"{folder}: {listed} has no meaning; known are {', '.join(FILES)}")
        files = {file: _read(folder / file) for file in FILES if (folder / file).exists()}
        return cls.from_dict({"name": purpose, "files": files})

    def to_dict(self) -> dict[str, object]:
        """Give the exact content as JSON can hold it; `from_dict` reads it back."""
        return {"name": self.name, "files": dict(self.files)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "TemplateSet":
        """Read what `to_dict` gave; BadInputError names file and key of what is wrong."""
        name, files = str(kept["name"]), dict(kept["files"])
        where = f"templates/messages/{name}"
        for file in NEEDED:
            if not files.get(file, "").strip():
                raise BadInputError(f"{where}/{file}: no such file, or nothing in it")
        about = Table.read(files["about.toml"], f"{where}/about.toml")
        fields = _fields(about.table("fields"))
        made = cls(
            name=name,
            files=files,
            title={language: about.table("title").text(language) for language in ("vi", "en")},
            message_class=about.choice("class", _CLASSES),
            max_parts=about.whole("max_parts", MAX_PARTS),
            fields=fields,
            facts=about.table("facts").texts(),
            sample=_sample(about.table("sample"), fields),
            sms=nfc(files["sms.j2"].strip()),
            sms_plain=nfc(files["sms_plain.j2"].strip()),
            sms_en=nfc(files["sms_en.j2"].strip()) if "sms_en.j2" in files else None,
            zalo=_zalo(files, where, fields),
            skips_registered=about.truth("skips_registered"),
        )
        about.choice("purpose", [name], name)
        about.end()
        return made


def purposes(root: Path) -> list[str]:
    """The purposes that a folder has texts for."""
    return sorted(path.parent.name for path in root.glob("*/about.toml"))


def version_of(name: str, files: Mapping[str, str]) -> str:
    """The version of a purpose's exact words."""
    told = hashlib.sha256(name.encode())
    for file in sorted(files):
        told.update(f"\0{file}\0{files[file]}".encode())
    return told.hexdigest()[:16]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise BadInputError(f"{path}: not UTF-8: {fault}; save it as UTF-8") from None


def _fields(table: Table) -> dict[str, Field]:
    fields = {}
    for name, block in table.tables():
        if not _FIELD.fullmatch(name):
            table.refuse(name, "is no name of a field: expected small letters, digits and _")
        if name in _TAKEN:
            table.refuse(name, "has a meaning of its own in a text; name the field otherwise")
        fields[name] = _field(name, block)
    return fields


def _field(name: str, block: Table) -> Field:
    kind = Kind(block.choice("type", list(Kind), Kind.TEXT))
    default = block.words("default")
    field = Field(
        name,
        kind,
        block.whole("max", _MAX_DIGITS if kind is Kind.NUMBER else _MAX_FIELD),
        None if default is None else nfc(default),
        block.whole("most", _MAX_NAMES) if kind is Kind.NAMES else 1,
    )
    block.end()
    if field.default is not None:
        _check_default(field, field.default, block)
    return field


def _check_default(field: Field, default: str, block: Table) -> None:
    if len(default) > field.max:
        block.refuse("default", f"has {len(default)} characters; max is {field.max}")
    if field.kind is Kind.NUMBER and not (default.isascii() and default.isdecimal()):
        block.refuse("default", f"is '{default}'; expected digits")


def _sample(table: Table, fields: Mapping[str, Field]) -> dict[str, str | list[str]]:
    """The sample recipient: names as a list, all else as text; of the fields, `full_name` too."""
    known = {*fields, LANGUAGE, FALLBACK}
    lists = {name for name, field in fields.items() if field.kind is Kind.NAMES}
    found: dict[str, str | list[str]] = {}
    for name in table:
        if name not in known:
            table.refuse(name, f"is not among [fields]: {', '.join(sorted(known))}")
        found[name] = table.listed(name) if name in lists else table.text(name)
    return found


def _zalo(files: Mapping[str, str], where: str, fields: Mapping[str, Field]) -> ZaloWords | None:
    if "zalo.toml" not in files:
        return None
    return zalo_words(Table.read(files["zalo.toml"], f"{where}/zalo.toml"), fields)
