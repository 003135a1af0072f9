"""What both of eSMS.vn's calls for SMS share: login, texts, money and questions by SMSID (3.1)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from outreach.simulator.esms_sending import Receiver, Sending
from outreach.simulator.faults import Faults
from outreach.simulator.postman import Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply, strings

_DAY_S = 86_400
_MAX_REQUEST_ID = 50

MESSAGES = {
    99: "Number is blocked on the system",
    101: "Authorize failed",
    103: "Balance is not enough",
    104: "Brandname does not exist or is not active",
    105: "SMSID does not exist",
    107: "Fewer than 30 distinct numbers",
    108: "Phone number is invalid",
    110: "Request data is wrong",
    118: "Message type is not supported",
    120: "Too many numbers",
    124: "RequestId is duplicated",
    146: "Content does not match the registered template",
    160: "Too many requests",
    177: "The network is not registered for this brandname",
    201: "Content contains a banned keyword",
    687: "Too many numbers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """An account at eSMS; every credential is invented, prices in dong.

    `registered` holds the networks of the brandname: VT, MB, VN, VM, GT, IT, RD. No document says
    what one bad number does to its list: with `one_bad_refuses` the whole list is refused, without
    it only that number is not delivered to.
    """

    faults: Faults | None = None
    api_key: str
    secret_key: str
    brandname: str = "SIM-CITY"
    registered: tuple[str, ...] = ("VT", "MB", "VN", "VM", "GT", "IT", "RD")
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    one_bad_refuses: bool = True
    balance: int = 100_000_000_000
    price_per_part: int


class EsmsAccount(Dialect, ABC):
    """Takes a text to all numbers of a call under one SMSID, or refuses the call as a whole."""

    call: ClassVar[str]
    sms_type: ClassVar[str]
    remembered: ClassVar[int]
    """SMSIDs that can be asked about, at most."""

    def __init__(self, contract: Contract, stage: Stage) -> None:
        self.stage = stage
        self.contract = contract
        self._texts = Registry(contract.templates, contract.banned)
        self._taken: Recent[str] = Recent(_DAY_S)
        self._sendings: Recent[Sending] = Recent(7 * _DAY_S, self.remembered)
        self.balance = contract.balance

    @property
    def at(self) -> str:
        """The path that eSMS's calls begin with."""
        return f"/{self.stage.name}/MainService.svc/json"

    def routes(self) -> Routes:
        """The paths of MainService.svc, with and without the closing slash for the send."""
        at = self.at
        return {
            ("POST", f"{at}/{self.call}/"): self._send,
            ("POST", f"{at}/{self.call}"): self._send,
            ("GET", f"{at}/GetSendStatus"): self._send_status,
            ("GET", f"{at}/GetSmsReceiverStatus_get"): self._receiver_status,
            ("POST", f"{at}/GetBalance_json"): self._tell_balance,
        }

    @abstractmethod
    def numbers(self, body: Mapping[str, object]) -> Sequence[str]:
        """Read whom a call is for."""

    @abstractmethod
    def number_fault(self, members: Sequence[Message]) -> int:
        """Say what is wrong with the numbers."""

    def receipt(
        self, body: Mapping[str, object], message: Message, sms_id: str, sending: Sending
    ) -> Receipt | None:
        """Make the callback, where a call has one."""

    async def _send(self, request: Request) -> Reply:
        body = request.json()
        if body is None:
            verdict = Verdict("no JSON", json_reply({"error": "Invalid request"}))
            return self.stage.answered(request, self.call, "", verdict)
        key, text = body.get("RequestId", ""), body.get("Content", "")
        if not isinstance(key, str) or not isinstance(text, str):
            key = text = ""  # refused for it, below
        # A call without numbers is in the ledger, too.
        members = [Message(key, number, text) for number in self.numbers(body) or [""]]
        return await self.stage.play_list(
            request, members, lambda turns: self._judge(body, members, turns)
        )

    def _judge(
        self, body: Mapping[str, object], members: Sequence[Message], turns: Sequence[Turn]
    ) -> Sequence[Verdict]:
        first = turns[0]
        if code := self._fault(body, members, turns):
            verdict = _refuse(code, first.name if code == 146 else "")
        elif (taken := first.before(self._taken, members[0].key)) is not None:
            verdict = _refuse(124, taken)
        elif body.get("Sandbox") == "1":
            verdict = Verdict("100 sandbox", _accepted(first.name))
        else:
            verdict = self._accept(body, members, turns)
        return [verdict] * len(members)

    def _fault(
        self, body: Mapping[str, object], members: Sequence[Message], turns: Sequence[Turn]
    ) -> int:
        return (
            self.login_fault(body)
            or turns[0].planned(160)  # documented for the status calls only
            or self._form_fault(body, members[0])
            or self.number_fault(members)
            or (self.contract.one_bad_refuses and next(filter(None, map(self._bad, turns)), 0))
            or self._text_fault(body, members)
        )

    def login_fault(self, body: Mapping[str, object]) -> int:
        given = (body.get("ApiKey"), body.get("SecretKey"))
        return 0 if given == (self.contract.api_key, self.contract.secret_key) else 101

    def _form_fault(self, body: Mapping[str, object], message: Message) -> int:
        if body.get("SmsType") != self.sms_type:
            return 118
        words = all(isinstance(told, str) for name, told in body.items() if name != "Phones")
        if not words or body.get("IsUnicode", "0") not in {"0", "1"}:
            return 110
        if not message.text or len(message.key) > _MAX_REQUEST_ID:
            return 110
        return 0 if body.get("Brandname") == self.contract.brandname else 104

    def _bad(self, turn: Turn) -> int:
        if turn.subscriber.blocked or turn.refused:
            return 99
        return 0 if turn.subscriber.network in self.contract.registered else 177

    def _text_fault(self, body: Mapping[str, object], members: Sequence[Message]) -> int:
        text = members[0].text
        if self._texts.bans(text):
            return 201
        if not self._texts.knows(text, accented=_accented(body)):
            return 146
        return 0 if self.balance >= self._price(body, members) else 103

    def _price(self, body: Mapping[str, object], members: Sequence[Message]) -> int:
        return self.contract.price_per_part * _parts(body, members[0].text) * len(members)

    def _accept(
        self, body: Mapping[str, object], members: Sequence[Message], turns: Sequence[Turn]
    ) -> Verdict:
        sms_id, at = turns[0].name, turns[0].at
        price = self._price(body, members)
        receivers = [
            Receiver(
                member.msisdn,
                turn.settles_at,
                turn.subscriber.network,
                not turn.undelivered and not self._bad(turn),
            )
            for member, turn in zip(members, turns, strict=True)
        ]
        sending = Sending(receivers, _parts(body, members[0].text), price)
        self.balance -= price
        self._sendings.put(sms_id, sending, at)
        self._taken.put(members[0].key, sms_id, at)
        receipt = self.receipt(body, members[0], sms_id, sending)
        return Verdict("100", _accepted(sms_id), accepted=True, reference=sms_id, receipt=receipt)

    async def _send_status(self, request: Request) -> Reply:
        sms_id, now = request.fields().get("RefId", ""), request.arrived
        return self._tell(
            request,
            ("GetSendStatus", "CodeResponse"),
            lambda found: {"SMSID": sms_id, **found.counters(now)},
        )

    async def _receiver_status(self, request: Request) -> Reply:
        return self._tell(
            request,
            ("GetSmsReceiverStatus_get", "CodeResult"),
            lambda found: {"ReceiverList": found.told(request.arrived)},
        )

    def _tell(
        self,
        request: Request,
        names: tuple[str, str],
        tell: Callable[[Sending], Mapping[str, object]],
    ) -> Reply:
        """Answer a query about an SMSID; `names` are those of the call and of its code."""
        query = request.fields()
        sms_id = query.get("RefId", "")
        found = self._sendings.get(sms_id, request.arrived)
        code = self.login_fault(query) or (100 if found else 105)
        told = tell(found) if found and code == 100 else {"ErrorMessage": MESSAGES[code]}
        verdict = Verdict(str(code), json_reply({names[1]: str(code), **told}))
        return self.stage.answered(request, names[0], sms_id, verdict)

    async def _tell_balance(self, request: Request) -> Reply:
        code = self.login_fault(strings(request.json() or {})) or 100
        told: dict[str, object] = {"Balance": self.balance, "UserID": 1}
        if code != 100:
            told = {"ErrorMessage": MESSAGES[code]}
        verdict = Verdict(str(code), json_reply({"CodeResponse": str(code), **told}))
        return self.stage.answered(request, "GetBalance_json", "", verdict)


def _accented(body: Mapping[str, object]) -> bool:
    return body.get("IsUnicode") == "1"


def _parts(body: Mapping[str, object], text: str) -> int:
    """Count parts by length alone: 160/153 plain, 70/67 accented (wire-formats.md 5.2)."""
    one, more = (70, 67) if _accented(body) else (160, 153)
    return 1 if len(text) <= one else -(-len(text) // more)


def _accepted(sms_id: str) -> Reply:
    return json_reply({"CodeResult": "100", "CountRegenerate": 0, "SMSID": sms_id})


def _refuse(code: int, sms_id: str = "") -> Verdict:
    body = {"CodeResult": str(code), "CountRegenerate": 0, "ErrorMessage": MESSAGES.get(code, "")}
    return Verdict(str(code), json_reply({**body, "SMSID": sms_id} if sms_id else body))
