"""Carriers' programs: a month's figures handed in, and what was handed in read again.

An answer is JSON; an error is {"error": {"kind", "message", "message_vi", "faults", "more"}}, each
fault with field, kind, message and message_vi; `more` counts those that are left out. Kinds:
credential (401), role (403), media_type (415), too_large (413), body (400), faults (422), and, of
what may be handed in after a step by a person or with one field more: closed, why, confirm (409).
503 means: not stored, come again.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial

import orjson
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.month import Month
from outreach.settings import Settings
from outreach.statistics.findings import Finding, RefusedError
from outreach.statistics.statements import (
    Call,
    Fault,
    Prepared,
    UnconfirmedError,
    hand_in,
    prepare,
    read_call,
)
from outreach.store import orders, statements, users
from outreach.store.database import Database, Writer
from outreach.store.room import FullError
from outreach.store.statements import FIGURES, Statement
from outreach.store.users import User
from outreach.web.api.body import read_body

log = logging.getLogger(__name__)

PATH = "/api/statements"
MAX_BODY = 1 << 20
"""The largest call that is taken, in bytes."""
MOST_FAULTS = 200
"""That an answer tells: a call of 1 MB may have a hundred thousand."""
MOST_LOOKED_UP = 4
"""Callers at once: a flood of wrong credentials leaves the database's connections to others."""

_MESSAGES = {
    401: (
        "credential",
        "the credential is missing or not known",
        "thiếu hoặc sai thông tin đăng nhập",
    ),
    403: (
        "role",
        "only the user of a carrier may come here",
        "chỉ tài khoản của nhà mạng được dùng",
    ),
    400: ("body", "the body is no JSON", "nội dung gửi lên không phải JSON"),
    413: ("too_large", "the body is larger than 1 MB", "nội dung gửi lên lớn hơn 1 MB"),
    415: ("media_type", "expected application/json", "cần Content-Type application/json"),
    422: ("faults", "the figures are refused", "số liệu bị từ chối"),
    503: ("not_stored", "not stored; come again later", "chưa lưu được; hãy gửi lại sau"),
}
_LATER = {
    Fault.CLOSED: ("closed", "the month is closed", "tháng đã khóa"),
    Fault.WHY: ("why", "say why the figures are replaced", "hãy ghi lý do sửa (why)"),
}
_CONFIRM = ("confirm", "something looks odd: confirm it", "có điểm cần xác nhận (confirm)")


class StatementDoor:
    """The door of `/api/statements`, for users with the role of a carrier."""

    def __init__(self, settings: Settings, database: Database, writer: Writer) -> None:
        self._settings, self._database, self._writer = settings, database, writer
        self._turn = asyncio.Semaphore(MOST_LOOKED_UP)

    async def answer(self, request: Request) -> Response:
        """Answer a call; whatever goes wrong with the store, the carrier has to come again."""
        try:
            shown = request.headers.get("authorization", "")
            async with self._turn:
                user = await run_in_threadpool(self._user, shown)
            if user is None:
                return _refused(401, headers={"WWW-Authenticate": "Bearer"})
            if user.role is not Role.CARRIER:
                return _refused(403)
            return await (self._take if request.method == "POST" else self._show)(request, user)
        except FullError:
            return _refused(503)  # the writer says so, once for all calls
        except Exception:
            log.exception("a carrier's statement could not be handled")
            return _refused(503)

    def _user(self, shown: str) -> User | None:
        """Who calls; None when nobody is known by that credential."""
        scheme, _, credential = shown.partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            with self._database.read() as conn:
                return users.known_by(conn, credential.strip())
        except NotAllowedError:
            return None

    async def _take(self, request: Request, user: User) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _refused(415)
        body = await read_body(request, MAX_BODY)
        if body is None:
            return _refused(413)
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _refused(400)
        try:
            reporting = self._settings.reporting
            call = await run_in_threadpool(read_call, told, reporting, user.carrier)
            job = partial(_stored, settings=self._settings, call=call, by=user.name)
            stored, prepared = await asyncio.wrap_future(self._writer.submit(job, patient=False))
        except RefusedError as refused:
            return _unfit(refused)
        answer = {
            "carrier": stored.carrier,
            "month": str(Month.of_number(stored.month)),
            "revision": stored.revision,
            "counts": prepared.counts,
            "new": prepared.new,
            "cautions": list(stored.cautions),
        }
        return JSONResponse(answer, 201 if prepared.new else 200)

    async def _show(self, request: Request, user: User) -> Response:
        told = request.query_params.get("month", "")
        try:
            month = Month.parse(told)
        except BadInputError as fault:
            told_vi = "cần tháng dạng 2026-11, ví dụ ?month=2026-11"
            return _refused(422, said=("faults", str(fault), told_vi))
        found = await run_in_threadpool(self._found, user, month)
        return JSONResponse({"carrier": user.carrier, "month": str(month), "statements": found})

    def _found(self, user: User, month: Month) -> list[dict[str, object]]:
        with self._database.read() as conn:
            history = statements.history(conn, user.carrier, month.number)
            numbers = {line.by_order for each in history for line in each.lines} - {0}
            names = {number: orders.get(conn, number).name for number in numbers}
        return [_json(each, names) for each in reversed(history)]


def _stored(
    conn: Connection, settings: Settings, call: Call, by: str
) -> tuple[Statement, Prepared]:
    prepared = prepare(conn, settings, call.told, by, call.why)
    return hand_in(conn, prepared, confirm=call.confirm), prepared


def _json(statement: Statement, orders: Mapping[int, str]) -> dict[str, object]:
    """A statement as it was told: in the fields of a call, with its revision."""
    lines = [
        {
            "order": orders.get(line.by_order, ""),
            "district": line.district,
            **{name: line.figure(name) for name in FIGURES},
        }
        for line in statement.lines
    ]
    names = ("revision", "source", "why", "difficulties", "causes", "invoiced_parts",
             "invoiced_dong")  # fmt: skip
    return {name: getattr(statement, name) for name in names} | {
        "at_ms": statement.at,
        "cautions": list(statement.cautions),
        "lines": lines,
    }


def _unfit(refused: RefusedError) -> Response:
    """What is told of figures that were not taken in."""
    kinds = {finding.kind for finding in refused.findings}
    if isinstance(refused, UnconfirmedError):
        return _refused(409, refused.findings, _CONFIRM)
    for kind, said in _LATER.items():
        if kind in kinds and kinds <= _LATER.keys():
            return _refused(409, refused.findings, said)
    return _refused(422, refused.findings)


def _refused(
    status: int,
    findings: Sequence[Finding] = (),
    said: tuple[str, str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    kind, message, message_vi = said or _MESSAGES[status]
    faults = [
        {"field": str(each.place), "kind": each.kind, "message": each.en, "message_vi": each.vi}
        for each in findings[:MOST_FAULTS]
    ]
    error = {"kind": kind, "message": message, "message_vi": message_vi, "faults": faults}
    return JSONResponse({"error": error | {"more": len(findings) - len(faults)}}, status, headers)
