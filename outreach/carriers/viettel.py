"""Viettel brandname SMS by SOAP, one number a call (wire-formats.md 2.1).

It takes no id of ours and gives none; who was not reached is asked for, a day at a time. Its
operation for many messages (wsCpBatchMt) is left out: what it answers for each is not known.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from outreach.carriers.base import (
    Capabilities,
    PullError,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.http import Reply, masked, money, unreadable
from outreach.carriers.ports import Ports
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, NotSent, Outcome, Refused, Scope
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding
from outreach.settings import Account

_NAMESPACE = "http://impl.bulkSms.ws/"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_HEADERS = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
_PAGE = 1000
_MOST_PAGES = 10_000
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_REFUSED: Sequence[tuple[str, Scope, str]] = (
    # What the text contains, in capitals; the first that fits. Order matters for the general ones.
    ("AUTHENTICATE: IP_INVALID", Scope.ACCOUNT, "address not allow-listed"),
    ("AUTHENTICATE: CP_CODE_NOT_FOUND", Scope.ACCOUNT, "contract code unknown"),
    ("AUTHENTICATE: WRONG_INFORMATION", Scope.ACCOUNT, "user or password wrong"),
    ("AUTHENTICATE:", Scope.ACCOUNT, "user, password or contract code missing"),
    ("USERID_NOT_EQUAL_RECEIVERID", Scope.ACCOUNT, "two different numbers in one call"),
    ("CHECK REQUESTID:", Scope.ACCOUNT, "request id missing or not a number"),
    ("CHECK USERID:", Scope.ACCOUNT, "number missing"),
    ("CHECK RECEIVERID:", Scope.RECIPIENT, "number malformed"),
    ("UNABLE TO CHECK TELCO", Scope.RECIPIENT, "network of the number unknown"),
    ("LENGTH OF RECEIVERID", Scope.RECIPIENT, "number of a wrong length"),
    ("CHECK COMMANDCODE:", Scope.ACCOUNT, "command code missing or wrong"),
    ("MSG_ERROR_CONTAIN_BLACKLIST", Scope.TEXT, "banned word"),
    ("CONTENT_NOT_MATCH_TEMPLATE", Scope.TEXT, "text does not match the registered template"),
    ("CHECK CONTENT:", Scope.TEXT, "text missing"),
)
_TOO_LONG = re.compile(r"MAXLENGTH_LIMIT(?:_([0-9N]{1,6})_BYTE)?(?:.*?: ?([0-9M]{1,6}) BYTE)?")
_TELCOS = {
    "VT": Network.VIETTEL,
    "VN": Network.VINAPHONE,
    "MB": Network.MOBIFONE,
    "VM": Network.VIETNAMOBILE,
}
_UNLISTED = "UNLISTED"
_ALIAS = re.compile("ALIAS_INVALID(?::TELCO=([A-Z]{2}))?")


class Viettel:
    """Viettel's bulkapi; `result` 1 means queued, anything else says why in words."""

    capabilities = Capabilities(Channel.SMS, ReceiptWay.PULLED, receipts_carry_key=False)

    def __init__(self, account: Account, ports: Ports) -> None:
        self._http = ports.http
        self._turn = ports.turn
        self._url = f"{account.base_url}/bulkapi"
        self._sender = account.sender
        self._user = account.option("user")
        self._password = account.option("password")
        self._cp_code = account.option("cp_code")
        # No document shows the form of the date, so that a contract can set another.
        self._date_form = str(account.options.get("date_form", "%d/%m/%Y"))

    async def submit(self, message: Submission) -> Outcome:
        """Send one SMS; RequestID is a number that Viettel does not look at."""
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        if _NOT_XML.search(message.content.body):
            return Refused(Scope.RECIPIENT, "CONTROL", "a control character in the text")
        answer = await self._call("wsCpMt", self._fields(message, message.content))
        if not isinstance(answer, Reply):
            return answer
        return answer.fault() or self._read(_elements(answer.body))

    async def failures(self, day: date) -> Sequence[Receipt]:
        """Ask page by page for the numbers of a local day that were not reached."""
        numbers: dict[str, None] = {}
        for page in range(1, _MOST_PAGES):
            found = await self._page(day, page)
            known = len(numbers)
            numbers.update(dict.fromkeys(found))
            if len(found) < _PAGE:
                return [
                    Receipt(Status.UNDELIVERED, msisdn=n, code="on the list of failures")
                    for n in numbers
                ]
            if len(numbers) == known:
                break
        raise PullError(f"getFailSub of {day}: the pages do not end")

    async def standing(self) -> Standing:
        """Ask for the balance; PullError says why there is none."""
        fields = {"User": self._user, "Password": self._password, "CPCode": self._cp_code}
        answer = await self._call("checkBalance", fields)
        elements = _elements(answer.body) if isinstance(answer, Reply) else None
        if elements is None or not isinstance(answer, Reply) or answer.fault():
            raise PullError("checkBalance: no readable answer")
        why = self._reason(_word(elements, "errDesc") or "")
        if isinstance(why, Refused) and why.code != _UNLISTED:
            raise PullError(f"checkBalance: {why.reason}")
        balance = money(_word(elements, "balance"))
        if balance is None:
            raise PullError("checkBalance: no balance in the answer")
        return Standing(balance, clock=answer.dated)

    def _fields(self, message: Submission, text: Text) -> Mapping[str, str]:
        return {
            "User": self._user,
            "Password": self._password,
            "CPCode": self._cp_code,
            "RequestID": "1",
            "UserID": message.msisdn,
            "ReceiverID": message.msisdn,
            "ServiceID": self._sender,
            "CommandCode": "bulksms",
            "Content": text.body,
            "ContentType": "1" if text.encoding is Encoding.UCS2 else "0",
        }

    async def _page(self, day: date, page: int) -> Sequence[str]:
        fields = {
            "username": self._user,
            "password": self._password,
            "cpCode": self._cp_code,
            "alias": self._sender,
            "date": day.strftime(self._date_form),
            "pageNumber": str(page),
            "pageSize": str(_PAGE),
        }
        if not await self._turn(LimitScope.STATUS):
            raise PullError(f"getFailSub of {day}, page {page}: the account's limit is used up")
        answer = await self._call("getFailSub", fields)
        elements = _elements(answer.body) if isinstance(answer, Reply) else None
        if elements is None or not isinstance(answer, Reply) or answer.fault():
            raise PullError(f"getFailSub of {day}, page {page}: no readable answer")
        if _word(elements, "errorCode") != "0":
            raise PullError(f"getFailSub of {day}, page {page}: refused")
        return [n for n in map(_receiver, elements) if n]

    async def _call(self, operation: str, fields: Mapping[str, str]) -> Reply | Outcome:
        body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        envelope = (
            f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}"><e:Body>'
            f'<i:{operation} xmlns:i="{_NAMESPACE}">{body}</i:{operation}></e:Body></e:Envelope>'
        )
        return await self._http.post(self._url, content=envelope.encode(), headers=_HEADERS)

    def _read(self, elements: Sequence[ET.Element] | None) -> Outcome:
        if elements is None:
            return unreadable("not XML")
        match _word(elements, "result"):
            case "1":
                return Accepted()
            case "0":
                return self._reason(_word(elements, "message") or "")
            case _:
                return unreadable("no 'result'")

    def _reason(self, text: str) -> Outcome:
        return _reason(text, (self._user, self._password, self._cp_code))


