"""What each error code of business.openapi.zalo.me means (wire-formats.md 1.8, table A)."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta

from outreach.carriers.http import Answer, Reply, numeral, short, unreadable
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope
from outreach.domain.reach import Reach
from outreach.domain.window import LOCAL, until

STALE_TOKEN = frozenset({"-124", "-216", "-220", "HTTP 401"})
"""Refused for the token's sake: worth one fresh token and one more try."""

_GOOD = "0"
_SPENT = "-14020"
_MORNING = time(6, 5)  # the night ban ends at 06:00; five minutes for clocks that differ
_TOP_UP = timedelta(hours=1)
_THROTTLE = timedelta(seconds=5)

_RECIPIENT: Mapping[str, str] = {
    "-108": "phone number invalid",
    "-110": "the recipient's Zalo version is not supported",
    "-1121": "a parameter is too long",
    "-1124": "a parameter has the wrong format",
    "-114": "the user cannot receive",
    "-118": "no such Zalo account, or deactivated",
    "-119": "the account cannot receive the message",
    "-134": "opt-in not answered",
    "-139": "the user refused this type",
    "-140": "not eligible",
    "-141": "the user refused notifications of this OA",
    "-1471": "the user's monthly follow-up limit",  # a month is too long: the next channel
    "-148": "journey token not found",
    "-149": "journey token invalid",
    "-1491": "journey token of another type",
    "-150": "journey token expired",
}
_TEXT: Mapping[str, str] = {
    "-109": "template id invalid",
    "-1091": "template cannot be edited",
    "-111": "template data empty",
    "-112": "template data of an undefined type",
    "-1122": "a parameter is missing",
    "-1123": "QR code could not be made",
    "-113": "button invalid",
    "-1131": "button link invalid",
    "-116": "text invalid",
    "-117": "no permission for this template",
    "-127": "a test template goes to administrators only",
    "-130": "data longer than 100,000 characters",
    "-131": "template not approved",
    "-132": "parameter invalid",
    "-145": "this type is not allowed",
    "-146": "template disabled for low quality",
    "-151": "not an E2EE template",
    "-153": "data violates the specification",
}
_ACCOUNT: Mapping[str, str] = {
    "-101": "application invalid",
    "-102": "application does not exist",
    "-103": "application not activated",
    "-104": "app secret invalid",
    "-105": "app not linked to the OA",
    "-106": "method not supported",
    "-107": "message id invalid",
    "-120": "the OA lacks this feature",
    "-1201": "the OA may not send promotion",
    "-1202": "media not permitted",
    "-121": "body empty",
    "-122": "body is not JSON",
    "-123": "RSA decryption failed",
    "-124": "access token invalid",
    "-1241": "appsecret_proof invalid",
    "-125": "OA id invalid",
    "-126": "development wallet empty",
    "-128": "encryption key absent",
    "-129": "RSA key could not be made",
    "-135": "the OA may not send ZNS",
    "-1351": "the OA is blocked",
    "-136": "no Zalo Cloud Account connected",
    "-138": "the app has no permission",
    "-1381": "no permission for the Zalo Cloud Account",
    "-142": "RSA key does not exist",
    "-143": "RSA key exists already",
    "-152": "E2EE key problem",
    "-158": "file too large",
    "-159": "file of the wrong format",
    "-160": "upload quota exceeded",
    "-161": "over-quota mode not allowed",
    "-162": "limit of the over-quota mode",
    "-216": "access token invalid",
    "-220": "access token expired or removed",
    # Of the token's own host (1.10). A kill between Zalo's answer and our table ends here.
    _SPENT: (
        "no access token: the refresh token is spent: authorise the OA anew and set refresh_token"
    ),
}
_TELLS: Mapping[str, Reach] = {
    # Not -114: it may pass. Not -119: it does not say why.
    "-118": Reach.ABSENT,
    "-134": Reach.REFUSES,
    "-139": Reach.REFUSES,
    "-141": Reach.REFUSES,
}
_REFUSED = {
    code: Refused(scope, code, reason, reach=_TELLS.get(code))
    for scope, table in (
        (Scope.RECIPIENT, _RECIPIENT),
        (Scope.TEXT, _TEXT),
        (Scope.ACCOUNT, _ACCOUNT),
    )
    for code, reason in table.items()
}


