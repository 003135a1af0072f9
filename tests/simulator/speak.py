"""How tests talk to the simulator: real HTTP on loopback, and a sink for callbacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web

Json = dict[str, object]

VIETTEL_NUMBER = "84960000001"
ZALO_FIELDS = {"name": "Trần Văn A", "code": "A1"}


@dataclass
class Got:
    """One callback as it came."""

    method: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes


@dataclass
class Sink:
    """A customer's callback address; `statuses` are answered in turn, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    delay_s: float = 0.0
    got: list[Got] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.got.append(Got(request.method, dict(request.headers), dict(request.query), body))
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """Listen for callbacks on a free port."""
    kept = Sink()
    app = web.Application()
    app.router.add_route("*", "/callback", kept.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    try:
        yield kept
    finally:
        await runner.cleanup()


class Speaker:
    """Sends of every dialect with good defaults; keyword arguments replace fields."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def get(self, path: str, token: str = "sim-zalo-access-0", **query: str) -> Json:
        headers = {"access_token": token}
        async with self.session.get(self.url + path, params=query, headers=headers) as answer:
            return cast("Json", await answer.json())

    async def post(self, path: str, body: object = None) -> Json:
        async with self.session.post(self.url + path, json=body) as answer:
            return cast("Json", await answer.json())

    async def zalo(self, **fields: object) -> Json:
        return await self.zalo_as("sim-zalo-access-0", fields)

    async def zalo_as(self, token: str, fields: Json) -> Json:
        body = {
            "phone": "84900000001",
            "template_id": "sim-template-1",
            "template_data": ZALO_FIELDS,
            "tracking_id": "key-1",
            **fields,
        }
        async with self.session.post(
            f"{self.url}/zalo/message/template", json=body, headers={"access_token": token}
        ) as answer:
            assert answer.status in {200, 503}
            return cast("Json", await answer.json()) if answer.status == 200 else {"error": 503}

    async def refresh(self, token: str, secret: str = "sim-zalo-app-secret", **fields: str) -> Json:
        form = {
            "app_id": "sim-zalo-app",
            "grant_type": "refresh_token",
            "refresh_token": token,
            **fields,
        }
        async with self.session.post(
            f"{self.url}/zalo/oauth/v4/oa/access_token", data=form, headers={"secret_key": secret}
        ) as answer:
            assert answer.status == 200
            return cast("Json", await answer.json())

    async def viettel(self, number: str = VIETTEL_NUMBER, **fields: str) -> str:
        return await self.soap(
            "wsCpMt",
            **{
                "User": "sim-viettel-user",
                "Password": "sim-viettel-password",
                "CPCode": "SIM-CP",
                "RequestID": "1",
                "UserID": number,
                "ReceiverID": number,
                "ServiceID": "SIM-CITY",
                "CommandCode": "bulksms",
                "Content": "Moi cai dat VssID",
                "ContentType": "0",
                **fields,
            },
        )

    async def soap(self, operation: str, /, **fields: str) -> str:
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
        return await self.raw_soap(f"<i:{operation}>{inner}</i:{operation}>")

    async def raw_soap(self, inner: str, prolog: str = "") -> str:
        body = (
            f'{prolog}<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:i="http://impl.bulkSms.ws/"><s:Body>{inner}</s:Body></s:Envelope>'
        )
        async with self.session.post(
            f"{self.url}/viettel/bulkapi",
            data=body.encode(),
            headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": ""},
        ) as answer:
            return await answer.text()

    async def esms(self, **fields: str) -> Json:
        body = {
            "ApiKey": "sim-esms-key",
            "SecretKey": "sim-esms-secret",
            "Phone": "0900000001",
            "Content": "Moi cai dat VssID",
            "Brandname": "SIM-CITY",
            "SmsType": "2",
            "IsUnicode": "0",
            "RequestId": "key-1",
            **fields,
        }
        return await self.post("/esms/MainService.svc/json/SendMultipleMessage_V4_post_json/", body)
