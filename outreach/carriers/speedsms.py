"""SpeedSMS, brandname SMS over JSON, many numbers of one text a call (wire-formats.md 3.2)."""

import re
from base64 import b64encode
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from outreach.carriers import options
from outreach.carriers.base import (
    Callback,
    Capabilities,
    PullError,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Reply, masked, money, msisdn_of, numeral, short, unreadable
from outreach.carriers.ports import Ports
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.settings import Account

_LIST_MOST = 100  # no public figure
_BRANDNAME = 3
_LEAST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(hours=1)
_LAST_PASSING = 63

_BAD_NUMBER = Refused(Scope.RECIPIENT, "105", "phone number invalid")
_REFUSED: Mapping[str, tuple[Scope, str]] = {
    "007": (Scope.ACCOUNT, "address locked"),
    "008": (Scope.ACCOUNT, "account inactive or locked"),
    "009": (Scope.ACCOUNT, "the account may not do this"),
    "101": (Scope.ACCOUNT, "request data wrong"),
    "110": (Scope.TEXT, "the text's coding is not supported"),
    "113": (Scope.TEXT, "text too long"),
}
_OTHERS: Mapping[str, Outcome] = {
    "105": _BAD_NUMBER,
    "300": Later(timedelta(hours=1), "300 balance insufficient", account=True),
    "500": Unknown("500 internal error"),
}


class SpeedSms:
    """Brandname SMS by SpeedSMS; "00" means received by SpeedSMS, the callback says the rest.

    A call takes a minute's sixtieth whatever it carries, so lists are what makes it fast.
    """

    capabilities = Capabilities(
        Channel.SMS, ReceiptWay.PUSHED, receipts_carry_key=False, list_most=_LIST_MOST
    )

    def __init__(self, account: Account, ports: Ports) -> None:
        most = options.whole(account, "list_most", _LIST_MOST)
        self.capabilities = replace(self.capabilities, list_most=most)
        self._http = ports.http
        self._clock = ports.clock
        self._base = account.base_url
        sms_type = options.whole(account, "sms_type", _BRANDNAME)
        self._constant = {"sms_type": sms_type, "sender": account.sender}
        pair = f"{account.option('token')}:x".encode()
        self._headers = {"Authorization": f"Basic {b64encode(pair).decode()}"}

    def alike(self, message: Submission) -> Hashable:
        """A list is one text; its coding follows from its letters."""
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        return message.content

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS, as a list of one."""
        said = await self.submit_list(message.key, (message,))
        return said[0] if isinstance(said, Sequence) else said

    async def submit_list(
        self,
        key: str,  # noqa: ARG002 - the engine's name for the list; SpeedSMS takes no id of ours
        messages: Sequence[Submission],
    ) -> Outcome | Sequence[Outcome]:
        """Send one text to many; the answer's tranId stands for them all."""
        content = messages[0].content
        assert isinstance(content, Text), "the engine routes texts to SMS accounts"
        body = self._constant | {
            "to": [message.msisdn for message in messages],
            "content": content.body,
        }
        url = f"{self._base}/sms/send"
        answer = await self._http.post(url, json=body, headers=self._headers)
        return self._read(answer, messages) if isinstance(answer, Reply) else answer

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a report; SpeedSMS signs nothing, so its secret is the address it calls."""
        try:
            report = orjson.loads(call.body)
        except orjson.JSONDecodeError:
            return ()
        if not isinstance(report, dict) or report.get("type") != "report":
            return ()
        reference, msisdn = short(report.get("tranId")), msisdn_of(report.get("phone"))
        if reference is None or msisdn is None:
            return ()
        status, code = _status(short(report.get("status"), 12) or "")
        return (Receipt(status, reference=reference, msisdn=msisdn, code=code),)

    async def standing(self) -> Standing:
        """Ask for the account's balance."""
        answer = await self._http.get(f"{self._base}/user/info", headers=self._headers)
        if not isinstance(answer, Reply):
            raise PullError(f"user/info: {answer.reason}")
        if answer.fault() is not None:
            raise PullError(f"user/info: HTTP {answer.status}")
        body = answer.json()
        if body is None or (body.get("status") == "error"):
            raise PullError("user/info: refused" if body else "user/info: unreadable answer")
        return Standing(money(body.get("balance")), clock=answer.dated)

    def _read(self, reply: Reply, messages: Sequence[Submission]) -> Outcome | Sequence[Outcome]:
        fault = reply.fault()
        if isinstance(fault, Later):
            return replace(fault, wait=self._reset(reply) or fault.wait)
        if fault is not None:
            return fault
        body = reply.json()
        code = numeral(body.get("code")) if body is not None else None
        if body is None or code is None:
            return unreadable("no 'code'")
        if code != "00":
            return _outcome(code)
        if body.get("status") != "success":
            return unreadable("'code' and 'status' disagree")
        return _taken(body.get("data"), messages)

    def _reset(self, reply: Reply) -> timedelta | None:
        """Read when we may call again: seconds, or an epoch, for no document says which."""
        told = reply.headers.get("x-rate-limit-reset", "").strip()
        if not re.fullmatch("[0-9]{1,10}", told, re.ASCII):
            return None
        wait = timedelta(seconds=int(told))
        if wait > _LONGEST_WAIT:
            wait = datetime.fromtimestamp(int(told), UTC) - self._clock()
        return max(wait, _LEAST_WAIT) if timedelta(0) <= wait <= _LONGEST_WAIT else None


def _taken(data: object, messages: Sequence[Submission]) -> Outcome | Sequence[Outcome]:
    """Read what a success says: one id for the list, and the numbers that it left out."""
    found = data if isinstance(data, dict) else {}
    accepted = Accepted(short(found.get("tranId")))
    named = found.get("invalidPhone")
    bad = {msisdn_of(number) for number in named} if isinstance(named, list) else set()
    if not any(message.msisdn in bad for message in messages):
        return accepted
    return [_BAD_NUMBER if message.msisdn in bad else accepted for message in messages]


def _outcome(code: str) -> Outcome:
    if code in _OTHERS:
        return _OTHERS[code]
    scope, reason = _REFUSED.get(code, (Scope.RECIPIENT, "unlisted code"))
    return Refused(scope, code, reason)


def _status(told: str) -> tuple[Status, str | None]:
    """Read a report's status, with words for those who read the figures."""
    if not re.fullmatch("[0-9]{1,5}", told, re.ASCII):
        return Status.OTHER, masked(told) or None
    if int(told) == 0:
        return Status.DELIVERED, told
    if int(told) <= _LAST_PASSING:
        return Status.ENROUTE, f"{told} a passing failure"
    return Status.UNDELIVERED, f"{told} not delivered"


def codes() -> Mapping[str, Outcome]:
    """Every `code` that SpeedSMS documents, and what it means to us."""
    refused = {code: _outcome(code) for code in sorted({*_REFUSED, *_OTHERS})}
    return {"00": Accepted(), **refused}


def build(account: Account, ports: Ports) -> SpeedSms:
    """Make the adapter for an account."""
    return SpeedSms(account, ports)
