"""Zalo template messages, one phone number a call (wire-formats.md 1.3)."""

from collections.abc import Mapping, Sequence
from datetime import time
from functools import partial

from outreach.carriers.base import (
    Callback,
    Capabilities,
    Question,
    ReceiptWay,
    Standing,
    Submission,
    Template,
)
from outreach.carriers.options import hour
from outreach.carriers.ports import Ports
from outreach.carriers.zalo.answers import outcome, read, stale
from outreach.carriers.zalo.connector import Connector
from outreach.carriers.zalo.queries import Queries
from outreach.carriers.zalo.webhook import Webhook
from outreach.domain.network import Channel
from outreach.domain.outcome import Outcome
from outreach.domain.reach import Lesson
from outreach.domain.receipt import Receipt
from outreach.domain.token import Tokens
from outreach.settings import Account


class Zalo:
    """The phone channel of ZBS template messages; accepted by Zalo is not yet delivered."""

    capabilities = Capabilities(Channel.ZALO, ReceiptWay.PUSHED, receipts_carry_key=True)

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._url = f"{account.base_url}/message/template"
        self._reset = reset_hour(account)
        self._connector = Connector(account, ports)
        self._queries = Queries(account, ports, self._connector)
        self._webhook = Webhook(account)

    async def submit(self, message: Submission) -> Outcome:
        """Send a template message; a stale token is renewed once, for it was a definite no."""
        return await self._submit(message, {})

    async def rehearse(self, message: Submission) -> Outcome:
        """Send in the mode that reaches administrators of the application and the OA only."""
        return await self._submit(message, {"mode": "development"})

    async def status(self, question: Question) -> Sequence[Receipt]:
        """Ask about one message by Zalo's id of it."""
        return await self._queries.status(question)

    async def standing(self) -> Standing:
        """Ask what is left of the OA's quota."""
        return await self._queries.standing()

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a webhook call; ForgedError if no candidate for its seal fits."""
        return self._webhook.receipts(call)

    def lessons(self, call: Callback) -> Sequence[Lesson]:
        """Read what a webhook call tells of a person; ForgedError as with receipts."""
        return self._webhook.lessons(call)

    async def _submit(self, message: Submission, how: Mapping[str, str]) -> Outcome:
        return await self._connector.used(partial(self._send, message, how), stale)

    async def _send(self, message: Submission, how: Mapping[str, str], tokens: Tokens) -> Outcome:
        assert isinstance(message.content, Template), "the engine routes templates to Zalo"
        body = {
            "phone": message.msisdn,
            "template_id": message.content.template,
            "template_data": dict(message.content.values),
            "tracking_id": message.key,
            **how,
        }
        headers = self._connector.headers(tokens)
        answer = await self._ports.http.post(self._url, json=body, headers=headers)
        return read(answer, "msg_id", lambda code: outcome(code, self._ports.clock(), self._reset))


def reset_hour(account: Account) -> time:
    """Read the local hour at which quotas start afresh; Zalo documents none."""
    return hour(account, "quota_resets", "00:05")


def build(account: Account, ports: Ports) -> Zalo:
    """Make the adapter for an account."""
    return Zalo(account, ports)
