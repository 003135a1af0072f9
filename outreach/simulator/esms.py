"""eSMS.vn customer-care SMS over JSON (wire-formats.md 3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from yarl import URL

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.postman import Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply

_DAY_S = 86_400
_MAX_REQUEST_ID = 50
_CARE = "2"  # SmsType and TypeId of customer care
TELCO_IDS = {"VT": 1, "MB": 2, "VN": 3, "VM": 4, "GT": 5, "IT": 6, "RD": 7}
NETWORK_NAMES = {
    "VT": "Viettel",
    "MB": "Mobifone",
    "VN": "Vinaphone",
    "VM": "Vietnamobile",
    "GT": "Gtel",
    "IT": "Itel",
    "RD": "Reddi",
}

MESSAGES = {
    99: "Number is blocked on the system",
    101: "Authorize failed",
    103: "Balance is not enough",
    104: "Brandname does not exist or is not active",
    105: "SMSID does not exist",
    108: "Phone number is invalid",
    110: "Request data is wrong",
    118: "Message type is not supported",
    124: "RequestId is duplicated",
    146: "Content does not match the registered template",
    160: "Too many requests",
    177: "The network is not registered for this brandname",
    201: "Content contains a banned keyword",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmsConfig:
    """An account at eSMS; every credential is invented, prices in dong.

    `registered` holds the networks of the brandname: VT, MB, VN, VM, GT, IT, RD.
    `callback_timeout_s` and the waits between retries are guesses: eSMS documents only their count.
    """

    name: str = "esms"
    faults: Faults | None = None
    api_key: str = "sim-esms-key"
    secret_key: str = "sim-esms-secret"  # noqa: S105 - invented
    brandname: str = "SIM-CITY"
    registered: tuple[str, ...] = ("VT", "MB", "VN", "VM", "GT", "IT", "RD")
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    balance: int = 100_000_000_000
    price_per_part: int = 700
    callback_timeout_s: float = 5.0
    callback_ladder_s: tuple[float, ...] = (5.0, 5.0, 5.0, 5.0, 5.0)

    def build(self, stage: Stage) -> "Esms":
        """Set the dialect on its stage."""
        return Esms(self, stage)


@dataclass(frozen=True, slots=True)
class _Sent:
    settles_at: float
    delivered: bool
    msisdn: str
    network: str
    parts: int
    price: int

    def counters(self, *, settled: bool) -> dict[str, int]:
        """Return the figures of status and callback; a long SMS counts its parts."""
        return {
            "SendFailed": self.parts if settled and not self.delivered else 0,
            "SendStatus": 5 if settled else 7,
            "SendSuccess": self.parts if settled and self.delivered else 0,
            "TotalPrice": self.price,
            "TotalReceiver": 1,
            "TotalSent": self.parts,
        }


class Esms(Dialect):
    """One number a call; 100 means received by eSMS, the callback says the rest."""

    def __init__(self, config: EsmsConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._texts = Registry(config.templates, config.banned)
        self._taken: Recent[str] = Recent(_DAY_S)
        self._sent: Recent[_Sent] = Recent(7 * _DAY_S)
        self._balance = config.balance

    def routes(self) -> Routes:
        """The paths of MainService.svc, with and without the closing slash for the send."""
        at = f"/{self.stage.name}/MainService.svc/json"
        return {
            ("POST", f"{at}/SendMultipleMessage_V4_post_json/"): self._send,
            ("POST", f"{at}/SendMultipleMessage_V4_post_json"): self._send,
            ("GET", f"{at}/GetSendStatus"): self._send_status,
            ("GET", f"{at}/GetSmsReceiverStatus_get"): self._receiver_status,
            ("POST", f"{at}/GetBalance_json"): self._tell_balance,
        }

    async def _send(self, request: Request) -> Reply:
        body = request.json()
        if body is None:
            return json_reply({"error": "Invalid request"})
        form = {name: str(value) for name, value in body.items() if value is not None}
        message = Message(
            key=form.get("RequestId", ""),
            msisdn=_msisdn(form.get("Phone", "")),
            text=form.get("Content", ""),
        )
        return await self.stage.play(request, message, lambda t: self._judge(form, message, t))

    def _judge(self, form: Mapping[str, str], message: Message, turn: Turn) -> Verdict:
        if not self._authorized(form):
            return _refuse(101)
        if code := self._fault(form, message, turn):
            return _refuse(code, turn.name if code == 146 else "")
        if message.key and turn.faults.refuse_duplicates:
            taken = self._taken.get(message.key, turn.at)
            if taken is not None:
                return _refuse(124, taken)
        if form.get("Sandbox") == "1":
            return Verdict("100 sandbox", _accepted(turn.name))
        return self._accept(form, message, turn)

    def _authorized(self, form: Mapping[str, str]) -> bool:
        given = (form.get("ApiKey"), form.get("SecretKey"))
        return given == (self._config.api_key, self._config.secret_key)

    def _fault(self, form: Mapping[str, str], message: Message, turn: Turn) -> int:
        if turn.faults.forced_code:
            return int(turn.faults.forced_code)
        if turn.throttled:
            return 160  # documented for the status calls only
        return self._form_fault(form, message) or self._route_fault(form, message, turn)

    def _form_fault(self, form: Mapping[str, str], message: Message) -> int:
        if not is_msisdn(message.msisdn):
            return 108
        if form.get("SmsType") != _CARE:
            return 118
        if not message.text or len(message.key) > _MAX_REQUEST_ID:
            return 110
        return 0 if form.get("Brandname") == self._config.brandname else 104

    def _route_fault(self, form: Mapping[str, str], message: Message, turn: Turn) -> int:
        if turn.subscriber.blocked or turn.refused:
            return 99
        if turn.subscriber.network not in self._config.registered:
            return 177
        if self._texts.bans(message.text):
            return 201
        if not self._texts.knows(message.text):
            return 146
        return 0 if self._balance >= self._price(form, message) else 103

    def _price(self, form: Mapping[str, str], message: Message) -> int:
        return self._config.price_per_part * _parts(form, message)

    def _accept(self, form: Mapping[str, str], message: Message, turn: Turn) -> Verdict:
        price = self._price(form, message)
        sent = _Sent(
            turn.settles_at,
            not turn.undelivered,
            message.msisdn,
            turn.subscriber.network,
            _parts(form, message),
            price,
        )
        self._balance -= price
        self._sent.put(turn.name, sent, turn.at)
        if message.key:
            self._taken.put(message.key, turn.name, turn.at)
        receipt = self._receipt(form.get("CallbackUrl", ""), message, turn.name, sent)
        return Verdict(
            "100", _accepted(turn.name), accepted=True, reference=turn.name, receipt=receipt
        )

    def _receipt(self, url: str, message: Message, sms_id: str, sent: _Sent) -> Receipt | None:
        if not url:
            return None
        query = {
            "SMSID": sms_id,
            **sent.counters(settled=True),
            "RequestId": message.key,
            "TypeId": _CARE,
            "telcoid": TELCO_IDS[sent.network],
            "phonenumber": f"0{message.msisdn[2:]}",
            "partnerids": "",
            "error_info": "",
            "switchsmsid": "",
        }
        joint = "&" if "?" in url else "?"
        return Receipt(
            dialect=self.stage.name,
            key=message.key,
            msisdn=message.msisdn,
            reference=sms_id,
            url=URL(f"{url}{joint}{urlencode(query)}", encoded=True),
            body=None,
            headers={},
            ladder=self._config.callback_ladder_s,
            only_timeouts=True,
            timeout_s=self._config.callback_timeout_s,
        )

    async def _send_status(self, request: Request) -> Reply:
        found = self._look_up(request)
        if isinstance(found, int):
            return json_reply({"CodeResponse": str(found), "ErrorMessage": MESSAGES[found]})
        figures = found.counters(settled=found.settles_at <= request.arrived)
        return json_reply({"CodeResponse": "100", "SMSID": request.fields()["RefId"], **figures})

    async def _receiver_status(self, request: Request) -> Reply:
        found = self._look_up(request)
        if isinstance(found, int):
            return json_reply({"CodeResult": str(found), "ErrorMessage": MESSAGES[found]})
        settled = found.settles_at <= request.arrived
        receiver = {
            "IsSent": settled,
            "NetworkName": NETWORK_NAMES[found.network],
            "Phone": f"0{found.msisdn[2:]}",
            "Retry": 0,
            "SentResult": settled and found.delivered,
        }
        return json_reply({"CodeResult": "100", "ReceiverList": [receiver]})

    async def _tell_balance(self, request: Request) -> Reply:
        self.stage.ledger.query(self.stage.name)
        if not self._authorized({k: str(v) for k, v in (request.json() or {}).items()}):
            return json_reply({"CodeResponse": "101", "ErrorMessage": MESSAGES[101]})
        told = {"Balance": self._balance, "CodeResponse": "100", "UserID": 1}
        return json_reply(told)

    def _look_up(self, request: Request) -> _Sent | int:
        self.stage.ledger.query(self.stage.name)
        query = request.fields()
        if not self._authorized(query):
            return 101
        return self._sent.get(query.get("RefId", ""), request.arrived) or 105


def _msisdn(phone: str) -> str:
    return f"84{phone[1:]}" if phone.startswith("0") else phone


def _parts(form: Mapping[str, str], message: Message) -> int:
    """Count parts by length alone: 160/153 plain, 70/67 accented (wire-formats.md 5.2)."""
    one, more = (70, 67) if form.get("IsUnicode") == "1" else (160, 153)
    length = len(message.text)
    return 1 if length <= one else -(-length // more)


def _accepted(sms_id: str) -> Reply:
    return json_reply({"CodeResult": "100", "CountRegenerate": 0, "SMSID": sms_id})


def _refuse(code: int, sms_id: str = "") -> Verdict:
    body = {"CodeResult": str(code), "CountRegenerate": 0, "ErrorMessage": MESSAGES.get(code, "")}
    return Verdict(str(code), json_reply({**body, "SMSID": sms_id} if sms_id else body))


DIALECT = EsmsConfig
