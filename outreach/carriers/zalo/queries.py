"""What Zalo tells when asked: of one message, and of the OA's quota (wire-formats.md 1.5)."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from outreach.carriers.base import PullError, Question, Standing
from outreach.carriers.http import Answer, Reply, masked, numeral, short
from outreach.carriers.ports import Ports
from outreach.carriers.zalo.answers import STALE_TOKEN, moment
from outreach.carriers.zalo.connector import Connector
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Later, Refused
from outreach.domain.receipt import Receipt, Status
from outreach.domain.token import Tokens
from outreach.settings import Account

_Asked = tuple[str, Mapping[str, Any], Reply]
"""An error code, the body it came in, the answer."""

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
        at = moment(short(data.get("delivery_time")) or "")
        return (Receipt(told, question.key, reference, question.msisdn, at=at),)

    async def standing(self) -> Standing:
        """Ask for the OA's quota of today."""
        code, body, reply = await self._asked("quota", {})
        left = short(_data("quota", code, body).get("remainingQuota"), 12)
        if left is None or not re.fullmatch("[0-9]+", left, re.ASCII):
            raise PullError("message/quota: unreadable answer")
        return Standing(quota_left=int(left), clock=reply.dated)

    async def _asked(self, what: str, params: Mapping[str, str]) -> _Asked:
        """Ask, with a fresh token where the one in hand is stale."""
        get = partial(self._get, what, params)
        said = await self._connector.used(get, _stale, LimitScope.STATUS)
        if isinstance(said, Refused):
            raise PullError(f"message/{what}: no token: {said.reason}")
        if isinstance(said, Later):
            raise PullError(f"message/{what}: {said.reason}")
        return said

    async def _get(self, what: str, params: Mapping[str, str], tokens: Tokens) -> _Asked:
        url, headers = f"{self._url}/{what}", self._connector.headers(tokens)
        return _read(what, await self._ports.http.get(url, params=params, headers=headers))


def _stale(said: _Asked) -> bool:
    return said[0] in STALE_TOKEN


def _read(what: str, answer: Answer) -> _Asked:
    if not isinstance(answer, Reply):
        raise PullError(f"message/{what}: {answer.reason}")
    if answer.status == 401:
        return "HTTP 401", {}, answer
    body = answer.json() if answer.fault() is None else None
    code = numeral(body.get("error")) if body else None
    if body is None or code is None:
        raise PullError(f"message/{what}: no readable answer, HTTP {answer.status}")
    return code, body, answer


def _data(what: str, code: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take what was asked for out of an answer that is no refusal."""
    if code != "0":
        raise PullError(f"message/{what}: refused with {masked(code)}")
    data = body.get("data")
    if not isinstance(data, dict):
        raise PullError(f"message/{what}: unreadable answer")
    return data
