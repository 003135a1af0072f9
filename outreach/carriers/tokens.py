"""The token or session of an account: asked for once at a time, kept before its first use.

Processes share what is kept. Whoever renews it holds `refreshing` of the account's `TokenStore`,
which keeps the others out, and looks there once more before the carrier is asked: what another
process has renewed meanwhile is taken over.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import ClassVar, TypeVar

from outreach.carriers.http import Reply, short
from outreach.carriers.ports import Ports
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Later, Refused, Scope
from outreach.domain.token import BusyError, Tokens

_NO_TURN = timedelta(minutes=1)
_USED_UP = "the account's limit is used up"
_Said = TypeVar("_Said")


class TokenConnector(ABC):
    """Gives the tokens of one account; where there are none, a refusal of the account says why.

    `margin`: so long before its end a token counts as stale, so that no call meets it on its way.
    """

    step: ClassVar[str] = "oauth"
    """What stands for a code where a carrier has given none."""
    missing: ClassVar[str] = "no access token"

    def __init__(self, ports: Ports, margin: timedelta) -> None:
        self._ports = ports
        self._margin = margin
        self._held: Tokens | None = None
        self._unsaved: tuple[Tokens | None, Tokens] | None = None
        self._renewal: asyncio.Task[Tokens | Refused] | None = None

    @abstractmethod
    async def _asked(self, kept: Tokens | None) -> Tokens | Refused:
        """Ask the carrier for tokens, in place of those that are kept."""

    async def used(
        self,
        call: Callable[[Tokens], Awaitable[_Said]],
        stale: Callable[[_Said], bool],
        scope: LimitScope = LimitScope.SEND,
    ) -> _Said | Refused | Later:
        """Call with good tokens, once more with other ones if they were stale: a definite no."""
        tokens = await self._good()
        if isinstance(tokens, Refused):
            return tokens
        said = await call(tokens)
        if not stale(said):
            return said
        fresh = await self._renewed(tokens)
        if isinstance(fresh, Refused):
            return fresh
        if not await self._ports.turn(scope):
            return Later(_NO_TURN, _USED_UP)
        return await call(fresh)

    async def asked_anew(self) -> Tokens | Refused:
        """Ask the carrier whether or not there are good tokens: this tries the credentials."""
        self._held = self._ports.tokens.load()
        return await self._renewed(self._held)

    @classmethod
    def none(cls, reason: str, code: str | None = None) -> Refused:
        """There are no tokens, and so nothing can be sent; `code` is the carrier's, if it has."""
        return Refused(Scope.ACCOUNT, code or cls.step, f"{cls.missing}: {reason}")

    async def _posted(
        self,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply | Refused:
        """POST what asks for tokens, in the account's turn."""
        if not await self._ports.turn(LimitScope.TOKEN):
            return self.none(_USED_UP, "pace")
        answer = await self._ports.http.post(url, json=json, form=form, headers=headers)
        return answer if isinstance(answer, Reply) else self.none(answer.reason)

    async def _good(self) -> Tokens | Refused:
        held = self._held or self._ports.tokens.load()
        if held is None or not self._lasts(held):
            return await self._renewed(held)
        self._held = held
        return held

    def _lasts(self, tokens: Tokens) -> bool:
        return tokens.expires - self._ports.clock() > self._margin

    async def _renewed(self, stale: Tokens | None) -> Tokens | Refused:
        """Give other tokens than the stale ones; all who ask meanwhile share one renewal."""
        if self._held is not None and self._held.differs(stale):
            return self._held
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew(stale))
            self._renewal.add_done_callback(self._forget)
        return await asyncio.shield(self._renewal)  # one who gives up leaves it to the others

    def _forget(self, _done: object) -> None:
        self._renewal = None

    async def _renew(self, stale: Tokens | None) -> Tokens | Refused:
        try:
            return await self._renew_in_turn(stale)
        except BusyError as fault:
            return self.none(str(fault), "busy")

    async def _renew_in_turn(self, stale: Tokens | None) -> Tokens | Refused:
        async with self._ports.tokens.refreshing():
            kept = self._ports.tokens.load()
            if kept is not None and kept.differs(stale) and self._lasts(kept):
                self._held = kept  # another process was faster
                return kept
            fresh = await self._fresh(kept)
            if isinstance(fresh, Tokens):
                self._unsaved = kept, fresh
                self._ports.tokens.save(fresh)
                self._held, self._unsaved = fresh, None
            return fresh

    async def _fresh(self, kept: Tokens | None) -> Tokens | Refused:
        """Ask the carrier, unless what it gave in place of the kept ones could not be saved yet."""
        if self._unsaved is not None and self._unsaved[0] == kept:
            return self._unsaved[1]
        return await self._asked(kept)


def printable(value: object) -> str | None:
    """Take a token that can stand in a header out of an answer."""
    return value if isinstance(value, str) and value.isascii() and value.isprintable() else None


def lasting(value: object, longest: timedelta) -> timedelta | None:
    """Take for how long a token is good: seconds, as a number or as text; no longer than told."""
    seconds = short(value, 9)
    if not seconds or not seconds.isdecimal():
        return None
    return min(timedelta(seconds=int(seconds)), longest)
