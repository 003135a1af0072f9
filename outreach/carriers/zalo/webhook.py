"""Zalo's calls to our door: the seal, and the one event that is a receipt (wire-formats.md 1.11).

The door answers 200 to every call, forged ones too: Zalo's console refuses a URL that does not.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from outreach.carriers.base import Callback, ForgedError
from outreach.carriers.http import short
from outreach.domain.receipt import Receipt, Status
from outreach.settings import Account

_HEADER = "x-zevent-signature"


class Webhook:
    """Reads calls of one OA.

    Sources differ on what the seal is made with, so candidates are tried: the option
    `webhook_secrets` names secrets among the options, and both application and OA may come first.
    """

    def __init__(self, account: Account) -> None:
        named = str(account.options.get("webhook_secrets", "oa_secret,app_secret")).split(",")
        firsts = (account.option("app_id"), account.sender)
        secrets = [account.option(name.strip()) for name in named]
        self._candidates = [(a.encode(), b.encode()) for b in secrets for a in firsts]

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Give the receipt in a call, if it holds one; ForgedError if no seal fits."""
        event = _parsed(call.body)
        if not self._sealed(call, event):
            raise ForgedError("no candidate for the seal fits")
        return _receipts(event)

    def _sealed(self, call: Callback, event: Mapping[str, Any]) -> bool:
        """Compare with every candidate: plain SHA-256 over first term, bytes, time and secret."""
        given = call.headers.get(_HEADER, "").strip().removeprefix("mac=").encode(errors="replace")
        told = (short(event.get("timestamp")) or "").encode(errors="replace")
        return any(
            hmac.compare_digest(
                hashlib.sha256(first + call.body + told + secret).hexdigest().encode(), given
            )
            for first, secret in self._candidates
        )


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        event = None
    if not isinstance(event, dict):
        raise ForgedError("the body is not a JSON object")
    return event


def _receipts(event: Mapping[str, Any]) -> Sequence[Receipt]:
    """Take a template's delivery; an ordinary OA message has the same name and no time."""
    message = event.get("message")
    if event.get("event_name") != "user_received_message" or not isinstance(message, dict):
        return ()
    key, reference = short(message.get("tracking_id")), short(message.get("msg_id"))
    delivered = short(message.get("delivery_time"))
    if delivered is None or (key is None and reference is None):
        return ()
    return (Receipt(Status.DELIVERED, key, reference, _msisdn(event), at=_moment(delivered)),)


def _msisdn(event: Mapping[str, Any]) -> str | None:
    """Take the recipient's number; it may be its hash."""
    recipient = event.get("recipient")
    number = short(recipient.get("id")) if isinstance(recipient, dict) else None
    return number if number and re.fullmatch("84[0-9]{9}", number, re.ASCII) else None


def _moment(millis: str) -> datetime | None:
    """Read epoch milliseconds."""
    if not re.fullmatch("[0-9]{13}", millis, re.ASCII):
        return None
    return datetime.fromtimestamp(int(millis) / 1000, UTC)
