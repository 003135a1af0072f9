"""eSMS.vn advertising SMS: one text to a list of numbers, asked about by its SMSID (3.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outreach.simulator.esms import MESSAGES, NETWORK_NAMES
from outreach.simulator.faults import Faults
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply

_WEEK_S = 7 * 86_400
_DAY_S = 86_400
_MAX_REQUEST_ID = 50
_ADVERTISING = "1"
_MORE = {107: "Fewer than 30 distinct numbers", 120: "Too many numbers", 687: "Too many numbers"}
_WORDS = MESSAGES | _MORE


@dataclass(frozen=True, slots=True, kw_only=True)
class EsmsAdsConfig:
    """An account for advertisements at eSMS; every credential is invented, prices in dong.

    No document says what one bad number does to its list: with `one_bad_refuses` the whole list is
    refused, without it only that number is not delivered to.
    """

    name: str = "esms_ads"
    faults: Faults | None = None
    api_key: str = "sim-esms-ads-api-key"
    secret_key: str = "sim-esms-ads-secret-key"  # noqa: S105 - invented
    brandname: str = "SIM-CITY"
    registered: tuple[str, ...] = ("VT", "MB", "VN", "VM", "GT", "IT", "RD")
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    least: int = 30
    most: int = 5_000
    too_many: int = 120
    one_bad_refuses: bool = True
    balance: int = 100_000_000_000
    price_per_part: int = 500

    def build(self, stage: Stage) -> "EsmsAds":
        """Set the dialect on its stage."""
        return EsmsAds(self, stage)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A list that was taken: for each number when it settles, its network, and how it ends."""

    members: Sequence[tuple[str, float, str, bool]]
    price: int


