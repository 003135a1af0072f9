"""FPT's gateway: customer-care SMS over JSON, one number a call (wire-formats.md 3.3).

Left out, for want of facts: receipts (calls that pull them exist, their paths are not public) and
advertising (a campaign is made first, numbers are then added to it; its answers are not public).
"""

import asyncio
import re
import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from outreach.carriers.base import (
    Capabilities,
    PullError,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Reply, short, unreadable
from outreach.carriers.ports import Ports
from outreach.domain.errors import BadInputError
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope
from outreach.domain.token import Tokens
from outreach.settings import Account

_NO_TURN = timedelta(minutes=1)
_MARGIN = timedelta(seconds=30)  # before the end, so that no call meets it on its way
_LONGEST_S = 86_400

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
        tokens = await self._session.tokens()
        if isinstance(tokens, Refused):
            return tokens
        said = await self._send(message, tokens)
        if not isinstance(said, Refused) or said.code not in _STALE:
            return said
        fresh = await self._session.renewed(tokens)
        if isinstance(fresh, Refused):
            return fresh
        if not await self._ports.turn(LimitScope.SEND):
            return Later(_NO_TURN, "the account's limit is used up")
        return await self._send(message, fresh)

    async def standing(self) -> Standing:
        """Ask for a fresh token, which tries the credentials; FPT tells nothing of the contract."""
        found = await self._session.renewed(self._ports.tokens.load())
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


class _Session:
    """Gives a token with the session_id that it is good with; a failure refuses the account.

    One is asked for at a time, kept before its first use, and shared by all who wait for it.
    """

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._url = f"{account.base_url}/oauth2/token"
        self._constant = {
            "grant_type": "client_credentials",
            "client_id": account.option("client_id"),
            "client_secret": account.option("client_secret"),
            "scope": str(account.options.get("scope", "send_brandname_otp")),
        }
        self._held: Tokens | None = None
        self._renewal: asyncio.Task[Tokens | Refused] | None = None

    async def tokens(self) -> Tokens | Refused:
        """Give a token that is good for some seconds yet."""
        held = self._held or self._ports.tokens.load()
        if held is None or not self._lasts(held):
            return await self.renewed(held)
        self._held = held
        return held

    async def renewed(self, stale: Tokens | None) -> Tokens | Refused:
        """Give another token than the stale one."""
        if self._held is not None and self._held.differs(stale):
            return self._held
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(self._forget)
        return await asyncio.shield(self._renewal)  # one who gives up leaves it to the others

    def _forget(self, _done: object) -> None:
        self._renewal = None

    def _lasts(self, tokens: Tokens) -> bool:
        return tokens.expires - self._ports.clock() > _MARGIN

    async def _renew(self, stale: Tokens | None) -> Tokens | Refused:
        async with self._ports.tokens.refreshing():
            kept = self._ports.tokens.load()
            if kept is not None and kept.differs(stale) and self._lasts(kept):
                self._held = kept  # another process was faster
                return kept
            fresh = await self._asked()
            if isinstance(fresh, Tokens):
                self._ports.tokens.save(fresh)
                self._held = fresh
            return fresh

    async def _asked(self) -> Tokens | Refused:
        if not await self._ports.turn(LimitScope.TOKEN):
            return _none("pace", "the account's limit is used up")
        # Chance is no argument here: who could foretell it could use our token.
        session = secrets.token_hex(16)
        body = self._constant | {"session_id": session}
        answer = await self._ports.http.post(self._url, json=body)
        if not isinstance(answer, Reply):
            return _none("oauth", answer.reason)
        return self._read(answer, session)

    def _read(self, reply: Reply, session: str) -> Tokens | Refused:
        body = reply.json() or {}
        access, lasting = _token(body), short(body.get("expires_in"), 9)
        if reply.fault() is None and access and lasting and lasting.isdecimal():
            life = timedelta(seconds=min(int(lasting), _LONGEST_S))
            return Tokens(access, session, self._ports.clock() + life)
        code = _code(body)
        if code is not None:
            known = _REFUSED.get(code)
            return Refused(Scope.ACCOUNT, code, known[1]) if known else _none(code, "unlisted code")
        return _none("oauth", f"HTTP {reply.status}" if reply.fault() else "unreadable answer")


def _token(body: Mapping[str, Any]) -> str | None:
    """Take a token that can stand in a header."""
    value = body.get("access_token")
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else None


def _none(code: str, reason: str) -> Refused:
    return Refused(Scope.ACCOUNT, code, f"no access token: {reason}")


def _switch(account: Account, name: str) -> bool:
    value = account.options.get(name, False)
    if not isinstance(value, bool):
        raise BadInputError(
            f"config/accounts/{account.name}.toml: {name} must be true or false, not '{value}'"
        )
    return value


def _code(body: Mapping[str, Any]) -> str | None:
    """Take the number out of `error`; None where there is none, or zero."""
    code = short(body.get("error"), 12)
    if code is None or not re.fullmatch("-?[0-9]+", code, re.ASCII) or code == "0":
        return None
    return code


def _read(reply: Reply) -> Outcome:
    """Read an answer; a code that we know has the word also where it comes with a 400 or 401."""
    body = reply.json() or {}
    code = _code(body)
    fault = reply.fault()
    if fault is not None:
        told = reply.status in {400, 401} and code in {*_DUPLICATE, *_REFUSED}
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
    return {code: _outcome(code) for code in sorted({*_DUPLICATE, *_REFUSED}, key=int)}


def build(account: Account, ports: Ports) -> Fpt:
    """Make the adapter for an account."""
    return Fpt(account, ports)
