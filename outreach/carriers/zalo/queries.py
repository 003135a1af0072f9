"""What Zalo tells when asked: of one message, and of the OA's quota (wire-formats.md 1.5)."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from outreach.carriers.base import PullError, Question, Standing
from outreach.carriers.http import Answer, Reply, masked, short
from outreach.carriers.ports import Ports
from outreach.carriers.zalo.answers import STALE_TOKEN
from outreach.carriers.zalo.connector import Connector
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Refused
from outreach.domain.receipt import Receipt, Status
from outreach.domain.token import Tokens
from outreach.settings import Account

_NO_SUCH_ID = "-107"
_NO_SUCH_MESSAGE = "-1"
_STATUS = {"0": Status.ENROUTE, "1": Status.DELIVERED}


class Queries:
    """Questions to one OA's account; PullError says what was wrong, and tells no secret."""

    def __init__(self, account: Account, ports: Ports, connector: Connector) -> None:
        self._ports = ports
        self._connector = connector
        self._url = f"{account.base_url}/message"

    async def status(self, question: Question) -> Sequence[Receipt]:
        """Ask about a message by Zalo's id of it; it is told of delivery, never of failure."""
        reference = question.reference
        if reference is None:
            return ()
        code, body, _ = await self._asked("status", {"message_id": reference})
        if code == _NO_SUCH_ID:
            return ()
        data = _data("status", code, body)
        status = short(data.get("status"), 12)
        if status is None:
            raise PullError("message/status: unreadable answer")
        if status == _NO_SUCH_MESSAGE:
            return ()
        told = _STATUS.get(status, Status.OTHER)
        at = _moment(short(data.get("delivery_time")) or "")
        return (Receipt(told, question.key, reference, question.msisdn, at=at),)

    async def standing(self) -> Standing:
        """Ask for the OA's quota of today."""
        code, body, reply = await self._asked("quota", {})
        left = short(_data("quota", code, body).get("remainingQuota"), 12)
        if left is None or not re.fullmatch("[0-9]+", left, re.ASCII):
            raise PullError("message/quota: unreadable answer")
        return Standing(quota_left=int(left), clock=reply.dated)

    async def _asked(
        self, what: str, params: Mapping[str, str]
    ) -> tuple[str, Mapping[str, Any], Reply]:
        """Ask, with a fresh token where the one in hand is stale; an error code and the answer."""
        tokens = await self._connector.tokens()
        said = await self._get(what, params, _good(what, tokens))
        if said[0] not in STALE_TOKEN:
            return said
        renewed = await self._connector.renewed(_good(what, tokens))
        if not await self._ports.turn(LimitScope.STATUS):
            raise PullError(f"message/{what}: the account's limit is used up")
        return await self._get(what, params, _good(what, renewed))

    async def _get(
        self, what: str, params: Mapping[str, str], tokens: Tokens
    ) -> tuple[str, Mapping[str, Any], Reply]:
        headers = {"access_token": tokens.access}
        url = f"{self._url}/{what}"
        return _read(what, await self._ports.http.get(url, params=params, headers=headers))


def _read(what: str, answer: Answer) -> tuple[str, Mapping[str, Any], Reply]:
    if not isinstance(answer, Reply):
        raise PullError(f"message/{what}: {answer.reason}")
    if answer.status == 401:
        return "HTTP 401", {}, answer
    body = answer.json() if answer.fault() is None else None
    code = short(body.get("error"), 12) if body else None
    if body is None or code is None or not re.fullmatch("-?[0-9]+", code, re.ASCII):
        raise PullError(f"message/{what}: no readable answer, HTTP {answer.status}")
    return code, body, answer


def _good(what: str, tokens: Tokens | Refused) -> Tokens:
    if isinstance(tokens, Refused):
        raise PullError(f"message/{what}: no token: {tokens.reason}")
    return tokens


def _data(what: str, code: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take what was asked for out of an answer that is no refusal."""
    if code != "0":
        raise PullError(f"message/{what}: refused with {masked(code)}")
    data = body.get("data")
    if not isinstance(data, dict):
        raise PullError(f"message/{what}: unreadable answer")
    return data


def _moment(millis: str) -> datetime | None:
    """Read epoch milliseconds."""
    if not re.fullmatch("[0-9]{13}", millis, re.ASCII):
        return None
    return datetime.fromtimestamp(int(millis) / 1000, UTC)
