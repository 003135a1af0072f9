"""Viettel brandname SMS over SOAP `bulkapi` (wire-formats.md 2.1)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import quoteattr

from outreach.simulator import soap
from outreach.simulator.faults import Faults
from outreach.simulator.hours import local
from outreach.simulator.numbers import is_msisdn
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.texts import Registry
from outreach.simulator.wire import Reply, Request, Routes

NAMESPACE = "http://impl.bulkSms.ws/"
_XML = b"text/xml;charset=utf-8"
_HOSTED = {"IT": "VN", "RD": "VN"}  # networks without a name of their own in ALIAS_INVALID
_NAMED = ("VT", "VN", "MB", "VM")
_BUSY = "Check information error"
_AUTH_FIELDS = {"Cp_code": "CPCode", "UserName": "User", "Password": "Password"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ViettelConfig:
    """A contract at Viettel; every credential is invented.

    `registered` holds the actual networks where the brandname is registered: VT, VN, MB, VM.
    `templates` are texts with `{places}`; `max_bytes` counts two for each character when accented.
    `duplicate_window_s` is a guess: how long Viettel remembers a text is not documented, and no
    more is the form of a date, `date_form`.
    """

    name: str = "viettel"
    faults: Faults | None = None
    user: str = "sim-viettel-user"
    password: str = "sim-viettel-password"  # noqa: S105 - invented
    cp_code: str = "SIM-CP"
    brandname: str = "SIM-CITY"
    registered: tuple[str, ...] = ("VT",)
    templates: tuple[str, ...] = ("{text}",)
    banned: tuple[str, ...] = ("sim-banned",)
    max_bytes: int = 918
    balance: int = 100_000_000  # only told, never spent
    failed_after_s: float = 0.0  # from a failure to its place on the list; in life about a day
    duplicate_window_s: float = 300.0
    date_form: str = "%d/%m/%Y"

    def build(self, stage: Stage) -> "Viettel":
        """Set the dialect on its stage."""
        return Viettel(self, stage)


class Viettel(Dialect):
    """One SOAP endpoint; nothing is pushed: failures are pulled by day."""

    def __init__(self, config: ViettelConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._texts = Registry(config.templates, config.banned)
        self._taken: Recent[bool] = Recent(config.duplicate_window_s)
        self._failed: defaultdict[date, list[tuple[float, str]]] = defaultdict(list)
        self._accepted: Counter[date] = Counter()

    def routes(self) -> Routes:
        """All operations share one address."""
        return {("POST", f"/{self.stage.name}/bulkapi"): self._call}

    async def _call(self, request: Request) -> Reply:
        try:
            operation, fields = soap.read_call(request, NAMESPACE)
        except soap.SoapError as error:
            return self.stage.answered(request, "unreadable", "", _fault(str(error)))
        if operation == "wsCpMt":
            return await self._send(request, fields)
        about = fields.get("date", "") or fields.get("startDate", "")
        verdict = self._tell(operation, request, fields)
        return self.stage.answered(request, operation, about, verdict)

    def _tell(self, operation: str, request: Request, fields: Mapping[str, str]) -> Verdict:
        match operation:
            case "getFailSub":
                return self._fail_sub(request, fields)
            case "wsReportDaily":
                return self._report_daily(fields)
            case "checkBalance":
                return self._check_balance(fields)
            case _:
                return _fault(f"no operation '{operation}'")

    async def _send(self, request: Request, fields: Mapping[str, str]) -> Reply:
        message = Message(
            key=fields.get("RequestID", ""),
            msisdn=fields.get("UserID", ""),
            text=fields.get("Content", ""),
        )
        return await self.stage.play(request, message, lambda turn: self._judge(fields, turn))

    def _judge(self, fields: Mapping[str, str], turn: Turn) -> Verdict:
        reason = (
            self._auth_fault(fields)
            or turn.planned(_BUSY)  # no throttle answer is documented
            or _form_fault(fields)
            or self._sender_fault(fields, turn)
            or self._text_fault(fields)
            or ("Check ReceiverID: FORMAT_ERROR" if turn.refused else "")
        )
        return Verdict(reason, _result(0, reason)) if reason else self._accept(fields, turn)

    def _auth_fault(self, fields: Mapping[str, str]) -> str:
        config = self._config
        for shown, name in _AUTH_FIELDS.items():
            if not fields.get(name):
                return f"Authenticate: {shown} NULL_OR_BLANK"
        if fields["CPCode"] != config.cp_code:
            return "Authenticate: CP_CODE_NOT_FOUND"
        if (fields["User"], fields["Password"]) != (config.user, config.password):
            return "Authenticate: WRONG_INFORMATION_AUTHENTICATE"
        return ""

    def _sender_fault(self, fields: Mapping[str, str], turn: Turn) -> str:
        network = _HOSTED.get(turn.subscriber.network, turn.subscriber.network)
        if network not in _NAMED:
            return "Unable to check telco from input receiver"
        known = fields.get("ServiceID") == self._config.brandname
        if not known or network not in self._config.registered:
            return f"Check ServiceID: ALIAS_INVALID:TELCO={network}"
        again = turn.before(self._taken, _pair(fields))
        return "Check ServiceID: DUPLICATE MESSAGE" if again else ""

    def _text_fault(self, fields: Mapping[str, str]) -> str:
        text, accented = fields["Content"], fields.get("ContentType") == "1"
        size = len(text) * (2 if accented else 1)
        if size > self._config.max_bytes:
            most = self._config.max_bytes
            return f"Check Content: MAXLENGTH_LIMIT_{most}_BYTE (YOUR_CONTENT: {size} BYTE)"
        if self._texts.bans(text):
            return "Check Content: MSG_ERROR_CONTAIN_BLACKLIST"
        known = self._texts.knows(text, accented=accented)
        return "" if known else "Check template: CONTENT_NOT_MATCH_TEMPLATE"

    def _accept(self, fields: Mapping[str, str], turn: Turn) -> Verdict:
        day = local(turn.at).date()
        self._taken.put(_pair(fields), value=True, at=turn.at)
        self._accepted[day] += 1
        if turn.undelivered:
            self._failed[day].append((turn.settles_at, fields["UserID"]))
        return Verdict("1", _result(1, "Insert MT_QUEUE: OK"), accepted=True)

    def _fail_sub(self, request: Request, fields: Mapping[str, str]) -> Verdict:
        """Page through those who did not get it on a day; pages count from 1."""
        config = self._config
        given = (fields.get("username"), fields.get("password"), fields.get("cpCode"))
        if given != (config.user, config.password, config.cp_code):
            return _fail_sub("1", "Authenticate: WRONG_INFORMATION_AUTHENTICATE")
        page, size = fields.get("pageNumber", ""), fields.get("pageSize", "")
        whole = page.isdecimal() and size.isdecimal() and int(page) > 0
        day = self._date(fields.get("date", ""))
        if fields.get("alias") != config.brandname or not whole or day is None:
            return _fail_sub("1", "wrong alias, date or page")  # its words are not documented
        failed, now = self._failed.get(day, ()), request.arrived
        known = [msisdn for at, msisdn in failed if at + config.failed_after_s <= now]
        shown = known[(int(page) - 1) * int(size) :][: int(size)]
        rows = (f'<result receiver={quoteattr(n)} message="UNDELIVERED"/>' for n in shown)
        return _fail_sub("0", "OK", "".join(rows))

    def _check_balance(self, fields: Mapping[str, str]) -> Verdict:
        """Answer as the generated stubs have it; that errCode 0 is success is a guess."""
        reason = self._auth_fault(fields)
        values: dict[str, object] = {"errCode": 1, "errDesc": reason}
        if not reason:
            values = {"balance": self._config.balance, "errCode": 0, "errDesc": "OK"}
        return Verdict(reason or "0", _return("checkBalance", soap.elements(values)))

    def _report_daily(self, fields: Mapping[str, str]) -> Verdict:
        """Answer one `return` for each day from startDate to endDate that had messages."""
        first, last = (self._date(fields.get(name, "")) for name in ("startDate", "endDate"))
        reason = self._auth_fault(fields)
        if reason or first is None or last is None:
            told = reason or f"expected dates as {self._config.date_form}"
            values = {"message": told, "result": 0}
            return Verdict(told, _return("wsReportDaily", soap.elements(values)))
        days = [day for day in self._accepted if first <= day <= last]
        rows = "".join(self._day_row(day) for day in days)
        return Verdict("1", _answer("wsReportDaily", rows))

    def _day_row(self, day: date) -> str:
        total, failed = self._accepted[day], len(self._failed.get(day, ()))
        values = {
            "cpAlias": self._config.brandname,
            "cpCode": self._config.cp_code,
            "mtError": 0,
            "mtFailure": failed,
            "mtSent": total - failed,
            "reportDate": day.strftime(self._config.date_form),
            "result": 1,
            "sumMT": total,
        }
        return f"<return>{soap.elements(values)}</return>"

    def _date(self, text: str) -> date | None:
        try:
            return datetime.strptime(text, self._config.date_form).date()  # noqa: DTZ007 - only its day is kept, which has no zone
        except ValueError:
            return None


def _form_fault(fields: Mapping[str, str]) -> str:
    for name in ("RequestID", "UserID", "ReceiverID", "CommandCode", "Content"):
        if not fields.get(name):
            return f"Check {name}: NULL_OR_BLANK"
    receiver = fields["ReceiverID"]
    if not fields["RequestID"].isdecimal():
        return "Check RequestID: REQUEST_ID_NOT_NUMBER"
    if not receiver.isdecimal():
        return "Check ReceiverID: FORMAT_ERROR"
    if fields["UserID"] != receiver:
        return "Check ReceiverID: UserID_NOT_EQUAL_ReceiverID"
    if not is_msisdn(receiver):
        return "Length of ReceiverID is invalid"
    return "" if fields["CommandCode"] == "bulksms" else "Check CommandCode: COMMAND_CODE_ERROR"


def _pair(fields: Mapping[str, str]) -> str:
    return f"{fields['UserID']}\x1f{fields['Content']}"


def _answer(operation: str, returned: str) -> Reply:
    return Reply(soap.answer(NAMESPACE, operation, returned), content_type=_XML)


def _fail_sub(code: str, message: str, rows: str = "") -> Verdict:
    told = soap.elements({"errorCode": code, "message": message})
    return Verdict(code, _return("getFailSub", told + rows))


def _return(operation: str, inner: str) -> Reply:
    return _answer(operation, f"<return>{inner}</return>")


def _fault(reason: str) -> Verdict:
    return Verdict("fault", Reply(soap.fault(reason), 500, _XML))


def _result(result: int, message: str) -> Reply:
    return _return("wsCpMt", soap.elements({"message": message, "result": result}))


DIALECT = ViettelConfig
