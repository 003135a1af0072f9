"""From a template set and a recipient's fields to the message."""

import unicodedata
from collections.abc import Mapping

from outreach.campaigns.templates import TemplateSet
from outreach.campaigns.wording import compiled
from outreach.carriers.base import Template, Text
from outreach.domain.errors import BadInputError
from outreach.domain.text import measure, nfc, plain

MAX_CHARACTERS = 2000
"""Far above what a carrier takes: a bound on what a text may grow to before it is measured."""

Params = Mapping[str, str]


class RenderError(BadInputError):
    """A recipient for whom no message can be made: which field, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Renderer:
    """Makes the messages of one template set; fields beyond those declared are ignored."""

    def __init__(self, templates: TemplateSet) -> None:
        self.templates = templates
        where = f"templates/messages/{templates.name}"
        self._accented = compiled(templates.sms, templates.fields, f"{where}/sms.j2")
        self._plain = compiled(templates.sms_plain, templates.fields, f"{where}/sms_plain.j2")
        self._fields = tuple(templates.fields.values())

    def sms(self, params: Params, *, plain_only: bool) -> Text:
        """Make the SMS; RenderError names the field that is missing, too long or too much."""
        values = self._values(params)
        body = plain(self._plain(values)) if plain_only else nfc(self._accented(values))
        if len(body) > MAX_CHARACTERS:
            raise RenderError("text", f"{len(body)} characters, at most {MAX_CHARACTERS} are taken")
        size = measure(body)
        if size.segments > self.templates.max_parts:
            most = self.templates.max_parts
            raise RenderError("text", f"{size.segments} parts, at most {most} are allowed")
        return Text(body, size.encoding, size.segments)

    def zalo(self, params: Params) -> Template:
        """Make the Zalo message: the parameters that its template declares, each within bounds."""
        if self.templates.zalo_template is None:
            raise RenderError("zalo.toml", f"'{self.templates.name}' has no Zalo template")
        values = self._values(params)
        filled = {
            param.name: _fitted(
                param.name, param.kind, param.max, param.value or values[param.source or ""]
            )
            for param in self.templates.zalo_params
        }
        return Template(self.templates.zalo_template, filled)

    def _values(self, params: Params) -> dict[str, str]:
        values = {}
        for field in self._fields:
            value = params.get(field.name) or ""
            value = " ".join(nfc(value).split()) or field.default or ""
            if not value:
                raise RenderError(field.name, "missing, and about.toml gives no default")
            values[field.name] = (
                value
                if len(value) <= field.max
                else _fitted(field.name, field.kind, field.max, value)
            )
        return values


def _fitted(name: str, kind: str, most: int, value: str) -> str:
    """Bring a value to its greatest length: a person's name by rule, anything else is refused."""
    if len(value) <= most:
        return value
    if kind == "name":
        return shortened(value, most)
    raise RenderError(name, f"{len(value)} characters, at most {most} are allowed")


def shortened(name: str, most: int) -> str:
    """Shorten a name, NFC: without its middle words, else the given name, else what fits of it.

    At most 12, "Nguyễn Thị Minh Khai" is "Nguyễn Khai"; at most 8, "Khai".
    """
    words = name.split()
    for short in (name, f"{words[0]} {words[-1]}", words[-1]):
        if len(short) <= most:
            return short
    cut = most
    while unicodedata.combining(words[-1][cut]) and cut > 0:
        cut -= 1
    return words[-1][:cut]
