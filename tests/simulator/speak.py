"""How tests talk to the simulator: real HTTP on loopback, and a sink for callbacks."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast
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

    async def esms(self, **fields: object) -> Json:
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


@dataclass(frozen=True)
class Heard:
    """One PDU from the SMSC."""

    command: int
    status: int
    sequence: int
    body: bytes

    @property
    def reference(self) -> str:
        """What a submit_sm_resp says."""
        return self.body.rstrip(b"\0").decode()


@dataclass(frozen=True)
class Told:
    """A receipt, taken apart by fixed places and nothing clever."""

    heard: Heard
    msisdn: str
    esm_class: int
    text: str
    tlvs: dict[int, bytes]

    def field(self, name: str) -> str:
        return self.text.partition(f"{name}:")[2].split(" ")[0]


def submit_body(**fields: Any) -> bytes:
    """A submit_sm with good defaults; `tlvs` by tag."""
    good: dict[str, Any] = {
        "ton": 5,
        "sender": "SIM-CITY",
        "dest": (1, 1),
        "msisdn": "84900000001",
        "esm_class": 0,
        "schedule": "",
        "validity": "",
        "registered": 1,
        "coding": 0,
        "text": b"Moi cai dat VssID",
        "tlvs": {},
    }
    f = good | fields
    assert f.keys() == good.keys()
    return b"".join(
        (
            b"\0" + bytes((f["ton"], 0)) + f["sender"].encode() + b"\0",
            bytes(f["dest"]) + f["msisdn"].encode() + b"\0",
            bytes((f["esm_class"], 0, 0)),
            f"{f['schedule']}\0{f['validity']}\0".encode(),
            bytes((f["registered"], 0, f["coding"], 0, len(f["text"]))) + f["text"],
            *(struct.pack(">HH", tag, len(value)) + value for tag, value in f["tlvs"].items()),
        )
    )


class Esme:
    """One connection to an SMSC, spoken by hand; `hang_up_all` ends a test."""

    _opened: ClassVar[list["Esme"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._opened.append(self)
        self._reader = reader
        self._writer = writer
        self._sequence = 0

    @classmethod
    async def connect(cls, line: str) -> "Esme":
        host, _, port = line.removeprefix("smpp://").partition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    def say(self, command: int, body: bytes = b"", status: int = 0, sequence: int = 0) -> int:
        """Write a PDU and return its sequence number."""
        if not sequence:
            self._sequence += 1
            sequence = self._sequence
        self.raw(struct.pack(">4I", 16 + len(body), command, status, sequence) + body)
        return sequence

    async def hear(self) -> Heard:
        head = await asyncio.wait_for(self._reader.readexactly(16), 5)
        length, command, status, sequence = struct.unpack(">4I", head)
        return Heard(command, status, sequence, await self._reader.readexactly(length - 16))

    async def ask(self, command: int, body: bytes = b"") -> Heard:
        """Say something and hear the next PDU."""
        self.say(command, body)
        return await self.hear()

    async def bind(
        self, command: int = 0x09, user: str = "sim-smpp", password: str = "sim-pass"
    ) -> Heard:
        body = f"{user}\0{password}\0\0".encode() + b"\x34\0\0\0"
        return await self.ask(command, body)

    async def submit(self, **fields: Any) -> Heard:
        return await self.ask(0x04, submit_body(**fields))

    async def receipt(self, status: int | None = 0) -> Told:
        """Hear a receipt and answer it, unless the status is None."""
        heard = await self.hear()
        assert heard.command == 0x05
        if status is not None:
            self.say(0x80000005, b"\0", status, heard.sequence)
        source, rest = heard.body[3:].split(b"\0", 1)
        _, rest = rest[2:].split(b"\0", 1)
        assert rest[1:9] == bytes(8)
        end = 10 + rest[9]
        tlvs, at = {}, end
        while at < len(rest):
            tag, length = struct.unpack_from(">HH", rest, at)
            tlvs[tag] = rest[at + 4 : at + 4 + length]
            at += 4 + length
        return Told(heard, source.decode(), rest[0], rest[10:end].decode(), tlvs)

    async def ended(self) -> bool:
        """Whether the other side ended the connection, whatever it said before."""
        with suppress(ConnectionResetError):
            await asyncio.wait_for(self._reader.read(), 5)
        return self._reader.at_eof() or self._reader.exception() is not None

    def close(self) -> None:
        self._writer.close()

    @classmethod
    async def hang_up_all(cls) -> None:
        for each in cls._opened:
            each.close()
            with suppress(OSError):
                await each._writer.wait_closed()
        cls._opened.clear()
