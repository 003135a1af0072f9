"""Viettel: every text of wire-formats.md 2.1, the envelope."""

from collections.abc import Callable
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import httpx
import pytest

from outreach.carriers.base import Submission, Text
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, NotSent, Outcome, Refused, Scope, Unknown
from outreach.domain.text import Encoding

from .contract import KEY, MSISDN, Bench, Contract, Dialect, account, bench_of

ACCOUNT = account(
    "viettel",
    Channel.SMS,
    {"user": "sim-user-1", "password": "sim-<pass>&word", "cp_code": "sim-cp-1"},
)


def soap(operation: str, inner: str) -> httpx.Response:
    return httpx.Response(
        200,
        content=(
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>'
            f'<ns2:{operation}Response xmlns:ns2="http://impl.bulkSms.ws/"><return>{inner}</return>'
            f"</ns2:{operation}Response></S:Body></S:Envelope>"
        ).encode(),
        headers={"Content-Type": "text/xml; charset=UTF-8"},
    )


def said(result: int, message: str) -> httpx.Response:
    return soap("wsCpMt", f"<message>{escape(message)}</message><result>{result}</result>")


DIALECT = Dialect(
    account=ACCOUNT,
    path="/bulkapi",
    accepted=said(1, "Insert MT_QUEUE: OK"),
    reference=None,
    refused=said(
        0,
        "Authenticate: WRONG_INFORMATION_AUTHENTICATE sim-user-1 sim-<pass>&word"
        " sim-cp-1 84900000001",
    ),
    unlisted=said(0, "sim-user-1/sim-<pass>&word for 84 900 000 001 at sim-cp-1 is odd"),
    key_on_wire=False,
    duplicate=said(0, "Check ServiceID: DUPLICATE MESSAGE"),
)


class TestContract(Contract):
    dialect = DIALECT


TEXTS: list[tuple[str, Scope, str]] = [
    ("Authenticate: Cp_code NULL_OR_BLANK", Scope.ACCOUNT, "AUTHENTICATE"),
    ("Authenticate: UserName NULL_OR_BLANK", Scope.ACCOUNT, "AUTHENTICATE"),
    ("Authenticate: Password NULL_OR_BLANK", Scope.ACCOUNT, "AUTHENTICATE"),
    ("Authenticate: CP_CODE_NOT_FOUND", Scope.ACCOUNT, "AUTHENTICATE"),
    ("Authenticate: WRONG_INFORMATION_AUTHENTICATE", Scope.ACCOUNT, "AUTHENTICATE"),
    ("Authenticate: IP_INVALID", Scope.ACCOUNT, "AUTHENTICATE"),
    ("Check RequestID: NULL_OR_BLANK", Scope.ACCOUNT, "CHECK REQUESTID"),
    ("Check RequestID: REQUEST_ID_NOT_NUMBER", Scope.ACCOUNT, "CHECK REQUESTID"),
    ("Check UserID: NULL_OR_BLANK", Scope.ACCOUNT, "CHECK USERID"),
    ("Check ReceiverID: NULL_OR_BLANK", Scope.RECIPIENT, "CHECK RECEIVERID"),
    ("Check ReceiverID: FORMAT_ERROR", Scope.RECIPIENT, "CHECK RECEIVERID"),
    (
        "Check ReceiverID: UserID_NOT_EQUAL_ReceiverID",
        Scope.ACCOUNT,
        "USERID_NOT_EQUAL_RECEIVERID",
    ),
    ("Unable to check telco from input receiver", Scope.RECIPIENT, "UNABLE TO CHECK TELCO"),
    ("Length of ReceiverID is invalid", Scope.RECIPIENT, "LENGTH OF RECEIVERID"),
    ("Check ServiceID: ALIAS_INVALID:TELCO=VT", Scope.NETWORK, "ALIAS_INVALID:VT"),
    ("Check ServiceID: ALIAS_INVALID:TELCO=VN", Scope.NETWORK, "ALIAS_INVALID:VN"),
    ("Check ServiceID: ALIAS_INVALID:TELCO=MB", Scope.NETWORK, "ALIAS_INVALID:MB"),
    ("Check ServiceID: ALIAS_INVALID:TELCO=VM", Scope.NETWORK, "ALIAS_INVALID:VM"),
    ("Check ServiceID: ALIAS_INVALID", Scope.NETWORK, "ALIAS_INVALID"),
    ("Check CommandCode: NULL_OR_BLANK", Scope.ACCOUNT, "CHECK COMMANDCODE"),
    ("Check CommandCode: COMMAND_CODE_ERROR", Scope.ACCOUNT, "CHECK COMMANDCODE"),
    ("Check Content: NULL_OR_BLANK", Scope.TEXT, "CHECK CONTENT"),
    (
        "Check Content: MAXLENGTH_LIMIT_612_BYTE (YOUR_CONTENT: 700 BYTE)",
        Scope.TEXT,
        "MAXLENGTH_LIMIT:612:700",
    ),
    ("MAXLENGTH_LIMIT_612_BYTE", Scope.TEXT, "MAXLENGTH_LIMIT:612"),
    ("Check Content: MAXLENGTH_LIMIT", Scope.TEXT, "MAXLENGTH_LIMIT"),
    ("Check Content: MSG_ERROR_CONTAIN_BLACKLIST", Scope.TEXT, "MSG_ERROR_CONTAIN_BLACKLIST"),
    ("Check template: CONTENT_NOT_MATCH_TEMPLATE", Scope.TEXT, "CONTENT_NOT_MATCH_TEMPLATE"),
]


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


