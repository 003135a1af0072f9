"""Viettel's answers over SOAP, through real HTTP."""

import pytest

from outreach.simulator import Faults, ViettelConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import VIETTEL_NUMBER

_AUTH = {"username": "sim-viettel-user", "password": "sim-viettel-password", "cpCode": "SIM-CP"}


async def test_accepts_into_the_queue(staged: Stage) -> None:
    async with staged() as (sim, speak):
        answer = await speak.viettel(Content="Chào & mời <bạn>", ContentType="1")
        assert "<return><message>Insert MT_QUEUE: OK</message><result>1</result>" in answer
        assert 'wsCpMtResponse xmlns:ns2="http://impl.bulkSms.ws/"' in answer
        [row] = sim.ledger.requests()
        assert (row.key, row.msisdn, row.accepted) == ("1", VIETTEL_NUMBER, True)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"CPCode": ""}, "Authenticate: Cp_code NULL_OR_BLANK"),
        ({"CPCode": "OTHER"}, "Authenticate: CP_CODE_NOT_FOUND"),
        ({"Password": "other"}, "Authenticate: WRONG_INFORMATION_AUTHENTICATE"),
        ({"RequestID": ""}, "Check RequestID: NULL_OR_BLANK"),
        ({"RequestID": "a1"}, "REQUEST_ID_NOT_NUMBER"),
        ({"UserID": "84960000002"}, "UserID_NOT_EQUAL_ReceiverID"),
        ({"UserID": "x", "ReceiverID": "x"}, "Check ReceiverID: FORMAT_ERROR"),
        ({"UserID": "8496", "ReceiverID": "8496"}, "Length of ReceiverID is invalid"),
        ({"number": "84590000001"}, "Unable to check telco from input receiver"),
        ({"number": "84900000001"}, "Check ServiceID: ALIAS_INVALID:TELCO=MB"),
        ({"number": "84870000001"}, "Check ServiceID: ALIAS_INVALID:TELCO=VN"),
        ({"ServiceID": "OTHER"}, "Check ServiceID: ALIAS_INVALID:TELCO=VT"),
        ({"CommandCode": "other"}, "COMMAND_CODE_ERROR"),
        ({"Content": ""}, "Check Content: NULL_OR_BLANK"),
        ({"Content": "a" * 919}, "MAXLENGTH_LIMIT_918_BYTE (YOUR_CONTENT: 919 BYTE)"),
        (
            {"Content": "đ" * 460, "ContentType": "1"},
            "MAXLENGTH_LIMIT_918_BYTE (YOUR_CONTENT: 920 BYTE)",
        ),
        ({"Content": "mot sim-banned hai"}, "MSG_ERROR_CONTAIN_BLACKLIST"),
        ({"Content": "Mời cài đặt"}, "Check template: CONTENT_NOT_MATCH_TEMPLATE"),
    ],
)
async def test_refuses_with_a_text(staged: Stage, fields: dict[str, str], reason: str) -> None:
    async with staged() as (_, speak):
        answer = await speak.viettel(**fields)
    assert reason in answer
    assert "<result>0</result>" in answer


async def test_only_registered_texts_pass(staged: Stage) -> None:
    config = ViettelConfig(templates=("Chao {name}, moi cai VssID.",))
    async with staged(dialects=(config,)) as (_, speak):
        assert "OK" in await speak.viettel(Content="Chao Tran Van A, moi cai VssID.")
        other = await speak.viettel(Content="Chao Tran Van A, moi cai VssID!")
    assert "Check template: CONTENT_NOT_MATCH_TEMPLATE" in other