def until_morning(now: datetime) -> timedelta:
    """Count from now to the end of the night's ban."""
    return until(now, _MORNING)


def _until_next_month(now: datetime, hour: time) -> timedelta:
    """Count from now to an hour of the first of next month."""
    local = now.astimezone(LOCAL)
    first = (local.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(first, hour, LOCAL) - local


_WAITS: Mapping[str, tuple[Callable[[datetime, time], timedelta], str]] = {
    "-115": (lambda _now, _reset: _TOP_UP, "out of balance or quota"),
    "-137": (lambda _now, _reset: _TOP_UP, "Zalo Cloud Account out of money"),
    "-133": (lambda now, _reset: until_morning(now), "not allowed at night"),
    "-144": (until, "the OA's daily quota"),
    "-147": (until, "the template's daily quota"),
    "-1472": (until, "the user's daily promotion limit"),
    "-1441": (_until_next_month, "the OA's monthly promotion quota"),
}

_PERSONAL = frozenset({"-1472"})
"""Waits that are one recipient's; the others are the whole account's."""


def outcome(code: str, now: datetime, reset: time) -> Outcome:
    """Translate an error code; `reset` is the local hour at which quotas start afresh."""
    if code == _GOOD:
        return Accepted()
    if code in _REFUSED:
        return _REFUSED[code]
    if code in _WAITS:
        wait, reason = _WAITS[code]
        return Later(wait(now, reset), f"{code} {reason}", account=code not in _PERSONAL)
    if code == "-32":
        return Later(_THROTTLE, "-32 rate limit", throttled=True)
    if code == "-100":
        # An answer, so not accepted; counted, lest a row that always fails be tried for ever.
        return NotSent("-100 unknown exception at Zalo")
    return Refused(Scope.RECIPIENT, code, "unlisted code")


def unrenewed(code: str) -> Refused:
    """Translate an error code of the token's own host, of whose codes one is known."""
    words = "the refresh token was refused: authorise the OA anew if this lasts"
    unlisted = Refused(Scope.ACCOUNT, code, f"no access token: {words}")
    return _REFUSED[code] if code == _SPENT else unlisted


def stale(said: Outcome) -> bool:
    """Whether a send was refused for its token's sake."""
    return isinstance(said, Refused) and said.code in STALE_TOKEN


def read(answer: Answer, name: str, refusal: Callable[[str], Outcome]) -> Outcome:
    """Read what a send came to; `name` is that of the message's id, `refusal` knows the codes."""
    if not isinstance(answer, Reply):
        return answer
    fault = answer.fault()
    if fault is not None:
        return fault
    body = answer.json()
    if body is None:
        return unreadable("not a JSON object")
    code = numeral(body.get("error"))
    if code is None:
        return unreadable("no 'error'")
    if code != _GOOD:
        return refusal(code)
    data = body.get("data")
    return Accepted(short(data.get(name)) if isinstance(data, dict) else None)


def moment(millis: str) -> datetime | None:
    """Read epoch milliseconds."""
    if not re.fullmatch("[0-9]{13}", millis, re.ASCII):
        return None
    return datetime.fromtimestamp(int(millis) / 1000, UTC)


def codes() -> Mapping[str, Outcome]:
    """Every error code of the host, and what it means to us; waits as of a noon."""
    noon, reset = datetime(2026, 1, 1, 12, tzinfo=LOCAL), time(0, 5)
    known = (_GOOD, "-32", "-100", *_WAITS, *_REFUSED)
    return {code: outcome(code, noon, reset) for code in sorted(known, key=lambda c: -int(c))}
