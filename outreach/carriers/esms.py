"""eSMS, brandname SMS (CSKH) to every network, one number a call (wire-formats.md 3.1)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from outreach.carriers import options
from outreach.carriers.base import (
    Callback,
    Capabilities,
    PullError,
    Question,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import (
    Answer,
    Http,
    Reply,
    masked,
    money,
    msisdn_of,
    numeral,
    short,
    unreadable,
)
from outreach.carriers.ports import Ports
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding
from outreach.settings import Account

PATH = "/MainService.svc/json"
_REMEMBERED_H = 24  # for which a RequestId that comes again is refused
_CARE = "2"  # SmsType of customer care; advertising is another call with another consent

_REFUSED: Mapping[str, tuple[Scope, str]] = {
    "99": (Scope.RECIPIENT, "number blocked"),
    "101": (Scope.ACCOUNT, "ApiKey or SecretKey wrong"),
    "102": (Scope.ACCOUNT, "no price list"),
    "104": (Scope.ACCOUNT, "brandname does not exist or is not active"),
    "106": (Scope.ACCOUNT, "recording missing"),
    "107": (Scope.ACCOUNT, "fewer than 30 distinct numbers"),
    "108": (Scope.RECIPIENT, "number malformed"),
    "110": (Scope.ACCOUNT, "request data wrong"),
    "115": (Scope.RECIPIENT, "hash of the number wrong"),
    "118": (Scope.ACCOUNT, "message type not supported"),
    "120": (Scope.ACCOUNT, "too many numbers"),
    "140": (Scope.ACCOUNT, "address not allow-listed"),
    "143": (Scope.ACCOUNT, "account inactive or locked"),
    "146": (Scope.TEXT, "text does not match the registered template"),
    "163": (Scope.ACCOUNT, "more than one number"),
    "177": (Scope.NETWORK, "brandname not registered with the recipient's network"),
    "201": (Scope.TEXT, "banned word"),
    "204": (Scope.ACCOUNT, "OAID does not exist"),
    "210": (Scope.ACCOUNT, "payload wrong"),
    "300": (Scope.ACCOUNT, "type missing"),
    "301": (Scope.ACCOUNT, "service type not supported"),
    "687": (Scope.ACCOUNT, "more than 500 numbers"),
    "789": (Scope.TEXT, "template not configured"),
    "790": (Scope.TEXT, "wrong ZNS template"),
    "791": (Scope.ACCOUNT, "OA or template id missing"),
    "799": (Scope.ACCOUNT, "OAID inactive, wrong or not attached"),
    "801": (Scope.ACCOUNT, "over-quota mode cannot be scheduled"),
    "802": (Scope.ACCOUNT, "over-quota mode not allowed"),
}
_LATER: Mapping[str, Later] = {
    "103": Later(timedelta(hours=1), "103 balance insufficient", account=True),
    "160": Later(timedelta(seconds=1), "160 too many requests a second", throttled=True),
}
_KNOWN_ID = frozenset({"124", "199"})  # taken within 24 hours; taken and being processed
_OF_QUERIES = frozenset({"105", "171", "851", "854"})
NOT_KNOWN = frozenset({"105", "851", "854"})  # asked too soon, or no such SMSID
ASKED_FOR = timedelta(days=7)

_STATUS: Mapping[str, Status] = {
    "1": Status.ENROUTE,  # awaiting approval
    "2": Status.ENROUTE,  # awaiting send
    "4": Status.REFUSED,
    "7": Status.ENROUTE,  # sent, awaiting the report
}
_TELCOS: Mapping[str, Network] = {
    "1": Network.VIETTEL,
    "2": Network.MOBIFONE,
    "3": Network.VINAPHONE,
    "4": Network.VIETNAMOBILE,
    "5": Network.GMOBILE,
    "6": Network.ITEL,
    "7": Network.WINTEL,
}


class Esms:
    """Brandname SMS by eSMS; 100 means received by eSMS, the callback says the rest."""

    capabilities = Capabilities(
        Channel.SMS,
        ReceiptWay.PUSHED,
        receipts_carry_key=True,
        duplicate_window=timedelta(hours=_REMEMBERED_H),
    )

    def __init__(self, account: Account, ports: Ports) -> None:
        """Without option `duplicate_window_hours` a RequestId is trusted to be refused for 24."""
        window = timedelta(hours=options.figure(account, "duplicate_window_hours", _REMEMBERED_H))
        self.capabilities = replace(self.capabilities, duplicate_window=window)
        self._http = ports.http
        self._clock = ports.clock
        self._base = account.base_url
        self._url = f"{account.base_url}{PATH}/SendMultipleMessage_V4_post_json/"
        self._status_url = f"{account.base_url}{PATH}/GetSendStatus"
        self._credentials = {
            "ApiKey": account.option("api_key"),
            "SecretKey": account.option("secret_key"),
        }
        self._constant = self._credentials | {
            "Brandname": account.sender,
            "SmsType": _CARE,
            "CallbackUrl": ports.callback_url,
        }

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS under our key as its RequestId."""
        return await self._submit(message, {})

    async def rehearse(self, message: Submission) -> Outcome:
        """Have one SMS looked at and not sent: nothing is stored or charged."""
        return await self._submit(message, {"Sandbox": "1"})

    async def status(self, question: Question) -> Sequence[Receipt]:
        """Ask by SMSID; nothing is known of what is older than seven days."""
        reference = question.reference
        if reference is None or self._clock() - question.at > ASKED_FOR:
            return ()
        params = {"RefId": reference, **self._credentials}
        body, _ = answered("GetSendStatus", await self._http.get(self._status_url, params=params))
        code = code_of("GetSendStatus", body)
        if code in NOT_KNOWN:
            return ()
        if code != "100":
            raise PullError(f"GetSendStatus: refused with {masked(code)}")
        fields = {name: short(value, 12) or "" for name, value in body.items()}
        if not fields.get("SendStatus"):
            raise PullError("GetSendStatus: no 'SendStatus'")
        said = _words(fields["SendStatus"])
        return (Receipt(_status(fields), question.key, reference, question.msisdn, said),)

    async def standing(self) -> Standing:
        """Ask for the balance."""
        return await standing(self._http, self._base, self._credentials)

    async def _submit(self, message: Submission, how: Mapping[str, str]) -> Outcome:
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        body = self._constant | {
            "Phone": message.msisdn,
            "Content": message.content.body,
            "IsUnicode": "1" if message.content.encoding is Encoding.UCS2 else "0",
            "RequestId": message.key,
            **how,
        }
        answer = await self._http.post(self._url, json=body)
        return read(answer) if isinstance(answer, Reply) else answer

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a callback; eSMS signs nothing, so its secret is the address it calls."""
        fields = {name: values[0] for name, values in parse_qs(call.query).items()}
        key, reference = short(fields.get("RequestId")), short(fields.get("SMSID"))
        number = fields.get("phonenumber")
        if number is None or (key is None and reference is None):
            return ()  # without a number it sums up an advertising campaign
        code = _words(short(fields.get("SendStatus"), 8))
        network = _TELCOS.get(fields.get("telcoid", ""))
        status, msisdn = _status(fields), msisdn_of(number)
        return (Receipt(status, key, reference, msisdn, code, network=network),)


def _words(status: str | None) -> str | None:
    """The carrier's number with its meaning, for those who read the figures."""
    meaning = {"4": "rejected by eSMS", "5": "finished, not handed over"}.get(status or "")
    return f"{status} {meaning}" if meaning else status


