"""Every way a call can fail on a real socket, with every adapter: the outcome, and one request."""

import asyncio
import gzip
from collections.abc import Mapping
from datetime import timedelta

import pytest

from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Unknown

from .callers import (
    DIALECTS,
    LONGER,
    SHORT,
    Case,
    all_tried,
    by_every_adapter,
    caller,
    chunked,
    is_account,
    messages,
    tells_nothing,
    unknown_once,
    whole,
)
from .contract import MSISDN, Dialect
from .wire import (
    Read,
    drips,
    keeps,
    refusing,
    resets,
    serving,
    stalls,
    unanswering,
    writes,
)

HEAD = b"HTTP/1.1 200 OK\r\n"

BROKEN_OFF: Mapping[str, Case] = {
    "closed after the first byte of the request": Case(lambda _: writes(), Read.FIRST_BYTE),
    "reset after the first byte of the request": Case(lambda _: resets(), Read.FIRST_BYTE),
    "closed before the body of the request": Case(lambda _: writes(), Read.HEAD),
    "reset before the body of the request": Case(lambda _: resets(), Read.HEAD),
    "closed after the request": Case(lambda _: writes()),
    "reset after the request": Case(lambda _: resets()),
    "closed in the status line": Case(lambda _: writes(b"HTTP/1.1 20")),
    "reset in the status line": Case(lambda _: resets(b"HTTP/1.1 20")),
    "closed in the headers": Case(lambda _: writes(HEAD + b"Content-Le")),
    "reset in the headers": Case(lambda _: resets(HEAD + b"Content-Le")),
    "closed before the body": Case(lambda _: writes(HEAD + b"Content-Length: 9\r\n\r\n")),
    "reset before the body": Case(lambda _: resets(HEAD + b"Content-Length: 9\r\n\r\n")),
    "closed in the body": Case(lambda said: writes(whole(said.yes)[:-1])),
    "reset in the body": Case(lambda said: resets(whole(said.yes)[:-1])),
    "closed in a refusal": Case(lambda said: writes(whole(said.no)[:-1])),
    "reset in a body without length": Case(lambda said: resets(HEAD + b"\r\n" + said.yes[:-1])),
    "closed in a chunk": Case(lambda said: writes(chunked(said.yes)[: -len(said.yes)])),
    "closed before the last chunk": Case(lambda said: writes(chunked(said.yes, end=b""))),
    "reset before the last chunk": Case(lambda said: resets(chunked(said.yes, end=b""))),
}

SILENT: Mapping[str, Case] = {
    "nothing read, nothing said": Case(lambda _: stalls(), Read.FIRST_BYTE, SHORT),
    "no word": Case(lambda _: stalls(), within=SHORT),
    "half a status line": Case(lambda _: stalls(b"HTTP/1."), within=SHORT),
    "half the headers": Case(lambda _: stalls(HEAD + b"Content-Length: 9\r\n"), within=SHORT),
    "no body": Case(lambda said: stalls(whole(said.yes)[: -len(said.yes)]), within=SHORT),
    "half a body": Case(lambda said: stalls(whole(said.yes)[:-1]), within=SHORT),
    "no last chunk": Case(lambda said: stalls(chunked(said.yes, end=b"")), within=SHORT),
    "a body without end": Case(lambda said: stalls(HEAD + b"\r\n" + said.yes), within=SHORT),
    "a byte now and then": Case(lambda said: drips(whole(said.yes), 0.1), within=SHORT),
    "a chunk now and then": Case(
        lambda said: drips(chunked(*(said.yes[n : n + 1] for n in range(len(said.yes)))), 0.05),
        within=SHORT,
    ),
    "1xx for ever": Case(
        lambda _: drips(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000, 0.01), within=SHORT
    ),
}

