"""VietGuys, brandname SMS by form, one number a call (wire-formats.md 3.4)."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl

import orjson

from outreach.carriers import options
from outreach.carriers.base import Callback, Capabilities, ReceiptWay, Submission, Text
from outreach.carriers.http import Reply, masked, numeral, short, unreadable
from outreach.carriers.ports import Ports
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
)
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding
from outreach.domain.window import LOCAL, until
from outreach.settings import Account

_PLAIN, _ACCENTED = "0", "8"
_TOP_UP = timedelta(hours=1)

_REFUSED: Mapping[str, tuple[Scope, str]] = {
    "-1": (Scope.ACCOUNT, "a parameter is missing"),
    "-3": (Scope.ACCOUNT, "no such account"),
    "-4": (Scope.ACCOUNT, "account inactive or locked"),
    "-5": (Scope.ACCOUNT, "user or password wrong"),
    "-6": (Scope.ACCOUNT, "the account may not use the API"),
    "-7": (Scope.ACCOUNT, "address not allow-listed"),
    "-8": (Scope.ACCOUNT, "brandname does not exist or is not active"),
    "-10": (Scope.RECIPIENT, "phone number invalid"),
    "-11": (Scope.RECIPIENT, "number on the refusal list"),
    "-13": (Scope.ACCOUNT, "brandname does not exist or is not active"),
    "-14": (Scope.TEXT, "longer than 459 characters"),
    "-18": (Scope.TEXT, "advertising words in a text of care"),
    "-20": (Scope.TEXT, "text does not match the registered template"),
    "-21": (Scope.TEXT, "not the text of a one-time password"),
    "-22": (Scope.NETWORK, "number ported, or its network not set up"),
    "-23": (Scope.ACCOUNT, "no price list"),
}
_NO_MONEY = ("-9", "-12")
_CAPS: Mapping[str, tuple[str, bool]] = {
    "-17": ("the account's daily limit", True),
    "-19": ("the number's daily limit", False),
}
"""What the wait until tomorrow is for, and whether it is the whole account's."""

_STATUS: Mapping[str, Status] = {
    "delivered": Status.DELIVERED,
    "fail": Status.UNDELIVERED,
    "sent": Status.ENROUTE,
}
_DATA = re.compile(r"data[\[.](message_id|status)\]?")


class VietGuys:
    """Brandname SMS by VietGuys; error 0 means received by VietGuys, the callback says the rest.

    No duplicate window is declared: a minute is over before the engine may trust in it.
    """

    capabilities = Capabilities(Channel.SMS, ReceiptWay.PUSHED, receipts_carry_key=False)

    def __init__(self, account: Account, ports: Ports) -> None:
        self._http = ports.http
        self._clock = ports.clock
        self._url = f"{account.base_url}/api/index.php"
        # The local hour at which daily limits start afresh: VietGuys documents none.
        self._resets = options.hour(account, "quota_resets", "00:05")
        self._constant = {
            "u": account.option("user"),
            "pwd": account.option("password"),
            "from": account.sender,
            "json": "1",
        }

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS under our key as its bid."""
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        form = self._constant | {
            "phone": message.msisdn,
            "sms": message.content.body,
            "bid": message.key,
            "type": _ACCENTED if message.content.encoding is Encoding.UCS2 else _PLAIN,
        }
        answer = await self._http.post(self._url, form=form)
        return self._read(answer) if isinstance(answer, Reply) else answer

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a report; VietGuys signs nothing, so its secret is the address it calls."""
        data = _data(call.body)
        reference, status = short(data.get("message_id")), short(data.get("status"), 16)
        if reference is None or status is None:
            return ()
        meaning = _STATUS.get(status, Status.OTHER)
        code = "fail: not delivered" if meaning is Status.UNDELIVERED else masked(status)
        return (Receipt(meaning, reference=reference, code=code),)

    def _read(self, reply: Reply) -> Outcome:
        fault = reply.fault()
        if fault is not None:
            return fault
        body = reply.json()
        if body is None:
            return unreadable("not a JSON object")
        code = numeral(body.get("error"))
        if code is None:
            return unreadable("no 'error'")
        return _outcome(code, body, self._clock(), self._resets)


def _outcome(code: str, body: Mapping[str, Any], now: datetime, resets: time) -> Outcome:
    network = Network.heard(short(body.get("carrier")))  # how VietGuys spells it is not public
    if code == "0":
        return Accepted(short(body.get("msgid")), network=network)
    if code == "-16":
        return Duplicate(short(body.get("msgid")))
    if code == "-2":
        # An answer, so not accepted; counted, lest a row that always fails be tried for ever.
        return NotSent("-2 server busy")
    if code in _NO_MONEY:
        return Later(_TOP_UP, f"{code} balance insufficient", account=True)
    if code in _CAPS:
        reason, account = _CAPS[code]
        return Later(until(now, resets), f"{code} {reason}", account=account)
    scope, reason = _REFUSED.get(code, (Scope.RECIPIENT, "unlisted code"))
    return Refused(scope, code, reason, network if scope is Scope.NETWORK else None)


def _data(body: bytes) -> Mapping[str, Any]:
    """Take `data` out of a report: JSON, or a form that spells it data[name] or data.name."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        form = parse_qsl(body.decode("latin-1"))
        return {found[1]: value for name, value in form if (found := _DATA.fullmatch(name))}
    data = value.get("data") if isinstance(value, dict) else None
    return data if isinstance(data, dict) else {}


def codes() -> Mapping[str, Outcome]:
    """Every `error` that VietGuys documents, and what it means to us; waits as of a noon."""
    noon, resets = datetime(2026, 1, 1, 12, tzinfo=LOCAL), time(0, 5)
    known = ("0", "-2", "-16", *_NO_MONEY, *_CAPS, *_REFUSED)
    return {code: _outcome(code, {}, noon, resets) for code in sorted(known, key=int, reverse=True)}


def build(account: Account, ports: Ports) -> VietGuys:
    """Make the adapter for an account."""
    return VietGuys(account, ports)
