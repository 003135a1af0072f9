"""FPT's gateway: customer-care SMS over JSON, one number a call (wire-formats.md 3.3).

Left out, for want of facts: receipts (calls that pull them exist, their paths are not public) and
advertising (a campaign is made first, numbers are then added to it; its answers are not public).
"""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from outreach.carriers.base import (
    Capabilities,
    PullError,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Reply, numeral, short, unreadable
from outreach.carriers.options import wrong
from outreach.carriers.ports import Ports
from outreach.carriers.tokens import TokenConnector, lasting, printable
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Outcome, Refused, Scope
from outreach.domain.token import Tokens
from outreach.settings import Account

_MARGIN = timedelta(seconds=30)
_LONGEST = timedelta(days=1)

_DUPLICATE = ("2501", "1")
_REFUSED: Mapping[str, tuple[Scope, str]] = {
    "1008": (Scope.ACCOUNT, "client id or secret wrong"),
    "1011": (Scope.ACCOUNT, "access token invalid"),
    "1013": (Scope.ACCOUNT, "access token expired"),
    **dict.fromkeys(
        ("2513", "2", "-8"), (Scope.ACCOUNT, "brandname does not exist or is not active")
    ),
    **dict.fromkeys(
        ("2518", "5", "-20"), (Scope.TEXT, "text does not match the registered template")
    ),
    **dict.fromkeys(("2519", "6", "-18"), (Scope.TEXT, "banned word")),
}
_LISTED = frozenset({*_DUPLICATE, *_REFUSED})
_STALE = frozenset({"1011", "1013", "HTTP 401"})
"""Refused for the token's sake: worth one fresh token and one more try."""


class Fpt:
    """Brandname SMS by FPT; a MessageId means received by FPT, and nothing is heard after it.

    No duplicate window is declared: the five minutes for which FPT refuses a duplicate are over
    before the engine may trust in them, and nobody tells whether it compares ids or texts.
    """

    capabilities = Capabilities(Channel.SMS, ReceiptWay.ABSENT, receipts_carry_key=False)

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._url = f"{account.base_url}/api/push-brandname-otp"
        self._sender = account.sender
        self._bearer = _switch(account, "bearer")
        self._session = _Session(account, ports)

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS; a stale token is replaced once, for it was a definite no."""
        return await self._session.used(partial(self._send, message), _stale)

    async def standing(self) -> Standing:
        """Ask for a fresh token, which tries the credentials; FPT tells nothing of the contract."""
        found = await self._session.asked_anew()
        if isinstance(found, Refused):
            raise PullError(f"{found.code}: {found.reason}")
        return Standing()

    async def _send(self, message: Submission, tokens: Tokens) -> Outcome:
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        body = {
            "session_id": tokens.refresh,
            "BrandName": self._sender,
            "Phone": message.msisdn,
            "Message": b64encode(message.content.body.encode()).decode(),
            "RequestId": message.key,
        }
        headers = {}
        if self._bearer:
            headers["Authorization"] = f"Bearer {tokens.access}"
        else:
            body["access_token"] = tokens.access
        answer = await self._ports.http.post(self._url, json=body, headers=headers)
        return _read(answer) if isinstance(answer, Reply) else answer


class _Session(TokenConnector):
    """Gives a token with the session_id that it is good with, kept as its refresh token."""

    def __init__(self, account: Account, ports: Ports) -> None:
        super().__init__(ports, _MARGIN)
        self._url = f"{account.base_url}/oauth2/token"
        self._constant = {
            "grant_type": "client_credentials",
            "client_id": account.option("client_id"),
            "client_secret": account.option("client_secret"),
            "scope": str(account.options.get("scope", "send_brandname_otp")),
        }

    async def _asked(self, _kept: Tokens | None) -> Tokens | Refused:
        # Chance is no argument here: who could foretell it could use our token.
        session = secrets.token_hex(16)
        reply = await self._posted(self._url, json=self._constant | {"session_id": session})
        return self._read(reply, session) if isinstance(reply, Reply) else reply

    def _read(self, reply: Reply, session: str) -> Tokens | Refused:
        body = reply.json() or {}
        access = printable(body.get("access_token"))
        life = lasting(body.get("expires_in"), _LONGEST)
        if reply.fault() is None and access and life is not None:
            return Tokens(access, session, self._ports.clock() + life)
        code = _code(body)
        if code is not None:
            known = _REFUSED.get(code)
            unlisted = self.none("unlisted code", code)
            return Refused(Scope.ACCOUNT, code, known[1]) if known else unlisted
        return self.none(f"HTTP {reply.status}" if reply.fault() else "unreadable answer")


def _stale(said: Outcome) -> bool:
    return isinstance(said, Refused) and said.code in _STALE


def _switch(account: Account, name: str) -> bool:
    value = account.options.get(name, False)
    if not isinstance(value, bool):
        raise wrong(account, name, "true or false")
    return value


def _code(body: Mapping[str, Any]) -> str | None:
    """Take the number out of `error`; None where there is none, or zero."""
    code = numeral(body.get("error"))
    return None if code == "0" else code


def _read(reply: Reply) -> Outcome:
    """Read an answer; FPT's code has the word over HTTP's 400, and over a 401 where it is listed.

    A 400 with a code that no table lists is about its message, as with a 200; a 401 is not.
    """
    body = reply.json() or {}
    code = _code(body)
    fault = reply.fault()
    if fault is not None:
        told = reply.status == 400 or (reply.status == 401 and code in _LISTED)
        return _outcome(code) if told and code else fault
    if code is not None:
        return _outcome(code)
    reference = short(body.get("MessageId"))
    if reference is None:
        return unreadable("neither 'MessageId' nor 'error'")
    # How FPT spells networks is not public.
    return Accepted(reference, network=Network.heard(short(body.get("Telco"))))


def _outcome(code: str) -> Outcome:
    if code in _DUPLICATE:
        return Duplicate()
    scope, reason = _REFUSED.get(code, (Scope.RECIPIENT, "unlisted code"))
    return Refused(scope, code, reason)


def codes() -> Mapping[str, Outcome]:
    """Every `error` of FPT that is known, and what it means to us; the public table is partial."""
    return {code: _outcome(code) for code in sorted(_LISTED, key=int)}


def build(account: Account, ports: Ports) -> Fpt:
    """Make the adapter for an account."""
    return Fpt(account, ports)
