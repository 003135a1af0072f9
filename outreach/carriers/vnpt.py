"""VNPT (VinaPhone), brandname SMS: one call for many numbers (wire-formats.md 2.2).

VNPT holds the words of a registered template; a call sends the values of its parameters, the same
for every number of the call, and all numbers are of one network.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from outreach.carriers import options
from outreach.carriers.base import (
    Capabilities,
    PullError,
    Question,
    ReceiptWay,
    Submission,
    Template,
)
from outreach.carriers.http import Reply, numeral, unreadable
from outreach.carriers.ports import Ports
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding
from outreach.domain.window import LEGAL, LOCAL, local_day
from outreach.settings import Account

_PATH = "/smsmarketing/api"
_CARE = "1"
_CONTRACT_TYPES = {_CARE: "care", "2": "advertising"}
_LIST_MOST = 1000  # no public figure
_NOT_XML = re.compile("[&<>\"'\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

_REFUSED: Mapping[str, tuple[Scope, str]] = {
    "1": (Scope.ACCOUNT, "user, password or address refused"),
    "2": (Scope.ACCOUNT, "schedule time malformed"),
    "3": (Scope.ACCOUNT, "method unknown"),
    "7": (Scope.TEXT, "template invalid"),
    "9": (Scope.ACCOUNT, "contract type wrong"),
    "10": (Scope.ACCOUNT, "user name wrong"),
    "11": (Scope.TEXT, "text too long"),
    "13": (Scope.ACCOUNT, "contract wrong"),
    "14": (Scope.ACCOUNT, "label wrong"),
    "15": (Scope.ACCOUNT, "agent wrong"),
    "17": (Scope.TEXT, "character set wrong"),
    "23": (Scope.RECIPIENT, "number invalid, or several networks in one call"),
    "24": (Scope.ACCOUNT, "schedule time in the past"),
    "25": (Scope.NETWORK, "number on another network, or label not valid there"),
    "30": (Scope.TEXT, "banned keyword"),
    "31": (Scope.ACCOUNT, "customer account not active"),
    "32": (Scope.TEXT, "template obsolete"),
}
_DUPLICATE = "33"
_UNSURE = "-1"

_HOUR = timedelta(hours=1)
_THROTTLE = timedelta(seconds=5)
_SKEW = timedelta(minutes=5)  # for clocks that differ


def _until_allowed(now: datetime) -> timedelta:
    """Until the law's hours open; an hour where they are open and VNPT's own are tighter."""
    opening = LEGAL.next_opening(now)
    return _HOUR if opening <= now else opening - now + _SKEW


def _until_tomorrow(now: datetime) -> timedelta:
    """Until the law's hours open on the next day."""
    midnight = datetime.combine(local_day(now) + timedelta(days=1), time(), LOCAL)
    return LEGAL.next_opening(midnight) - now + _SKEW


_WAITS: Mapping[str, tuple[Callable[[datetime], timedelta], str]] = {
    "8": (_until_allowed, "not allowed at this time"),
    "12": (_until_allowed, "outside VinaPhone's hours"),
    "16": (lambda _now: _THROTTLE, "too fast"),
    "20": (lambda _now: _HOUR, "contract's quota used up"),
    "21": (lambda _now: _HOUR, "customer's quota used up"),
    "22": (lambda _now: _HOUR, "agent's quota used up"),
    "26": (_until_tomorrow, "had three advertisements today"),
}
_THROTTLED, _PERSONAL = "16", "26"  # the other waits are the whole account's

_STATUS: Mapping[str, tuple[Status, str]] = {
    "0": (Status.DELIVERED, "sent"),
    "1": (Status.UNDELIVERED, "not sent"),
    "2": (Status.ENROUTE, "waiting"),
    "3": (Status.ENROUTE, "handed on"),
    "4": (Status.ENROUTE, "tried again"),
    "5": (Status.ENROUTE, "received"),
}
_NO_STATUS: Mapping[str | None, str] = {
    "-1": "error at VNPT",
    "10": "user, password or address refused",
}


