"""Zalo ZBS template messages to user ids (wire-formats.md 1.4), and what was shut down beside it.

The official account is that of a phone account (`oa`): its access tokens are good here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.stage import Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, strings
from outreach.simulator.zalo_oa import TEMPLATES, OfficialAccount, refusal, success, words
from outreach.simulator.zalo_oauth import tokens_of

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
    daily_quota: int = 10_000_000
    callback: str | None = None

    def build(self, stage: Stage) -> "ZaloUid":
        """Set the dialect on its stage."""
        return ZaloUid(self, stage)


class ZaloUid(OfficialAccount):
    """No id of the sender's is taken, only Zalo's own comes back."""

    def __init__(self, config: ZaloUidConfig, stage: Stage) -> None:
        super().__init__(config, stage)
        self._oa = config.oa

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
        user = strings(body).get("user_id", "")
        message = Message("", user.removeprefix(_USER), words(body))
        return await self.stage.play(
            request, message, lambda t: self._judge(request, body, user, t)
        )

    def _judge(
        self, request: Request, body: Mapping[str, object], user: str, turn: Turn
    ) -> Verdict:
        known = user.startswith(_USER) and is_msisdn(user.removeprefix(_USER))
        code = (
            (0 if tokens_of(self.stage, self._oa).valid(request) else -216)
            or turn.planned(-32)
            or (0 if known else -201)
            or self.template_fault(body)
            or (0 if self.remaining(turn.at) else -211)
            or _PERSONS.get(turn.subscriber.zalo, 0)
            or (-213 if turn.refused else 0)
        )
        return refusal(code, MESSAGES) if code else self._accept(user, turn)

    def _accept(self, user: str, turn: Turn) -> Verdict:
        said = success(
            {
                "message_id": turn.name,
                "user_id": user,
                "sent_time": str(int(turn.at * 1000)),
                "quota": {"quota_type": "purchase_quota", "remain": self.spend(turn.at)},
            }
        )
        receipt = None
        if not turn.undelivered:
            number = user.removeprefix(_USER)
            receipt = self.webhook.delivered(turn.name, turn.settles_at, number, user=user)
        return said._replace(accepted=True, reference=turn.name, receipt=receipt)

    async def _shut(self, request: Request) -> Reply:
        what = request.path.rpartition("/")[2]
        return self.stage.answered(request, what, "", refusal(-240, MESSAGES))


DIALECT = ZaloUidConfig
