"""A purpose's texts: templates/messages/<purpose>/, read once, kept with each campaign."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outreach.domain.errors import BadInputError

FILES = ("about.toml", "sms.j2", "sms_plain.j2", "zalo.toml")
_OPTIONAL = "zalo.toml"
_CLASSES = ("care", "ad")
_PURPOSE = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Field:
    """A value that a text may use: its kind, its greatest length, what stands in for a blank."""

    name: str
    kind: str
    max: int
    default: str | None = None


@dataclass(frozen=True, slots=True)
class ZaloParam:
    """A parameter that Zalo's template declares: filled from a field, or always the same."""

    name: str
    kind: str
    max: int
    source: str | None
    value: str | None


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
    sample: Mapping[str, str]
    sms: str
    sms_plain: str
    zalo_template: str | None
    zalo_params: tuple[ZaloParam, ...]

    @property
    def version(self) -> str:
        """A hash of name and content: sets of one version say the same words."""
        told = hashlib.sha256(self.name.encode())
        for file in sorted(self.files):
            told.update(f"\0{file}\0{self.files[file]}".encode())
        return told.hexdigest()[:16]

    @classmethod
    def load(cls, root: Path, purpose: str) -> "TemplateSet":
        """Read templates/messages/<purpose>; BadInputError names the file and what is wrong."""
        folder = root / purpose
        if not _PURPOSE.fullmatch(purpose) or not folder.is_dir():
            known = ", ".join(sorted(path.parent.name for path in root.glob("*/about.toml")))
            raise BadInputError(f"no texts for purpose '{purpose}'; {root} has: {known}")
        found = {file: folder / file for file in FILES if (folder / file).exists()}
        try:
            files = {file: path.read_text(encoding="utf-8") for file, path in found.items()}
        except UnicodeDecodeError as fault:
            raise BadInputError(f"{folder}: a file is not UTF-8: {fault}") from None
        return cls.from_dict({"name": purpose, "files": files})

    def to_dict(self) -> dict[str, object]:
        """Give the exact content as JSON can hold it; `from_dict` reads it back."""
        return {"name": self.name, "files": dict(self.files)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "TemplateSet":
        """Read what `to_dict` gave; BadInputError names what is missing or malformed."""
        name, files = str(kept["name"]), dict(kept["files"])
        where = f"templates/messages/{name}"
        for file in FILES:
            if file not in files and file != _OPTIONAL:
                raise BadInputError(f"{where}/{file}: no such file")
        about = _toml(files["about.toml"], f"{where}/about.toml")
        zalo = _toml(files.get(_OPTIONAL, ""), f"{where}/{_OPTIONAL}")
        try:
            return cls._of(name, files, about, zalo)
        except KeyError as missing:
            raise BadInputError(f"{where}: {missing} is missing in a TOML file") from None
        except (TypeError, ValueError, AttributeError) as fault:
            raise BadInputError(f"{where}: a TOML file has a wrong value: {fault}") from None

    @classmethod
    def _of(
        cls, name: str, files: Mapping[str, str], about: Mapping[str, Any], zalo: Mapping[str, Any]
    ) -> "TemplateSet":
        fields = {field: _field(field, block) for field, block in about["fields"].items()}
        return cls(
            name=name,
            files=files,
            title={language: str(about["title"][language]) for language in ("vi", "en")},
            message_class=_CLASSES[_CLASSES.index(about["class"])],
            max_parts=int(about["max_parts"]),
            fields=fields,
            facts={fact: str(words) for fact, words in about["facts"].items()},
            sample={field: str(value) for field, value in about["sample"].items()},
            sms=files["sms.j2"].strip(),
            sms_plain=files["sms_plain.j2"].strip(),
            zalo_template=str(zalo["template"]) if zalo else None,
            zalo_params=tuple(
                _param(param, block, fields) for param, block in zalo.get("params", {}).items()
            ),
        )


def _field(name: str, block: Mapping[str, Any]) -> Field:
    return Field(name, block.get("type", "text"), int(block["max"]), block.get("default"))


def _param(name: str, block: Mapping[str, Any], fields: Mapping[str, Field]) -> ZaloParam:
    source, value = block.get("from"), block.get("value")
    if (source is None) is (value is None):
        raise ValueError(f"zalo.toml: '{name}' needs either from = or value =")
    if source is not None and source not in fields:
        raise ValueError(f"zalo.toml: '{name}' is from '{source}', not among [fields]")
    return ZaloParam(name, str(block["type"]), int(block["max"]), source, value)


def _toml(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadInputError(f"{where}: not valid TOML: {fault}") from None