async def test_the_same_text_twice_is_a_duplicate_for_a_while(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        assert "OK" in await speak.viettel()
        now += 300
        assert "DUPLICATE MESSAGE" in await speak.viettel(RequestID="2")
        assert "OK" in await speak.viettel(Content="Another text")
        now += 1
        assert "OK" in await speak.viettel()
        sim.set_faults(Faults(refuse_duplicates=False))
        assert "OK" in await speak.viettel()


async def test_ported_numbers_tell_their_network(staged: Stage) -> None:
    async with staged(faults=Faults(ported=1.0)) as (_, speak):
        answers = [await speak.viettel(f"8496000{n:04d}") for n in range(30)]
    assert {answer.split("TELCO=")[1][:2] for answer in answers} == {"VN", "MB", "VM"}


@pytest.mark.parametrize(
    ("inner", "prolog"),
    [
        ("<i:wsCpMt><i:User>qualified</i:User></i:wsCpMt>", ""),
        ("<wsCpMt><User>u</User></wsCpMt>", ""),
        ("<i:wsCpMt/><i:wsCpMt/>", ""),
        ("<i:noSuch/>", ""),
        ("<i:wsCpMt>", ""),
        ("<i:wsCpMt/>", '<!DOCTYPE x [<!ENTITY a "b">]>'),
    ],
)
async def test_anything_else_is_a_fault(staged: Stage, inner: str, prolog: str) -> None:
    async with staged() as (sim, speak):
        assert "<S:Fault>" in await speak.raw_soap(inner, prolog)
        assert sim.ledger.requests() == []


async def test_failures_are_pulled_by_day_and_page(staged: Stage) -> None:
    now = 1_793_620_800.0  # 2026-11-02, 19:00 in Viet Nam
    faults = Faults(undelivered=1.0)
    async with staged(faults=faults, clock=lambda: now) as (sim, speak):
        for n in range(3):
            await speak.viettel(f"8496000000{n}")
        sim.set_faults(Faults())
        await speak.viettel("84960000009")
        day = {**_AUTH, "alias": "SIM-CITY", "date": "02/11/2026", "pageSize": "2"}
        assert "receiver" not in await speak.soap("getFailSub", **day, pageNumber="1")
        now += 1
        pages = [await speak.soap("getFailSub", **day, pageNumber=p) for p in ("1", "2", "3")]
        assert [page.count("receiver=") for page in pages] == [2, 1, 0]
        assert 'receiver="84960000002"' in pages[1]
        wrong = await speak.soap("getFailSub", **{**day, "password": "other"})
        assert "WRONG_INFORMATION" in wrong
        report = await speak.soap(
            "wsReportDaily",
            User="sim-viettel-user",
            Password="sim-viettel-password",
            CPCode="SIM-CP",
            startDate="01/11/2026",
            endDate="02/11/2026",
        )
    assert "<mtFailure>3</mtFailure><mtSent>1</mtSent>" in report
    assert "<reportDate>02/11/2026</reportDate>" in report


@pytest.mark.parametrize(
    "changed",
    [
        {"alias": "OTHER"},
        {"date": "2026-11-02"},
        {"date": ""},
        {"pageNumber": "0"},
        {"pageNumber": ""},
        {"pageSize": "all"},
    ],
)
async def test_a_question_that_is_wrong_is_not_answered_with_nobody(
    staged: Stage, changed: dict[str, str]
) -> None:
    asked = {**_AUTH, "alias": "SIM-CITY", "date": "02/11/2026", "pageNumber": "1", "pageSize": "9"}
    async with staged() as (sim, speak):
        assert "<errorCode>0</errorCode>" in await speak.soap("getFailSub", **asked)
        assert "<errorCode>1</errorCode>" in await speak.soap("getFailSub", **asked | changed)
        told = [(row.what, row.about, row.code) for row in sim.ledger.queries()]
    date = changed.get("date", "02/11/2026")
    assert told == [("getFailSub", "02/11/2026", "0"), ("getFailSub", date, "1")]


async def test_the_form_of_a_date_is_a_setting(staged: Stage) -> None:
    config = ViettelConfig(date_form="%Y-%m-%d")
    asked = {**_AUTH, "alias": "SIM-CITY", "date": "2026-11-02", "pageNumber": "1", "pageSize": "9"}
    async with staged(dialects=(config,)) as (_, speak):
        assert "<errorCode>0</errorCode>" in await speak.soap("getFailSub", **asked)


async def test_the_balance_is_told_to_who_may_know(staged: Stage) -> None:
    login = {"User": "sim-viettel-user", "Password": "sim-viettel-password", "CPCode": "SIM-CP"}
    async with staged(dialects=(ViettelConfig(balance=12_500),)) as (sim, speak):
        told = await speak.soap("checkBalance", **login)
        assert "<balance>12500</balance><errCode>0</errCode><errDesc>OK</errDesc>" in told
        wrong = await speak.soap("checkBalance", **{**login, "CPCode": "OTHER"})
        assert "<errDesc>Authenticate: CP_CODE_NOT_FOUND</errDesc>" in wrong
        assert "<balance>" not in wrong
        assert sim.summary()["dialects"]["viettel"]["queries"] == 2  # type: ignore[index]


async def test_the_list_of_failures_may_come_a_day_later(staged: Stage) -> None:
    now = 1_793_620_800.0  # 2026-11-02, 19:00 in Viet Nam
    config = ViettelConfig(failed_after_s=86_400)
    day = {**_AUTH, "alias": "SIM-CITY", "date": "02/11/2026", "pageSize": "9", "pageNumber": "1"}
    faults = Faults(undelivered=1.0)
    async with staged(faults=faults, dialects=(config,), clock=lambda: now) as (_, speak):
        await speak.viettel()
        now += 86_390
        assert "receiver" not in await speak.soap("getFailSub", **day)
        now += 11
        assert f'receiver="{VIETTEL_NUMBER}"' in await speak.soap("getFailSub", **day)
