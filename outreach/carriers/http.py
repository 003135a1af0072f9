"""HTTP as adapters see it: answers and faults are values, and no reason tells a secret."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from outreach.carriers.connection import MAX_ANSWER
from outreach.carriers.transport import HttpTransport, NotConnectedError
from outreach.domain.outcome import Later, NotSent, Outcome, Refused, Scope, Unknown

_THROTTLE_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=1)

_NEVER_LEFT: Mapping[type[httpx.RequestError], str] = {
    httpx.ConnectError: "no connection",
    httpx.ConnectTimeout: "connect time-out",
    httpx.PoolTimeout: "no free connection",
    httpx.LocalProtocolError: "a request that cannot be written",
}
_PERHAPS_LEFT: Mapping[type[httpx.RequestError], str] = {
    httpx.TimeoutException: "no answer in time",
    httpx.NetworkError: "connection lost",
    httpx.RequestError: "broken answer",
}


_CERTAIN_NO: Mapping[int, str] = {
    # Said before a request is acted on. Others are not: 406 may follow the work, and a cache
    # answers 503, even with Retry-After, for a carrier that it asked and did not hear from.
    **dict.fromkeys((400, 402, 404, 405, 410, 411, 413, 414, 415, 421, 431), "request refused"),
    **dict.fromkeys((401, 403), "credentials refused"),
    407: "a proxy asks for credentials",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP answer; what the carrier wrote is never part of its repr."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Mapping[str, Any] | None:
        """Read the body as a JSON object; None when it is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None

    def fault(self) -> Outcome | None:
        """Say what the status alone means; None for a 2xx, whose body has the word."""
        if 200 <= self.status < 300:
            return None
        code = f"HTTP {self.status}"
        if self.status == 429:
            return Later(self._retry_after(), code, throttled=True)
        if self.status in _CERTAIN_NO:
            return Refused(Scope.ACCOUNT, code, _CERTAIN_NO[self.status])
        return Unknown(code)

    @property
    def dated(self) -> datetime | None:
        """The carrier's own present (aware), as its answer was dated; None where it was not."""
        try:
            at = parsedate_to_datetime(self.headers.get("date", ""))
        except (ValueError, OverflowError):
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def _retry_after(self) -> timedelta:
        """Read the wait that was asked for: at most an hour, and our own where it is no number."""
        asked = self.headers.get("retry-after", "").strip()
        if not re.fullmatch("[0-9]{1,9}", asked, re.ASCII):
            return _THROTTLE_WAIT
        return min(max(timedelta(seconds=int(asked)), timedelta(seconds=1)), _LONGEST_WAIT)


Answer = Reply | NotSent | Unknown


class Http:
    """Calls to one account's carrier; faults of network and carrier are values, never raised."""

    def __init__(
        self,
        timeout: timedelta,
        connections: int,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._transport = transport or HttpTransport(timeout, connections)
        self._urls: dict[str, httpx.URL] = {}

    async def post(
        self,
        url: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST one of a JSON value, a form or bytes; the content type follows from which."""
        own = dict(headers or {})
        if json is not None:
            content = orjson.dumps(json)
            own.setdefault("Content-Type", "application/json")
        return await self._call(
            httpx.Request("POST", self._parsed(url), headers=own, content=content, data=form)
        )

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """GET; the parameters are added to those of the URL."""
        address = self._parsed(url).copy_merge_params(params or {})
        return await self._call(httpx.Request("GET", address, headers=headers))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _parsed(self, url: str) -> httpx.URL:
        """Parse a URL once: an account has a handful, and parsing costs as much as sending."""
        if url not in self._urls:
            self._urls[url] = httpx.URL(url)
        return self._urls[url]

    async def _call(self, request: httpx.Request) -> Answer:
        """Send past httpx.AsyncClient, which would double the cost of a call."""
        try:
            response = await self._transport.handle_async_request(request)
            body = await response.aread()
        except tuple(_NEVER_LEFT) as fault:
            return NotSent(_never_left(fault))
        except httpx.RequestError as fault:
            return Unknown(_words(_PERHAPS_LEFT, fault))
        if len(body) > MAX_ANSWER:
            return Unknown("broken answer")
        return Reply(response.status_code, response.headers, body)


def _never_left(fault: httpx.RequestError) -> str:
    words = _words(_NEVER_LEFT, fault)
    return f"{words}: {fault}" if isinstance(fault, NotConnectedError) else words


def _words(table: Mapping[type[httpx.RequestError], str], fault: httpx.RequestError) -> str:
    """Name a fault by its kind: the exception's own text may hold an address or worse."""
    return next(words for kind, words in table.items() if isinstance(fault, kind))


_NUMBER = re.compile(r"\d(?:[\s.\-]?\d){5,}")


def masked(text: str, secrets: Iterable[str] = (), longest: int = 80) -> str:
    """Make a carrier's words fit for a reason: no secrets, no runs of six digits, one line."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return " ".join(_NUMBER.sub("***", text).split())[:longest]


def unreadable(what: str) -> Unknown:
    """An answer that says neither yes nor no; `what` is in our words."""
    return Unknown(f"unreadable answer: {what}")


def short(value: object, longest: int = 64) -> str | None:
    """Take an id or a code out of an answer: text or an integer, not empty; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).replace("\0", "")[:longest] or None


def numeral(value: object) -> str | None:
    """Take a code that is a whole number out of an answer, as it is spelt; else None."""
    code = short(value, 12)
    return code if code and re.fullmatch("-?[0-9]+", code, re.ASCII) else None


def money(value: object) -> Decimal | None:
    """Take an amount out of an answer: a number, or text that is one; else None."""
    found = re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", str(value), re.ASCII)
    return Decimal(found[0]) if found else None


def msisdn_of(value: object) -> str | None:
    """Take a mobile number out of a carrier's word, from the national form too; else None."""
    found = re.fullmatch(r"(?:0|\+?84)([0-9]{9})", short(value) or "", re.ASCII)
    return f"84{found[1]}" if found else None
