"""VietGuys, brandname SMS by form or query (wire-formats.md 3.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from yarl import URL

from outreach.simulator.faults import Faults
from outreach.simulator.hours import Daily
from outreach.simulator.numbers import TITLES, international, is_msisdn
from outreach.simulator.postman import FORM, JSON, LADDER_S, PATIENCE_S, Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply

_DUPLICATE_S = 60
_LONGEST = 459
_PLAIN, _ACCENTED = "0", "8"
_REQUIRED = ("u", "pwd", "from", "phone", "sms", "type")

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
    callback_timeout_s: float = PATIENCE_S
    callback_ladder_s: tuple[float, ...] = LADDER_S

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
        self._sent = Daily()  # by number

    def routes(self) -> Routes:
        """The one path, which takes a form or a query."""
        path = f"/{self.stage.name}/api/index.php"
        return {("POST", path): self._send, ("GET", path): self._send}

    async def _send(self, request: Request) -> Reply:
        form = request.parameters()
        number = international(form.get("phone", ""))
        message = Message(form.get("bid", ""), number, form.get("sms", ""))
        return await self.stage.play(request, message, lambda t: self._judge(form, message, t))

    def _judge(self, form: Mapping[str, str], message: Message, turn: Turn) -> Verdict:
        code = (
            (0 if all(form.get(name) for name in _REQUIRED) else -1)
            or self._login_fault(form)
            or turn.planned(-2)
            or self._form_fault(form, message)
            or self._route_fault(form, message, turn)
            or (-16 if turn.before(self._taken, message.key) else 0)
        )
        verdict = _refuse(code, turn) if code else self._accept(message, turn)
        return verdict if form.get("json") == "1" else verdict._replace(reply=_bare(verdict.code))

    def _login_fault(self, form: Mapping[str, str]) -> int:
        if form["u"] != self._config.user:
            return -3
        return 0 if form["pwd"] == self._config.password else -5

    def _form_fault(self, form: Mapping[str, str], message: Message) -> int:
        if form["from"] != self._config.brandname:
            return -8
        if form["type"] not in {_PLAIN, _ACCENTED}:
            return -1
        if len(message.text) > _LONGEST:
            return -14
        return 0 if is_msisdn(message.msisdn) else -10

    def _route_fault(self, form: Mapping[str, str], message: Message, turn: Turn) -> int:
        if turn.refused:
            return -10
        if turn.subscriber.blocked:
            return -11
        if turn.subscriber.network not in self._config.registered:
            return -22
        if self._texts.bans(message.text):
            return -18
        if not self._texts.knows(message.text, accented=form["type"] == _ACCENTED):
            return -20
        return self._spent(message.msisdn, turn.at)

    def _spent(self, msisdn: str, at: float) -> int:
        """Say which allowance is used up."""
        if self._left <= 0:
            return -9
        sent = self._sent.on(at)
        if self._config.daily and sent.total() >= self._config.daily:
            return -17
        most = self._config.daily_number
        return -19 if most and sent[msisdn] >= most else 0

    def _accept(self, message: Message, turn: Turn) -> Verdict:
        self._left -= 1
        if self._config.daily or self._config.daily_number:
            self._sent.on(turn.at)[message.msisdn] += 1
        self._taken.put(message.key, turn.name, turn.at)
        carrier = TITLES[turn.subscriber.network]
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
        return Receipt(
            self.stage.name,
            message.key,
            message.msisdn,
            turn.name,
            URL(self._config.callback),
            orjson.dumps({"data": data}) if as_json else urlencode(spelt).encode(),
            JSON if as_json else FORM,
            ladder=self._config.callback_ladder_s,
            timeout_s=self._config.callback_timeout_s,
        )


def _refuse(code: int, turn: Turn) -> Verdict:
    body = {"error": code, "msgid": "", "log": MESSAGES.get(code, "Error")}
    if carrier := TITLES.get(turn.subscriber.network):
        body["carrier"] = carrier
    return Verdict(str(code), json_reply(body))


def _bare(code: str) -> Reply:
    """Answer who did not ask for JSON; how is not documented, only that json=1 asks for it."""
    return Reply(code.encode(), content_type=b"text/plain")


DIALECT = VietGuysConfig
