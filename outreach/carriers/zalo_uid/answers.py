"""What each error code of openapi.zalo.me means (wire-formats.md 1.8, table B).

Templates are judged alike on both hosts, so a code of table A has its meaning from there; where
the tables give one number two meanings, table B has it.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from outreach.carriers.zalo import answers as phone
from outreach.domain.outcome import Later, Outcome, Refused, Scope, Unknown
from outreach.domain.reach import Reach
from outreach.domain.window import LOCAL, until

_SOON = timedelta(minutes=1)
_TOP_UP = timedelta(hours=1)

_RECIPIENT: Mapping[str, str] = {
    "-213": "the user does not follow the OA",
    "-217": "the user blocked invitations",
    "-227": "the user is banned, or inactive for 45 days",
    "-230": "no contact with the user for 7 days",
    "-232": "the time to answer the user is over",
    "-244": "the user restricted this type",
}
_TEXT: Mapping[str, str] = {
    "-100": "attachment expired",
    "-201": "parameter invalid",
    "-210": "a parameter is over its limit",
    "-233": "this type is not supported",
    "-248": "against the rules of Zalo",
    "-249": "template not for user ids",
}
_ACCOUNT: Mapping[str, str] = {
    "-204": "the OA is disabled",
    "-205": "the OA does not exist",
    "-209": "application not activated",
    "-212": "the app has not registered this API",
    "-216": "access token invalid",
    "-219": "the OA removed the app",
    "-220": "access token expired or removed",
    "-221": "the OA is not verified",
    "-223": "the OA is not authorised",
    "-224": "the OA has to upgrade its package",
    "-235": "the type of OA is not supported",
    "-237": "the group is disabled",
    "-238": "the asset is used already",
    "-240": "this API is shut down",
    "-241": "the quota is used already",
    "-242": "appsecret_proof invalid",
    "-320": "no Zalo Cloud Account connected",
    "-403": "the app has no permission",
    "-1340": "the app has no permission",
    "-1341": "the app has no permission",
}
_REFUSED: Mapping[str, Refused] = {
    code: Refused(scope, code, reason, reach=Reach.REFUSES if code == "-244" else None)
    for scope, table in (
        (Scope.RECIPIENT, _RECIPIENT),
        (Scope.TEXT, _TEXT),
        (Scope.ACCOUNT, _ACCOUNT),
    )
    for code, reason in table.items()
}


def outcome(code: str, now: datetime, reset: time) -> Outcome:
    """Translate an error code; `reset` is the local hour at which quotas start afresh."""
    own = _REFUSED.get(code) or _not_now(now, reset).get(code)
    return own or phone.outcome(code, now, reset)


def _not_now(now: datetime, reset: time) -> Mapping[str, Outcome]:
    """What may be otherwise at another time, or may have been sent."""
    return {
        "-200": Unknown("-200 send failed"),
        "-211": Later(until(now, reset), "-211 the OA's quota", account=True),
        "-214": Later(_SOON, "-214 the article is being processed"),
        "-218": Later(until(now, reset), "-218 the user's quota of messages"),
        "-234": Later(phone.until_morning(now), "-234 not allowed at night", account=True),
        "-321": Later(_TOP_UP, "-321 Zalo Cloud Account out of money", account=True),
    }


def codes() -> Mapping[str, Outcome]:
    """Every error code of both tables, and what it means to us; waits as of a noon."""
    noon, reset = datetime(2026, 1, 1, 12, tzinfo=LOCAL), time(0, 5)
    known = {*_not_now(noon, reset), *_REFUSED, *phone.codes()}
    return {code: outcome(code, noon, reset) for code in sorted(known, key=lambda c: -int(c))}