class EsmsAds(Dialect):
    """Lists of 30 to 5,000 distinct numbers; 100 means received by eSMS."""

    def __init__(self, config: EsmsAdsConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._texts = Registry(config.templates, config.banned)
        self._taken: Recent[str] = Recent(_DAY_S)
        self._sent: Recent[_Sent] = Recent(_WEEK_S, size=10_000)
        self._balance = config.balance

    def routes(self) -> Routes:
        """The paths of MainService.svc, with and without the closing slash for the send."""
        at = f"/{self.stage.name}/MainService.svc/json"
        return {
            ("POST", f"{at}/SendMultipleSMSBrandname_json/"): self._send,
            ("POST", f"{at}/SendMultipleSMSBrandname_json"): self._send,
            ("GET", f"{at}/GetSendStatus"): self._send_status,
            ("GET", f"{at}/GetSmsReceiverStatus_get"): self._receiver_status,
        }

    async def _send(self, request: Request) -> Reply:
        body = request.json()
        if body is None:
            return json_reply({"error": "Invalid request"})
        phones = body.pop("Phones", None)
        numbers = [_msisdn(str(each)) for each in phones] if isinstance(phones, list) else []
        form = {name: str(value) for name, value in body.items() if value is not None}
        key, text = form.get("RequestId", ""), form.get("Content", "")
        # A call without numbers is in the ledger, too.
        members = [Message(key, number, text) for number in numbers or [""]]
        return await self.stage.play_list(
            request, members, lambda turns: self._judge(form, members, turns)
        )

    def _judge(
        self, form: Mapping[str, str], members: Sequence[Message], turns: Sequence[Turn]
    ) -> Sequence[Verdict]:
        first, key = turns[0], members[0].key
        code = self._fault(form, members, turns)
        taken = self._taken.get(key, first.at) if key and first.faults.refuse_duplicates else None
        if not code and taken is not None:
            return [_refuse(124, taken)] * len(members)
        if code:
            return [_refuse(code, first.name if code == 146 else "")] * len(members)
        if form.get("Sandbox") == "1":
            return [Verdict("100 sandbox", _accepted(first.name))] * len(members)
        return self._accept(members, turns)

    def _fault(
        self, form: Mapping[str, str], members: Sequence[Message], turns: Sequence[Turn]
    ) -> int:
        if not self._authorized(form):
            return 101
        if turns[0].faults.forced_code:
            return int(turns[0].faults.forced_code)
        if turns[0].throttled:
            return 160  # documented for the status calls only
        return self._form_fault(form, members) or self._route_fault(members, turns)

    def _authorized(self, form: Mapping[str, str]) -> bool:
        given = (form.get("ApiKey"), form.get("SecretKey"))
        return given == (self._config.api_key, self._config.secret_key)

    def _form_fault(self, form: Mapping[str, str], members: Sequence[Message]) -> int:
        if form.get("SmsType") != _ADVERTISING:
            return 118
        if not members[0].text or len(members[0].key) > _MAX_REQUEST_ID:
            return 110
        if form.get("Brandname") != self._config.brandname:
            return 104
        if len({member.msisdn for member in members}) < self._config.least:
            return 107
        if len(members) > self._config.most:
            return self._config.too_many
        return 0 if all(is_msisdn(member.msisdn) for member in members) else 108

    def _route_fault(self, members: Sequence[Message], turns: Sequence[Turn]) -> int:
        text = members[0].text
        if self._texts.bans(text):
            return 201
        if not self._texts.knows(text):
            return 146
        if self._balance < self._price(text) * len(members):
            return 103
        bad = (self._bad(turn) for turn in turns) if self._config.one_bad_refuses else ()
        return next(filter(None, bad), 0)

    def _bad(self, turn: Turn) -> int:
        if turn.subscriber.blocked or turn.refused:
            return 99
        return 0 if turn.subscriber.network in self._config.registered else 177

    def _price(self, text: str) -> int:
        return self._config.price_per_part * (1 if len(text) <= 160 else -(-len(text) // 153))

    def _accept(self, members: Sequence[Message], turns: Sequence[Turn]) -> Sequence[Verdict]:
        sms_id, at = turns[0].name, turns[0].at
        price = self._price(members[0].text) * len(members)
        sent = [
            (
                member.msisdn,
                turn.settles_at,
                turn.subscriber.network,
                not turn.undelivered and not self._bad(turn),
            )
            for member, turn in zip(members, turns, strict=True)
        ]
        self._balance -= price
        self._sent.put(sms_id, _Sent(sent, price), at)
        if members[0].key:
            self._taken.put(members[0].key, sms_id, at)
        return [Verdict("100", _accepted(sms_id), accepted=True, reference=sms_id)] * len(members)

    async def _send_status(self, request: Request) -> Reply:
        found = self._look_up(request)
        if isinstance(found, int):
            return json_reply({"CodeResponse": str(found), "ErrorMessage": _WORDS[found]})
        ends = [good for _, at, _, good in found.members if at <= request.arrived]
        figures = {
            "SMSID": request.fields()["RefId"],
            "SendFailed": ends.count(False),
            "SendStatus": 5 if len(ends) == len(found.members) else 7,
            "SendSuccess": ends.count(True),
            "TotalPrice": found.price,
            "TotalReceiver": len(found.members),
            "TotalSent": len(ends),
        }
        return json_reply({"CodeResponse": "100", **figures})

    async def _receiver_status(self, request: Request) -> Reply:
        found = self._look_up(request)
        if isinstance(found, int):
            return json_reply({"CodeResult": str(found), "ErrorMessage": _WORDS[found]})
        receivers = [
            {
                "IsSent": at <= request.arrived,
                "NetworkName": NETWORK_NAMES.get(network, ""),
                "Phone": f"0{msisdn[2:]}",
                "Retry": 0,
                "SentResult": at <= request.arrived and good,
            }
            for msisdn, at, network, good in found.members
        ]
        return json_reply({"CodeResult": "100", "ReceiverList": receivers})

    def _look_up(self, request: Request) -> _Sent | int:
        self.stage.ledger.query(self.stage.name)
        query = request.fields()
        if not self._authorized(query):
            return 101
        return self._sent.get(query.get("RefId", ""), request.arrived) or 105


def _msisdn(phone: str) -> str:
    return f"84{phone[1:]}" if phone.startswith("0") else phone


def _accepted(sms_id: str) -> Reply:
    return json_reply({"CodeResult": "100", "CountRegenerate": 0, "SMSID": sms_id})


def _refuse(code: int, sms_id: str = "") -> Verdict:
    body = {"CodeResult": str(code), "CountRegenerate": 0, "ErrorMessage": _WORDS.get(code, "")}
    return Verdict(str(code), json_reply({**body, "SMSID": sms_id} if sms_id else body))


DIALECT = EsmsAdsConfig
