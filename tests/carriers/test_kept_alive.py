"""Kept-alive connections that end or speak at every moment: no second request, nobody's answer."""

import asyncio
import socket

import pytest

from outreach.domain.outcome import Accepted, Unknown

from .callers import DIALECTS, Said, by_every_adapter, caller, messages, whole
from .contract import Dialect
from .wire import keeps, resets, serving, writes


@pytest.mark.parametrize("how", ["closed", "reset"])
async def test_a_connection_dropped_while_idle_is_replaced(how: str) -> None:
    async def once(dialect: Dialect) -> None:
        answer = whole(Said(dialect).yes)
        script = writes(answer) if how == "closed" else resets(answer)
        async with (
            serving(script) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}") as calls,
        ):
            for _ in range(3):
                assert await calls.submit(dialect.submission) == Accepted(dialect.reference)
                await asyncio.sleep(0.15)
        assert messages(server) == server.connections == 3

    await by_every_adapter(once)


@pytest.mark.parametrize("how", ["closed", "spoken on"])
async def test_what_came_in_before_the_loop_looked_is_seen(how: str) -> None:
    """The end of a connection, or surplus words, that only the machine knows of as we send."""

    async def once(dialect: Dialect) -> None:
        said = Said(dialect)
        async with (
            serving(keeps(whole(said.yes))) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}") as calls,
        ):
            assert await calls.submit(dialect.submission) == Accepted(dialect.reference)
            await asyncio.sleep(0.05)
            with server.lines[0].bare() as sock:  # at once, while the loop stands
                if how == "closed":
                    sock.shutdown(socket.SHUT_RDWR)
                else:
                    sock.send(whole(said.no))
            assert await calls.submit(dialect.submission) == Accepted(dialect.reference)
        assert messages(server) == server.connections == 2

    await by_every_adapter(once)


@pytest.mark.parametrize("how", ["closed", "reset"])
async def test_a_kept_connection_dropped_after_the_second_request(how: str) -> None:
    async def once(dialect: Dialect) -> None:
        first, then = keeps(whole(Said(dialect).yes)), writes() if how == "closed" else resets()
        async with (
            serving(lambda line, number: (first if number == 1 else then)(line, number)) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}") as calls,
        ):
            assert await calls.submit(dialect.submission) == Accepted(dialect.reference)
            assert isinstance(await calls.submit(dialect.submission), Unknown)
            await asyncio.sleep(0.3)
        assert (messages(server), server.connections) == (2, 1)

    await by_every_adapter(once)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
async def test_a_kept_connection_dropped_at_the_moment_of_sending(dialect: Dialect) -> None:
    """The drop and the request cross on the way, at forty different distances."""
    yes = keeps(whole(Said(dialect).yes))

    async def once(gap: float) -> None:
        async with (
            serving(yes) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}") as calls,
        ):
            assert await calls.submit(dialect.submission) == Accepted(dialect.reference)
            for line in server.lines:
                asyncio.get_running_loop().call_later(gap, line.reset)
            await asyncio.sleep(0.002)
            outcome = await calls.submit(dialect.submission)
            await asyncio.sleep(0.3)
        assert isinstance(outcome, Accepted | Unknown)
        assert messages(server) <= 2
        if isinstance(outcome, Accepted):
            assert messages(server) == 2

    await asyncio.gather(*(once(0.0001 * n) for n in range(40)))


async def test_a_surplus_answer_is_nobodys() -> None:
    async def once(dialect: Dialect) -> None:
        said = Said(dialect)
        async with (
            serving(keeps(whole(said.yes) + whole(said.no))) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}") as calls,
        ):
            for _ in range(3):
                assert await calls.submit(dialect.submission) == Accepted(dialect.reference)
        assert messages(server) == server.connections == 3

    await by_every_adapter(once)
