"""Zalo's token: it lives a day, and the refresh token that renews it can be used once.

A refresh token that was used and whose successor was not kept costs the OA its connection until a
person authorises it anew: so one refresh at a time, kept before its first use, never cancelled.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from outreach.carriers.http import Reply, short
from outreach.carriers.ports import Ports
from outreach.carriers.zalo.answers import STALE_TOKEN
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Later, Outcome, Refused, Scope
from outreach.domain.token import Tokens
from outreach.settings import Account

_MARGIN = timedelta(minutes=5)  # before the end, so that no call meets it on its way
_LONGEST = 10 * 86_400
_NO_TURN = timedelta(minutes=1)


class Connector:
    """Gives the access token, renewing it where needed; a failure is a refusal of the account."""

    def __init__(self, account: Account, ports: Ports) -> None:
        self._account = account
        self._ports = ports
        self._url = account.option("oauth_url").rstrip("/") + "/v4/oa/access_token"
        self._app_id = account.option("app_id")
        self._headers = {"secret_key": account.option("app_secret")}
        self._held: Tokens | None = None
        self._unsaved: Tokens | None = None
        self._renewal: asyncio.Task[Tokens | Refused] | None = None

    async def sent(self, send: Callable[[Tokens], Awaitable[Outcome]]) -> Outcome:
        """Send with a good token; a stale one is renewed once, for it was a definite no."""
        tokens = await self.tokens()
        if isinstance(tokens, Refused):
            return tokens
        said = await send(tokens)
        if not isinstance(said, Refused) or said.code not in STALE_TOKEN:
            return said
        renewed = await self.renewed(tokens)
        if isinstance(renewed, Refused):
            return renewed
        if not await self._ports.turn(LimitScope.SEND):
            return Later(_NO_TURN, "the account's limit is used up")
        return await send(renewed)

    async def tokens(self) -> Tokens | Refused:
        """Give tokens that are good for some minutes yet."""
        held = self._held or self._ports.tokens.load()
        if held is None or not self._lasts(held):
            return await self.renewed(held)
        self._held = held
        return held

    async def renewed(self, stale: Tokens | None) -> Tokens | Refused:
        """Give tokens other than the stale ones; all who ask meanwhile share one refresh."""
        if self._held is not None and self._held.differs(stale):
            return self._held
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(self._forget)
        return await asyncio.shield(self._renewal)

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
            fresh = self._unsaved or await self._exchange(kept)
            if isinstance(fresh, Refused):
                return fresh
            self._unsaved = fresh  # should saving fail, the next try has them yet
            self._ports.tokens.save(fresh)
            self._unsaved = None
            self._held = fresh
            return fresh

    async def _exchange(self, kept: Tokens | None) -> Tokens | Refused:
        refresh = kept.refresh if kept else self._account.option("refresh_token")
        form = {
            "refresh_token": refresh,
            "app_id": self._app_id,
            "grant_type": "refresh_token",
        }
        if not await self._ports.turn(LimitScope.TOKEN):
            return _none("pace", "the account's limit is used up")
        answer = await self._ports.http.post(self._url, form=form, headers=self._headers)
        if not isinstance(answer, Reply):
            return _none("oauth", answer.reason)
        if answer.fault() is not None:
            return _none("oauth", f"HTTP {answer.status}")
        return self._read(answer.json() or {})

    def _read(self, body: Mapping[str, Any]) -> Tokens | Refused:
        access, refresh = _token(body, "access_token"), _token(body, "refresh_token")
        lasting = short(body.get("expires_in"), 9)
        if access and refresh and lasting and lasting.isdecimal():
            life = timedelta(seconds=min(int(lasting), _LONGEST))
            return Tokens(access, refresh, self._ports.clock() + life)
        code = short(body.get("error"), 12)
        if code is None or not re.fullmatch("-?[0-9]+", code, re.ASCII):
            return _none("oauth", "unreadable answer")
        return _none(code, "the refresh token was refused")


def _token(body: Mapping[str, Any], name: str) -> str | None:
    """Take a token that can stand in a header."""
    value = body.get(name)
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else None


def _none(code: str, reason: str) -> Refused:
    return Refused(Scope.ACCOUNT, code, f"no access token: {reason}")
