"""MobiFone brandname SMS, one number a call, within a session (wire-formats.md 2.3).

It takes no id of ours and gives none, and nothing tells of delivery. No table of its `status` is
known: one that is not 200 is a refusal of that message, and not of the account, because otherwise
a single bad number would stop everybody; when all are refused, the share of errors stops them.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from outreach.carriers.base import (
    Capabilities,
    PullError,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Answer, Reply, short, unreadable
from outreach.carriers.options import figure, wrong
from outreach.carriers.ports import Ports
from outreach.carriers.tokens import TokenConnector
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.domain.text import Encoding
from outreach.domain.token import Tokens
from outreach.settings import Account

_LOST = re.compile(rb"SessionExpired|SidNotPassed|NotLoggedIn", re.IGNORECASE)
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
        send = partial(self._send, message, message.content)
        answer = await self._session.used(send, _lost)
        return _read(answer) if isinstance(answer, Reply) else answer

    async def standing(self) -> Standing:
        """Log in; MobiFone tells nothing more of a contract."""
        found = await self._session.asked_anew()
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


class _Session(TokenConnector):
    """Keeps MobiFone's sid, in `Tokens` without a refresh token."""

    step = "login"
    missing = "no session"

    def __init__(self, account: Account, ports: Ports) -> None:
        super().__init__(ports, margin=timedelta(0))
        self._url = f"{account.base_url}/smsg/login.jsp"
        self._form = {
            "userName": account.option("user"),
            "password": account.option("password"),
            "bindMode": "T",
        }
        self._life = _life(account)

    async def _asked(self, _kept: Tokens | None) -> Tokens | Refused:
        reply = await self._posted(self._url, form=self._form)
        if isinstance(reply, Refused):
            return reply
        if reply.fault() is not None:
            return self.none(f"HTTP {reply.status}")
        body = reply.json() or {}
        status, sid = short(body.get("status")), (short(body.get("sid"), 256) or "").strip()
        if status is not None and status != _GOOD:
            return self.none("login refused", _code(status))
        if status is None or not sid or not sid.isprintable():
            return self.none("unreadable answer")
        return Tokens(sid, "", self._ports.clock() + self._life)


def _lost(answer: Answer) -> bool:
    """Whether an answer says that the session is no more: nothing was sent then."""
    return isinstance(answer, Reply) and answer.status == 401 and bool(_LOST.search(answer.body))


def _read(reply: Reply) -> Outcome:
    if (fault := reply.fault()) is not None:
        return fault
    body = reply.json()
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


def _life(account: Account) -> timedelta:
    """Read for how long a sid is used; none is documented, one client trusts it for 5 minutes."""
    minutes = figure(account, "session_minutes", 5)
    if not minutes:
        raise wrong(account, "session_minutes", "a number above 0")
    return timedelta(minutes=minutes)


def codes() -> Mapping[str, Outcome]:
    """The few answers that are known of MobiFone, and what they mean to us."""
    gone = Reply(401, {}, b"").fault()
    assert gone is not None, "a 401 says no"
    return {
        _GOOD: _outcome(_GOOD),
        "HTTP 401": gone,
        "any other": _outcome("other"),
        "login": _Session.none("login refused"),
    }


def build(account: Account, ports: Ports) -> Mobifone:
    """Make the adapter for an account."""
    return Mobifone(account, ports)
