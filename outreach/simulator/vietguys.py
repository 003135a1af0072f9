"""VietGuys, brandname SMS by form or query (wire-formats.md 3.4)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

import orjson
from yarl import URL

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.postman import Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply

_VIETNAM = timezone(timedelta(hours=7))
_DUPLICATE_S = 60
_LONGEST = 459
_TYPES = ("0", "8")
CARRIERS = {
    "VT": "Viettel",
    "MB": "MobiFone",
    "VN": "VinaPhone",
    "VM": "Vietnamobile",
    "GT": "Gmobile",
    "IT": "iTel",
    "RD": "Wintel",
}

MESSAGES = {
    -1: "Parameter is missing",
    -2: "Server is busy",
    -3: "Account does not exist",
    -5: "User or password is wrong",
    -8: "Brandname is wrong",
    -9: "Not enough credits",
    -10: "Phone is invalid",
    -11: "Phone is on the refusal list",
    -14: "Longer than 459 characters",
    -16: "Duplicate within 1 minute",
    -17: "Daily limit of the account",
    -18: "Advertising keyword",
    -19: "Daily limit of the number",
    -20: "Template does not match",
    -22: "Number is ported or its network is not set up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VietGuysConfig:
    """An account at VietGuys; every credential is invented, prices in credits.

    `registered` holds the networks of the brandname: VT, MB, VN, VM, GT, IT, RD. `daily` and
    `daily_number` bound a day of Viet Nam; 0 does not. `callback` is where reports are posted, as
    `callback_form` json or form: documents show neither; waits between retries are guesses too.
    """

    name: str = "vietguys"
    faults: Faults | None = None
    user: str = "sim-vietguys-user"
    password: str = "sim-vietguys-password"  # noqa: S105 - invented
    brandname: str = "SIM-CITY"
    registered: tuple[str, ...] = ("VT", "MB", "VN", "VM", "GT", "IT", "RD")
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    credits: int = 1_000_000_000
    daily: int = 0
    daily_number: int = 0
    callback: str | None = None
    callback_form: str = "json"
    callback_timeout_s: float = 5.0
    callback_ladder_s: tuple[float, ...] = (5.0, 30.0, 300.0)

    def build(self, stage: Stage) -> "VietGuys":
        """Set the dialect on its stage."""
        return VietGuys(self, stage)


class VietGuys(Dialect):
    """One number a call; error 0 means received, the report says the rest."""

    def __init__(self, config: VietGuysConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._texts = Registry(config.templates, config.banned)
        self._taken: Recent[str] = Recent(_DUPLICATE_S)
        self._left = config.credits
        self._today = ""
        self._sent: Counter[str] = Counter()  # today, by number

    def routes(self) -> Routes:
        """The one path, which takes a form or a query."""
        path = f"/{self.stage.name}/api/index.php"
        return {("POST", path): self._send, ("GET", path): self._send}

    async def _send(self, request: Request) -> Reply:
        form = request.form() if request.method == "POST" else request.fields()
        message = Message(
            key=form.get("bid", ""), msisdn=_msisdn(form.get("phone", "")), text=form.get("sms", "")
        )
        return await self.stage.play(request, message, lambda t: self._judge(form, message, t))

    def _judge(self, form: Mapping[str, str], message: Message, turn: Turn) -> Verdict:
        code = (
            self._login_fault(form)
            or int(turn.faults.forced_code or 0)
            or (-2 if turn.throttled else 0)
            or self._form_fault(form, message)
            or self._route_fault(message, turn)
        )
        if code:
            return _refuse(code, CARRIERS.get(turn.subscriber.network, ""))
        if message.key and turn.faults.refuse_duplicates:
            if self._taken.get(message.key, turn.at) is not None:
                return _refuse(-16)
            self._taken.put(message.key, turn.name, turn.at)
        return self._accept(message, turn)

    def _login_fault(self, form: Mapping[str, str]) -> int:
        if form.get("u") != self._config.user:
            return -3
        return 0 if form.get("pwd") == self._config.password else -5

    def _form_fault(self, form: Mapping[str, str], message: Message) -> int:
        if form.get("from") != self._config.brandname:
            return -8
        if not message.text or form.get("type") not in _TYPES:
            return -1
        if len(message.text) > _LONGEST:
            return -14
        return 0 if is_msisdn(message.msisdn) else -10

    def _route_fault(self, message: Message, turn: Turn) -> int:
        if turn.refused:
            return -10
        if turn.subscriber.blocked:
            return -11
        if turn.subscriber.network not in self._config.registered:
            return -22
        if self._texts.bans(message.text):
            return -18
        if not self._texts.knows(message.text):
            return -20
        return self._spent(message.msisdn, turn.at)

    def _spent(self, msisdn: str, at: float) -> int:
        """Say which allowance is used up."""
        if self._left <= 0:
            return -9
        day = str(datetime.fromtimestamp(at, _VIETNAM).date())
        if day != self._today:
            self._today, self._sent = day, Counter()
        if self._config.daily and self._sent.total() >= self._config.daily:
            return -17
        most = self._config.daily_number
        return -19 if most and self._sent[msisdn] >= most else 0

    def _accept(self, message: Message, turn: Turn) -> Verdict:
        self._left -= 1
        if self._config.daily or self._config.daily_number:
            self._sent[message.msisdn] += 1
        carrier = CARRIERS[turn.subscriber.network]
        return Verdict(
            "0",
            json_reply({"error": 0, "msgid": turn.name, "log": "ok", "carrier": carrier}),
            accepted=True,
            reference=turn.name,
            receipt=self._report(message, turn),
        )

    def _report(self, message: Message, turn: Turn) -> Receipt | None:
        if self._config.callback is None:
            return None
        data = {"message_id": turn.name, "status": "fail" if turn.undelivered else "delivered"}
        as_json = self._config.callback_form == "json"
        spelt = {f"data[{name}]": value for name, value in data.items()}
        body = orjson.dumps({"data": data}) if as_json else urlencode(spelt).encode()
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        return Receipt(
            dialect=self.stage.name,
            key=message.key,
            msisdn=message.msisdn,
            reference=turn.name,
            url=URL(self._config.callback),
            body=body,
            headers={"Content-Type": kind},
            ladder=self._config.callback_ladder_s,
            only_timeouts=False,
            timeout_s=self._config.callback_timeout_s,
        )


def _msisdn(phone: str) -> str:
    return f"84{phone[1:]}" if phone.startswith("0") else phone


def _refuse(code: int, carrier: str = "") -> Verdict:
    body = {"error": code, "msgid": "", "log": MESSAGES.get(code, "Error")}
    if carrier:
        body["carrier"] = carrier
    return Verdict(str(code), json_reply(body))


DIALECT = VietGuysConfig