def _reason(text: str, secrets: Sequence[str] = ()) -> Outcome:
    """Find out what a refusal is about: Viettel gives words, not numbers."""
    said = " ".join(text.upper().split())
    if "DUPLICATE MESSAGE" in said:
        return Duplicate()
    if "CHECK INFORMATION ERROR" in said:
        return NotSent("system error at Viettel")  # its one passing error: counted, tried again
    if alias := _ALIAS.search(said):
        return _unregistered(alias[1])
    if long := _TOO_LONG.search(said):
        return Refused(Scope.TEXT, _bytes(long), "text longer than the contract allows")
    for words, scope, reason in _REFUSED:
        if words in said:
            return Refused(scope, words.partition(":")[0], reason)
    return Refused(Scope.RECIPIENT, _UNLISTED, f"unlisted reason: {masked(text, secrets)}")


def _bytes(found: re.Match[str]) -> str:
    """Keep what Viettel allows and what it counted, as far as it says so."""
    return ":".join(["MAXLENGTH_LIMIT", *filter(None, found.groups())])


def _unregistered(telco: str | None) -> Refused:
    """Refuse a sender with the network that Viettel found the number on."""
    code = f"ALIAS_INVALID:{telco}" if telco else "ALIAS_INVALID"
    network = _TELCOS.get(telco or "")
    return Refused(Scope.NETWORK, code, "sender not registered there", network)