BOMB = gzip.compress(b" " * (1 << 26))
NO_ANSWER: Mapping[str, Case] = {
    "garbage": Case(lambda _: writes(b"\x00\xff\x16\x03\x01 not HTTP at all\r\n\r\n")),
    "another protocol": Case(lambda _: writes(b"220 mail.test ESMTP\r\n")),
    "HTTP/0.9": Case(lambda said: writes(said.yes)),
    "HTTP/2": Case(lambda _: writes(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18)),
    "TLS": Case(lambda _: writes(b"\x15\x03\x01\x00\x02\x02\x28")),
    "a status that is none": Case(lambda said: writes(whole(said.yes, "2000 OK"))),
    "a status of words": Case(lambda said: writes(whole(said.yes, "OK"))),
    "two lengths": Case(lambda said: writes(whole(said.yes, "200 OK", "Content-Length: 1"))),
    "a length below zero": Case(lambda _: writes(HEAD + b"Content-Length: -1\r\n\r\n")),
    "a length of words": Case(lambda _: writes(HEAD + b"Content-Length: ten\r\n\r\n")),
    "a chunk size that is none": Case(
        lambda said: writes(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + said.yes)
    ),
    "a chunk larger than it says": Case(
        lambda said: writes(chunked(said.yes).replace(b"\r\n\r\n", b"\r\n\r\n1\r\n", 1))
    ),
    "a header of 200,000 letters": Case(
        lambda said: writes(whole(said.yes, "200 OK", "X: " + "x" * 200_000))
    ),
    "10,000 headers": Case(
        lambda said: writes(whole(said.yes, "200 OK", *(f"X-{n}: 1" for n in range(10_000))))
    ),
    "a body of 9 MB": Case(lambda said: writes(whole(b" " * 9_000_000 + said.yes))),
    "a body of 9 MB in chunks": Case(lambda said: writes(chunked(b" " * 9_000_000, said.yes))),
    "a gzip bomb": Case(lambda _: writes(whole(BOMB, "200 OK", "Content-Encoding: gzip"))),
    "a gzip bomb in two headers": Case(
        lambda _: writes(
            whole(BOMB, "200 OK", "Content-Encoding: identity", "Content-Encoding: gzip")
        )
    ),
    "gzip that is none": Case(
        lambda said: writes(whole(said.yes, "200 OK", "Content-Encoding: gzip"))
    ),
    "an answer in UTF-16": Case(lambda said: writes(whole(said.yes.decode().encode("utf-16")))),
    "an empty body": Case(lambda _: writes(whole(b""))),
    "204": Case(lambda _: writes(b"HTTP/1.1 204 No Content\r\n\r\n")),
    "a proxy's page as 200": Case(lambda said: writes(whole(said.page))),
    "a page that is also XML": Case(
        lambda _: writes(whole(b"<html><body><p>Please log in</p></body></html>"))
    ),
    "half a JSON or XML": Case(lambda said: writes(whole(said.yes[: len(said.yes) // 2]))),
    "a refusal, cut by a proxy": Case(lambda said: writes(whole(said.no[:-2]))),
}

STATUSES: Mapping[str, Case] = {
    f"{status}{' that asks to wait' if more else ''}": Case(
        lambda said, status=status, more=more: writes(  # type: ignore[misc]
            whole(said.page, f"{status} Somebody's words", "Content-Type: text/html", *more)
        )
    )
    for status, more in [
        *((status, ()) for status in (300, 304, 406, 408, 409, 425, 499, 500, 502, 503, 504, 520)),
        *((status, ("Retry-After: 5",)) for status in (500, 503)),
    ]
} | {"101": Case(lambda _: writes(b"HTTP/1.1 101 Upgrade\r\nUpgrade: h2c\r\n\r\n"))}


@pytest.mark.parametrize(
    "cases",
    [BROKEN_OFF, SILENT, NO_ANSWER, STATUSES],
    ids=["broken off", "silent", "no answer", "statuses"],
)
async def test_whatever_comes_after_the_first_byte_is_unknown_and_asked_once(
    cases: Mapping[str, Case],
) -> None:
    assert unknown_once(await all_tried(cases)) == {}


ODD: Mapping[str, Case] = {
    "HTTP/1.0 without a length": Case(
        lambda said: writes(b"HTTP/1.0 200 OK\r\n\r\n" + said.yes, pause=0.01)
    ),
    "a body up to the end of the connection": Case(lambda said: writes(HEAD + b"\r\n" + said.yes)),
    "a whole body without length, then a reset": Case(
        lambda said: resets(HEAD + b"\r\n" + said.yes)
    ),
    "1xx before it": Case(
        lambda said: writes(
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            whole(said.yes),
            pause=0.02,
        )
    ),
    "one byte at a time": Case(lambda said: drips(whole(said.yes), 0)),
    "a chunk for each byte": Case(
        lambda said: writes(chunked(*(said.yes[n : n + 1] for n in range(len(said.yes)))))
    ),
    "trailers": Case(lambda said: writes(chunked(said.yes, end=b"0\r\nX-Sim: 1\r\n\r\n"))),
    "a wrong content type": Case(
        lambda said: writes(whole(said.yes, "200 OK", "Content-Type: image/png"))
    ),
    "no reason phrase": Case(lambda said: writes(whole(said.yes, "200 "))),
    "201": Case(lambda said: writes(whole(said.yes, "201 Created"))),
    "two answers in one": Case(lambda said: keeps(whole(said.yes) + whole(said.no))),
    "a reset after it": Case(lambda said: resets(whole(said.yes))),
    "an answer before the request is read": Case(
        lambda said: stalls(whole(said.yes)), Read.FIRST_BYTE
    ),
}


async def test_an_odd_but_whole_answer_is_an_answer() -> None:
    found = await all_tried(ODD)
    expected = {f"{name}: {case}": dialect for name, dialect in DIALECTS.items() for case in ODD}
    assert {name: seen.outcome for name, seen in found.items()} == {
        name: Accepted(dialect.reference) for name, dialect in expected.items()
    }
    assert {seen.requests for seen in found.values()} == {1}


NOS: Mapping[str, Case] = {
    str(status): Case(
        lambda said, status=status: writes(whole(said.page, f"{status} No"))  # type: ignore[misc]
    )
    for status in (400, 401, 403, 404, 405, 407, 413, 431)
}


async def test_a_status_that_is_a_certain_no_stops_the_account() -> None:
    found = await all_tried(NOS)
    assert {name: seen for name, seen in found.items() if not is_account(seen.outcome)} == {}
    assert {seen.requests for seen in found.values()} == {1}


async def test_a_throttle_is_a_certain_no() -> None:
    found = await all_tried(
        {"429": Case(lambda said: writes(whole(said.page, "429 Slow", "Retry-After: 7")))}
    )
    wanted = Later(timedelta(seconds=7), "HTTP 429", throttled=True)
    assert {(seen.outcome, seen.requests) for seen in found.values()} == {(wanted, 1)}


async def test_a_redirect_is_followed_nowhere() -> None:
    async with serving(keeps(whole(b"{}"))) as trap:
        places = {
            "itself": f"/again/{MSISDN}",
            "another port": f"http://127.0.0.1:{trap.port}/{MSISDN}",
            "another scheme": f"https://127.0.0.1:{trap.port}/{MSISDN}",
            "nowhere": "http://[",
        }
        cases = {
            f"{status} to {name}": Case(
                lambda said, status=status, place=place: keeps(  # type: ignore[misc]
                    whole(said.page, f"{status} Elsewhere", f"Location: {place}")
                )
            )
            for status in (301, 302, 303, 307, 308)
            for name, place in places.items()
        }
        assert unknown_once(await all_tried(cases)) == {}
        assert trap.connections == 0


# Before the first byte.


async def test_a_dial_that_comes_to_nothing_is_not_sent() -> None:
    async def dialled(dialect: Dialect, place: str) -> Outcome:
        async with caller(dialect, f"http://{place}", timedelta(seconds=5)) as calls:
            return await calls.submit(dialect.submission)

    async with refusing() as closed, unanswering() as full:
        places = {
            f"127.0.0.1:{closed}": NotSent("no connection: ECONNREFUSED"),
            f"127.0.0.1:{full}": NotSent("connect time-out"),
            "no-such-host.invalid": NotSent("no connection: name not found"),
        }
        calls = [(dialect, place) for dialect in DIALECTS.values() for place in places]
        found = await asyncio.gather(*(dialled(dialect, place) for dialect, place in calls))
    assert found == [places[place] for _, place in calls]


async def test_more_calls_than_connections() -> None:
    async def once(dialect: Dialect) -> None:
        async with (
            serving(stalls()) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}", LONGER, connections=2) as calls,
        ):
            outcomes = await asyncio.gather(*(calls.submit(dialect.submission) for _ in range(5)))
        assert sum(isinstance(outcome, Unknown) for outcome in outcomes) == 2
        assert outcomes.count(NotSent("no free connection")) == 3
        assert messages(server) == 2

    await by_every_adapter(once)


async def test_a_reset_before_anything_was_read() -> None:
    """Whether a byte left before the reset came is chance: both answers are true, no other is."""

    async def once(dialect: Dialect) -> None:
        async with (
            serving(resets(), Read.NOTHING) as server,
            caller(dialect, f"http://127.0.0.1:{server.port}") as calls,
        ):
            outcome = await calls.submit(dialect.submission)
            await asyncio.sleep(0.3)
        assert isinstance(outcome, Unknown | NotSent)
        assert tells_nothing(outcome, dialect)
        assert server.connections == 1

    await by_every_adapter(once)
