"""From a template set and a recipient's fields to the message."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from outreach.campaigns.fields import LINK, Params, RenderError
from outreach.campaigns.grammar import Shape, Sort
from outreach.campaigns.names import shortened
from outreach.campaigns.templates import LANGUAGE, MAX_PARTS, TemplateSet
from outreach.campaigns.wording import Render, Value, Values, compiled, names_read
from outreach.campaigns.zalo_words import ZaloParam
from outreach.carriers.base import Template, Text
from outreach.domain.link import NOBODY, Links
from outreach.domain.network import Channel
from outreach.domain.text import (
    STANDARD,
    Encoding,
    Measure,
    Steps,
    billed,
    measure_sent,
    nfc,
    plain,
)
from outreach.settings import Account

__all__ = [
    "MAX_CHARACTERS",
    "MOST_REASONS",
    "Params",
    "RenderError",
    "Renderer",
    "Sized",
    "Terms",
    "terms",
]

MAX_CHARACTERS = 2000
"""Far above what a carrier takes: a bound on what a text may grow to before it is measured."""

MOST_REASONS = 50
"""Different reasons of refusal that are counted apart; there could be one for every length."""

_ENGLISH = frozenset({"en", "eng", "english", "tiếng anh", "tieng anh", "anh"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What an account takes of an SMS text, and how it counts its parts."""

    plain_only: bool = False
    steps: Steps = STANDARD
    max_parts: int = MAX_PARTS
    max_bytes: int | None = None
    """Of the whole text: two a unit in UCS-2, one a septet in GSM-7."""
    ours: bool = True
    """Whether we send the text; a carrier that has it as a template has it in Vietnamese only."""


PLAIN, ACCENTED = Terms(plain_only=True), Terms()
"""What every carrier takes, in either spelling."""


def terms(account: Account, templates: TemplateSet, *, plain_only: bool | None = None) -> Terms:
    """An account's terms for a purpose's texts, in its own spelling or the one asked for."""
    approval = account.approvals.texts.get(templates.name)
    message_class = templates.message_class
    return Terms(
        account.plain_only if plain_only is None else plain_only,
        account.ad_steps if message_class == "ad" else account.steps,
        account.max_parts,
        account.max_bytes,
        ours=approval is None or approval.template is None,
    )


class Sized(NamedTuple):
    """A message with what it measures; a template has no measure of ours."""

    content: Text | Template
    size: Measure | None


