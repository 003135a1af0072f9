"""MobiFone brandname SMS: a session, and a page for each spelling (wire-formats.md 2.3).

No table of statuses is documented: those other than 200 are invented here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.simulator.faults import Faults, roll
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes, json_reply

_FORGOTTEN_S = 86_400  # an older session is as unknown as one that never was

MESSAGES = {
    "400": "Parameter is not valid",
    "403": "Brandname is not registered for this network",
    "405": "User name or password is wrong",
    "406": "Content does not match the registered template",
    "407": "Content has a banned keyword",
    "408": "Recipient is not valid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MobifoneConfig:
    """An account at MobiFone; every credential is invented.

    `session_s` is how long a sid lives, a guess. `registered` holds the actual networks where the
    brandname is registered: VT, MB, VN, VM, GT, IT, RD.
    """

    name: str = "mobifone"
    faults: Faults | None = None
    user: str = "sim-mobifone-user"
    password: str = "sim-mobifone-password"  # noqa: S105 - invented
    brandname: str = "SIM-CITY"
    registered: tuple[str, ...] = ("MB",)
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    session_s: float = 600.0

    def build(self, stage: Stage) -> "Mobifone":
        """Set the dialect on its stage."""
        return Mobifone(self, stage)


class Mobifone(Dialect):
    """Pages that take a query or a form; a lost session is an HTTP 401 with one word."""

    def __init__(self, config: MobifoneConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._texts = Registry(config.templates, config.banned)
        self._logins = 0
        self._sessions: dict[str, float] = {}  # sid → end

    def routes(self) -> Routes:
        """Each page by GET and by POST."""
        at = f"/{self.stage.name}/smsg"
        pages = {"login": self._login, "send": self._plain, "send_2": self._accented}
        return {
            (method, f"{at}/{page}.jsp"): handler
            for page, handler in pages.items()
            for method in ("GET", "POST")
        }

    async def _login(self, request: Request) -> Reply:
        fields, config = request.parameters(), self._config
        if (fields.get("userName"), fields.get("password")) != (config.user, config.password):
            verdict = Verdict("405", _status("405"))
        elif fields.get("bindMode") != "T":
            verdict = Verdict("400", _status("400"))
        else:
            verdict = Verdict("200", self._begin(request.arrived))
        return self.stage.answered(request, "login", "", verdict)

    def _begin(self, now: float) -> Reply:
        self._logins += 1
        sid = f"sim-sid-{roll(self.stage.seed, self.stage.name, 'sid', str(self._logins)).name}"
        kept = {known: end for known, end in self._sessions.items() if end > now - _FORGOTTEN_S}
        self._sessions = kept | {sid: now + self._config.session_s}
        return json_reply({"sid": sid, "status": "200"})

    async def _plain(self, request: Request) -> Reply:
        return await self._send(request, request.parameters(), accented=False)

    async def _accented(self, request: Request) -> Reply:
        return await self._send(request, request.parameters(), accented=True)

    async def _send(self, request: Request, fields: Mapping[str, str], *, accented: bool) -> Reply:
        message = Message(
            key="", msisdn=fields.get("recipient", ""), text=fields.get("content", "")
        )

        def judge(turn: Turn) -> Verdict:
            if lost := self._lost(fields.get("sid", ""), turn.at):
                return Verdict(lost, Reply(lost.encode(), 401, b"text/plain"))
            if (planned := turn.planned("429")) == "429":  # how MobiFone says so is not documented
                return Verdict("429", Reply(b"", 429))
            code = planned or self._fault(fields, turn, accented=accented) or "200"
            return Verdict(code, _status(code), accepted=code == "200")

        return await self.stage.play(request, message, judge)

    def _lost(self, sid: str, at: float) -> str:
        """Return the word for a session that does not hold."""
        if not sid:
            return "SidNotPassed"
        if sid not in self._sessions:
            return "NotLoggedIn"
        return "" if self._sessions[sid] > at else "SessionExpired"

    def _fault(self, fields: Mapping[str, str], turn: Turn, *, accented: bool) -> str:
        text = fields.get("content", "")
        coded = fields.get("enCoding") == "ALPHA_UCS2"
        if not text or coded is not accented or not (accented or text.isascii()):
            return "400"
        if turn.refused or not is_msisdn(fields.get("recipient", "")):
            return "408"
        if fields.get("sender") != self._config.brandname:
            return "403"
        if turn.subscriber.network not in self._config.registered:
            return "403"
        if self._texts.bans(text):
            return "407"
        return "" if self._texts.knows(text) else "406"


def _status(status: str) -> Reply:
    return json_reply({"status": status, "message": MESSAGES.get(status, "Success")})


DIALECT = MobifoneConfig
