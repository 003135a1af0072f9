"""Invented recipients to try a text on: the sample, the longest, the one with blanks."""

from collections.abc import Iterator

from outreach.campaigns.compose import Params
from outreach.campaigns.fields import Field, Kind
from outreach.campaigns.templates import LANGUAGE, TemplateSet

ENGLISH = "sms_en.j2"


def readers(templates: TemplateSet, file: str) -> Iterator[tuple[str, Params]]:
    """The sample, the longest and the blank recipient, in the language of a file."""
    language = {LANGUAGE: "en" if file == ENGLISH else "vi"}
    needed = {name for name, field in templates.fields.items() if field.default is None}
    blank = {name: value for name, value in templates.sample.items() if name in needed}
    yield "sample", {**templates.sample, **language}
    yield "longest", {**longest(templates), **language}
    yield "blank", {**blank, **language}


def longest(templates: TemplateSet) -> dict[str, str | list[str]]:
    """A recipient whose every field is as long as it may be, and accented."""
    return {name: _longest(field) for name, field in templates.fields.items()}


def _longest(field: Field) -> str | list[str]:
    name = "Ễ" + "ễ" * (field.max - 1)
    match field.kind:
        case Kind.NAMES:
            return [name] * field.most
        case Kind.NAME:
            return name
        case Kind.NUMBER:
            return "9" * field.max
        case Kind.TEXT:
            return "ễ" * field.max
