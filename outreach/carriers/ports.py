"""What an adapter is given to work with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from outreach.carriers.base import Callback, TokenStore
from outreach.carriers.http import Http
from outreach.domain.limit import LimitScope
from outreach.domain.window import Clock

Turn = Callable[[LimitScope], Awaitable[bool]]
"""Waits until an account may make one call more than the engine has paced (for a status, for a
token, a second POST) and counts it; False where the call is not to be made now."""


async def unpaced(_: LimitScope) -> bool:
    """Every call may be made at once: for an adapter by itself, without an engine."""
    return True


Hear = Callable[[Callback], Awaitable[None]]
"""Keeps a carrier's word that came on a line of ours: durable when it returns, so that only then
the carrier is told so. Raises what the database raised."""


async def deaf(_: Callback) -> None:
    """Nobody listens: for an adapter by itself, without an engine."""


@dataclass(frozen=True, slots=True)
class Ports:
    """One account's way to the network, its kept tokens, its callback door, time and turn."""

    http: Http
    tokens: TokenStore
    callback_url: str
    """The whole address for this account's callbacks, its unguessable part included."""
    clock: Clock
    turn: Turn = unpaced
    hear: Hear = deaf
