"""The Redis of a cluster: short calls, which answer soon or count as not answered."""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis import Redis as SyncRedis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError
from redis.retry import Retry as SyncRetry

PATIENCE_S = 0.5
"""How long an answer is waited for."""
_CONNECTIONS = 16


class GoneError(Exception):
    """No answer from Redis; what was asked may have been done or not."""


def fault_of(url: str) -> str:
    """Why no answer comes from Redis; empty where one does. The address is not repeated."""
    try:
        with SyncRedis.from_url(
            url,
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
            retry=SyncRetry(NoBackoff(), 0),
        ) as there:
            there.ping()
    except (RedisError, OSError) as fault:
        return type(fault).__name__
    return ""


class Board:
    """One process's way to Redis; used in one event loop, `close` in the same."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),  # a script that counts is not to run twice unseen
            decode_responses=True,
        )
        self._redis = Redis.from_pool(pool)
        self._scripts: dict[str, AsyncScript] = {}

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | float]) -> Any:  # noqa: ANN401 - what a script returns is its own matter
        """Run a Lua script; GoneError where no answer came."""
        known = self._scripts.get(script)
        if known is None:
            known = self._scripts[script] = self._redis.register_script(script)
        try:
            async with asyncio.timeout(2 * PATIENCE_S):
                return await known(keys=keys, args=args)
        except (RedisError, OSError, TimeoutError) as fault:
            # Its words may repeat the address, and with it a password.
            raise GoneError(f"no answer from Redis: {type(fault).__name__}") from None

    async def close(self) -> None:
        """Hang up."""
        await self._redis.aclose()
