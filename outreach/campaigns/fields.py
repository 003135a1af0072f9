"""What a text may use of a recipient, and how a stored value becomes one that can be sent."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outreach.campaigns.grammar import Shape, Sort
from outreach.campaigns.names import LETTERS, person, shortened
from outreach.campaigns.wording import Value
from outreach.domain.errors import BadInputError
from outreach.domain.text import plain, tidy

Params = Mapping[str, str | Sequence[str]]
"""A recipient's fields as they are stored; `names` holds several."""

_SIGNS = f"!-~{LETTERS.translate({ord(letter): None for letter in map(chr, range(128))})}"
_USUAL = re.compile(f"(?:[{_SIGNS}]+ )*[{_SIGNS}]+")
# A stranger's words must not travel under the agency's name.
_STRANGE = re.compile(
    r"://|\bwww\.|\b[a-z0-9-]+\.(?:vn|com|net|org|info|app|me|link|ly|gl|gd|to|co|cc|io|xyz|top|apk)\b"
    r"|\d(?:[ .-]?\d){8,}|\b1[89]00[ .-]?\d{4,6}\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:otp|mat khau|password|cccd|cmnd|can cuoc|so tai khoan|cvv)\b")
FALLBACK = "full_name"
"""A list that the recipient has not is this one person."""
LINK = "link"
"""The message's own link of the city's, which no text needs to declare."""


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NAME = "name"
    NAMES = "names"
    NUMBER = "number"


class RenderError(BadInputError):
    """A recipient for whom no message can be made: which field, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Field:
    """A value that a text may use: its kind, its greatest length, what stands in for a blank."""

    name: str
    kind: Kind
    max: int
    """Characters of a text or name, of each in a list; digits of a number."""
    default: str | None = None
    most: int = 1
    """Names that a list has at most; the others are left out."""

    @property
    def shape(self) -> Shape:
        """What the grammar of texts has to know of it."""
        sorts = {Kind.NAMES: Sort.LIST, Kind.NUMBER: Sort.NUMBER}
        return Shape(sorts.get(self.kind, Sort.TEXT), self.max, self.most)

    def reader(self) -> Callable[[Params], Value]:
        """What gives a recipient's value as a text uses it.

        It raises RenderError if there is none, or too much of it.
        """
        readers: dict[Kind, Callable[[Params], Value]] = {
            Kind.TEXT: self._text,
            Kind.NAME: self._name,
            Kind.NAMES: self._names,
            Kind.NUMBER: self._number,
        }
        return readers[self.kind]

    def _name(self, params: Params) -> str:
        raw = _one(params, self.name)
        name = person(raw) or self._default("no name of a person" if raw else "missing")
        return name if len(name) <= self.max else shortened(name, self.max)

    def _names(self, params: Params) -> list[str]:
        raw = params.get(self.name) or _one(params, FALLBACK)
        told = [raw] if isinstance(raw, str) else raw
        found = [name for each in told if (name := person(each))][: self.most]
        if not found:
            return [self._default("no name of a person" if raw else "missing")]
        return [name if len(name) <= self.max else shortened(name, self.max) for name in found]

    def _text(self, params: Params) -> str:
        text = self._said(params)
        if _STRANGE.search(text) or _ASKS.search(plain(text).lower()):
            raise RenderError(
                self.name, "holds a link, a long number or a request for personal data; not sent"
            )
        return text

    def _number(self, params: Params) -> int:
        text = self._said(params)
        if not (text.isascii() and text.isdecimal()):
            raise RenderError(self.name, "expected a whole number in digits")
        return int(text)

    def _said(self, params: Params) -> str:
        raw = _one(params, self.name)
        if not _USUAL.fullmatch(raw):
            raw = " ".join(tidy(raw).split()) or self._default("missing")
        if len(raw) > self.max:
            raise RenderError(self.name, f"{len(raw)} characters, at most {self.max} are allowed")
        return raw

    def _default(self, why: str) -> str:
        if self.default is None:
            raise RenderError(self.name, f"{why}, and about.toml gives no default")
        return self.default


def _one(params: Params, name: str) -> str:
    """A field as one text: of several names, the first."""
    found = params.get(name) or ""
    return found if isinstance(found, str) else found[0]
