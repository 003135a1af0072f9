"""Zalo template messages, one user id a call (wire-formats.md 1.4)."""

from collections.abc import Sequence
from functools import partial

from outreach.carriers.base import Callback, Capabilities, ReceiptWay, Submission, Template
from outreach.carriers.ports import Ports
from outreach.carriers.zalo.adapter import reset_hour
from outreach.carriers.zalo.answers import read, stale
from outreach.carriers.zalo.connector import Connector
from outreach.carriers.zalo.webhook import Webhook
from outreach.carriers.zalo_uid.answers import outcome
from outreach.domain.network import Channel
from outreach.domain.outcome import Outcome
from outreach.domain.reach import Lesson
from outreach.domain.receipt import Receipt
from outreach.domain.token import Tokens
from outreach.settings import Account


class ZaloUid:
    """The UID channel of ZBS template messages: no id of ours travels, only Zalo's comes back."""

    capabilities = Capabilities(
        Channel.ZALO, ReceiptWay.PUSHED, receipts_carry_key=False, addressed=True
    )

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._url = f"{account.base_url}/v3.0/oa/message/template"
        self._reset = reset_hour(account)
        self._connector = Connector(account, ports)
        self._webhook = Webhook(account)

    async def submit(self, message: Submission) -> Outcome:
        """Send a template message; a stale token is renewed once, for it was a definite no."""
        return await self._connector.used(partial(self._send, message), stale)

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a webhook call; ForgedError if no candidate for its seal fits."""
        return self._webhook.receipts(call)

    def lessons(self, call: Callback) -> Sequence[Lesson]:
        """Read what a webhook call tells of a person; ForgedError as with receipts."""
        return self._webhook.lessons(call)

    async def _send(self, message: Submission, tokens: Tokens) -> Outcome:
        assert isinstance(message.content, Template), "the engine routes templates to Zalo"
        assert message.address, "the engine keeps back whose id it does not know"
        body = {
            "user_id": message.address,
            "template_id": message.content.template,
            "template_data": dict(message.content.values),
        }
        headers = self._connector.headers(tokens)
        answer = await self._ports.http.post(self._url, json=body, headers=headers)
        return read(
            answer, "message_id", lambda code: outcome(code, self._ports.clock(), self._reset)
        )


def build(account: Account, ports: Ports) -> ZaloUid:
    """Make the adapter for an account."""
    return ZaloUid(account, ports)
