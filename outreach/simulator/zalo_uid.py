"""Zalo ZBS template messages to user ids (wire-formats.md 1.4), and what was shut down beside it.

The official account is that of a phone account (`oa`): its access tokens are good here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, json_reply
from outreach.simulator.zalo import TEMPLATES, data_fault, template_text
from outreach.simulator.zalo_oauth import tokens_of
from outreach.simulator.zalo_webhook import Webhook

_VIETNAM = timezone(timedelta(hours=7))
_USER = "70000000"
"""What the ids of this rehearsal's users begin with; the number follows."""
_PERSONS = {-118: -227, -119: -213, -139: -244, -141: -217}
"""What the phone channel says of a number, and what this one says of its user."""

MESSAGES = {
    -32: "Request limit of the application exceeded",
    -109: "Template id is invalid",
    -201: "Parameter is invalid",
    -211: "Quota of the official account is used up",
    -213: "User has not followed the official account",
    -216: "Access token is invalid",
    -217: "User blocked invitations",
    -227: "User is banned or inactive for more than 45 days",
    -240: "This API version is shut down",
    -244: "User restricted this type of message",
}


def user_id(msisdn: str) -> str:
    """Return the id by which this rehearsal's official account knows a number's owner."""
    return f"{_USER}{msisdn}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloUidConfig:
    """The UID channel of the official account that the phone account `oa` belongs to.

    `templates` as in ZaloConfig. `callback` is the webhook's URL.
    """

    name: str = "zalo_uid"
    faults: Faults | None = None
    oa: str = "zalo"
    app_id: str = "sim-zalo-app"
    oa_id: str = "sim-zalo-oa"
    webhook_secret: str = "sim-zalo-webhook-secret"  # noqa: S105 - invented
    templates: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: TEMPLATES)
    daily_quota: int = 500_000
    callback: str | None = None

    def build(self, stage: Stage) -> "ZaloUid":
        """Set the dialect on its stage."""
        return ZaloUid(self, stage)


class ZaloUid(Dialect):
    """HTTP 200 on every error; no id of the sender's is taken, only Zalo's own comes back."""

    def __init__(self, config: ZaloUidConfig, stage: Stage) -> None:
        self.stage = stage
        self.webhook = Webhook(config, stage)
        self._config = config
        self._quota_day = ""
        self._used = 0

    @property
    def callback(self) -> str | None:
        """The URL that events are posted to."""
        return self.webhook.url

    @callback.setter
    def callback(self, url: str | None) -> None:
        self.webhook.url = url

    def routes(self) -> Routes:
        """The messages of before 2026-03 answer that they are no more."""
        at = f"/{self.stage.name}"
        return {
            ("POST", f"{at}/v3.0/oa/message/template"): self._send,
            ("POST", f"{at}/v3.0/oa/message/transaction"): self._shut,
            ("POST", f"{at}/v3.0/oa/message/promotion"): self._shut,
            **self.webhook.routes(at),
        }

    async def _send(self, request: Request) -> Reply:
        body = request.json() or {}
        number = str(body.get("user_id", "")).removeprefix(_USER)
        message = Message(key="", msisdn=number, text=template_text(body))
        return await self.stage.play(request, message, lambda t: self._judge(request, body, t))

    def _judge(self, request: Request, body: Mapping[str, object], turn: Turn) -> Verdict:
        if not tokens_of(self.stage, self._config.oa).valid(request):
            return _refuse(-216)
        code = self._fault(body, turn)
        return _refuse(code) if code else self._accept(body, turn)

    def _fault(self, body: Mapping[str, object], turn: Turn) -> int:
        if turn.faults.forced_code:
            return int(turn.faults.forced_code)
        if turn.throttled:
            return -32
        return (
            self._form_fault(body)
            or (0 if self._remaining(turn.at) else -211)
            or _PERSONS.get(turn.subscriber.zalo, 0)
            or (-213 if turn.refused else 0)
        )

    def _form_fault(self, body: Mapping[str, object]) -> int:
        user = str(body.get("user_id"))
        if not user.startswith(_USER) or not is_msisdn(user.removeprefix(_USER)):
            return -201
        params = self._config.templates.get(str(body.get("template_id")))
        return -109 if params is None else data_fault(body.get("template_data"), params)

    def _remaining(self, at: float) -> int:
        day = str(datetime.fromtimestamp(at, _VIETNAM).date())
        if day != self._quota_day:
            self._quota_day, self._used = day, 0
        return self._config.daily_quota - self._used

    def _accept(self, body: Mapping[str, object], turn: Turn) -> Verdict:
        self._used += 1
        user = str(body["user_id"])
        left = str(self._config.daily_quota - self._used)
        data = {
            "message_id": turn.name,
            "user_id": user,
            "sent_time": str(int(turn.at * 1000)),
            "quota": {"quota_type": "purchase_quota", "remain": left},
        }
        reply = json_reply({"error": 0, "message": "Success", "data": data})
        receipt = None
        if not turn.undelivered:
            number = user.removeprefix(_USER)
            receipt = self.webhook.delivered(turn.name, turn.settles_at, number, user=user)
        return Verdict("0", reply, accepted=True, reference=turn.name, receipt=receipt)

    async def _shut(self, _request: Request) -> Reply:
        self.stage.ledger.query(self.stage.name)
        return _error(-240)


def _error(code: int) -> Reply:
    return json_reply({"error": code, "message": MESSAGES.get(code, "Error")})


def _refuse(code: int) -> Verdict:
    return Verdict(str(code), _error(code))


DIALECT = ZaloUidConfig