def _elements(body: bytes) -> Sequence[ET.Element] | None:
    """Parse an answer into its elements; None when it is no plain XML."""
    try:
        text = body.decode("utf-8-sig")  # as text, so that no declared coding can hide anything
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return None
        return list(ET.fromstring(text).iter())  # noqa: S314 - without a DTD nothing expands
    except (UnicodeDecodeError, ET.ParseError):
        return None


def _word(elements: Sequence[ET.Element], name: str) -> str | None:
    """Give the text of the first element of that local name."""
    for element in elements:
        if element.tag.rpartition("}")[2] == name:
            return (element.text or "").strip()
    return None


def _receiver(element: ET.Element) -> str | None:
    """Take a number out of a row of failures: an attribute or an element `receiver`."""
    own = element.text if element.tag.rpartition("}")[2] == "receiver" else None
    number = (element.get("receiver") or own or "").strip()
    return number if re.fullmatch("84[0-9]{9}", number, re.ASCII) else None


_DOCUMENTED = (
    "Authenticate: Cp_code NULL_OR_BLANK",
    "Authenticate: UserName NULL_OR_BLANK",
    "Authenticate: Password NULL_OR_BLANK",
    "Authenticate: CP_CODE_NOT_FOUND",
    "Authenticate: WRONG_INFORMATION_AUTHENTICATE",
    "Authenticate: IP_INVALID",
    "Check RequestID: NULL_OR_BLANK",
    "Check RequestID: REQUEST_ID_NOT_NUMBER",
    "Check UserID: NULL_OR_BLANK",
    "Check ReceiverID: NULL_OR_BLANK",
    "Check ReceiverID: FORMAT_ERROR",
    "UserID_NOT_EQUAL_ReceiverID",
    "Unable to check telco from input receiver",
    "Length of ReceiverID is invalid",
    "Check ServiceID: DUPLICATE MESSAGE",
    "Check ServiceID: ALIAS_INVALID:TELCO=VT",
    "Check ServiceID: ALIAS_INVALID:TELCO=VN",
    "Check ServiceID: ALIAS_INVALID:TELCO=MB",
    "Check ServiceID: ALIAS_INVALID:TELCO=VM",
    "Check CommandCode: NULL_OR_BLANK",
    "Check CommandCode: COMMAND_CODE_ERROR",
    "Check Content: NULL_OR_BLANK",
    "Check Content: MAXLENGTH_LIMIT_n_BYTE (YOUR_CONTENT: m BYTE)",
    "Check Content: MSG_ERROR_CONTAIN_BLACKLIST",
    "Check template: CONTENT_NOT_MATCH_TEMPLATE",
    "Check information error",
)


def codes() -> Mapping[str, Outcome]:
    """Every reason that Viettel is known to give, and what it means to us."""
    return {text: _reason(text) for text in _DOCUMENTED}


def build(account: Account, ports: Ports) -> Viettel:
    """Make the adapter for an account."""
    return Viettel(account, ports)
