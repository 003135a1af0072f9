"""The app's own calls: who has installed it, or registered; durable before the answer."""

import asyncio
import hmac
import logging
from collections.abc import Sequence
from datetime import date
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Bad, parse
from outreach.domain.window import day_number_at
from outreach.settings import Settings
from outreach.statistics import registrations
from outreach.statistics.registrations import Told
from outreach.store.database import Writer
from outreach.store.responses import Kind
from outreach.store.room import FullError
from outreach.web.api.body import read_body

log = logging.getLogger(__name__)

PATH = "/api/registrations"
MOST = 1000
"""People in one call."""
MAX_BODY = 1 << 18
"""The largest call that is taken, in bytes."""

_KINDS = {"installed": Kind.INSTALLED, "registered": Kind.REGISTERED}
_FIELDS = frozenset({"phone", "kind", "on"})


class _UnfitError(Exception):
    """What of a call cannot be taken: of which element, which field, and why."""

    def __init__(self, message: str, index: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.told = {"index": index, "field": field, "message": message}


class RegistrationDoor:
    """The door of `POST /api/registrations`: all of a call is taken in, or nothing of it."""

    def __init__(self, settings: Settings, writer: Writer) -> None:
        self._settings = settings
        self._writer = writer
        self._expected = f"Bearer {settings.postback_token}".encode()

    async def take(self, request: Request) -> Response:
        """Answer a call; a repeated one changes nothing."""
        if not self._settings.postback_token:
            return _refused(404, "no such address")
        shown = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(shown, self._expected):
            return _refused(401, "the bearer token is missing, or another one")
        body = await read_body(request, MAX_BODY)
        if body is None:
            return _refused(413, f"more than {MAX_BODY} bytes; send fewer people at once")
        now = int(self._settings.clock().timestamp() * 1000)
        try:
            told = self._read(body, day_number_at(now))
        except _UnfitError as fault:
            return JSONResponse({"error": fault.told}, 400)
        return await self._store(told, now)

    async def _store(self, told: Sequence[Told], now: int) -> Response:
        job = partial(registrations.take, told=told, now=now)
        try:
            added = await asyncio.wrap_future(self._writer.submit(job, patient=False))
        except FullError:
            return _refused(503, "not stored; try again later")  # the writer says so by itself
        except Exception:
            log.exception("a call of the app could not be stored")
            return _refused(503, "not stored; try again later")
        return JSONResponse({"taken": len(told), "added": added})

    def _read(self, body: bytes, today: int) -> list[Told]:
        try:
            said = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise _UnfitError("not JSON") from None
        people = said if isinstance(said, list) else [said]
        if not 1 <= len(people) <= MOST:
            raise _UnfitError(f"{len(people)} people; expected 1 to {MOST} in one call")
        return [self._told(one, n, today) for n, one in enumerate(people)]

    def _told(self, one: object, index: int, today: int) -> Told:
        if not isinstance(one, dict) or one.keys() != _FIELDS:
            raise _UnfitError("expected an object with phone, kind and on, and nothing else", index)
        if any(not isinstance(value, str) for value in one.values()):
            raise _UnfitError("expected text in quotes for each of phone, kind and on", index)
        phone = parse(one["phone"][:64], self._settings.prefixes)
        if isinstance(phone, Bad):
            raise _UnfitError(phone.reason.en, index, "phone")
        kind = _KINDS.get(one["kind"])
        if kind is None:
            raise _UnfitError("expected installed or registered", index, "kind")
        try:
            day = registrations.number_of(date.fromisoformat(one["on"]), today)
        except (ValueError, BadInputError):
            first = registrations.FIRST_DAY
            expected = f"expected a day as 2026-11-30, from {first} to today"
            raise _UnfitError(expected, index, "on") from None
        return Told(int(phone.msisdn), kind, day)


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": {"index": None, "field": None, "message": message}}, status)
