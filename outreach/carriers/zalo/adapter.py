"""Zalo template messages, one phone number a call (wire-formats.md 1.3)."""

import re
from collections.abc import Sequence
from datetime import time, timedelta

from outreach.carriers.base import (
    Callback,
    Capabilities,
    ReceiptWay,
    Submission,
    Template,
)
from outreach.carriers.http import Reply, short, unreadable
from outreach.carriers.ports import Ports
from outreach.carriers.zalo.answers import STALE_TOKEN, outcome
from outreach.carriers.zalo.connector import Connector
from outreach.carriers.zalo.webhook import Webhook
from outreach.domain.errors import BadInputError
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, Outcome, Refused
from outreach.domain.receipt import Receipt
from outreach.domain.token import Tokens
from outreach.settings import Account

_NO_TURN = timedelta(minutes=1)


class Zalo:
    """The phone channel of ZBS template messages; accepted by Zalo is not yet delivered."""

    capabilities = Capabilities(Channel.ZALO, ReceiptWay.PUSHED, receipts_carry_key=True)

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._url = f"{account.base_url}/message/template"
        self._reset = _reset_hour(account)
        self._connector = Connector(account, ports)
        self._webhook = Webhook(account)

    async def submit(self, message: Submission) -> Outcome:
        """Send a template message; a stale token is renewed once, for it was a definite no."""
        tokens = await self._connector.tokens()
        if isinstance(tokens, Refused):
            return tokens
        said = await self._send(message, tokens)
        if not isinstance(said, Refused) or said.code not in STALE_TOKEN:
            return said
        renewed = await self._connector.renewed(tokens)
        if isinstance(renewed, Refused):
            return renewed
        if not await self._ports.turn(LimitScope.SEND):
            return Later(_NO_TURN, "the account's limit is used up")
        return await self._send(message, renewed)

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a webhook call; ForgedError if no candidate for its seal fits."""
        return self._webhook.receipts(call)

    async def _send(self, message: Submission, tokens: Tokens) -> Outcome:
        assert isinstance(message.content, Template), "the engine routes templates to Zalo"
        body = {
            "phone": message.msisdn,
            "template_id": message.content.template,
            "template_data": dict(message.content.values),
            "tracking_id": message.key,
        }
        headers = {"access_token": tokens.access}
        answer = await self._ports.http.post(self._url, json=body, headers=headers)
        return self._read(answer) if isinstance(answer, Reply) else answer

    def _read(self, reply: Reply) -> Outcome:
        fault = reply.fault()
        if fault is not None:
            return fault
        body = reply.json()
        if body is None:
            return unreadable("not a JSON object")
        code = short(body.get("error"), 12)
        if code is None or not re.fullmatch("-?[0-9]+", code, re.ASCII):
            return unreadable("no 'error'")
        if code == "0":
            data = body.get("data")
            return Accepted(short(data.get("msg_id")) if isinstance(data, dict) else None)
        return outcome(code, self._ports.clock(), self._reset)


def _reset_hour(account: Account) -> time:
    """Read the local hour at which quotas start afresh; Zalo documents none."""
    text = str(account.options.get("quota_resets", "00:05"))
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BadInputError(
            f"config/accounts/{account.name}.toml: quota_resets must be a time such as 00:05,"
            f" not '{text}'"
        ) from None


def build(account: Account, ports: Ports) -> Zalo:
    """Make the adapter for an account."""
    return Zalo(account, ports)
