"""What a message must not say, and must: links, numbers, secrets, labels, the facts."""

import re
from collections.abc import Iterator

from outreach.campaigns.findings import Finding, error, warning
from outreach.campaigns.templates import TemplateSet
from outreach.domain.text import plain

_LABELS = r"(?<![\w.@-])(?:[a-z0-9-]+\.)+"
_HOST = re.compile(  # by known endings or a path, so that "TP.HCM" is none
    rf"{_LABELS}(?:vn|com|net|org|info|app|me|link|ly|gl|gd|gg|to|co|cc|io|xyz|top|site|shop"
    rf"|online|club|cn|ru|tk|apk)\b(?:/\S*)?|{_LABELS}[a-z]{{2,}}/\S+",
    re.IGNORECASE,
)
_SCHEME = re.compile(  # begins where a word does, so that a long word is looked at once
    r"(?<![a-z0-9+.-])[0-9+.-]*[a-z][a-z0-9+.-]*://\S*", re.IGNORECASE
)
_SHORT = re.compile(
    r"\b(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|is\.gd|ow\.ly|rb\.gy|cutt\.ly|s\.id|t\.ly|shorten\.asia"
    r"|by\.com\.vn|link\.vn|tiny\.cc|v\.gd|me2\.do|zalo\.me|shorturl\.at)\b"
)
_NUMBER = re.compile(r"\+?\d(?:[ .-]?\d){5,}")
_DATE = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b")
_SECRET = re.compile(
    r"\b(otp|mat khau|password|pin|cccd|cmnd|can cuoc|so tai khoan|tai khoan ngan hang|the atm|cvv"
    r"|ma so bhxh|ngay sinh|ma xac (?:thuc|nhan)|anh khuon mat)\b"
)
_NEVER = re.compile(r"\b(khong|never|not)\b")
_REPLY = re.compile(r"\b(tra loi tin|nhan tin lai|phan hoi tin|hoi am|reply)\b")
_LABEL = re.compile(r"[\[(](?:QC|AD)[\])]", re.IGNORECASE)
_RISKY = re.compile(r"[%#&\[\]{}\\<@]")
_REFUSAL = re.compile(r"tu choi\b.*(?:soan .+ gui \d|goi \d)|(?:soan .+ gui \d|goi \d).*tu choi")
_END = 80
"""Characters at the end among which the way to refuse is looked for."""


def check_words(templates: TemplateSet, file: str, body: str, own: str) -> Iterator[Finding]:
    """Check a text as a recipient would read it; `own` is the same without numbers from fields."""
    told = plain(body).lower()
    for fact, words in templates.facts.items():
        if plain(words).lower() not in told:
            yield error(
                file,
                f"thiếu {fact} '{words}': tin phải có để người nhận kiểm tra được",
                f"lacks the {fact}: {words}; about.toml, [facts], says that it must be there",
            )
    yield from _links(templates, file, body)
    yield from _numbers(templates, file, own)
    yield from _requests(templates, file, told)
    yield from _label(templates, file, body)
    for sign in sorted(set(_RISKY.findall(_LABEL.sub("", body)))):
        yield warning(
            file,
            f"một số nhà mạng từ chối ký tự {sign}: nên viết cách khác",
            f"some carriers refuse the character {sign}; better write it otherwise",
        )


def _links(templates: TemplateSet, file: str, body: str) -> Iterator[Finding]:
    """Every link, and every host that is not the official domain or below it."""
    for found in _SCHEME.findall(body):
        yield error(
            file,
            f"liên kết lạ: {found}; chỉ nêu tên miền chính thức, không dán liên kết",
            f"a link that is not ours: {found}; name the official domain, without http://",
        )
    official = templates.facts.get("domain", "")
    for match in _HOST.finditer(_SCHEME.sub(" ", body)):
        host = match[0].lower()
        if official and (host == official or host.endswith(f".{official}")):
            continue
        short = _SHORT.match(host) is not None
        yield error(
            file,
            f"{'liên kết rút gọn' if short else 'liên kết lạ'}: {match[0]};"
            f" chỉ được nêu {official or 'tên miền chính thức'}",
            f"{'a short link, which is' if short else 'a link that is'} not ours: {match[0]};"
            f" only {official or 'the official domain'} may be named",
        )


def _numbers(templates: TemplateSet, file: str, own: str) -> Iterator[Finding]:
    known = {re.sub(r"\D", "", words) for words in templates.facts.values()}
    for found in _NUMBER.findall(_DATE.sub(" ", own)):
        if re.sub(r"\D", "", found) not in known:
            yield error(
                file,
                f"số lạ: {found}; chỉ nêu tổng đài ghi trong [facts]",
                f"a number that is not ours: {found}; only those in [facts] may be named",
            )


def _requests(templates: TemplateSet, file: str, told: str) -> Iterator[Finding]:
    for sentence in re.split(r"[.!?\n;]+\s", told):
        asked = _SECRET.search(sentence)
        if asked and not _NEVER.search(sentence):
            yield error(
                file,
                f"có vẻ hỏi thông tin cá nhân: {asked[0]}; BHXH không bao giờ hỏi qua tin nhắn",
                f"seems to ask for personal data: {asked[0]}; the agency never does by message",
            )
        reply = _REPLY.search(sentence)
        if reply and templates.message_class != "ad" and not _NEVER.search(sentence):
            yield error(
                file,
                f"mời trả lời tin: '{reply[0]}'; không ai đọc tin gửi lại tên định danh",
                f"asks to reply: '{reply[0]}'; nobody reads what is sent back to a brandname",
            )


def _label(templates: TemplateSet, file: str, body: str) -> Iterator[Finding]:
    places = [found.start() for found in _LABEL.finditer(body)]
    advertises = templates.message_class == "ad"
    if places != ([0] if advertises else []):
        yield error(
            file,
            "nhãn [QC] chỉ và phải đứng đầu tin quảng cáo (Nghị định 91/2020)",
            "the label [QC] stands at the start of advertisements, and nowhere else",
        )
    if advertises and not _REFUSAL.search(plain(body).lower()[-_END:]):
        yield error(
            file,
            "tin quảng cáo phải kết thúc bằng cách từ chối, như 'Tu choi: soan TC gui 1234'",
            "an advertisement ends with how to refuse, by SMS or by phone, such as"
            " 'Tu choi: soan TC gui 1234'",
        )
