"""Zalo's calls to our door: the seal, the receipts, what they tell of persons.

Shapes: wire-formats.md 1.11.

The door answers 200 to every call, forged ones too: Zalo's console refuses a URL that does not.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from outreach.carriers.base import Callback, ForgedError
from outreach.carriers.http import short
from outreach.carriers.zalo.answers import moment
from outreach.domain.reach import Lesson, Reach
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
        self._last: tuple[Callback, Mapping[str, Any]] | None = None
        self._candidates = [(a.encode(), b.encode()) for b in secrets for a in firsts]

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Give the receipt in a call, if it holds one; ForgedError if no seal fits."""
        return _receipts(self._opened(call))

    def lessons(self, call: Callback) -> Sequence[Lesson]:
        """Give what a call tells of a person, if it does; ForgedError if no seal fits."""
        return _lessons(self._opened(call))

    def _opened(self, call: Callback) -> Mapping[str, Any]:
        """Open a call; the same one is asked for receipts and for lessons."""
        if self._last is not None and self._last[0] is call:
            return self._last[1]
        event = _parsed(call.body)
        if not self._sealed(call, event):
            raise ForgedError("no candidate for the seal fits")
        self._last = (call, event)
        return event

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
    return (Receipt(Status.DELIVERED, key, reference, _msisdn(event), at=moment(delivered)),)


def _lessons(event: Mapping[str, Any]) -> Sequence[Lesson]:
    """Take who follows the OA, who no longer does, and who has told the number."""
    match event.get("event_name"):
        case "follow":
            lesson = Lesson(address=_id(event, "follower"), reach=Reach.OPEN)
        case "unfollow":
            lesson = Lesson(address=_id(event, "follower"), reach=Reach.REFUSES)
        case "user_submit_info":
            lesson = Lesson(_phone(event), _id(event, "sender"))
            if lesson.msisdn is None:
                return ()
        case _:
            return ()
    return () if lesson.address is None else (lesson,)


def _id(event: Mapping[str, Any], who: str) -> str | None:
    found = event.get(who)
    return short(found.get("id")) if isinstance(found, dict) else None


_MOBILE = re.compile(r"(?:\+?84|0)([35789][0-9]{8})", re.ASCII)


def _phone(event: Mapping[str, Any]) -> str | None:
    """Take the mobile number that a person has typed; None where it is none."""
    info = event.get("info")
    typed = short(info.get("phone")) if isinstance(info, dict) else None
    found = _MOBILE.fullmatch(re.sub(r"[\s.()-]", "", typed or ""))
    return f"84{found[1]}" if found else None


def _msisdn(event: Mapping[str, Any]) -> str | None:
    """Take the recipient's number; it may be its hash, or the person's id."""
    number = _id(event, "recipient")
    return number if number and re.fullmatch("84[0-9]{9}", number, re.ASCII) else None
