"""A body that is declared to be something else than the carrier reads is not read."""

from typing import NamedTuple
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest

from outreach.simulator.zalo_uid import user_id
from tests.simulator.conftest import Stage
from tests.simulator.speak import ZALO_FIELDS, Json
from tests.simulator.test_zalo_uid import PERSON

_LOGINS = {
    "access_token": "sim-zalo-access-0",
    "secret_key": "sim-zalo-app-secret",
    "Authorization": aiohttp.encode_basic_auth("sim-speedsms-token", "x"),
}
_TEMPLATE = {"template_id": "sim-template-1", "template_data": ZALO_FIELDS}


class _Call(NamedTuple):
    """A good body of a kind, and what is in the answer to it, and to it as another kind."""

    kind: str
    body: bytes
    good: str
    bad: str


def _json(good: str, bad: str, **fields: object) -> _Call:
    return _Call("application/json", orjson.dumps(fields), good, bad)


def _form(good: str, bad: str, **fields: str) -> _Call:
    return _Call("application/x-www-form-urlencoded", urlencode(fields).encode(), good, bad)


_BALANCE = b"""\
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<i:checkBalance xmlns:i="http://impl.bulkSms.ws/"><User>sim-viettel-user</User>
<Password>sim-viettel-password</Password><CPCode>SIM-CP</CPCode></i:checkBalance>
</s:Body></s:Envelope>"""
_VNPT: Json = {"name": "get_sms_status_api", "AGENTID": "sim-vnpt-agent-id"}
_VNPT |= {"APIUSER": "sim-vnpt-api-user", "APIPASS": "sim-vnpt-api-password"}

CALLS = {
    "zalo/message/template": _json(
        '"error":0', '"error":-122', phone=PERSON, tracking_id="key-1", **_TEMPLATE
    ),
    "zalo_uid/v3.0/oa/message/template": _json(
        '"error":0', '"error":-201', user_id=user_id(PERSON), **_TEMPLATE
    ),
    "zalo/oauth/v4/oa/access_token": _form(
        '"expires_in"',
        '"error":-14002',
        app_id="sim-zalo-app",
        grant_type="refresh_token",
        refresh_token="sim-zalo-refresh-0",
    ),
    "esms/MainService.svc/json/SendMultipleMessage_V4_post_json/": _json(
        '"CodeResult":"101"', "Invalid request"
    ),
    "esms_ads/MainService.svc/json/SendMultipleSMSBrandname_json/": _json(
        '"CodeResult":"101"', "Invalid request"
    ),
    "viettel/bulkapi": _Call("text/xml", _BALANCE, "<errCode>0</errCode>", "<S:Fault>"),
    "vnpt/smsmarketing/api": _json('"STATUS":"-1"', '"ERROR":"3"', RQST=_VNPT),
    "mobifone/smsg/login.jsp": _form(
        '"status":"200"',
        '"status":"405"',
        userName="sim-mobifone-user",
        password="sim-mobifone-password",
        bindMode="T",
    ),
    "fpt/oauth2/token": _json(
        '"expires_in"',
        '"error":1008',
        grant_type="client_credentials",
        client_id="sim-fpt-client-id",
        client_secret="sim-fpt-client-secret",
        scope="send_brandname_otp",
        session_id="sim-session-1",
    ),
    "speedsms/sms/send": _json(
        '"code":"00"', '"code":"101"', to=[PERSON], content="Moi", sms_type=3, sender="SIM-CITY"
    ),
    "vietguys/api/index.php": _form(
        "User or password is wrong",
        "-1",
        **{"u": "sim-vietguys-user", "pwd": "guess", "from": "SIM-CITY", "phone": PERSON},
        sms="Moi",
        type="0",
        json="1",
    ),
}


@pytest.mark.parametrize("path", CALLS)
async def test_a_body_is_read_by_its_declared_type(staged: Stage, path: str) -> None:
    call = CALLS[path]
    async with staged() as (_, speak):
        answers = []
        for kind in (f"{call.kind}; charset=UTF-8", "text/plain"):
            headers = {**_LOGINS, "Content-Type": kind}
            async with speak.session.post(
                f"{speak.url}/{path}", data=call.body, headers=headers
            ) as answer:
                answers.append(await answer.text())
    good, bad = answers
    assert call.good in good
    assert call.good not in bad
    assert call.bad in bad
