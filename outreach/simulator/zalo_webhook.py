"""Zalo's webhook: signed events, a ladder of retries, and a probe that does not verify."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

import orjson
from yarl import URL

from outreach.simulator.postman import JSON, Receipt
from outreach.simulator.stage import Stage
from outreach.simulator.wire import Reply, Request, Routes, json_reply

DEADLINE_S = 2.0
LADDER_S = (30.0, 300.0, 900.0, 1800.0, 3600.0)


def sign(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """Return the header `X-ZEvent-Signature`: plain SHA-256, not HMAC (wire-formats.md 1.11)."""
    return (
        f"mac={sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()}"
    )


class Sealed(Protocol):
    """What of an official account's config its events are made with."""

    @property
    def app_id(self) -> str: ...
    @property
    def oa_id(self) -> str: ...
    @property
    def webhook_secret(self) -> str: ...
    @property
    def callback(self) -> str | None: ...


class Webhook:
    """The callback of one official account."""

    def __init__(self, config: Sealed, stage: Stage) -> None:
        self.url = config.callback
        self._config = config
        self._stage = stage

    def routes(self, at: str) -> Routes:
        """Return the pages by which a rehearsal has events sent."""
        return {
            ("POST", f"{at}/control/callback"): self._set_callback,
            ("POST", f"{at}/control/probe"): self._probe,
            ("POST", f"{at}/control/event"): self._event,
        }

    def delivered(
        self, msg_id: str, at: float, phone: str, tracking_id: str = "", user: str = ""
    ) -> Receipt | None:
        """Make the event `user_received_message` of a delivery at epoch seconds.

        It names the phone number, or the user's id where the message was sent to that; then no id
        of the sender's travels with it.
        """
        millis = str(int(at * 1000))
        message = {"delivery_time": millis, "msg_id": msg_id}
        event = {
            "sender": {"id": self._config.oa_id},
            "recipient": {"id": user or phone},
            "event_name": "user_received_message",
            "message": {**message, "tracking_id": tracking_id} if tracking_id else message,
            "app_id": self._config.app_id,
            "timestamp": millis,
        }
        body, signature = self._signed(event)
        return self._post(body, signature, key=tracking_id, msisdn=phone, reference=msg_id)

    def tell(self, name: str, user: str, phone: str, at: float) -> None:
        """Send an event about a person: `follow`, `unfollow` or `user_submit_info`."""
        event: dict[str, object] = {
            "event_name": name,
            "app_id": self._config.app_id,
            "timestamp": str(int(at * 1000)),
        }
        if name == "user_submit_info":
            event |= {"sender": {"id": user}, "recipient": {"id": self._config.oa_id}}
            event["info"] = {"name": "Tran Van A", "phone": phone}
        else:
            event |= {"oa_id": self._config.oa_id, "follower": {"id": user}}
            event |= {"user_id_by_app": f"app-{user}", "source": "oa_profile"}
        body, signature = self._signed(event)
        self._send(self._post(body, signature, key=name, msisdn=phone, reference=user, zns=False))

    def _signed(self, event: Mapping[str, object]) -> tuple[bytes, str]:
        body, config = orjson.dumps(event), self._config
        return body, sign(config.app_id, body, str(event["timestamp"]), config.webhook_secret)

    def probe(self, at: float) -> None:
        """Send the console's test event, whose signature does not verify."""
        event = {"event_name": "user_send_text", "timestamp": str(int(at * 1000))}
        receipt = self._post(
            orjson.dumps(event), f"mac={'0' * 64}", key="probe", msisdn="", reference="probe"
        )
        self._send(receipt)

    def _send(self, receipt: Receipt | None) -> None:
        if receipt is not None:
            self._stage.postman.later(0, receipt)

    async def _set_callback(self, request: Request) -> Reply:
        url = (request.json() or {}).get("url")
        self.url = str(url) if url else None
        return json_reply({"callback": self.url})

    async def _probe(self, request: Request) -> Reply:
        self.probe(request.arrived)
        return json_reply({"probed": self.url})

    async def _event(self, request: Request) -> Reply:
        """Take `{"event": "follow", "user": "…", "phone": "84…"}`."""
        told = request.json() or {}
        name, user, phone = (str(told.get(each, "")) for each in ("event", "user", "phone"))
        self.tell(name, user, phone, request.arrived)
        return json_reply({"told": self.url})

    def _post(
        self,
        body: bytes,
        signature: str,
        *,
        key: str,
        msisdn: str,
        reference: str,
        zns: bool = True,
    ) -> Receipt | None:
        if self.url is None:
            return None
        server = {"X-ZEvent-Server": "ZNS"} if zns else {}
        return Receipt(
            dialect=self._stage.name,
            key=key,
            msisdn=msisdn,
            reference=reference,
            url=URL(self.url),
            body=body,
            headers={**JSON, "X-ZEvent-Signature": signature, **server},
            ladder=LADDER_S,
            timeout_s=DEADLINE_S,
            retry_header="num_retry",
        )
