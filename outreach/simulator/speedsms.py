"""SpeedSMS, one text to many numbers a call over JSON (wire-formats.md 3.2)."""

import math
from base64 import b64encode
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from yarl import URL

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import international, is_msisdn
from outreach.simulator.postman import JSON, LADDER_S, PATIENCE_S, Receipt
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, json_reply, strings

_LONGEST = 612
_TYPES = (2, 3, 4, 5, 6)

MESSAGES = {
    "101": "Parameter is invalid or missing",
    "105": "Phone is invalid",
    "113": "Content is too long",
    "300": "Balance is not enough",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedSmsConfig:
    """An account at SpeedSMS; every credential is invented, prices in dong.

    `requests` are taken in any `period_s` seconds, of every kind together; `reset` says whether
    the header of a 429 gives seconds or an epoch: documents do not. `failure` is what a report says
    of what was not delivered: 1 to 63 a passing one, from 64 a final one. `callback` is where
    reports are posted; waits between retries are guesses.
    """

    name: str = "speedsms"
    faults: Faults | None = None
    token: str = "sim-speedsms-token"  # noqa: S105 - invented
    sender: str = "SIM-CITY"
    failure: int = 64
    balance: int = 100_000_000_000
    price: int = 700
    requests: int = 60
    period_s: float = 60.0
    reset: str = "seconds"
    callback: str | None = None
    callback_timeout_s: float = PATIENCE_S
    callback_ladder_s: tuple[float, ...] = LADDER_S

    def build(self, stage: Stage) -> "SpeedSms":
        """Set the dialect on its stage."""
        return SpeedSms(self, stage)


class SpeedSms(Dialect):
    """A list has one tranId and one answer; each of its numbers has a report."""

    def __init__(self, config: SpeedSmsConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        pair = f"{config.token}:x".encode()
        self._login = f"Basic {b64encode(pair).decode()}"
        self._calls: deque[float] = deque()
        self._balance = config.balance

    def routes(self) -> Routes:
        """The paths behind index.php."""
        at = f"/{self.stage.name}"
        return {
            ("POST", f"{at}/sms/send"): self._send,
            ("GET", f"{at}/user/info"): self._info,
        }

    async def _send(self, request: Request) -> Reply:
        body = request.json() or {}
        numbers = body.get("to")
        told = numbers if isinstance(numbers, list) else []
        phones = [international(each) if isinstance(each, str) else "" for each in told]
        text = strings(body).get("content", "")
        members = [Message("", phone, text) for phone in phones or [""]]
        barred = self._barred(request)
        return await self.stage.play_list(
            request,
            members,
            lambda turns: self._judge(barred or self._fault(body, turns[0]), members, turns),
        )

    def _judge(
        self, refused: Verdict | None, members: Sequence[Message], turns: Sequence[Turn]
    ) -> Sequence[Verdict]:
        if refused is not None:
            return [refused] * len(members)
        bad = [_is_bad(member, turn) for member, turn in zip(members, turns, strict=True)]
        good = bad.count(False)
        if not good:
            phones = [member.msisdn for member in members]
            return [_refuse("105", invalidPhone=phones)] * len(members)
        if good * self._config.price > self._balance:
            return [_refuse("300")] * len(members)
        self._balance -= good * self._config.price
        return self._taken(members, turns, bad)

    def _taken(
        self, members: Sequence[Message], turns: Sequence[Turn], bad: Sequence[bool]
    ) -> Sequence[Verdict]:
        """Take what can be taken under the id of the list, and name what cannot."""
        tran_id = int(turns[0].name[:12], 16)
        data = {
            "tranId": tran_id,
            "totalSMS": bad.count(False),
            "totalPrice": bad.count(False) * self._config.price,
            "invalidPhone": [m.msisdn for m, is_bad in zip(members, bad, strict=True) if is_bad],
        }
        reply = json_reply({"status": "success", "code": "00", "data": data})
        return [
            Verdict("105", reply) if is_bad else self._accepted(reply, tran_id, member, turn)
            for member, turn, is_bad in zip(members, turns, bad, strict=True)
        ]

    def _accepted(self, reply: Reply, tran_id: int, member: Message, turn: Turn) -> Verdict:
        report = self._report(tran_id, member, turn)
        return Verdict("00", reply, accepted=True, reference=str(tran_id), receipt=report)

    def _report(self, tran_id: int, member: Message, turn: Turn) -> Receipt | None:
        if self._config.callback is None:
            return None
        status = self._config.failure if turn.undelivered else 0
        body = {"type": "report", "tranId": tran_id, "phone": member.msisdn, "status": status}
        return Receipt(
            self.stage.name,
            member.key,
            member.msisdn,
            str(tran_id),
            URL(self._config.callback),
            orjson.dumps(body),
            JSON,
            ladder=self._config.callback_ladder_s,
            timeout_s=self._config.callback_timeout_s,
        )

    def _fault(self, body: dict[str, object], turn: Turn) -> Verdict | None:
        if turn.faults.forced_code:
            return _refuse(turn.faults.forced_code)
        if turn.throttled:
            return Verdict("429", _slow_down("1"))
        content = body.get("content")
        whole = isinstance(content, str) and content and body.get("sms_type") in _TYPES
        if not whole or body.get("sender") != self._config.sender:
            return _refuse("101")
        return _refuse("113") if len(str(content)) > _LONGEST else None

    async def _info(self, request: Request) -> Reply:
        info = {"email": "sim@city.test", "balance": float(self._balance), "currency": "VND"}
        verdict = self._barred(request) or Verdict("200", json_reply(info))
        return self.stage.answered(request, "user/info", "", verdict)

    def _barred(self, request: Request) -> Verdict | None:
        """Refuse a stranger, or a call too many."""
        if request.header(b"authorization") != self._login:
            return Verdict("401", json_reply({"name": "Unauthorized", "status": 401}, 401))
        calls, period = self._calls, self._config.period_s
        while calls and request.arrived - calls[0] >= period:
            calls.popleft()
        if len(calls) < self._config.requests:
            calls.append(request.arrived)
            return None
        free = calls[0] + period
        wait = free if self._config.reset == "epoch" else free - request.arrived
        return Verdict("429", _slow_down(str(math.ceil(wait))))


def _slow_down(reset: str) -> Reply:
    body = {"name": "Too Many Requests", "message": "Rate limit exceeded.", "status": 429}
    header = (b"x-rate-limit-reset", reset.encode())
    return Reply(orjson.dumps(body), 429, headers=(header,))


def _refuse(code: str, **more: object) -> Verdict:
    body = {"status": "error", "code": code, "message": MESSAGES.get(code, "Error"), **more}
    return Verdict(code, json_reply(body))


def _is_bad(member: Message, turn: Turn) -> bool:
    return turn.refused or turn.subscriber.blocked or not is_msisdn(member.msisdn)


DIALECT = SpeedSmsConfig
