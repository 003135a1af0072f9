"""Zalo ZBS template messages to phone numbers (wire-formats.md 1.2 to 1.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import orjson

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.postman import Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, json_reply
from outreach.simulator.zalo_oauth import Tokens
from outreach.simulator.zalo_webhook import Webhook

_VIETNAM = timezone(timedelta(hours=7))
_DAY_S = 86_400
_MAX_TRACKING_ID = 48

MESSAGES = {
    -32: "Request limit of the application exceeded",
    -100: "Unknown exception, please try again",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -111: "Template data is empty",
    -112: "Template data type is not defined",
    -1121: "Template data parameter exceeds its length",
    -1122: "Template data is missing a parameter",
    -114: "User can not receive the message",
    -118: "Zalo account does not exist or is deactivated",
    -119: "Account can not receive the message",
    -121: "Body is empty",
    -122: "Body format is invalid",
    -124: "Access token is invalid",
    -127: "Test template can only be sent to administrators",
    -132: "Parameter is invalid",
    -133: "Messages of this kind are not allowed at night",
    -139: "User refused to receive this type of message",
    -141: "User refused to receive messages from the official account",
    -144: "Official account exceeded its daily quota",
}


TEMPLATES: Mapping[str, Mapping[str, int]] = {
    "sim-template-1": {"name": 30, "code": 30},
    "sim-install-guide": {"customer_name": 30, "hotline": 15},
    "sim-deadline-reminder": {"customer_name": 30, "deadline": 20, "hotline": 15},
    "sim-no-smartphone": {"customer_name": 30, "hotline": 15},
    "sim-awaiting-approval": {"customer_name": 30, "hotline": 15},
    "sim-pensioner-by-relative": {"pensioner_name": 30, "persons": 20, "hotline": 15},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloConfig:
    """An official account; every credential is invented.

    `templates` maps a template id to its parameters and their greatest lengths in characters.
    `night` is (22, 6) to answer -133 in those hours of Viet Nam; None leaves the night open.
    `callback` is the webhook's URL; it can be set later by `Zalo.callback` or over HTTP.
    """

    name: str = "zalo"
    faults: Faults | None = None
    app_id: str = "sim-zalo-app"
    app_secret: str = "sim-zalo-app-secret"  # noqa: S105 - invented
    oa_id: str = "sim-zalo-oa"
    webhook_secret: str = "sim-zalo-webhook-secret"  # noqa: S105 - invented
    access_token: str = "sim-zalo-access-0"  # noqa: S105 - the one in force at the start
    refresh_token: str = "sim-zalo-refresh-0"  # noqa: S105 - the one in force at the start
    authorization_code: str = "sim-zalo-code"  # good once, as after a human's consent
    access_token_s: int = 90_000
    expired_status: int = 200  # some report HTTP 401 for an expired token
    refresh_ms: float = 20.0
    templates: Mapping[str, Mapping[str, int]] = field(default_factory=lambda: TEMPLATES)
    daily_quota: int = 500_000
    night: tuple[int, int] | None = None
    callback: str | None = None

    def build(self, stage: Stage) -> "Zalo":
        """Set the dialect on its stage."""
        return Zalo(self, stage)


class Zalo(Dialect):
    """The phone channel: HTTP 200 on every error, ids and quotas as strings."""

    def __init__(self, config: ZaloConfig, stage: Stage) -> None:
        self.stage = stage
        self.tokens = Tokens(config, stage)
        self.webhook = Webhook(config, stage)
        self._config = config
        self._sent: Recent[tuple[float, bool]] = Recent(7 * _DAY_S)  # settles at, delivered
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
        """Zalo's three hosts stand under one prefix here."""
        at = f"/{self.stage.name}"
        return {
            ("POST", f"{at}/oauth/v4/oa/access_token"): self.tokens.exchange,
            ("POST", f"{at}/message/template"): self._send,
            ("GET", f"{at}/message/status"): self._status,
            ("GET", f"{at}/message/quota"): self._quota,
            ("POST", f"{at}/control/expire"): self._expire,
            **self.webhook.routes(at),
        }

    async def _send(self, request: Request) -> Reply:
        parsed = request.json()
        body = parsed or {}
        message = Message(
            key=str(body.get("tracking_id", "")),
            msisdn=str(body.get("phone", "")),
            text=template_text(body),
        )
        return await self.stage.play(request, message, lambda t: self._judge(request, parsed, t))

    def _judge(self, request: Request, body: dict[str, object] | None, turn: Turn) -> Verdict:
        if not self.tokens.valid(request):
            return _refuse(-124, self._config.expired_status)
        if body is None:
            return _refuse(-122 if request.body else -121)
        code = self._fault(body, turn)
        return _refuse(code) if code else self._accept(body, turn)

    def _fault(self, body: Mapping[str, object], turn: Turn) -> int:
        if turn.faults.forced_code:
            return int(turn.faults.forced_code)
        if turn.throttled:
            return -32  # of the OA API; what ZBS answers is not documented
        return (
            self._form_fault(body)
            or self._time_fault(turn.at)
            or turn.subscriber.zalo
            or (-114 if turn.refused else 0)
        )

    def _form_fault(self, body: Mapping[str, object]) -> int:
        if not is_msisdn(str(body.get("phone"))):
            return -108
        params = self._config.templates.get(str(body.get("template_id")))
        if params is None:
            return -109
        tracking_id = body.get("tracking_id")
        if not isinstance(tracking_id, str) or not 0 < len(tracking_id) <= _MAX_TRACKING_ID:
            return -132
        if body.get("mode") == "development":
            return -127
        return data_fault(body.get("template_data"), params)

    def _time_fault(self, at: float) -> int:
        hour = datetime.fromtimestamp(at, _VIETNAM).hour if self._config.night else 0
        if self._config.night and (hour >= self._config.night[0] or hour < self._config.night[1]):
            return -133
        return 0 if self._remaining(at) else -144

    def _remaining(self, at: float) -> int:
        day = str(datetime.fromtimestamp(at, _VIETNAM).date())
        if day != self._quota_day:
            self._quota_day, self._used = day, 0
        return self._config.daily_quota - self._used

    def _accept(self, body: Mapping[str, object], turn: Turn) -> Verdict:
        self._used += 1
        self._sent.put(turn.name, (turn.settles_at, not turn.undelivered), turn.at)
        data = {
            "msg_id": turn.name,
            "sent_time": str(int(turn.at * 1000)),
            "sending_mode": body.get("sending_mode"),
            "quota": {
                "dailyQuota": str(self._config.daily_quota),
                "remainingQuota": str(self._config.daily_quota - self._used),
            },
        }
        reply = json_reply({"error": 0, "message": "Success", "data": data})
        receipt = None if turn.undelivered else self._receipt(body, turn)
        return Verdict("0", reply, accepted=True, reference=turn.name, receipt=receipt)

    def _receipt(self, body: Mapping[str, object], turn: Turn) -> Receipt | None:
        return self.webhook.delivered(
            turn.name, turn.settles_at, str(body["phone"]), str(body["tracking_id"])
        )

    async def _status(self, request: Request) -> Reply:
        self.stage.ledger.query(self.stage.name)
        if not self.tokens.valid(request):
            return _error(-124, self._config.expired_status)
        sent = self._sent.get(request.fields().get("message_id", ""), request.arrived)
        status, told, when = -1, "The message does not exist", ""
        if sent is not None:
            status, told = 0, "The message was pushed to the Zalo server"
            if sent[1] and sent[0] <= request.arrived:
                status, told, when = 1, "The message was delivered", str(int(sent[0] * 1000))
        data = {"delivery_time": when, "message": told, "status": status}
        return json_reply({"error": 0, "message": "Success", "data": data})

    async def _quota(self, request: Request) -> Reply:
        self.stage.ledger.query(self.stage.name)
        if not self.tokens.valid(request):
            return _error(-124, self._config.expired_status)
        names = ("dailyQuotaPromotion", "remainingQuotaPromotion", "monthlyPromotionQuota")
        more = ("remainingMonthlyPromotionQuota", "estimatedNextMonthPromotionQuota")
        data = {
            "dailyQuota": self._config.daily_quota,
            "remainingQuota": self._remaining(request.arrived),
            **dict.fromkeys((*names, *more), 0),
        }
        return json_reply({"error": 0, "message": "Success", "data": data})

    async def _expire(self, _request: Request) -> Reply:
        self.tokens.expire()
        return json_reply({"expired": True})


def _error(code: int, status: int = 200) -> Reply:
    return json_reply({"error": code, "message": MESSAGES.get(code, "Error")}, status)


def _refuse(code: int, status: int = 200) -> Verdict:
    return Verdict(str(code), _error(code, status))


def template_text(body: Mapping[str, object]) -> str:
    """Stand for what the recipient would read: the template and its data."""
    content = [body.get("template_id"), body.get("template_data")]
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def data_fault(data: object, params: Mapping[str, int]) -> int:
    """Compare template data with what was declared; decomposed letters count as they come."""
    if not data:
        return -111
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        return -112
    if params.keys() - data.keys():
        return -1122
    if data.keys() - params.keys():
        return -112
    return -1121 if any(len(data[name]) > most for name, most in params.items()) else 0


DIALECT = ZaloConfig
