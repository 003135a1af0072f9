"""Zalo ZBS template messages to phone numbers (wire-formats.md 1.2 to 1.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.simulator.faults import Faults
from outreach.simulator.hours import at_night
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, json_reply, strings
from outreach.simulator.zalo_oa import TEMPLATES, OfficialAccount, refusal, success, words
from outreach.simulator.zalo_oauth import Tokens

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
    -161: "Official account may not send over its quota",
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
    daily_quota: int = 10_000_000  # a city in a day
    night: tuple[int, int] | None = None
    callback: str | None = None

    def build(self, stage: Stage) -> "Zalo":
        """Set the dialect on its stage."""
        return Zalo(self, stage)


class Zalo(OfficialAccount):
    """The phone channel."""

    def __init__(self, config: ZaloConfig, stage: Stage) -> None:
        super().__init__(config, stage)
        self.tokens = Tokens(config, stage)
        self._config = config
        self._sent: Recent[tuple[float, bool]] = Recent(7 * _DAY_S)  # settles at, delivered

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
        told = request.json()
        body = told or {}
        form = strings(body)
        message = Message(form.get("tracking_id", ""), form.get("phone", ""), words(body))
        return await self.stage.play(
            request, message, lambda t: self._judge(request, told, message, t)
        )

    def _judge(
        self, request: Request, body: Mapping[str, object] | None, message: Message, turn: Turn
    ) -> Verdict:
        if not self.tokens.valid(request):
            return self._refuse(-124)
        if body is None:
            return self._refuse(-122 if request.body else -121)
        code = (
            turn.planned(-32)  # of the OA API; what ZBS answers is not documented
            or _form_fault(body, message)
            or self.template_fault(body)
            or (-133 if at_night(turn.at, self._config.night) else 0)
            or (0 if self.remaining(turn.at) else -144)
            or turn.subscriber.zalo
            or (-114 if turn.refused else 0)
        )
        return self._refuse(code) if code else self._accept(body, message, turn)

    def _accept(self, body: Mapping[str, object], message: Message, turn: Turn) -> Verdict:
        self._sent.put(turn.name, (turn.settles_at, not turn.undelivered), turn.at)
        quota = {"dailyQuota": str(self._config.daily_quota), "remainingQuota": self.spend(turn.at)}
        said = success(
            {
                "msg_id": turn.name,
                "sent_time": str(int(turn.at * 1000)),
                "sending_mode": body.get("sending_mode"),
                "quota": quota,
            }
        )
        receipt = None
        if not turn.undelivered:
            known = (message.msisdn, message.key)
            receipt = self.webhook.delivered(turn.name, turn.settles_at, *known)
        return said._replace(accepted=True, reference=turn.name, receipt=receipt)

    async def _status(self, request: Request) -> Reply:
        msg_id = request.fields().get("message_id", "")
        sent = self._sent.get(msg_id, request.arrived)
        status, told, when = -1, "The message does not exist", ""
        if sent is not None:
            status, told = 0, "The message was pushed to the Zalo server"
            if sent[1] and sent[0] <= request.arrived:
                status, told, when = 1, "The message was delivered", str(int(sent[0] * 1000))
        data = {"delivery_time": when, "message": told, "status": status}
        return self._tell(request, "message/status", msg_id, data)

    async def _quota(self, request: Request) -> Reply:
        names = ("dailyQuotaPromotion", "remainingQuotaPromotion", "monthlyPromotionQuota")
        more = ("remainingMonthlyPromotionQuota", "estimatedNextMonthPromotionQuota")
        data = {
            "dailyQuota": self._config.daily_quota,
            "remainingQuota": self.remaining(request.arrived),
            **dict.fromkeys((*names, *more), 0),
        }
        return self._tell(request, "message/quota", "", data)

    def _tell(self, request: Request, what: str, about: str, data: Mapping[str, object]) -> Reply:
        """Answer a query of one who may ask."""
        verdict = success(data) if self.tokens.valid(request) else self._refuse(-124)
        return self.stage.answered(request, what, about, verdict)

    async def _expire(self, _request: Request) -> Reply:
        self.tokens.expire()
        return json_reply({"expired": True})

    def _refuse(self, code: int) -> Verdict:
        return refusal(code, MESSAGES, self._config.expired_status if code == -124 else 200)


def _form_fault(body: Mapping[str, object], message: Message) -> int:
    if not is_msisdn(message.msisdn):
        return -108
    if not 0 < len(message.key) <= _MAX_TRACKING_ID:
        return -132
    if (mode := body.get("sending_mode", "1")) != "1":
        return -161 if mode == "3" else -132  # no account here is on the list for 3
    if "mode" in body:
        return -127 if body["mode"] == "development" else -132
    return 0


DIALECT = ZaloConfig
