"""What is wrong with a template set, told before anyone is asked to approve it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from outreach.campaigns.compose import Renderer, RenderError
from outreach.campaigns.templates import TemplateSet
from outreach.domain.errors import BadInputError
from outreach.domain.text import culprits, plain


class Level(StrEnum):
    """An error forbids approval; a warning asks for a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a text, in both languages."""

    level: Level
    where: str
    message_vi: str
    message_en: str


_LABELS = r"(?<![\w.@-])(?:[a-z0-9-]+\.)+"
_HOST = re.compile(  # by known endings or a path, so that "TP.HCM" is none
    rf"{_LABELS}(?:vn|com|net|org|info|app|me|link|ly|gl|gd|gg|to|co|cc|io|xyz|top|site|shop"
    rf"|online|club|cn|ru|tk|apk)\b(?:/\S*)?|{_LABELS}[a-z]{{2,}}/\S+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE)
_NUMBER = re.compile(r"\+?\d(?:[ .-]?\d){5,}")
_SECRET = re.compile(r"\b(otp|mat khau|password|pin|cccd|cmnd|can cuoc|so tai khoan)\b")
_NEVER = re.compile(r"\b(khong|never|not)\b")
_LABEL = re.compile(r"[\[(](?:QC|AD)[\])]", re.IGNORECASE)
_RISKY = re.compile(r"[%#&\[\]{}\\<@]")


def lint(templates: TemplateSet) -> list[Finding]:
    """List what is wrong; a set without errors may be approved."""
    try:
        renderer = Renderer(templates)
    except BadInputError as fault:
        return [Finding(Level.ERROR, "*.j2", f"không biên dịch được: {fault}", str(fault))]
    findings = [*_check_plain(templates), *_check_zalo(renderer)]
    for file, plain_only in (("sms.j2", False), ("sms_plain.j2", True)):
        findings += _check_sms(renderer, file, plain_only=plain_only)
    return findings


def _check_sms(renderer: Renderer, file: str, *, plain_only: bool) -> Iterator[Finding]:
    templates = renderer.templates
    try:
        yield from _check_text(
            templates, file, renderer.sms(templates.sample, plain_only=plain_only).body
        )
        renderer.sms(_longest(templates), plain_only=plain_only)
    except RenderError as fault:
        yield Finding(Level.ERROR, file, f"không soạn được tin mẫu: {fault}", str(fault))


def _longest(templates: TemplateSet) -> dict[str, str]:
    """A recipient whose every field is as long as it may be, and accented."""
    return {name: "ễ" * field.max for name, field in templates.fields.items()}


def _check_text(templates: TemplateSet, file: str, body: str) -> Iterator[Finding]:
    level = Level.ERROR
    told = plain(body).lower()
    for fact, words in templates.facts.items():
        if plain(words).lower() not in told:
            yield Finding(level, file, f"thiếu {fact}: {words}", f"lacks the {fact}: {words}")
    for link in _links(templates, body):
        yield Finding(level, file, f"liên kết lạ: {link}", f"a link that is not ours: {link}")
    for number in _numbers(templates, body):
        yield Finding(level, file, f"số lạ: {number}", f"a number that is not ours: {number}")
    for sentence in re.split(r"[.!?\n;]+\s", told):
        asked = _SECRET.search(sentence)
        if asked and not _NEVER.search(sentence):
            yield Finding(
                level,
                file,
                f"có vẻ hỏi thông tin cá nhân: {asked[0]}",
                f"seems to ask for personal data: {asked[0]}",
            )
    yield from _check_label(templates, file, body)
    for sign in sorted(set(_RISKY.findall(_LABEL.sub("", body)))):
        yield Finding(
            Level.WARNING,
            file,
            f"một số nhà mạng từ chối ký tự {sign}",
            f"some carriers refuse the character {sign}",
        )


def _links(templates: TemplateSet, body: str) -> Iterator[str]:
    """Give every link, and every host that is not the official domain or below it."""
    yield from _SCHEME.findall(body)
    official = templates.facts.get("domain", "")
    for found in _HOST.finditer(_SCHEME.sub(" ", body)):
        host = found[0].lower()
        if not official or (host != official and not host.endswith(f".{official}")):
            yield found[0]


def _numbers(templates: TemplateSet, body: str) -> Iterator[str]:
    known = {re.sub(r"\D", "", words) for words in templates.facts.values()}
    return (found for found in _NUMBER.findall(body) if re.sub(r"\D", "", found) not in known)


def _check_label(templates: TemplateSet, file: str, body: str) -> Iterator[Finding]:
    places = [found.start() for found in _LABEL.finditer(body)]
    expected = [0] if templates.message_class == "ad" else []
    if places != expected:
        yield Finding(
            Level.ERROR,
            file,
            "nhãn [QC] chỉ và phải đứng đầu tin quảng cáo",
            "the label [QC] stands at the start of advertisements, and nowhere else",
        )


def _check_plain(templates: TemplateSet) -> Iterator[Finding]:
    for culprit in culprits(templates.sms_plain):
        sign, place = culprit.character, culprit.position + 1
        code, instead = f"U+{ord(sign):04X}", culprit.substitute
        vi = "hãy bỏ đi" if not instead else f"hãy dùng '{instead}'"
        en = "leave it out" if not instead else f"write '{instead}'"
        yield Finding(
            Level.ERROR,
            "sms_plain.j2",
            f"ký tự thứ {place} '{sign}' ({code}) không thuộc GSM-7: {vi}",
            f"character {place} '{sign}' ({code}) is not in GSM-7: {en}",
        )


def _check_zalo(renderer: Renderer) -> Iterator[Finding]:
    if renderer.templates.zalo_template is None:
        return
    try:
        renderer.zalo(_longest(renderer.templates))
        renderer.zalo(renderer.templates.sample)
    except RenderError as fault:
        yield Finding(Level.ERROR, "zalo.toml", f"không điền được tham số: {fault}", str(fault))
