"""FPT's gateway, customer-care SMS over JSON (wire-formats.md 3.3)."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from outreach.simulator.faults import Faults, roll
from outreach.simulator.numbers import TITLES, international, is_msisdn
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply, strings

_DUPLICATE_S = 300
_MAX_REQUEST_ID = 100
_KEPT_S = 86_400
_SLOW_DOWN = Reply(b"Too Many Requests", 429, b"text/plain")  # no code for it is public
_OURS = 2599  # for what must have a code whose number is not public

MESSAGES = {
    1008: "Client credentials are wrong",
    1011: "Access token is invalid",
    1013: "Access token is expired",
    2501: "Request is duplicated",
    2513: "Brandname is not declared",
    2518: "Message does not match a template",
    2519: "Message contains a banned keyword",
    _OURS: "Request was refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FptConfig:
    """An account at FPT; every credential is invented.

    `refusal_status` is HTTP's with a refusal: clients read codes out of a 200 and out of a 400.
    """

    name: str = "fpt"
    faults: Faults | None = None
    client_id: str = "sim-fpt-client-id"
    client_secret: str = "sim-fpt-client-secret"  # noqa: S105 - invented
    scope: str = "send_brandname_otp"
    brandname: str = "SIM-CITY"
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    token_s: int = 3600
    refusal_status: int = 200

    def build(self, stage: Stage) -> "Fpt":
        """Set the dialect on its stage."""
        return Fpt(self, stage)


class Fpt(Dialect):
    """One number a call; a token is good only with the session_id it was asked with."""

    def __init__(self, config: FptConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._texts = Registry(config.templates, config.banned)
        self._taken: Recent[int] = Recent(_DUPLICATE_S)
        self._granted = 0
        self._sessions: Recent[tuple[str, float]] = Recent(_KEPT_S)  # session_id, end of life

    def routes(self) -> Routes:
        """The paths of the gateway, and one that lets every token expire."""
        at = f"/{self.stage.name}"
        return {
            ("POST", f"{at}/oauth2/token"): self._token,
            ("POST", f"{at}/api/push-brandname-otp"): self._send,
            ("POST", f"{at}/control/expire"): self._expire,
        }

    async def _token(self, request: Request) -> Reply:
        body, config = strings(request.json() or {}), self._config
        credentials = (body.get("client_id"), body.get("client_secret"), body.get("scope"))
        if credentials != (config.client_id, config.client_secret, config.scope):
            verdict = self._refuse(1008)
        elif body.get("grant_type") != "client_credentials" or not body.get("session_id"):
            verdict = self._refuse(_OURS)
        else:
            verdict = Verdict("0", self._grant(body["session_id"], request.arrived))
        return self.stage.answered(request, "oauth2/token", "", verdict)

    def _grant(self, session: str, at: float) -> Reply:
        self._granted += 1
        stem = roll(self.stage.seed, self.stage.name, "token", str(self._granted)).name
        token = f"sim-access-{stem}"
        self._sessions.put(token, (session, at + self._config.token_s), at)
        return json_reply(
            {
                "access_token": token,
                "expires_in": self._config.token_s,
                "token_type": "Bearer",
                "scope": self._config.scope,
            }
        )

    def expire(self) -> None:
        """Forget every token at once."""
        self._sessions = Recent(_KEPT_S)

    async def _expire(self, _request: Request) -> Reply:
        self.expire()
        return json_reply({"expired": True})

    async def _send(self, request: Request) -> Reply:
        form = strings(request.json() or {})
        bearer = request.header(b"authorization").removeprefix("Bearer ")
        token = form.get("access_token") or bearer
        message = Message(
            key=form.get("RequestId", ""),
            msisdn=international(form.get("Phone", "")),
            text=_text(form.get("Message", "")),
        )
        return await self.stage.play(
            request, message, lambda t: self._judge(token, form, message, t)
        )

    def _judge(self, token: str, form: Mapping[str, str], message: Message, turn: Turn) -> Verdict:
        if stale := self._stale(token, form, turn.at):
            return self._refuse(stale)
        if turn.faults.forced_code:
            return self._refuse(int(turn.faults.forced_code))
        if turn.throttled:
            return Verdict("429", _SLOW_DOWN)
        if code := self._form_fault(form, message, turn):
            return self._refuse(code)
        if turn.before(self._taken, message.key) is not None:
            return self._refuse(2501)
        return self._accept(form, message, turn)

    def _stale(self, token: str, form: Mapping[str, str], at: float) -> int:
        """Say what is wrong with a token; without a session_id it is taken in a header only."""
        session, end = self._sessions.get(token, at) or ("", 0.0)
        bare = "session_id" not in form and "access_token" not in form
        if not session or not (bare or form.get("session_id") == session):
            return 1011
        return 0 if at < end else 1013

    def _form_fault(self, form: Mapping[str, str], message: Message, turn: Turn) -> int:
        if form.get("BrandName") != self._config.brandname:
            return 2513
        refused = turn.refused or turn.subscriber.blocked
        known = 0 < len(message.key) <= _MAX_REQUEST_ID
        if refused or not is_msisdn(message.msisdn) or not known:
            return _OURS
        if not message.text or not self._texts.knows(message.text):
            return 2518
        return 2519 if self._texts.bans(message.text) else 0

    def _accept(self, form: Mapping[str, str], message: Message, turn: Turn) -> Verdict:
        number = int(turn.name[:13], 16)
        self._taken.put(message.key, number, turn.at)
        body = {
            "MessageId": number,
            "BrandName": self._config.brandname,
            "Phone": message.msisdn,
            "Message": form["Message"],
            "PartnerId": "sim-fpt-partner",
            "Telco": TITLES[turn.subscriber.network],
        }
        return Verdict("0", json_reply(body), accepted=True, reference=str(number))

    def _refuse(self, code: int) -> Verdict:
        body = {"error": code, "error_description": MESSAGES.get(code, "Error")}
        return Verdict(str(code), json_reply(body, self._config.refusal_status))


def _text(message: str) -> str:
    """Read the words out of base64; empty where it is none."""
    try:
        return b64decode(message, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


DIALECT = FptConfig