@pytest.mark.parametrize("change", [str, str.lower, "  {}\n".format])
@pytest.mark.parametrize(("text", "scope", "code"), TEXTS)
async def test_refusals(
    bench: Bench, text: str, scope: Scope, code: str, change: Callable[[str], str]
) -> None:
    bench.route.mock(said(0, change(text)))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (scope, code)
    assert not outcome.reason.startswith("unlisted")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Authenticate: IP_INVALID", "address not allow-listed"),
        ("Authenticate: CP_CODE_NOT_FOUND", "contract code unknown"),
        ("Authenticate: WRONG_INFORMATION_AUTHENTICATE", "user or password wrong"),
        ("Authenticate: Password NULL_OR_BLANK", "user, password or contract code missing"),
        ("Check Content: MAXLENGTH_LIMIT_9_BYTE (", "text longer than the contract allows"),
        ("Check Content: NULL_OR_BLANK", "text missing"),
    ],
)
async def test_reasons_are_in_our_words(bench: Bench, text: str, reason: str) -> None:
    bench.route.mock(said(0, f"{text} sim-user-1 84900000001"))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason


async def test_what_nobody_knows_is_told_as_it_was_said(bench: Bench) -> None:
    bench.route.mock(said(0, "Queue closed by 84 900 000 001,\n ask sim-cp-1"))
    outcome = await bench.adapter.submit(DIALECT.submission)
    told = "unlisted reason: Queue closed by ***, ask ***"
    assert outcome == Refused(Scope.RECIPIENT, "UNLISTED", told)


@pytest.mark.parametrize(
    ("telco", "network"),
    [
        ("VT", Network.VIETTEL),
        ("VN", Network.VINAPHONE),
        ("MB", Network.MOBIFONE),
        ("VM", Network.VIETNAMOBILE),
        ("XX", None),
    ],
)
async def test_the_network_is_learnt(bench: Bench, telco: str, network: Network | None) -> None:
    bench.route.mock(said(0, f"Check ServiceID: ALIAS_INVALID:TELCO={telco}"))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.network) == (f"ALIAS_INVALID:{telco}", network)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Check ServiceID: DUPLICATE MESSAGE", Duplicate()),
        ("Check information error", NotSent("system error at Viettel")),
    ],
)
async def test_other_answers(bench: Bench, text: str, outcome: Outcome) -> None:
    bench.route.mock(said(0, text))
    assert await bench.adapter.submit(DIALECT.submission) == outcome


@pytest.mark.parametrize(("encoding", "flag"), [(Encoding.GSM7, "0"), (Encoding.UCS2, "1")])
async def test_the_envelope(bench: Bench, encoding: Encoding, flag: str) -> None:
    bench.route.mock(DIALECT.accepted)
    text = Text("Mời <ông/bà> & con\n]]>", encoding, 1)
    assert await bench.adapter.submit(Submission(KEY, MSISDN, Network.VIETTEL, text)) == Accepted()
    request = bench.route.calls.last.request
    assert request.headers["Content-Type"] == "text/xml; charset=UTF-8"
    assert request.headers["SOAPAction"] == '""'
    (operation,) = ET.fromstring(request.content)[0]
    assert operation.tag == "{http://impl.bulkSms.ws/}wsCpMt"
    assert [(child.tag, child.text) for child in operation] == [
        ("User", "sim-user-1"),
        ("Password", "sim-<pass>&word"),
        ("CPCode", "sim-cp-1"),
        ("RequestID", "1"),
        ("UserID", MSISDN),
        ("ReceiverID", MSISDN),
        ("ServiceID", "SIM-CITY"),
        ("CommandCode", "bulksms"),
        ("Content", text.body),
        ("ContentType", flag),
    ]


@pytest.mark.parametrize(
    "declaration", ["<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]>"]
)
async def test_an_answer_with_a_dtd_is_not_read(bench: Bench, declaration: str) -> None:
    accepted = DIALECT.accepted.content.decode().replace("?>", f"?>{declaration}")
    bench.route.respond(content=accepted.encode())
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Unknown("unreadable answer: not XML")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe", "\ud800"])
async def test_a_control_character_does_not_leave(bench: Bench, character: str) -> None:
    text = Text(f"a{character}b", Encoding.GSM7, 1)
    outcome = await bench.adapter.submit(Submission(KEY, MSISDN, Network.VIETTEL, text))
    assert outcome == Refused(Scope.RECIPIENT, "CONTROL", "a control character in the text")
    assert not bench.route.called