def read(reply: Reply) -> Outcome:
    """What the answer to a submission says, of one message or of a list."""
    fault = reply.fault()
    if fault is not None:
        return fault
    body = reply.json()
    if body is None:
        return unreadable("not a JSON object")
    code = numeral(body.get("CodeResult"))
    if code is None:
        return unreadable("no 'CodeResult'")
    return _outcome(code, body)


def answered(what: str, answer: Answer) -> tuple[Mapping[str, Any], Reply]:
    """Take the body of an answer to a question; PullError where it has none that can be read."""
    if not isinstance(answer, Reply):
        raise PullError(f"{what}: {answer.reason}")
    body = answer.json() if answer.fault() is None else None
    if body is None:
        raise PullError(f"{what}: no readable answer, HTTP {answer.status}")
    return body, answer


def code_of(what: str, body: Mapping[str, Any]) -> str:
    """Take the code of an answer to a question; PullError where it has none."""
    code = numeral(body.get("CodeResponse", body.get("CodeResult")))
    if code is None:
        raise PullError(f"{what}: no 'CodeResponse'")
    return code


async def standing(http: Http, base_url: str, credentials: Mapping[str, str]) -> Standing:
    """Ask for the balance, which is one for all that an ApiKey sends."""
    answer = await http.post(f"{base_url}{PATH}/GetBalance_json", json=credentials)
    body, reply = answered("GetBalance", answer)
    if (code := code_of("GetBalance", body)) != "100":
        raise PullError(f"GetBalance: refused with {masked(code)}")
    balance = money(body.get("Balance"))
    if balance is None:
        raise PullError("GetBalance: unreadable answer")
    return Standing(balance, clock=reply.dated)


def _outcome(code: str, body: Mapping[str, Any]) -> Outcome:
    if code == "100":
        return Accepted(short(body.get("SMSID")))
    if code in _KNOWN_ID:
        return Duplicate(short(body.get("SMSID")))
    if code in _LATER:
        return _LATER[code]
    if code in _OF_QUERIES:
        return Unknown(f"{code}: the answer to another call")
    scope, reason = _REFUSED.get(code, (Scope.RECIPIENT, "unlisted code"))
    return Refused(scope, code, reason)


def _status(fields: Mapping[str, str]) -> Status:
    """Read SendStatus; when finished (5) the counters decide, which count parts.

    A text of which a part failed cannot be read, so it was not delivered.
    """
    if fields.get("SendStatus") != "5":
        return _STATUS.get(fields.get("SendStatus", ""), Status.OTHER)
    failed, sent = _count(fields, "SendFailed"), _count(fields, "SendSuccess")
    if failed:
        return Status.UNDELIVERED
    return Status.DELIVERED if sent else Status.OTHER


def _count(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if re.fullmatch("[0-9]{1,9}", text, re.ASCII) else 0


def codes() -> Mapping[str, Outcome]:
    """Every `CodeResult` that eSMS documents, and what it means to us."""
    known = ("100", *_KNOWN_ID, *_LATER, *_OF_QUERIES, *_REFUSED)
    return {code: _outcome(code, {}) for code in sorted(known, key=int)}


def build(account: Account, ports: Ports) -> Esms:
    """Make the adapter for an account."""
    return Esms(account, ports)
