"""What is wrong with a template set, told before anyone is asked to approve it."""

from collections.abc import Iterable, Iterator

from outreach.campaigns.compose import Params, Renderer, RenderError
from outreach.campaigns.fields import LINK
from outreach.campaigns.findings import Finding, Level, error, warning
from outreach.campaigns.lint_accounts import SPELLINGS, check_accounts
from outreach.campaigns.lint_words import check_words
from outreach.campaigns.readers import ENGLISH, readers
from outreach.campaigns.templates import TemplateSet
from outreach.campaigns.wording import Values, names_read
from outreach.carriers.base import Text
from outreach.domain.errors import BadInputError
from outreach.domain.link import Links
from outreach.domain.text import Culprit, culprits
from outreach.settings import Account

__all__ = ["Finding", "Level", "lint"]

_AROUND = 12
_READERS = {
    "sample": ("người nhận mẫu", "the sample"),
    "longest": ("người có mọi trường dài nhất", "a recipient whose every field is longest"),
    "blank": ("người có các trường bỏ trống", "a recipient with blanks"),
}


def lint(
    templates: TemplateSet, accounts: Iterable[Account] = (), links: Links | None = None
) -> list[Finding]:
    """List what is wrong, on the accounts too that would carry it; without errors it may pass."""
    try:
        renderer = Renderer(templates, links)
    except BadInputError as fault:
        return [error("*.j2", f"không biên dịch được: {fault}", str(fault))]
    if renderer.linked and not (links and links.enabled):
        return [
            error(
                "{{ link }}",
                "liên kết của Thành phố đang tắt (config/reporting.toml, [opens] enabled): người"
                " dân được dặn không mở liên kết lạ; bỏ {{ link }}, hoặc bật lên",
                "the city's links are off (config/reporting.toml, [opens] enabled), for people are"
                " told not to trust links they do not know; leave {{ link }} out, or turn them on",
            )
        ]
    findings = [*_sample(templates), *_unused(templates), *_letters(templates)]
    findings += _zalo(renderer)
    for file in _texts(templates):
        findings += _sms(renderer, file)
    if not any(finding.level is Level.ERROR for finding in findings):
        findings += check_accounts(renderer, accounts)
    return list(dict.fromkeys(findings))


def _texts(templates: TemplateSet) -> dict[str, str]:
    """The SMS texts that there are, by file."""
    texts = {"sms.j2": templates.sms, "sms_plain.j2": templates.sms_plain}
    return texts if templates.sms_en is None else {**texts, ENGLISH: templates.sms_en}


def _sample(templates: TemplateSet) -> Iterator[Finding]:
    for name, field in templates.fields.items():
        if name not in templates.sample and field.default is None:
            yield error(
                f"about.toml [sample] {name}",
                "thiếu giá trị mẫu, mà trường này không có default",
                "has no sample, and the field no default",
            )


def _unused(templates: TemplateSet) -> Iterator[Finding]:
    used = frozenset[str | None]().union(*map(names_read, _texts(templates).values()))
    if templates.zalo is not None:
        used |= {param.source for param in templates.zalo.params}
    for name in templates.fields:
        if name not in used:
            yield warning(
                f"about.toml [fields] {name}",
                "không tin nào dùng trường này: bỏ đi, kẻo dòng thiếu nó bị loại vô cớ",
                "no text uses it; remove it, or rows without it are refused for nothing",
            )


def _letters(templates: TemplateSet) -> Iterator[Finding]:
    """Characters that make a plain text dear, and typography that says nothing in any."""
    for file, text in _texts(templates).items():
        for culprit in culprits(text):
            if file != "sms.j2":
                yield _letter(Level.ERROR, file, text, culprit)
            elif culprit.lossless:
                yield _letter(Level.WARNING, file, text, culprit)


def _letter(level: Level, file: str, text: str, culprit: Culprit) -> Finding:
    sign, place, instead = culprit.character, culprit.position, culprit.substitute
    line = text.count("\n", 0, place) + 1
    column = place - text.rfind("\n", 0, place)
    around = text[max(0, place - _AROUND) : place + _AROUND]
    what = f"'{sign}' (U+{ord(sign):04X})"
    vi = f"viết '{instead}'" if instead else "bỏ đi"
    en = f"write '{instead}'" if instead else "leave it out"
    if culprit.lossless:
        vi, en = f"{vi}, nghĩa không đổi", f"{en}, which says the same"
    return Finding(
        level,
        f"{file}, line {line}, column {column}",
        f"{what} không thuộc GSM-7 trong '{around}': {vi}",
        f"{what} is not in GSM-7, in '{around}': {en}",
    )


def _zalo(renderer: Renderer) -> Iterator[Finding]:
    if renderer.templates.zalo is None:
        return
    for _, params in readers(renderer.templates, "zalo.toml"):
        try:
            renderer.zalo(params)
        except RenderError as fault:
            yield error("zalo.toml", f"không điền được tham số: {fault}", str(fault))


def _sms(renderer: Renderer, file: str) -> Iterator[Finding]:
    for who, params in readers(renderer.templates, file):
        try:
            values = renderer.values(params)
            body = _body(renderer, file, values, params)
        except RenderError as fault:
            vi, en = _READERS[who]
            yield error(file, f"không soạn được tin cho {vi}: {fault}", f"for {en}: {fault}")
        else:
            own = _body(renderer, file, _without_numbers(values), params)
            yield from _whole(renderer, file, body)
            bare, own = (_without_link(renderer, text) for text in (body, own))
            yield from check_words(renderer.templates, file, bare, own)


def _whole(renderer: Renderer, file: str, body: str) -> Iterator[Finding]:
    """The link stands in a text for everybody, as it is: a letter changed leads nowhere."""
    has_it = LINK in names_read(_texts(renderer.templates)[file])
    if has_it and renderer.sample_link not in body:
        yield error(
            file,
            "{{ link }} phải có trong tin của mọi người, và giữ nguyên từng chữ",
            "{{ link }} must stand in everybody's message, and no letter of it be changed",
        )


def _without_link(renderer: Renderer, body: str) -> str:
    return body.replace(renderer.sample_link, " ") if renderer.linked else body


def _body(renderer: Renderer, file: str, values: Values, params: Params) -> str:
    content = renderer.spelled(values, params, SPELLINGS[file]).content
    assert isinstance(content, Text)
    return content.body


class _Unsaid(int):
    """A number that is compared as what it is, and read as a letter."""

    def __str__(self) -> str:
        return "n"


def _without_numbers(values: Values) -> Values:
    """The values, the digits of number fields out: a count is no telephone number."""
    return {
        name: _Unsaid(value) if isinstance(value, int) else value for name, value in values.items()
    }
