"""VNPT (VinaPhone) brandname SMS: lists of numbers, registered templates (wire-formats.md 2.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from outreach.simulator.faults import Faults
from outreach.simulator.hours import Daily, at_night, local
from outreach.simulator.numbers import is_msisdn, network_by_prefix
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, json_reply, strings

_DAY_S = 86_400
_ADVERTISING = "2"
_MOST_ADS = 3  # a subscriber and day, as VNPT itself counts
_NOT_XML = frozenset("&<>\"'")
_UNACCENTED, _ACCENTED = "0", "8"
_REQUIRED = frozenset(
    {"REQID", "LABELID", "CONTRACTTYPEID", "CONTRACTID", "TEMPLATEID", "SCHEDULETIME"}
    | {"MOBILELIST", "ISTELCOSUB", "AGENTID", "APIUSER", "APIPASS", "USERNAME", "DATACODING"}
)
_SCHEDULE = "%d/%m/%Y %H:%M"

MESSAGES = {
    "-1": "Exception",
    "0": "success",
    "1": "User, password or IP is not valid",
    "2": "Schedule time is not valid",
    "3": "Method is not valid",
    "7": "Template is not valid",
    "9": "Contract type is not valid",
    "10": "User name is not valid",
    "12": "Time is not valid with the policy of Vinaphone",
    "13": "Contract is not valid",
    "14": "Label is not valid",
    "15": "Agent is not valid",
    "16": "Over speed",
    "17": "Data coding is not valid",
    "20": "Contract is out of quota",
    "23": "Several telcos in one request or mobile is not valid",
    "24": "Schedule time is in the past",
    "25": "Wrong telco",
    "26": "Subscriber received 3 requests today",
    "30": "Content has a banned keyword",
    "33": "Request id is duplicated",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VnptConfig:
    """A contract at VNPT; every credential is invented.

    `templates` maps a template id to the number of its parameters. `registered` holds the actual
    networks where the label is valid: VN, VT, MB, VM, GT, IT, RD. `duplicate_window_s`, for how
    long a REQID is known, is a guess, as is `list_most`. `night` is (22, 7) to answer 12 to
    advertisements in those hours of Viet Nam; None leaves the night open.
    """

    name: str = "vnpt"
    faults: Faults | None = None
    agent_id: str = "sim-vnpt-agent-id"
    api_user: str = "sim-vnpt-api-user"
    api_password: str = "sim-vnpt-api-password"  # noqa: S105 - invented
    username: str = "sim-vnpt-username"
    label_id: str = "sim-vnpt-label-id"
    contract_id: str = "sim-vnpt-contract-id"
    contract_types: tuple[str, ...] = ("1", "2")
    registered: tuple[str, ...] = ("VN", "IT", "RD")
    templates: Mapping[str, int] = field(
        default_factory=lambda: {
            "sim-install-guide": 1,
            "sim-deadline-reminder": 2,
            "sim-no-smartphone": 1,
            "sim-awaiting-approval": 1,
        }
    )
    banned: tuple[str, ...] = ("sim-banned",)
    quota: int = 1_000_000_000
    list_most: int = 1000
    duplicate_window_s: float = 7 * _DAY_S
    night: tuple[int, int] | None = None

    def build(self, stage: Stage) -> "Vnpt":
        """Set the dialect on its stage."""
        return Vnpt(self, stage)


@dataclass(frozen=True, slots=True)
class _Sent:
    at: float
    settles_at: float
    delivered: bool

    def status(self, now: float) -> str:
        """Tell how far a message is: waiting, handed on, sent or failed."""
        if now >= self.settles_at:
            return "0" if self.delivered else "1"
        return "2" if now - self.at < (self.settles_at - self.at) / 2 else "3"


class Vnpt(Dialect):
    """One address for all methods; a list is taken as a whole or not at all."""

    def __init__(self, config: VnptConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._taken: Recent[bool] = Recent(config.duplicate_window_s)
        self._sent: Recent[_Sent] = Recent(7 * _DAY_S)
        self._ads = Daily()  # by number
        self._quota = config.quota

    def routes(self) -> Routes:
        """All methods share one address."""
        return {("POST", f"/{self.stage.name}/smsmarketing/api"): self._call}

    async def _call(self, request: Request) -> Reply:
        asked = (request.json() or {}).get("RQST")
        told = asked if isinstance(asked, dict) else {}
        fields, name = strings(told), str(told.get("name"))
        match name:
            case "send_sms_list":
                return await self._send(request, fields, _values(told.get("PARAMS")))
            case "get_sms_status_api":
                about = f"{fields.get('REQID')} {fields.get('MSISND')}"
                code = self._status(fields, request.arrived)
                reply = json_reply({"RPLY": {"name": name, "STATUS": code, "MT_COUNT": "1"}})
                return self.stage.answered(request, name, about, Verdict(code, reply))
            case _:
                return self.stage.answered(request, name, "", Verdict("3", _reply(name, "3")))

    async def _send(
        self, request: Request, fields: Mapping[str, str], values: Sequence[str]
    ) -> Reply:
        text = "\x1f".join([fields.get("TEMPLATEID", ""), *values])
        key = fields.get("REQID", "")
        numbers = fields.get("MOBILELIST", "").split(",")
        messages = [Message(key=key, msisdn=number, text=text) for number in numbers]

        def judge(turns: Sequence[Turn]) -> Sequence[Verdict]:
            code = self._fault(fields, values, numbers, turns)
            if code == "0":
                self._accept(fields, numbers, turns)
            verdict = Verdict(
                code, _reply("send_sms_list", code), accepted=code == "0", reference=key
            )
            return [verdict] * len(turns)

        return await self.stage.play_list(request, messages, judge)

    def _fault(
        self,
        fields: Mapping[str, str],
        values: Sequence[str],
        numbers: Sequence[str],
        turns: Sequence[Turn],
    ) -> str:
        """Return the code for a list; 0 where there is nothing against it."""
        first = turns[0]
        return (
            self._login_fault(fields)
            or first.planned("16")
            or ("-1" if _REQUIRED - fields.keys() or not fields["REQID"] else "")
            or self._form_fault(fields, values)
            or _schedule_fault(fields["SCHEDULETIME"], first.at)
            or ("33" if first.before(self._taken, fields["REQID"]) else "")
            or self._number_fault(fields, numbers, turns)
            or self._policy_fault(fields, numbers, first.at)
            or "0"
        )

    def _login_fault(self, fields: Mapping[str, str]) -> str:
        config = self._config
        if (fields.get("APIUSER"), fields.get("APIPASS")) != (config.api_user, config.api_password):
            return "1"
        return "" if fields.get("AGENTID") == config.agent_id else "15"

    def _form_fault(self, fields: Mapping[str, str], values: Sequence[str]) -> str:
        config = self._config
        for name, known, code in (
            ("CONTRACTTYPEID", config.contract_types, "9"),
            ("USERNAME", (config.username,), "10"),
            ("CONTRACTID", (config.contract_id,), "13"),
            ("LABELID", (config.label_id,), "14"),
            ("DATACODING", (_UNACCENTED, _ACCENTED), "17"),
        ):
            if fields[name] not in known:
                return code
        if config.templates.get(fields["TEMPLATEID"]) != len(values):
            return "7"
        if any(_NOT_XML.intersection(value) for value in values):
            return "-1"
        text = " ".join(values).lower()
        if fields["DATACODING"] == _UNACCENTED and not text.isascii():
            return "17"
        return "30" if any(word in text for word in config.banned) else ""

    def _number_fault(
        self, fields: Mapping[str, str], numbers: Sequence[str], turns: Sequence[Turn]
    ) -> str:
        if len(numbers) > self._config.list_most:
            return "-1"
        if turns[0].refused or any(turn.subscriber.blocked for turn in turns):
            return "23"
        if not all(map(is_msisdn, numbers)):
            return "23"
        actual = [turn.subscriber.network for turn in turns]
        if len(set(actual)) > 1:
            return "25" if actual != [network_by_prefix(number) for number in numbers] else "23"
        if actual[0] not in self._config.registered:
            return "25"
        # What it answers to accents elsewhere is not documented, only that they do not go.
        return "17" if fields["DATACODING"] == _ACCENTED and actual[0] != "VN" else ""

    def _policy_fault(self, fields: Mapping[str, str], numbers: Sequence[str], at: float) -> str:
        if fields["CONTRACTTYPEID"] == _ADVERTISING:
            if at_night(at, self._config.night):
                return "12"
            had = self._ads.on(at)
            if any(had[number] >= _MOST_ADS for number in numbers):
                return "26"
        return "" if self._quota >= len(numbers) else "20"

    def _accept(
        self, fields: Mapping[str, str], numbers: Sequence[str], turns: Sequence[Turn]
    ) -> None:
        key, at = fields["REQID"], turns[0].at
        self._quota -= len(numbers)
        if fields["CONTRACTTYPEID"] == _ADVERTISING:
            self._ads.on(at).update(numbers)
        self._taken.put(key, value=True, at=at)
        for number, turn in zip(numbers, turns, strict=True):
            sent = _Sent(turn.at, turn.settles_at, not turn.undelivered)
            self._sent.put(f"{key}\x1f{number}", sent, turn.at)

    def _status(self, fields: Mapping[str, str], now: float) -> str:
        if self._login_fault(fields):
            return "10"
        sent = self._sent.get(f"{fields.get('REQID')}\x1f{fields.get('MSISND')}", now)
        return "-1" if sent is None else sent.status(now)


def _values(told: object) -> list[str]:
    """Read PARAMS: a string for each NUM from "1" on; none where it is anything else."""
    rows = [strings(row) for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    found = {row.get("NUM"): row.get("CONTENT") for row in rows}
    values = [found.get(str(n)) for n in range(1, len(found) + 1)]
    return [value for value in values if value is not None]


def _schedule_fault(told: str, now: float) -> str:
    """Say what is wrong with a SCHEDULETIME; none is now, a later one too."""
    if not told:
        return ""
    try:
        at = datetime.strptime(told, _SCHEDULE).replace(tzinfo=local(now).tzinfo)
    except ValueError:
        return "2"
    return "24" if at < local(now) else ""


def _reply(name: str, code: str) -> Reply:
    told = {"name": name, "ERROR": code, "ERROR_DESC": MESSAGES.get(code, "")}
    return json_reply({"RPLY": told})


DIALECT = VnptConfig
