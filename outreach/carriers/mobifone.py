"""MobiFone brandname SMS, one number a call, within a session (wire-formats.md 2.3).

It takes no id of ours and gives none, and nothing tells of delivery. No table of its `status` is
known: one that is not 200 is a refusal of that message, and not of the account, because otherwise
a single bad number would stop everybody; when all are refused, the share of errors stops them.
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta

from outreach.carriers.base import (
    Capabilities,
    PullError,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Answer, Reply, short, unreadable
from outreach.carriers.ports import Ports
from outreach.domain.errors import BadInputError
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope
from outreach.domain.text import Encoding
from outreach.domain.token import Tokens
from outreach.settings import Account

_LOST = re.compile(rb"SessionExpired|SidNotPassed|NotLoggedIn", re.IGNORECASE)
_NO_TURN = timedelta(minutes=1)
_GOOD = "200"


class Mobifone:
    """MobiFone's smsg pages; accented texts have a page of their own."""

    capabilities = Capabilities(Channel.SMS, ReceiptWay.ABSENT, receipts_carry_key=False)

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._sender = account.sender
        self._plain = f"{account.base_url}/smsg/send.jsp"
        self._accented = f"{account.base_url}/smsg/send_2.jsp"
        self._session = _Session(account, ports)

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS; a lost session is begun anew once, for it was a definite no."""
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        if message.content.encoding is Encoding.GSM7 and not message.content.body.isascii():
            return Refused(Scope.RECIPIENT, "NOT_ASCII", "a sign that only accented texts carry")
        held = await self._session.held()
        if isinstance(held, Refused):
            return held
        answer = await self._send(message, message.content, held)
        if not _lost(answer):
            return _read(answer)
        renewed = await self._session.renewed(held)
        if isinstance(renewed, Refused):
            return renewed
        if not await self._ports.turn(LimitScope.SEND):
            return Later(_NO_TURN, "the account's limit is used up")
        return _read(await self._send(message, message.content, renewed))

    async def standing(self) -> Standing:
        """Log in; MobiFone tells nothing more of a contract."""
        found = await self._session.begun()
        if isinstance(found, Refused):
            raise PullError(f"login.jsp: {found.code} {found.reason}")
        return Standing()

    async def _send(self, message: Submission, text: Text, session: Tokens) -> Answer:
        fields = {
            "sid": session.access,
            "sender": self._sender,
            "recipient": message.msisdn,
            "content": text.body,
        }
        if text.encoding is Encoding.UCS2:
            fields = {"enCoding": "ALPHA_UCS2", **fields}
            return await self._ports.http.get(self._accented, params=fields)
        return await self._ports.http.get(self._plain, params=fields)


class _Session:
    """Keeps MobiFone's sid, in `Tokens` without a refresh token; one login at a time."""

    def __init__(self, account: Account, ports: Ports) -> None:
        self._ports = ports
        self._url = f"{account.base_url}/smsg/login.jsp"
        self._form = {
            "userName": account.option("user"),
            "password": account.option("password"),
            "bindMode": "T",
        }
        self._life = _life(account)
        self._held: Tokens | None = None
        self._login: asyncio.Task[Tokens | Refused] | None = None

    async def held(self) -> Tokens | Refused:
        """Give the session, or begin one; a failure is a refusal of the account."""
        held = self._held or self._ports.tokens.load()
        if held is None or not self._lasts(held):
            return await self.renewed(held)
        self._held = held
        return held

    async def begun(self) -> Tokens | Refused:
        """Begin a session, whether or not there is one."""
        return await self.renewed(self._held or self._ports.tokens.load())

    async def renewed(self, stale: Tokens | None) -> Tokens | Refused:
        """Give a session other than the stale one; all who ask meanwhile share one login."""
        if self._login is None:
            self._login = asyncio.create_task(self._renew(stale))
            self._login.add_done_callback(self._forget)
        return await asyncio.shield(self._login)

    def _forget(self, _done: object) -> None:
        self._login = None

    def _lasts(self, session: Tokens) -> bool:
        return session.expires > self._ports.clock()

    async def _renew(self, stale: Tokens | None) -> Tokens | Refused:
        async with self._ports.tokens.refreshing():
            kept = self._ports.tokens.load()
            if kept is None or not kept.differs(stale) or not self._lasts(kept):
                fresh = await self._begin()
                if isinstance(fresh, Refused):
                    return fresh
                self._ports.tokens.save(fresh)
                kept = fresh
            self._held = kept  # else another process was faster
            return kept

    async def _begin(self) -> Tokens | Refused:
        if not await self._ports.turn(LimitScope.TOKEN):
            return _none("pace", "the account's limit is used up")
        answer = await self._ports.http.post(self._url, form=self._form)
        if not isinstance(answer, Reply):
            return _none("login", answer.reason)
        if answer.fault() is not None:
            return _none("login", f"HTTP {answer.status}")
        body = answer.json() or {}
        status, sid = short(body.get("status")), (short(body.get("sid"), 256) or "").strip()
        if status is not None and status != _GOOD:
            return _none(_code(status), "login refused")
        if status is None or not sid or not sid.isprintable():
            return _none("login", "unreadable answer")
        return Tokens(sid, "", self._ports.clock() + self._life)


def _lost(answer: Answer) -> bool:
    """Whether an answer says that the session is no more: nothing was sent then."""
    return isinstance(answer, Reply) and answer.status == 401 and bool(_LOST.search(answer.body))


def _read(answer: Answer) -> Outcome:
    if not isinstance(answer, Reply):
        return answer
    if (fault := answer.fault()) is not None:
        return fault
    body = answer.json()
    if body is None:
        return unreadable("not a JSON object")
    status = short(body.get("status"))
    return unreadable("no 'status'") if status is None else _outcome(status)


def _outcome(status: str) -> Outcome:
    if status == _GOOD:
        return Accepted()
    return Refused(Scope.RECIPIENT, _code(status), "unlisted status")


def _code(status: str) -> str:
    """Keep a status that is a number; words could hold anything."""
    return status if re.fullmatch("[0-9]{1,5}", status, re.ASCII) else "status"


def _none(code: str, reason: str) -> Refused:
    return Refused(Scope.ACCOUNT, code, f"no session: {reason}")


def _life(account: Account) -> timedelta:
    """Read for how long a sid is used; none is documented, one client trusts it for 5 minutes."""
    told = account.options.get("session_minutes", 5)
    try:
        life = timedelta(minutes=float(told))
    except (ValueError, OverflowError):
        life = timedelta(0)
    if life <= timedelta(0):
        raise BadInputError(
            f"config/accounts/{account.name}.toml: session_minutes must be a number above 0,"
            f" not '{told}'"
        )
    return life


def codes() -> Mapping[str, Outcome]:
    """The few answers that are known of MobiFone, and what they mean to us."""
    gone = Reply(401, {}, b"").fault()
    assert gone is not None, "a 401 says no"
    return {
        _GOOD: _outcome(_GOOD),
        "HTTP 401": gone,
        "any other": _outcome("other"),
        "login": _none("login", "login refused"),
    }


def build(account: Account, ports: Ports) -> Mobifone:
    """Make the adapter for an account."""
    return Mobifone(account, ports)