class Vnpt:
    """Lists of numbers under one REQID; nothing is pushed, each message is asked about."""

    capabilities: Capabilities

    def __init__(self, account: Account, ports: Ports) -> None:
        self._http = ports.http
        self._clock = ports.clock
        self._url = account.base_url + _PATH
        self._login = {
            "AGENTID": account.option("agent_id"),
            "APIUSER": account.option("api_user"),
            "APIPASS": account.option("api_password"),
        }
        self._label = {
            "LABELID": account.option("label_id"),
            "CONTRACTID": account.option("contract_id"),
        }
        self._constant = {
            **self._label,
            "CONTRACTTYPEID": options.one_of(account, "contract_type", _CARE, _CONTRACT_TYPES),
            "SCHEDULETIME": "",
            "ISTELCOSUB": "0",
            **self._login,
            "USERNAME": account.option("username"),
        }
        # The date that a status call wants is described, its form is not.
        self._date_form = str(account.options.get("date_form", "%d/%m/%Y %H:%M"))
        self.capabilities = Capabilities(
            Channel.SMS,
            ReceiptWay.ASKED,
            receipts_carry_key=False,
            duplicate_window=timedelta(hours=options.figure(account, "duplicate_window_hours", 0)),
            list_most=options.whole(account, "list_most", _LIST_MOST),
        )

    def alike(self, message: Submission) -> Hashable:
        """Messages with the same template, values, spelling and network go in one list."""
        content = message.content
        if not isinstance(content, Template):
            return message.network, content
        values = tuple(sorted(content.values.items()))
        return message.network, content.template, values, content.encoding

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS: a list of one, under our key as its REQID."""
        return _unfit(message) or await self._send(message.key, [message])

    async def submit_list(
        self, key: str, messages: Sequence[Submission]
    ) -> Outcome | Sequence[Outcome]:
        """Send one SMS to each; an outcome for each only where none of them can be sent."""
        unfit = _unfit(messages[0])
        if unfit is not None:
            return [unfit] * len(messages)  # for each: smaller lists would fare no better
        return await self._send(key, messages)

    async def status(self, question: Question) -> Sequence[Receipt]:
        """Ask what became of one number of a call.

        Some clients send TEMPLATEID too; which template it was is not known any more by then.
        """
        if question.reference is None:
            return []
        told = await self._call(
            {
                "name": "get_sms_status_api",
                "REQID": question.reference,
                "MSISND": question.msisdn,
                **self._label,
                "SCHEDULETIME": question.at.astimezone(LOCAL).strftime(self._date_form),
                **self._login,
            }
        )
        body = told.json() if isinstance(told, Reply) and not told.fault() else None
        code = _code(body, "STATUS")
        if code is None or code in _NO_STATUS:
            raise PullError(f"get_sms_status_api: {_NO_STATUS.get(code, 'no readable answer')}")
        status, words = _STATUS.get(code, (Status.OTHER, ""))
        return [
            Receipt(
                status,
                key=question.key,
                reference=question.reference,
                msisdn=question.msisdn,
                code=f"{code} {words}".strip(),
            )
        ]

    async def _send(self, key: str, messages: Sequence[Submission]) -> Outcome:
        content = messages[0].content
        assert isinstance(content, Template), "the caller has looked"
        answer = await self._call(
            {
                "name": "send_sms_list",
                "REQID": key,
                **self._constant,
                "TEMPLATEID": content.template,
                "PARAMS": [{"NUM": n, "CONTENT": value} for n, value in content.values.items()],
                "MOBILELIST": ",".join(message.msisdn for message in messages),
                "DATACODING": "8" if content.encoding is Encoding.UCS2 else "0",
            }
        )
        if not isinstance(answer, Reply):
            return answer
        if (fault := answer.fault()) is not None:
            return fault
        body = answer.json()
        if body is None:
            return unreadable("not a JSON object")
        code = _code(body, "ERROR")
        return unreadable("no 'ERROR'") if code is None else _outcome(code, key, self._clock())

    async def _call(self, fields: Mapping[str, object]) -> Reply | Outcome:
        return await self._http.post(self._url, json={"RQST": fields})


def _unfit(message: Submission) -> Refused | None:
    """Refuse what VNPT would, or what it would answer in a way that leaves it open (-1)."""
    content = message.content
    if not isinstance(content, Template):
        return Refused(Scope.TEXT, "NO_TEMPLATE", "VNPT sends registered templates only")
    if content.encoding is Encoding.UCS2 and message.network is not Network.VINAPHONE:
        return Refused(Scope.TEXT, "ACCENTED", "accented texts reach VinaPhone's numbers only")
    if any(_NOT_XML.search(value) for value in content.values.values()):
        return Refused(Scope.RECIPIENT, "CHARACTER", "one of & < > \" ' or a control character")
    return None


def _code(body: Mapping[str, Any] | None, name: str) -> str | None:
    """Take a number out of a reply; None where it is not there."""
    told = (body or {}).get("RPLY")
    return numeral(told.get(name)) if isinstance(told, dict) else None


def _outcome(code: str, key: str | None, now: datetime) -> Outcome:
    if code == "0":
        return Accepted(key)
    if code == _DUPLICATE:
        return Duplicate(key)
    if code == _UNSURE:
        return Unknown("-1 a character, a length, or an error at VNPT")
    if code in _WAITS:
        wait, reason = _WAITS[code]
        throttled = code == _THROTTLED
        account = not throttled and code != _PERSONAL
        return Later(wait(now), f"{code} {reason}", throttled=throttled, account=account)
    scope, reason = _REFUSED.get(code, (Scope.RECIPIENT, "unlisted code"))
    return Refused(scope, code, reason)


def codes() -> Mapping[str, Outcome]:
    """Every ERROR that VNPT documents, and what it means to us; waits as of a noon."""
    noon = datetime(2026, 1, 1, 12, tzinfo=LOCAL)
    known = ("0", _UNSURE, _DUPLICATE, *_WAITS, *_REFUSED)
    return {code: _outcome(code, None, noon) for code in sorted(known, key=int)}


def build(account: Account, ports: Ports) -> Vnpt:
    """Make the adapter for an account."""
    return Vnpt(account, ports)