class Renderer:
    """Makes the messages of one template set; fields beyond those declared are ignored."""

    def __init__(self, templates: TemplateSet, links: Links | None = None) -> None:
        """Without `links` a text that has one cannot be made; whoever looks only may have any."""
        self.templates = templates
        self._links = links
        self.sample_link = links.to() if links else ""
        """As long as that of any message; it leads on, and counts nothing."""
        self._accented = self._compiled("sms.j2", templates.sms)
        self._plain = self._compiled("sms_plain.j2", templates.sms_plain)
        english = templates.sms_en
        self._english = None if english is None else self._compiled("sms_en.j2", english)
        self._fields = tuple((field.name, field.reader()) for field in templates.fields.values())
        self._terms: dict[str, tuple[Account, Terms]] = {}
        self.linked = _linked(templates)
        """Whether a text has the message's own link in it."""

    def _compiled(self, file: str, text: str) -> Render:
        shapes = {name: field.shape for name, field in self.templates.fields.items()}
        shapes[LINK] = Shape(Sort.TEXT, len(self.sample_link))
        return compiled(text, shapes, f"templates/messages/{self.templates.name}/{file}")

    def message(self, params: Params, account: Account, number: int = NOBODY) -> Text | Template:
        """Make what an account is to send; RenderError names the field, or what is too much.

        `number` is the message's id, which its link depends on.
        """
        return self.sized(params, account, number).content

    def sized(self, params: Params, account: Account, number: int = NOBODY) -> Sized:
        """Make the message, and measure it."""
        values = self.values(params, number)
        if account.channel is Channel.ZALO:
            return Sized(self._own(self.filled(values), account), None)
        known = self._terms.get(account.name)
        if known is None or known[0] is not account:
            known = account, terms(account, self.templates)
            self._terms[account.name] = known
        if not known[1].ours:
            return self._registered(values, params, known[1], account)
        return self.spelled(values, params, known[1])

    def _own(self, made: Template, account: Account) -> Template:
        """The template under the id that an account has for it, where that is another one."""
        approval = account.approvals.texts.get(self.templates.name)
        own = approval and approval.template
        return replace(made, template=own) if own else made

    def _registered(self, values: Values, params: Params, wanted: Terms, account: Account) -> Sized:
        """Make the values for a text that the carrier has, measured as it will be."""
        approval = account.approvals.texts[self.templates.name]
        size, parts = self.weighed(values, params, wanted)
        spelled = plain if wanted.plain_only else nfc
        missing = [name for name in approval.parameters if name not in values]
        if missing:
            raise RenderError(missing[0], "no such field, but the carrier's template wants it")
        filled = {
            str(n): spelled(str(values[name])) for n, name in enumerate(approval.parameters, 1)
        }
        assert approval.template is not None, "settings refuse parameters without a template"
        return Sized(Template(approval.template, filled, parts, size.encoding), size)

    def sms(self, params: Params, wanted: Terms) -> Sized:
        """Make the SMS under an account's terms."""
        return self.spelled(self.values(params), params, wanted)

    def values(self, params: Params, number: int = NOBODY) -> dict[str, Value]:
        """Every field's value as the texts use it; RenderError if one is missing or too long."""
        values = {name: read(params) for name, read in self._fields}
        if self.linked:
            values[LINK] = self._link(number)
        return values

    def _link(self, number: int) -> str:
        if self._links is None:
            raise RenderError(LINK, "the city's links are off (config/reporting.toml, [opens])")
        return self._links.to(number) if number != NOBODY else self.sample_link

    def spelled(self, values: Values, params: Params, wanted: Terms) -> Sized:
        """Make the SMS of values that are known already."""
        body = self._body(values, params, wanted)
        size, parts = self._measured(body, wanted)
        return Sized(Text(body, size.encoding, parts), size)

    def weighed(self, values: Values, params: Params, wanted: Terms) -> tuple[Measure, int]:
        """What `spelled` would measure, and its parts: for who only counts."""
        return self._measured(self._body(values, params, wanted), wanted)

    def _body(self, values: Values, params: Params, wanted: Terms) -> str:
        if wanted.ours and self._english is not None and _reads_english(params):
            return plain(self._english(values))
        if wanted.plain_only:
            return plain(self._plain(values))
        return nfc(self._accented(values))

    def _measured(self, body: str, wanted: Terms) -> tuple[Measure, int]:
        if len(body) > MAX_CHARACTERS:
            raise RenderError("text", f"{len(body)} characters, at most {MAX_CHARACTERS} are taken")
        if not body or body.isspace():
            raise RenderError("text", "nothing is left of it")
        size = measure_sent(body)
        parts = billed(body, size, wanted.steps)
        if parts is None or parts > self.templates.max_parts or parts > wanted.max_parts:
            told = f"{size.units} units" if parts is None else f"{parts} parts"
            most = min(self.templates.max_parts, wanted.max_parts)
            raise RenderError("text", f"{told}, at most {most} parts are allowed")
        if wanted.max_bytes is not None and size_in_bytes(size) > wanted.max_bytes:
            told = f"{size_in_bytes(size)} bytes, at most {wanted.max_bytes} are taken"
            raise RenderError("text", told)
        return size, parts

    def zalo(self, params: Params) -> Template:
        """Make the Zalo message."""
        return self.filled(self.values(params))

    def filled(self, values: Values) -> Template:
        """Fill the parameters that the Zalo template declares, each within bounds."""
        words = self.templates.zalo
        if words is None:
            raise RenderError("zalo.toml", f"'{self.templates.name}' has no Zalo template")
        filled = {}
        for param in words.params:
            value = "" if param.source is None else str(values[param.source])
            filled[param.name] = _within(param, value or param.value)
        return Template(words.template, filled)


def _linked(templates: TemplateSet) -> bool:
    """Whether any of the texts, which all compile, reads the link."""
    params = templates.zalo.params if templates.zalo else ()
    texts = (templates.sms, templates.sms_plain, templates.sms_en or "")
    return any(param.source == LINK for param in params) or any(
        LINK in names_read(text) for text in texts
    )


def _reads_english(params: Params) -> bool:
    told = params.get(LANGUAGE)
    return isinstance(told, str) and told.strip().lower() in _ENGLISH


def size_in_bytes(size: Measure) -> int:
    """The bytes that carriers count who count bytes."""
    return size.units * 2 if size.encoding is Encoding.UCS2 else size.units


def _within(param: ZaloParam, value: str) -> str:
    """Bring a value to its greatest length: a person's name by rule, anything else is refused."""
    if len(value) <= param.max:
        return value
    if param.kind == "name":
        return shortened(value, param.max)
    raise RenderError(param.name, f"{len(value)} characters, at most {param.max} are allowed")
