"""Zalo's webhook: signed events, a ladder of retries, and a probe that does not verify."""

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
from yarl import URL

from outreach.simulator.postman import Receipt
from outreach.simulator.stage import Stage

if TYPE_CHECKING:
    from outreach.simulator.zalo import ZaloConfig

DEADLINE_S = 2.0
LADDER_S = (30.0, 300.0, 900.0, 1800.0, 3600.0)


def sign(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """Return the header `X-ZEvent-Signature`: plain SHA-256, not HMAC (wire-formats.md 1.11)."""
    return (
        f"mac={sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()}"
    )


class Webhook:
    """The callback of one official account."""

    def __init__(self, config: "ZaloConfig", stage: Stage) -> None:
        self.url = config.callback
        self._config = config
        self._stage = stage

    def delivered(self, phone: str, msg_id: str, tracking_id: str, at: float) -> Receipt | None:
        """Make the event `user_received_message` of a delivery at epoch seconds."""
        millis = str(int(at * 1000))
        event = {
            "sender": {"id": self._config.oa_id},
            "recipient": {"id": phone},
            "event_name": "user_received_message",
            "message": {"delivery_time": millis, "msg_id": msg_id, "tracking_id": tracking_id},
            "app_id": self._config.app_id,
            "timestamp": millis,
        }
        body = orjson.dumps(event)
        signature = sign(self._config.app_id, body, millis, self._config.webhook_secret)
        return self._post(body, signature, key=tracking_id, msisdn=phone, reference=msg_id)

    def probe(self, at: float) -> None:
        """Send the console's test event, whose signature does not verify."""
        event = {"event_name": "user_send_text", "timestamp": str(int(at * 1000))}
        receipt = self._post(
            orjson.dumps(event), f"mac={'0' * 64}", key="probe", msisdn="", reference="probe"
        )
        if receipt is not None:
            self._stage.postman.later(0, receipt)

    def _post(
        self, body: bytes, signature: str, *, key: str, msisdn: str, reference: str
    ) -> Receipt | None:
        if self.url is None:
            return None
        return Receipt(
            dialect=self._stage.name,
            key=key,
            msisdn=msisdn,
            reference=reference,
            url=URL(self.url),
            body=body,
            headers={
                "Content-Type": "application/json",
                "X-ZEvent-Signature": signature,
                "X-ZEvent-Server": "ZNS",
            },
            ladder=LADDER_S,
            only_timeouts=False,
            timeout_s=DEADLINE_S,
            retry_header="num_retry",
        )
